"""What a clinic derives from outputs of the model: MELD, MELD-Na, Child-Pugh points and the stage of the disease."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from lobule.labs import to_clinic
from lobule.scores.allocation import half_up, meld_na, meld_unrounded
from lobule.scores.failure import clif_organ_failure
from lobule.scores.function import child_pugh_points

CIRRHOSIS = 14.0  # % collagen area: Ishak 5 (P080)
MILD_ASCITES, MODERATE_ASCITES = 0.5, 2.0  # litres; assumed: seen by ultrasound, and tense enough to treat
NEEDED = ("albumin", "inr", "bilirubin", "creatinine", "sodium", "ascites", "encephalopathy_grade",
          "collagen_proportionate_area")  # outputs of the model  # fmt: skip
OF_ORGANS = ("bilirubin", "inr", "creatinine", "encephalopathy_grade", "failing_circulation", "failing_lungs")
PRESSOR, VENTILATOR = 0.45, 0.27  # of failing circulation and lungs, from which they are supported; assumed
ENOUGH_PRESSURE, ENOUGH_OXYGEN = 80.0, 400.0  # mmHg and PaO2/FiO2 of who needs no support


def child_pugh_of(v: Mapping[str, NDArray[np.float64]]) -> NDArray[np.float64]:
    """Child-Pugh points of labs in the model's units, ascites in litres, encephalopathy as the model has it."""
    steps = 0.0 + (v["ascites"] >= MILD_ASCITES) + (v["ascites"] >= MODERATE_ASCITES)
    fluid = np.where(np.isnan(v["ascites"]), np.nan, steps)
    bilirubin, albumin = to_clinic("bilirubin", v["bilirubin"]), to_clinic("albumin", v["albumin"])
    grade = half_up(v["encephalopathy_grade"])
    return child_pugh_points(bilirubin, albumin, v["inr"], fluid, grade)["points"]


def clinical(values: Mapping[str, NDArray[np.floating]]) -> dict[str, NDArray[np.float64]]:
    """What a clinic derives from the labs: MELD, MELD-Na, Child-Pugh points, stage.

    Stage is 0 before cirrhosis, 1 compensated, 2 decompensated (more than mild ascites, or overt encephalopathy).
    """
    v = {name: np.asarray(value, float) for name, value in values.items()}
    bilirubin, creatinine = to_clinic("bilirubin", v["bilirubin"]), to_clinic("creatinine", v["creatinine"])
    grade = half_up(v["encephalopathy_grade"])
    scarred = v["collagen_proportionate_area"] >= CIRRHOSIS
    wet = (v["ascites"] >= 2 * MILD_ASCITES) | (grade >= 2)
    return {
        "meld": meld_unrounded(bilirubin, v["inr"], creatinine),
        "meld_na": meld_na(bilirubin, v["inr"], creatinine, v["sodium"]),
        "child_pugh": child_pugh_of(v),
        "stage": np.where(wet, 2.0, np.where(scarred, 1.0, 0.0)),
    }


def organ_failures_of(values: Mapping[str, NDArray[np.floating]]) -> dict[str, NDArray[np.float64]]:
    """Organs that fail by the rules of CLIF-C, from outputs of the model: points of each, "failures", and "grade" of
    acute-on-chronic liver failure, 0 to 3.

    values : those of `OF_ORGANS`, in the model's units
    """
    v = {name: np.asarray(values[name], float) for name in OF_ORGANS}
    bilirubin, creatinine = to_clinic("bilirubin", v["bilirubin"]), to_clinic("creatinine", v["creatinine"])
    return clif_organ_failure(
        bilirubin, creatinine, half_up(v["encephalopathy_grade"]), v["inr"],
        np.full_like(v["inr"], ENOUGH_PRESSURE), pf_ratio=ENOUGH_OXYGEN,
        vasopressor=v["failing_circulation"] >= PRESSOR, ventilated=v["failing_lungs"] >= VENTILATOR,
    )  # fmt: skip
