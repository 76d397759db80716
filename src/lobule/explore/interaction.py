"""Do two parts of a plan add up? One verdict, by the yardstick that fits them; the other one beside it.

The yardstick (W. R. Greco, G. Bravo, J. C. Parsons, Pharmacol. Rev. 47 (1995) 331; J. Foucquier, M. Guedj, Pharmacol.
Res. Perspect. 3 (2015) e00149): Loewe where two agents act by the same mechanism, so that a dose of one could replace a
dose of the other; Bliss where they act by mechanisms of their own, and where one of them has no dose. The formulae are
those of `lobule.statistics.combination`. The verdict rests on effect, not on the combination index: where curves are
flat a small difference in effect is a large one in dose.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lobule import model
from lobule.arguments import a_text, between, checking, one_of
from lobule.bounds import LATEST
from lobule.errors import InputError, about
from lobule.labs import better
from lobule.patient import Animal, Patient
from lobule.simulation import ensemble
from lobule.simulation.crowd import Crowd
from lobule.simulation.experiment import Experiment
from lobule.simulation.simulate import SimulationError
from lobule.simulation.subject import a_subject
from lobule.simulation.told import when
from lobule.simulation.uncertainty import disease_events
from lobule.statistics.combination import Curve, additive, combination_index, independent
from lobule.statistics.ranges import range_with
from lobule.therapy import Care, Plan, Regimen

Values = NDArray[np.float64]
MULTIPLES = np.logspace(-2, 2, 13)  # of each dose, for the doses of equal effect
SMALLEST = 0.02  # of the untreated value: a smaller difference is none (assumed: no group of animals could show it)
NO_WIDTH = 1e-6  # of the untreated value: a narrower range is none
LOEWE_RULE = (
    "Loewe, because both parts are cells, vesicles or medium, which act on the same cells by the same paths, so that a "
    "dose of one can replace a dose of the other (Greco 1995)"
)
BLISS_RULE = (
    "Bliss, because the parts act by mechanisms of their own and standard care has no dose that could be exchanged "
    "(Greco 1995)"
)


@dataclass(frozen=True)
class Synergy:
    """Effects are improvements over untreated, as shares of the untreated value.

    Attributes
    ----------
    output, day : what was read, and when
    first, second, both : effects
    reference : "Loewe" or "Bliss", the yardstick that decides; rule : why this one
    verdict : "synergy", "antagonism", "additive" or "no effect"
    expected, excess : effect of both by that yardstick, and how much more there is
    excess_low, excess_high : 5 and 95 % of the members of the ensemble, with the usual parameters; members : how many
    within_noise : the range holds 0, or the excess is too small to matter
    bliss_expected, bliss_excess : by Bliss
    loewe_expected, loewe_excess : by Loewe, None where it does not apply
    loewe_index : combination index, None where it does not apply
    loewe_note : why there is no index, or which part alone reaches the effect of both at no dose
    """

    output: str
    day: float
    first: float
    second: float
    both: float
    reference: str
    rule: str
    verdict: str
    expected: float
    excess: float
    excess_low: float
    excess_high: float
    members: int
    within_noise: bool
    bliss_expected: float
    bliss_excess: float
    loewe_expected: float | None
    loewe_excess: float | None
    loewe_index: float | None
    loewe_note: str

    def __str__(self) -> str:
        lines = [
            f"{model.label(self.output)} {when(self.day)}, improvement over untreated: {self.first:.1%} and "
            f"{self.second:.1%} alone, {self.both:.1%} together.",
            f"Verdict: {self._verdict()}",
        ]
        if self.verdict != "no effect":
            lines += [
                f"  Yardstick: {self.rule}.",
                f"  {self.reference} expects {self.expected:.1%} if the parts add up; found {self.both:.1%}: "
                f"{_points(self.excess)} points{self._range()}.",
                f"  {self._other()}",
            ]
        return "\n".join(lines)

    def _verdict(self) -> str:
        if self.verdict == "no effect":
            return "neither part has an effect here, so that there is nothing to add up."
        if self.within_noise:
            return "the parts add up; any difference is within noise."
        word = "more" if self.verdict == "synergy" else "less"
        return f"{self.verdict}: together they do {word} than they would if they added up."

    def _range(self) -> str:
        if not self.members:
            return ""
        return (
            f" ({_points(self.excess_low)} to {_points(self.excess_high)} over {self.members} members of the ensemble)"
        )

    def _other(self) -> str:
        """What the other yardstick says and why it differs."""
        if self.loewe_index is None:
            return f"Loewe does not apply: {self.loewe_note}."
        told = f"Bliss would expect {self.bliss_expected:.1%} of parts that act independently"
        gap = self.bliss_expected - self.expected
        if abs(gap) < SMALLEST:
            told += ", about the same"
        else:
            word = "more" if gap > 0 else "less"
            told += (
                f", {100 * abs(gap):.1f} points {word} than Loewe: it would call even one product beside more of "
                f"itself {'antagonism' if gap > 0 else 'synergy'}, because their effects "
                f"{'saturate on one path' if gap > 0 else 'rise steeply with the dose'}"
            )
        note = f"; {self.loewe_note}" if self.loewe_note else ""
        return f"{told}. Loewe's combination index is {self.loewe_index:.2f} (1 is additive{note})."


def _points(share: float) -> str:
    """A difference of shares, in points of per cent.

    >>> _points(-0.051)
    '-5.1'
    """
    return f"{100 * share + 0.0:+.1f}".replace("-0.0", "0.0").replace("+0.0", "0.0")


@checking(
    subject=a_subject, day=between(0, LATEST, above=True), output=a_text, members=ensemble.members(0), reading=a_text
)
def synergy(
    subject: Animal | Patient,
    first: Plan | Care,
    second: Plan | Care,
    day: float,
    output: str,
    *,
    members: int = ensemble.THIN,
    reading: str = "published",
) -> Synergy:
    """Compare two parts of a plan alone and together.

    Parameters
    ----------
    members : of the ensemble, for the range; 0 for none
    reading : "published" or "counted", as of `simulate`

    Raises
    ------
    InputError : unknown output or one that is 0 without treatment, parts that cannot be given together.
    SimulationError : a subject whose run did not reach the end.
    """
    for name, part in (("first", first), ("second", second)):
        with about(name):
            Regimen.of(part, subject)
    one_of(output, "output", model.compiled("mouse").variables)
    plans: dict[str, list[Plan | Care]] = {"first": [first], "second": [second], "both": [first, second]}
    dosed = isinstance(first, Plan) and isinstance(second, Plan)
    multiples: list[list[float]] = [[], []]
    for i, part in enumerate((first, second) if dosed else ()):
        for m in MULTIPLES:
            plan = _times(part, float(m), subject)  # type: ignore[arg-type]
            if plan is not None:
                plans[f"{i} {len(multiples[i])}"] = [plan]
                multiples[i].append(float(m))
    rising = better(output) == "up"
    effects = _effects(subject, plans, day, output, Experiment.of((), reading=reading), members, rising)
    a, b, both = (effects[name] for name in ("first", "second", "both"))
    by_bliss = np.array([independent(x, y, rising) for x, y in zip(a, b, strict=True)])
    note, by_loewe, index = "standard care has no dose in the model", None, None
    if dosed:
        n = len(both)
        of_member = [
            [_curve(multiples[i], [effects[f"{i} {k}"][j] for k in range(len(multiples[i]))]) for i in (0, 1)]
            for j in range(n)
        ]
        by_loewe = np.array([additive(curves) for curves in of_member])
        index = combination_index(float(both[0]), of_member[0]) if both[0] > 0 else None
        names = [part.name for part, curve in zip((first, second), of_member[0], strict=True)
                 if not np.isfinite(curve.multiple(float(both[0])))]  # fmt: skip
        note = f"{' and '.join(names)} alone does not reach the effect of both at any dose" if names else ""
    reference = by_bliss if by_loewe is None else by_loewe
    excess = both - reference
    low, high = range_with(float(excess[0]), excess[1:])
    within = bool(low <= 0 <= high or abs(excess[0]) < SMALLEST)
    nothing = max(abs(a[0]), abs(b[0]), abs(both[0])) < SMALLEST / 2
    word = "no effect" if nothing else "additive" if within else "synergy" if excess[0] > 0 else "antagonism"
    return Synergy(
        output=output, day=day, first=float(a[0]), second=float(b[0]), both=float(both[0]),
        reference="Bliss" if by_loewe is None else "Loewe", rule=BLISS_RULE if by_loewe is None else LOEWE_RULE,
        verdict=word, expected=float(reference[0]), excess=float(excess[0]), excess_low=float(low),
        excess_high=float(high), members=len(excess) - 1, within_noise=within,
        bliss_expected=float(by_bliss[0]), bliss_excess=float(both[0] - by_bliss[0]),
        loewe_expected=None if by_loewe is None else float(by_loewe[0]),
        loewe_excess=None if by_loewe is None else float(both[0] - by_loewe[0]),
        loewe_index=index, loewe_note=note if index is None or note else "",
    )  # fmt: skip


def _effects(
    subject: Animal | Patient, plans: Mapping[str, list[Plan | Care]], day: float, output: str,
    experiment: Experiment, members: int, rising: bool,
) -> dict[str, Values]:  # fmt: skip
    """{plan: (1 + members,)} improvement over untreated, the usual parameters first."""
    factors, disease = (
        {name: np.concatenate([[1.0], factor]) for name, factor in drawn.items()}
        for drawn in ((ensemble.factors(members, species=subject.species), ensemble.disease(members)) if members
                      else ({}, {}))
    )  # fmt: skip
    events = disease_events(subject, disease)
    crowd, time = Crowd(experiment=experiment), [subject.history_days + day]
    groups = {
        name: crowd.add(subject, time, plan, n=1 + members, factors=[factors] if members else [], events=events)
        for name, plan in {"untreated": [], **plans}.items()
    }
    solved = crowd.solve([output])
    values = {name: solved.values(group, output)[:, 0] for name, group in groups.items()}
    first = next((reason for group in groups.values() if (reason := solved.reasons(group)[0])), "")
    if first:
        raise SimulationError(f"the comparison is not complete: {first}")
    base = values.pop("untreated")
    if not base[0] > 0:
        raise InputError(f"{model.label(output)} is {base[0]:g} without treatment; there is nothing to improve",
                         ["output"])  # fmt: skip
    return {name: (found / base - 1 if rising else 1 - found / base) for name, found in values.items()}


def _times(part: Plan, multiple: float, subject: Animal | Patient) -> Plan | None:
    """The plan with so many times its dose; None where the subject could not take it in."""
    try:
        return part.scaled(multiple, subject.body_weight_g)
    except InputError:
        return None


def _curve(multiples: list[float], effects: list[float]) -> Curve:
    """Effect of one alone over the multiple of its dose, monotone between the doses that were run."""
    from scipy.interpolate import PchipInterpolator

    doses = np.concatenate([[0.0], multiples])
    rising = np.maximum.accumulate(np.nan_to_num([0.0, *effects]))
    smooth = PchipInterpolator(np.log1p(doses * 100), rising)
    return Curve(lambda d: float(smooth(np.log1p(d * 100))), float(doses[-1]))
