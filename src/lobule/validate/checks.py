"""What a credible liver must show, as a table of wanted and found: `lobule model check`.

Every check names the fact of the evidence that it stands on. A window that the evidence does not give in figures is
marked so in its `wanted`. Failing checks stay in the table.
"""

from __future__ import annotations

from lobule.validate.animals import acute, animal_checks, chronic
from lobule.validate.check import Check
from lobule.validate.health import health_checks
from lobule.validate.in_the_dish import dish_checks
from lobule.validate.people import people_checks, untreated
from lobule.validate.prototype import prototype_checks
from lobule.validate.therapies import therapy_checks


def all_checks() -> list[Check]:
    """Every check, by fact."""
    disease = [*health_checks(), *animal_checks(), *people_checks()]
    return [*disease, *prototype_checks(acute(), chronic(), untreated()), *therapy_checks(), *dish_checks()]


def summary(checks: list[Check]) -> str:
    """One line: how many hold."""
    return f"{sum(c.passed for c in checks)} of {len(checks)} checks hold"
