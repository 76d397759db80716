"""Numbers of options are checked before any work, in one sentence; every long command can be told where to write."""

import math
from typing import Annotated, get_args, get_origin, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from lobule.bounds import LARGEST_SEED
from lobule.cli import app
from lobule.cli.applications import within
from lobule.errors import InputError, LobuleError

WRONG = [
    ("cargo x.yaml --draws -1", "--draws must be a whole number from 0"),
    ("cargo x.yaml --day nan", "--day must be a number above 0, not nan"),
    ("cargo x.yaml --day -5", "--day must be a number above 0"),
    ("process p.yaml --batches 0", "--batches must be a whole number from 1 to 100,000, not 0"),
    ("trial x --power 2", "--power must be a number above 0 and below 1, not 2"),
    ("trial x --power nan", "--power must be"),
    ("trial x --power -1", "--power must be"),
    ("trial x --replicates 0", "--replicates must be a whole number from 1"),
    ("trial x --patients -5", "--patients must be a whole number from 1"),
    ("trial x --members -1", "--members must be a whole number from 0"),
    ("batch b.csv --baseline -3", "--baseline must be a whole number from 8"),
    ("batch b.csv --loss nan", "--loss must be"),
    ("spec b.csv --risk 1", "--risk must be a number above 0 and below 1"),
    ("comparability a.csv b.csv --margin 0", "--margin must be"),
    ("stability a.csv --at-least inf", "--at-least must be a number, not inf"),
    ("sensitivity x.yaml --seed -1", "--seed must be a whole number from 0"),
    ("sensitivity x.yaml --seed 99999999999999999999", "--seed must be"),
    ("sensitivity x.yaml --trajectories 0", "--trajectories must be"),
    ("group x.yaml -n 1", "--animals must be a whole number from 2 to 1,000"),
    ("run x.yaml --members -1", "--members must be"),
    ("run x.yaml --members 201", "--members must be a whole number from 0 to 200, not 201"),
    ("batch b.csv --members 201", "--members must be a whole number from 0 to 200, not 201"),
    ("fit labs.csv --etiology hbv --days nan", "--days must be"),
    ("validate --members 0", "--members must be a whole number from 1"),
    ("calibrate --steps 1", "--steps must be a whole number from 10"),
    ("petab export labs.csv --etiology hbv --years nan", "--years must be"),
    ("biomarkers t --patients 0", "--patients must be"),
]


@pytest.mark.parametrize(("command", "said"), WRONG)
def test_a_number_that_cannot_be_is_refused_before_the_work(command, said):
    refused = CliRunner().invoke(app, command.split()).exception
    assert isinstance(refused, InputError)
    assert said in str(refused)
    assert "\n" not in str(refused)


@given(st.integers() | st.floats())
def test_a_checked_number_is_finite_and_inside_whatever_was_typed(value):
    class Option:
        opts = ("--draws",)

    try:
        found = within(0, LARGEST_SEED)(Option(), value)
    except InputError as error:
        assert len(str(error)) < 200
    else:
        assert found == value
        assert 0 <= value <= LARGEST_SEED
        assert math.isfinite(value)


def numbers():
    """(command, name, option) of every option that is a number."""
    for group in (app, *(other.typer_instance for other in app.registered_groups)):
        for command in group.registered_commands:
            for name, kind in get_type_hints(command.callback, include_extras=True).items():
                base, *more = get_args(kind) if get_origin(kind) is Annotated else (kind,)
                if {int, float} & {base, *get_args(base)}:
                    yield command.callback.__name__, name, more[0]


def test_every_number_of_an_option_has_its_bounds():
    assert len(list(numbers())) > 30
    assert [(command, name) for command, name, option in numbers() if option.callback is None] == []


def test_every_seed_has_the_same_bound():
    class Option:
        opts = ("--seed",)

    seeds = [option for _, name, option in numbers() if name == "seed"]
    assert len(seeds) >= 4
    for option in seeds:
        with pytest.raises(LobuleError, match="9,223,372,036,854,775,807"):
            option.callback(Option(), LARGEST_SEED + 1)
        assert option.callback(Option(), LARGEST_SEED) == LARGEST_SEED


def test_the_help_lists_the_commands_in_groups():
    printed = CliRunner().invoke(app, ["--help"]).output
    groups = ["Simulate", "Explore", "Patients and cohorts", "Trials", "Quality and manufacturing", "Believe",
              "Model and files"]  # fmt: skip
    places = [printed.index(f"─ {group}") for group in groups]
    assert places == sorted(places)
    assert " Commands " not in printed  # the group of commands that have none


def test_a_comparison_of_a_file_with_itself_says_what_is_wrong(tmp_path):
    path = tmp_path / "a.yaml"
    path.write_text(
        "subject: {species: mouse}\nplan: {product: uc-msc-ev, dose: 1e10 particle}\nuntil: 1 d\n", encoding="utf-8"
    )
    for files, said in (([path], "two scenario files or more"), ([path, path], "is named twice"),
                        ([path, tmp_path / "." / "a.yaml"], "is named twice")):  # fmt: skip
        refused = CliRunner().invoke(app, ["compare", *map(str, files)]).exception
        assert isinstance(refused, InputError)
        assert said in str(refused)


def test_the_day_of_a_cargo_lies_inside_the_run(tmp_path):
    path = tmp_path / "a.yaml"
    path.write_text(
        "subject: {species: mouse}\nplan: {product: uc-msc-ev, dose: 1e10 particle}\nuntil: 3 d\n", encoding="utf-8"
    )
    refused = CliRunner().invoke(app, ["cargo", str(path), "--day", "500"]).exception
    assert str(refused) == "--day 500 lies after the end of the scenario, which runs until 3 d"


@pytest.mark.parametrize("command", ["sensitivity", "cargo", "dose", "group", "run"])
@pytest.mark.parametrize("out", [".", "/", "a.yaml", "a.yaml/x"])
def test_a_place_for_results_is_looked_at_before_the_work(tmp_path, monkeypatch, command, out):
    monkeypatch.chdir(tmp_path)
    text = "subject: {species: mouse}\nplan: {product: uc-msc-ev, dose: 1e10 particle}\nuntil: 3 d\n"
    (tmp_path / "a.yaml").write_text(text, encoding="utf-8")

    def work(*_args, **_more):
        raise AssertionError("the work began")

    for place in ("lobule.explore.global_sensitivity", "lobule.explore.attribute", "lobule.explore.explore_doses",
                  "lobule.explore.compare_groups", "lobule.files.scenario.run_scenario"):  # fmt: skip
        monkeypatch.setattr(place, work)
    refused = CliRunner().invoke(app, [command, "a.yaml", "-o", out]).exception
    assert isinstance(refused, LobuleError)
    assert "\n" not in str(refused)
    assert (tmp_path / "a.yaml").read_text(encoding="utf-8") == text
