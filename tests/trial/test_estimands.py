"""Estimands after ICH E9(R1): what each strategy does to what is analysed, and how the five attributes are told."""

import numpy as np
import pytest
from tests.trial.test_design import DESIGN, write

from lobule.errors import InputError
from lobule.files.design_file import read_design
from lobule.files.estimand import Intercurrent
from lobule.trial.estimands import METHODS, estimands
from lobule.trial.estimates import HOW, analyse
from lobule.trial.observed import followed, levels, responders, values_at
from lobule.trial.replicates import Ledger

VALUES = np.tile([30.0, 31.0, 34.0], (6, 1))


def with_events(synthetic, **days):
    """Subject 0 dies, 1 is transplanted, 2 is rescued, 3 bleeds, each on day 40; 4 dies at 5 days; 5 has nothing."""
    day = np.full(6, np.inf)
    death, bleeding = day.copy(), day.copy()
    death[[0, 4]] = 40.0, 5.0
    values = VALUES.copy()
    values[[0, 1], 2] = np.nan
    values[4, 1:] = np.nan
    seen = synthetic([0, 1, 0, 1, 0, 1], values, death=death)
    seen.left[1] = 40.0
    seen.events["transplantation"] = np.where(np.arange(6) == 1, 40.0, np.inf)
    bleeding[3] = 40.0
    seen.events["bleeding"] = bleeding
    seen.rescued[2] = 40.0
    return seen


def designed(plain_design, kind="change", **strategies):
    design = plain_design(transplantation=True, rescue=[{"when": "ascites >= 4", "care": "diuretic"}])
    wanted = {"change": "albumin", "responder": "responder"}[kind]
    own = design.endpoint(wanted).model_copy(
        update={"intercurrent": Intercurrent(**strategies), "failure": 10.0 if kind == "change" else None}
    )
    return design, own


def last(plain_design, synthetic, **strategies):
    design, own = designed(plain_design, **strategies)
    return values_at(own, with_events(synthetic), design)[:, -1]


def test_left_unsaid_values_after_death_and_transplantation_are_missing_and_all_others_count(plain_design, synthetic):
    found = last(plain_design, synthetic)
    assert np.isnan(found[[0, 1, 4]]).all()
    assert (found[[2, 3, 5]] == 34.0).all()


@pytest.mark.parametrize(("event", "who"), [("death", [0, 4]), ("transplantation", [1]), ("rescue", [2]),
                                            ("bleeding", [3])])  # fmt: skip
def test_a_composite_event_is_the_worst_outcome_from_then_on(plain_design, synthetic, event, who):
    found = last(plain_design, synthetic, **{event: "composite"})
    assert (found[who] == 10.0).all()
    others = np.setdiff1d(np.arange(6), who)
    assert not (found[others] == 10.0).any()


def test_the_last_value_before_is_that_while_on_treatment(plain_design, synthetic):
    found = last(plain_design, synthetic, death="while_on_treatment", bleeding="while_on_treatment")
    assert found[0] == 31.0 and found[4] == 30.0  # who dies before the first visit has the baseline
    assert found[3] == 31.0


def test_a_hypothetical_event_leaves_values_missing(plain_design, synthetic):
    found = last(plain_design, synthetic, rescue="hypothetical", bleeding="hypothetical")
    assert np.isnan(found[[2, 3]]).all()


def test_what_comes_first_decides(plain_design, synthetic):
    design, own = designed(plain_design, rescue="hypothetical", death="composite")
    seen = with_events(synthetic)
    seen.rescued[0] = 20.0
    assert np.isnan(values_at(own, seen, design)[0, -1])
    seen.rescued[0] = np.nan
    assert values_at(own, seen, design)[0, -1] == 10.0


def test_nothing_is_filled_in_before_it_is_due(plain_design, synthetic):
    design, own = designed(plain_design, death="composite")
    seen = with_events(synthetic).as_of(50.0)
    assert np.isnan(values_at(own, seen, design)[:, -1]).all()


def test_scores_have_a_worst_of_their_own(plain_design):
    own = plain_design().primary
    assert own.model_copy(update={"output": "meld_na"}).worst == 40.0
    assert own.model_copy(update={"output": "quality_of_life"}).worst == 0.0
    assert own.worst is None


def test_a_composite_event_is_no_response_and_before_it_the_last_value_can_decide(plain_design, synthetic):
    seen = with_events(synthetic)
    seen.measured["albumin"][3] = [30.0, 33.0, 30.0]
    design, own = designed(plain_design, "responder", bleeding="while_on_treatment")
    assert responders(own, seen, design).tolist() == [False, False, True, True, False, True]
    design, own = designed(plain_design, "responder", rescue="composite")
    assert responders(own, seen, design).tolist() == [False, False, False, False, False, True]


