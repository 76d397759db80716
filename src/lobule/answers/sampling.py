"""`lobule sampling`: how many units of a lot to test, and how often a lot then passes."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from lobule.answers.answer import Answer
from lobule.answers.content import Picture, Table
from lobule.answers.record import record_of
from lobule.report.operating import operating_picture
from lobule.report.records import records
from lobule.statistics.sampling import CONSUMER, PRODUCER, Plan, by_attributes, by_variables

TITLE = "Sampling plan"


def sampling(
    *, acceptable: float, rejectable: float, producer: float = PRODUCER, consumer: float = CONSUMER,
    lot: int | None = None, variables: bool = False,
) -> Answer:  # fmt: skip
    """The smallest single plan, with its operating characteristic.

    Parameters
    ----------
    acceptable, rejectable : share of defects of a lot that should pass, and of one that should not
    producer, consumer : risk that the one is refused, that the other passes
    lot : units of a small lot; a large one when None
    variables : of a normal attribute with one limit, by mean and standard deviation

    Raises
    ------
    InputError : what `lobule.statistics.sampling` refuses.
    """
    of = by_variables if variables else by_attributes
    plan = of(acceptable, rejectable, producer, consumer, *([] if variables else [lot or 0]))
    curve = _curve(plan, acceptable, rejectable)
    lines = _said(plan, acceptable, rejectable)
    options = {"acceptable": acceptable, "rejectable": rejectable, "producer": producer, "consumer": consumer,
               "lot": lot, "variables": variables}  # fmt: skip
    marks = [(acceptable, 1 - producer), (rejectable, consumer)]
    return Answer(
        title=TITLE,
        said=" ".join(lines),
        text="\n".join(lines),
        data={"units": plan.n, "accepted_defects": None if variables else plan.c,
              "k": None if math.isnan(plan.k) else plan.k, "said": lines, "operating": records(curve)},
        record=record_of("sampling", TITLE, [], options),
        tables={"operating": Table(curve, "how often a lot passes, by its share of defects", None)},
        pictures={"operating": Picture(lambda: operating_picture(curve, marks), "how often a lot passes")},
    )  # fmt: skip


def _curve(plan: Plan, acceptable: float, rejectable: float) -> pd.DataFrame:
    if plan.lot:
        share = np.arange(min(plan.lot, int(3 * rejectable * plan.lot) + 1) + 1) / plan.lot
    else:
        share = np.unique(np.r_[np.linspace(0, min(1.0, 2.5 * rejectable), 101), acceptable, rejectable])
    passing = plan.passing(share)
    return pd.DataFrame({"share_of_defects": share, "passing": passing, "average_outgoing": share * passing})


def _defects(plan: Plan, share: float) -> str:
    """A share of defects; of a small lot the whole number of units that is nearest to it."""
    if not plan.lot:
        return f"{share:.2%} of defects"
    units = round(share * plan.lot)
    return f"{units} defects ({units / plan.lot:.2%}, the whole number next to {share:.2%})"


def _said(plan: Plan, acceptable: float, rejectable: float) -> list[str]:
    good, bad = plan.passing([acceptable, rejectable])
    if math.isnan(plan.k):
        of = f"of a lot of {plan.lot}" if plan.lot else "of a large lot"
        rule = f"test {plan.n} units {of}; accept it with {plan.c} defects or fewer"
    else:
        rule = (
            f"test {plan.n} units; accept the lot when the mean lies {plan.k:.3f} standard deviations inside the limit"
        )
    return [
        f"{rule}.",
        f"A lot with {_defects(plan, acceptable)} passes in {good:.1%}, one with {_defects(plan, rejectable)} in "
        f"{bad:.1%}.",
        "By computation, as the tables of ISO "
        + ("2859-1" if math.isnan(plan.k) else "3951-1")
        + " are; without their rules of switching between normal, tightened and reduced inspection.",
    ]
