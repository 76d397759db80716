"""What a tracer study sees: a label on vesicles or cells, not the vesicles or cells themselves.

A label can come off before or after its carrier is eaten, stay where the carrier was digested, and circulate on its
own. Equations (all first order): digested carriers leave their label in the organ, which loses it to blood at
`release_rate`; free label in blood is lost at `free_loss_rate`; a share is free from the beginning.
Sources: half-lives by label pk-K053 to pk-K058, kinetics.md section 1; the design decision kinetics.md section 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from lobule.arguments import a_text, checking, number, one_of
from lobule.errors import InputError
from lobule.model.parameters import values_for
from lobule.simulation.courses import run_courses
from lobule.simulation.subject import Subject, a_subject
from lobule.therapy import Plan
from lobule.therapy.plan import a_plan

if TYPE_CHECKING:
    import pandas as pd

DENSE = np.concatenate([[0.0], np.geomspace(1e-5, 1.0, 400)])  # days after a dose
ORGANS = {
    "vesicles": {
        "plasma": ("ev_in_plasma",),
        "liver": ("ev_in_liver",),
        "lung": ("ev_in_lung",),
        "spleen": ("ev_in_spleen",),
        "kidney": ("ev_in_kidney",),
        "elsewhere": ("ev_elsewhere", "ev_in_peritoneum", "ev_in_hydrogel", "ev_under_skin"),
    },
    "cells": {
        "plasma": ("msc_in_blood",),
        "liver": ("msc_in_liver", "msc_debris_in_liver"),
        "lung": ("msc_in_lung", "msc_debris_in_lung"),
        "spleen": ("msc_in_spleen", "msc_debris_in_spleen"),
        "elsewhere": ("msc_elsewhere", "msc_in_depot"),
    },
}
# Vesicles that are being digested, and leave their label behind
DIGESTING = {
    "liver": ("ev_in_macrophages", "ev_in_endothelium", "ev_in_hepatocytes", "ev_in_stellate_cells"),
    "lung": ("ev_in_lung",),
    "spleen": ("ev_in_spleen",),
    "kidney": ("ev_in_kidney",),
    "elsewhere": ("ev_elsewhere",),
}
LIVING = {organ: names[:1] for organ, names in ORGANS["cells"].items()}


@dataclass(frozen=True)
class Label:
    """free_share : of the label that is on no carrier when it is given; release_rate : from digested carriers to blood,
    1/d; free_loss_rate : of free label from blood, 1/d"""

    title: str
    free_share: float
    release_rate: float
    free_loss_rate: float
    source: str
    grade: str


LABELS = {
    "intact": Label("the vesicles themselves, or a label that dies with them", 0.0, np.inf, np.inf, "", "derived"),
    "luciferase": Label("luciferase on the membrane", 0.02, np.inf, 24.0, "pk-K059 pk-K061", "assumed"),
    "dye": Label("lipophilic dye", 0.25, 0.3, 3.3, "pk-K053 pk-K054 pk-K055", "calibrated"),
    "iodine": Label("radio-iodine", 0.05, 5.0, 7.0, "pk-K058", "calibrated"),
    "cargo RNA": Label("labelled RNA inside", 0.02, 0.5, 500.0, "bio-C017", "assumed"),
    "indium": Label("a residualising metal (111In, 89Zr) on vesicles or cells", 0.02, 0.03, 10.0, "pk-K066", "assumed"),
    "viable cells": Label("living cells only", 0.0, np.inf, np.inf, "pk-K091", "derived"),
}


@checking(subject=a_subject, plan=a_plan, label=a_text)
def biodistribution(
    subject: Subject, plan: Plan, label: str, hours: tuple[float, ...] = (0.1, 1, 4, 24, 72)
) -> pd.DataFrame:
    """Share of a single dose that a tracer study finds in each organ.

    Parameters
    ----------
    subject, plan : one dose of vesicles or cells
    label : a key of LABELS
    hours : times after the dose

    Returns
    -------
    DataFrame, one row an organ: organ, and a column each hour with the share of the dose; the last row, "lost or
    excreted", closes the balance to 1.

    Raises
    ------
    InputError : unknown label, a label that does not fit the product, more than one dose, medium.
    """
    import pandas as pd

    one_of(label, "label", LABELS)
    if plan.kind not in ORGANS:
        raise InputError("a tracer study follows vesicles or cells, not conditioned medium")
    if plan.n != 1:
        raise InputError(f"a tracer study follows one dose, not {plan.n}")
    if (label == "viable cells") != (plan.kind == "cells") and label not in ("indium", "dye"):
        raise InputError(f'the label "{label}" does not fit {plan.kind}; labels of cells: viable cells, indium, dye')
    if not isinstance(hours, (list, tuple)) or not hours:
        raise InputError("hours is a list of times after the dose, above 0", ["hours"])
    hours = tuple(number(hour, "hours", 0, 24 * 365, above=True) for hour in hours)
    begin = plan.times()[0]
    after = np.unique(np.concatenate([DENSE, np.arange(1, max(hours) / 24 + 0.02, 0.01), np.array(hours) / 24]))
    after = after[after <= max(hours) / 24 + 1e-12]
    courses = run_courses({"a": subject}, subject.history_days + begin + after, plans={"a": plan}, rtol=1e-6)
    dose = plan.amount(subject.body_weight_g).value / 1e9
    organs = LIVING if label == "viable cells" else ORGANS[plan.kind]
    carriers = {organ: np.sum([courses("a", name) for name in names], axis=0) / dose for organ, names in organs.items()}
    digesting = {
        organ: np.sum([courses("a", name) for name in names], axis=0) / dose
        for organ, names in (DIGESTING.items() if plan.kind == "vesicles" else ())
    }
    seen = _seen(after, carriers, digesting, LABELS[label])
    rows = {organ: [float(np.interp(hour / 24, after, course)) for hour in hours] for organ, course in seen.items()}
    rows["lost or excreted"] = [1 - sum(values) for values in zip(*rows.values(), strict=True)]
    columns = [f"{hour:g} h" for hour in hours]
    return pd.DataFrame([[organ, *values] for organ, values in rows.items()], columns=["organ", *columns])


def _seen(
    times: NDArray[np.float64],
    carriers: dict[str, NDArray[np.float64]],
    digesting: dict[str, NDArray[np.float64]],
    label: Label,
) -> dict[str, NDArray[np.float64]]:
    """Label by organ: on carriers, left by digested ones, and free in blood."""
    bound = 1 - label.free_share
    found = {organ: bound * course for organ, course in carriers.items()}
    free = np.zeros_like(times)
    flux = np.zeros_like(times)
    if np.isfinite(label.release_rate):
        rate = values_for("mouse")["ev_degradation_rate"]
        for organ, course in digesting.items():
            left = _lagged(times, bound * rate * course, label.release_rate)
            found[organ] = found[organ] + left
            flux = flux + label.release_rate * left
    if np.isfinite(label.free_loss_rate):
        free = label.free_share * np.exp(-label.free_loss_rate * times) + _lagged(times, flux, label.free_loss_rate)
        free[0] = label.free_share
    found["plasma"] = found["plasma"] + free
    return found


def _lagged(times: NDArray[np.float64], inflow: NDArray[np.float64], rate: float) -> NDArray[np.float64]:
    """Solution of x' = inflow - rate x from 0, exact for an inflow that is linear between the times."""
    x = np.zeros_like(times)
    for i in range(1, len(times)):
        h = times[i] - times[i - 1]
        a, b = inflow[i - 1], (inflow[i] - inflow[i - 1]) / h
        decay = np.exp(-rate * h)
        particular = a / rate - b / rate**2
        x[i] = x[i - 1] * decay + (particular + b * h / rate) - particular * decay
    return x
