"""`lobule validate --ablations`: what is left of an effect without each mechanism."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from lobule import model
from lobule.answers.answer import Answer
from lobule.answers.content import Picture, Table
from lobule.answers.record import record_of
from lobule.model.cargo import components
from lobule.progress import say
from lobule.report.bars import bars
from lobule.report.records import records
from lobule.report.scale import written
from lobule.report.style import NotDrawn
from lobule.validate.ablations import COMPONENT, LEAST, WHOLE, ablations, decisive

if TYPE_CHECKING:
    import matplotlib.figure

TITLE = "What is left of an effect without each mechanism"
SHOWN = 12  # mechanisms of a picture
HOW = (
    "Shares by logarithms of treated over untreated; they need not add up, because mechanisms lean on each other. "
    "Published: as strongly as studies report, whatever carries it; counted: only what copies in cells can do. Of a "
    "component of the cargo what it does itself: the share of the published effect that studies lose with any one of "
    "them (named_component_share, one assumed number for all) is left out."
)
Key = tuple[str, str, str]


def ablate() -> Answer:
    """Set off one mechanism of therapy after another, in the named scenarios and both readings."""
    say("mechanisms, one after another")
    table = ablations()
    lines = sentences(table)
    return Answer(
        title=TITLE,
        said=" ".join([*lines, HOW]),
        text="\n".join([*lines, "", HOW]),
        data={"rows": records(table), "sentences": lines},
        record=record_of("ablations", TITLE),
        tables={"ablations": Table(table, "one row a scenario, endpoint, reading, mechanism: effect with it, without")},
        pictures={"ablations": Picture(lambda: _picture(table), "share of each effect that goes with a mechanism")},
    )  # fmt: skip


def sentences(table: pd.DataFrame) -> list[str]:
    """Of each effect what carries it, as the docs quote it."""
    told = decisive(table)
    found = []
    for (scenario, endpoint, reading), rows in table.groupby(["scenario", "endpoint", "reading"], sort=False):
        effect = f"{scenario}: {_called(str(endpoint))}, as {reading} {100 * rows['effect'].iloc[0]:+.0f} %"
        key = (str(scenario), str(endpoint), str(reading))
        if rows["left"].isna().all():
            found.append(f"{effect}; no effect to explain.")
            continue
        large = told.get(key, [])
        lost = [f"{_named(name)} {100 * share:.0f} %" for name, share in large if share > 0]
        more = [f"{100 * -share:.0f} % more without {_named(name)}" for name, share in large if share < 0]
        parts = [f"lost without {', '.join(lost)}"] if lost else []
        parts = [*parts, *more] or [f"no mechanism alone holds {100 * LEAST:.0f} %"]
        found.append(f"{effect}; {'; '.join(parts)}.")
    return found


def _called(endpoint: str) -> str:
    output, _, how = endpoint.partition(", ")
    return f"{written(model.label(output))}{' (highest)' if how == 'peak' else ''}"


def _named(mechanism: str) -> str:
    known = components().get(mechanism.removeprefix(COMPONENT))
    return mechanism if known is None else known.title


def _picture(table: pd.DataFrame) -> matplotlib.figure.Figure:
    """A panel a scenario and reading: what of its first endpoint goes with each mechanism."""
    panels: dict[str, Any] = {}
    read: dict[str, None] = {}
    for (scenario, reading), rows in table.groupby(["scenario", "reading"], sort=False):
        first = rows[(rows["endpoint"] == rows["endpoint"].iloc[0]) & (rows["without"] != WHOLE)]
        first = first[first["left"].notna()].assign(lost=lambda t: (1 - t["left"]).clip(-1, 1))
        first = first.reindex(first["lost"].abs().sort_values(ascending=False).index)[:SHOWN]
        if len(first):
            read[_called(str(first["endpoint"].iloc[0]))] = None
            names = [_named(str(name)) for name in first["without"]]
            nothing = [(float("nan"), float("nan"))] * len(first)
            panels[f"{scenario}, {reading}"] = (names, first["lost"].tolist(), nothing)
    if not panels:
        raise NotDrawn("no effect is large enough to be explained")
    of = " or ".join(read)
    return bars(panels, f"share of the effect on {of}, cut at 100 %", ways=("lost without it", "gained without it"))
