#!/bin/sh
# Cuts out an image with a koutu server. Run: sh client.sh photo.jpg cutout.png
# #region all
curl --fail-with-body -sS --retry 5 --max-time 180 \
  -H "X-Api-Key: $KOUTU_KEY" -F "image=@$1" \
  "${KOUTU_URL:-http://localhost:8787}/v1/cutouts?crop=true" -o "$2"
# #endregion
