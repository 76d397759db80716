"""What a trial saw in one endpoint: its values, words, changes and ratios of risks become a direction and a size.

A treated arm is compared with its control arm; an arm without one with itself before the first dose. The unit of a
value says what it is (`unit of a result` of the vocabulary): shares of the dead are turned into shares alive, changes
and falls into ratios where they can be, and times, shares who improved and activities give a direction alone.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal, NamedTuple

from lobule.errors import InputError
from lobule.evidence.vocabulary import Word, mentioned
from lobule.studies.direction import OPPOSITE
from lobule.studies.endpoints import usual_name
from lobule.studies.observation import TrialRow
from lobule.studies.reasons import NotAnOutcome

CONTROL: Literal["control"] = "control"
BEFORE: Literal["before"] = "before"
SIGNIFICANT = 0.05  # p below which a trial reports a difference
CHANGE = re.compile(r"\s*([+-]?\d+(?:\.\d+)?)\s*((?:%|\(|,|;).*)?")  # "-25% relative", "0.707", "2.1 (1.2 to 3.4)"
SAID = re.compile(r"([a-z][\w-]*) (up|down|rose|raised|fell)\b")
MOST = 0.5  # share who improved from which a single arm did; assumed
RESULT = "value_mean, or improved, worse or no difference as effect"


class Result(NamedTuple):
    """direction : down, up or none; ratio : of treated to control, or of after to before; None where only the direction
    is told; against : control or before"""

    direction: str
    ratio: float | None
    against: Literal["control", "before"] = CONTROL


def control_of(row: TrialRow, rows: Sequence[TrialRow]) -> TrialRow | None:
    """The control arm of the same trial, endpoint and time; None where it has no row."""
    same = [r for r in rows if r.arm == "control" and r.source_id == row.source_id and r.endpoint == row.endpoint
            and r.timepoint_d == row.timepoint_d and _like(r.unit, row.unit)]  # fmt: skip
    return same[0] if same else None


def _like(a: str, b: str) -> bool:
    """Units that mean the same, whatever stands in brackets."""
    return a.split(" (")[0] == b.split(" (")[0]


def result_of(row: TrialRow, rows: Sequence[TrialRow], good: str) -> Result:
    """What a trial saw in one endpoint: from the values of both arms, else from its words or a ratio of risks, else
    from the values before and after.

    Parameters
    ----------
    rows : of the table, among which the control arm is looked for
    good : the better direction of the endpoint, up or down

    Raises
    ------
    NotAnOutcome : a value before the first dose.
    InputError : no result, or none that can be compared.
    """
    single = row.design.startswith(("single", "dose"))
    control = None if single else control_of(row, rows)
    if row.value is not None and control is not None and control.value is not None:
        return _with_control(row, control, good)
    if single and row.value is not None and row.baseline is not None:
        return _before_and_after(row, good)
    told, said = mentioned("result", row.effect), _said_of_it(row)
    if told is not None and (said is None or told.means not in ("good", "worse")):
        return _in_words(row, told, good, BEFORE if single else CONTROL)
    way = _of_effect(row, good) or said
    if way is not None:
        return Result(way, None, BEFORE if single else CONTROL)
    return _before_and_after(row, good)


def _in_words(row: TrialRow, told: Word, good: str, against: Literal["control", "before"]) -> Result:
    if against == BEFORE:
        _refuse_lives_alone(row)
    return Result({"good": good, "worse": OPPOSITE[good]}.get(told.means, "none"), None, against)


def _with_control(row: TrialRow, control: TrialRow, good: str) -> Result:
    """From the values of both arms."""
    assert row.value is not None and control.value is not None
    unit = _unit(row)
    if "severe infection" in row.unit and unit != "share of the dead":
        raise InputError(f'the unit "{row.unit}" is no share of people alive')
    if unit in ("time to an event", "share who improved"):
        way = "none" if row.value == control.value else good if row.value > control.value else OPPOSITE[good]
        return Result("none" if _insignificant(row) else way, None)
    treated, untreated = _amount(row, unit), _amount(control, unit)
    if treated is None or untreated is None:  # changes whose starts are not told
        return Result(_way(row, row.value - control.value), None)
    if treated <= 0 or untreated <= 0:
        raise InputError("the values have no ratio")
    if unit == "activity in %":
        return Result(_way(row, untreated - treated), None)
    return Result(_way(row, treated - untreated), treated / untreated)


def _before_and_after(row: TrialRow, good: str) -> Result:
    """From the value before the first dose and after it."""
    unit = _unit(row)
    if row.value is None:
        raise InputError(f"no result that could be compared is reported; write {RESULT}")
    _refuse_lives_alone(row, unit)
    if unit == "share who improved":
        return Result(good if _share(row) > MOST else "none", None, BEFORE)
    after = _amount(row, unit)
    if unit == "change in %" and after is not None:
        return Result(_way(row, after - 1), after, BEFORE)
    if row.baseline is None or after is None or not row.baseline > 0 or not after > 0:
        raise InputError("there is no control arm and no value before treatment; a baseline_mean makes a comparison")
    if unit == "activity in %":
        return Result(_way(row, row.baseline - after), None, BEFORE)
    return Result(_way(row, after - row.baseline), after / row.baseline, BEFORE)


def _refuse_lives_alone(row: TrialRow, unit: str = "") -> None:
    if unit in ("share of the dead", "time to an event") or usual_name(row.endpoint)[0] in ("survival", "hcc"):
        raise InputError("how many live without a control arm tells a course, not an effect; add a row of its control")


def _unit(row: TrialRow) -> str:
    """What a value is: "value" where the unit is that of the endpoint itself."""
    word = mentioned("unit of a result", row.unit)
    name, of_the_dead = usual_name(row.endpoint)
    means = word.means if word else "value"
    if name == "survival" and (of_the_dead or means == "share of the dead"):
        return "time to an event" if means == "time to an event" else "share of the dead"
    if name == "pt" and of_the_dead:
        return "activity in %"
    if means == "activity in %" and name != "pt":
        return "value"
    return "change in %" if means == "fall in %" else means


def _amount(row: TrialRow, unit: str) -> float | None:
    """A value as a share alive, a factor, or as it is; None of a change whose start is not told."""
    assert row.value is not None
    if unit == "share of the dead":
        return 1 - _share(row)
    if unit == "change in %":
        word = mentioned("unit of a result", row.unit)
        return 1 + float(word.amount if word and word.amount else 1) * row.value / 100
    if unit == "change":
        return None if row.baseline is None else row.baseline + row.value
    return row.value


def amount_of(row: TrialRow) -> float | None:
    """The value of an arm: a share alive or with an event, else the value in the unit of the row; None of changes in
    per cent, times, activities, and where there is none."""
    if row.value is None:
        return None
    unit, name = _unit(row), usual_name(row.endpoint)[0]
    if unit == "value" and name in ("survival", "hcc"):
        return _share(row)
    return _amount(row, unit) if unit in ("value", "share of the dead", "change") else None


def _share(row: TrialRow) -> float:
    """A share of an arm: of a count of people, of per cent, or as it is."""
    assert row.value is not None
    if re.match(r"(deaths?|dead|n|people|patients)\b", row.unit.lower()):
        if not row.n:
            raise InputError(f'the unit "{row.unit}" is no share of people alive, and n is not told')
        return row.value / row.n
    return row.value / 100 if "%" in row.unit or row.value > 1 else row.value


def _of_effect(row: TrialRow, good: str) -> str | None:
    """The direction of a change ("-25% relative"), or of a ratio of risks, which is good below 1; None without one."""
    change = CHANGE.fullmatch(row.effect)
    word = mentioned("unit of a result", row.unit)
    risk = word is not None and word.means in ("hazard ratio", "odds ratio")
    if _insignificant(row) and (change or (risk and row.value is None)):
        return "none"
    if change is None:
        return None
    value = float(change[1])
    if risk:
        of_living = word is not None and "survi" in row.unit.lower()
        return good if (value < 1) != of_living else OPPOSITE[good]
    way = "up" if value > 0 else "down"
    return OPPOSITE[way] if _unit(row) in ("share of the dead", "activity in %") else way


def _said_of_it(row: TrialRow) -> str | None:
    """The way that words say an endpoint went ("albumin up; bilirubin down"); None where they do not name it."""
    mine = usual_name(row.endpoint)[0]
    for name, way in SAID.findall(row.effect.lower()):
        if mine in (usual_name(name)[0], usual_name(name.replace("-", "_"))[0]):
            return "down" if way in ("down", "fell") else "up"
    return None


def _way(row: TrialRow, difference: float) -> str:
    return "none" if _insignificant(row) or difference == 0 else "up" if difference > 0 else "down"


def _insignificant(row: TrialRow) -> bool:
    return row.p_value is not None and row.p_value >= SIGNIFICANT


def refuse_what_is_no_outcome(row: TrialRow) -> None:
    """Raises NotAnOutcome for a control arm and for a value before the first dose, InputError where nothing is told."""
    if row.arm == "control":
        raise NotAnOutcome("a control arm is what the treated arm is compared with")
    if row.timepoint_d is not None and row.timepoint_d <= 0:
        raise NotAnOutcome("a value before the first dose says who was enrolled")
    told = mentioned("result", row.effect)
    if row.value is None and told is not None and told.means == "not reported":
        raise InputError(f"no result is reported; write {RESULT}")
