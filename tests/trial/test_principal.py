"""Principal strata: the truth against drawn outcomes of the same people in both arms, and what a trial can tell."""

import numpy as np
import pandas as pd
import pytest
from tests.trial.test_design import DESIGN, write

from lobule.errors import InputError
from lobule.files.design import AssaySection
from lobule.files.design_file import read_design
from lobule.files.estimand import Intercurrent
from lobule.patient.history import OUTPUTS
from lobule.trial.conduct import conduct
from lobule.trial.estimands import estimands
from lobule.trial.estimates import analyse
from lobule.trial.imputed import sensitivity
from lobule.trial.observed import values_at
from lobule.trial.population import Population
from lobule.trial.principal import chances, sentences, strata
from lobule.trial.runs import Courses
from lobule.trial.story import story
from lobule.trial.trial import Trial

N, DAYS = 300, np.array([0.0, 28.0, 84.0])
LABS = {
    "bilirubin": 120.0,
    "inr": 2.0,
    "creatinine": 150.0,
    "sodium": 138.0,
    "platelets": 90.0,
    "alt": 40.0,
    "ast": 50.0,
}


def course(albumin, death, acute):
    """Courses of N people: albumin at the end, and what has come together of two hazards by then."""
    values = {name: np.full((N, 3), LABS.get(name, 0.5), np.float32) for name in OUTPUTS}
    values |= {name: np.zeros((N, 3), np.float32) for name in OUTPUTS if name.startswith("cumulative_")}
    values["albumin"] = np.column_stack([np.full(N, 30.0), np.full(N, 30.0), albumin]).astype(np.float32)
    for name, end in (("death", death), ("aclf", acute)):
        values[f"cumulative_{name}_hazard"] = np.outer(end, DAYS / 84).astype(np.float32)
    return Courses(DAYS, values, np.empty((N, 0)), {})


@pytest.fixture(scope="module")
def people():
    table = pd.DataFrame({"number": range(N), "etiology": "hbv", "age": 50.0, "female": 0, "years": 10.0})
    return Population(table, {}, {})


@pytest.fixture(scope="module")
def courses():
    """The product adds most albumin to the frail, whom it saves too; a few have a higher risk of one cause."""
    rng = np.random.default_rng(4)
    frail = rng.random(N)
    death, acute = 0.1 + 1.5 * frail, 0.4 * rng.random(N)
    placebo = course(34 - 6 * frail, death, acute)
    drug = course(34 - 6 * frail + 1 + 3 * frail, 0.4 * death, acute * np.where(np.arange(N) < 30, 1.5, 0.8))
    return [drug, placebo]


@pytest.fixture
def design(plain_design):
    def make(**strategies):
        found = plain_design(enrolment="10 d", assays=[{"name": "albumin", "error": 0.0}], transplantation=True)
        own = found.primary.model_copy(update={"intercurrent": Intercurrent(**strategies)})
        return found.model_copy(update={"endpoints": [own, *found.endpoints[1:]]})

    return make


def test_the_true_effect_is_that_of_those_who_in_drawn_outcomes_live_in_both_arms(design, people, courses):
    """The same luck in either arm: replicates in which everybody gets the one, then the other, name who is of it."""
    chosen = design(death="principal_stratum").model_copy(update={"transplantation": False})
    drug, placebo = (conduct(chosen, people, [c, c], 1, patients=60_000) for c in courses)
    assert np.array_equal(drug.rows, placebo.rows)
    lives = np.isinf(drug.events["death"]) & np.isinf(placebo.events["death"])
    gains = (courses[0].values["albumin"] - courses[1].values["albumin"])[drug.rows, -1]
    (row,) = strata_of(chosen, people, courses)
    assert row["stratum_share"] == pytest.approx(lives.mean(), abs=0.01)
    assert row["true_effect"] == pytest.approx(gains[lives].mean(), abs=0.02)
    dead = np.isfinite(drug.events["death"]) & np.isinf(placebo.events["death"])
    assert row["harmed_share"] == pytest.approx(dead.mean(), abs=0.003) and dead.any()
    assert row["without_event"] == pytest.approx(np.isinf(drug.events["death"]).mean(), abs=0.01)
    assert row["true_effect_in_all"] - row["true_effect"] > 0.2  # who would die gains more


def strata_of(design, people, courses, n=4000, estimate=np.nan):
    seen = conduct(design, people, courses, 1, patients=n)
    shown = {(e.endpoint, e.arm): e.estimate for e in analyse(design, seen, design.primary)}
    typical = pd.DataFrame({"endpoint": ["albumin"], "arm": ["drug"], "estimate": [estimate]})
    return strata(design, people, courses, seen, typical, shown).to_dict("records")


def test_a_stratum_of_several_events_is_in_that_of_each(design, people, courses):
    either = {"transplantation": "principal_stratum", "death": "principal_stratum"}
    both, alive = design(**either), design(death="principal_stratum")
    assert both.primary.principal == ["death", "transplantation"] and alive.primary.principal == ["death"]
    whole, part = (chances(d, people, courses, d.primary, 0)[0] for d in (both, alive))
    assert (whole < part).any() and (whole <= part).all()
    of_stratum, here, there = chances(alive, people, courses, alive.primary, 0)
    assert (of_stratum <= np.minimum(here, there) + 1e-12).all()
    assert (of_stratum < np.minimum(here, there) - 1e-6).any()  # one risk higher, another lower


