"""The tissue as a whole: the well-mixed model where places are alike; facts of space: tests/validate/test_space.py."""

import numpy as np
import pytest

import lobule as lb
from lobule.errors import InputError
from lobule.tissue import Tissue, growing
from lobule.tissue.growing import Growing
from lobule.tissue.resume import resumed, to_bytes
from lobule.tissue.uptake import catching_of, caught
from lobule.tissue.zones import kupffer, of_species

pytestmark = pytest.mark.science
HEADLINES = ["collagen_proportionate_area", "living_hepatocytes", "alt", "albumin", "m2_m1_ratio"]
EXOSOMES = lb.Plan("uc-msc-ev", dose="1e10 particle", route="iv", start="1 d", every="2 d", n=2)
INJURED = {
    "CCl4": (lb.Animal("mouse", injury="ccl4", weeks=2), EXOSOMES),
    "acetaminophen": (lb.Animal("mouse", injury="acetaminophen"), None),
    "bile duct ligation": (lb.Animal("mouse", injury="bile_duct_ligation"), None),
}


@pytest.mark.parametrize("what", INJURED)
def test_a_sheet_whose_places_are_alike_is_the_well_mixed_liver(what):
    subject, plan = INJURED[what]
    tissue = Tissue(subject, plan, lobules=3, zoned=False)
    tissue.run("7 d", ["7 d"])
    mixed = lb.simulate(subject, plan, until="7 d", sample_every="1 d", outputs=HEADLINES)
    found = tissue.courses.set_index("day")
    for day in (1, 3, 7):
        for name in HEADLINES:
            expected = float(mixed[name].sel(time=day))
            assert found.loc[day, name] == pytest.approx(expected, rel=1e-3, abs=1e-6), (day, name)


def test_a_healthy_sheet_stays_healthy():
    tissue = Tissue(lb.Animal("mouse"), lobules=4)
    first, last = tissue.run("28 d", ["1 d", "28 d"])
    assert (last.hepatocytes == 0).mean() > 0.99
    for kind, place in first.others.items():
        assert len(last.others[kind]) == pytest.approx(len(place), rel=0.02, abs=3), kind
    assert tissue.read(last).metavir == "F0"


def preference(extraction, phagocytes):
    """Uptake of the portal third over that of the central one."""
    tissue = Tissue(lb.Animal("mouse"), lobules=6).growing
    fold = kupffer(tissue.downstream, of_species("mouse"))
    found = caught(tissue.blood, catching_of(fold, {"phagocyte_clearance_share": phagocytes}), extraction)
    weight = found * tissue.sheet.areas
    return weight[tissue.downstream < 1 / 3].sum() / weight[tissue.downstream > 2 / 3].sum()


def test_the_portal_third_takes_more_the_more_is_extracted_and_less_so_behind_a_shield_against_phagocytes():
    assert 1 < preference(0.1, 0.985) < preference(0.5, 0.985) < preference(0.9, 0.985)
    assert preference(0.1, 0.2) < preference(0.1, 0.985)


def test_vesicles_lie_where_blood_comes_first():
    tissue = Tissue(lb.Animal("mouse"), EXOSOMES, lobules=4)
    frame = tissue.run("1.5 d", ["1.5 d"])[0]
    taken = tissue.zones(frame).set_index("zone")["ev_in_macrophages_share"]
    assert taken.sum() == pytest.approx(1.0)
    assert taken["portal"] > 1.2 * taken["central"]


def test_a_run_that_was_stopped_goes_on_with_the_same_bits():
    def new():
        return Growing(lb.Animal("mouse", injury="ccl4", weeks=1), EXOSOMES, 3)

    def lived(tissue, until):
        for day in tissue.windows(until):
            if day > tissue.lanes.day + 1e-9:
                tissue.window(day)

    whole, half, other = new(), new(), new()
    lived(whole, 3.0)
    lived(half, 1.5)
    resumed(other, to_bytes(half, []))
    lived(other, 3.0)
    assert other.courses == whole.courses
    assert np.array_equal(other.held.hepatocytes, whole.held.hepatocytes)
    assert np.array_equal(other.held.strands.amount, whole.held.strands.amount)
    assert all(np.array_equal(other.held.cells[kind].place, some.place) for kind, some in whole.held.cells.items())


