"""What therapy does in people: what lasts, what stays as it is without one, and that no lab gets worse by it."""

import numpy as np
import pytest

import lobule as lb
from lobule.validate.treated import run_courses

USUAL = {"cells": lb.Plan("uc-msc", "1e6 cell/kg", every="7 d", n=4)}
SMALL = {"a tenth": lb.Plan("uc-msc", "1e5 cell/kg", every="7 d", n=4)}
LARGE = {
    "ten times": lb.Plan("uc-msc", "1e7 cell/kg", every="7 d", n=4),
    "vesicles": lb.Plan("uc-msc-ev", "100 ug/kg", every="7 d", n=4),
}
CAUSES = {"hbv": 30, "hcv": 35, "alcohol": 12, "mash": 20, "autoimmune": 19, "pbc": 15, "psc": 14}
ALIVE = ("hepatocytes", "stressed_hepatocytes", "senescent_hepatocytes", "wounded_hepatocytes")
SICK = lb.Patient(etiology="hbv", years=35.6, treated_with=("antiviral",))


def followed(patient, plans, **sets):
    """Weeks of two years, with each plan and without."""
    times = patient.history_days + np.arange(0, 735, 7.0)
    return run_courses(dict.fromkeys(["untreated", *plans], patient), times, plans=plans, sets=sets)


@pytest.mark.science
@pytest.mark.parametrize("cause", CAUSES)
def test_no_therapy_raises_bilirubin_or_the_alt_of_the_liver_that_is_left_to_a_patient(cause):
    plans = USUAL | SMALL | LARGE
    c = followed(lb.Patient(etiology=cause, years=CAUSES[cause]), plans)
    mass = {name: sum(c(name, state) for state in ALIVE) for name in c.names}
    for name in plans:
        assert np.max(c(name, "bilirubin") / c("untreated", "bilirubin")) < 1.02
        alt = c(name, "alt") / c("untreated", "alt")
        # Who keeps more liver has more cells that can leak; far above the usual doses also more enzyme in each
        assert np.max(alt / (mass[name] / mass["untreated"])) < (1.15 if name in LARGE else 1.05)
        assert np.max(c(name, "alt")) / np.max(c("untreated", "alt")) < (1.15 if name in LARGE else 1.05)


@pytest.mark.science
def test_what_lasts_after_cells_is_mass_regained_and_scar_removed():
    c = followed(SICK, USUAL)
    gain = c("cells", "albumin") - c("untreated", "albumin")
    assert c("cells", "educated_share")[24] < 0.01  # nobody is left who could be a signal
    assert 0 < gain[4] < gain[12] < gain[24]
    assert gain[48] > gain[24] / 2
    for output in ("collagen_proportionate_area", "bilirubin", "inr"):
        assert c("cells", output)[24] < c("untreated", output)[24]


@pytest.mark.science
def test_an_untreated_patient_is_the_same_whatever_educated_macrophages_could_dissolve():
    faster = {"macrophage_dissolving_rate": 0.2, "educated_mmp_half": 0.3}
    c, other = followed(SICK, {}), followed(SICK, {}, untreated=faster)
    for output in ("albumin", "alt", "collagen_proportionate_area", "fenestration"):
        assert np.array_equal(c("untreated", output), other("untreated", output))


@pytest.mark.science
def test_septa_that_are_dissolved_leave_the_sinusoids_as_they_were_and_come_back():
    c = followed(SICK, USUAL)
    assert not c("untreated", "septa_dissolved").any()
    away = c("cells", "septa_dissolved")
    assert away[6] > 1 and away[-1] < 0.7 * away[6]
    opened = c("cells", "fenestration")[8] / c("untreated", "fenestration")[8]
    thinned = c("untreated", "collagen_fold")[8] / c("cells", "collagen_fold")[8]
    assert opened - 1 < (thinned - 1) / 3


@pytest.mark.science
def test_near_the_brink_shunts_that_stay_let_a_gain_fade_and_a_second_course_do_less_than_the_first():
    again = lb.Plan("uc-msc", "1e6 cell/kg", start="91 d", every="7 d", n=4)
    brink = lb.Patient(etiology="hbv", years=36.5, treated_with=("antiviral",))
    times = brink.history_days + np.arange(0, 1095, 7.0)
    plans = {"once": USUAL["cells"], "twice": [USUAL["cells"], again]}
    added, left = {}, {}
    for share in (0.0, 1.0):
        sets = {name: {"shunts_kept_share": share} for name in plans}
        c = run_courses(dict.fromkeys(["untreated", *plans], brink), times, plans=plans, sets=sets)
        once, twice = (c(name, "albumin") - c("untreated", "albumin") for name in plans)
        added[share], left[share] = (twice.max() - once.max()) / once.max(), once[130] / once.max()
    assert 0 < added[1.0] < 0.9
    assert left[1.0] < 0.5 < left[0.0]  # with shunts that close one course tips a patient into recovery


@pytest.mark.science
def test_shunts_stay_wider_than_the_pressure_that_is_left_by_a_therapy_would_hold_them():
    c, none, all_kept = (followed(SICK, USUAL, cells={"shunts_kept_share": share}) for share in (0.5, 0.0, 1.0))
    assert np.abs(c("untreated", "septal_relief")).max() < 1e-12
    weeks = slice(8, 30)
    for fewer, more in ((none, c), (c, all_kept)):
        assert np.all(fewer("cells", "portosystemic_shunt")[weeks] < more("cells", "portosystemic_shunt")[weeks])
    for output in ("hepatic_venous_pressure_gradient", "ascites"):
        assert np.all(c("cells", output)[weeks] < c("untreated", output)[weeks])
