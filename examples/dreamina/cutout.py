#!/usr/bin/env python3
"""Cuts the subject out of a picture over the Dreamina (Jimeng) web protocol, with Python's standard library alone.

    DREAMINA_SESSIONID=... python3 cutout.py photo.jpg cutout.png

Nothing here knows koutu. To use a koutu server, change the address:

    DREAMINA_API=https://localhost:8787 SSL_CERT_FILE=certificate.pem DREAMINA_SESSIONID=KEY python3 cutout.py ...
"""

import hashlib
import hmac
import json
import os
import sys
import time
import uuid
import zlib
from datetime import datetime, timezone
from urllib.error import HTTPError
from urllib.parse import quote, urlencode, urlsplit
from urllib.request import Request, urlopen

API = os.environ.get("DREAMINA_API", "https://jimeng.jianying.com").rstrip("/")
SESSION = os.environ.get("DREAMINA_SESSIONID", "")
AID = "513695"
WEB = "https://jimeng.jianying.com"
PF, APPVR, DA_VERSION = "7", "8.4.0", "3.3.8"
IMAGEX_REGION = "cn-north-1"
POLL_S = 1
WAIT_S = 600


class Refused(Exception):
    pass


def send(method, url, headers, body=None):
    """Status 200 and its bytes, or the reason."""
    try:
        with urlopen(Request(url, data=body, headers=headers, method=method), timeout=60) as response:
            return response.read()
    except HTTPError as error:
        raise Refused(f"HTTP {error.code}: {error.read()[:300]!r}") from None


def sign(path, device_time, tdid=""):
    text = f"9e2c|{path[-7:]}|{PF}|{APPVR}|{device_time}|{tdid}|11ac"
    return hashlib.md5(text.encode()).hexdigest()


def api(path, body):
    """`data` of an answer whose `ret` is "0"."""
    now = str(int(time.time()))
    query = urlencode({"aid": AID, "device_platform": "web", "region": "cn", "da_version": DA_VERSION})
    headers = {
        "Content-Type": "application/json",
        "Appid": AID,
        "Appvr": APPVR,
        "Pf": PF,
        "Device-Time": now,
        "Sign": sign(path, now),
        "Sign-Ver": "1",
        "Origin": WEB,
        "Referer": WEB + "/",
        "Cookie": f"sessionid={SESSION}",
    }
    answer = json.loads(send("POST", f"{API}{path}?{query}", headers, json.dumps(body).encode()))
    if answer["ret"] != "0":
        raise Refused(f"{path}: ret {answer['ret']} {answer['errmsg']}")
    return answer["data"]


