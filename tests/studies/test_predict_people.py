"""Arms of trials simulated: patients of a cause and stage, treated and not, counted from the first dose."""

from types import SimpleNamespace

import numpy as np
import pytest

from lobule.studies import predict_people as module
from lobule.studies.predict import Predicted
from lobule.therapy import Plan


def arm(**changes):
    plain = {"key": "k", "etiology": "hbv", "stage": "decompensated", "cares": ("antiviral",), "days": 28.0,
             "plan": Plan("uc-msc", "1e6 cell/kg", start="7 d"), "strength": 1.0, "reading": "published"}  # fmt: skip
    return SimpleNamespace(**plain | changes)


def test_arms_with_the_same_key_are_solved_once(monkeypatch):
    solved = []

    def one(of, factors):
        solved.append(of.key)
        return Predicted({"n": np.array([len(solved)])}, {})

    monkeypatch.setattr(module, "predicted", one)
    found = module.predict_people([arm(key="a"), arm(key="b"), arm(key="a")], {"x": np.ones(1)})
    assert solved == ["a", "b"]
    assert found[0] is found[2] is not found[1]


@pytest.mark.science
def test_doses_act_only_before_the_measurement_and_shares_count_from_the_first_day(monkeypatch):
    monkeypatch.setattr(module, "_patients", lambda *_: (np.array([24.0, 26.0]), np.arange(2), [{}] * 2))
    factors = {"education_rate": np.ones(2)}
    early = module.predicted(arm(), factors)
    late = module.predicted(arm(plan=Plan("uc-msc", "1e6 cell/kg", start="29 d")), factors)
    assert late.log_ratio("il_6") == pytest.approx(np.zeros(2), abs=1e-9)
    assert (np.abs(early.log_ratio("il_6")) > 1e-4).all()
    for values in (early.treated, early.untreated):
        assert ((values["survival"] > 0.5) & (values["survival"] < 1)).all()  # of a month, not of a life
        assert ((values["hcc"] > 0) & (values["hcc"] < 0.1)).all()
    weak = module.predicted(arm(strength=1e-9), factors)
    small = np.abs(weak.log_ratio("il_6")) < 0.01 * np.abs(early.log_ratio("il_6"))
    assert small.all()  # a class prior scales what every dose brings
    grown = early.log_ratio("albumin", "before") - early.log_ratio("albumin")
    assert early.course("albumin") == pytest.approx(grown)  # after over before is the course and the effect


def test_after_over_before_is_the_course_times_the_effect():
    one = Predicted({"albumin": np.array([33.0])}, {"albumin": np.array([27.0])}, {"albumin": np.array([30.0])})
    assert one.log_ratio("albumin", "before") == pytest.approx(np.log([1.1]))
    assert one.course("albumin") + one.log_ratio("albumin") == pytest.approx(np.log([1.1]))
    assert Predicted(one.treated, one.untreated).course("albumin") is None
