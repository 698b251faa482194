"""Refused uploads, then a good one with the same session, with requests, aiohttp and httpx. Arguments as in refused.py."""
import asyncio
import sys

import aiohttp
import httpx
import requests

port, key, good, path, kind, used_key, size, start = sys.argv[1:9]
base = f"http://127.0.0.1:{port}"
start = bytes.fromhex(start)
photo = open(good, "rb").read()
body = start + b"koutu" * ((int(size) - len(start)) // 5)
sent = (
    (body, path, {"content-type": kind, "x-api-key": used_key}),
    (photo, "/v1/cutouts", {"content-type": "image/png", "x-api-key": key}),
)

with requests.Session() as session:
    for data, to, headers in sent:
        answer = session.post(base + to, data=data, headers=headers)
        print("requests", answer.status_code, len(answer.content) > 0)

with httpx.Client(timeout=60) as client:
    for data, to, headers in sent:
        answer = client.post(base + to, content=data, headers=headers)
        print("httpx", answer.status_code, len(answer.content) > 0)


async def with_aiohttp():
    async with aiohttp.ClientSession() as session:
        for data, to, headers in sent:
            async with session.post(base + to, data=data, headers=headers) as answer:
                print("aiohttp", answer.status, len(await answer.read()) > 0)


asyncio.run(with_aiohttp())
