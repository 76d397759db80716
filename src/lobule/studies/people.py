"""Trials in people as patients, plan and what was observed: cause, stage, product, dose and result in their words.

Only products with mesenchymal cells or their vesicles, and only against a control arm, can be understood.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

import numpy as np

from lobule.errors import InputError
from lobule.studies.tables import TrialRow
from lobule.therapy import Plan

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


def control_of(row: TrialRow, rows: Sequence[TrialRow]) -> TrialRow | None:
    """The control arm of the same trial, endpoint and time; None where it has no row."""
    same = [r for r in rows if r.arm == "control" and r.source_id == row.source_id and r.endpoint == row.endpoint
            and r.timepoint_d == row.timepoint_d and r.unit == row.unit]  # fmt: skip
    return same[0] if same else None


def observed_in(
    row: TrialRow, rows: Sequence[TrialRow], good: str
) -> tuple[str, float | None, float | None, float | None]:
    """Direction, and the ratio of treated to control where both report a value of something above 0.

    Raises
    ------
    InputError : no result, or none that can be compared.
    """
    bad = "down" if good == "up" else "up"
    control = control_of(row, rows)
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


def disease_of(row: TrialRow) -> tuple[str, tuple[str, ...]]:
    """The cause of a trial's patients and the care that both arms have; raises InputError for one that is not known."""
    if row.stage not in STAGES:
        raise InputError(f'no patients of the stage "{row.stage}"; there are {", ".join(STAGES)}')
    for pattern, name, cares in ETIOLOGIES:
        if re.search(pattern, row.etiology.lower()):
            return name, cares
    raise InputError(f'no cause of disease like "{row.etiology}"')


def plan_of(row: TrialRow) -> tuple[Plan, list[str]]:
    """What the treated arm is given, and what is assumed of it; raises InputError for a product of other cells."""
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
