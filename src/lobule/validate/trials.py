"""Clinical trials beside what lobule predicts: patients of that cause and stage, treated and not, by the ensemble.

Only products with mesenchymal cells or their vesicles, and only against a control arm, can be scored.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lobule import model
from lobule.calibrate.arms import endpoint
from lobule.calibrate.split import set_of
from lobule.engine import EventTable
from lobule.engine.events import Event
from lobule.errors import InputError
from lobule.files.observations import TrialRow
from lobule.model.parameters import parameter_table, values_for
from lobule.patient import Patient
from lobule.patient.history import histories
from lobule.patient.variation import factors as different
from lobule.progress import say
from lobule.scores.clinic import clinical
from lobule.therapy import Plan
from lobule.therapy.regimen import VALUE, Regimen
from lobule.validate.scoreboard import Case, scored

Values = NDArray[np.float64]
ETIOLOGIES = (  # how trials write a cause: (pattern, cause here, care that both arms have)
    (r"hbv|hepatitis b", "hbv", ("antiviral",)),
    (r"hcv|hepatitis c", "hcv", ()),
    (r"pbc|psc|aih|autoimm|biliary", "autoimmune", ()),
    (r"mash|nash|nafld|steatohep", "mash", ()),
    (r"alcohol|mixed|cryptogenic|cirrhosis", "alcohol", ("abstinence",)),
)
STAGES = {"decompensated": (2.0, 12.0), "aclf": (2.0, 22.0), "compensated": (1.0, 7.0), "fibrosis": (1.0, 6.0)}
PRODUCTS = (
    (r"hepatocyte|hepastem|macrophage|hsc|cd34|cd133|mnc|whole bone marrow|pbsc|regenerative cells", None),
    (r"exosome|vesicle|\bev\b|-ev\b", "uc-msc-ev"),
    (r"uc-?msc|ucb|umbilical|wharton|orbcel|cord", "uc-msc"),
    (r"bm-?msc|bone marrow", "bm-msc"),
    (r"ad-?msc|adipose", "ad-msc"),
    (r"\bmscs?\b|mesenchymal", "uc-msc"),
)
ROUTES = ((r"artery", "hepatic artery"), (r"portal", "portal vein"), (r"splenic", "intrasplenic"),
          (r"intrahepatic", "intrahepatic"), (r"iv|vein|periph|^$", "iv"))  # fmt: skip
USUAL_DOSE = {"cells": "1e6 cell/kg", "vesicles": "1e11 particle/kg"}  # where a trial reports none; assumed
NOTHING = r"no difference|not different|no significant|no change|unchanged|no effect|similar|no clear"
BETTER = r"improv|better|reduc|decreas|lower|higher|fell|rais|increas|gain|markedly|superior|longer"
UNREAD = r"not read|registration|reference|no result|no efficacy|followed to|reported$"
HUMAN_ENDPOINTS = ("albumin", "bilirubin", "inr", "pt", "alt", "ast", "meld", "meld_na", "child_pugh", "survival",
                   "ascites", "fibrosis", "collagen_area", "il_6", "hcc", "platelets", "ammonia", "tnf_a",
                   "il_10")  # fmt: skip
WATCHED = ("albumin", "bilirubin", "inr", "creatinine", "sodium", "alt", "ast", "platelets", "ammonia", "ascites",
           "encephalopathy_grade", "collagen_proportionate_area", "il_6", "il_10", "tnf_alpha",
           "cumulative_death_hazard", "cumulative_hcc_hazard")  # fmt: skip
RTOL = 1e-3
POOL = 500
BETWEEN_TRIALS = 0.1  # of a logarithm of a ratio, beyond the error of the arms; assumed
DEFAULT_ARM = 20  # people of an arm whose size is not reported; assumed


def score_trials(
    rows: Sequence[TrialRow], factors: Mapping[str, Values], seed: int = 1
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Rows of the scoreboard, and rows that could not be simulated with the reason."""
    found, left = [], []
    for done, row in enumerate(rows):
        say("trials in people", done, len(rows))
        try:
            found.append(_score(row, rows, factors, seed))
        except InputError as error:
            left.append({"row": row.row_id, "study": row.trial_id, "set": set_of(row.source_id), "reason": str(error)})
    return found, left