def test_events_end_compete_or_censor_a_time(plain_design, synthetic):
    design = plain_design(transplantation=True)
    death, cancer = design.endpoint("death"), design.endpoint("cancer")
    seen = with_events(synthetic)
    plain = followed(death, seen)
    assert plain.event.tolist() == [True, False, False, False, True, False] and plain.time[1] == 40.0
    composite = followed(death.model_copy(update={"intercurrent": Intercurrent(transplantation="composite")}), seen)
    assert composite.event[1] and composite.time[1] == 40.0
    competing = followed(
        death.model_copy(update={"intercurrent": Intercurrent(transplantation="while_on_treatment")}), seen
    )
    assert competing.competing[1] and not competing.event[1]
    assert followed(cancer, seen).competing.tolist() == [True, False, False, False, True, False]
    censored = followed(cancer.model_copy(update={"intercurrent": Intercurrent(death="hypothetical")}), seen)
    assert not censored.competing.any() and censored.time[0] == 40.0
    rescued = followed(death.model_copy(update={"intercurrent": Intercurrent(rescue="hypothetical")}), seen)
    assert rescued.time[2] == 40.0 and not rescued.event[2]


def test_an_endpoint_is_asked_of_those_who_meet_its_criteria(plain_design, synthetic):
    rng = np.random.default_rng(3)
    base = np.r_[np.full(20, 25.0), np.full(20, 35.0)] + rng.normal(0, 0.1, 40)
    seen = synthetic(np.arange(40) % 2, np.column_stack([base, base, base + rng.normal(1, 1, 40)]))
    design = plain_design()
    own = design.primary.model_copy(update={"among": "albumin >= 30"})
    (found,) = analyse(design, seen, own)
    assert found.n + found.n_reference == 20
    (alone,) = analyse(design, seen.some(base >= 30), design.primary)
    assert (found.estimate, found.p) == (alone.estimate, alone.p)
    design = design.model_copy(update={"endpoints": [own]})
    told = {arm: value for _, arm, value in levels(design, seen)}
    assert min(told.values()) > 30


def test_the_table_has_the_five_attributes_of_every_endpoint(plain_design):
    design = plain_design(transplantation=True, adherence=0.9)
    table = estimands(design).set_index("endpoint")
    assert list(table.index) == [e.name for e in design.endpoints]
    assert (table[["treatment", "population", "variable", "intercurrent_events", "summary"]] != "").all(axis=None)
    assert table.loc["albumin", "primary"]
    assert "drug against placebo" in table.loc["albumin", "treatment"]
    assert "death: hypothetical" in table.loc["albumin", "intercurrent_events"]
    assert "doses that are missed" in table.loc["albumin", "intercurrent_events"]
    assert "death: composite (no response)" in table.loc["responder", "intercurrent_events"]
    assert "death: while on treatment" in table.loc["cancer", "intercurrent_events"]
    assert "death" not in table.loc["death", "intercurrent_events"]
    assert table.loc["rank", "intercurrent_events"] == "as of the endpoints that are compared"


def test_what_a_method_adjusts_for_is_told(plain_design):
    stratified = {"method": "stratified", "strata": ["albumin >= 30"]}
    analysis = {"primary": "albumin", "reference": "placebo", "covariates": ["bilirubin"]}
    design = plain_design(randomisation=stratified, analysis=analysis)
    table = estimands(design).set_index("endpoint")["adjusted_for"]
    assert table["albumin"] == "the baseline of the endpoint, Bilirubin at baseline, Albumin ≥ 30 g/L"
    assert table["death"] == "nothing"


def test_every_method_of_analysis_is_described():
    assert set(METHODS) == {*HOW, "dose_response"}


def test_an_older_word_for_rescue_still_holds(plain_design, synthetic):
    analysis = {"primary": "albumin", "reference": "placebo", "rescue": "hypothetical"}
    design = plain_design(analysis=analysis, rescue=[{"when": "ascites >= 4", "care": "diuretic"}])
    assert np.isnan(values_at(design.primary, with_events(synthetic), design)[2, -1])
    assert design.strategies(design.endpoint("responder"))["rescue"] == "composite"
    assert design.strategies(design.endpoint("death"))["rescue"] == "treatment_policy"


def test_what_says_nothing_leaves_kept_replicates_valid(plain_design, tmp_path):
    design = plain_design()
    said = plain_design(endpoints=[
        {**e.model_dump(exclude_defaults=True), "intercurrent": {}} for e in design.endpoints
    ])  # fmt: skip
    assert Ledger(tmp_path, design, "x").key == Ledger(tmp_path, said, "x").key
    own = design.primary.model_copy(update={"among": "albumin >= 30"})
    other = design.model_copy(update={"endpoints": [own, *design.endpoints[1:]]})
    assert Ledger(tmp_path, other, "x").key != Ledger(tmp_path, design, "x").key


@pytest.mark.parametrize(
    ("added", "message"),
    [
        ("intercurrent: {death: treatment_policy}", "nothing is observed after death"),
        ("intercurrent: {death: composite}", "albumin has no worst one: give failure"),
        ("intercurrent: {transplantation: composite}, failure: 1", "nobody is transplanted here"),
        ("intercurrent: {stroke: composite}", "stroke"),
        ("intercurrent: {death: ignored}", "ignored"),
        ("failure: 3", "no event has that strategy"),
        ("among: albumen >= 3", "albumen"),
    ],
)
def test_mistakes_are_one_sentence(tmp_path, added, message):
    text = DESIGN.replace("output: albumin, at", f"{added}, output: albumin, at", 1)
    assert text != DESIGN
    with pytest.raises(InputError, match=message) as caught:
        read_design(write(tmp_path, text))
    assert "\n" not in str(caught.value) and "line 16" in str(caught.value)
