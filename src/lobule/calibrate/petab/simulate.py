"""Simulations and noise of every measurement of a PEtab problem, at the nominal parameters."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from lobule.calibrate.petab.formula import Formula
from lobule.calibrate.petab.names import TIME
from lobule.calibrate.petab.priors import scaled
from lobule.calibrate.petab.problem import Condition, Measurement, Observable, PetabProblem, Value
from lobule.calibrate.petab.start import OpenModel
from lobule.errors import InputError, ModelError, shown


@dataclass(frozen=True)
class Simulated:
    """values, noise : (n_measurements,) in the order of the problem"""

    values: np.ndarray
    noise: np.ndarray


def opened(problem: PetabProblem) -> OpenModel:
    """The problem's model; raises ModelError, with the file's name, where the engine cannot read it."""
    try:
        return OpenModel(problem.files.sbml)
    except ModelError as error:
        raise ModelError(f"{problem.files.model_file}: {error}", error.field) from error


def simulate(problem: PetabProblem, model: OpenModel) -> Simulated:
    """Solve each pair of pre-equilibration and condition, and compute observables and noise.

    Raises
    ------
    InputError : a name that nothing defines, a condition that cannot be solved or has no steady state, a simulated
        value that is no number or has no logarithm where one is needed, noise that is not above 0.
    """
    return _Simulation(problem, model).all()


def compared(problem: PetabProblem, simulated: Simulated) -> tuple[float, float]:
    """Log-likelihood of the measurements, and chi2: the sum of squares of residuals over noise, both on the scale on
    which each observable is compared, as PEtab defines them. Raises InputError where one is no finite number."""
    from petab.v1.calculate import calculate_single_llh

    log_likelihood = chi2 = 0.0
    for measurement, value, noise in zip(problem.measurements, simulated.values, simulated.noise, strict=True):
        observable = problem.observables[measurement.observable]
        likelihood = float(
            calculate_single_llh(measurement.value, value, observable.scale, observable.distribution, noise)
        )
        residual = (scaled(measurement.value, observable.scale) - scaled(value, observable.scale)) / noise
        if not (math.isfinite(likelihood) and math.isfinite(residual * residual)):
            raise InputError(f"{measurement.row.where()}: the likelihood of this measurement is no finite number "
                             f"(simulated {value:g}, noise {noise:g})")  # fmt: skip
        log_likelihood += likelihood
        chi2 += residual * residual
    return log_likelihood, chi2


class _Simulation:
    def __init__(self, problem: PetabProblem, model: OpenModel) -> None:
        self.problem, self.model = problem, model
        self.nominal = {name: parameter.value for name, parameter in problem.parameters.items()}
        self.steady: dict[str, dict[str, float]] = {}

    def all(self) -> Simulated:
        measurements = self.problem.measurements
        values, noise = np.empty(len(measurements)), np.empty(len(measurements))
        groups: dict[tuple[str, str], list[int]] = {}
        for k, measurement in enumerate(measurements):
            groups.setdefault((measurement.before, measurement.condition), []).append(k)
        for (before, condition), places in groups.items():
            values[places], noise[places] = self._group(before, condition, [measurements[k] for k in places])
        for measurement, value, spread in zip(measurements, values, noise, strict=True):
            self._checked(measurement, value, spread)
        return Simulated(values, noise)

    def _checked(self, measurement: Measurement, value: float, spread: float) -> None:
        where, observable = measurement.row.where(), self.problem.observables[measurement.observable]
        if not math.isfinite(value):
            raise InputError(f"{where}: the simulated value of {shown(observable.name)} is {value}, no finite number")
        if observable.scale != "lin" and value <= 0:
            raise InputError(f"{where}: the simulated value of {shown(observable.name)} is {value:g} and has no "
                             f"logarithm, but it is compared on a {observable.scale} scale")  # fmt: skip
        if not (math.isfinite(spread) and spread > 0):
            raise InputError(f"{where}: the noise of {shown(observable.name)} is {spread:g}, not above 0")

    def _group(self, before: str, condition: str, rows: Sequence[Measurement]) -> tuple[np.ndarray, np.ndarray]:
        known = self._known(self.problem.conditions[condition])
        courses = self._courses(before, condition, known, rows)
        values, noise = np.empty(len(rows)), np.empty(len(rows))
        for name in {row.observable for row in rows}:
            places = [k for k, row in enumerate(rows) if row.observable == name]
            names = _Names(self, self.problem.observables[name], [rows[k] for k in places], known,
                           {output: course[places] for output, course in courses.items()})  # fmt: skip
            values[places] = names.value(names.observable.formula, "observableFormula")
            noise[places] = names.value(names.observable.noise, "noiseFormula")
        return values, noise

    def _known(self, condition: Condition) -> dict[str, float]:
        """Numbers of everything that the parameter table and a condition name."""
        given = {n: self.nominal[v] if isinstance(v, str) else v for n, v in condition.values.items()}
        return self.nominal | given

    def _needed(self, rows: Iterable[Measurement]) -> set[str]:
        """Outputs of the model that observables and noise of these measurements use."""
        wanted: set[str] = set()
        seen: set[str] = set()
        waiting = {row.observable for row in rows}
        while waiting:
            observable = self.problem.observables[waiting.pop()]
            seen.add(observable.name)
            names = observable.formula.symbols | observable.noise.symbols
            wanted |= names & self.model.outputs
            waiting |= {name for name in names if name in self.problem.observables} - seen
        for row in rows:
            wanted |= {v for v in row.placeholders.values() if isinstance(v, str) and v in self.model.outputs}
        return wanted

    def _courses(
        self, before: str, condition: str, known: Mapping[str, float], rows: Sequence[Measurement]
    ) -> dict[str, np.ndarray]:
        """Outputs (n_rows,) at the time of each row."""
        outputs = sorted(self._needed(rows))
        times = np.array([row.time for row in rows])
        where = f"condition {shown(condition)}" + (f" after {shown(before)}" if before else "")
        given = {n: v for n, v in known.items() if n in self.model.starts or n in self.model.constants}
        if before:
            given = self._steady_before(before) | given
        found = {name: np.empty(len(rows)) for name in outputs}
        late = np.isinf(times)
        try:
            if not late.all():
                for name, course in self.model.solve(given, times[~late], outputs).items():
                    found[name][~late] = course
            if late.any():
                end = self.model.steady(given, outputs)
                for name in outputs:
                    found[name][late] = end[name]
        except InputError as error:
            raise InputError(f"{where}: {error}") from error
        return found

    def _steady_before(self, name: str) -> dict[str, float]:
        if name not in self.steady:
            known = self._known(self.problem.conditions[name])
            given = {n: v for n, v in known.items() if n in self.model.starts or n in self.model.constants}
            try:
                found = self.model.steady(given, ())
                self.steady[name] = {kept: found[kept] for kept in self.model.kept}
            except InputError as error:
                raise InputError(f"pre-equilibration {shown(name)}: {error}") from error
        return self.steady[name]


@dataclass(frozen=True)
class _Names:
    """What the names in the formulas of one observable stand for, at each of its measurements."""

    simulation: _Simulation
    observable: Observable
    rows: Sequence[Measurement]
    known: Mapping[str, float]
    courses: Mapping[str, np.ndarray]

    def value(self, formula: Formula, column: str) -> np.ndarray:
        """(n_rows,)"""
        found = formula.value({name: self._of(name, column) for name in formula.symbols})
        return np.broadcast_to(found, (len(self.rows),))

    def _of(self, name: str, column: str) -> np.ndarray:
        if name in self.rows[0].placeholders:
            return np.array([self._number(row.placeholders[name], k) for k, row in enumerate(self.rows)])
        if name in self.courses:
            return self.courses[name]
        if name in self.known:
            return np.full(len(self.rows), self.known[name])
        if name == TIME:
            return np.array([row.time for row in self.rows])
        if column == "noiseFormula" and name in self.simulation.problem.observables:
            other = self.simulation.problem.observables[name]
            return self.value(other.formula, "observableFormula")
        raise self._missing(name, 0)

    def _number(self, value: Value, k: int) -> float:
        if isinstance(value, float):
            return value
        if value in self.courses:
            return float(self.courses[value][k])
        if value in self.known:
            return self.known[value]
        raise self._missing(value, k)

    def _missing(self, name: str, k: int) -> InputError:
        row = self.rows[k]
        return InputError(f"{row.row.where()}: condition {shown(row.condition)} has no value for {shown(name)}, which "
                          f"{shown(row.observable)} needs")  # fmt: skip
