"""Untreated courses beside published numbers: no row is left out, a statistic is what a study would count."""

import math
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from lobule.answers.natural_history import FILE, natural_history
from lobule.errors import InputError
from lobule.scores.clinic import PRESSOR, VENTILATOR
from lobule.validate import natural_history as module
from lobule.validate import natural_history_tables as tables
from lobule.validate.natural_history import MET, MISSED, NOT_SAID, chain, compared
from lobule.validate.natural_history_animals import TIMES, Course
from lobule.validate.natural_history_counts import Cohort, NotSaid, horizon, statistic
from lobule.validate.natural_history_people import YEARS
from lobule.validate.natural_history_tables import Published, Question, evidence_rows, published, questions, set_aside

ONE = np.ones_like(YEARS)


def cohort(collagen, *, hazard=0.0, untreated=None, starts=None, **outputs):
    """People by their collagen over the years; hazard of death and decompensation a year."""
    collagen = np.array([np.broadcast_to(c, YEARS.shape) for c in collagen], float)
    values = {
        "fibrosis": np.digitize(collagen, (4.0, 6.0, 9.0, 14.0)).astype(float),
        "stage": (collagen >= 14).astype(float),
        "child_pugh": np.full_like(collagen, 5.0),
        "cumulative_death_hazard": np.broadcast_to(hazard * YEARS, collagen.shape).copy(),
        "cumulative_decompensation_hazard": np.broadcast_to(hazard * YEARS, collagen.shape).copy(),
    }
    values |= {name: np.array([np.broadcast_to(v, YEARS.shape) for v in each], float) for name, each in outputs.items()}
    everywhere = np.ones(len(YEARS), bool)
    return Cohort(values, np.ones(len(collagen)), YEARS, everywhere if starts is None else starts, untreated)


GROWING = cohort(
    [YEARS, YEARS, YEARS], alt=[30 * ONE, 40 * ONE, 90 * ONE]
)  # collagen 1 % a year: F1 at 4, F4 at 14 years


def test_every_row_of_evidence_on_the_disease_is_asked_or_has_a_reason():
    told = Counter(name for q in questions() if q.statistic != "chain" for name in q.row.split())
    rows = {name for _, name in evidence_rows()}
    assert rows - told.keys() == set(), "natural_history.csv says nothing of these"
    assert told.keys() - rows == set(), "these are no rows of evidence"
    assert [name for name, times in told.items() if times > 1] == []


def test_every_question_has_a_figure_and_what_is_no_miss():
    for q in questions():
        if q.reason:
            assert (q.subject, q.statistic) == ("", ""), q.row
        elif q.statistic != "chain":
            seen = published(q)
            assert seen.low <= seen.value <= seen.high, q.row


def test_every_fact_that_is_set_aside_is_on_the_page():
    told = {name for q in questions() for name in q.row.split()}
    of_the_disease = {name for _, name in evidence_rows()}
    assert {name for name in set_aside() if name in of_the_disease} <= told


def test_a_statistic_or_subject_that_is_unknown_is_told(tmp_path):
    path = tmp_path / "natural_history.csv"
    head = "row,kind,subject,at,output,statistic,factor,over,tolerance,reason\n"
    path.write_text(head + "N010,complications,hbv,compensated,decompensation,ratee,,,,\n", encoding="utf-8")
    with pytest.raises(InputError, match=r'natural_history.csv, N010: there is no "ratee". Did you mean "rate"'):
        questions(path)


@pytest.mark.parametrize(
    ("at", "output", "how", "found"),
    [
        ("F0", "alt", "level", 40.0),
        ("year 5", "F1", "share", 1.0),
        ("year 20", "no cirrhosis", "share", 0.0),
        ("any", "F4", "years", 14.0),
        ("year 10", "fibrosis", "level", 3.0),
        ("year 3, for 1 year", "F1-F4", "within", 1.0),
        ("year 2, for 1 year", "F1-F4", "within", 0.0),
        ("year 12, for 2 year", "F4", "then", 1.0),
        ("year 4, for 10 year", "fibrosis", "change a year", 0.3),
        ("alt 35 to 50", "alt", "level", math.nan),  # one person is too few
        ("F1-F3, first, for 5 year", "F2-F4", "within", 1.0),
        ("any", "alt ~ fibrosis", "slope", 0.0),
    ],
)
def test_statistics_of_people_are_those_of_a_course_by_hand(at, output, how, found):
    assert statistic(GROWING, at, output, how) == pytest.approx(found, nan_ok=True, abs=1e-9)


def test_risk_survival_and_rate_follow_from_the_hazard():
    dying = cohort([5 * ONE] * 3, hazard=0.1)
    assert statistic(dying, "F1, for 5 year", "death", "within") == pytest.approx(1 - np.exp(-0.5))
    assert statistic(dying, "F1, for 5 year", "death", "without") == pytest.approx(np.exp(-0.5))
    assert statistic(dying, "F1, for 1 year", "decompensation", "rate") == pytest.approx(0.1)
    assert statistic(dying, "F1, for 30 d", "death", "within") == pytest.approx(1 - np.exp(-0.1 * 30 / 365.25))


