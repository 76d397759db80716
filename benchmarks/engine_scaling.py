"""How the engine's cost grows: with patients, threads, states; compile time; memory.

    python benchmarks/engine_scaling.py [--full]

--full goes to 100,000 patients, whose values go into a file. Exit code 1 when a goal is missed: cost a patient within
15 % from 1,000 patients on, two threads at least 1.8 times one, the liver model compiled within 2 s, 100,000 patients
below 2 GiB.
"""

from __future__ import annotations

import argparse
import resource
import sys
import tempfile
import time

from engine_vs_peers import liver, synthetic

from lobule.engine.emit.kernel import build, lanes_of_this_cpu
from lobule.engine.emit.method import RODAS5P
from lobule.engine.emit.structure import Structure


def seconds(problem, n, threads, rtol=1e-4):
    start = time.perf_counter()
    solution = problem.solve(n, rtol, threads=threads)
    assert solution.complete
    return time.perf_counter() - start


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--full", action="store_true")
    arguments = parser.parse_args()
    largest = 100_000 if arguments.full else 4_000
    problem, missed = liver(largest), []
    start = time.perf_counter()
    build(Structure(problem.compiled.system, RODAS5P), lanes_of_this_cpu())
    compile_time = time.perf_counter() - start
    print(
        f"liver model, {len(problem.compiled.states)} states: differentiated, ordered, compiled in {compile_time:.2f} s"
    )
    if compile_time > 2:
        missed.append("compile time")
    seconds(problem, 8, 1)
    per_patient = {}
    for n in (n for n in (1, 10, 100, 1_000, 4_000, 10_000) if n <= largest):
        wall = seconds(problem, n, 1)
        per_patient[n] = wall / n
        print(f"{n:>7} patients, 1 thread: {wall:8.2f} s, {1e3 * wall / n:7.2f} ms a patient", flush=True)
    if max(per_patient[n] for n in per_patient if n >= 1000) > 1.15 * per_patient[1000]:
        missed.append("linear cost")
    n = 2_000
    one, two = min(seconds(problem, n, 1) for _ in range(2)), min(seconds(problem, n, 2) for _ in range(2))
    print(f"{n:>7} patients: 2 threads are {one / two:.2f} times 1 thread")
    if one / two < 1.8:
        missed.append("two threads")
    for states in (20, 50, 100, 200, 400):
        ring = synthetic(64, states) if states >= 66 else synthetic(64, states, range(0, states, 5))
        start = time.perf_counter()
        kernel = build(Structure(ring.compiled.system, RODAS5P), lanes_of_this_cpu())
        compiled_in = time.perf_counter() - start
        seconds(ring, 8, 1)
        wall, steps = seconds(ring, 64, 1), ring.solve(64, 1e-4, threads=1).steps.sum()
        print(
            f"{states:>4} states: compiled in {compiled_in:5.2f} s, LU {kernel.structure.layout.factors:>6} entries, ",
            end="",
        )
        print(f"{1e9 * wall / steps:6.0f} ns a step and patient, {1e3 * wall / 64:6.2f} ms a patient", flush=True)
    if arguments.full:
        with tempfile.TemporaryDirectory() as folder:
            start = time.perf_counter()
            assert problem.solve(largest, 1e-3, into=f"{folder}/y.npy").complete
            print(f"{largest} patients at 1e-3, all threads, into a file: {time.perf_counter() - start:.0f} s")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"largest memory {peak:.2f} GiB")
    if peak > 2:
        missed.append("memory")
    print("goals missed: " + ", ".join(missed) if missed else "all goals met")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
