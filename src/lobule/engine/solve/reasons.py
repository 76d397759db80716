"""Why a patient was not integrated to its end, in a sentence."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lobule.engine.solution import EVENT_UNDEFINED, FLOOD, OK, STATUS, UNDEFINED_OUTPUT
from lobule.engine.solve.prepared import Prepared
from lobule.engine.solve.problem import Problem

MOST_NAMED = 5  # outputs listed in a reason


@dataclass(frozen=True)
class Outcome:
    """What has become of the patients of a problem: `arrays` as the solver has left them."""

    ready: Prepared
    problem: Problem
    arrays: dict[str, np.ndarray]

    def reasons(self, known: dict[int, str]) -> tuple[str, ...]:
        """A sentence for each patient, "" where all is well; some are known already."""
        status = self.arrays["people"]["status"]
        said = [""] * len(status)
        for i in np.flatnonzero(status != OK).tolist():
            said[i] = known.get(i) or self._reason(i)
        return tuple(said)

    def _reason(self, patient: int) -> str:
        person, system = self.arrays["people"][patient], self.ready.structure.system
        code, when, culprit = int(person["status"]), float(person["stopped_at"]), int(person["culprit"])
        head = f"patient {patient} stopped at time {when:.6g}: "
        if code == UNDEFINED_OUTPUT:
            return self._undefined(patient)
        if code in (FLOOD, EVENT_UNDEFINED):
            own = system.events[culprit].name if culprit >= 0 else ""
            return head + STATUS[code] + (f' ("{own}")' if own else "")
        plain, initial = self.ready.code.system, self.arrays["initial"][patient]
        for name, value in zip(plain.states, initial, strict=False):
            if not np.isfinite(value):
                return f'{head}the start value of "{name}" is infinite or undefined'
        if when == 0:
            constants = self.arrays["constants"][patient, : len(plain.constants)]
            slopes = self.ready.code.rates(0.0, initial[: len(plain.states)], constants)
            for name, value in zip(plain.states, slopes, strict=True):
                if not np.isfinite(value):
                    return f'{head}the rate of change of "{name}" is infinite or undefined'
        fastest = f" while {system.states[culprit].strip()} changed fastest" if culprit >= 0 else ""
        return head + STATUS[code] + fastest

    def _undefined(self, patient: int) -> str:
        """Which outputs have no value where, in a patient that was integrated to the end."""
        problem, names = self.problem, self.ready.outputs
        missing = ~np.isfinite(self.arrays["y"][patient])
        begin, end = problem.samples[patient]
        missing[:begin] = missing[end:] = False
        first = problem.times[int(np.argmax(missing.any(axis=1)))]
        columns = np.flatnonzero(missing.any(axis=0))
        listed = []
        for column in columns[:MOST_NAMED]:
            block, output = divmod(int(column), len(names))
            of = f"the derivative by {problem.sensitivities[block - 1]} of " if block else ""
            listed.append(f'{of}"{names[output]}"')
        more = f" and {len(columns) - MOST_NAMED} more outputs" if len(columns) > MOST_NAMED else ""
        are = "is" if len(columns) == 1 else "are"
        return (
            f"patient {patient}: {', '.join(listed)}{more} {are} infinite or undefined, first at time {first:.6g}; "
            "such values are NaN, all others are complete"
        )
