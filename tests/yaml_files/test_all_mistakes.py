"""All mistakes of a file are told at once: every kind of file, any two of its fields, each with its line."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.yaml_files.test_every_kind import KINDS

from lobule.cli.outcome import ended
from lobule.errors import MOST_TOLD, InputError
from lobule.files.scenario import read_scenario

# kind: {what stands in its example: what is wrong instead}; by a field's type, its unit, its name, what it names
WRONG = {
    "scenario of an animal": {"cause: ": "cause: ccl5 #", "dose: ": "dose: 1e10 kg #", "until: ": "until: 63 #",
                              "product: ": "product: uc-msc-exo #", "route: ": "route: by mail #",
                              "species: ": "colour: red\n  species: "},
    "scenario of a patient": {"etiology: ": "etiology: alcool #", "years: ": "years: 40 y #",
                              "treated_with: ": "treated_with: [antivirol] #",
                              "{product: uc-msc, ": "{product: cells, ",
                              "{care: ": "{care: beta, colour: ", "until: ": "until: 1e9 year #",
                              "sample_every: ": "sample_every: 0 h #"},
    "specification": {"title: ": "title: 3 #", "endotoxin: ": "endotoxine: ",
                      "diameter: ": "diameter: {at_least: 50 d} #",
                      "sterility: ": "sterility: {} #", "potency: ": "potency: {at_least: 50 %, at_most: 9 %} #"},
    "published cohort": {"title: ": "title: 3 #", "stage: ": "stage: worse #",
                         "evidence: ": "evidence: {etiology: X} #"},
    "design": {"output: ": "output: albumen #", "patients: 4": "patients: forty #", "title: ": "titel: ",
               "criteria: ": "criteria: ages <= #", "product: ": "product: uc-mcs #"},
    "cohort": {"patients: ": "patients: 0.5 #", "criteria: ": "criteria: ages <= 3 #", "seed: ": "seed: x #"},
    "process": {"dose: ": "dose: 1e30 particle #", "runs: ": "runs: 3 #", "medium: ": "medium: 3 #",
                "seed: ": "seed: -1 #"},
    "assay": {"readout: ": "readout: 3 #", "reference: ": "reference: 3 #", "plates: ": "plates: 0 #",
              "well_cv: ": "well_cv: 9 #"},
    "care": {"title: ": "title: 3 #", "grade: ": "grade: guessed #", "source: ": "sauce: x\nsource: "},
    "cause": {"unit_kind: ": "unit_kind: weather #", "grade: ": "grade: guessed #", "title: ": "title: 3 #"},
    "cargo": {"kind: ": "kind: sugar #", "title: ": "title: 3 #"},
    "product": {"like: ": "like: uc-mcs-ev #", "title: ": "title: 3 #", "name: ": "nam: 3\nname: "},
}  # fmt: skip
PAIRS = [(kind, pair) for kind, wrong in WRONG.items() for pair in itertools.combinations(wrong, 2)]


def lines_of(kind, texts):
    """The example with what is wrong in it, and the lines of that; None where the example has no such field."""
    lines = KINDS[kind][1].read_text(encoding="utf-8").splitlines()
    marked = []
    for text in texts:
        at = next((i for i, line in enumerate(lines) if line.lstrip(" -").startswith(text)), None)
        if at is None:
            return None
        first, *more = lines[at].replace(text, WRONG[kind][text], 1).splitlines()
        lines[at : at + 1] = [first, *more]
        marked = [i + len(more) * (i > at) for i in marked] + [at]
    return "\n".join(lines) + "\n", {i + 1 for i in marked}


FOUND = [(kind, pair) for kind, pair in PAIRS if lines_of(kind, pair)]


def test_every_kind_has_pairs_of_mistakes():
    assert {kind for kind, _ in FOUND} == set(WRONG)


@settings(max_examples=60)
@given(case=st.sampled_from(FOUND))
def test_two_mistakes_are_both_told_with_their_lines(tmp_path_factory, case):
    kind, pair = case
    text, lines = lines_of(kind, pair)
    path = tmp_path_factory.mktemp("two") / "wrong.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        KINDS[kind][0](path)
    told = [one.line for one in caught.value.mistakes]
    assert lines <= set(told), (text, [str(one) for one in caught.value.mistakes])
    assert told == sorted(told)


MANY = "subject: {species: mouse}\nuntil: 1 d\nhypotheses:\n" + "".join(f"  h{i}: 1\n" for i in range(32))


def test_the_command_line_prints_one_a_line_and_how_many_more(tmp_path, capsys):
    path = tmp_path / "mouse.yaml"
    path.write_text(MANY, encoding="utf-8")
    assert ended(lambda: read_scenario(path)) == 2
    head, *rest, last = capsys.readouterr().err.splitlines()
    assert head == "lobule: mouse.yaml has 32 mistakes:"
    assert len(rest) == MOST_TOLD
    assert rest[0].startswith("  line 4, hypotheses.h0: no hypothesis")
    assert last == "  and 12 more"


def test_a_single_mistake_is_one_sentence(tmp_path, capsys):
    path = tmp_path / "mouse.yaml"
    path.write_text("subject: {species: mouse}\nuntil: 63\n", encoding="utf-8")
    assert ended(lambda: read_scenario(path)) == 2
    assert capsys.readouterr().err.startswith("lobule: mouse.yaml, line 2, until: 63 is a number, not text")


@pytest.mark.parametrize(
    "text",
    ["subject: {species: mouse}\nuntil: 63\nplan: {product: uc-msc-ev, dose: 1e10 particle, start: 70 d}\n",
     "subject: {species: mouse}\nuntil: 63 d\nplan: {product: uc-msc-ev, dose: 1e10 particle, every: 7 d, n: x}\n",
     "subject: {species: mouse, injury: {cause: 3, dose: 1 mL/kg}}\nuntil: 63 d\n",
     "subject: {species: human, etiology: 3, years: 20}\nuntil: 63 d\n",
     "subject: {species: mouse}\nuntil: 63 d\nplan: {product: 3, dose: 1e6 cell, route: intrasplenic}\n"],
)  # fmt: skip
def test_what_only_follows_from_a_mistake_is_not_told(tmp_path, text):
    path = tmp_path / "mouse.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_scenario(path)
    assert len(caught.value.mistakes) == 1


def test_all_mistakes_of_a_product_file_are_told_through_the_scenario_that_names_it(tmp_path):
    (tmp_path / "own.yaml").write_text("kind: vesicles\npotency: 3\nsize: huge\n", encoding="utf-8")
    scenario = tmp_path / "scenario.yaml"
    scenario.write_text(
        "subject: {species: mouse}\nplan: {product: own.yaml, dose: 1e9 particle}\nuntil: 7 d\n", encoding="utf-8"
    )
    with pytest.raises(InputError) as caught:
        read_scenario(scenario)
    told = [str(one) for one in caught.value.mistakes]
    assert all(any(f'"{name}"' in text for text in told) for name in ("potency", "size", "name", "title"))
