"""The crowd: bits in any company, own times, one order of constants, doses decided member by member."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import lobule as lb
from lobule import engine
from lobule.engine.events import EVERYONE, Event, infusion
from lobule.simulation.crowd import Crowd
from lobule.simulation.experiment import Experiment
from lobule.simulation.treatment import Treatment, scaled
from lobule.therapy import Regimen

# The names that plans and conditions know, and nothing of a liver.
TOY = engine.compile("""model toy; ev_in_plasma = 0; alt = 50; msc_in_blood = 0; msc_debris_in_lung = 0;
    ev_in_plasma' = -loss*ev_in_plasma; alt' = rise - alt*(fall + 0.02*ev_in_plasma) + msc_in_blood;
    msc_in_blood' = -msc_in_blood; msc_debris_in_lung' = 0;
    loss = 1.5; rise = 100; fall = 0.7; end""")
USUAL = {"loss": 1.5, "rise": 100.0, "fall": 0.7}
MOUSE = lb.Animal("mouse")
END = 9.0


def plan(**changes):
    return lb.Plan(
        **({"product": "uc-msc-ev", "dose": "1e10 particle", "start": "1 d", "every": "1 d", "n": 4} | changes)
    )


def treatment(**changes):
    return Treatment.of(Regimen.of(plan(**changes), MOUSE), 0.0)


@st.composite
def members(draw):
    """Arguments of `add_lanes` for one member."""
    number = st.floats(0.2, 3.0)
    days = [day / 10 for day in draw(st.lists(st.integers(1, 89), min_size=1, max_size=4, unique=True))]
    events = [Event(EVERYONE, draw(st.integers(0, 80)) / 10, "alt", "add", 20.0)] * draw(st.integers(0, 1))
    events += infusion("msc_in_blood", 3.0, 2.0, 1.5) * draw(st.integers(0, 1))
    given_ = [None, {}, {"when": "alt > 120 U/L"}, {"when": "alt < 90 U/L", "over": "2 h"}]
    changes = draw(st.sampled_from(given_))
    return {
        "times": sorted(days), "constants": {name: value * draw(number) for name, value in USUAL.items()},
        "events": events, "changes": changes,
    }  # fmt: skip


def solved(wanted):
    crowd = Crowd(TOY)
    groups = [
        crowd.add_lanes(1, m["times"], m["constants"], events=m["events"],
                        treatments=[] if m["changes"] is None else [treatment(**m["changes"])])
        for m in wanted
    ]  # fmt: skip
    courses = crowd.solve(["alt", "ev_in_plasma"], until=END)
    return [courses.all_values(group)[0, :, :2] for group in groups]


@settings(max_examples=15)
@given(st.lists(members(), min_size=2, max_size=5), st.randoms(use_true_random=False))
def test_a_member_has_the_same_bits_in_any_company_and_any_order(wanted, random):
    together = solved(wanted)
    order = list(range(len(wanted)))
    random.shuffle(order)
    for place, values in zip(order, solved([wanted[i] for i in order]), strict=True):
        assert np.array_equal(values, together[place])
    for member, values in zip(wanted, together, strict=True):
        assert np.array_equal(solved([member])[0], values)


def test_the_liver_has_the_same_bits_beside_another_species_and_an_infusion():
    mouse, cells = lb.Animal("mouse", injury="ccl4"), lb.Plan("uc-msc", "1e6 cell", over="2 h")

    def alt(*others):
        crowd = Crowd()
        one = crowd.add(mouse, [1.0, 2.0])
        for other, plan_ in others:
            crowd.add(other, [0.5, 1.5], plan_)
        return crowd.solve(["alt"], until=3.0).values(one, "alt")

    assert np.array_equal(alt(), alt((lb.Animal("rat"), cells), (lb.Patient(), None)))


def test_each_is_read_at_its_own_times():
    crowd = Crowd(TOY)
    three = crowd.add_lanes(3, [[1.0, 2.0], [1.5, 3.0], [1.0, 9.0]], USUAL | {"rise": np.array([90.0, 100.0, 110.0])})
    one = crowd.add_lanes(1, [4.0], USUAL)
    found = crowd.solve(["alt"], 1e-8)
    assert found.values(three, "alt").shape == (3, 2)
    at = np.array([[1.0, 2.0], [1.5, 3.0], [1.0, 9.0]])
    rest = np.array([90.0, 100.0, 110.0])[:, None] / 0.7
    assert found.values(three, "alt") == pytest.approx(rest + (50 - rest) * np.exp(-0.7 * at), rel=1e-6)
    assert found.values(one, "alt")[0, 0] == pytest.approx(100 / 0.7 + (50 - 100 / 0.7) * np.exp(-2.8), rel=1e-6)


def test_one_group_of_lanes_is_as_many_groups_of_one():
    rises = np.array([80.0, 100.0, 120.0])
    together, apart = Crowd(TOY), Crowd(TOY)
    all_three = together.add_lanes(3, [2.0, 5.0], USUAL | {"rise": rises}, treatments=[treatment(when="alt > 100 U/L")])
    for rise in rises:
        apart.add_lanes(1, [2.0, 5.0], USUAL | {"rise": rise}, treatments=[treatment(when="alt > 100 U/L")])
    alone = apart.solve(["alt"])
    assert np.array_equal(
        together.solve(["alt"]).values(all_three, "alt"),
        np.concatenate([alone.values(group, "alt") for group in apart.groups]),
    )


def test_factors_of_members_come_last_on_what_product_and_experiment_set(monkeypatch):
    usual = lb.Plan("uc-msc-ev", "1e10 particle")
    own = type(usual.product).parameters
    monkeypatch.setattr(type(usual.product), "parameters", lambda self: own(self) | {"education_rate": 5.0})
    mouse = lb.Animal("mouse", varied={"education_rate": 2.0})
    crowd = Crowd(experiment=Experiment.of((), scale={"education_rate": 3.0}))
    group = crowd.add(mouse, [1.0], usual, n=2, factors=[{"education_rate": np.array([1.0, 0.5])}])
    assert group.constants["education_rate"].tolist() == [15.0, 7.5]


def test_a_product_that_sets_a_free_parameter_means_the_same_in_band_fit_trial_and_validation(monkeypatch):
    """Every builder hands over the product's value times the member's factor."""
    from types import SimpleNamespace

    from lobule.forecast.plans import forecast
    from lobule.simulation import ensemble, uncertainty
    from lobule.simulation.twins import Twins
    from lobule.studies import predict_people
    from lobule.trial import runs

    free = next(iter(ensemble.factors(1)))

    class Seen(Exception):
        pass

    def seen(self, *_, **__):
        raise Seen(self.groups[0].constants[free])

    cells = lb.Plan("uc-msc", "1e6 cell/kg")
    own = type(cells.product).parameters
    monkeypatch.setattr(type(cells.product), "parameters", lambda self: own(self) | {free: 5.0})
    monkeypatch.setattr(Crowd, "solve", seen)
    monkeypatch.setattr(predict_people, "_patients", lambda *_: (np.array([20.0, 21.0, 22.0]), np.arange(3), [{}] * 3))
    factors = ensemble.factors(3, species="human")
    wanted = 5.0 * factors[free]
    patient = lb.Patient(etiology="hbv", years=20)
    twins = Twins(patient, Regimen.of(cells, patient), Experiment.of(()), np.array([0.0, 1.0]))

    def captured(call):
        with pytest.raises(Seen) as found:
            call()
        return found.value.args[0]

    band = captured(lambda: uncertainty.band(patient, twins, Experiment.of(()), 3))
    assert np.array_equal(band, wanted)
    arm = SimpleNamespace(etiology="hbv", stage="decompensated", cares=(), plan=cells, days=28.0, strength=1.0,
                          reading="published")  # fmt: skip
    assert np.array_equal(captured(lambda: predict_people.predicted(arm, factors)), wanted)
    fit = SimpleNamespace(etiology="hbv", years=np.array([20.0, 21.0]), varied={}, course=SimpleNamespace(days=[0.0]),
                          care=None, begun=None)  # fmt: skip
    monkeypatch.setattr("lobule.forecast.plans.UNTREATED", "cells")
    drawn = np.random.default_rng(1).integers(0, ensemble.size(), 2)
    every = ensemble.factors(species="human")[free][drawn]
    assert np.array_equal(captured(lambda: forecast(fit, {"cells": cells})), 5.0 * every)
    unit = SimpleNamespace(
        parameters={}, states={}, factors={free: 0.5}, etiologies=("hbv",), first=0, adherence=1.0, seed=1,
        days=np.array([0.0, 1.0]), cares=("",), reading="published",
    )  # fmt: skip
    assert captured(lambda: runs._solved(unit, [cells], np.array([0]), {})) == 2.5


def test_doses_are_decided_by_each_member_from_its_own_course():
    crowd = Crowd(TOY)
    rises = [60.0, 100.0, 300.0]
    group = crowd.add_lanes(
        3, [END], USUAL | {"rise": np.array(rises)}, treatments=[treatment(n=6, when="alt > 110 U/L")]
    )
    crowd.solve(["alt"], 1e-8)
    given_ = [one.given[0] for one in group.treatments]
    assert given_[0] == []
    assert 0 < len(given_[1]) < 6
    assert given_[2] == [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]
    again = Crowd(TOY)
    as_given = [Treatment.of(Regimen.of(plan(n=6), MOUSE), 0.0, days=[days]) for days in given_]
    same = again.add_lanes(3, [END], USUAL | {"rise": np.array(rises)}, treatments=as_given)
    seen = [again.solve(["alt"], 1e-8).values(same, "alt"), crowd.solve(["alt"], 1e-8).values(group, "alt")]
    assert np.array_equal(*seen)


def test_a_condition_that_always_holds_is_the_plan_without_it():
    courses = []
    for changes in ({"when": "alt > 0 U/L"}, {}):
        crowd = Crowd(TOY)
        group = crowd.add_lanes(1, [3.3, END], USUAL, treatments=[treatment(over="3 h", **changes)])
        courses.append(crowd.solve(["alt"]).values(group, "alt"))
    assert np.array_equal(*courses)


def test_doses_after_the_members_own_last_day_are_not_decided():
    crowd = Crowd(TOY)
    short = crowd.add_lanes(1, [2.5], USUAL, treatments=[treatment(when="alt > 0 U/L")])
    crowd.add_lanes(1, [END], USUAL, treatments=[treatment(when="alt > 0 U/L")])
    crowd.solve(["alt"])
    assert short.treatments[0].given == {0: [1.0, 2.0]}


def test_what_an_experiment_holds_no_event_changes():
    held = Experiment.of("il_10")
    crowd = Crowd(held.model("mouse"), held)
    mouse = crowd.add(lb.Animal("mouse"), [0.5], events=[Event(EVERYONE, 0.1, "il_10", "add", 5.0)])
    assert crowd.solve(["il_10"]).values(mouse, "il_10").tolist() == [[0.0]]


def test_a_member_that_fails_alone_has_a_reason_with_its_own_number():
    model = engine.compile("model grows; alt = 1; ev_in_plasma = 0; ev_in_plasma' = 0; alt' = k*alt^2; k = 0.1; end")
    crowd = Crowd(model)
    good = crowd.add_lanes(1, [1.0, 2.0], {"k": 0.1})
    bad = crowd.add_lanes(1, [1.0, 2.0], {"k": 5.0}, treatments=[treatment(n=1, start="0 d", when="alt > 0 U/L")])
    found = crowd.solve(["alt"])
    assert found.reasons(good) == ("",)
    assert found.reasons(bad)[0].startswith("patient 1 stopped")
    assert found.reason == found.reasons(bad)[0]


@pytest.mark.parametrize("factor", [1.0, 2.5])
def test_an_event_times_one_factor_is_one_event(factor):
    event = Event(EVERYONE, 1.0, "alt", "add", 4.0)
    assert scaled(event, factor) == [Event(EVERYONE, 1.0, "alt", "add", 4.0 * factor)]


def test_an_event_times_a_factor_a_member_is_an_event_a_member():
    event = Event(EVERYONE, 1.0, "alt", "add", 4.0)
    assert [(e.patient, e.value) for e in scaled(event, np.array([1.0, 0.5]))] == [(0, 4.0), (1, 2.0)]