def _score(row: TrialRow, rows: Sequence[TrialRow], factors: Mapping[str, Values], seed: int) -> dict[str, Any]:
    if row.arm == "control":
        raise InputError("a control arm is what the treated arm is compared with")
    if row.design.startswith("single"):
        raise InputError("a single arm has no control to compare with")
    if row.endpoint not in HUMAN_ENDPOINTS:
        raise InputError(f'the model has no endpoint "{row.endpoint}" of people')
    if row.timepoint_d is None or row.timepoint_d <= 0:
        raise InputError("the time of the measurement is not given")
    what = endpoint(row.endpoint)
    direction, ratio, low, high = _observed(row, rows, what.good)
    etiology, cares = _etiology(row)
    plan, said = _plan(row)
    course = _courses(etiology, row.stage, cares, json.dumps(plan.to_dict()), row.timepoint_d, _key(factors))
    treated, untreated = (values[what.output] for values in course)
    floor = 0.02 if what.output == "survival" else 1e-9
    log_ratio = np.log((treated + floor) / (untreated + floor))
    people = row.n or DEFAULT_ARM
    control = _control(row, rows)
    others = (control.n if control else None) or people
    error = what.spread * math.sqrt(1 / people + 1 / others)
    if what.output == "survival":
        error = math.sqrt(sum((1 - p) / (p * n) for p, n in (
            (_share(treated), people), (_share(untreated), others))))  # fmt: skip
    case = Case(
        row.row_id, row.trial_id, row.source_id, f"{etiology}, {row.stage}", plan.name, what, direction, ratio, low,
        high, log_ratio, math.hypot(error, BETWEEN_TRIALS), 2 * error, True, tuple(said), row.line,
    )  # fmt: skip
    return scored(case, seed)


def _share(alive: Values) -> float:
    """Share alive of an arm, away from 0 and 1, where the error of a share would vanish."""
    return float(np.clip(np.nanmean(alive), 0.05, 0.95))


def _control(row: TrialRow, rows: Sequence[TrialRow]) -> TrialRow | None:
    same = [r for r in rows if r.arm == "control" and r.source_id == row.source_id and r.endpoint == row.endpoint
            and r.timepoint_d == row.timepoint_d and r.unit == row.unit]  # fmt: skip
    return same[0] if same else None


def _observed(
    row: TrialRow, rows: Sequence[TrialRow], good: str
) -> tuple[str, float | None, float | None, float | None]:
    """Direction, and the ratio of treated to control where both report a value of something above 0."""
    bad = "down" if good == "up" else "up"
    control = _control(row, rows)
    dead = bool(re.search(r"dead|death", row.unit))
    if row.value is not None and control is not None and control.value is not None:
        if ("severe infection" in row.unit and "dead" not in row.unit) or row.unit in ("deaths",):
            raise InputError(f'the unit "{row.unit}" is no share of people alive')
        treated, untreated = row.value, control.value
        if row.endpoint == "survival" and dead:
            treated, untreated = 1 - treated, 1 - untreated
        if treated <= 0 or untreated <= 0:
            raise InputError("the values have no ratio")
        significant = row.p_value is None or row.p_value < 0.05
        direction = "none" if not significant else "up" if treated > untreated else "down"
        return direction, treated / untreated, None, None
    text = row.effect.lower()
    if re.search(UNREAD, text):
        raise InputError("no result is reported")
    if re.search(NOTHING, text):
        return "none", None, None, None
    if re.search(BETTER, text):
        return good, None, None, None
    match = re.fullmatch(r"\s*([+-]?\d+(?:\.\d+)?)\s*(%.*)?", row.effect)
    if match:
        value = float(match[1])
        if row.p_value is not None and row.p_value >= 0.05:
            return "none", None, None, None
        if row.unit.startswith("HR"):
            return (good if value < 1 else bad), None, None, None
        return ("up" if value > 0 else "down"), None, None, None
    if row.unit.startswith("HR") and row.p_value is not None and row.p_value >= 0.05:
        return "none", None, None, None
    raise InputError("no result that could be compared is reported")


def _etiology(row: TrialRow) -> tuple[str, tuple[str, ...]]:
    if row.stage not in STAGES:
        raise InputError(f'no patients of the stage "{row.stage}"; there are {", ".join(STAGES)}')
    for pattern, name, cares in ETIOLOGIES:
        if re.search(pattern, row.etiology.lower()):
            return name, cares
    raise InputError(f'no cause of disease like "{row.etiology}"')


