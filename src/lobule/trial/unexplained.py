"""What of a trial's effects the counted reading does not reach: endpoint by endpoint, without chance or error.

The effect is the true one: the mean over the virtual patients in an arm less that in the reference arm, as `twins` has
it, of all who could be enrolled.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from lobule.files.design import Design, Endpoint, response_met
from lobule.labs import labs, scores
from lobule.quantities import amount
from lobule.simulation.effect import meaning, sentence
from lobule.simulation.reading import unexplained_share
from lobule.trial.conduct import chance_of
from lobule.trial.population import Population
from lobule.trial.readings import computed, of_everybody
from lobule.trial.runs import Courses

if TYPE_CHECKING:
    import pandas as pd

Values = NDArray[np.float64]


def unexplained(
    design: Design, population: Population, courses: Sequence[Courses], counted: Sequence[Courses]
) -> pd.DataFrame:
    """One row an endpoint and arm beside the reference; endpoints that rank others, and quality of life, have none.

    Parameters
    ----------
    courses, counted : of each arm, as published and as counted, with the usual parameters

    Returns
    -------
    DataFrame: endpoint, arm, reference, what (is compared), level and reference_level (means as published),
        counted_level (that of the arm if it differed from the reference as it does as counted), unexplained_share (None
        where there is no effect).
    """
    import pandas as pd

    rows = []
    for endpoint in design.endpoints:
        found = levels(design, population, [*courses, *counted], endpoint)
        if found is None:
            continue
        published, beside = found[: len(courses)], found[len(courses) :]
        base = published[design.reference]
        for a, arm in enumerate(design.arms):
            if a == design.reference:
                continue
            reached = base + beside[a] - beside[design.reference]
            rows.append(
                {
                    "endpoint": endpoint.name, "arm": arm.name, "reference": design.arms[design.reference].name,
                    "what": what(design, endpoint), "level": published[a], "reference_level": base,
                    "counted_level": reached, "unexplained_share": unexplained_share(published[a], base, reached),
                }
            )  # fmt: skip
    columns = ["endpoint", "arm", "reference", "what", "level", "reference_level", "counted_level", "unexplained_share"]
    return pd.DataFrame(rows, columns=columns)


def what(design: Design, endpoint: Endpoint) -> str:
    """What is compared of an endpoint, in words."""
    if endpoint.kind == "time_to_event":
        return f"chance of {' or '.join(endpoint.events)} by day {design.end:g}"
    assert endpoint.output is not None and endpoint.at is not None
    name = f"{labs()[endpoint.output].label} on day {amount(endpoint.at, 'time'):g}"
    return f"share with {endpoint.response} of {name}" if endpoint.kind == "responder" else f"mean {name}"


def levels(
    design: Design, population: Population, courses: Sequence[Courses], endpoint: Endpoint
) -> list[float] | None:
    """Means of what an endpoint looks at, over the virtual patients who have a value in all of some courses; None where
    it has no true value."""
    if endpoint.kind == "ranked" or endpoint.output == "quality_of_life":
        return None
    if endpoint.kind == "time_to_event":
        age = population.table["age"].to_numpy(float)
        values = np.array([chance_of(design, course, age, endpoint.events) for course in courses])
    else:
        arms = len(design.arms)
        values = np.array([true_values(endpoint, course, of_everybody(design, population, course, k % arms))
                           for k, course in enumerate(courses)])  # fmt: skip
    whole = np.isfinite(values).all(axis=0)
    return values[:, whole].mean(axis=1).tolist() if whole.any() else [float("nan")] * len(courses)


def true_values(endpoint: Endpoint, course: Courses, values: Mapping[str, NDArray]) -> Values:
    """The value of an endpoint at its visit, or whether it responds, of each virtual patient.

    Parameters
    ----------
    values : of everybody (`readings.of_everybody`)
    """
    assert endpoint.output is not None and endpoint.at is not None
    at = int(np.searchsorted(course.days, amount(endpoint.at, "time")))
    first, last = ({name: v[:, k].astype(float) for name, v in values.items()} for k in (0, at))
    if endpoint.output in scores():
        first, last = computed(first), computed(last)
    value, baseline = (np.asarray(some[endpoint.output], float) for some in (last, first))
    if endpoint.kind != "responder":
        return value
    responds = np.asarray(response_met(value, baseline, endpoint.responds()), float)
    return np.where(np.isfinite(value) & np.isfinite(baseline), responds, np.nan)


def told(table: pd.DataFrame, endpoint: str, reading: str) -> list[str]:
    """The true effects on an endpoint in sentences, arm by arm, and what it means that counting does not reach them."""
    rows = [row for row in table.to_dict("records") if row["endpoint"] == endpoint and row["reference_level"]]
    said = [
        sentence(
            f"{row['arm']}: {row['what']}", "(true effect)", row["level"] / row["reference_level"], reading,
            counted=row["counted_level"] / row["reference_level"], share=row["unexplained_share"],
            against=row["reference"],
        )
        for row in rows
    ]  # fmt: skip
    return [*said, *meaning(*(row["unexplained_share"] for row in rows))]
