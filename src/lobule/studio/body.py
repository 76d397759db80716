"""Where vesicles or cells are after one dose of a plan: shares of the dose, organ by organ."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from lobule.errors import InputError
from lobule.files.scenario import Scenario
from lobule.simulation.biodistribution import ORGANS, REST, Tracer, trace
from lobule.therapy import Plan

HOURS = (0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 24.0, 48.0, 72.0, 168.0, 336.0)
LAST = {"vesicles": 48.0, "cells": 336.0}  # hours after which nothing is left to be seen
LABEL = {"vesicles": "intact", "cells": "viable cells"}
OF_MEDIUM = (
    "Conditioned medium is no tracer: its vesicles are of the cells that made it, and its factors have no place."
)


def where(scenario: Scenario) -> dict[str, Any]:
    """Shares of the first dose of the first product of a plan.

    Returns
    -------
    what ("vesicles" or "cells"), product (its title), hours (after the dose), organs ({name: shares of the dose})

    Raises
    ------
    InputError : the plan gives no product, or conditioned medium.
    """
    plan = next((part for part in scenario.therapy() if isinstance(part, Plan)), None)
    if plan is None:
        raise InputError("Nothing is given whose way through the body could be shown.")
    if plan.kind not in ORGANS:
        raise InputError(OF_MEDIUM)
    one = replace(plan, n=1, every=None, when=None)
    hours = [hour for hour in HOURS if hour <= LAST[plan.kind]]
    found = trace({"a": Tracer(scenario.who(), one, LABEL[plan.kind])}, hours)["a"]
    organs = {name: [round(found.at(name, hour), 5) for hour in hours] for name in found.organs}
    return {"what": plan.kind, "product": plan.product.title, "hours": hours, "organs": organs, "rest": REST}
