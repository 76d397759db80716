"""People on whom no product acts: whoever is one is one everywhere, and nothing but the product's effect is missing."""

import json

import numpy as np
import pandas as pd
import pytest
from tests.trial.test_design import DESIGN

from lobule.errors import InputError, ResultsError
from lobule.trial.non_response import bare_units, exchanged, non_responders, stand_ins
from lobule.trial.population import Population
from lobule.trial.runs import Courses, units
from lobule.trial.store import Store
from lobule.trial.story import design_page, headline
from lobule.trial.trial import Trial

SMALL = DESIGN.replace("patients: 60", "patients: 16").replace("analysis:", "replicates: 4\nmembers: 1\nanalysis:")
# a second arm whose course without its product is that of no other arm
WITH_CARE = (
    SMALL.replace("    share: 0.5\n", "")
    .replace(
        "  - name: placebo",
        "  - name: both\n    plan: [{product: uc-msc, dose: 1e6 cell/kg}, {care: lactulose}]\n  - name: placebo",
    )
    .replace("patients: 40", "patients: 42\nrandomisation: {block: 6}")
)


def with_share(share, text=SMALL):
    return text.replace("patients: 16", f"patients: 16\n  non_responders: {share}")


def people_of(n):
    return Population(pd.DataFrame({"number": range(n), "etiology": "hbv"}), {}, {})


def trial_of(text, path):
    path.write_text(text, encoding="utf-8")
    return Trial.read(path)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Trials by their text; all in one folder a number of arms, so that blocks are solved once."""
    place, done = tmp_path_factory.mktemp("designs"), {}

    def make(text, folder="two"):
        if text not in done:
            trial = trial_of(text, place / "small.yaml")
            people = next((one.population for one in done.values()), None)
            done[text] = trial.run(people, out=place / folder)
        return done[text]

    return make


@pytest.mark.parametrize("share", [0.1, 0.25, 0.3, 0.5, 1])
def test_the_share_of_people_is_exact_and_nested_and_of_the_patients_seed_alone(share, tmp_path):
    design = trial_of(with_share(share), tmp_path / "a.yaml").design
    people = people_of(400)
    marked = non_responders(design, people)
    assert marked.sum() == round(400 * share)
    more = trial_of(with_share(min(1, share + 0.2)), tmp_path / "a.yaml").design
    assert (non_responders(more, people) >= marked).all()
    assert (non_responders(design.model_copy(update={"seed": 9}), people) == marked).all()
    other = design.population.model_copy(update={"seed": 2})
    assert share == 1 or (non_responders(design.model_copy(update={"population": other}), people) != marked).any()


def test_no_share_is_the_same_trial_to_the_last_bit(run):
    plain, zero = run(SMALL), run(with_share(0))
    assert plain._ledger.key == zero._ledger.key
    assert plain.replicates == zero.replicates
    assert plain.twins().equals(zero.twins()) and "non_responder" not in zero.twins()
    assert dict(design_page(zero.design))["Non-responders"] == "none"
    assert list(bare_units(zero.design, zero.population, [0])) == []


def test_nobody_responds_and_the_trial_is_the_one_in_which_nothing_works(run):
    found = run(with_share(1))
    effects = [name for name in found.twins() if name.endswith("_effect")]
    assert (found.twins()[effects].to_numpy() == 0).all()
    of = {kind: [r for r in found.replicates if r.kind == kind] for kind in ("trial", "null", "assurance")}
    null = {r.number: r for r in of["null"]}
    assert of["trial"] and all(r.estimates[0] == null[r.number].estimates[0] for r in of["trial"])
    power = found.power()
    assert power["power"]["share"] <= power["type_1_error"]["share"]
    members = found.twins()
    assert members["non_responder"].all()
    assert found.unexplained()["level"].tolist() == found.unexplained()["reference_level"].tolist()


def test_the_true_effect_falls_with_the_share_and_responders_stay_who_they_are(run):
    whole = run(SMALL)
    own = whole.twins().query("arm == 'cells'")
    before = own["albumin_day_168_effect"].to_numpy()
    for share in (0.25, 0.5, 0.75):
        found = run(with_share(share))
        twins = found.twins().query("arm == 'cells'")
        marked = twins["non_responder"].to_numpy()
        assert marked.sum() == 16 * share
        after = twins["albumin_day_168_effect"].to_numpy()
        assert np.array_equal(after, np.where(marked, 0.0, before))
        for name, values in found.courses[0].values.items():
            assert np.array_equal(values[~marked], whole.courses[0].values[name][~marked])
            assert np.array_equal(values[marked], whole.courses[1].values[name][marked])
        assert np.array_equal(found.courses[0].given, whole.courses[0].given)  # doses are given all the same
        counted = found.counted[0].values["albumin"]
        assert np.array_equal(counted[marked], found.courses[0].values["albumin"][marked])
        assert not np.array_equal(counted[~marked], found.courses[0].values["albumin"][~marked])


def test_with_many_people_the_mean_effect_falls_in_a_line(tmp_path):
    """Own effects that spread as the model's do: the mean over those who respond is the share of the whole."""
    effects = np.random.default_rng(3).gamma(4.0, 0.5, 4000)
    for share in (0.1, 0.3, 0.6, 0.9):
        design = trial_of(with_share(share), tmp_path / "a.yaml").design
        mean = np.where(non_responders(design, people_of(4000)), 0.0, effects).mean()
        assert mean == pytest.approx((1 - share) * effects.mean(), abs=0.05)


