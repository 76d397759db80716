"""Scenario files: what is read, and one sentence with file, line and field for every mistake."""

import contextlib
import json
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from lobule.errors import InputError, LobuleError
from lobule.files.scenario import Scenario, json_schema, read_scenario

EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*.yaml"))
GOOD = """title: a mouse
subject:
  species: mouse
  injury:
    cause: ccl4
    duration: 6 wk
plan:
  product: uc-msc-ev
  dose: 1e10 particle
  route: iv
  start: 21 d
  every: 7 d
  n: 3
until: 63 d
"""


def write(tmp_path, text):
    path = tmp_path / "mouse.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_good_scenario_gives_subject_and_plan(tmp_path):
    scenario = read_scenario(write(tmp_path, GOOD))
    assert scenario.who().injury_times()[-1] == 38.5
    assert [part.times() for part in scenario.therapy()] == [[21, 28, 35]]


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda p: p.name)
def test_examples_are_good_and_fit_the_schema(path):
    read_scenario(path)
    jsonschema.validate(YAML(typ="safe").load(path), json_schema())


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("dose: 1e10 particle", "dose: 1e10", 'mouse.yaml, line 9, plan.dose: 1e10 is a number, not text; wanted: one'),
        ("dose: 1e10 particle", "dose: 3 mmol", 'mouse.yaml, line 9, plan.dose: "3 mmol": the unit "mmol"'),
        ("dose: 1e10 particle", "dose: -1e10 particle", 'mouse.yaml, line 9, plan.dose: "-1e10 particle" is negative'),
        ("dose: 1e10 particle", "dose: 1e20 particle", "mouse.yaml, line 9, plan.dose: a dose of"),
        ("product: uc-msc-ev", "product: uc_msc_exo", 'mouse.yaml, line 8, plan.product: no product "uc_msc_exo". '),
        ("  product: uc-msc-ev\n", "", "mouse.yaml, line 7, plan: a part of a plan names a product or a care"),
        ("route: iv", "rout: iv", 'mouse.yaml, line 10, plan.rout: there is no field "rout". Did you mean "route"?'),
        ("route: iv", "route: oral", 'mouse.yaml, line 10, plan.route: no route "oral"'),
        ("n: 3", "n: three", 'mouse.yaml, line 13, plan.n: "three" is text, not a whole number; wanted'),
        ("n: 3", "n: 0", "mouse.yaml, line 13, plan.n: 0 must be at least 1; wanted: number of doses"),
        ("n: 3", "n: 2026-01-01", 'mouse.yaml, line 13, plan.n: 2026-01-01 is a date, not a whole number; wanted'),
        ("start: 21 d", "start: 2026-01-01", 'mouse.yaml, line 11, plan.start: 2026-01-01 is a date, not text'),
        ("start: 21 d", "start: 70 d", 'mouse.yaml, line 11, plan.start: the first dose at "70 d" comes after the end'),
        ("  n: 3\n", "", "mouse.yaml, line 12, plan.every: every says how often and not how many"),
        ("  n: 3\n", "  n:\n", "mouse.yaml, line 12, plan.every: every says how often and not how many"),
        ("  every: 7 d\n", "", "mouse.yaml, line 7, plan.every: 3 doses need the time between them"),
        ("species: mouse", "species: mose", 'mouse.yaml, line 3, subject.species: no species "mose".'),
        ("species: mouse", "species: human", "mouse.yaml, line 4, subject.injury: a patient has an etiology"),
        ("cause: ccl4", "cause: cc4", 'mouse.yaml, line 5, subject.injury.cause: no cause or injury "cc4". Did'),
        ("duration: 6 wk", "duration: 6 kg", 'mouse.yaml, line 6, subject.injury.duration: "6 kg": the unit "kg"'),
        ("species: mouse\n", "species: mouse\n  body_weight: 2 g\n", "mouse.yaml, line 4, subject.body_weight: a"),
        ("until: 63 d", "until: 63", 'mouse.yaml, line 14, until: 63 is a number, not text; wanted: length of the run'),
        ("until: 63 d", "until: [63 d]", "mouse.yaml, line 14, until: a list, not text; wanted: length of the run"),
        ("until: 63 d\n", "", 'mouse.yaml, line 1, until: the field "until" is missing; wanted'),
        ("plan:\n", "plan: {\n", "mouse.yaml, line"),
        ("title: a mouse", "title: a\ntitle: b", 'mouse.yaml, line 2: the field "title" stands here twice'),
        (GOOD, "- 1\n- 2\n", "mouse.yaml: a scenario is a list of fields"),
        (GOOD, "", "mouse.yaml: a scenario is a list of fields"),
    ],
)  # fmt: skip
def test_every_mistake_is_one_sentence_with_file_line_and_field(tmp_path, old, new, sentence):
    assert old in GOOD
    with pytest.raises(InputError) as caught:
        read_scenario(write(tmp_path, GOOD.replace(old, new)))
    assert str(caught.value).startswith(sentence)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new"),
    [("cause: ccl4", "cause: CCl4"), ("cause: ccl4", "cause: carbon tetrachloride"), ("route: iv", "route: tail vein"),
     ("route: iv", "route: i.v."), ("route: iv", "route: IV")],
)  # fmt: skip
def test_what_people_call_a_cause_or_a_route_is_understood(tmp_path, old, new):
    usual, said = read_scenario(write(tmp_path, GOOD)), read_scenario(write(tmp_path, GOOD.replace(old, new)))
    assert (said.who(), said.therapy()) == (usual.who(), usual.therapy())


