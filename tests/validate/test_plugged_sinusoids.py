"""Cells that lodge in a liver: a whole one does not feel them, what a resection leaves of it does."""

import numpy as np
import pytest

import lobule as lb
from lobule.validate.treated import run_courses

RESECTED = lb.Animal("rat", injury="partial_hepatectomy", injury_dose="90 %")
FREE = lb.Plan("bm-msc", dose="2e7 cell", route="intrasplenic")


@pytest.mark.science
def test_free_cells_plug_a_remnant_and_cells_in_a_capsule_do_not():
    plans = {"free": FREE, "capsule": lb.Plan("encapsulated-bm-msc", dose="2e7 cell", route="intraperitoneal")}
    times = np.arange(0, 5, 0.05)
    c = run_courses(dict.fromkeys(["untreated", *plans], RESECTED), times, plans=plans)
    flow = {name: c(name, "sinusoidal_perfusion") / c("untreated", "sinusoidal_perfusion") for name in c.names}
    assert flow["free"].min() < 0.5
    assert flow["capsule"].min() > 0.99
    assert flow["free"][-1] > 0.99  # they are dead within days


@pytest.mark.science
@pytest.mark.parametrize(
    ("subject", "plan"),
    [
        (lb.Animal("rat", injury="thioacetamide", weeks=12), lb.Plan("bm-msc", dose="2e6 cell", route="intrahepatic")),
        (lb.Animal("mouse", injury="ccl4", weeks=8), lb.Plan("uc-msc", dose="1e6 cell")),
        (lb.Patient(etiology="alcohol", years=16), lb.Plan("autologous-bm-msc", "5e7 cell", route="hepatic artery")),
    ],
)
def test_a_whole_liver_does_not_feel_a_usual_dose_in_its_sinusoids(subject, plan):
    start = getattr(subject, "history_days", 0)
    c = run_courses({"untreated": subject, "cells": subject}, start + np.arange(0, 3, 0.05), plans={"cells": plan})
    assert np.all(c("cells", "sinusoidal_perfusion") > 0.99 * c("untreated", "sinusoidal_perfusion"))
