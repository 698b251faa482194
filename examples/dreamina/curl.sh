#!/bin/sh
# The Dreamina protocol with curl (7.87 or newer, which signs for AWS): a picture in, a cut-out out.
#
#   DREAMINA_API=http://localhost:8787 DREAMINA_SESSIONID=KEY sh curl.sh photo.jpg cutout.png
#
# For a self-signed certificate set CURL_CA_BUNDLE to its file.
set -eu
picture=$1
output=$2
api=${DREAMINA_API:-https://jimeng.jianying.com}
scheme=${api%%://*}

# The first text or number under a name, anywhere in JSON from standard input.
field() { sed -n "s/.*\"$1\": *\[*\"*\([^\",}]*\).*/\1/p" | head -n 1; }

call() {
  curl -sS --fail-with-body -H 'Content-Type: application/json' -H "Cookie: sessionid=${DREAMINA_SESSIONID:-}" \
    -d "$2" "$api$1?aid=513695&device_platform=web&region=cn"
}

token=$(call /mweb/v1/get_upload_token '{"scene":2}')
[ "$(echo "$token" | field ret)" = 0 ] || { echo "$token" >&2; exit 1; }
imagex=$scheme://$(echo "$token" | field upload_domain)/
space=$(echo "$token" | field space_name)

signed() {
  curl -sS --fail-with-body --aws-sigv4 aws:amz:cn-north-1:imagex \
    --user "$(echo "$token" | field access_key_id):$(echo "$token" | field secret_access_key)" \
    -H "X-Amz-Security-Token: $(echo "$token" | field session_token)" "$@"
}

applied=$(signed "$imagex?Action=ApplyImageUpload&ServiceId=$space&Version=2018-08-01")
uri=$(echo "$applied" | field StoreUri)
# The last 8 bytes of a gzip file are the checksum and the length of what it holds.
crc=$(gzip -c "$picture" | tail -c 8 | od -An -N4 -tx4 --endian=little | tr -d ' ')
curl -sS --fail-with-body -H "Authorization: $(echo "$applied" | field Auth)" -H "Content-CRC32: $crc" \
  -H 'Content-Type: application/octet-stream' --data-binary "@$picture" \
  "$scheme://$(echo "$applied" | field UploadHost)/upload/v1/$uri" >&2
echo >&2
signed -H 'Content-Type: application/json' -d "{\"SessionKey\":\"$(echo "$applied" | field SessionKey)\"}" \
  "$imagex?Action=CommitImageUpload&ServiceId=$space&Version=2018-08-01" | grep -q '"UriStatus":2000'

draft='{\"type\":\"draft\",\"component_list\":[{\"type\":\"image_base_component\",\"generate_type\":\"cutout\",\"abilities\":{\"cutout\":{\"init_image\":{\"type\":\"image\",\"image_uri\":\"'$uri'\"}}}}]}'
started=$(call /mweb/v1/aigc_draft/generate "{\"extend\":{},\"draft_content\":\"$draft\"}")
id=$(echo "$started" | field history_record_id)
[ -n "$id" ] || { echo "$started" >&2; exit 1; }

while :; do
  record=$(call /mweb/v1/get_history_by_ids "{\"history_ids\":[\"$id\"]}")
  case $record in
  *'"status":50'*) break ;;
  *'"status":20'*) sleep 1 ;;
  *) echo "$record" >&2; exit 1 ;;
  esac
done
curl -sS --fail-with-body -o "$output" "$(echo "$record" | field image_url)"
echo "$uri -> $output"
