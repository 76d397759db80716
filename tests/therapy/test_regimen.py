"""Plans of several parts, standard care, conditions, and what is refused."""

import numpy as np
import pytest

import lobule as lb
from lobule.errors import InputError
from lobule.therapy import Regimen, cares

MOUSE = lb.Animal("mouse", injury="ccl4", weeks=3)
EV = lb.Plan("uc-msc-ev", dose="1e10 particle", start="7 d", every="7 d", n=2)
CELLS = lb.Plan("uc-msc", dose="1e6 cell", start="7 d")


def last(run, output):
    return float(run.data[output][-1])


def test_cells_and_vesicles_together_do_more_than_either_and_less_than_the_sum():
    """Fact T14."""
    effect = []
    for plan in (EV, CELLS, [EV, CELLS]):
        run = lb.simulate(MOUSE, plan, until="24 d")
        effect.append(
            1 - last(run, "collagen_proportionate_area") / float(run.control["collagen_proportionate_area"][-1])
        )
    assert max(effect[:2]) < effect[2] < effect[0] + effect[1]


def test_care_beside_a_product_begins_and_ends():
    patient = lb.Patient(etiology="alcohol", years=12)
    plan = [lb.Care("beta-blocker", start="30 d", until="60 d")]
    run = lb.simulate(patient, plan, until="120 d", sample_every="1 d")
    gap = run.data["hepatic_venous_pressure_gradient"] - run.control["hepatic_venous_pressure_gradient"]
    assert float(gap[30]) == pytest.approx(0, abs=1e-6)
    assert float(gap[60]) < -0.05
    assert abs(float(gap[-1])) < abs(float(gap[60]))


def test_a_dose_on_condition_is_given_only_when_it_holds():
    plan = lb.Plan("uc-msc-ev", dose="1e10 particle", start="1 d", every="1 d", n=12, when="alt > 200 U/L")
    mouse = lb.Animal("mouse", injury="ccl4", injury_dose="1 mL/kg")
    run = lb.simulate(mouse, plan, until="14 d", sample_every="1 d")
    given = run.record["plan"][0]["given_at_d"]
    high = [float(t) for t, alt in zip(run.data.time, run.data["alt"], strict=True) if alt > 200 and 1 <= t <= 12]
    assert given == high
    assert 0 < len(given) < 12


def test_a_condition_that_never_holds_means_no_dose():
    plan = lb.Plan("uc-msc-ev", dose="1e10 particle", start="1 d", when="alt > 1e6 U/L")
    run = lb.simulate(lb.Animal("mouse"), plan, until="3 d")
    assert run.record["plan"][0]["given_at_d"] == []
    np.testing.assert_array_equal(run.data["alt"], run.control["alt"])


def test_an_infusion_ends_where_a_bolus_does():
    mouse = lb.Animal("mouse")
    slow, fast = (lb.simulate(mouse, lb.Plan("uc-msc", dose="1e6 cell", over=over), until="2 d", sample_every="1 h")
                  for over in ("4 h", None))  # fmt: skip
    assert float(slow["lung_plugs"].max()) < 0.8 * float(fast["lung_plugs"].max())
    states = [n for n in slow.data.data_vars if str(n).startswith(("msc_in_", "msc_debris"))]
    states += ["msc_elsewhere", "msc_cleared", "hepatocyte_like_cells"]
    total = [sum(last(run, n) for n in states) for run in (slow, fast)]
    assert total[0] == pytest.approx(1e-3, rel=1e-5)
    assert total[1] == pytest.approx(1e-3, rel=1e-5)


def test_loading_and_maintenance_are_two_parts():
    parts = [EV, lb.Plan("uc-msc-ev", dose="1e9 particle", start="21 d", every="14 d", n=2)]
    run = lb.simulate(MOUSE, parts, until="40 d")
    assert run.record["dose_times_d"] == [7.0, 14.0, 21.0, 35.0]


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ([lb.Care("lactulose"), lb.Care("lactulose", start="9 d")], "lactulose is given twice"),
        ([EV, "abstinence"], "a plan is a Plan, a Care or a list of them"),
    ],
)
def test_contradictory_parts_are_refused(parts, message):
    with pytest.raises(InputError, match=message):
        lb.simulate(MOUSE, parts, until="24 d")


def test_intrasplenic_needs_a_spleen():
    plan = lb.Plan("uc-msc", dose="1e6 cell", route="intrasplenic")
    with pytest.raises(InputError, match="no spleen"):
        Regimen.of(plan, lb.Animal("mouse", without_spleen=True))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"care": "lactulos"}, 'Did you mean "lactulose"'),
        ({"care": "lactulose", "start": "9 d", "until": "3 d"}, "not after its start"),
        ({"care": "abstinence", "until": "30 d"}, "for good"),
    ],
)
def test_wrong_care_is_refused(arguments, message):
    with pytest.raises(InputError, match=message):
        lb.Care(**arguments)


@pytest.mark.parametrize("name", cares())
def test_care_says_where_it_comes_from(name):
    assert cares()[name].source or cares()[name].grade == "assumed"


def test_a_patient_does_not_take_the_same_care_twice():
    patient = lb.Patient(etiology="hbv", years=5, treated_with=("antiviral",))
    with pytest.raises(InputError, match="antiviral is given twice"):
        lb.simulate(patient, lb.Care("antiviral"), until="30 d")
