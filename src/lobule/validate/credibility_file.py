"""The model credibility file, after ASME V&V 40: written from what was measured when it was asked for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jinja2
import numpy as np

from lobule import model
from lobule.engine import EventTable
from lobule.errors import NotInstalled
from lobule.model.causes import cause
from lobule.model.parameters import parameter_table
from lobule.simulation import ensemble
from lobule.simulation.program import INTENDED_USE
from lobule.studies.split import CALIBRATION, HELD_OUT, split
from lobule.validate.checks import all_checks

WORDS = Path(__file__).parent / "credibility_file.md"
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


def credibility_file(summaries: Mapping[str, Mapping[str, Any]], counted: Mapping[str, Mapping[str, Any]]) -> str:
    """The file as Markdown; its words stand in `credibility_file.md`.

    Parameters
    ----------
    summaries : {set: summary} of a scoreboard; counted : the same in the counted reading
    """
    table, checks, sources = list(parameter_table().values()), all_checks(), Counter(split().values())
    page = jinja2.Environment(undefined=jinja2.StrictUndefined, trim_blocks=True, keep_trailing_newline=True)
    page.filters["percent"] = _percent
    return page.from_string(WORDS.read_text(encoding="utf-8")).render(
        intended_use=INTENDED_USE,
        parameters=len(table),
        grades=", ".join(f"{n} {grade}" for grade, n in Counter(p.grade for p in table).most_common()),
        numbers=verification(),
        checks=len(checks),
        failing=[c.id for c in checks if not c.passed],
        calibrating=sources[CALIBRATION],
        held_out=sources[HELD_OUT],
        summaries=summaries,
        counted=counted,
        about=ensemble.provenance(),
        notes=ensemble.notes(),
    )


def _percent(share: float | None) -> str:
    return "" if share is None else f"{share:.0%}"
