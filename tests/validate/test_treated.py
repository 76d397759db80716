"""Checks of therapies are of a reading: what is solved for them, what is kept, what the table says."""

import numpy as np
import pytest
from typer.testing import CliRunner

import lobule as lb
from lobule.answers.model import check
from lobule.cli import app
from lobule.errors import InputError
from lobule.simulation.reading import READING
from lobule.validate import checks
from lobule.validate.treated import as_read, once_a_reading, reading, run_courses

MOUSE = lb.Animal("mouse", injury="ccl4", weeks=3)
EV = lb.Plan("uc-msc-ev", "1e10 particle", start="7 d")


def solved(**sets):
    plans = {"treated": EV, "empty": lb.Plan("empty-vesicles", "1e10 particle", start="7 d")}
    names = dict.fromkeys(["untreated", *plans], MOUSE)
    return run_courses(names, np.array([21.0]), plans=plans, sets=sets)


@pytest.mark.science
def test_checks_are_solved_in_the_reading_that_is_asked_for():
    published = solved()
    with as_read("counted"):
        counted, chosen = solved(), solved(treated={READING: 1.0})
    il_10 = [one("treated", "il_10")[0] for one in (published, counted, chosen)]
    assert il_10[1] < il_10[0] == il_10[2]  # what a check itself sets goes before
    for name in ("untreated", "empty"):
        assert published(name, "il_10") == counted(name, "il_10")


def test_what_is_kept_is_kept_by_reading():
    made = []

    @once_a_reading
    def costly():
        made.append(reading())
        return reading()

    with as_read("counted"):
        assert costly() == costly() == "counted"
    assert costly() == costly() == "published"
    assert made == ["counted", "published"]


def test_the_reading_of_checks_ends_with_what_asked_for_it():
    with pytest.raises(InputError, match="no reading"), as_read("count"):
        pass
    with pytest.raises(RuntimeError), as_read("counted"):
        raise RuntimeError
    assert reading() == "published"


def test_the_table_says_the_reading_of_what_is_treated(monkeypatch):
    monkeypatch.setattr(checks, "DISEASE", (lambda: iter([("A1.mouse.day7", 1.0)]),))
    monkeypatch.setattr(checks, "THERAPY", (lambda: iter([("T1.albumin", float(reading() == "counted"))]),))
    for word in ("published", "counted"):
        answer = check(reading=word)
        rows = {one["id"]: one for one in answer.data["checks"]}
        assert rows["T1.albumin"]["reading"] == answer.data["reading"] == word
        assert rows["T1.albumin"]["found"] == float(word == "counted")
        assert rows["A1.mouse.day7"]["reading"] == ""
        (line,) = [line for line in answer.text.splitlines() if " T1.albumin " in line]
        assert f", as {word}  [" in line
        assert f"of therapies as {word} " in answer.said
    assert check().data["reading"] == "published"


def test_the_command_refuses_another_word_and_health_has_no_reading():
    for arguments, told in (
        (["--reading", "count"], "no reading"),
        (["--health", "--reading", "counted"], "no reading"),
    ):
        result = CliRunner().invoke(app, ["model", "check", *arguments])
        assert isinstance(result.exception, InputError) and told in str(result.exception)