def test_a_missing_file_is_said_so(tmp_path):
    with pytest.raises(InputError, match="there is no file"):
        read_scenario(tmp_path / "nothing.yaml")
    with pytest.raises(InputError, match="is a folder, not the file of a scenario"):
        read_scenario(tmp_path)


def test_a_huge_file_is_refused_unread(tmp_path):
    with pytest.raises(InputError, match="larger than"):
        read_scenario(write(tmp_path, "# " + "x" * 2_000_000))


def test_a_binary_file_is_refused(tmp_path):
    path = tmp_path / "mouse.yaml"
    path.write_bytes(b"\xff\xfe\x00\x01")
    with pytest.raises(InputError, match=r"mouse\.yaml"):
        read_scenario(path)


def test_schema_is_json_and_names_every_field():
    schema = json.loads(json.dumps(json_schema()))
    assert set(schema["properties"]) == set(Scenario.model_fields)
    assert schema["properties"]["until"]["examples"] == ["63 d"]


@given(st.text(max_size=200))
def test_any_text_is_a_scenario_or_an_input_error(tmp_path_factory, text):
    path = tmp_path_factory.mktemp("fuzz") / "mouse.yaml"
    path.write_text(text, encoding="utf-8", errors="replace")
    with contextlib.suppress(LobuleError):
        read_scenario(path)


@given(
    st.sampled_from(["title", "subject", "species", "injury", "cause", "plan", "dose", "route", "start", "n", "until"]),
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20), st.lists(st.integers(), max_size=2),
        st.dictionaries(st.text(max_size=5), st.integers(), max_size=2), st.dates(),
    ),
)  # fmt: skip
def test_any_value_in_any_field_is_taken_or_refused_in_one_sentence(tmp_path_factory, field, value):
    tree = YAML(typ="safe").load(GOOD)
    for part in (tree, tree["subject"], tree["subject"]["injury"], tree["plan"]):
        if field in part:
            part[field] = value
            break
    path = tmp_path_factory.mktemp("fuzz") / "mouse.yaml"
    YAML(typ="safe").dump(tree, path)
    try:
        read_scenario(path)
    except LobuleError as error:
        assert "\n" not in str(error)
        assert str(error).startswith("mouse.yaml")


PATIENT = """subject:
  species: human
  etiology: hbv
  years: 25
plan: {product: uc-msc-ev, dose: 1e11 particle/kg, route: iv}
until: 1 year
"""


