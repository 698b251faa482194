"""Cut out an image with a koutu server. Run: python3 client.py photo.jpg cutout.png"""

# #region all
import os
import sys
import urllib.error
import urllib.request

server = os.environ.get("KOUTU_URL", "http://localhost:8787")
with open(sys.argv[1], "rb") as file:
    request = urllib.request.Request(
        server + "/v1/cutouts?crop=true",
        data=file.read(),
        headers={"Content-Type": "application/octet-stream", "X-Api-Key": os.environ.get("KOUTU_KEY", "")},
    )
try:
    with urllib.request.urlopen(request, timeout=180) as response:
        result = response.read()
except urllib.error.HTTPError as error:
    sys.exit(error.read().decode())
with open(sys.argv[2], "wb") as file:
    file.write(result)
# #endregion
