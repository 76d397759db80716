"""Every kind of YAML file: whatever is done to it, it is read, or refused in one short sentence that names the file."""

import json
import re
import time
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from lobule.cli import app
from lobule.errors import LobuleError
from lobule.files.assay import read_assay
from lobule.files.cohort import read_cohort_file
from lobule.files.design_file import read_design
from lobule.files.process import read_process
from lobule.files.scenario import read_scenario
from lobule.files.specification import read_specification
from lobule.model import cargo, causes
from lobule.patient import published
from lobule.therapy import care, read_product
from lobule.yaml_files import load

ROOT = Path(__file__).parents[2]
EXAMPLES, ROOMS = ROOT / "examples", Path(causes.__file__).parents[1]
KINDS = {
    "scenario of an animal": (read_scenario, EXAMPLES / "mouse_ccl4_exosome.yaml"),
    "scenario of a patient": (read_scenario, EXAMPLES / "patient_combination.yaml"),
    "design": (read_design, EXAMPLES / "trials" / "msc_hbv.yaml"),
    "cohort": (read_cohort_file, EXAMPLES / "cohorts" / "mixed.yaml"),
    "process": (read_process, EXAMPLES / "quality" / "process.yaml"),
    "specification": (read_specification, EXAMPLES / "quality" / "specification.yaml"),
    "assay": (read_assay, EXAMPLES / "quality" / "potency_assay.yaml"),
    "product": (read_product, EXAMPLES / "products" / "my_ev.yaml"),
    "cause": (causes.read_cause, ROOMS / "model" / "causes" / "ccl4.yaml"),
    "cargo": (cargo.read_component, ROOMS / "model" / "cargo" / "hgf.yaml"),
    "care": (care.read_care, ROOMS / "therapy" / "care" / "antiviral.yaml"),
    "published cohort": (published.read_target, ROOMS / "patient" / "cohorts" / "hbv-cirrhosis.yaml"),
}
VALUES = [
    "", "~", "true", "no", "0", "-1", "1.5", "1e308", "-1e400", ".nan", ".inf", "0x7", "1_0", "٣", "１e10 particle",
    "[]", "{}", "[1, [2]]", "{a: 1}", "'3'", '"3 d"', "3 d", "-3 d", "1e400 d", "63 kd", "1 kcell", "0 particle",
    "2026-01-01", "9" * 5000, "x" * 300, '"a\\nb"', '"\\0"', '"\\ud800"', "'<script>'", "$\\frac{$", "../../x", "*a",
    "&a 1", "!!int 3", "[*a, *a]", "alt > 80 U/L", "meld >= nan", "meld >=", "x and y", "é", "|\n  two\n  lines",
    "[" * 500, "1,5 d",
]  # fmt: skip
VALUE = re.compile(r"([\w-]+:\s*)([^,{}\[\]#\n]+)")
EDIT = st.one_of(
    st.tuples(st.just("value"), st.integers(0, 10**6), st.sampled_from(VALUES)),
    st.tuples(st.just("line out"), st.integers(0, 10**6), st.just("")),
    st.tuples(st.just("line twice"), st.integers(0, 10**6), st.just("")),
    st.tuples(st.just("character"), st.integers(0, 10**6), st.characters()),
    st.tuples(st.just("character"), st.integers(0, 10**6), st.sampled_from(":-{}[]\"' \t#&*!|>%@`\x00\n")),
)


def edited(text, edit):
    how, where, new = edit
    lines = text.splitlines()
    if how == "value":
        places = list(VALUE.finditer(text))
        if not places:
            return text + new
        place = places[where % len(places)]
        return text[: place.start(2)] + new + text[place.end(2) :]
    if how == "character":
        where %= len(text) + 1
        return text[:where] + new + text[where + 1 :]
    where %= max(1, len(lines))
    return "\n".join(lines[:where] + lines[where : where + 1] * (2 * (how == "line twice")) + lines[where + 1 :]) + "\n"


def judge(read, path):
    """What the reader says; fails on anything but a file that is read or one sentence in time."""
    begin = time.process_time()
    try:
        read(path)
        said = None
    except LobuleError as error:
        said = str(error)
        assert "\n" not in said
        assert len(said) < 400, said
        assert said.startswith(path.name), said
    assert time.process_time() - begin < 2
    return said


@pytest.mark.parametrize("kind", KINDS)
def test_the_example_of_every_kind_is_read(kind):
    read, path = KINDS[kind]
    read(path)


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=60)
@given(edits=st.lists(EDIT, min_size=1, max_size=3))
def test_any_edit_is_read_or_refused_in_one_short_sentence_with_the_file(tmp_path_factory, kind, edits):
    read, example = KINDS[kind]
    text = example.read_text(encoding="utf-8")
    for edit in edits:
        text = edited(text, edit)
    path = tmp_path_factory.mktemp("kind") / "edited.yaml"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    judge(read, path)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "text",
    ["a: &a [x]\nb: *a\n", "a: " + "[" * 3000, "a: 1\na: 1\n", "\ufeffa: 1\n", "a: !!python/name:os.system x\n",
     "3: 1\n", "- 1\n", "", "\x00", "a: 1\n---\na: 2\n"],
)  # fmt: skip
def test_no_kind_takes_what_a_description_does_not_need(tmp_path, kind, text):
    path = tmp_path / "hostile.yaml"
    path.write_text(text, encoding="utf-8")
    assert judge(KINDS[kind][0], path) is not None


@pytest.mark.parametrize("kind", ["scenario", "design", "cohort", "product", "assay", "process", "specification"])
def test_the_schema_of_a_kind_takes_its_example_and_refuses_a_misspelt_field(kind):
    found = CliRunner().invoke(app, ["schema", kind])
    schema = json.loads(found.stdout)
    _, path = KINDS["scenario of an animal" if kind == "scenario" else kind]
    example = load(path, "an example", "its fields").data
    jsonschema.validate(example, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(example | {"titel": "x"}, schema)
