"""What a tissue costs: CPU seconds and memory by number of cells and by days, and the powers by which they grow.

python benchmarks/tissue.py [CELLS ...]      5000 20000 100000 when none is named: 28 days, CCl4, a dose a week
python benchmarks/tissue.py --days 7 14 28   by days, for the first number of cells
python benchmarks/tissue.py --peer           ten hours of 14,300 hepatocytes, beside a published run of PhysiCell

Each size is a process of its own; what is compiled is compiled before its clock starts. CPU seconds are those of all
threads together.
"""

import argparse
import json
import resource
import subprocess
import sys
import time

import numpy as np

PLACES = 461  # of hepatocytes in a mouse's lobule, about
HOURS = 10  # that the published run lasts
PEER = 14_300  # its cells


def one(cells: int, days: float) -> dict[str, float]:
    import lobule as lb
    from lobule.tissue.growing import Growing

    plan = lb.Plan("uc-msc-ev", dose="1e10 particle", route="iv", every="7 d", n=max(1, int(days / 7)))
    lived(Growing(lb.Animal("mouse", injury="ccl4", weeks=4), plan, 3), 1.0)
    cpu, wall = time.process_time(), time.perf_counter()
    tissue = Growing(lb.Animal("mouse", injury="ccl4", weeks=4), plan, max(3, round(cells / PLACES)))
    windows = lived(tissue, days)
    return {
        "places": len(tissue.sheet), "others": sum(len(some.place) for some in tissue.held.cells.values()),
        "patches": len(tissue.parts), "days": days, "windows": windows, "cpu_s": time.process_time() - cpu,
        "wall_s": time.perf_counter() - wall, "gib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20,
    }  # fmt: skip


def lived(tissue, until: float) -> int:
    """Live to a day; the number of windows."""
    number = 0
    for day in tissue.windows(until):
        tissue.window(day)
        number += 1
    return number


def alone(cells: int, days: float) -> dict[str, float]:
    """One size in a process of its own, printed as a row."""
    command = [sys.executable, __file__, "--one", str(cells), str(days)]
    found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    print(
        f"{found['places']:>9,} {found['others']:>9,} {found['patches']:>8,} {found['days']:>6g} {found['windows']:>8} "
        f"{found['cpu_s']:>8.1f} {found['wall_s']:>8.1f} {found['gib']:>6.2f}", flush=True,
    )  # fmt: skip
    return found


def power(rows: list[dict[str, float]], by: str) -> str:
    """By which power CPU seconds grow."""
    if len(rows) < 2:
        return ""
    slope = np.polyfit(*(np.log([row[name] for row in rows]) for name in (by, "cpu_s")), 1)[0]
    return f"CPU seconds grow with {by} to the power {slope:.2f}"


if __name__ == "__main__":
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("cells", nargs="*", type=int, default=[5_000, 20_000, 100_000])
    asked.add_argument("--days", nargs="+", type=float)
    asked.add_argument("--peer", action="store_true", help="the size and the hours of a published run of PhysiCell")
    asked.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    options = asked.parse_args()
    if options.one:
        print(json.dumps(one(int(options.one[0]), float(options.one[1]))))
        sys.exit()
    print("hepatocytes    others  patches   days  windows    CPU s   wall s    GiB")
    if options.peer:
        alone(PEER, HOURS / 24)
    elif options.days:
        print(power([alone(options.cells[0], days) for days in options.days], "days"))
    else:
        print(power([alone(cells, 28.0) for cells in options.cells], "places"))
