"""The commands that ask about a therapy, as a user types them."""

import json

import pytest
from typer.testing import CliRunner

from lobule.cli import app
from lobule.errors import InputError

MOUSE = """title: {title}
subject: {{species: mouse, injury: {{cause: ccl4, dose: 1 mL/kg}}}}
plan: {plan}
until: 4 d
"""
EV = "{product: uc-msc-ev, dose: 1e10 particle, start: 1 d}"
BOTH = "[{product: uc-msc-ev, dose: 1e10 particle, start: 1 d}, {product: uc-msc, dose: 1e6 cell, start: 1 d}]"


@pytest.fixture
def scenario(tmp_path):
    def write(plan=EV, title="vesicles"):
        path = tmp_path / f"{title}.yaml"
        path.write_text(MOUSE.format(plan=plan, title=title), encoding="utf-8")
        return str(path)

    return write


def invoke(*arguments):
    return CliRunner().invoke(app, [str(a) for a in arguments])


def test_cargo_names_the_components_and_their_shares(scenario, tmp_path):
    result = invoke("cargo", "mir-122-loaded-ev", scenario(), "--draws", "0", "-o", tmp_path / "c", "--json")
    data = json.loads(result.stdout)
    assert {"component", "share", "lost_without", "negligible"} <= set(data["shares"][0])
    assert data["shares"][0]["component"] == "whole vesicles, as published"
    assert "mir_122" in {row["component"] for row in data["shares"]}
    assert (tmp_path / "c" / "attribution.png").exists()


def test_cargo_says_that_alike_shares_tell_nothing_in_the_published_reading_alone(scenario, tmp_path):
    told = "alike shares do not tell components apart"
    assert told in invoke("cargo", scenario(), "--draws", "0", "-o", tmp_path / "p").output
    assert told not in invoke("cargo", scenario(), "--draws", "0", "--reading", "counted", "-o", tmp_path / "c").output


def test_cargo_takes_a_product_and_a_scenario_and_no_more(scenario):
    result = invoke("cargo", "a", "b", scenario())
    assert isinstance(result.exception, InputError)
    assert "not 3 files" in str(result.exception)


def test_dose_prints_curves_and_the_front(scenario, tmp_path):
    result = invoke("dose", scenario(), "--route", "iv", "-o", tmp_path / "d")
    assert result.exit_code == 0
    for text in ("Half of the largest effect", "published dose", "Front of benefit", "no estimate for vesicles"):
        assert text in result.output


def test_dose_wants_one_product(scenario):
    assert "must be one product" in str(invoke("dose", scenario(BOTH)).exception)


def test_compare_puts_scenarios_in_rows(scenario, tmp_path):
    files = [scenario(title="vesicles"), scenario("{product: uc-msc, dose: 1e6 cell, start: 1 d}", "cells")]
    result = invoke("compare", *files, "-o", tmp_path / "x")
    assert result.exit_code == 0
    assert "vesicles" in result.output
    assert "cells" in result.output


def test_synergy_is_of_two_parts(scenario):
    result = invoke("synergy", scenario(BOTH), "--output", "tnf_alpha", "--json")
    assert json.loads(result.stdout)["both"] > 0
    assert "this plan has 1" in str(invoke("synergy", scenario()).exception)


def test_biodistribution_prints_organs(scenario):
    result = invoke("biodistribution", scenario(), "--label", "dye")
    assert result.exit_code == 0
    for organ in ("liver", "spleen", "kidney", "lost or excreted"):
        assert organ in result.output


def test_run_explains_several_parts_and_prints_safety(scenario, tmp_path):
    result = invoke("run", scenario(BOTH), "-o", tmp_path / "out")
    assert result.exit_code == 0
    for text in ("Safety:", "no estimate", "growth factors", "eaten cells", "pulmonary microembolism"):
        assert text in result.output
    assert (tmp_path / "out" / "safety.csv").exists()
    again = invoke("replay", tmp_path / "out")
    assert "bit for bit" in again.output


def test_a_scenario_finds_a_product_file_beside_it(scenario, tmp_path):
    (tmp_path / "mine.yaml").write_text("name: mine\nlike: uc-msc-ev\ntitle: mine\n", encoding="utf-8")
    path = scenario("{product: mine.yaml, dose: 1e9 particle, start: 1 d}")
    result = invoke("run", path, "-o", tmp_path / "out")
    assert result.exit_code == 0
    (tmp_path / "mine.yaml").unlink()
    assert "bit for bit" in invoke("replay", tmp_path / "out").output  # the record holds the product itself
