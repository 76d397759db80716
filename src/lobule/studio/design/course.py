"""The course of a trial: visits, how arms are drawn, what is measured, and care on the way."""

from __future__ import annotations

from lobule.studio.design import words
from lobule.studio.design.rows import entries, named, rows
from lobule.studio.form import Form
from lobule.studio.state import Field
from lobule.therapy import cares

ASSAYS: Field = ("assays",)
RESCUE: Field = ("rescue",)


def when(form: Form) -> None:
    """What a newcomer is asked of time and outcome."""
    with form.group("When, and what counts"):
        form.listed(("visits",), "Visits", "0 d, 28 d, 84 d")
        form.choice(("analysis", "primary"), "Primary endpoint", lambda: named(form.state, "endpoints"))
        form.number(("dropout",), "Dropout, share a year", 0, 1, whole=False, usual="0")
        form.number(("missed_visits",), "Missed visits, share", 0, 1, whole=False, usual="0")
        form.choice(("reading",), "What products do", words.READINGS, usual="published")


def allocation(form: Form) -> None:
    """Randomisation and blinding."""
    form.choice(("randomisation", "method"), "Patients come into arms", words.ALLOCATION, usual="blocked")
    form.number(("randomisation", "block"), "Patients of a block", 2, 100, usual="4")
    form.listed(("randomisation", "strata"), "Strata, yes or no at baseline", "meld_na >= 15")
    form.choice(("blinding", "kind"), "Who knows the arm", words.BLINDING, usual="double")
    form.number(
        ("blinding", "quality_of_life_bias"), "Bias of reported quality of life, open label", 0, 0.3, whole=False,
        usual="0.02",
    )  # fmt: skip


def on_the_way(form: Form) -> None:
    """Enrolment and the end, measurements, adherence, rescue, transplantation."""
    form.text(("enrolment",), "Time until the last patient is in", "365 d")
    form.text(("until",), "End of follow-up (the last visit)", "336 d")
    form.number(("adherence",), "Share of doses that are given", 0, 1, whole=False, usual="1")
    form.choice(("transplantation",), "Transplantation", words.YES, usual=False)
    with form.group("Rescue"):
        rows(form, RESCUE, "a rescue", lambda at: _rescue(form, at), lambda: {"when": "ascites >= 4",
                                                                              "care": "diuretic"})  # fmt: skip
    with form.group("Measurements (the usual labs where none is named)"):
        rows(form, ASSAYS, "a measurement", lambda at: _assay(form, at), lambda: {"name": _next(form)})


def shape(form: Form) -> object:
    """What decides which fields there are."""
    return len(entries(form.state, *ASSAYS)), len(entries(form.state, *RESCUE))


def _rescue(form: Form, at: Field) -> None:
    form.text((*at, "when"), "From the first visit at which", "ascites >= 4")
    form.choice((*at, "care"), "Everybody gets", {name: one.title for name, one in cares().items()})


def _assay(form: Form, at: Field) -> None:
    form.choice((*at, "name"), "Lab", words.assays())
    form.number((*at, "error"), "Error (SD of the logarithm)", 0, 2, whole=False, usual="its usual one")
    form.number((*at, "lower_limit"), "Limit of detection", 0, 1e9, whole=False)
    form.listed((*at, "visits"), "At these visits (all)", "0 d, 336 d")


def _next(form: Form) -> str:
    """A lab that is not measured yet."""
    known = named(form.state, *ASSAYS)
    return next((name for name in words.assays() if name not in known), "albumin")
