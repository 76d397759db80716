"""What contradicts itself in the estimand of an endpoint."""

from __future__ import annotations

from lobule.errors import InputError, Mistakes
from lobule.files.design import Design, Endpoint
from lobule.files.estimand import COMPOSITE, ENDS, EVENTS, HYPOTHETICAL, TREATMENT_POLICY
from lobule.patient.criteria import Criteria


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
    if endpoint.how == "risk_difference" and strategy == HYPOTHETICAL:
        raise InputError(
            "a responder whose values are missing does not respond, which is composite; a hypothetical response needs "
            "method: imputed_risk_difference"
        )
