"""Refused uploads, then a good one on the same connection, with http.client; and refused ones with urllib.

Arguments: port, key, good file, then path, content type and key of the refused request, its body's size, and the bytes it
begins with, in hex.
Prints one line per request: client, status, and whether the connection was kept.
"""
import http.client
import sys
import urllib.error
import urllib.request

port, key, good, path, kind, used_key, size, start = sys.argv[1:9]
photo = open(good, "rb").read()
start = bytes.fromhex(start)
body = start + b"koutu" * ((int(size) - len(start)) // 5)

connection = http.client.HTTPConnection("127.0.0.1", int(port))
connection.request("POST", path, body, {"content-type": kind, "x-api-key": used_key})
answer = connection.getresponse()
text = answer.read()
print("http.client", answer.status, len(text) > 0)
connection.request("POST", "/v1/cutouts", photo, {"content-type": "image/png", "x-api-key": key})
answer = connection.getresponse()
print("http.client", answer.status, len(answer.read()) > 0)

for sent, used_path, used_kind, used in ((body, path, kind, used_key), (photo, "/v1/cutouts", "image/png", key)):
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}{used_path}", sent, {"content-type": used_kind, "x-api-key": used}
    )
    try:
        with urllib.request.urlopen(request) as response:
            print("urllib", response.status, len(response.read()) > 0)
    except urllib.error.HTTPError as error:
        print("urllib", error.code, len(error.read()) > 0)