def _plan(row: TrialRow) -> tuple[Plan, list[str]]:
    said = []
    text = row.product.lower()
    match = next(((p, name) for p, name in PRODUCTS if re.search(p, text)), None)
    if match is None or match[1] is None:
        raise InputError(f'"{row.product}" is no product of mesenchymal cells')
    name = "autologous-bm-msc" if match[1] == "bm-msc" and row.autologous else match[1]
    kind = "vesicles" if name.endswith("-ev") else "cells"
    numbers = [float(x) for x in re.findall(r"\d+(?:\.\d+)?(?:e\d+)?", row.dose)]
    numbers = numbers[:2] if "-" in row.dose and "(" not in row.dose else numbers[:1]
    unit = "kg" if "/kg" in row.dose_unit else ""
    if not numbers or "marrow" in row.dose_unit:
        dose = USUAL_DOSE[kind]
        said.append("dose")
    else:
        amount = math.exp(float(np.mean(np.log(numbers))))
        what = "particle" if kind == "vesicles" else "cell"
        dose = f"{amount:.4g} {what}" + ("/kg" if unit else "")
    route = next((here for pattern, here in ROUTES if re.search(pattern, row.route.lower())), "iv")
    n = row.n_doses or 1
    if row.n_doses is None:
        said.append("number of doses")
    every = f"{row.interval_d or 28:g} d" if n > 1 else None
    return Plan(name, dose, route, every=every, n=max(n, 1)), said


def _key(factors: Mapping[str, Values]) -> tuple[tuple[str, tuple[float, ...]], ...]:
    return tuple((name, tuple(values)) for name, values in factors.items())


@cache
def _courses(
    etiology: str, stage: str, cares: tuple[str, ...], plan_text: str, days: float,
    key: tuple[tuple[str, tuple[float, ...]], ...],
) -> tuple[dict[str, Values], dict[str, Values]]:  # fmt: skip
    """Values at a time after the first dose, {output: (n_members,)}, treated and untreated: each member is another
    patient of that cause and stage."""
    plan = Plan(**json.loads(plan_text))
    factors = {name: np.array(values) for name, values in key}
    members = len(next(iter(factors.values())))
    years, ids = _patients(etiology, stage, members)
    usual = values_for("human")
    drawn = different(1, ids)
    table = {name: np.full(2 * members, value) for name, value in usual.items()}
    for name in parameter_table():
        factor = drawn.get(name, np.ones(members)) * factors.get(name, np.ones(members))
        table[name] = table[name] * np.tile(factor, 2)
    rows: list[Event] = []
    grids = []
    for k in range(members):
        patient = Patient(etiology=etiology, years=float(years[k]), treated_with=cares)
        history = patient.history_days
        grids.append(history + days)
        regimen = Regimen.of(plan, patient)
        constants = {name: float(values[k]) for name, values in table.items()}
        given = {(0, VALUE): [t for t in plan.times() if t < days]}
        treated = regimen.events(given, constants, history)
        for i, events in ((k, [*patient.events(), *treated]), (members + k, list(patient.events()))):
            rows += [Event(i, e.time, e.target, e.kind, e.value) for e in events]
    for name, value in plan.parameters().items():
        table[name] = np.full(2 * members, value)
    compiled = model.compiled("human")
    grid = np.unique(np.concatenate([grids, np.array(grids) - days]))
    solution = compiled.solve(table, None, EventTable(rows), grid, rtol=RTOL, outputs=list(WATCHED))
    at = np.searchsorted(grid, np.tile(grids, 2))
    before = np.searchsorted(grid, np.tile(np.array(grids) - days, 2))
    everyone = np.arange(2 * members)
    values = {name: solution[name][everyone, at] for name in WATCHED}
    start = {name: solution[name][everyone, before] for name in ("cumulative_death_hazard", "cumulative_hcc_hazard")}
    values["survival"] = np.exp(-(values["cumulative_death_hazard"] - start["cumulative_death_hazard"]))
    values["hcc"] = -np.expm1(-(values["cumulative_hcc_hazard"] - start["cumulative_hcc_hazard"]))
    scores = clinical({name: values[name] for name in WATCHED})
    values |= {"meld": scores["meld"], "meld_na": scores["meld_na"], "child_pugh": scores["child_pugh"]}
    return ({n: v[:members] for n, v in values.items()}, {n: v[members:] for n, v in values.items()})


@cache
def _patients(etiology: str, stage: str, n: int) -> tuple[Values, NDArray[np.int64]]:
    """Years of disease and numbers of n virtual patients, each at its first visit of that stage and MELD."""
    wanted, meld = STAGES[stage]
    pool = histories(etiology, POOL)
    derived = clinical(dict(pool.values))
    fits = (derived["stage"] == wanted) & (derived["meld_na"] >= meld)
    rows = np.flatnonzero(fits.any(axis=1))
    if rows.size < n:
        rows = np.resize(rows, n)
    chosen = rows[:n]
    return pool.years[np.argmax(fits[chosen], axis=1)], pool.ids[chosen]
