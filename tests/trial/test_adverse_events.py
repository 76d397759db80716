"""What befalls people in a replicate: labs far from baseline, and what the giving of a product does."""

import numpy as np
import pytest

from lobule.trial.adverse import adverse_events, event_terms, graded
from lobule.trial.exposure import PLACEBO, Doses
from lobule.trial.procedures import events_of_procedures, not_events, procedure_events


def doses(treatment, unit, route="INTRAVENOUS", n=20_000):
    who = np.arange(n)
    days = np.zeros(n)
    return Doses(who, days, days, treatment, 1.0, unit, "", "ONCE", route, np.ones(n, int))


def share(given, event):
    """Of doses, after which an event comes."""
    return sum(row[1] == event for row in events_of_procedures([given], 1)) / len(given.who)


@pytest.mark.parametrize(("treatment", "unit", "kind"), [
    ("UC-MSC", "CELLS/kg", "cells"), ("UC-MSC-EV", "PARTICLES", "vesicles"), (PLACEBO, "CELLS/kg", "placebo"),
])  # fmt: skip
def test_fever_comes_after_the_share_of_doses_that_the_table_says(treatment, unit, kind):
    wanted = next(row.share for row in procedure_events() if (row.event, row.given) == ("pyrexia", kind))
    assert share(doses(treatment, unit), "pyrexia") == pytest.approx(wanted, rel=0.25)


def test_vessels_bleed_only_where_one_was_punctured_and_care_gives_nobody_a_fever():
    assert share(doses("UC-MSC", "CELLS/kg"), "puncture_bleeding") == 0
    assert share(doses("BM-MSC", "CELLS", "INTRA-ARTERIAL"), "puncture_bleeding") == pytest.approx(0.02, rel=0.3)
    assert not list(events_of_procedures([doses("ANTIVIRAL", "")], 1))


def test_every_assumed_event_has_a_term_and_is_called_assumed():
    assert {row.event for row in procedure_events()} <= set(event_terms())
    assert all(row.status == "assumed" and 0 < row.share < 0.2 for row in procedure_events())
    assert all(one.reason for one in not_events())


def test_low_sodium_is_an_event_when_it_fell_and_high_creatinine_when_it_rose():
    sodium = graded("sodium", np.array([[138.0, 129, 124, 119], [128, 127, 126, 129], [140, 131, np.nan, 135]]))
    assert sodium.tolist() == [[0, 2, 3, 4], [0, 0, 0, 0], [0, 0, 0, 0]]
    creatinine = graded("creatinine", np.array([[80.0, 119, 121, 245], [100, 650, np.nan, 100]]))
    assert creatinine.tolist() == [[0, 0, 2, 3], [0, 4, 0, 0]]
    alt = graded("alt", np.array([[30.0, 125, 210, 900], [100, 150, 150, 150]]))
    assert alt.tolist() == [[0, 2, 3, 4], [0, 0, 0, 0]]


def test_nothing_befalls_anybody_after_observation_ended(synthetic):
    seen = synthetic([0, 1], death=[10.0, np.inf])
    late = [(0, "pyrexia", "Pyrexia", 1, False, 11.0, 12.0, "RECOVERED/RESOLVED"),
            (1, "pyrexia", "Pyrexia", 1, False, 11.0, 12.0, "RECOVERED/RESOLVED")]  # fmt: skip
    found = adverse_events(seen, late)
    assert found[found["event"] == "pyrexia"]["who"].tolist() == [1]
