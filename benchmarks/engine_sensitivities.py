"""Cost and error of forward sensitivities, beside central differences and AMICI (where installed).

    python benchmarks/engine_sensitivities.py [--patients 64] [--parameters 4]

The liver of `engine_vs_peers.py` with its 98 doses, one core. The reference is this engine's derivatives at rtol 1e-9;
the error is |s - reference| / (1e-6 largest of the output and parameter + |reference|), its 99th percentile over
outputs, times and parameters, then the median over patients. The last line states the ratios.
"""

from __future__ import annotations

import argparse
import tempfile
import time

import numpy as np
from engine_vs_peers import TIMES, liver, sbml_with_doses

STEP = 1e-3  # of a parameter, for differences


def errors(slopes, reference):
    scale = 1e-6 * np.abs(reference).max(axis=(0, 1)) + np.abs(reference)
    relative = np.abs(slopes - reference) / np.where(scale > 0, scale, 1.0)
    return np.median(np.quantile(relative.reshape(len(slopes), -1), 0.99, axis=1))


def ours(problem, n, names, rtol):
    start = time.perf_counter()
    slopes = problem.solve(n, rtol, threads=1, sensitivities=names).slopes
    return slopes, time.perf_counter() - start


def differences(problem, n, names, rtol):
    start, columns, kept = time.perf_counter(), [], problem.parameters
    for name in names:
        values = kept[name][:n]
        ends = []
        for sign in (1, -1):
            problem.parameters = {**kept, name: values * (1 + sign * STEP)}
            ends.append(problem.solve(n, rtol, threads=1).y)
        columns.append((ends[0] - ends[1]) / (2 * STEP * values[:, None, None]))
    problem.parameters = kept
    return np.stack(columns, axis=3), time.perf_counter() - start


def amici_slopes(problem, n, names, rtols):
    import amici
    import amici.sim.sundials as sundials
    from amici.importers.sbml import SbmlImporter

    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        SbmlImporter(sbml_with_doses(problem), from_file=False).sbml2amici("bench_slopes", folder, verbose=False)
        print(f"AMICI compiled with sensitivities in {time.perf_counter() - start:.0f} s", flush=True)
        peer = amici.import_model_module("bench_slopes", folder).get_model()
    solver = peer.create_solver()
    solver.set_max_steps(10_000_000)
    solver.set_sensitivity_order(sundials.SensitivityOrder.first)
    solver.set_sensitivity_method(sundials.SensitivityMethod.forward)
    peer.set_timepoints(TIMES)
    identifiers, states = list(peer.get_free_parameter_ids()), list(peer.get_state_ids())
    peer.set_parameter_list([identifiers.index(name) for name in names])
    rows = []
    shown = [o for o, name in enumerate(problem.outputs) if name in states]
    for rtol in rtols:
        solver.set_relative_tolerance(rtol)
        solver.set_absolute_tolerance(rtol * 1e-4)
        wall, slopes = 0.0, np.empty((n, TIMES.size, len(shown), len(names)))
        for i in range(n):
            for name, values in problem.patients(n).items():
                if name in identifiers:
                    peer.set_free_parameter_by_id(name, float(np.ravel(values)[i if np.ndim(values) else 0]))
            start = time.perf_counter()
            result = sundials.run_simulation(peer, solver)
            wall += time.perf_counter() - start
            sx = np.array(result.sx)  # (times, parameters, states)
            for k, o in enumerate(shown):
                slopes[i, :, k, :] = sx[:, :, states.index(problem.outputs[o])]
        rows.append((rtol, slopes, wall / n))
    return shown, rows


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--patients", type=int, default=64)
    arguments.add_argument("--parameters", type=int, default=4)
    given = arguments.parse_args()
    n, problem = given.patients, liver(given.patients)
    names = [name for name, values in problem.parameters.items() if np.ndim(values)][:: 105 // given.parameters]
    names = names[: given.parameters]
    print(f"{len(problem.compiled.states)} states, by {', '.join(names)}")
    start = time.perf_counter()
    ours(problem, 8, names, 1e-4)
    problem.solve(8, 1e-4, threads=1)
    print(f"compiled in {time.perf_counter() - start:.1f} s")
    reference, _ = ours(problem, n, names, 1e-9)
    start = time.perf_counter()
    problem.solve(n, 1e-4, threads=1)
    plain = 1e3 * (time.perf_counter() - start) / n
    print(f"\n{'':<14}{'rtol':>8}{'ms a patient':>14}{'error':>10}")
    print(f"{'no slopes':<14}{1e-4:>8g}{plain:>14.2f}")
    costs = {}
    for rtol in (1e-3, 1e-4, 1e-6):
        for what, solve in (("lobule", ours), ("differences", differences)):
            slopes, wall = solve(problem, n, names, rtol)
            costs[what, rtol] = 1e3 * wall / n
            print(f"{what:<14}{rtol:>8g}{1e3 * wall / n:>14.2f}{errors(slopes, reference):>10.1e}", flush=True)
    said = "AMICI is not installed"
    try:
        shown, rows = amici_slopes(problem, 2, names, (1e-4, 1e-6))
        for rtol, slopes, wall in rows:
            error = errors(slopes, reference[:2, :, shown])
            print(f"{'AMICI':<14}{rtol:>8g}{1e3 * wall:>14.2f}{error:>10.1e}")
        said = ", ".join(f"{1e3 * wall / costs['lobule', rtol]:.0f} x AMICI at rtol {rtol:g}" for rtol, _, wall in rows)
    except ImportError as error:
        print(error)
    print(
        f"{len(names)} sensitivities cost {costs['lobule', 1e-4] / plain:.1f} plain runs, "
        f"{costs['lobule', 1e-4] / costs['differences', 1e-4]:.2f} of central differences; {said}"
    )


if __name__ == "__main__":
    main()