def test_risks_are_of_those_who_would_be_enrolled():
    old = cohort([5 * ONE] * 6, hazard=0.1)
    old.values["cumulative_death_hazard"][:3] *= 10
    assert statistic(old, "F1, for 1 year", "death", "within") > 0.1
    young = replace(old, enrolled=np.repeat([[False], [True]], 3, axis=0) & np.ones(old["stage"].shape, bool))
    assert statistic(young, "F1, for 1 year", "death", "within") == pytest.approx(1 - np.exp(-0.1))
    assert statistic(young, "year 3", "F1", "share") == 1.0  # a state is of everybody


def test_visits_count_by_who_is_still_alive():
    """Half of the people die fast: late visits are those of the others."""
    mixed = cohort([5 * ONE] * 6, alt=[10 * ONE] * 3 + [100 * ONE] * 3)
    mixed.values["cumulative_death_hazard"][:3] = 5 * YEARS
    assert statistic(mixed, "year 10", "alt", "level") == 100.0


def test_who_has_decompensated_is_no_longer_counted_among_the_compensated():
    """Half of the people decompensate fast, though no visit shows it: late visits are those of the others."""
    mixed = cohort([15 * ONE] * 6, alt=[10 * ONE] * 3 + [100 * ONE] * 3)
    mixed.values["cumulative_decompensation_hazard"][:3] = 5 * YEARS
    assert statistic(mixed, "compensated, year 10", "alt", "level") == 100.0
    assert statistic(mixed, "cirrhosis, year 10", "alt", "level") == 10.0


def test_shares_by_transition_rates_are_of_the_dead_too():
    mixed = cohort([15 * ONE] * 3 + [5 * ONE] * 3)
    mixed.values["cumulative_death_hazard"][:3] = 5 * YEARS
    assert statistic(mixed, "year 10", "F4", "chain") == pytest.approx(0.5)
    assert statistic(mixed, "year 10", "F4", "share") < 0.01


def test_care_begins_at_its_years_and_is_set_beside_the_same_people_without():
    at_ten = np.abs(YEARS - 10) < 0.1
    without = cohort([15 * ONE] * 3, hazard=0.2)
    cured = cohort([15 * ONE] * 3, hazard=0.05, untreated=without, starts=np.repeat([at_ten], 3, axis=0))
    assert statistic(cured, "cirrhosis, for 3 year", "death", "hazard ratio") == pytest.approx(0.25)
    assert math.isnan(statistic(cured, "F0, for 3 year", "death", "hazard ratio"))


@pytest.mark.parametrize("words", ["F7", "compensatd", "year", "alt 10"])
def test_a_state_that_is_none_is_told(words):
    with pytest.raises(InputError, match="is no state of people"):
        GROWING.where(words)


def test_an_output_that_the_model_has_not_is_no_mistake_but_a_reason():
    with pytest.raises(NotSaid, match='the model has no output "alp"'):
        statistic(GROWING, "F1", "alp", "level")


def test_the_words_of_a_state_may_look_ahead():
    assert horizon("F3, first, for 48 wk") == ("F3, first", pytest.approx(48 * 7 / 365.25))
    assert horizon("F3") == ("F3", 0.0)


def test_the_chain_of_transition_rates_keeps_everybody():
    shares = chain([0.117, 0.085, 0.12, 0.116], [0, 10, 30])
    assert shares.sum(axis=1) == pytest.approx(1)
    assert shares[1, :2] == pytest.approx([0.288, 0.450], abs=0.001)  # 0.883^10; by the sum over the year of the step


def test_animals_are_read_by_time_fold_peak_and_death():
    course = Course({"alt": 30 + 270 * np.exp(-((TIMES - 1) ** 2)), "cumulative_death_hazard": TIMES / 10})
    assert course.statistic("24 h", "alt", "value") == pytest.approx(300)
    assert course.statistic("1 d", "alt", "fold") == pytest.approx(300 / (30 + 270 / np.e))
    assert course.statistic("1 d", "alt", "peak") == pytest.approx(24)
    assert course.statistic("5 d", "death", "dead") == pytest.approx(100 * (1 - np.exp(-0.5)))
    with pytest.raises(NotSaid, match="followed for"):
        course.statistic("2 year", "alt", "value")


@pytest.mark.parametrize(
    ("row", "statistic_", "output", "low", "high", "assumed"),
    [
        ("N002", "change a year", "fibrosis", 0.07, 0.21, False),  # limits of the source
        ("H138", "level", "bilirubin", None, None, False),  # mg/dL in umol/L
        ("N012", "without", "death", 0.84 - 0.4 * 0.16, 0.84 + 0.4 * 0.16, True),  # by those who die
    ],
)
def test_what_is_no_miss_comes_from_the_source_or_is_assumed(row, statistic_, output, low, high, assumed):
    seen = published(Question(row=row, kind="x", subject="hbv", at="any", output=output, statistic=statistic_))
    assert seen.assumed is assumed
    if low is not None:
        assert (seen.low, seen.high) == pytest.approx((low, high))


