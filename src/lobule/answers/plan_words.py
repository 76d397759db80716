"""What plans do to patients of a table in words: care first, what is under study apart and marked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from markupsafe import Markup

from lobule.answers.patient_words import chance_in_words, when
from lobule.calibrate.measured import UNTREATED
from lobule.forecast.ahead import SURVIVAL
from lobule.forecast.plans import CARE, STUDIED
from lobule.report.patient_page import table
from lobule.report.records import records

PLANS_ABOUT = ("a row a patient and plan, added to the care that the patient has, from the last visit on: survival "
               "after at_d days with the range over virtual people, that without the plan, the gain, and the share of "
               "virtual people who do better; care and what is under study are not ranked against each "
               "other")  # fmt: skip
SEEN = 0.005  # of survival, from which a gain is told
MARK = "under study: nothing of that kind is proven to help people, and it is not ranked against care"


def without_plans(forecasts: pd.DataFrame) -> pd.DataFrame:
    """The rows of no further treatment."""
    return forecasts[forecasts["plan"] == UNTREATED] if "plan" in forecasts else forecasts


def plan_sentences(gains: pd.DataFrame, fits: pd.DataFrame) -> list[str]:
    """One a plan, over all patients who can be given it, care first."""
    said = []
    for plan, rows in gains.groupby("plan", sort=False):
        kind, day = rows["kind"].iloc[0], float(rows["at_d"].iloc[0])
        mark = "" if kind == CARE else f" (as {rows['reading'].iloc[0]}; {MARK})"
        has = len(fits[fits["fit"] != "none"]) - len(rows)
        had = f"; {has} more have it already or are of a cause that it is not for" if has else ""
        alive, alone = (chance_in_words(float(some.mean())) for some in (rows["survival"], rows["without"]))
        said.append((kind == STUDIED, f"With {plan}{mark}: {alive} are alive after {when(day)} (mean of {len(rows)} "
                     f"patients), without {alone}{had}."))  # fmt: skip
    return [sentence for _, sentence in sorted(said, key=lambda one: one[0])]


def plans_table(forecasts: pd.DataFrame, gains: pd.DataFrame, kind: str) -> Any:
    """Survival of one patient under each plan of a kind, beside that with no further treatment."""
    alive = forecasts[forecasts["quantity"] == SURVIVAL]
    names = gains.loc[gains["kind"] == kind].sort_values("gain", ascending=False)["plan"].tolist()
    if not names:
        return Markup("")
    days = sorted(alive["at_d"].unique())
    by = {(row["plan"], row["at_d"]): row for row in records(alive)}
    of = gains.set_index("plan")
    rows = [(name, *(_chance(by[name, day]) for day in days), "" if name == UNTREATED else _points(of.loc[name]))
            for name in (UNTREATED, *names)]  # fmt: skip
    told = ("Alive without transplantation under care that is added to what this patient has, the best first; in "
            "brackets the range of nine of ten virtual people" if kind == CARE else
            f"Alive without transplantation, as {of['reading'].iloc[0]}; {MARK}")  # fmt: skip
    head = ("plan", *(f"after {when(float(day))}" for day in days), f"more alive after {when(float(days[-1]))}")
    return table(told, head, rows, tuple(range(1, len(head))))


def _chance(row: Mapping[str, Any]) -> str:
    low, middle, high = (chance_in_words(row[name]) for name in ("low_5", "mean", "high_95"))
    return f"{middle} ({low.removesuffix(' %')} to {high.removesuffix(' %')})"


def _points(row: Mapping[str, Any]) -> str:
    return f"{_gain(row['gain'])}; {chance_in_words(row['better'])} of virtual people do better"


def _gain(gain: float) -> str:
    return "no difference" if abs(gain) < SEEN else f"{100 * gain:+.0f} points"


def cohort_plans(gains: pd.DataFrame, kinds: Sequence[str] = (CARE, STUDIED)) -> Any:
    """Every plan over all patients, care first."""
    rows = []
    for kind in kinds:
        some = gains[gains["kind"] == kind]
        of_kind = [(float(part["gain"].mean()), plan, part) for plan, part in some.groupby("plan", sort=False)]
        for gain, plan, part in sorted(of_kind, key=lambda one: -one[0]):
            without, alive = (chance_in_words(float(part[name].mean())) for name in ("without", "survival"))
            rows.append((plan, kind if kind == CARE else MARK, len(part), without, alive, _gain(gain)))
    head = ("plan, added to the care that each has", "kind", "patients", "alive without", "alive with", "difference")
    return table(f"Alive without transplantation after {when(float(gains['at_d'].max()))}, means over the patients who "
                 "have not got it yet", head, rows, (2, 3, 4, 5)) if rows else Markup("")  # fmt: skip
