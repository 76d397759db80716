"""Designs: mistakes are refused before anything runs, each in one sentence with its line."""

import csv
import json
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lobule.errors import InputError
from lobule.evidence.tables import table_path
from lobule.files.design_file import read_design
from lobule.trial.shipped import not_shipped, shipped, source_of
from lobule.trial.trial import Trial

DESIGN = """title: a trial
population:
  groups:
    - {etiology: hbv, stage: decompensated}
  patients: 60
  criteria: age <= 70
arms:
  - name: cells
    share: 0.5
    plan: {product: uc-msc, dose: 1e6 cell/kg, every: 28 d, n: 3}
  - name: placebo
    share: 0.5
patients: 40
visits: [0 d, 28 d, 168 d]
endpoints:
  - {name: albumin, kind: change, output: albumin, at: 168 d}
  - {name: death, kind: time_to_event, events: [death]}
  - {name: rank, kind: ranked, order: [death, albumin]}
analysis: {primary: albumin, reference: placebo}
"""
MISTAKES = [
    ("patients: 40", "patients: 40\nreading: count", 'no reading "count". Did you mean "counted"?'),
    ("share: 0.5\n    plan", "share: 0.7\n    plan", "arms: the shares of the arms add up to 1.2, not to 1"),
    ("168 d]\nendpoints", "400 d]\nuntil: 168 d\nendpoints", "comes after the end of follow-up"),
    ("output: albumin, at", "output: albumen, at", 'no endpoint "albumen". Did you mean "albumin"?'),
    (
        "patients: 40",
        "patients: 3\nrandomisation: {method: stratified, strata: [meld >= 15, age >= 50, albumin < 30]}",
        "3 patients in 8 strata of 2 arms leave cells empty",
    ),
    ("at: 168 d", "at: 100 d", 'there is no visit at "100 d"; visits are at 0 d, 28 d, 168 d'),
    ("at: 168 d", "at: 0 d", "an endpoint is measured after baseline"),
    ("visits: [0 d", "visits: [1 d", 'the first visit is the baseline, "0 d"'),
    ("28 d, 168 d]", "168 d, 28 d]", "does not come after the one before it"),
    ("events: [death]", "events: [dead]", 'no event "dead". Did you mean "death"?'),
    ("events: [death]", "events: [death, transplantation]", "set transplantation: true"),
    ("product: uc-msc,", "product: uc-mcs,", 'no product "uc-mcs". Did you mean "uc-msc"?'),
    ("dose: 1e6 cell/kg", "dose: 1e6 particle", "does not fit here"),
    ("primary: albumin", "primary: bilirubin", 'no endpoint "bilirubin"'),
    ("reference: placebo", "reference: control", 'no arm "control"'),
    ("name: placebo", "name: cells", 'two arms are called "cells"'),
    ("criteria: age <= 70", "criteria: ages <= 70", 'no quantity "ages"'),
    ("etiology: hbv", "etiology: alcool", 'no cause or injury "alcool". Did you mean "alcohol"?'),
    ("n: 3}", "n: 30}", "comes after the end"),
    ("order: [death, albumin]", "order: [death, quality]", '"quality" is no change or time_to_event endpoint'),
    ("kind: change, output", "kind: change, method: cox, output", '"cox" does not analyse a change endpoint'),
    (
        "patients: 40",
        "patients: 40\nrandomisation: {method: blocked, block: 5}",
        "a block of 5 cannot hold a share of 0.5",
    ),
    ("patients: 40", "patients: 40\ninterim: {looks: [0.5, 0.9]}", "looks rise from above 0 to 1"),
    ("patients: 40", "patients: 40\nrescue: [{when: age > 3, care: diuretic}]", "age does not change in a trial"),
    ("patients: 40", "patients: 40\ncare: [antivirol]", 'no treatment "antivirol"'),
    ("output: albumin, at", "output: hbeag, at", '"hbeag" can be no output: the model'),
    ("criteria: age <= 70", "criteria: CRP < 20", "can be no criterion: the model does not follow it"),
    ("patients: 40", "patients: 40\ncare_since: 12 mo", "12 mo of which care"),
    ("patients: 40", "patients: 40\ncare: [antiviral]\ncare_since: 0 d", "above 0"),
    ("patients: 40", "patients: 40\nassays: [{name: albumin, visits: [0 d, 28 d]}]", "albumin is not measured at"),
    ("patients: 40", "patient: 40", 'there is no field "patient". Did you mean "patients"?'),
    ("patients: 40", "patients: forty", '"forty"'),
    ("stage: decompensated}", "stage: decompensated, share: 0.4}", "add up to 0.4"),
    ("name: cells", "name: ' '", "arms.0.name: "),
    ("{name: albumin, kind", "{name: '', kind", "endpoints.0.name: "),
    ("stage: decompensated}", "stage: worse}", 'population.groups.0.stage: no stage "worse"'),
    ("patients: 40", "patients: 40\nuntil: 100001 d", "is over 100000 days"),
    ("patients: 40", "patients: 40\nassays: [{name: inr}, {name: inr, error: 0.5}]", '"inr" stands twice'),
    ("events: [death]", "events: [death, death]", '"death" stands twice'),
    ("reference: placebo", "reference: placebo, covariates: [meld_na, meld_na]", '"meld_na" stands twice'),
]


