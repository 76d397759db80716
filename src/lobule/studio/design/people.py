"""Who is enrolled: disease and stage, criteria, run-in, screening, groups."""

from __future__ import annotations

from lobule.patient.published import STAGES, targets
from lobule.studio.design import words
from lobule.studio.design.rows import entries, rows
from lobule.studio.form import Form
from lobule.studio.ready import causes_of
from lobule.studio.state import Field
from lobule.therapy import cares

GROUPS: Field = ("population", "groups")
FIRST: Field = (*GROUPS, 0)
NEW = {"etiology": "hbv", "stage": "decompensated"}
AUTO = "auto"


def who(form: Form) -> None:
    """What a newcomer is asked of the people."""
    with form.group("Who"):
        if form.state.get(*FIRST) is not None:
            _disease(form, FIRST)
        form.text(("population", "criteria"), "Inclusion", "meld_na >= 12 and age <= 70")
        form.choice(("care",), "Standard care of every arm", {name: one.title for name, one in cares().items()}, True)


def people(form: Form) -> None:
    """The rest."""
    form.text(("care_since",), "Run-in: standard care for so long before day 0", "12 mo")
    form.choice(("screening",), "Criteria look at", words.SCREENING, usual="measured")
    form.listed(("population", "exclude"), "Nobody of whom one of these holds", "creatinine > 177")
    form.number(("population", "patients"), "Virtual patients to enrol from", 2, 100_000, usual="400")
    form.number(
        ("population", "non_responders"), "Share on whom no product acts (assumed)", 0, 1, whole=False, usual="0"
    )
    rows(form, GROUPS, "a group", lambda at: _group(form, at), lambda: dict(NEW))


def shape(form: Form) -> object:
    """What decides which fields there are."""
    return len(entries(form.state, *GROUPS))


def _disease(form: Form, at: Field) -> None:
    form.choice((*at, "etiology"), "Disease", causes_of("human"))
    form.choice((*at, "stage"), "Stage", {name: name for name in STAGES}, usual="any")


def _group(form: Form, at: Field) -> None:
    """A group; disease and stage of the first one stand above."""
    if at != FIRST:
        _disease(form, at)
    like = {AUTO: "the usual table of the disease and stage"} | {name: name for name in targets()}
    form.choice((*at, "like"), "Published people to be like", like, usual=AUTO)
    form.number((*at, "share"), "Share of the people", 0, 1, whole=False, usual="1")
