"""The estimand of each endpoint: treatment, population, variable, intercurrent events, summary (ICH E9(R1), 2019)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from lobule.files.design import EVENTS, Design, Endpoint
from lobule.files.estimand import (
    COMPOSITE,
    HYPOTHETICAL,
    PRINCIPAL_STRATUM,
    TREATMENT_POLICY,
    WHILE_ON_TREATMENT,
    Strategy,
)
from lobule.labs import labs
from lobule.rows import Row, rows_by
from lobule.trial.groups import in_words

if TYPE_CHECKING:
    import pandas as pd


class Method(Row):
    """How a method of analysis summarises, what it adjusts for, and what it takes of those whose value is missing."""

    method: str
    summary: str
    estimator: str
    baseline: str = ""
    covariates: str = ""
    strata: str = ""
    missing: str


METHODS = rows_by("method", Path(__file__).parent / "methods.csv", Method)
IMPUTES = ("multiple_imputation", "imputed_risk_difference")
ATTRIBUTES = ("treatment", "population", "variable", "intercurrent_events", "summary")
STRATUM_ASSUMES = (
    "those who are left are taken for the stratum, which is right where they are alike in both arms given what is "
    "adjusted for"
)
MEANING: dict[tuple[str, Strategy], str] = {
    ("change", TREATMENT_POLICY): "values count as measured",
    ("change", HYPOTHETICAL): "values as if it had not come: those after it are missing and modelled",
    ("change", COMPOSITE): "{worst} stands for the values after it",
    ("change", WHILE_ON_TREATMENT): "the last value before it counts",
    ("change", PRINCIPAL_STRATUM): "asked of those alone who would be without it in either arm",
    ("responder", TREATMENT_POLICY): "values count as measured",
    ("responder", HYPOTHETICAL): "response as if it had not come: values after it are missing and imputed",
    ("responder", COMPOSITE): "no response",
    ("responder", WHILE_ON_TREATMENT): "the last value before it decides",
    ("time_to_event", TREATMENT_POLICY): "follow-up goes on",
    ("time_to_event", HYPOTHETICAL): "time as if it had not come: it censors",
    ("time_to_event", COMPOSITE): "counts as an event",
    ("time_to_event", WHILE_ON_TREATMENT): "time until it: it competes",
}


def estimands(design: Design) -> pd.DataFrame:
    """One row an endpoint: endpoint, primary, the five attributes, estimator, adjusted_for, missing_values."""
    import pandas as pd

    return pd.DataFrame(
        {
            "endpoint": e.name, "primary": e.name == design.primary.name, "treatment": _treatment(design),
            "population": population(design, e), "variable": variable(design, e),
            "intercurrent_events": intercurrent_events(design, e), "summary": summary(e),
            "estimator": METHODS[e.how].estimator, "adjusted_for": adjusted_for(design, e),
            "missing_values": missing_values(e),
        }
        for e in design.endpoints
    )  # fmt: skip


def _treatment(design: Design) -> str:
    reference = design.arms[design.reference].name
    others = [arm.name for arm in design.arms if arm.name != reference]
    every = f", each beside {', '.join(design.care)}" if design.care else ""
    return f"{', '.join(others)} against {reference}{every}, as randomised"


def population(design: Design, endpoint: Endpoint) -> str:
    """Whom an endpoint is asked of."""
    rules = design.inclusion()
    who = "all who are randomised" + (f" ({rules})" if rules else "")
    who = who if endpoint.among is None else f"{who} with {endpoint.among} at baseline"
    stratum = of_stratum(endpoint)
    return f"of {who}, those {stratum} (principal stratum)" if stratum else who


def of_stratum(endpoint: Endpoint) -> str:
    """Whom a principal stratum is of; "" where an endpoint has none."""
    words = {"death": "alive", "transplantation": "without a transplantation"}
    told = " and ".join(words[name] for name in endpoint.principal)
    return f"who would be {told} at {endpoint.at} in either arm" if told else ""


def variable(design: Design, endpoint: Endpoint) -> str:
    """What is measured of each subject."""
    if endpoint.kind == "time_to_event":
        return f"time from randomisation to the first of: {', '.join(_event(name) for name in endpoint.events)}"
    if endpoint.kind == "ranked":
        return f"pairs of subjects compared by {', then by '.join(endpoint.order)}"
    assert endpoint.output is not None
    unit = labs()[endpoint.output].unit
    of = f"{labs()[endpoint.output].title}{'' if unit in ('', '1') else f' ({unit})'}"
    if endpoint.kind == "responder":
        return f"response ({endpoint.response}) of {of} at {endpoint.at}"
    return f"change of {of} from baseline to {endpoint.at}"


def intercurrent_events(design: Design, endpoint: Endpoint) -> str:
    """Each event with its strategy and what that means; those that only stand for themselves are put together."""
    if endpoint.kind == "ranked":
        return "as of the endpoints that are compared"
    told, as_they_are = [], []
    for name, strategy in design.strategies(endpoint).items():
        if strategy == TREATMENT_POLICY and name != "rescue" and getattr(endpoint.intercurrent, name) is None:
            as_they_are.append(_event(name))
            continue
        meaning = MEANING[endpoint.kind, strategy].format(worst=f"{endpoint.worst or 0:g}")
        told.append(f"{_event(name)}: {strategy.replace('_', ' ')} ({meaning})")
    if design.adherence < 1:
        as_they_are.append("doses that are missed")
    policy = MEANING[endpoint.kind, TREATMENT_POLICY]
    return "; ".join([*told, f"{', '.join(as_they_are)}: treatment policy ({policy})"])


def _event(name: str) -> str:
    if name == "rescue":
        return "rescue"
    title = EVENTS[name].title
    return title[0].lower() + title[1:]


def summary(endpoint: Endpoint) -> str:
    """What is told of two arms."""
    return METHODS[endpoint.how].summary


def adjusted_for(design: Design, endpoint: Endpoint) -> str:
    """What the analysis of an endpoint adjusts for, in words."""
    method = METHODS[endpoint.how]
    found = ["the baseline of the endpoint"] if method.baseline else []
    found += [f"{labs()[name].title} at baseline" for name in design.analysis.covariates] if method.covariates else []
    strata = [in_words(text) for text in design.randomisation.strata]
    if method.strata == "stratified" and strata:
        return ", ".join([*found, f"stratified by {', '.join(strata)}"])
    return ", ".join([*found, *(strata if method.strata else [])]) or "nothing"


def missing_values(endpoint: Endpoint) -> str:
    """What an analysis takes for values that are missing."""
    if endpoint.principal:
        return (
            f"who has no value at the visit is left out: {STRATUM_ASSUMES}; principal.csv and the report have the true "
            "effect, and bounds under monotonicity"
        )
    if endpoint.how not in IMPUTES:
        return METHODS[endpoint.how].missing
    how = endpoint.imputation
    shift = f", in the arms compared shifted by {how.delta:g}" if how.delta else ""
    return f"imputed {how.number} times: {how.missing.replace('_', ' ')}{shift}"


def told(design: Design, endpoint: Endpoint) -> list[tuple[str, str]]:
    """The table of one endpoint, as (attribute, text)."""
    row = estimands(design).set_index("endpoint").loc[endpoint.name]
    names = (*ATTRIBUTES, "estimator", "adjusted_for", "missing_values")
    return [(name.replace("_", " "), str(row[name])) for name in names]