def write(tmp_path, text):
    path = tmp_path / "design.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_good_design_is_read(tmp_path):
    design = read_design(write(tmp_path, DESIGN))
    assert design.visit_days == [0, 28, 168]
    assert design.end == 168
    assert design.reference == 1
    assert design.primary.how == "ancova"
    assert {"albumin"} <= set(design.measured())


@pytest.mark.parametrize(("old", "new", "message"), MISTAKES, ids=[m[2][:40] for m in MISTAKES])
def test_mistakes_are_one_sentence_with_a_line(tmp_path, old, new, message):
    assert old in DESIGN
    with pytest.raises(InputError) as caught:
        read_design(write(tmp_path, DESIGN.replace(old, new, 1)))
    text = str(caught.value)
    assert message in text
    assert "\n" not in text
    assert re.match(r"design\.yaml, line \d+", text)


LINES = DESIGN.splitlines()


ODD = ["", "x: y", "- 3", "{", "patients: -1", "visits: 7", "arms: null", "  shape: 1", "seed: 1e400",
       "until: 2026-01-01", "endpoints: []", "care: hbv", "dropout: .nan"]  # fmt: skip


@settings(max_examples=150)
@given(st.integers(0, len(LINES) - 1), st.sampled_from(ODD), st.booleans())
def test_no_file_is_met_with_a_traceback(tmp_path_factory, line, new, put):
    """A line taken out, or another put in, anywhere: a design or one sentence."""
    lines = [*LINES[:line], new, *LINES[line + (not put) :]]
    path = write(tmp_path_factory.mktemp("fuzz"), "\n".join(lines))
    try:
        read_design(path)
    except InputError as error:
        assert "\n" not in str(error)


def test_the_line_is_that_of_the_mistake(tmp_path):
    with pytest.raises(InputError, match=r"line 16, endpoints\.0\.output"):
        read_design(write(tmp_path, DESIGN.replace("output: albumin, at", "output: albumen, at")))


def test_exclusions_are_turned_round(tmp_path):
    text = DESIGN.replace("  criteria: age <= 70", "  criteria: age <= 70\n  exclude: [creatinine > 177, female >= 1]")
    design = read_design(write(tmp_path, text))
    assert design.inclusion() == "age <= 70 and creatinine <= 177 and female < 1"


@pytest.mark.parametrize("name", sorted(shipped()))
def test_shipped_designs_are_whole_and_say_what_was_published(name):
    design = Trial.read(name).design
    assert design.published or "no result" in design.title
    assert source_of(name) and design.title
    assert "assumed" in shipped()[name].read_text(encoding="utf-8")


def trial_rows():
    """Of both tables of the evidence, as they are written."""
    files = [table_path(name).open(encoding="utf-8") for name in ("trials", "trials_sizes")]
    return [row for file in files for row in csv.DictReader(file)]


def test_published_rows_are_in_the_evidence():
    rows = {row["row_id"]: row for row in trial_rows()}
    for name in shipped():
        for row in Trial.read(name).design.published:
            found = rows[row.source]
            assert found["source_id"] == source_of(name)
            if row.value is not None and found["value_mean"]:
                value = float(found["value_mean"])
                assert row.value == pytest.approx(1 - value if "dead" in found["unit"] else value)


def test_every_published_trial_with_two_arms_has_a_design_or_a_reason():
    """Of both tables of the evidence; nobody has both."""
    followed, reasons = {source_of(name) for name in shipped()}, set(not_shipped())
    rows = trial_rows()
    controlled = {row["source_id"] for row in rows if row["design"] != "single_arm"}
    assert controlled <= followed | reasons and not followed & reasons
    assert followed <= {row["source_id"] for row in rows}


def test_an_unknown_name_lists_what_there_is():
    with pytest.raises(InputError, match="bm-msc-alcoholic-cirrhosis"):
        Trial.read("nothing")


def test_changes_are_checked_too():
    trial = Trial.read("uc-msc-hbv-cirrhosis")
    assert trial.changed(patients=90, replicates=None).design.patients == 90
    with pytest.raises(InputError, match="members"):
        trial.changed(members=1000)
    with pytest.raises(InputError, match="patients"):
        trial.changed(patients=3)


def test_the_schema_takes_the_example_and_refuses_a_misspelt_field():
    import jsonschema
    from ruamel.yaml import YAML
    from typer.testing import CliRunner

    from lobule.cli import app

    schema = json.loads(CliRunner().invoke(app, ["schema", "design"]).stdout)
    example = YAML(typ="safe").load(Path(__file__).parents[2] / "examples" / "trials" / "msc_hbv.yaml")
    jsonschema.validate(example, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(example | {"patient": 3}, schema)


def test_shipped_designs_are_in_the_wheel():
    import tomllib

    settings = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))
    assert settings["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"] == ["src/lobule"]
