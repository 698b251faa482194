#!/bin/sh
# What clients of rembg's server send, sent to koutu: one request for each parameter that shows.
# Usage: remove.sh PHOTO FOLDER. KOUTU_URL is the server, KOUTU_KEY a key where it needs one.
set -eu

photo=$1
folder=$2
url=${KOUTU_URL:-http://127.0.0.1:8787}
mkdir -p "$folder"

ask() {
  curl --silent --show-error --fail-with-body -H "X-Api-Key: ${KOUTU_KEY:-any}" "$@"
}

ask -F "file=@$photo" -o "$folder/cutout.png" "$url/api/remove"
ask -F "file=@$photo" -o "$folder/mask.png" "$url/api/remove?om=true&ppm=true"
ask -F "file=@$photo" -F a=true -F af=240 -F ab=10 -F ae=10 -o "$folder/on-blue.png" "$url/api/remove?bgc=0,0,255,255"
ask -F "file=@$photo" -F model=no-such-model -o "$folder/error.json" "$url/api/remove" 2>"$folder/error.txt" && exit 1
grep -q literal_error "$folder/error.json"
