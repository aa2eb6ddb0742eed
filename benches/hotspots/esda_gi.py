"""Times esda's Gi* over the places that `make bench` wrote: `esda_gi.py FOLDER PERMUTATIONS K`.

Numba's compilation is not in the time: a small run goes first. Of one process and of all cores the faster one counts.
"""

import json
import pathlib
import sys
import time
import warnings

import numpy as np

warnings.filterwarnings("ignore")

import esda  # noqa: E402
from libpysal.weights import KNN  # noqa: E402


def timed(work):
    start = time.perf_counter()
    out = work()
    return out, time.perf_counter() - start


def main():
    folder, permutations, k = pathlib.Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    points = np.fromfile(folder / "places.f64").reshape(-1, 2)
    values = np.fromfile(folder / "values.f64")
    few = KNN(points[:500], k=k)
    esda.G_Local(values[:500], few, transform="B", star=True, permutations=9, n_jobs=1, keep_simulations=False)

    weights, weights_s = timed(lambda: KNN(points, k=k, silence_warnings=True))
    seconds = {}
    for jobs in [1, -1]:
        try:
            found, seconds[jobs] = timed(lambda jobs=jobs: esda.G_Local(
                values, weights, transform="B", star=True, permutations=permutations, n_jobs=jobs, keep_simulations=False,
                seed=1))
        except Exception as fault:  # noqa: BLE001
            # esda's way over all cores does not run with every numpy.
            print(f"esda with n_jobs={jobs}: {fault}", file=sys.stderr)
    found.Zs.tofile(folder / "z.f64")
    json.dump({"weights_s": weights_s, "gi_s": min(seconds.values()), "jobs": min(seconds, key=seconds.get)}, sys.stdout)


if __name__ == "__main__":
    main()