@pytest.mark.parametrize(
    ("text", "old", "new", "sentence"),
    [
        (GOOD, "duration: 6 wk", "duration: 6 wk\n    dose: 300 mg/kg", "line 7, subject.injury.dose: "),
        (GOOD, "cause: ccl4\n    duration: 6 wk", "cause: partial_hepatectomy\n    dose: 100 %",
         "line 6, subject.injury.dose: "),
        (GOOD, "duration: 6 wk", "duration: 6 wk\n    every: 1e-9 d", "line 7, subject.injury.every: "),
        (GOOD, "duration: 6 wk", "duration: 6 wk\n    dose: 1e300 mL/kg", "line 7, subject.injury.dose: "),
        (GOOD, "cause: ccl4", "cause: cc14", 'subject.injury.cause: no cause or injury "cc14". Did you mean "ccl4"'),
        (GOOD, "route: iv", "route: oral", 'no route "oral" for uc-msc-ev (vesicles)'),
        (GOOD, "route: iv", "freq: weekly", 'line 10, plan.freq: there is no field "freq". Did you mean "every"'),
        (GOOD, "n: 3", 'n: "3"', 'line 13, plan.n: "3" is text in quotes, not a whole number'),
        (GOOD, "n: 3", "n: 0x7", "line 13, plan.n: "),
        (GOOD, "every: 7 d", "every: 1e-300 d", "line 12, plan.every: the time between doses must be at"),
        (GOOD, "dose: 1e10 particle", "dose: １e10 particle", "line 9, plan.dose: "),
        (GOOD, "dose: 1e10 particle", "dose: 1e10 particles/mouse", "a dose is that of one subject"),
        (GOOD, "until: 63 d", "until: 63 kd", 'line 14, until: "63 kd": the unit "kd" does not fit here'),
        (GOOD, "until: 63 d", "until: 1e300 d", "line 14, until: "),
        (GOOD, "until: 63 d", "until: 63 d\nsample_every: 0 h", "line 15, sample_every: sample_every must be above 0"),
        (GOOD, "until: 63 d", "until: 63 d\nsample_every: 1e-300 h", "line 15, sample_every: sampling every"),
        (GOOD, "until: 63 d", "until: 63 d\nstudy: xx", 'line 15, study: no study "xx"'),
        (GOOD, "until: 63 d", "until: 63 d\nhypotheses: {mirna_amplification: true}",
         "line 15, hypotheses.mirna_amplification: true"),
        (GOOD, "title: a mouse", "title: " + "x" * 201, "line 1, title: a text of 201 characters; at most 200"),
        (GOOD, "title: a mouse", "title: |\n  two\n  lines", "line 1, title: a text of several lines"),
        (PATIENT, "years: 25", "years: 25\n  age: 5", "line 5, subject.age: a patient of 5 years cannot"),
        (PATIENT, "years: 25", 'years: "25"', 'line 4, subject.years: "25" is text in quotes, not a number'),
        (PATIENT, "years: 25", "years: true", "line 4, subject.years: true is a truth value, not a number"),
        (PATIENT, "years: 25", "years: 25\n  intensity: 120 g/d", "line 5, subject.intensity: "),
        (PATIENT, "years: 25", "years: 25\n  treated_with: [antiviral, antiviral]", "line 5, subject.treated_with.1: "),
        (PATIENT, "years: 25", "years: 25\n  treated_with: [antivirol]", "line 5, subject.treated_with.0: "),
        (PATIENT, "years: 25", "years: 25\n  without_spleen: no", 'subject.without_spleen: "no" is text, not true'),
        (PATIENT, "years: 25", "wishes: {albumin: .nan}", "line 4, subject.wishes.albumin: .nan is not finite"),
        (PATIENT, "years: 25", "wishes: {bilirubin: -3}", "line 4, subject.wishes.bilirubin: "),
        (PATIENT, "years: 25", "meld: 50", "line 4, subject.meld: 50 must be at most 40"),
        (PATIENT, "dose: 1e11 particle/kg", "dose: 1e30 particle/kg", "line 5, plan.dose: "),
    ],
)  # fmt: skip
def test_the_line_and_the_field_are_those_of_the_mistake(tmp_path, text, old, new, sentence):
    assert old in text
    with pytest.raises(InputError) as caught:
        read_scenario(write(tmp_path, text.replace(old, new)))
    assert sentence in str(caught.value)
    assert len(str(caught.value)) < 400


def test_a_product_file_beside_the_scenario_says_its_own_line(tmp_path):
    (tmp_path / "own.yaml").write_text(
        "name: own\nlike: uc-msc-ev\ncargo:\n  mir_223: {times: many}\n", encoding="utf-8"
    )
    with pytest.raises(InputError, match=r"line 8, plan\.product: own\.yaml, line 4, cargo\.mir_223\.times: "):
        read_scenario(write(tmp_path, GOOD.replace("uc-msc-ev", "own.yaml")))


PATIENT = "subject: {species: human, etiology: hbv, years: 20, varied: {albumin_healthy: 0.9}}\nuntil: 30 d\n"


def test_a_patient_differs_by_factors_on_parameters_and_an_unknown_one_is_told(tmp_path):
    path = write(tmp_path, PATIENT)
    assert read_scenario(path).who().varied == {"albumin_healthy": 0.9}
    jsonschema.validate(YAML(typ="safe").load(path), json_schema())
    with pytest.raises(InputError, match=r'subject.varied.albumin: no parameter "albumin" to vary. Did you mean'):
        read_scenario(write(tmp_path, PATIENT.replace("albumin_healthy", "albumin")))
    with pytest.raises(InputError, match="must be"):
        read_scenario(write(tmp_path, PATIENT.replace("0.9", "-0.9")))
    with pytest.raises(InputError, match="varied belongs to a patient, not to a mouse"):
        read_scenario(write(tmp_path, GOOD.replace("species: mouse", "species: mouse\n  varied: {il_10_level: 2}")))
