"""The model credibility file, after ASME V&V 40: written from what was measured when it was asked for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import numpy as np

from lobule import model
from lobule.engine import EventTable
from lobule.errors import NotInstalled
from lobule.model.causes import cause
from lobule.model.parameters import parameter_table
from lobule.simulation import ensemble
from lobule.simulation.run import INTENDED_USE
from lobule.studies.split import CALIBRATION, HELD_OUT, split
from lobule.validate.checks import all_checks

TIMES = np.array([0.0, 1.0, 7.0, 28.0])


def verification() -> dict[str, float | None]:
    """Numbers of our solver against others: a mouse with one dose of CCl4, largest difference over all states.

    Returns
    -------
    dict: tolerance (against a hundredfold smaller tolerance), roadrunner (against libRoadRunner; None where it is not
        installed).
    """
    compiled = model.compiled("mouse")
    events = EventTable(cause("ccl4", "mouse").events(None, [0.5], None))
    outputs = list(compiled.states)
    usual = compiled.solve(None, None, events, TIMES, rtol=1e-6, outputs=outputs)
    fine = compiled.solve(None, None, events, TIMES, rtol=1e-8, outputs=outputs)
    scale = np.abs(fine.y).max(axis=1, keepdims=True) + 1e-6

    def apart(other: Any) -> float:
        return float(np.max(np.abs(usual.y - other.y) / scale))

    try:
        peer = compiled.solve(None, None, events, TIMES, rtol=1e-9, outputs=outputs, engine="roadrunner")
    except NotInstalled:
        return {"tolerance": apart(fine), "roadrunner": None}
    return {"tolerance": apart(fine), "roadrunner": apart(peer)}


def credibility_file(summaries: Mapping[str, Mapping[str, Any]]) -> str:
    """The file as Markdown.

    Parameters
    ----------
    summaries : {set: summary} of a scoreboard
    """
    table = parameter_table().values()
    grades = Counter(p.grade for p in table)
    checks = all_checks()
    held = sum(c.passed for c in checks)
    about = ensemble.provenance()
    numbers = verification()
    peer = numbers["roadrunner"]
    sets = Counter(split().values())
    lines = [
        "# Model credibility file",
        "",
        f"{INTENDED_USE} Structure after ASME V&V 40 (2018); every number was measured when this file was written.",
        "",
        "## Context of use",
        "",
        "- Question: how a product of mesenchymal cells or their vesicles shifts inflammation, scar and function of a "
        "mouse, rat or human liver, against no treatment and against other doses, schedules and products.",
        "- Role: to choose what to test next. No decision about a person may rest on it.",
        "- Influence low, consequence low: the evidence below is judged for that, and for nothing stronger.",
        "",
        "## Assumptions",
        "",
        f"- {len(list(table))} parameters: " + ", ".join(f"{n} {grade}" for grade, n in grades.most_common()) + ".",
        "- What a study does not say is assumed (usual dose, schedule, days) and stands with its row.",
        "- A modification that the model does not have acts through a class prior, scored apart from mechanism.",
        "",
        "## Verification",
        "",
        f"- Own solver at rtol 1e-6 against 1e-8, all states of an injured mouse: {numbers['tolerance']:.1e}.",
        f"- The same against libRoadRunner: {peer:.1e}."
        if peer is not None
        else "- libRoadRunner is not installed here.",
        "- Conservation, events, properties and the SBML Test Suite: `make test`, benchmarks/sbml_suite.py.",
        "",
        "## Validation",
        "",
        f"- Facts of biology and clinic (`lobule model check`): {held} of {len(checks)} hold.",
        f"- Studies: {sets[CALIBRATION]} sources calibrate, {sets[HELD_OUT]} are held out, fixed by source in a file.",
        "",
        "| set | rows | not simulated | order right | negatives right | within twofold | direction right | "
        "90 % band covers | skill |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for name, s in summaries.items():
        shares = (f"{_percent(s[key])} of {s[n]}" for key, n in (
            ("order_right", "n_orders"), ("negatives_right", "n_negatives"), ("within_twofold", "n_sizes"),
            ("direction_right", "n_directions")))  # fmt: skip
        skill = s["skill_against_naive"]
        lines.append(
            f"| {name} | {s['n_rows']} | {s['n_not_simulated']} | "
            + " | ".join(shares)
            + f" | {_percent(s['band_coverage'])} | {'' if skill is None else f'{skill:+.2f}'} |"
        )
    lines += [
        "",
        "The rivals (pooled mean; nothing helps) are scored on the same rows by `lobule validate`. The pooled mean is "
        "right about almost every direction, because almost every published arm improves.",
        "",
        "## Uncertainty",
        "",
        f"- Ensemble of {about['members']} members from {about['walkers']} walkers and {about['steps']} steps "
        f"({about['sampler']}), written {about['written']}.",
        f"- Convergence: largest R-hat {about['largest_r_hat']:.2f} (walkers as chains), smallest effective "
        f"sample size {about['smallest_effective_size']:.0f}; autocorrelation time at most "
        f"{about['largest_autocorrelation_steps']:.0f} steps; means of both halves differ by at most "
        f"{about['largest_drift']:.2f} posterior spreads.",
        "- Bands hold the ensemble and what the unit of a dose leaves open; those of the scoreboard also what studies "
        "do not say, how animals and laboratories differ, and the noise of groups.",
        "",
        "## What speaks against it",
        "",
        "- Natural miRNA act through an amplification without known mechanism.",
        "- Few studies report sizes: coverage rests on a handful of rows.",
        f"- Facts that fail ({len(checks) - held}): " + ", ".join(c.id for c in checks if not c.passed) + ".",
        "",
    ]  # fmt: skip
    return "\n".join(lines)


def _percent(share: float | None) -> str:
    return "" if share is None else f"{share:.0%}"
