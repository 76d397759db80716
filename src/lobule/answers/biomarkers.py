"""`lobule biomarkers`: which measurement tells who will respond, from a trial that was run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from lobule.answers.answer import Answer
from lobule.answers.content import Beside, Table
from lobule.answers.record import record_of
from lobule.answers.words import plain
from lobule.keeping import write_text
from lobule.report.biomarkers import biomarkers_page
from lobule.report.records import records
from lobule.simulation.program import INTENDED_USE
from lobule.trial.biomarkers import tables
from lobule.trial.trial import Trial

if TYPE_CHECKING:
    import pandas as pd

PAGE = "biomarkers.html"
SHOWN = 12  # measurements that the terminal lists
P, SMALLEST = ("prognostic p", "predictive p"), 0.001  # p-values; below the smallest, its digits mean nothing


def biomarkers(
    folder: Path, *, endpoint: str | None = None, early: str = "28 d", patients: int | None = None, seed: int = 1
) -> Answer:
    """Analyse the trial of a folder.

    Parameters
    ----------
    endpoint : its name; the primary one when None
    early : measurements up to then count as early
    patients : of the simulated trial that is analysed

    Raises
    ------
    ResultsError : no trial there. InputError : what `lobule.trial.biomarkers.biomarkers` refuses.
    """
    kept = Trial.open(folder)
    found = kept.biomarkers(endpoint=endpoint, early=early, patients=patients, seed=seed)
    said = [*found.said, *kept.notes]
    title = f"{found.endpoint} of {found.arm} ({found.response}; {found.patients} patients)"
    models = found.models.drop(columns=["brier", "intercept"])
    page = biomarkers_page(title, INTENDED_USE, said, found.markers, found.models, found.curves)
    data = {
        "endpoint": found.endpoint,
        "arm": found.arm,
        "response": found.response,
        "patients": found.patients,
        "said": said,
        "uplift": found.uplift,
        "markers": records(found.markers),
        "models": records(found.models),
    }
    options = {"endpoint": endpoint, "early": early, "patients": patients}
    return Answer(
        title=title,
        said=" ".join(said),
        text="\n".join([title, *(f"  {line}" for line in said), plain(models, ".3f"),
                        plain(_read_aloud(found.markers.head(SHOWN)), ".3f", formatters=dict.fromkeys(P, _p))]),
        data=data,
        record=record_of("biomarkers", title, [folder], options, seed),
        tables={name: Table(table, name.replace("_", " "), None) for name, table in tables(found)},
        files={PAGE: Beside(lambda path: write_text(path, page), "the page: models, curves, measurements")},
        main=PAGE,
    )  # fmt: skip


def _read_aloud(markers: pd.DataFrame) -> pd.DataFrame:
    """Measurements in words."""
    return markers.assign(marker=[str(name).replace("_", " ") for name in markers["marker"]])


def _p(value: Any) -> str:
    """A p-value: none is nothing.

    >>> _p(0.0001), _p(0.25), _p("")
    ('<0.001', '0.250', '')
    """
    return value if isinstance(value, str) else "<0.001" if value < SMALLEST else f"{value:.3f}"
