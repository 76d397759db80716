"""What of a trial's effects the counted reading does not reach, and trials that are counted themselves."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from tests.trial.test_design import DESIGN

from lobule.simulation.reading import unexplained_share
from lobule.trial.conduct import chance_of
from lobule.trial.runs import counted_units, units, with_products
from lobule.trial.story import headline, of_the_reading
from lobule.trial.trial import Trial
from lobule.trial.twins import twins
from lobule.trial.unexplained import levels

SMALL = DESIGN.replace("patients: 60", "patients: 16").replace("analysis:", "replicates: 2\nmembers: 0\nanalysis:")
SMALL = SMALL.replace(
    "  - {name: rank",
    "  - {name: gain, kind: responder, output: albumin, at: 168 d, response: change >= 2}\n  - {name: rank",
)


@pytest.fixture(scope="module")
def design_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("design") / "small.yaml"
    path.write_text(SMALL, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def done(design_file, tmp_path_factory):
    return Trial.read(design_file).run(out=tmp_path_factory.mktemp("trial") / "published")


@pytest.fixture(scope="module")
def counted(design_file, done, tmp_path_factory):
    trial = Trial.read(design_file).changed(reading="counted")
    return trial.run(done.population, out=tmp_path_factory.mktemp("trial") / "counted")


def same(one, other):
    return all(np.array_equal(one.values[name], other.values[name]) for name in one.values)


def test_the_courses_beside_a_trial_are_those_of_the_counted_trial(done, counted):
    assert all(same(a, b) for a, b in zip(done.counted, counted.courses, strict=True))
    assert same(done.counted[1], done.courses[1])  # nobody gets a product there: the readings agree to the last bit
    assert not same(done.counted[0], done.courses[0])
    assert counted.counted is None


def test_only_arms_with_a_product_are_solved_twice(done):
    design, people = done.design, done.population
    assert with_products(design) == [0]
    assert {unit.arm for unit in counted_units(design, people)} == {0}
    assert not {u.key for u in counted_units(design, people)} & {u.key for u in units(design, people, [0])}
    bare = design.model_copy(update={"arms": [replace_plan(arm) for arm in design.arms]})
    assert list(counted_units(bare, people)) == []
    nothing = replace(done, design=bare, counted=None)
    assert of_the_reading(nothing) == []


def replace_plan(arm):
    return arm.model_copy(update={"plan": []})


def test_every_endpoint_with_a_true_value_has_its_share(done):
    table = done.unexplained()
    assert table["endpoint"].tolist() == ["albumin", "death", "gain"]  # a rank has none
    assert all(share is None or 0 <= share <= 1 for share in table["unexplained_share"].replace(np.nan, None))
    row = table.set_index("endpoint").loc["albumin"]
    own = twins(done.design, done.population, done.courses)
    assert row["level"] == pytest.approx(own.loc[own["arm"] == "cells", "albumin_day_168"].mean())
    assert row["level"] - row["reference_level"] == pytest.approx(
        own.loc[own["arm"] == "cells", "albumin_day_168_effect"].mean(), rel=1e-6
    )
    death = table.set_index("endpoint").loc["death"]
    assert death["level"] == pytest.approx(1 - own.loc[own["arm"] == "cells", "survival"].mean(), rel=1e-5)
    for one in table.to_dict("records"):
        share = unexplained_share(one["level"], one["reference_level"], one["counted_level"])
        assert one["unexplained_share"] == share or (share is None and np.isnan(one["unexplained_share"]))


def test_a_chance_grows_with_the_events_that_count(done):
    age = done.population.table["age"].to_numpy(float)
    of = {names: chance_of(done.design, done.courses[0], age, names)
          for names in (("death",), ("death", "hcc"), ("hcc",), ("death", "aclf"), ("aclf",))}  # fmt: skip
    assert all(((chance >= 0) & (chance <= 1)).all() for chance in of.values())
    assert (of["death", "hcc"] >= np.maximum(of["death",], of["hcc",]) - 1e-12).all()
    either, apart = of["death", "aclf"], 1 - (1 - of["death",]) * (1 - of["aclf",])
    assert (either <= apart + 1e-12).all()  # a failure that is fatal is both


def test_folder_screen_and_tables_say_the_reading_and_the_share(done, counted):
    for result, reading in ((done, "published"), (counted, "counted")):
        summary = json.loads((result.folder / "summary.json").read_text(encoding="utf-8"))
        table = pd.read_csv(result.folder / "endpoints.csv")
        assert summary["reading"] == reading
        assert set(table["reading"]) == {reading}
        page = (result.folder / "report.html").read_text(encoding="utf-8")
        assert headline(result)[0].split(",")[0] in page and f"as {reading}" in page
    assert "unexplained_share" in pd.read_csv(done.folder / "endpoints.csv")
    assert "unexplained_share" not in pd.read_csv(counted.folder / "endpoints.csv")
    assert "as published" in headline(done)[0] and "placebo" in headline(done)[0]
    assert headline(counted)[0] == "As counted: only what copies in cells can do."


def test_an_opened_trial_knows_its_share_and_one_of_before_has_none(done):
    again = Trial.open(done.folder)
    assert again.unexplained().equals(done.unexplained())
    assert headline(again) == headline(done)
    old = Trial.open("tests/old/trial")
    assert old.counted is None and old.design.reading == "published"
    assert of_the_reading(old) == []


def test_an_endpoint_without_a_true_value_has_no_level(done):
    (rank,) = [endpoint for endpoint in done.design.endpoints if endpoint.kind == "ranked"]
    assert levels(done.design, done.population, done.courses, rank) is None


def test_means_are_of_those_who_were_solved_in_every_arm(done):
    from lobule.trial.runs import Courses

    (albumin,) = [endpoint for endpoint in done.design.endpoints if endpoint.name == "albumin"]
    odd = {name: values.copy() for name, values in done.courses[0].values.items()}
    odd["albumin"][3] = np.nan
    broken = Courses(done.courses[0].days, odd, done.courses[0].rescued, {3: "stopped"})
    first, second = levels(done.design, done.population, [broken, done.courses[1]], albumin)
    others = np.arange(len(done.population)) != 3
    at = int(np.searchsorted(broken.days, 168.0))
    assert first == pytest.approx(done.courses[0].values["albumin"][others, at].mean(), rel=1e-6)
    assert second == pytest.approx(done.courses[1].values["albumin"][others, at].mean(), rel=1e-6)
