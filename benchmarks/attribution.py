"""How long exact Shapley shares over 2^12 subsets of a product's cargo take (goal: under a minute on 2 cores).

    python benchmarks/attribution.py

One CCl4 mouse, six weeks, three weekly doses of vesicles with 17 components, read on day 42. The first call compiles;
the second is the figure. Nothing else shares cargo out, so there is no peer; the same subsets solved one after another
in one thread are printed beside it.
"""

from __future__ import annotations

import os
import time

import lobule as lb
from lobule import model
from lobule.explore import attribute

MOUSE = lb.Animal("mouse", injury="ccl4", weeks=6)
PLAN = lb.Plan("uc-msc-ev", dose="1e10 particle", start="21 d", every="7 d", n=3)


def main() -> None:
    begin = time.perf_counter()
    model.compiled("mouse").solve(times=[1.0])
    print(f"compilation          {time.perf_counter() - begin:8.2f} s")
    begin = time.perf_counter()
    found = attribute(MOUSE, PLAN, 42.0)
    wall = time.perf_counter() - begin
    print(
        f"{found.runs} runs            {wall:8.2f} s on {os.cpu_count()} cores, {1000 * wall / found.runs:.2f} ms a run"
    )
    gap = max(
        abs(rows["share"].sum() - found.total[str(output)])
        for output, rows in found.table.groupby("output", sort=False)
    )
    print(f"shares against whole {gap:8.1e}")


if __name__ == "__main__":
    main()
