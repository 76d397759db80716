"""Do two treatments add up? Bliss independence and Loewe additivity, each with its definition beside the number.

Bliss: independent effects combine to 1 - (1 - a)(1 - b) (C. I. Bliss, Ann. Appl. Biol. 26 (1939) 585).
Loewe: doses of the same effect replace each other; the combination index d1/D1 + d2/D2 is 1 for a treatment combined
with itself, below 1 for synergy (S. Loewe, Arzneimittelforschung 3 (1953) 285). D1 and D2 are the doses of each alone
that give the effect of both; where no dose of one alone reaches it, there is no index.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from lobule import model
from lobule.arguments import a_text, between, checking, one_of
from lobule.bounds import LATEST
from lobule.errors import InputError, about
from lobule.labs import better
from lobule.patient import Animal, Patient
from lobule.simulation.courses import run_courses
from lobule.simulation.subject import a_subject
from lobule.therapy import Care, Plan, Regimen

MULTIPLES = np.logspace(-2, 2, 17)  # of each dose, for the doses of equal effect
LARGEST_FACTOR = MULTIPLES[-1]


@dataclass(frozen=True)
class Synergy:
    """Effects as shares of improvement over untreated.

    first, second, both : effects; bliss_expected : of both if independent; bliss_excess : both less that
    loewe_index : combination index, None where it cannot be formed; loewe_note : why not
    """

    output: str
    first: float
    second: float
    both: float
    bliss_expected: float
    bliss_excess: float
    loewe_index: float | None
    loewe_note: str

    def __str__(self) -> str:
        alone = f"{self.first:.1%} and {self.second:.1%} alone, {self.both:.1%} together"
        lines = [
            f"{self.output.replace('_', ' ')}, improvement over untreated: {alone}",
            f"  Bliss: {self.bliss_expected:.1%} expected if independent, excess {self.bliss_excess:+.1%}",
        ]
        if self.loewe_index is None:
            lines.append(f"  Loewe: {self.loewe_note}")
        else:
            word = "synergy" if self.loewe_index < 0.9 else "antagonism" if self.loewe_index > 1.1 else "additive"
            lines.append(f"  Loewe: combination index {self.loewe_index:.2f} ({word}; 1 is additive)")
            if (word == "synergy" and self.bliss_excess < 0) or (word == "antagonism" and self.bliss_excess > 0):
                lines.append(
                    "  The two differ: Bliss asks how much effect there is, Loewe what dose of either does that; where "
                    "an effect saturates they part"
                )
        return "\n".join(lines)


@checking(first=between(-math.inf, 1), second=between(-math.inf, 1))
def bliss(first: float, second: float) -> float:
    """Effect of two independent treatments; effects are shares below 1.

    Raises
    ------
    InputError : an effect above 1.

    >>> round(bliss(0.4, 0.5), 12)
    0.7
    """
    return 1 - (1 - first) * (1 - second)


def combination_index(
    wanted: float, curves: tuple[Callable[[float], float], Callable[[float], float]], largest: float
) -> float | None:
    """Loewe's index d1/D1 + d2/D2 for doses of 1 each (in units of what was given together).

    Parameters
    ----------
    wanted : effect of the combination
    curves : effect of each alone at a multiple of its dose, rising
    largest : largest multiple that is looked at; None is returned when one of them does not reach the effect there

    >>> half = lambda d: d / (1 + d)
    >>> round(combination_index(half(2.0), (half, half), 100.0), 9)
    1.0
    """
    from scipy.optimize import brentq

    index = 0.0
    for curve in curves:
        if not curve(largest) > wanted > curve(0.0):
            return None
        index += 1 / float(brentq(lambda d, curve=curve: curve(d) - wanted, 0.0, largest))
    return index


@checking(subject=a_subject, day=between(0, LATEST, above=True), output=a_text)
def synergy(subject: Animal | Patient, first: Plan | Care, second: Plan | Care, day: float, output: str) -> Synergy:
    """Compare two parts of a plan alone and together.

    Raises
    ------
    InputError : unknown output, parts that cannot be given together.
    """
    for name, part in (("first", first), ("second", second)):
        with about(name):
            Regimen.of(part, subject)
    one_of(output, "output", model.compiled("mouse").variables)
    scaled = {
        (i, k): _times(part, m, subject)
        for i, part in enumerate((first, second))
        if isinstance(part, Plan)
        for k, m in enumerate(MULTIPLES)
    }
    possible = {key: plan for key, plan in scaled.items() if plan is not None}
    plans = {"first": first, "second": second, "both": [first, second]}
    plans |= {f"{i} {k}": plan for (i, k), plan in possible.items()}
    subjects: dict[str, Animal | Patient] = dict.fromkeys(["untreated", *plans], subject)
    courses = run_courses(subjects, np.array([subject.history_days + day]), plans=plans)
    base = courses("untreated", output)[0]
    sign = -1 if better(output) == "up" else 1

    def effect(name: str) -> float:
        return float(sign * (1 - courses(name, output)[0] / base))

    a, b, both = effect("first"), effect("second"), effect("both")
    expected = bliss(a, b)
    index, note = None, ""
    if isinstance(first, Care) or isinstance(second, Care):
        note = "no index: standard care has no dose in the model"
    else:
        curves = tuple(_curve(i, possible, effect) for i in (0, 1))
        index = combination_index(both, (curves[0][0], curves[1][0]), min(curves[0][1], curves[1][1]))
        if index is None:
            note = "no index: one of the two alone does not reach the effect of both at any dose that can be given"
    return Synergy(output, a, b, both, expected, both - expected, index, note)


def _times(part: Plan, multiple: float, subject: Animal | Patient) -> Plan | None:
    """The plan with so many times its dose; None where the subject could not take it in."""
    try:
        return part.scaled(multiple, subject.body_weight_g)
    except InputError:
        return None


def _curve(
    i: int, plans: dict[tuple[int, int], Plan], effect: Callable[[str], float]
) -> tuple[Callable[[float], float], float]:
    """Effect of one alone over the multiple of its dose, monotone between the doses that were run."""
    from scipy.interpolate import PchipInterpolator

    steps = sorted(k for j, k in plans if j == i)
    doses = np.concatenate([[0.0], MULTIPLES[steps]])
    effects = np.maximum.accumulate([0.0, *(effect(f"{i} {k}") for k in steps)])
    smooth = PchipInterpolator(np.log1p(doses * 100), effects)
    return (lambda d: float(smooth(np.log1p(d * 100)))), float(doses[-1])
