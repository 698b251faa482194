#!/bin/sh
# What remove.bg's clients send, sent to koutu: one request for each thing they ask for.
# Usage: cutout.sh PHOTO FOLDER. KOUTU_URL is the server, KOUTU_KEY a key where it needs one.
set -eu

photo=$1
folder=$2
url=${KOUTU_URL:-http://127.0.0.1:8787}
mkdir -p "$folder"

# --fail-with-body: an error is shown, and ends the script.
ask() {
  curl --silent --show-error --fail-with-body -H "X-Api-Key: ${KOUTU_KEY:-any}" "$@"
}

# The picture as it is, with its figures in the headers.
ask -F "image_file=@$photo" -F size=auto -D "$folder/headers.txt" -o "$folder/cutout.png" "$url/v1.0/removebg"

# A preview of at most a quarter of a megapixel.
ask -F "image_file=@$photo" -F size=preview -o "$folder/preview.png" "$url/v1.0/removebg"

# For a shop: square margins around the subject, white behind it, a shadow below it.
ask -F "image_file=@$photo" -F crop=true -F 'crop_margin=10%' -F bg_color=ffffff -F shadow_type=drop -F format=jpg \
  -o "$folder/shop.jpg" "$url/v1.0/removebg"

# The subject small, at the left below.
ask -F "image_file=@$photo" -F 'scale=40%' -F 'position=0% 100%' -o "$folder/placed.png" "$url/v1.0/removebg"

# Only the left half can hold the subject.
ask -F "image_file=@$photo" -F 'roi=0% 0% 50% 100%' -o "$folder/left.png" "$url/v1.0/removebg"

# Another photo behind it; here the same one.
ask -F "image_file=@$photo" -F "bg_image_file=@$photo" -F 'scale=50%' -o "$folder/on-photo.jpg" "$url/v1.0/removebg"

# The mask, and color and mask apart.
ask -F "image_file=@$photo" -F channels=alpha -o "$folder/mask.png" "$url/v1.0/removebg"
ask -F "image_file=@$photo" -F format=zip -o "$folder/cutout.zip" "$url/v1.0/removebg"

# Base64 in and out, as programs do it that know JSON only.
{
  printf '{"size":"auto","image_file_b64":"'
  base64 <"$photo" | tr -d '\n'
  printf '"}'
} >"$folder/request.json"
ask -H 'Content-Type: application/json' -H 'Accept: application/json' --data-binary "@$folder/request.json" \
  -o "$folder/answer.json" "$url/v1.0/removebg"
rm "$folder/request.json"

# The balance, and an error.
ask "$url/v1.0/account" -o "$folder/account.json"
ask -F "image_file=@$photo" -F size=giant -o "$folder/error.json" "$url/v1.0/removebg" 2>"$folder/error.txt" && exit 1
grep -q invalid_size "$folder/error.json"
