"""The two readings of every exploration: beside each other as published, alone as counted, one where nothing acts."""

import numpy as np
import pytest

import lobule as lb
from lobule.answers.cargo import cargo
from lobule.answers.compare import compare
from lobule.answers.dose import dose
from lobule.answers.group import group
from lobule.answers.sensitivity import sensitivity
from lobule.answers.synergy import synergy
from lobule.errors import InputError
from lobule.explore import attribute, compare_groups, explore_doses
from lobule.explore import synergy as together
from lobule.simulation.reading import unexplained_share

MOUSE = lb.Animal("mouse", injury="ccl4", weeks=3)
EV = lb.Plan("uc-msc-ev", "1e10 particle", start="7 d")
EMPTY = lb.Plan("empty-vesicles", "1e10 particle", start="7 d")
SCENARIO = """title: {name}
subject: {{species: mouse, injury: {{cause: ccl4, duration: 3 wk}}}}
plan:
  - {{product: uc-msc-ev, dose: {dose} particle, start: 7 d}}
{more}until: 21 d
"""
CELLS = "  - {product: uc-msc, dose: 1e6 cell, start: 7 d}\n"


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("scenarios")
    written = {"one": ("1e10", ""), "other": ("1e11", ""), "nothing": ("0", ""), "both": ("1e10", CELLS)}
    for name, (amount, more) in written.items():
        (folder / f"{name}.yaml").write_text(SCENARIO.format(name=name, dose=amount, more=more), encoding="utf-8")
    return lambda *names: [folder / f"{name}.yaml" for name in names]


def test_a_comparison_tells_each_scenario_in_both_readings(files):
    answer = compare(*files("one", "nothing"))
    table = answer.tables["comparison"].frame
    assert set(table["reading"]) == {"published"}
    for row in table.to_dict("records"):
        share = unexplained_share(row["ratio"], 1.0, row["counted_ratio"])
        assert share is None if np.isnan(row["unexplained_share"]) else row["unexplained_share"] == pytest.approx(share)
    idle = table[table["scenario"] == "nothing"]
    assert (idle["ratio"] == 1).all() and (idle["counted_ratio"] == 1).all() and idle["unexplained_share"].isna().all()
    lines = answer.text.splitlines()
    begin = next(k for k, line in enumerate(lines) if line.startswith("One: "))
    first, second = lines[begin : begin + 2]
    assert first.startswith("One: ") and "as published; counted: " in first
    assert second.startswith("Nothing: ") and second.endswith("no effect; no effect to explain.")
    assert "nan" not in answer.text
    assert any("as counted" in text.get_text() for text in answer.pictures["comparison"].draw().legends[0].texts)


def test_what_has_no_counted_reading_is_not_said_to_have_no_effect(tmp_path):
    plans = {"cells": "{product: uc-msc, dose: 1e6 cell/kg}", "drug": "{care: antiviral}"}
    for name, plan in plans.items():
        (tmp_path / f"{name}.yaml").write_text(
            f"title: {name}\nsubject: {{species: human, etiology: hbv, years: 30}}\nplan: {plan}\nuntil: 60 d\n"
        )
    answer = compare(*(tmp_path / f"{name}.yaml" for name in plans))
    table = answer.tables["comparison"].frame.set_index("scenario")
    assert table.loc["drug", "counted_ratio"].isna().all() and table.loc["cells", "counted_ratio"].notna().all()
    shares = answer.text.partition("Share of the effect with")[2].splitlines()
    (line,) = [line for line in shares[:5] if line.startswith("drug")]
    assert line.split() == ["drug"]


def test_a_counted_comparison_is_that_of_the_counted_column(files):
    published = compare(*files("one", "other")).tables["comparison"].frame
    counted = compare(*files("one", "other"), reading="counted").tables["comparison"].frame
    assert counted["ratio"].tolist() == published["counted_ratio"].tolist()
    assert set(counted["reading"]) == {"counted"} and counted["counted_ratio"].isna().all()


@pytest.fixture(scope="module")
def doses():
    return {r: explore_doses(MOUSE, EV, 21, routes=["iv"], members=0, reading=r) for r in ("published", "counted")}


@pytest.mark.science
def test_a_dose_response_has_its_counted_curve_beside_it(doses):
    curve, alone = (one.table[one.table["part"] == "curve"] for one in doses.values())
    assert curve["benefit_counted"].to_numpy() == pytest.approx(alone["benefit"].to_numpy(), rel=1e-9, abs=1e-12)
    assert (curve["benefit_counted"] <= curve["benefit"] + 1e-9).all()
    shares = curve["unexplained_share"].dropna()
    assert len(shares) and shares.between(0, 1).all()
    assert "benefit_counted" not in alone
    assert doses["published"].own["per_dose"] == 1e10
    assert {one.reading for one in doses.values()} == {"published", "counted"}


@pytest.mark.science
def test_the_command_says_first_what_the_own_dose_does(files):
    answer = dose(*files("one"), route=["iv"], reading="counted")
    assert answer.text.startswith("Collagen proportionate area")
    assert "with the plan's own dose, as counted (only what copies in cells can do)" in answer.text.splitlines()[0]
    assert answer.record.options["reading"] == answer.data["reading"] == "counted"
    assert set(answer.tables["dosing"].frame["reading"]) == {"counted"}


@pytest.mark.science
def test_a_group_has_its_animals_as_counted_beside_them(files):
    published, counted = (compare_groups(MOUSE, EV, "21 d", 3, reading=r) for r in ("published", "counted"))
    assert published.table["counted_ratio"].to_numpy() == pytest.approx(
        counted.table["expected_ratio"].to_numpy(), rel=1e-6
    )
    assert "counted_ratio" not in counted.table
    assert set(published.table["reading"]) == {"published"}
    answer = group(*files("one"), animals=3)
    assert "as published; counted: " in answer.text.splitlines()[0]


@pytest.mark.science
def test_readings_agree_to_the_last_bit_where_no_product_acts():
    for ask in (
        lambda r: compare_groups(MOUSE, EMPTY, "21 d", 3, reading=r).animals,
        lambda r: together(MOUSE, EMPTY, EMPTY, 21, "alt", members=2, reading=r).both,
    ):
        published, counted = (ask(r) for r in ("published", "counted"))
        assert np.array_equal(np.asarray(published), np.asarray(counted))


@pytest.mark.science
def test_the_shares_of_the_cargo_are_of_a_reading(files):
    published, counted = (attribute(MOUSE, EV, 21, outputs=["il_10"], reading=r) for r in ("published", "counted"))
    assert counted.total["il_10"] < published.total["il_10"]
    assert not any("published" in name for name in counted.table["component"])
    answer = cargo(*files("one"), draws=0, reading="counted")
    assert answer.text.startswith("As counted: only what copies in cells can do.")
    assert set(answer.tables["attribution"].frame["reading"]) == {"counted"}


@pytest.mark.science
def test_two_parts_add_up_in_a_reading(files):
    answer = synergy(*files("both"), reading="counted")
    assert answer.text.splitlines()[1] == "As counted: only what copies in cells can do."
    assert answer.record.options["reading"] == "counted"


def test_an_untreated_subject_has_no_reading_to_choose(files):
    with pytest.raises(InputError, match="an untreated subject has no reading; ask for --effect"):
        sensitivity(*files("one"), reading="counted")


@pytest.mark.parametrize("ask", [cargo, compare, dose, group, synergy])
def test_every_exploration_refuses_another_word_in_one_sentence(files, ask):
    given = files("both", "one") if ask is compare else files("both")
    with pytest.raises(InputError, match='no reading "publish"'):
        ask(*given, reading="publish")
