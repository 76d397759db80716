"""Groups of animals that differ: spread, comparison, what is refused."""

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import lobule as lb
from lobule.cli import app
from lobule.errors import InputError
from lobule.explore import compare_groups, different
from lobule.patient.measured import errors, measured, own_levels
from lobule.patient.variation import variation
from lobule.simulation.run import HEADLINE

CCL4 = lb.Animal("mouse", injury="ccl4", weeks=2)
EV = lb.Plan("uc-msc-ev", "1e10 particle", start="7 d")


@pytest.fixture(scope="module")
def found():
    return compare_groups(CCL4, EV, "14 d", n=10, seed=3)


def test_animals_of_a_group_differ_and_are_the_same_again():
    first, again = different(CCL4, 4, seed=1), different(CCL4, 8, seed=1)
    assert first == again[:4]
    assert len({animal.varied["alt_healthy"] for animal in again}) == 8
    assert different(CCL4, 4, seed=2) != first


def test_the_spread_of_the_draws_is_that_of_the_table():
    drawn = different(CCL4, 1000, seed=5)
    for name, spread in variation("animal").items():
        logs = np.log([animal.varied[name] for animal in drawn])
        assert logs.std() == pytest.approx(spread, rel=0.1)
        assert abs(logs.mean()) < 4 * spread / np.sqrt(1000)


def test_a_factor_of_the_animal_stays_beside_its_differences():
    special = lb.Animal("mouse", varied={"alt_healthy": 2.0, "ev_lung_rate": 0.5})
    plain = lb.Animal("mouse")
    both = different(special, 1, 1)[0].varied
    assert both["alt_healthy"] == pytest.approx(2 * different(plain, 1, 1)[0].varied["alt_healthy"])
    assert both["ev_lung_rate"] == 0.5


def test_means_and_p_values_are_those_of_the_animals(found):
    from scipy.stats import ttest_ind

    rows = found.table.set_index("output")
    treated = found.animals.loc[found.animals["treated"], "alt_U_per_L"]
    untreated = found.animals.loc[~found.animals["treated"], "alt_U_per_L"]
    assert len(treated) == len(untreated) == 10
    assert rows.loc["alt", "treated_mean"] == pytest.approx(treated.mean())
    assert rows.loc["alt", "untreated_sd"] == pytest.approx(untreated.std())
    expected = ttest_ind(np.log(treated), np.log(untreated), equal_var=False).pvalue
    assert rows.loc["alt", "p_value"] == pytest.approx(expected)


def test_each_animal_is_its_own_single_run(found):
    animal = different(CCL4, 20, seed=3)[12]
    run = lb.simulate(animal, until="14 d", sample_every="14 d")
    row = found.animals.set_index("id").loc[12]
    assert not row["treated"]
    ids = np.arange(20)
    for output, column in (("alt", "alt_U_per_L"), ("il_10", "il_10"), ("albumin", "albumin_g_per_L")):
        seen = float(run[output][-1]) * own_levels(3, ids)[output][12] * errors(3, ids)[output][12]
        assert row[column] == pytest.approx(seen, rel=1e-3)


def test_spread_between_animals_and_error_of_measurement_are_told_apart_and_make_the_whole(found):
    rows = found.table
    assert np.hypot(rows["between_cv"], rows["measurement_cv"]).to_numpy() == pytest.approx(rows["group_cv"].to_numpy())
    assert (rows["between_cv"] > 0).all() and (rows["measurement_cv"] > 0).all()


@pytest.mark.parametrize("weeks_until", ["41 d", "63 d"])
def test_the_spread_of_groups_lies_in_the_published_range(weeks_until):
    """Six weeks of CCl4, a day after a dose and three weeks after the last: rows of patient/animal_measured.csv."""
    mice = lb.Animal("mouse", injury="ccl4", weeks=6)
    rows = compare_groups(mice, lb.Plan("uc-msc-ev", "1e10 particle", start="21 d"), weeks_until, n=2).table
    known = rows[rows["published_low"].notna()]
    assert {"alt", "tnf_alpha", "il_6", "il_10", "collagen_proportionate_area"} <= set(known["output"])
    assert known["group_cv"].between(known["published_low"], known["published_high"]).all(), known.to_string()


def test_each_published_range_names_rows_that_are_there():
    from lobule.evidence import fact

    for row in measured().values():
        assert (row.published_low is not None) == (row.grade == "measured") == bool(row.source)
        for identifier in row.source.split():
            assert fact(identifier)
    assert set(measured()) == set(HEADLINE)


