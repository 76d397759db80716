"""What the checks of the second edition of therapies measure, on courses and tables whose answer is known."""

import numpy as np
import pytest
from tests.validate.known_courses import courses

from lobule.model.parameters import parameter_table
from lobule.validate import therapy_second as second
from lobule.validate.check import COLLAGEN, wanted


def test_a_potency_that_differs_between_species_is_hidden_and_a_size_or_a_rate_is_not(monkeypatch):
    named = ("vesicles_for_half_effect", "ev_liver_rate", "debris_liver_share", "blood_monocytes")
    rows = {name: parameter_table()[name] for name in named}
    monkeypatch.setattr(second, "parameter_table", lambda: rows)
    assert second.hidden_factors() == []
    potency = rows["vesicles_for_half_effect"]
    apart = type(potency)(**(vars(potency) | {"values": potency.values | {"human": 1.0}}))
    monkeypatch.setattr(second, "parameter_table", lambda: rows | {potency.id: apart})
    assert second.hidden_factors() == [potency.id]


def test_an_answer_to_endotoxin_is_what_a_dose_changes_of_its_highest_value(monkeypatch):
    times = np.array([0, 14, 14.5, 15, 16.0])
    found = courses(
        times,
        **{"without 14": {"tnf_alpha": [1, 1, 9, 4, 1], "m2_m1_ratio": [2, 2, 2, 2, 2]},
           "with 14": {"tnf_alpha": [1, 1, 6, 6, 1], "m2_m1_ratio": [2, 2, 2, 3, 2]}},
    )  # fmt: skip
    monkeypatch.setattr(second, "_challenged", lambda: found)
    assert second._answer("tnf_alpha", 14) == pytest.approx(1 / 3)
    assert second._answer("m2_m1_ratio", 14) == pytest.approx(0.5)


def test_the_decades_of_a_curve_lie_between_a_tenth_and_nine_tenths_of_its_plateau(monkeypatch):
    doses = np.array(second.DOSES)
    effect = 0.5 * doses / (doses + 1e10)  # of a binding curve: log10(81) decades
    scar = {f"{dose:.3g}": {COLLAGEN: [4.0, 4 * (1 - e)]} for dose, e in zip(doses, effect, strict=True)}
    scar |= {name: {COLLAGEN: [4.0, 4 * (1 - 0.48)]} for name in second.PUBLISHED_DOSES}
    found = courses(np.array([0, second.LAST]), untreated={COLLAGEN: [4.0, 4.0]}, **scar)
    monkeypatch.setattr(second, "_scarred", lambda: found)
    told = dict(second._saturation())
    assert told["second.dose.decades"] == pytest.approx(np.log10(81), abs=0.05)
    assert told["second.dose.flat"] == pytest.approx(0.01, abs=0.005)
    assert told["second.dose.li2013"] == pytest.approx(0.96, abs=0.01)


@pytest.mark.science
def test_each_row_of_the_second_edition_is_looked_at_once():
    named = [name for name, _ in second.therapy_second_checks()]
    assert sorted(named) == sorted(name for name, row in wanted().items() if row.table == "therapy_second")