def test_without_an_effect_on_survival_survivors_are_the_stratum(design, people, courses):
    chosen = design(death="principal_stratum")
    same = {k: courses[1].values[k] for k in courses[1].values if k != "albumin"}
    drug = Courses(DAYS, courses[0].values | same, courses[0].rescued, {})
    (row,) = strata_of(chosen, people, [drug, courses[1]], n=40_000)
    assert (
        row["stratum_share"] == pytest.approx(row["without_event_reference"])
        and row["saved_share"] == row["harmed_share"] == 0
    )
    assert row["shown_estimate"] == pytest.approx(row["true_effect"], abs=0.1)
    assert row["kept"] == pytest.approx(1, abs=0.03)


def test_bounds_hold_the_truth_where_survivors_alone_mislead(design, people, courses):
    chosen = design(death="principal_stratum")
    lower = {"cumulative_aclf_hazard": 0.8 * courses[1].values["cumulative_aclf_hazard"]}
    monotone = Courses(DAYS, courses[0].values | lower, courses[0].rescued, {})
    (row,) = strata_of(chosen, people, [monotone, courses[1]], n=20_000)
    assert row["harmed_share"] == 0 and row["saved_share"] > 0.1 and row["kept"] < 0.9
    assert row["bound_low"] < row["true_effect"] < row["bound_high"]
    assert abs(row["shown_estimate"] - row["true_effect"]) > 0.1


def test_who_has_the_event_is_not_of_it_whatever_came_first(plain_design, synthetic):
    seen = synthetic([0, 1, 0, 1], np.tile([30.0, 31.0, 34.0], (4, 1)), death=[50.0, np.inf, np.inf, np.inf])
    seen.events["bleeding"] = np.array([10.0, 10.0, np.inf, np.inf])
    own = plain_design().primary.model_copy(
        update={"intercurrent": Intercurrent(death="principal_stratum", bleeding="composite"), "failure": 20.0}
    )
    found = values_at(own, seen, plain_design())[:, -1]
    assert np.isnan(found[0]) and found[1:].tolist() == [20.0, 34.0, 34.0]


def test_an_estimand_says_whom_it_is_of_and_what_the_analysis_assumes(design):
    chosen = design(death="principal_stratum", transplantation="principal_stratum")
    row = estimands(chosen).set_index("endpoint").loc["albumin"]
    assert row["population"].endswith(
        "those who would be alive and without a transplantation at 84 d in either arm (principal stratum)"
    )
    assert "death: principal stratum (asked of those alone" in row["intercurrent_events"]
    assert "alike in both arms given what is adjusted for" in row["missing_values"]


def test_nothing_is_imputed_for_who_is_not_of_the_stratum(design, people, courses):
    noisy = {"assays": [AssaySection(name="albumin", error=0.05)]}
    chosen, plain = (design(**own).model_copy(update=noisy) for own in ({"death": "principal_stratum"}, {}))
    seen = conduct(chosen, people, courses, 1, patients=200)
    assert sensitivity(chosen, seen).empty and not sensitivity(plain, seen).empty


@pytest.mark.parametrize(("old", "new", "said"), [
    ("output: albumin, at", "method: mmrm, intercurrent: {death: principal_stratum}, output: albumin, at",
     "mmrm fills in values after death"),
    ("output: albumin, at", "intercurrent: {death: principal_stratum}, output: albumin, at",
     '"rank" compares everybody by this endpoint'),
    ("output: albumin, at", "intercurrent: {hcc: principal_stratum}, output: albumin, at",
     "is of death or transplantation, not of hcc"),
    ("output: albumin, at", "intercurrent: {transplantation: principal_stratum}, output: albumin, at",
     "nobody is transplanted here"),
    ("events: [death]", "events: [hcc], intercurrent: {death: principal_stratum}", "not of time to event"),
])  # fmt: skip
def test_what_cannot_be_meant_is_refused_in_a_sentence(tmp_path, old, new, said):
    with pytest.raises(InputError, match=said) as caught:
        read_design(write(tmp_path, DESIGN.replace(old, new, 1)))
    assert "\n" not in str(caught.value)


def test_page_terminal_and_files_tell_it(tmp_path):
    text = DESIGN.replace("output: albumin, at", "intercurrent: {death: principal_stratum}, output: albumin, at", 1)
    text = text.replace("  - {name: rank, kind: ranked, order: [death, albumin]}\n", "")
    text = text.replace("patients: 60", "patients: 16").replace("analysis:", "replicates: 2\nmembers: 0\nanalysis:")
    found = Trial(read_design(write(tmp_path, text)), "small").run(out=tmp_path / "out")
    table = pd.read_csv(tmp_path / "out" / "principal.csv")
    assert table["events"].tolist() == ["death"] and 0 < table["stratum_share"][0] <= 1
    own = found.twins().query("arm == 'cells'")
    effect = own["albumin_day_168_effect"]
    assert effect.min() - 1e-6 <= table["true_effect"][0] <= effect.max() + 1e-6
    assert table["true_effect_in_all"][0] == pytest.approx(effect.mean(), rel=1e-5)
    (line,) = sentences(found.design, found.principal())
    assert line.startswith("albumin, cells: ") and "in placebo alone); true effect in them" in line and "g/L" in line
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "Principal strata: those who would be without the events" in page and "(principal stratum)" in page
    assert story(found)["principal"][0]["true_effect"] == pytest.approx(table["true_effect"][0])
    assert "principal.csv" in Trial.open(tmp_path / "out").summary()["estimands"][0]["missing_values"]
