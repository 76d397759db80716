"""What contradicts itself in the estimand of an endpoint."""

from __future__ import annotations

from lobule.errors import InputError, Mistakes
from lobule.files.design import Design, Endpoint
from lobule.files.estimand import COMPOSITE, ENDS, EVENTS, HYPOTHETICAL, PRINCIPAL_STRATUM, TREATMENT_POLICY
from lobule.patient.criteria import Criteria

OF_SURVIVORS = ("ancova", "t_test")  # methods that leave out who has no value at the visit


def check_estimand(design: Design, endpoint: Endpoint, found: Mistakes) -> None:
    """Note every mistake, with its field within the endpoint."""
    with found.at("among"):
        if endpoint.among is not None:
            Criteria.read(endpoint.among)
    said = {name: getattr(endpoint.intercurrent, name) for name in EVENTS}
    for name, strategy in said.items():
        with found.at("intercurrent", name):
            if strategy is not None:
                _strategy(design, endpoint, name, strategy)
    with found.at("failure"):
        composite = endpoint.kind == "change" and COMPOSITE in said.values()
        if endpoint.failure is not None and not composite:
            raise InputError("a value stands for a composite event of a change endpoint; no event has that strategy")
        if composite and endpoint.worst is None:
            raise InputError(
                f"a composite event needs the value that stands for it; {endpoint.output} has no worst one: give "
                "failure, in its unit"
            )


def _strategy(design: Design, endpoint: Endpoint, event: str, strategy: str) -> None:
    """Raise InputError where a strategy of an event cannot be followed."""
    if endpoint.kind == "ranked":
        raise InputError("a ranked endpoint has the strategies of the endpoints it compares; give them there")
    if event in endpoint.events:
        raise InputError(f"{event} is part of this endpoint and needs no strategy")
    if event == "rescue" and not design.rescue:
        raise InputError("nobody is rescued here; give rescue")
    if event == "transplantation" and not design.transplantation:
        raise InputError("nobody is transplanted here; set transplantation: true")
    if event in ENDS and strategy == TREATMENT_POLICY:
        raise InputError(f"nothing is observed after {event}, so that no treatment policy can count it; take another")
    if strategy == PRINCIPAL_STRATUM:
        _stratum(design, endpoint, event)
    if endpoint.how == "risk_difference" and strategy == HYPOTHETICAL:
        raise InputError(
            "a responder whose values are missing does not respond, which is composite; a hypothetical response needs "
            "method: imputed_risk_difference"
        )


def _stratum(design: Design, endpoint: Endpoint, event: str) -> None:
    """Raise InputError where a principal stratum has no meaning, or no analysis."""
    if endpoint.kind != "change":
        raise InputError(f"a principal stratum is of a change endpoint, not of {endpoint.kind.replace('_', ' ')}")
    if event not in ENDS:
        raise InputError(f"a principal stratum is of death or transplantation, not of {event}")
    if endpoint.how not in OF_SURVIVORS:
        raise InputError(
            f"{endpoint.how} fills in values after {event}, or borrows; a principal stratum is analysed by those who "
            f"are left: method: {' or '.join(OF_SURVIVORS)}"
        )
    ranked = [other.name for other in design.endpoints if endpoint.name in other.order]
    if ranked:
        raise InputError(
            f'"{ranked[0]}" compares everybody by this endpoint, a principal stratum is of some; take it out of one'
        )
