"""Checks the clinical scores against a file of worked cases.

    python benchmarks/score_cases.py ../shared/evidence/score_cases.csv

Columns: case_id, score, inputs_json, output_name, output_value, and where given rounded_value. Every case that differs
is printed; the last line is `N passed, N failed`, and the exit code says whether any failed. A score or input that this
program does not know is a failed case with the reason, never skipped.
"""

from __future__ import annotations

import csv
import json
import math
import sys
from collections.abc import Callable
from typing import Any

from lobule import scores as s

Inputs = dict[str, Any]


def child_pugh(i: Inputs) -> dict[str, Any]:
    found = s.child_pugh_points(
        i["bili"], i["alb"], i.get("inr", math.nan), i["ascites"], i["he"], i.get("cholestatic", False),
        i.get("pt_prolonged", i.get("pt_prolongation", math.nan)),
    )  # fmt: skip
    return {**found, "value": found["points"], "class": s.child_pugh_class(found["points"])}


def albi(i: Inputs) -> dict[str, Any]:
    value = s.albi(i["bili"], i["alb"])
    return {"score": value, "value": value, "grade": s.albi_grade(value), "malbi": s.modified_albi_grade(value),
            "modified_grade": s.modified_albi_grade(value)}  # fmt: skip


def organ_failure(i: Inputs) -> dict[str, Any]:
    found = s.clif_organ_failure(
        i["bili"], i["crea"], i["he"], i["inr"], i.get("map_mmhg", i.get("map", math.nan)),
        renal_replacement=i.get("rrt", False), vasopressor=i.get("vasopressor", False),
        pf_ratio=i.get("pf", math.nan), sf_ratio=i.get("sf", math.nan),
    )  # fmt: skip
    return {**found, "value": found["points"], "aclf_grade": found["grade"]}


def aarc(i: Inputs) -> dict[str, Any]:
    value = s.aarc(i["bili"], i["he"], i["inr"], i["lactate"], i["crea"])
    return {"points": value, "value": value, "grade": s.aarc_grade(value)}


def r_factor(i: Inputs) -> dict[str, Any]:
    value = s.r_factor(i["alt"], i["alt_uln"], i["alp"], i["alp_uln"])
    return {"R": value, "value": value, "pattern": s.r_pattern(value)}


def abic(i: Inputs) -> dict[str, Any]:
    value = s.abic(i["age"], i["bili"], i["inr"], i["crea"])
    return {"value": value, "class": s.abic_class(value)}


def only(function: Callable[..., Any], *names: str, **optional: Any) -> Callable[[Inputs], dict[str, Any]]:
    """One value from inputs in order; `optional` are keyword inputs with their defaults. Any output name will do."""

    def score(i: Inputs) -> dict[str, Any]:
        return {"": function(*(i[n] for n in names), *(i.get(n, default) for n, default in optional.items()))}

    return score


MELD_3 = ("bili", "inr", "crea", "na", "alb", "female")
SCORES: dict[str, Callable[[Inputs], dict[str, Any]]] = {
    "MELD raw": only(s.meld_unrounded, "bili", "inr", "crea", dialysis=False),
    "MELD UNOS": only(s.meld, "bili", "inr", "crea", dialysis=False),
    "MELD-Na 2016": only(s.meld_na, "bili", "inr", "crea", "na", dialysis=False),
    "MELD-Na 2008": only(s.meld_na_2008, "bili", "inr", "crea", "na", dialysis=False),
    "MELD 3.0": only(s.meld_3_unrounded, *MELD_3, dialysis=False),
    "MELD 3.0 rounded": only(s.meld_3, *MELD_3, dialysis=False),
    "MELD survival": only(s.meld_survival, "m"),
    "MELD 3.0 survival": only(s.meld_3_survival, "m"),
    "MELD TIPS survival": only(s.meld_tips_survival, "bili", "inr", "crea"),
    "PELD": only(s.peld, "bili", "inr", "alb", "age_y", "growth_failure"),
    "Child-Pugh": child_pugh,
    "ALBI": albi,
    "FIB-4": only(s.fib_4, "age", "ast", "alt", "plt"),
    "APRI": only(s.apri, "ast", "ast_uln", "plt"),
    "NFS": only(s.nafld_fibrosis_score, "age", "bmi", "diabetes_or_ifg", "ast", "alt", "plt", "alb"),
    "Maddrey": only(s.maddrey, "pt", "pt_control", "bili"),
    "Lille": only(s.lille, "age", "alb", "bili0", "bili7", "crea", "pt"),
    "ABIC": abic,
    "GAHS": only(s.glasgow, "age", "wbc", "urea_mmol", "pt_ratio", "bili"),
    "CLIF-C OF": organ_failure,
    "CLIF-C ACLF": only(s.clif_aclf, "of", "age", "wbc"),
    "CLIF-C ACLF mortality": only(s.clif_aclf_mortality, "score", "day"),
    "CLIF-C AD": only(s.clif_ad, "age", "crea", "inr", "wbc", "na"),
    "CLIF-C AD mortality": only(s.clif_ad_mortality, "score", "day"),
    "AARC": aarc,
    "APASL ACLF": only(s.apasl_aclf, "bili", "inr", "ascites", "he"),
    "R factor": r_factor,
    "Hy's law": only(s.hys_law, "alt_x", "ast_x", "bili_x", "alp_x"),
    "King's APAP": only(s.kings_acetaminophen, "ph", "inr", "crea", "he", lactate=math.nan),
    "King's non-APAP": only(s.kings_other, "inr", "age", "unfavourable_aetiology", "jaundice_to_he_d", "bili"),
    "West Haven": only(s.west_haven_band, "he"),
}


def agrees(found: Any, wanted: str) -> bool:
    """Equal to the digits that are printed, or the same word."""
    try:
        number = float(wanted)
    except ValueError:
        return str(found).strip().lower() == wanted.strip().lower()
    digits = len(wanted.split(".")[1]) if "." in wanted and "e" not in wanted.lower() else 0
    return abs(float(found) - number) <= 0.5 * 10.0**-digits * (1 + 1e-6) + 1e-9


def judge(row: dict[str, str]) -> str:
    """Why a case fails, or an empty text."""
    if row["score"] not in SCORES:
        return f'no score "{row["score"]}"'
    try:
        outputs = SCORES[row["score"]](json.loads(row["inputs_json"]))
    except (KeyError, TypeError, ValueError) as error:
        return f"inputs: {error!r}"
    found = outputs.get("", outputs.get(row["output_name"]))
    if found is None:
        return f'no output "{row["output_name"]}"'
    plain = found.item() if hasattr(found, "item") else found
    if not agrees(plain, row["output_value"]):
        return f"found {plain}, wanted {row['output_value']}"
    rounded = row.get("rounded_value", "")
    if rounded and float(s.half_up(float(plain))) != float(rounded):
        return f"rounds to {float(s.half_up(float(plain))):g}, wanted {rounded}"
    return ""


def main(path: str) -> int:
    with open(path, encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    reasons = [(row, judge(row)) for row in rows]
    failed = [(row, reason) for row, reason in reasons if reason]
    for row, reason in failed:
        print(f"{row['case_id']} {row['score']} {row['output_name']} {row['inputs_json']}: {reason}")
    print(f"{len(rows) - len(failed)} passed, {len(failed)} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python benchmarks/score_cases.py FILE")
    sys.exit(main(sys.argv[1]))
