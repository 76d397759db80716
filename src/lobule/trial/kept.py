"""What a trial, or patients, that an earlier version of lobule kept have otherwise than those of this version."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from lobule import model
from lobule.files.design import Design
from lobule.trial.measurement import Errors, differing
from lobule.trial.population import NO_LONGER, Population
from lobule.trial.runs import Courses

HAZARD = "cumulative_"


def notes(design: Design, population: Population, courses: Sequence[Courses], errors: Errors) -> tuple[str, ...]:
    """Nothing for a trial of this version.

    Parameters
    ----------
    design : as it was recorded; errors : that the trial was measured with
    """
    lacking = list(dict.fromkeys(name for c in courses for name in c.lacking))
    labs = [model.label(name) for name in lacking if not name.startswith(HAZARD)]
    events = [name.removeprefix(HAZARD).removesuffix("_hazard") for name in lacking if name.startswith(HAZARD)]
    events = ["death of other causes" if name == "other_death" else name for name in events]
    gone = [name for name in NO_LONGER if name in population.states]
    new = set(model.compiled("human").states) - set(population.states)
    others = differing(design, errors)
    told = (
        (labs, "it followed no ", ", which are empty here"),
        (events, "it counted no ", " apart, so nobody has such an event here"),
        (gone, "states that the model no longer has are left out where its patients are solved on: ", ""),
        ([f"{len(new)} states"] if new else [], "", " of the model are new and begin there as in health"),
        (others, "it keeps the errors of measurement of then: ", ""),
    )
    said = [f"{before}{_listed(names)}{after}" for names, before, after in told if names]
    return (f"Kept by an earlier version of lobule: {'; '.join(said)}.",) if said else ()


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names)
