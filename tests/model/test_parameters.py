"""Every number has a source: the parameter table against the evidence and the fragments."""

import csv
import re

import pytest

from lobule import evidence, model
from lobule.answers.evidence import equations_with, explain
from lobule.errors import InputError
from lobule.model import cargo
from lobule.model.assemble import FRAGMENTS, fragment_text
from lobule.model.parameters import GRADES, TABLE, parameter_table, values_for
from lobule.model.structure import fragments

PARAMETERS = list(parameter_table().values())
IDS = [p.id for p in PARAMETERS]


def test_every_constant_of_the_model_has_a_row_and_every_row_is_used():
    compiled = model.compiled("mouse")
    symbols = zip(compiled.constants, compiled.system.constant_symbols, strict=True)
    derived = {name for name, symbol in symbols if symbol in compiled.system.derived}
    assert set(compiled.constants) - derived == set(IDS)
    assert [p for p in IDS if not equations_with(p)] == []


@pytest.mark.parametrize("parameter", PARAMETERS, ids=IDS)
def test_row_is_complete(parameter):
    assert parameter.grade in GRADES
    assert parameter.fragment in FRAGMENTS
    for species, value in parameter.values.items():
        low, high = parameter.range(species)
        assert low <= value * (1 + 1e-9) and value * (1 - 1e-9) <= high
    assert parameter.range_source == "assumed" or parameter.range_source in evidence.known_ids()
    for source in parameter.source:
        assert source in evidence.known_ids()
    if parameter.grade != "assumed":
        assert parameter.source, "a value that is not assumed needs evidence"


@pytest.mark.parametrize("parameter", [p for p in PARAMETERS if p.grade in ("measured", "derived")], ids=lambda p: p.id)
def test_measured_and_derived_values_stand_on_a_figure_that_was_seen(parameter):
    seen = [s for s in parameter.source if evidence.fact(s).get("seen") == "seen"]
    assert seen, "recalled evidence counts as assumed until confirmed"


@pytest.mark.parametrize("parameter", [p for p in PARAMETERS if p.grade == "calibrated"], ids=lambda p: p.id)
def test_calibrated_values_name_what_they_were_calibrated_to(parameter):
    assert any(re.fullmatch(r"[ADCPTNH]+\d+", s) for s in parameter.source)
    assert parameter.note.startswith(("to ", "copies"))


def test_a_measured_value_lies_in_its_evidence():
    row = evidence.fact("pk-K040")
    density = parameter_table()["hepatocyte_density"]
    assert float(row["low"]) <= density.values["mouse"] * 1e9 <= float(row["high"])


def test_table_is_grouped_by_fragment_without_repeats():
    with TABLE.open(newline="", encoding="utf-8") as file:
        rows = [row["fragment"] for row in csv.DictReader(file)]
    blocks = [name for i, name in enumerate(rows) if i == 0 or rows[i - 1] != name]
    assert len(blocks) == len(set(blocks))


@pytest.mark.parametrize("name", FRAGMENTS)
def test_fragment_has_a_header_and_no_numbers_in_its_equations(name):
    text = fragment_text(name)
    header = text.split("\n\n")[0]
    assert header.startswith(f"// {name}: ")
    for word in ("Why", "Owns"):
        assert word in header, f"{name}.ant: the header says nothing under {word}"
    code = "\n".join(line.split("//")[0] for line in text.splitlines())
    code = re.sub(r'"[^"]*"', "", code)
    numbers = re.findall(r"(?<![\w.])\d+\.?\d*(?:[eE][-+]?\d+)?", re.sub(r"\^\s*\d", "", code))
    assert set(numbers) <= {"0", "1", "2"}, f"{name}.ant: numbers belong in parameters.csv: {set(numbers)}"


def test_fragment_fits_on_two_screens_and_no_line_is_wider():
    for name in FRAGMENTS:
        if name != cargo.FRAGMENT:  # written from files
            assert len(fragment_text(name).splitlines()) <= 100
            assert [line for line in fragment_text(name).splitlines() if len(line) > 120] == []


def test_no_statement_repeats_the_models_default_unit():
    for name in FRAGMENTS:
        text = fragment_text(name)
        species = [s for line in re.findall(r"substanceOnly species ([^;]+);", text) for s in line.split(", ")]
        assert [s for s in species if f" {s.split()[0]} has giga_item" in text] == []


def test_a_term_belongs_to_equations_and_has_unit_and_owner():
    compiled, text = model.compiled("mouse"), "\n".join(map(fragment_text, FRAGMENTS))
    for name in model.terms():
        assert len(re.findall(rf"(?<!\w){name}(?!\w)", text)) > 1, name
        assert name in compiled.units
        assert any(name in f.assigned for f in fragments().values())


def test_an_unknown_species_is_refused_with_the_nearest():
    with pytest.raises(InputError, match='Did you mean "mouse"'):
        values_for("mose")


def test_explain_follows_a_parameter_to_its_source_and_its_equations():
    found = explain("mirna_decay_rate")
    assert found["grade"] == "derived"
    assert found["evidence"][0]["fact_id"] == "bio-C017"
    assert "Kingston" in found["evidence"][0]["citation"] or "kingston" in str(found).lower()
    assert any("infused_mirna_decay_in_macrophages" in line for line in found["equations"])
    assert "mirna_decay_rate" in explain("bio-C017")["used_by"]


def test_explain_tells_a_term_with_its_equation_its_unit_and_where_it_is_used():
    found = explain("nf_kb_drive")
    assert (found["kind"], found["unit"], found["module"]) == ("term of an equation", "1", "macrophage_polarisation")
    assert "nf_kb_by_danger*nf_kb_by_endotoxin" in found["defined"][0]
    assert any("macrophage_nf_kb'" in line for line in found["used_in"])
    assert explain("nf_kb_by_danger")["parameters"][0].startswith("danger_nf_kb_gain: ")


def test_explain_refuses_an_unknown_name_with_the_nearest():
    with pytest.raises(InputError, match='Did you mean "tsg_6_half_effect"'):
        explain("tsg6_half_effect")


def test_evidence_tables_agree_with_each_other():
    known = evidence.sources()
    for identifier in evidence.known_ids():
        source = evidence.fact(identifier).get("source_id")
        if source:
            assert source in known, identifier
    for study in evidence.study_ids():
        for row in evidence.study_rows(study):
            assert row["source_id"] in known
            if row["direction"] not in ("down", "up", "none"):  # a row whose result was cut off says nothing at all
                result = ("direction", "treated_mean", "ratio_treated_over_injury", "p_value")
                assert not any(row[column] for column in result), row["row_id"]


def test_a_source_of_ones_own_is_told_as_it_is_written_beside_the_file_that_holds_it():
    from lobule.answers.evidence import _behind

    assert _behind(["our", "qPCR"]) == [{"source": "our qPCR", "note": "no row of the evidence"}]
    both = _behind(["T1", "my", "lab"])
    assert both[0]["target_id"] == "T1" and both[1]["source"] == "my lab"
    assert _behind([]) == []
    assert explain("tsg_6_half_effect")["written_in"] == "model/cargo/tsg_6.yaml"
    assert explain("mirna_decay_rate")["written_in"] == "model/parameters.csv"