def lived_at_pace(tissue, until, stops=(), longest=growing.LONGEST):
    """Ends of the windows, none longer than asked for."""
    ends = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(growing, "LONGEST", longest)
        for day in tissue.windows(until, stops):
            tissue.window(day)
            ends.append(day)
    return np.array(ends)


def test_windows_are_long_while_nothing_changes_and_short_again_when_something_happens():
    plan = lb.Plan("uc-msc-ev", dose="1e10 particle", route="iv", start="40 d")
    tissue = Growing(lb.Animal("mouse"), plan, 3)
    ends = lived_at_pace(tissue, 41.0, [3.3, 40.0])
    assert np.diff(ends[ends < 38]).max() >= 8
    assert np.isclose(ends, 3.3).any() and np.isclose(ends, 40.0).any()
    after = np.diff(ends[ends >= 40.0 - 1e-9])
    assert after[0] == pytest.approx(1 / 1440) and after.max() <= growing.STEP
    assert ends[-1] == 41.0


def test_long_windows_give_what_short_ones_give_within_a_few_percent():
    chronic = lb.Patient(etiology="hbv", years=0.1)
    short, long = Growing(chronic, None, 3), Growing(chronic, None, 3)
    many, few = lived_at_pace(short, 0.5, longest=growing.STEP), lived_at_pace(long, 0.5)
    assert len(few) < len(many) / 3
    for name in HEADLINES:
        expected = short.parts.mean(short.held.outputs[name])
        assert long.parts.mean(long.held.outputs[name]) == pytest.approx(expected, rel=0.02), name
    for name in ("collagen_proportionate_area", "living_hepatocytes", "macrophage_fold"):
        for third in (short.parts.downstream < 1 / 3, short.parts.downstream > 2 / 3):
            of_short, of_long = (one.held.outputs[name][third].mean() for one in (short, long))
            assert of_long == pytest.approx(of_short, rel=0.05), name


def test_the_disease_before_the_run_is_lived_in_windows_and_alike_places_are_the_well_mixed_patient():
    chronic = lb.Patient(etiology="hbv", years=0.2)
    tissue = Growing(chronic, None, 3, zoned=False)
    ends = lived_at_pace(tissue, 1.0)
    assert (ends < chronic.history_days).sum() > 10
    mixed = lb.simulate(chronic, None, until="1 d", sample_every="1 d", outputs=HEADLINES)
    for name in HEADLINES:
        expected = float(mixed[name].sel(time=1))
        assert tissue.courses[-1][name] == pytest.approx(expected, rel=2e-3, abs=1e-6), name


def test_another_seed_is_another_sheet_with_the_same_liver():
    first, other = (Tissue(lb.Animal("mouse", injury="ccl4"), lobules=6, seed=seed) for seed in (1, 2))
    first.run("2 d", ["2 d"])
    other.run("2 d", ["2 d"])
    assert not np.array_equal(first.sheet.places, other.sheet.places)
    last = [tissue.courses.iloc[-1] for tissue in (first, other)]
    assert last[0]["living_hepatocytes"] == pytest.approx(last[1]["living_hepatocytes"], rel=0.02)


def test_pictures_beyond_the_end_are_refused():
    with pytest.raises(InputError, match="until 2 d"):
        Tissue(lb.Animal("mouse"), lobules=3).run("2 d", ["3 d"])


def test_an_unknown_stain_is_told():
    tissue = Tissue(lb.Animal("mouse"), lobules=3)
    frame = tissue.run("0.25 d", ["0.25 d"])[0]
    with pytest.raises(InputError, match="sirius_red"):
        tissue.picture(frame, "sirius")
