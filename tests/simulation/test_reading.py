"""The two readings: their words, their share, and that they part only where a product acts."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lobule as lb
from lobule.answers.replay import run_again
from lobule.answers.run import run as run_answer
from lobule.errors import InputError
from lobule.simulation.effect import change, essential, sentence
from lobule.simulation.experiment import Experiment
from lobule.simulation.reading import NO_EFFECT, is_effect, share_in_words, unexplained_share
from lobule.simulation.run import Run

CCL4 = lb.Animal("mouse", injury="ccl4", weeks=3)
EV = lb.Plan("uc-msc-ev", "1e10 particle", start="7 d")
CARE = lb.Care("antiviral")
VALUES = st.floats(1e-3, 1e6)


# --- the share ------------------------------------------------------------------------------------------------------


@given(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6), st.floats(-1e9, 1e9))
def test_a_share_lies_between_0_and_1_or_there_is_none(treated, untreated, counted):
    share = unexplained_share(treated, untreated, counted)
    assert (share is None) == (not is_effect(treated, untreated))
    assert share is None or 0 <= share <= 1


@given(VALUES, st.floats(0.02, 0.9), st.floats(0, 1))
def test_a_share_is_the_part_of_the_way_that_counting_does_not_go(untreated, effect, reached):
    treated = untreated * (1 - effect)
    counted = untreated + reached * (treated - untreated)
    assert unexplained_share(treated, untreated, counted) == pytest.approx(1 - reached, abs=1e-9)


@given(VALUES, st.floats(0.02, 0.9), st.floats(1.01, 5))
def test_what_goes_further_or_the_other_way_is_held_at_the_ends(untreated, effect, beyond):
    treated = untreated * (1 - effect)
    assert unexplained_share(treated, untreated, untreated + beyond * (treated - untreated)) == 0
    assert unexplained_share(treated, untreated, untreated - beyond * (treated - untreated)) == 1


@given(st.floats(-1e6, 1e6), st.floats(-0.99, 0.99), st.floats(-1e6, 1e6))
def test_no_effect_has_no_share_whatever_the_counted_reading_says(untreated, part, counted):
    assert unexplained_share(untreated * (1 + part * NO_EFFECT), untreated, counted) is None
    assert unexplained_share(0.0, 0.0, counted) is None
    assert share_in_words(None) == share_in_words(float("nan")) == "no effect to explain"


# --- the words ------------------------------------------------------------------------------------------------------


@given(st.floats(0.01, 20), st.floats(0.01, 20), st.floats(0.01, 20), st.booleans())
def test_a_change_in_words_never_shows_a_minus_or_nan_and_its_band_is_in_order(ratio, low, high, banded):
    told = change(ratio, (low, high) if banded else None)
    assert "-" not in told and "nan" not in told
    if is_effect(ratio, 1.0) and abs(ratio - 1) > 0.01 and max(ratio, low, high) < 2:
        assert told.startswith(f"{abs(100 * (ratio - 1)):.0f} % {'lower' if ratio < 1 else 'higher'}")


def test_the_first_sentence_is_of_the_first_clear_effect():
    import pandas as pd

    table = pd.DataFrame({
        "output": ["albumin", "alt"], "value": [29.5, 60.0], "untreated": [30.0, 100.0], "ratio": [29.5 / 30, 0.6],
        "counted": [30.0, 96.0], "unexplained_share": [1.0, 0.9],
    })  # fmt: skip
    said, meaning = essential(table, {"albumin": "albumin", "alt": "ALT"}, "on day 3", "published")
    assert said == (
        "ALT 40 % lower than untreated on day 3, as published; counted: 4 % lower; 90 % of the effect has no mechanism "
        "established by count."
    )
    assert meaning.startswith("No mechanism established by count: ")
    said, _ = essential(table.head(1), {"albumin": "albumin"}, "on day 3", "published")
    assert said.startswith("Albumin 2 % lower")
    none = table.assign(value=table["untreated"], ratio=1.0, unexplained_share=float("nan"))
    (said,) = essential(none, {}, "on day 3", "published")
    assert said == (
        "No effect on day 3, as published (none of 2 outputs differs from untreated by 1 %): no effect to explain."
    )


def test_an_effect_that_counting_reaches_is_said_to_be_so():
    said = sentence("ALT", "on day 3", 0.6, counted=0.6, share=0.0)
    assert said.endswith("; counted: 40 % lower; counting reaches all of it.")


@pytest.mark.parametrize("word", ["Published", "count", "", 1, None, ["counted"]])
def test_another_word_is_refused_with_what_the_two_mean(word):
    with pytest.raises(InputError) as told:
        lb.simulate(CCL4, EV, until="1 d", reading=word)
    assert told.value.field == ("reading",)
    if isinstance(word, str):
        assert "published: as strongly as studies report; counted: only what copies in cells can do" in str(told.value)


@pytest.mark.parametrize("how", ["without", "scale", "hypotheses"])
def test_the_reading_is_chosen_by_its_word_alone(how):
    given = {"without": "as_published", "scale": {"as_published": 0.5}, "hypotheses": {"as_published": 0}}[how]
    with pytest.raises(InputError, match='choose it by reading="published" or reading="counted"'):
        Experiment.of(**{"without": (), how: given})


# --- runs -----------------------------------------------------------------------------------------------------------


def same(one, other):
    return all(np.array_equal(one[name].values, other[name].values) for name in one.data_vars)


@pytest.mark.science
@pytest.mark.parametrize("plan", [None, "0", "care", "empty"])
def test_the_readings_agree_to_the_last_bit_where_no_product_acts(plan):
    who = lb.Patient("human", etiology="hbv", years=20) if plan == "care" else CCL4
    plans = {"care": CARE, "0": lb.Plan("uc-msc-ev", "0 particle", start="7 d"),
             "empty": lb.Plan("empty-vesicles", "1e10 particle", start="7 d")}  # fmt: skip
    published, counted = (
        lb.simulate(who, plans.get(plan), until="21 d", sample_every="7 d", reading=reading)
        for reading in ("published", "counted")
    )
    assert same(published.data, counted.data)
    assert not any(published.unexplained_share.values())
    if plan in ("0", "empty"):
        assert same(published.data, published.counted)
        assert set(published.unexplained_share.values()) == {None}
        assert published.essential()[0].endswith(": no effect to explain.")


@pytest.fixture(scope="module")
def runs():
    return {r: lb.simulate(CCL4, EV, until="21 d", sample_every="7 d", reading=r) for r in ("published", "counted")}


@pytest.mark.science
def test_the_counted_course_beside_a_run_is_the_course_of_the_counted_run(runs):
    assert same(runs["published"].counted, runs["counted"].data)
    assert runs["counted"].counted is None
    assert runs["counted"].unexplained_share == {}


@pytest.mark.science
def test_standard_care_of_a_plan_explains_nothing_of_a_product(tmp_path):
    who, care = lb.Patient("human", etiology="hbv", years=35), lb.Care("beta-blocker")
    cells = lb.Plan("uc-msc", "1e6 cell/kg", every="7 d", n=3)
    both, alone = (lb.simulate(who, plan, until="90 d", sample_every="90 d") for plan in ([cells, care], care))
    for name in ("albumin", "hepatic_venous_pressure_gradient", "ascites"):
        assert both.cared[name].values == pytest.approx(alone[name].values, rel=1e-6)
        values = [float(one[name][-1]) for one in (both, both.cared, both.counted)]
        assert both.unexplained_share[name] == unexplained_share(*values)
    assert alone.cared is None and alone.counted is None
    assert lb.simulate(who, cells, until="1 d").cared is None
    idle = lb.simulate(who, [lb.Plan("uc-msc", "0 cell/kg"), care], until="90 d", sample_every="90 d")
    assert set(idle.unexplained_share.values()) == {None}
    assert idle.essential()[0].endswith("; no effect to explain.") or "No effect" in idle.essential()[0]
    both.save(tmp_path / "both")
    again = Run.open(tmp_path / "both")
    assert again.unexplained_share == both.unexplained_share
    assert again.essential() == both.essential() and "standard care alone: " in both.essential()[0]
    assert run_again(tmp_path / "both").same


@pytest.mark.science
def test_the_counted_reading_never_needs_the_amplification_of_mirna(runs):
    for product in ("uc-msc-ev", "mir-223-loaded-ev"):
        plan = lb.Plan(product, "1e10 particle", start="7 d")
        one, other = (
            lb.simulate(CCL4, plan, until="21 d", sample_every="7 d", reading="counted", scale=scale)
            for scale in (None, {"mirna_amplification": 1e-3})
        )
        assert same(one.data, other.data)


@pytest.mark.science
def test_each_headline_output_has_its_share_and_the_table_says_the_same(runs):
    run = runs["published"]
    table = run.summary().set_index("output")
    assert set(run.unexplained_share) == set(table.index)
    for name, share in run.unexplained_share.items():
        assert share == unexplained_share(*table.loc[name, ["value", "untreated", "counted"]])
        assert (share is None) == np.isnan(table.loc[name, "unexplained_share"])
    assert run.tables()["summary"]["reading"].tolist() == ["published"]
    assert runs["counted"].tables()["summary"]["reading"].tolist() == ["counted"]
    assert run.essential()[0] in run.said()


@pytest.mark.science
def test_a_healthy_mouse_that_gets_nothing_is_told_in_either_reading(tmp_path):
    for reading, end in (("published", ": no effect to explain."), ("counted", ".")):
        run = lb.simulate(lb.Animal("mouse"), lb.Plan("uc-msc-ev", "0 particle"), until="3 d", reading=reading)
        (said,) = run.essential()
        assert said == f"No effect on day 3, as {reading} (none of 10 outputs differs from untreated by 1 %){end}"
        assert "nan" not in re.sub(r"base64,[^\"]*", "", run._repr_html_())
        run.plot()


@pytest.mark.science
def test_a_folder_keeps_the_reading_and_replays(runs, tmp_path):
    for reading, run in runs.items():
        run.save(tmp_path / reading)
        again = Run.open(tmp_path / reading)
        assert again.reading == reading
        assert again.unexplained_share == run.unexplained_share
        assert again.essential() == run.essential()
        assert run_again(tmp_path / reading).same
    assert "as published; counted: " in " ".join((tmp_path / "published" / "README.txt").read_text().split())


@pytest.mark.science
def test_the_band_of_a_run_is_of_its_reading():
    bands = {
        r: lb.simulate(CCL4, EV, until="21 d", sample_every="21 d", uncertainty=8, reading=r).band["il_10"].values
        for r in ("published", "counted")
    }
    assert (bands["counted"][:, -1] < bands["published"][:, -1]).all()


@pytest.mark.science
def test_the_first_line_of_a_run_is_what_it_found(tmp_path):
    path = tmp_path / "scenario.yaml"
    path.write_text(
        "title: mine\nsubject: {species: mouse, injury: {cause: ccl4, duration: 3 wk}}\n"
        "plan: {product: uc-msc-ev, dose: 1e10 particle, start: 7 d}\nuntil: 21 d\nreading: counted\n"
    )
    answer = run_answer(path, members=0)
    assert "as counted (only what copies in cells can do)" in answer.text.splitlines()[2]
    assert answer.record.options["reading"] == "counted"
    answer = run_answer(path, members=0, reading="published")
    assert "as published; counted: " in answer.text.splitlines()[2]
    assert answer.data["reading"] == "published"
