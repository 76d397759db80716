"""The calibrated ensemble belongs to a model; a band of another one says so."""

import json

import numpy as np
import pytest

import lobule as lb
from lobule.model.digest import digest
from lobule.simulation import ensemble

WORDS = "calibrated on another state of the model"


@pytest.fixture
def provenance(tmp_path):
    """Writes what an ensemble says of itself, with some fields changed, and gives the path."""

    def write(**changed):
        path = tmp_path / "provenance.json"
        path.write_text(json.dumps(ensemble.provenance() | changed), encoding="utf-8")
        return path

    return write


def test_an_ensemble_of_this_model_needs_no_note(provenance):
    assert ensemble.belongs(provenance(model=digest()))
    assert ensemble.notes(provenance(model=digest())) == []


@pytest.mark.parametrize("other", ["0123456789abcdef", None])
def test_an_ensemble_of_another_model_is_told_once_with_its_day(provenance, other):
    (note,) = ensemble.notes(provenance(model=other, written="2026-11-22"))
    assert WORDS in note
    assert "(of 2026-11-22)" in note and "`lobule calibrate`" in note


def test_an_ensemble_of_before_digests_is_another_models(provenance):
    path = provenance()
    kept = json.loads(path.read_text(encoding="utf-8"))
    kept.pop("model", None)
    kept.pop("written")
    path.write_text(json.dumps(kept), encoding="utf-8")
    assert "(of an unknown day)" in ensemble.notes(path)[0]


def a_run(**options):
    return lb.simulate(lb.Animal("mouse", injury="ccl4", weeks=1), lb.Plan("uc-msc-ev", "1e10 particle"), "2 d",
                       sample_every="1 d", **options)  # fmt: skip


def test_a_run_with_a_band_says_it_and_keeps_it_and_one_without_does_not(monkeypatch, tmp_path):
    monkeypatch.setattr(ensemble, "belongs", lambda path=None: False)
    run = a_run(uncertainty=3)
    assert [WORDS in note for note in run.notes()] == [False, True]
    assert a_run().notes() == []
    run.save(tmp_path / "out")
    monkeypatch.setattr(ensemble, "belongs", lambda path=None: True)
    assert lb.Run.open(tmp_path / "out").notes() == run.notes()  # what it was made with, not what is here now
    assert len(a_run(uncertainty=3).notes()) == 1


@pytest.mark.science
def test_the_shipped_ensemble_belongs_to_the_shipped_model():
    assert ensemble.belongs()


def test_what_the_transfer_to_people_leaves_open_widens_their_members_and_not_the_first():
    animals, people = ensemble.factors(), ensemble.factors(species="human")
    for name in animals:
        assert people[name][0] == animals[name][0]
        wider = np.log(people[name]).std() > np.log(animals[name]).std()
        assert wider if name in ensemble.POTENCIES else np.array_equal(people[name], animals[name])