def test_power_and_size_agree_and_untreated_groups_have_none(found):
    for row in found.table.to_dict("records"):
        enough = row["animals_needed"] <= 10  # missing is never enough
        assert enough == (row["power"] >= 0.8)
    nothing = compare_groups(CCL4, lb.Plan("uc-msc-ev", "0 particle", start="7 d"), "14 d", n=4).table
    assert nothing["power"].to_numpy() == pytest.approx(0.05, abs=1e-3)
    assert nothing["animals_needed"].isna().all()
    assert nothing["expected_ratio"].to_numpy() == pytest.approx(1.0, rel=1e-4)


def test_errors_and_levels_belong_to_the_animal():
    first, more = errors(4, np.arange(3)), errors(4, np.arange(9))
    assert all((first[name] == more[name][:3]).all() for name in first)
    assert (own_levels(4, np.arange(9))["albumin"] == 1).all()
    logs = np.log(own_levels(1, np.arange(2000))["il_6"])
    assert logs.std() == pytest.approx(measured()["il_6"].own_level, rel=0.05)


@pytest.mark.science
def test_scar_of_rats_spreads_as_published():
    """jangyo2014: collagen area 16.7 +- 5.5 % of rats with thioacetamide, hydroxyproline 85.8 +- 17.6."""
    rats = compare_groups(lb.Animal("rat", injury="ccl4", weeks=8), lb.Plan("bm-msc", "1e6 cell"), "56 d", n=40)
    row = rats.table.set_index("output").loc["collagen_proportionate_area"]
    assert 0.2 <= row["untreated_sd"] / row["untreated_mean"] <= 0.4


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"n": 1}, "from 2 to 500"),
        ({"n": 2000}, "from 2 to 500"),
        ({"plan": []}, "needs a plan"),
    ],
)
def test_groups_that_cannot_be_are_refused(arguments, message):
    with pytest.raises(InputError, match=message):
        compare_groups(**({"animal": CCL4, "plan": EV, "until": "14 d"} | arguments))


def test_animals_of_a_group_get_doses_by_their_own_labs():
    doses = {"dose": "1e10 particle", "start": "1 d", "every": "1 d", "n": 3}
    tables = [
        compare_groups(CCL4, lb.Plan("uc-msc-ev", **doses, **more), "5 d", n=3).animals
        for more in ({}, {"when": "alt > 0 U/L"}, {"when": "alt > 1e6 U/L"})
    ]
    treated = tables[0]["treated"]
    assert tables[0].equals(tables[1])
    assert tables[0][~treated].equals(tables[2][~treated])
    assert (tables[2][treated]["il_10"] < tables[0][treated]["il_10"]).all()


SCENARIO = """subject:
  species: mouse
  strain: BALB/c
  sex: f
  age: 60 wk
  injury: {cause: ccl4, duration: 1 wk}
plan: {product: uc-msc-ev, dose: 1e10 particle}
until: 7 d
"""


def test_the_command_writes_tables_and_a_picture(tmp_path):
    path = tmp_path / "group.yaml"
    path.write_text(SCENARIO, encoding="utf-8")
    result = CliRunner().invoke(app, ["group", str(path), "-n", "3", "-o", str(tmp_path / "out")])
    assert result.exit_code == 0, result.output
    assert len(pd.read_csv(tmp_path / "out" / "group.csv")) == 6
    assert {"treated_mean", "p_value", "between_cv", "power"} <= set(
        pd.read_csv(tmp_path / "out" / "group_summary.csv").columns
    )
    assert (tmp_path / "out" / "group.png").stat().st_size > 5000


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("BALB/c", "BALC", 'group.yaml, line 3, subject.strain: no strain "BALC" of a mouse. Did you mean "BALB/c"'),
        ("sex: f", "sex: x", "group.yaml, line 4, subject.sex: no sex"),
        ("60 wk", "60", "group.yaml, line 5, subject.age: the age of an animal needs a unit"),
        ("60 wk", "900 wk", "group.yaml, line 5, subject.age: an age of"),
    ],
)
def test_wrong_traits_are_named_with_their_line(tmp_path, old, new, message):
    path = tmp_path / "group.yaml"
    path.write_text(SCENARIO.replace(old, new), encoding="utf-8")
    result = CliRunner().invoke(app, ["group", str(path)])
    assert isinstance(result.exception, InputError)
    assert message in str(result.exception)


def test_a_group_is_of_animals(tmp_path):
    path = tmp_path / "patient.yaml"
    path.write_text("subject: {species: human, etiology: hbv, years: 20}\nuntil: 7 d\n", encoding="utf-8")
    result = CliRunner().invoke(app, ["group", str(path)])
    assert "draw a cohort" in str(result.exception)
