# rembg's public call in a loop: one image after another, each from its path to the encoded PNG.
# Run: python loop.py plain|matting FILE... ; prints one JSON object a line.

import json
import sys
import time

from rembg import new_session, remove


def main() -> None:
    mode, *paths = sys.argv[1:]
    session = new_session("isnet-general-use")

    def call(path: str) -> float:
        begin = time.perf_counter()
        with open(path, "rb") as file:
            remove(file.read(), session=session, alpha_matting=mode == "matting")
        return (time.perf_counter() - begin) * 1000

    # The first call is not measured.
    call(paths[0])
    for path in paths:
        print(json.dumps({"path": path, "ms": call(path)}), flush=True)


main()