def test_an_arm_whose_course_without_product_is_nobody_elses_is_solved_once_more(run):
    found = run(with_share(0.5, WITH_CARE), "three")
    design, people = found.design, found.population
    assert stand_ins(design) == {0: 2, 1: None}
    assert {unit.arm for unit in bare_units(design, people, [0])} == {1}
    marked = non_responders(design, people)
    both, placebo = found.courses[1].values["albumin"], found.courses[2].values["albumin"]
    assert marked.any() and not np.array_equal(both[marked], placebo[marked])  # the care still acts
    alone = {u.arm: u.key for u in units(design, people, [0], bare=True)}
    cared = Store(found.folder).read(alone[1])
    assert np.array_equal(both[marked], cared.values["albumin"][marked])
    assert alone[2] == next(u.key for u in units(design, people, [0]) if u.arm == 2)


def test_a_kept_trial_is_opened_as_it_was_and_one_that_lacks_a_course_says_so(run):
    found = run(with_share(0.5, WITH_CARE), "three")
    again = Trial.open(found.folder)
    assert again.replicates == found.replicates and again.twins().equals(found.twins())
    (unit,) = bare_units(found.design, found.population, [0])
    path = found.folder / "blocks" / f"{unit.key}.npz"
    content = path.read_bytes()
    path.unlink()
    with pytest.raises(ResultsError, match="missing or damaged; run lobule trial again"):
        Trial.open(found.folder)
    path.write_bytes(content)


def test_terminal_page_and_tables_tell_the_assumption_and_the_analysis_does_not(run):
    found = run(with_share(0.3), "told")
    line = "Assumed in the design: no product acts in 30% of people (5 of 16 virtual patients)"
    assert any(one.startswith(line) for one in headline(found))
    page = (found.folder / "report.html").read_text(encoding="utf-8")
    assert line in page and "30% of people (assumed)" in page and "which no source gives" in page
    assert json.loads((found.folder / "summary.json").read_text(encoding="utf-8"))["non_responders"] == 0.3
    for name in ("adsl", "adlb", "adae", "adtte"):
        columns = pd.read_csv(found.folder / f"{name}.csv", nrows=1).columns
        assert not [c for c in columns if "RESP" in c.upper()]
    assert "non_responder" not in found.population.table
    assert pd.read_parquet(found.folder / "twins.parquet")["non_responder"].sum() == 10  # in each of two arms


def test_courses_are_exchanged_with_what_could_not_be_solved():
    days = np.array([0.0, 1.0])
    own = Courses(days, {"albumin": np.zeros((3, 2), np.float32)}, np.full((3, 1), 5.0), {0: "own", 1: "own"})
    other = Courses(days, {"albumin": np.ones((3, 2), np.float32)}, np.full((3, 1), np.nan), {1: "other", 2: "other"})
    found = exchanged(own, other, np.array([False, True, True]))
    assert found.values["albumin"].tolist() == [[0, 0], [1, 1], [1, 1]] and found.values["albumin"].dtype == np.float32
    assert found.reasons == {0: "own", 1: "other", 2: "other"}
    assert found.rescued[0, 0] == 5 and np.isnan(found.rescued[1:, 0]).all()


@pytest.mark.parametrize(("change", "said"), [
    (("non_responders: 0.3", "non_responders: 1.3"), "non_responders"),
    (("non_responders: 0.3", "non_responders: -0.1"), "non_responders"),
    (("every: 28 d, n: 3", "every: 28 d, n: 3, when: albumin < 30 g/L"), "take out the conditions or non_responders"),
    (("    plan: {product: uc-msc, dose: 1e6 cell/kg, every: 28 d, n: 3}\n", ""), "no arm gets a product"),
])  # fmt: skip
def test_what_cannot_be_meant_is_refused_in_a_sentence(change, said, tmp_path):
    with pytest.raises(InputError, match=said):
        trial_of(with_share(0.3).replace(*change), tmp_path / "a.yaml")
