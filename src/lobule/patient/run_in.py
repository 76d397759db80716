"""Run-in: standard care that everybody who can be enrolled has had for some time, as in trials of treated diseases.

Who is treated when follows from the disease: it is found one day and cared for from then on, at the rates of the
published cohort of that cause (`patient/cohorts`). A cohort with a run-in holds those visits that come long enough
afterwards: who has left the stage under the care meanwhile is not among them, as nobody enrols them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from lobule.errors import InputError, about
from lobule.patient.history import LONGEST, YEAR
from lobule.patient.lives import Usual
from lobule.patient.published import Target, target_of
from lobule.quantities import amount
from lobule.therapy.care import Care

MOST = LONGEST / 2  # years of a run-in
FOUND = Usual("", 1.0, 0.0, 0.1, 0.7, 1.5)  # where no published cohort of a cause had care: as most of them; assumed


def run_in(etiology: str, target: Target | None, care: Sequence[str], since: str | None) -> Usual | None:
    """Care that everybody has had for at least a time; None where none is asked for.

    Parameters
    ----------
    etiology : of the cohort
    target : published cohort that is imitated; the care that it says some people had is kept, for all of them
    care : names of standard care
    since : a time such as "12 mo"

    Raises
    ------
    InputError : a time without care, or care without a time; an unknown care; a time that is no time, 0, or longer
        than histories are.
    """
    if since is None and not care:
        return None
    with about("care_since"):
        if since is None:
            raise InputError("care before the first visit needs care_since, such as 12 mo")
        years = years_of(care, since)
    usual = (target and target.usual) or _found(etiology)
    with about("care"):
        names = list(dict.fromkeys([*(Care(name).name for name in care), *_kept(target)]))
    return replace(usual, name=", ".join(names), share=1.0, earliest=years)


def years_of(care: Sequence[str], since: str) -> float:
    """Length of a run-in, in years; raises InputError without care, or where it is no possible time."""
    if not care:
        raise InputError(f"{since} of which care? name it in care, such as antiviral")
    years = amount(since, "time") / YEAR
    if not 0 < years <= MOST:
        raise InputError(f"care_since is a time above 0 and up to {MOST:g} years, not {since}")
    return years


def _kept(target: Target | None) -> list[str]:
    """Care that people of the imitated cohort had, if any of them took it."""
    usual = target.usual if target else None
    return [usual.name] if usual and usual.share > 0 else []


def _found(etiology: str) -> Usual:
    """When a disease is found and cared for: as in the published cohort of its cirrhosis."""
    published = target_of(etiology, "any", "auto")
    return (published and published.usual) or FOUND
