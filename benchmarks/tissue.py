"""What a tissue costs: CPU seconds and memory by number of cells, for 28 days with four doses.

python benchmarks/tissue.py [CELLS ...]      10000 30000 100000 when none is named; one process each
"""

import argparse
import resource
import subprocess
import sys
import time

PLACES = 461  # of hepatocytes in a mouse's lobule, about


def one(cells: int) -> None:
    import lobule as lb
    from lobule.tissue.growing import Growing

    plan = lb.Plan("uc-msc-ev", dose="1e10 particle", route="iv", start="7 d", every="7 d", n=3)
    lived(Growing(lb.Animal("mouse", injury="ccl4", weeks=4), plan, 3), 1.0)  # compiled before the clock starts
    began = time.process_time()
    tissue = Growing(lb.Animal("mouse", injury="ccl4", weeks=4), plan, max(3, round(cells / PLACES)))
    lived(tissue, 28.0)
    others = sum(len(some.place) for some in tissue.held.cells.values())
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    took = time.process_time() - began
    print(f"{len(tissue.sheet):>7,} {others:>7,} {len(tissue.parts):>7,} {took:>8.1f} {memory:>7.2f}")


def lived(tissue, until: float) -> None:
    for day in tissue.windows(until):
        tissue.window(day)


if __name__ == "__main__":
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("cells", nargs="*", type=int, default=[10_000, 30_000, 100_000])
    asked.add_argument("--one", action="store_true", help="in this process")
    options = asked.parse_args()
    if options.one:
        one(options.cells[0])
    else:
        print("places of hepatocytes, other cells, patches, CPU s, GiB (28 d, CCl4, three doses)")
        for cells in options.cells:
            subprocess.run([sys.executable, __file__, "--one", str(cells)], check=True)
