"""What the calibration studies say, how likely it is, and which side of the split it is from."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lobule import studies
from lobule.calibrate.calibration import CLASSES, MEANINGS
from lobule.calibrate.likelihood import WEIGHTS, Datum, Likelihood
from lobule.calibrate.objective import Objective
from lobule.calibrate.prior import TABLE as FREE
from lobule.calibrate.prior import Prior
from lobule.calibrate.trials import Trials
from lobule.errors import InputError
from lobule.evidence import table_path
from lobule.evidence.vocabulary import TABLE as VOCABULARY
from lobule.model.parameters import SPECIES, values_for
from lobule.simulation.reading import READING, READINGS
from lobule.studies.predict import predict
from lobule.studies.split import CALIBRATION, HELD_OUT, set_of
from lobule.studies.tables import packaged_trials, read_contrasts, read_studies

DIFFER = np.array([[0.3, 0.1]])


def datum(kind, observed, error=0.2, source="a", row="1"):
    return Datum(row, source, "alt", kind, observed, error)


def likelihood_of(kind, observed, x, error=0.2):
    return float(Likelihood([datum(kind, observed, error)]).each(np.array([[x]]), DIFFER)[0, 0])


@pytest.fixture(scope="module")
def small():
    """An objective of one study and one contrast."""
    rows = [o for o in read_studies(table_path("studies"))[0] if o.source_id == "li2013"]
    contrasts = [c for c in read_contrasts(table_path("contrasts"))[0] if c.contrast_id == "X012"]
    return Objective(rows, contrasts)


@given(st.floats(-2, 2), st.floats(-2, 2))
def test_a_size_is_likeliest_where_it_was_observed(observed, x):
    assert likelihood_of("size", observed, observed) >= likelihood_of("size", observed, x)


@given(st.floats(0.1, 3), st.sampled_from(["direction", "order"]))
def test_the_side_that_was_published_is_likelier_and_more_of_it_never_less(x, kind):
    for side in (1.0, -1.0):
        there, nothing, wrong = (likelihood_of(kind, side, side * at) for at in (x, 0.0, -x))
        assert there > nothing > wrong
        assert likelihood_of(kind, side, side * 2 * x) >= there


def test_a_direction_says_little_once_the_effect_is_clear():
    nothing, clear, huge = (likelihood_of("direction", 1.0, x) for x in (0.0, 0.9, 5.0))
    assert huge - clear < 0.1 * (huge - nothing)  # so that directions do not ask for ever stronger products


def test_nothing_is_likeliest_where_nothing_was_found():
    assert likelihood_of("none", 0.0, 0.0) > likelihood_of("none", 0.0, 0.5) > likelihood_of("none", 0.0, 1.5)


def test_rows_of_one_source_count_less_each_and_no_row_less_than_a_direction():
    many = Likelihood([datum("size", 0.0, row=str(k)) for k in range(9)])
    assert many.weights.sum() == pytest.approx(9 / 5)
    apart = Likelihood([datum("size", 0.0, source=str(k)) for k in range(9)])
    assert apart.weights.sum() == pytest.approx(9)
    assert WEIGHTS["direction"] == min(WEIGHTS.values()) and WEIGHTS["order"] > WEIGHTS["direction"]


def test_a_row_that_failed_costs_much_and_is_finite():
    found = Likelihood([datum("size", 0.0)]).each(np.array([[np.nan], [0.0]]), np.tile(DIFFER, (2, 1)))
    assert np.isfinite(found).all() and found[0, 0] < found[1, 0] - 3


def test_studies_that_differ_more_make_what_is_far_likelier_and_what_is_near_less_likely():
    few, much = (
        Likelihood([datum("size", 0.0)]).each(np.array([[0.0], [1.5]]), np.full((2, 2), d)) for d in (0.1, 0.8)
    )
    assert few[0] > much[0] and few[1] < much[1]


@given(st.floats(-5, 5), st.sampled_from(sorted(WEIGHTS)))
def test_what_the_surrogate_learns_is_as_likely_as_what_was_predicted_but_far_away(x, kind):
    observed = 1.0 if kind in ("direction", "order") else 0.0 if kind in ("none", "tie") else 0.3
    one = Likelihood([datum(kind, observed)])
    there = one.saturated(np.array([[x]]))
    assert one.each(there, DIFFER)[0, 0] == pytest.approx(one.each(np.array([[x]]), DIFFER)[0, 0], abs=0.1)
    assert abs(there[0, 0]) < 3 or kind in ("size", "class", "tie")


def test_drawn_studies_are_as_likely_as_they_are_frequent():
    kinds = Likelihood([datum("direction", 1.0), datum("none", 0.0), datum("order", -1.0), datum("size", 0.4)])
    x = np.tile([0.2, 0.1, -0.05, 0.4], (40_000, 1))
    differ = np.tile(DIFFER, (len(x), 1))
    drawn = kinds.replicated(x, differ, np.random.default_rng(1))
    chance = np.exp(kinds.each(x[:1], differ[:1]))[0]
    assert (drawn == kinds.observed)[:, :3].mean(axis=0) == pytest.approx(chance[:3], abs=0.02)
    assert np.median(drawn[:, 3]) == pytest.approx(0.4, abs=0.02)


def test_untreated_arms_are_solved_once_and_do_not_depend_on_what_is_free(small):
    prior = Prior.read()
    moved = prior.factors(
        np.clip(np.random.default_rng(1).standard_normal((3, len(prior.names))), prior.low, prior.high)
    )
    both = predict(small.arms, moved, small.outputs, exact=True)
    for one, once in zip(both, small.untreated, strict=True):
        for output, values in one.untreated.items():
            assert values == pytest.approx(float(once[output][0]), rel=1e-9)
    rows = [p.log_ratio(r.endpoint.output) for p, r in zip(both, small.rows, strict=False)]
    assert small(moved)[:, : len(rows)] == pytest.approx(np.stack(rows, axis=1), abs=1e-9)


def test_a_free_parameter_that_acts_without_therapy_is_refused(small):
    free = Prior.read()
    far = np.exp(free.middle + np.clip([[-2.0], [2.0]], free.low, free.high) * free.spread)
    small.refuse_what_acts_without_therapy(free.names, far)
    with pytest.raises(InputError, match="stress_recovery_rate acts without a therapy too"):
        small.refuse_what_acts_without_therapy(["stress_recovery_rate"], np.array([[0.5], [2.0]]))


def test_the_published_reading_is_what_is_calibrated(small):
    assert {values_for(species)[READING] for species in SPECIES} == {READINGS["published"]}
    assert READING not in Prior.read().names
    usual = small({"mirna_amplification": np.ones(1)})
    counted = small({READING: np.array([READINGS["counted"]])})
    assert not np.allclose(usual, counted)


def test_a_member_is_predicted_the_same_in_any_company(small):
    three = small({"protein_decay_rate": np.array([1.0, 1.0, 4.0])})
    assert np.array_equal(three[0], three[1]) and not np.array_equal(three[0], three[2])
    assert np.array_equal(small({"protein_decay_rate": np.ones(1)})[0], three[0])


def test_a_product_without_effect_makes_the_class_ranges_unlikely():
    objective = Objective([], [], [o for o in read_studies(CLASSES)[0] if o.row_id in ("R01", "R03")])
    found = objective({"ev_liver_rate": np.array([1.0, 1e-9])})
    assert np.diff(objective.likelihood(found, np.tile(DIFFER, (2, 1))))[0] < -1


def test_trials_with_a_control_are_read_and_their_control_is_solved_once():
    rows = [r for r in packaged_trials()[0] if r.source_id in ("zhang2012", "wang2014pbc", "amin2013")]
    trials = Trials(rows)
    assert trials.data and all(d.trial for d in trials.data)
    assert {d.source for d in trials.data} == {"zhang2012"}  # no single arm, no held-out one
    weak, strong = np.stack(trials({"msc_factor_half_effect": np.array([1e9, 0.01])})).T
    assert np.abs(weak - strong).max() > 1e-6


def test_held_out_rows_never_reach_the_objective():
    observations, contrasts = (
        read(table_path(name))[0] for read, name in ((read_studies, "studies"), (read_contrasts, "contrasts"))
    )
    trials = [r for r in packaged_trials()[0] if r.source_id in ("zhang2012", "hua2020", "kedarisetty2015")]
    objective = Objective(observations, contrasts, trials=trials)
    used = {d.source for d in objective.likelihood.data}
    assert used and {set_of(source) for source in used} == {CALIBRATION}
    only_held_out = Objective(
        [o for o in observations if set_of(o.source_id) == HELD_OUT],
        [c for c in contrasts if set_of(c.source_id) == HELD_OUT],
    )
    assert not only_held_out.likelihood.data


def test_every_table_that_says_what_words_of_an_arm_mean_is_part_of_the_fingerprint():
    folder = Path(studies.__file__).parent
    tables = {path for path in folder.glob("*.csv") if not path.name.startswith("in_vitro")}
    assert tables | {VOCABULARY, FREE} == set(MEANINGS)
