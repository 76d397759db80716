"""What a trial showed, on its page: power with interval, sizes, looks, claims, estimand of the primary endpoint.

All of it is read from `summary.json` of the folder; what an older folder does not tell is left out.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from nicegui import ui

from lobule.studio.frame import heading, paragraph
from lobule.studio.results import Results
from lobule.studio.table import Table

SUMMARY = "summary.json"
CHANCES = {"power": "Power", "type_1_error": "Type I error, when nothing works", "assurance": "Assurance",
           "familywise_error": "Any claim, when nothing works"}  # fmt: skip
ATTRIBUTES = {
    "treatment": "Treatment", "population": "Population", "variable": "Variable",
    "intercurrent_events": "Intercurrent events", "summary": "Summary", "estimator": "Estimated by",
    "adjusted_for": "Adjusted for", "missing_values": "Missing values",
}  # fmt: skip
WHY = ("efficacy", "harm", "futility")
MONTE_CARLO = "95 % (Monte Carlo)"
MOST = 60  # rows of a table


class SizeCurve(ui.element, component="static/sizes.js"):
    """Power by number of patients, with the interval of each, and the power that is wanted."""

    def __init__(self, tries: Sequence[Mapping[str, Any]], wanted: float | None) -> None:
        super().__init__()
        points = [[one["patients"], one["share"], one["low"], one["high"]] for one in tries]
        self._props |= {"points": points, "wanted": wanted, "said": curve_said(tries)}


def show_trial(results: Results) -> None:
    """Build it where one is; nothing where the folder tells no trial."""
    found = summary(results)
    if not found:
        return
    chances = chance_rows(found.get("operating_characteristics") or {})
    if chances:
        heading("Power and error", 2)
        Table("How often, over the replicates", ["", "Share", MONTE_CARLO, "Replicates"], chances)
    _sizes(found)
    _looks(found.get("operating_characteristics") or {})
    _claims(found)
    _estimand(found)


def summary(results: Results) -> dict[str, Any]:
    """What the folder tells of its trial; empty where it tells none."""
    path = results.file(SUMMARY)
    with suppress(OSError, ValueError):
        found = json.loads(path.read_bytes()) if path is not None else {}
        return found if isinstance(found, dict) and "operating_characteristics" in found else {}
    return {}


def chance_rows(found: Mapping[str, Any]) -> list[list[str]]:
    """Power, error and assurance, each with its interval.

    >>> chance_rows({"power": {"share": 0.25, "low": 0.1, "high": 0.5, "replicates": 30}})
    [['Power', '25 %', '10 % to 50 %', '30']]
    """
    return [[word, *_share(found[name])] for name, word in CHANCES.items() if isinstance(found.get(name), dict)]


def estimand_rows(found: Mapping[str, Any]) -> list[list[str]]:
    """The five attributes of the primary endpoint, and how it is estimated."""
    known: list[dict[str, Any]] = found.get("estimands") or []
    primary = next((one for one in known if one.get("primary")), {})
    return [[word, str(primary[name])] for name, word in ATTRIBUTES.items() if primary.get(name)]


def curve_said(tries: Sequence[Mapping[str, Any]]) -> str:
    """The curve in words.

    >>> curve_said([{"patients": 40, "share": 0.2, "low": 0.1, "high": 0.4}])
    'Power: 20 % with 40 patients (10 % to 40 %).'
    """
    told = [f"{_percent(one['share'])} with {one['patients']:,} patients ({_percent(one['low'])} to "
            f"{_percent(one['high'])})" for one in sorted(tries, key=lambda one: one["patients"])]  # fmt: skip
    return f"Power: {'; '.join(told)}."


def size_said(found: Mapping[str, Any]) -> str:
    """The number of patients that was searched, in a sentence; "" where none was."""
    if found.get("power") is None:
        return ""
    if found.get("patients") is None:
        return f"No size that was tried has a power of {found['power']:.0%}; the effect may be too small for it."
    high = "any number" if found.get("high") is None else f"{found['high']:,.0f}"
    low = "" if found.get("low") is None else f" (95 % Monte Carlo interval {found['low']:,.0f} to {high})"
    return f"A power of {found['power']:.0%} needs {found['patients']:,} patients{low}."


def _sizes(found: Mapping[str, Any]) -> None:
    size, formula = found.get("sample_size") or {}, found.get("sizes_by_formula") or []
    tries = sorted(size.get("tries") or [], key=lambda one: one["patients"])
    if tries:
        heading("Sample size", 2)
        if size_said(size):
            paragraph(size_said(size))
        SizeCurve(tries, size.get("power"))
        rows = [[f"{one['patients']}", *_share(one)] for one in tries]
        Table("Power by number of patients, simulated", ["Patients", "Power", MONTE_CARLO, "Replicates"], rows)
    if formula:
        lost = {key: f"If {key.split('_')[2]} % are lost" for key in formula[0] if key.startswith("patients_if_")}
        rows = [[str(one["arm"]), _percent(one["assumed"]), f"{one['effect']:.3g}", _percent(one["power"]),
                 str(one["evaluable_patients"]), *(str(one[key]) for key in lost)] for one in formula]  # fmt: skip
        head = ["Arm", "Of the predicted effect", "Effect", "Power", "Patients", *lost.values()]
        with ui.element("details"):
            with ui.element("summary"):
                ui.label("Sample size by formula").style("display: inline")
            Table("Patients of the arm and the reference together", head, rows[:MOST])


def _looks(found: Mapping[str, Any]) -> None:
    stopping = found.get("stopping") or []
    if stopping:
        heading("Looks before the end", 2)
        rows = [[str(one["look"]), _percent(one["information"]), f"{one['boundary']:.3f}",
                 "" if one.get("futility") is None else f"{one['futility']:.3f}", _percent(one["share_stopped"]),
                 ", ".join(f"{_percent(one[f'for_{why}'])} {why}" for why in WHY if one.get(f"for_{why}"))]
                for one in stopping]  # fmt: skip
        Table("Boundaries of the score, and where trials end",
              ["Look", "Information", "Boundary", "Futility below", "Ends", "For"], rows)  # fmt: skip
    again = found.get("reestimation")
    if again:
        heading("Size estimated again", 2)
        paragraph(
            f"{again['planned']:,} patients were planned and {again['largest']:,} are the most. "
            f"{_percent(again['share_increased'])} of trials take more; the median is {again['median']:,.0f} "
            f"({again['p5']:,.0f} to {again['p95']:,.0f} in 90 %)."
        )


def _claims(found: Mapping[str, Any]) -> None:
    claims = found.get("claims") or []
    if claims:
        heading("Claims", 2)
        paragraph(str(found.get("multiplicity") or ""))
        rows = [[str(one["claim"]), str(one["endpoint"]), str(one["arm"]), _percent(one["shown_share"]),
                 _between(one), "" if one.get("adjusted_p") is None else f"{one['adjusted_p']:.3g}"]
                for one in claims]  # fmt: skip
        Table("How often each claim is shown", ["Claim", "Endpoint", "Arm", "Shown in", MONTE_CARLO,
                                                "Adjusted p, first replicate"], rows)  # fmt: skip


def _estimand(found: Mapping[str, Any]) -> None:
    rows = estimand_rows(found)
    if rows:
        heading("Estimand of the primary endpoint", 2)
        Table(str(found.get("primary") or "Primary endpoint"), ["Attribute", "What it is"], rows)


def _share(one: Mapping[str, Any]) -> list[str]:
    return [_percent(one["share"]), _between(one), str(one["replicates"])]


def _between(one: Mapping[str, Any]) -> str:
    return f"{_percent(one['low'])} to {_percent(one['high'])}"


def _percent(share: float) -> str:
    """A share as people read it.

    >>> _percent(0.2), _percent(0.049), _percent(0.0), _percent(1)
    ('20 %', '4.9 %', '0 %', '100 %')
    """
    return f"{100 * share:.2g} %" if 0 < share < 0.1 else f"{100 * share:.0f} %"
