"""What a credible liver must show, as a table of wanted and found: `lobule model check`.

Every check names the fact of the evidence that it stands on; what of a window the evidence does not give is named as
assumed. Failing checks stay in the table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from lobule.simulation.reading import PUBLISHED
from lobule.validate.aclf import aclf_checks
from lobule.validate.acute import acute_checks
from lobule.validate.animals import animal_checks
from lobule.validate.bile import bile_checks
from lobule.validate.check import FIRST_EDITION, Check, Found, judged, retired
from lobule.validate.differences import difference_checks
from lobule.validate.failure import failure_checks
from lobule.validate.fate import fate_checks
from lobule.validate.health import health_checks
from lobule.validate.in_the_dish import dish_checks
from lobule.validate.medium import medium_checks
from lobule.validate.people import people_checks
from lobule.validate.prototype import prototype_checks
from lobule.validate.regeneration import regeneration_checks
from lobule.validate.scar import scar_checks
from lobule.validate.therapies import therapy_checks
from lobule.validate.therapy_second import therapy_second_checks
from lobule.validate.treated import as_read
from lobule.validate.treated_people import treated_people_checks

DISEASE = (
    health_checks,
    animal_checks,
    acute_checks,
    people_checks,
    aclf_checks,
    prototype_checks,
    failure_checks,
    bile_checks,
    regeneration_checks,
    scar_checks,
    difference_checks,
)
THERAPY = (fate_checks, therapy_checks, therapy_second_checks, medium_checks, treated_people_checks, dish_checks)


def found(groups: Iterable[Callable[[], Found]] = (*DISEASE, *THERAPY)) -> Found:
    """What the model shows, check by check."""
    for group in groups:
        yield from group()


def all_checks(reading: str = PUBLISHED) -> list[Check]:
    """Every check, in the order of the table; those of therapies in a reading.

    Raises
    ------
    InputError : another word than "published" and "counted".
    """
    with as_read(reading):
        treated = list(found(THERAPY))
    of_therapy = {identifier for identifier, _ in treated}
    checks = judged([*found(DISEASE), *treated])
    return [replace(check, reading=reading) if check.id in of_therapy else check for check in checks]


def summary(checks: list[Check]) -> str:
    """One line: how many hold, those of the first edition and later ones apart."""
    first = [c for c in checks if c.table == FIRST_EDITION]
    later = [c for c in checks if c.table != FIRST_EDITION]
    held = f"{sum(c.passed for c in checks)} of {len(checks)} checks hold"
    if not later:
        return held
    gone = sum(c.id in retired() for c in first)
    apart = f"{sum(c.passed for c in first)} of {len(first)} of the first edition"
    if gone:
        apart += f" ({gone} of them retired, see validate/retired.csv)"
    return f"{held}: {apart}, {sum(c.passed for c in later)} of {len(later)} later ones"
