"""A patient as wished: exactly the best of the whole pool, though only a part of it is run; the wish stays."""

import numpy as np
import pytest

import lobule as lb
from lobule.errors import InputError
from lobule.patient import wish
from lobule.patient.history import OUTPUTS, Histories
from lobule.patient.onset import people
from lobule.patient.variation import factors, variation

LABS = {"albumin": (30, 45), "inr": (1, 2), "bilirubin": (10, 60), "creatinine": (60, 90), "sodium": (132, 142),
        "platelets": (60, 200), "collagen_proportionate_area": (15, 25), "ascites": (0, 3)}  # fmt: skip


def made_up(ran, etiology, ids, seed=1):
    """Courses of patients whose figures are drawn by their number, in place of those of the liver."""
    ran.append(len(ids))
    draws = {i: np.random.default_rng(int(i)).random((len(LABS), 5)) for i in ids}
    values = {o: np.ones((len(ids), 5), np.float32) for o in OUTPUTS}
    for k, (name, (low, high)) in enumerate(LABS.items()):
        values[name] = np.array([low + (high - low) * draws[i][k] for i in ids], np.float32)
    return Histories(etiology, ids, np.arange(5.0), values, people(etiology, seed, ids))


@pytest.fixture
def ran(monkeypatch):
    """Numbers of patients that were run at once."""
    numbers = []
    monkeypatch.setattr(wish, "courses_of", lambda *given: made_up(numbers, *given))
    wish._part.cache_clear()
    yield numbers
    wish._part.cache_clear()


@pytest.mark.parametrize(
    "wishes", [{"meld": 14.0}, {"albumin": 36.0, "platelets": 120.0}, {"inr": 1.31, "sodium": 138.0}]
)
@pytest.mark.parametrize("stage", [None, "compensated", "decompensated"])
def test_the_patient_found_is_the_best_of_all_though_not_all_are_run(stage, wishes, ran):
    found = wish.fulfil("hbv", stage, wishes)
    assert sum(ran) < len(wish._order()[0]) or len(wishes) > 1  # what few meet may need all
    pool = wish._whole("hbv")
    closest, best = wish._closest(pool, wish._able(pool, stage), wishes)
    score = np.where(closest <= 1, closest + wish.ODDITY * pool.oddity, np.inf)
    row = int(np.argmin(score))
    assert found.years == pool.years[best[row]]
    assert found.varied == {name: float(v[0]) for name, v in people("hbv", wish.SEED, pool.ids[[row]]).items()}
    more = wish.fulfil("hbv", stage, wishes, others=5)
    assert (more.years, more.varied, len(more.others)) == (found.years, found.varied, 5)


@pytest.fixture
def dying(monkeypatch):
    """Made-up patients of whom hardly anybody lives to the last two visits."""

    def courses(*given):
        found = made_up([], *given)
        hazard = np.broadcast_to([0, 0.1, 0.5, 4, 9], (len(found), 5))
        found.values["cumulative_death_hazard"] = hazard.astype(np.float32)
        found.values["albumin"][:, :3] = 40
        found.values["albumin"][:, 3:] = 20
        return found

    monkeypatch.setattr(wish, "courses_of", courses)
    wish._part.cache_clear()
    yield
    wish._part.cache_clear()


def test_what_only_the_dead_have_is_refused_with_what_the_living_reach(dying):
    said = "no living virtual patient with hbv has albumin 20 g/L: it reaches 40 to 40 g/L"
    with pytest.raises(InputError, match=said):
        wish.fulfil("hbv", None, {"albumin": 20.0})


def test_a_patient_of_a_stage_is_the_middle_of_the_living(dying):
    pool = wish._whole("hbv")
    assert not wish._able(pool, None)[:, 3:].any()
    found = wish.fulfil("hbv", "decompensated", {}, others=wish.OTHERS)
    assert max(found.years, *(years for years, _ in found.others)) < 3


def test_of_patients_who_are_alike_the_one_who_lives_longer_is_the_more_usual(ran):
    pool = wish._part("hbv", 0, 2)
    pool.alive[0, 1], pool.alive[1, 1] = 0.9, 0.1
    early, late = pool.unusual(np.array([1, 1])) - pool.oddity
    assert 0 < early < late


def test_a_stage_that_nobody_of_an_age_can_have_is_refused_by_the_age(ran):
    with pytest.raises(InputError, match="no virtual patient with hbv is compensated at an age of -1") as told:
        wish.fulfil("hbv", "compensated", {"meld": 12.0}, age=-1.0)
    assert told.value.field == ("age",)


def test_who_is_too_odd_is_never_run(ran):
    with pytest.raises(InputError, match="it reaches"):
        wish.fulfil("hbv", "compensated", {"meld": 39.0})
    logs = np.log(np.array(list(factors(wish.SEED, wish._order()[0]).values())))
    assert (np.abs(logs) <= wish.ODDEST * np.array(list(variation().values()))[:, None]).all()
    assert sum(ran) == len(wish._order()[0])


def test_the_compensated_are_of_child_pugh_class_a(ran):
    pool = wish._whole("hbv")
    assert pool.figures["child_pugh"][wish._able(pool, "compensated")].max() <= 6


def test_the_wish_stays_in_the_record_and_its_others_come_when_they_are_asked_for(ran):
    patient = lb.Patient.like(etiology="hbv", stage="decompensated", meld=16, age=70, sex="f")
    record = patient.to_dict()
    assert (record["stage"], record["meld"], record["alternatives"]) == ("decompensated", 16, [])
    assert patient == lb.Patient("human", etiology="hbv", stage="decompensated", meld=16, age=70, sex="f")
    before = sum(ran)
    again = lb.Patient(**record)
    assert (again, sum(ran)) == (patient, before)
    assert len(patient.others()) == wish.OTHERS
    assert len(patient.to_dict()["alternatives"]) == wish.OTHERS
    assert all(other.meld == 16 and other != patient for other in patient.others())


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"etiology": "hbv"}, "a patient like whom"),
        ({"etiology": "hbv", "meld": 16, "agee": 3}, 'Did you mean "age"'),
        ({"etiology": "hbv", "meld": 16, "years": 5}, "years is found from stage, meld and wishes"),
        ({"etiology": "hbv", "meld": 16, "varied": {"hgf_clearance": 2}}, "varied is found from stage"),
    ],
)
def test_a_wish_that_says_too_little_or_too_much_is_refused(given, said):
    with pytest.raises(InputError, match=said):
        lb.Patient.like(**given)