def aws4(method, host, query, headers, body, keys):
    """The Authorization header of AWS Signature Version 4 over exactly `headers`."""
    names = sorted(name.lower() for name in headers)
    values = {name.lower(): value for name, value in headers.items()}
    canonical_query = "&".join(f"{quote(k, safe='-._~')}={quote(v, safe='-._~')}" for k, v in sorted(query.items()))
    canonical = "\n".join(
        [method, "/", canonical_query]
        + [f"{name}:{values[name].strip()}" for name in names]
        + ["", ";".join(names), hashlib.sha256(body).hexdigest()]
    )
    date = values["x-amz-date"]
    scope = f"{date[:8]}/{IMAGEX_REGION}/imagex/aws4_request"
    text = "\n".join(["AWS4-HMAC-SHA256", date, scope, hashlib.sha256(canonical.encode()).hexdigest()])
    key = ("AWS4" + keys["secret_access_key"]).encode()
    for part in (date[:8], IMAGEX_REGION, "imagex", "aws4_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    signature = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
    return (
        f"AWS4-HMAC-SHA256 Credential={keys['access_key_id']}/{scope}, "
        f"SignedHeaders={';'.join(names)}, Signature={signature}"
    )


def imagex(method, action, keys, body=None, **more):
    """`Result` of an ImageX call."""
    host = keys["upload_domain"]
    query = {"Action": action, "Version": "2018-08-01", "ServiceId": keys["space_name"], **more}
    headers = {
        "X-Amz-Date": datetime.now(timezone.utc).strftime("%Y%m%dT%H%M%SZ"),
        "X-Amz-Security-Token": keys["session_token"],
    }
    if body is not None:
        # As browsers do: a POST is signed with its host, its type and its body.
        headers["Host"] = host
        headers["Content-Type"] = "application/json"
        headers["X-Amz-Content-Sha256"] = hashlib.sha256(body).hexdigest()
    headers["Authorization"] = aws4(method, host, query, dict(headers), body or b"", keys)
    answer = json.loads(send(method, f"{scheme()}://{host}/?{urlencode(query)}", headers, body))
    error = answer["ResponseMetadata"].get("Error")
    if error:
        raise Refused(f"{action}: {error['CodeN']} {error['Message']}")
    return answer["Result"]


def scheme():
    """The service names hosts without a scheme: it is https, as that of its own address."""
    return urlsplit(API).scheme


def upload(picture):
    """The URI of a picture."""
    keys = api("/mweb/v1/get_upload_token", {"scene": 2})
    applied = imagex("GET", "ApplyImageUpload", keys, FileSize=str(len(picture)), s="abcdefghijk")
    address = applied["UploadAddress"]
    [info] = address["StoreInfos"]
    headers = {
        "Authorization": info["Auth"],
        "Content-CRC32": format(zlib.crc32(picture) & 0xFFFFFFFF, "08x"),
        "Content-Type": "application/octet-stream",
        "Content-Disposition": 'attachment; filename="undefined"',
    }
    host = address["UploadHosts"][0]
    answer = json.loads(send("POST", f"{scheme()}://{host}/upload/v1/{info['StoreUri']}", headers, picture))
    if answer["code"] != 2000:
        raise Refused(f"upload: {answer}")
    body = json.dumps({"SessionKey": address["SessionKey"]}).encode()
    [result] = imagex("POST", "CommitImageUpload", keys, body)["Results"]
    if result["UriStatus"] != 2000:
        raise Refused(f"commit: {result}")
    return result["Uri"]


def draft(uri):
    node = lambda kind, **more: {"type": kind, "id": str(uuid.uuid4()), **more}
    image = node("image", source_from="upload", platform_type=1, image_uri=uri, uri=uri)
    component = node(
        "image_base_component",
        min_version=DA_VERSION,
        aigc_mode="workbench",
        metadata=node(
            "",
            created_platform=3,
            created_platform_version="",
            created_time_in_ms=int(time.time() * 1000),
            created_did="",
        ),
        generate_type="cutout",
        abilities=node("", cutout=node("", init_image=image, history_option=node(""))),
    )
    return node(
        "draft",
        min_version=DA_VERSION,
        is_from_tsn=True,
        version=DA_VERSION,
        main_component_id=component["id"],
        component_list=[component],
    )


def cutout(uri):
    """The address of the result."""
    body = {
        "extend": {},
        "submit_id": str(uuid.uuid4()),
        "draft_content": json.dumps(draft(uri)),
        "http_common_info": {"aid": int(AID)},
    }
    history_id = api("/mweb/v1/aigc_draft/generate", body)["aigc_data"]["history_record_id"]
    deadline = time.monotonic() + WAIT_S
    while time.monotonic() < deadline:
        record = api("/mweb/v1/get_history_by_ids", {"history_ids": [history_id]})[history_id]
        if record["status"] == 50:
            return record["item_list"][0]["image"]["large_images"][0]["image_url"]
        if record["status"] == 30:
            raise Refused(f"failed with {record['fail_code']}: {record['fail_msg']}")
        time.sleep(POLL_S)
    raise Refused(f"not done within {WAIT_S} s")


def main():
    if len(sys.argv) != 3 or not SESSION:
        sys.exit(__doc__)
    with open(sys.argv[1], "rb") as file:
        uri = upload(file.read())
    url = cutout(uri)
    with open(sys.argv[2], "wb") as file:
        file.write(send("GET", url, {}))
    print(f"{uri} -> {sys.argv[2]}")


if __name__ == "__main__":
    try:
        main()
    except Refused as reason:
        sys.exit(f"cutout.py: {reason}")
