"""What a product is worth is how far it educates a macrophage: it shows at any dose, on the plateau too."""

import numpy as np
import pytest

from lobule.patient import Animal
from lobule.simulation.courses import run_courses
from lobule.therapy import Plan

MOUSE = Animal("mouse", injury="ccl4", weeks=4)
DAYS = np.arange(0.0, 29.0)
PLATEAU = "1e11 particle"


def weekly(product="uc-msc-ev", dose=PLATEAU):
    return Plan(product, dose, start="7 d", every="7 d", n=3)


@pytest.fixture(scope="module")
def courses():
    plans = {"native": weekly(), "miR-122": weekly("mir-122-loaded-ev"), "without": weekly(), "strong": weekly(),
             "counted": weekly(), "counted without": weekly()}  # fmt: skip
    lost = {"mir_223_copies_per_particle": 0.0}
    sets = {"without": lost, "strong": {"product_strength": 1.3}, "counted": {"as_published": 0.0},
            "counted without": {"as_published": 0.0, **lost}}  # fmt: skip
    return run_courses(dict.fromkeys(("untreated", *plans), MOUSE), DAYS, plans=plans, sets=sets)


def effect(courses, name, output):
    return np.log(courses.at(name, output, 28) / courses.at("untreated", output, 28))


@pytest.mark.science
@pytest.mark.parametrize("output", ["collagen_proportionate_area", "il_1_beta", "educated_share"])
def test_what_lacks_a_component_does_less_and_what_has_more_does_more_on_the_plateau(courses, output):
    if output == "educated_share":
        native, without, strong = (courses.at(n, output, 28) for n in ("native", "without", "strong"))
    else:
        native, without, strong = (-effect(courses, n, output) for n in ("native", "without", "strong"))
    assert without < 0.95 * native < native < strong


@pytest.mark.science
def test_a_load_that_is_many_times_the_native_copies_adds_to_the_effect(courses):
    assert courses.at("miR-122", "educated_share", 28) > 1.05 * courses.at("native", "educated_share", 28)


@pytest.mark.science
def test_as_counted_a_lost_mirna_changes_nothing_that_could_be_measured(courses):
    assert courses.at("counted without", "educated_share", 28) == pytest.approx(
        courses.at("counted", "educated_share", 28), rel=1e-3
    )
