"""Counterfactual twins: what every virtual patient would do in every arm, without chance or error of measurement.

Nobody has this in a real trial; it stays out of the analysis.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from lobule.files.design import Design
from lobule.labs import scores
from lobule.quantities import amount
from lobule.trial.non_response import non_responders
from lobule.trial.population import Population
from lobule.trial.readings import computed, of_everybody
from lobule.trial.runs import Courses

if TYPE_CHECKING:
    import pandas as pd

NON_RESPONDER = "non_responder"  # column


def twins(design: Design, population: Population, courses: Sequence[Courses]) -> pd.DataFrame:
    """One row a virtual patient and arm.

    Returns
    -------
    DataFrame: number (of the virtual patient), arm, non_responder (where the design has some), survival (chance of
        being alive at the end), one column for the value of each lab or score endpoint at its visit (as the model has
        it, if alive), and columns ending in `_effect`: that value, or survival, less the patient's own in the reference
        arm.
    """
    import pandas as pd

    wanted = {(e.output, amount(e.at, "time")) for e in design.endpoints if e.output and e.at}
    tables = []
    for arm, course in enumerate(courses):
        values = of_everybody(design, population, course, arm)
        hazard = course.values["cumulative_death_hazard"].astype(float)
        one: dict[str, np.ndarray | str] = {
            "arm": design.arms[arm].name,
            "survival": np.exp(hazard[:, 0] - hazard[:, -1]),
        }
        for output, day in sorted(wanted):
            at = int(np.searchsorted(course.days, day))
            if output in values:
                one[f"{output}_day_{day:g}"] = values[output][:, at].astype(float)
            elif output in scores() and output != "quality_of_life":
                one[f"{output}_day_{day:g}"] = computed({k: v[:, at] for k, v in values.items()})[output]
        table = pd.DataFrame(one)
        table.insert(0, "number", population.table["number"])
        tables.append(table)
    outcomes = [c for c in tables[0] if c not in ("number", "arm")]
    for table in tables:
        for name in outcomes:
            table[f"{name}_effect"] = table[name] - tables[design.reference][name]
        if design.population.non_responders:
            table.insert(2, NON_RESPONDER, non_responders(design, population))
    return pd.concat(tables, ignore_index=True)
