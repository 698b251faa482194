# pymatting's closed form, KNN and multi-level foreground estimation, each on an image with a trimap.
# Run: python matte.py FOLDER NAME... ; reads NAME.image.png and NAME.trimap.png, writes NAME.closed-form.png and NAME.knn.png,
# and prints one JSON object a line: milliseconds of each.

import json
import sys
import time

import numpy
from pymatting import estimate_alpha_cf, estimate_alpha_knn, estimate_foreground_ml, load_image, save_image

METHODS = {"closed-form": estimate_alpha_cf, "knn": estimate_alpha_knn}


def timed(call):
    begin = time.perf_counter()
    value = call()
    return value, (time.perf_counter() - begin) * 1000


def warm_up() -> None:
    """What is compiled at first use is compiled now."""
    image = numpy.random.default_rng(0).random((64, 64, 3))
    trimap = numpy.full((64, 64), 0.5)
    trimap[:16], trimap[-16:] = 0, 1
    for estimate in METHODS.values():
        estimate_foreground_ml(image, estimate(image, trimap))


def main() -> None:
    folder, *names = sys.argv[1:]
    warm_up()
    for name in names:
        image = load_image(f"{folder}/{name}.image.png", "RGB")
        trimap = load_image(f"{folder}/{name}.trimap.png", "GRAY")
        times = {}
        for method, estimate in METHODS.items():
            alpha, times[method] = timed(lambda: estimate(image, trimap))
            save_image(f"{folder}/{name}.{method}.png", alpha)
        _, times["foreground"] = timed(lambda: estimate_foreground_ml(image, alpha))
        print(json.dumps({"name": name, "ms": times}), flush=True)


main()