def test_a_median_beside_its_quartiles_and_no_interval_from_an_sd_of_0():
    labs = {"kind": "labs", "subject": "alcohol", "at": "any", "statistic": "level"}
    skewed = published(Question(row="H291", output="meld", **labs))
    assert (skewed.value, skewed.assumed) == (8.982, False)
    misprinted = published(Question(row="HH503", output="inr", **labs))
    assert misprinted.assumed and misprinted.low < misprinted.value < misprinted.high


def test_a_figure_is_in_the_unit_of_the_model():
    in_mg = published(
        Question(row="H002", kind="labs", subject="healthy", at="any", output="bilirubin", statistic="level")
    )
    assert (in_mg.low, in_mg.high) == pytest.approx((0.2 * 17.104, 1.2 * 17.104))


def test_dividing_by_another_figure_divides_the_interval_too():
    assert Published(4.0, 2.0, 6.0, True).over(2.0) == Published(2.0, 1.0, 3.0, True)


def test_what_is_set_aside_is_not_looked_at_unless_it_is_asked(monkeypatch):
    name = next(q for q in questions() if q.row in set_aside() and q.subject == "mixed").row
    asked = [q for q in questions() if q.row == name]
    monkeypatch.setattr(module.people, "followed", lambda subjects, outputs: {})
    monkeypatch.setattr(module.animals, "followed", lambda subjects, outputs: {})
    (line,) = compared(asked=asked).lines
    assert (line.outcome, math.isnan(line.found)) == ("set aside", True)
    monkeypatch.setattr(module.people, "followed", lambda subjects, outputs: {"mixed": GROWING})
    (line,) = compared(asked=asked, aside=True).lines
    assert (line.looked, line.outcome) in ((True, MISSED), (True, NOT_SAID))


def test_the_care_of_a_subject_is_one_for_all_causes_or_one_each():
    who = tables.Subject(name="x", species="human", causes="hbv mash", shares="0.5 0.5", care="antiviral; weight loss")
    assert who.cares == ["antiviral", "weight loss"]
    assert tables.Subject(name="x", species="human", causes="hbv hcv", shares="0.5 0.5").cares == ["", ""]


@pytest.mark.parametrize("one", [s for s in tables.subjects().values() if not s.single], ids=lambda s: s.name)
def test_each_cause_of_a_subject_has_a_share_and_its_care(one):
    assert len(one.causes) == len(one.shares) == len(one.cares)
    assert not one.causes or sum(one.shares) == pytest.approx(1)
    assert bool(one.years) == bool(one.care)


def test_a_hazard_that_the_model_has_not_is_a_reason():
    with pytest.raises(NotSaid, match="the model has no hazard of liver death"):
        statistic(GROWING, "F1, for 1 year", "liver_death", "within")


def test_a_cause_that_the_model_has_not_is_a_reason(monkeypatch):
    monkeypatch.setitem(
        tables.subjects(), "gout", tables.Subject(name="gout", species="human", causes="gout", shares="1")
    )
    (line,) = compared(
        asked=[Question(row="N010", kind="x", subject="gout", at="any", output="F4", statistic="share")]
    ).lines
    assert (line.outcome, line.reason) == (NOT_SAID, "the model has no cause gout")


@pytest.fixture(scope="module")
def answer():
    return natural_history()


@pytest.mark.science
def test_the_page_tells_every_row_and_counts_add_up(answer):
    totals = answer.data["totals"]
    assert sum(t["rows"] for t in totals[:-1]) == totals[-1]["rows"] == len(questions())
    for t in totals:
        assert t[MET] + t[MISSED] + t["set aside"] + t[NOT_SAID] == t["rows"]
    assert totals[-1][MET] + totals[-1][MISSED] > 400
    missed = [row["row"] for row in answer.data["rows"] if row["outcome"] == MISSED]
    assert all(name in answer.text for name in missed)


def test_circulation_and_lungs_fail_on_the_page_where_they_fail_in_a_clinic():
    limits = {"failing_circulation": PRESSOR, "failing_lungs": VENTILATOR}
    asked = [question.output.split() for question in questions() if question.output.startswith(tuple(limits))]
    assert asked
    assert all(float(low) == limits[name] for name, low, *_ in asked)


@pytest.mark.science
def test_the_page_stands_alone(answer, tmp_path):
    answer.save(tmp_path / "out")
    page = (tmp_path / "out" / FILE).read_text(encoding="utf-8")
    assert page.count("<svg") == 4 and "refresh" not in page and "<script" not in page
    assert {"rows.csv", "totals.csv", FILE, "README.txt", "beside.png"} <= {
        p.name for p in (tmp_path / "out").iterdir()
    }
    assert all(q.row in page for q in questions())
