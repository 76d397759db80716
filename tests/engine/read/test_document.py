"""What is valid and what is not, how large a model may be, and which packages change nothing."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.engine.read.sbml_parts import DECAY, apply, assignment, ci, cn, function, math, parameter, rate, sbml

from lobule import engine
from lobule.errors import ModelError

X = parameter("x", 8)
COMP = 'xmlns:comp="http://www.sbml.org/sbml/level3/version1/comp/version1" comp:required="true"'


def value_at_1(text):
    solution = engine.compile(text).solve(times=[1], outputs=["x"], rtol=1e-9)
    assert solution.complete, solution.reasons
    return solution["x"][0, 0]


def with_comp(text):
    return text.replace(" level=", f" {COMP} level=", 1)


INVALID = {
    "the same id twice": (sbml(Parameters=X + parameter("x", 3), Rules=DECAY), "conflicts with the previously defined"),
    "a rule for nothing": (sbml(Parameters=X, Rules=DECAY + rate("nothing", ci("x"))), "'nothing' does not refer"),
    "two rules for one variable": (sbml(Parameters=X, Rules=DECAY + assignment("x", ci("x"))), "Multiple rules"),
    "a rule for a constant": (sbml(Parameters=parameter("x", 8, True), Rules=DECAY), "constant"),
    "an unknown name": (sbml(Parameters=X, Rules=rate("x", ci("nowhere"))), "'nowhere'"),
    "an unknown function": (sbml(Parameters=X, Rules=rate("x", f"<apply>{ci('f')}{ci('x')}</apply>")), "'f'"),
    "too many arguments": (sbml(Parameters=X, Rules=rate("x", apply("divide", ci("x")))), "number of arguments"),
    "a species nowhere": (
        sbml(
            Parameters=X,
            Rules=DECAY,
            Compartments='<compartment id="c" size="1" constant="true"/>',
            Species='<species id="s" compartment="nowhere" initialAmount="1" hasOnlySubstanceUnits="true" '
            'boundaryCondition="false" constant="false"/>',
        ),
        "'nowhere' which is not defined",
    ),
    "a document type": ("<!DOCTYPE sbml>" + sbml(Parameters=X, Rules=DECAY).partition("?>")[2], "document type"),
}


@pytest.mark.parametrize(("text", "said"), INVALID.values(), ids=INVALID)
def test_what_is_not_valid_is_refused_with_its_line_and_name(text, said):
    with pytest.raises(ModelError, match=said) as caught:
        engine.compile(text)
    assert "line 1" in str(caught.value)
    assert "\n" not in str(caught.value)


@given(st.sampled_from(["x", "k", "f", "c"]), st.sampled_from(["parameter", "compartment", "function"]))
def test_a_name_given_twice_is_refused_whatever_bears_it(name, kind):
    lists = {
        "Parameters": X + parameter("k", 1),
        "FunctionDefinitions": function("f", "a", ci("a")),
        "Compartments": '<compartment id="c" size="1" constant="true"/>',
        "Rules": DECAY,
    }
    again = {
        "parameter": ("Parameters", parameter(name, 2)),
        "compartment": ("Compartments", f'<compartment id="{name}" size="2" constant="true"/>'),
        "function": ("FunctionDefinitions", function(name, "a", ci("a"))),
    }
    where, what = again[kind]
    with pytest.raises(ModelError, match=f"'{name}'"):
        engine.compile(sbml(**lists | {where: lists[where] + what}))


@pytest.mark.parametrize("size", ["0", "-1", "-1e-300"])
def test_a_size_that_vanishes_is_refused_where_concentrations_are_divided_by_it(size):
    species = (
        '<species id="x" compartment="c" initialAmount="8" hasOnlySubstanceUnits="{}" boundaryCondition="false" '
        'constant="false"/>'
    )
    compartment = f'<compartment id="c" spatialDimensions="3" size="{size}" constant="true"/>'
    with pytest.raises(ModelError, match=f'compartment "c" has the size {float(size):g}; it must be above 0'):
        engine.compile(sbml(Compartments=compartment, Species=species.format("false"), Rules=DECAY))
    assert value_at_1(sbml(Compartments=compartment, Species=species.format("true"), Rules=DECAY)) < 8


@pytest.mark.parametrize(
    ("rules", "when"),
    [("c' = -1;", 1), ("c := 2 - time;", 2), ("at (time > 1.5): c = -1;", 2), ("c = 1 - 2*k;", 0)],
)
def test_a_size_that_vanishes_on_the_way_ends_the_patient_with_a_reason(rules, when):
    start = "" if "c :=" in rules or "c = 1 -" in rules else "c = 1;"
    text = f"model m; compartment c; {start} {rules} species s in c; s = 1; R: s -> ; 0*s; k = 1; end"
    solution = engine.compile(text).solve(times=[0, 1, 2, 3], outputs=["s"])
    assert solution.status[0] != 0
    assert f'time {when}: the size of the compartment "c"' in solution.reasons[0]
    finite = [t < when for t in (0, 1, 2, 3)]
    assert [bool(v == v) for v in solution["s"][0]] == finite


def test_a_size_from_the_user_must_be_above_0():
    model = engine.compile("model m; compartment c; c = 1; species s in c; s = 1; R: s -> ; s; end")
    with pytest.raises(Exception, match='size of the compartment "c" must be above 0, not -2'):
        model.solve({"c": [1, -2]}, times=[1])


# --- valid, whatever it looks like -----------------------------------------------------------------------------------

GARBAGE = st.recursive(
    st.text("ab <>&;\n"[:3] + "\n", max_size=8),
    lambda inner: st.tuples(st.sampled_from(["p", "math", "notes", "rdf:li", "listOfRules", "sbml"]), inner, inner).map(
        lambda t: f"<{t[0]}>{t[1]}{t[2]}</{t[0]}>"
    ),
    max_leaves=6,
)


@settings(max_examples=15)
@given(GARBAGE, st.sampled_from(["notes", "annotation"]))
def test_notes_and_annotations_say_nothing_whatever_they_hold(inside, element):
    said = f"<{element}>{inside}</{element}>"
    text = sbml(said, Parameters=X.replace("/>", f">{said}</parameter>"), Rules=DECAY)
    assert value_at_1(text) == value_at_1(sbml(Parameters=X, Rules=DECAY))


@pytest.mark.parametrize("empty", ["<notes/>", "<notes />", '<annotation a="b > c"/>', "<annotation></annotation>"])
def test_empty_notes_and_annotations_take_nothing_with_them(empty):
    """The tag behind an empty element stays, whatever stands between."""
    for behind in ("", "\n", "<!-- > -->"):
        text = sbml(empty + behind, Parameters=X.replace("/>", f">{empty}{behind}</parameter>"), Rules=DECAY)
        assert value_at_1(text) == value_at_1(sbml(Parameters=X, Rules=DECAY))


def test_notes_outside_of_xhtml_are_no_fault():
    text = """<?xml version="1.0" encoding="UTF-8"?>
    <sbml xmlns="http://www.sbml.org/sbml/level2/version4" level="2" version="4"><model id="plain">
    <notes><p>Text outside of the XHTML namespace</p></notes>
    <listOfParameters><parameter id="k" value="0.5"/><parameter id="x" value="1" constant="false"/></listOfParameters>
    <listOfRules><rateRule variable="x"><math xmlns="http://www.w3.org/1998/Math/MathML"><apply><minus/><apply><times/>
    <ci>k</ci><ci>x</ci></apply></apply></math></rateRule></listOfRules></model></sbml>"""
    assert value_at_1(text) == pytest.approx(2.718281828459045**-0.5, rel=1e-8)


def test_line_numbers_hold_behind_long_notes():
    text = sbml("<notes>\n\n\n</notes>\n", Parameters=X, Rules=DECAY + "\n" + rate("nothing", ci("x")))
    with pytest.raises(ModelError, match="line 6"):
        engine.compile(text)


def test_a_model_may_have_the_id_of_one_of_its_parts_and_use_species_its_reactions_do_not_list():
    text = "model c_of; compartment c; species a in c, x in c; c = 1; a = 2; x = 0; k = 1; R: -> x; k; end"
    law = engine.compile(text).sbml.replace("<ci> k </ci>", "<ci> a </ci>").replace('"c_of"', '"c"')
    assert 'model metaid="c"' in law or 'id="c"' in law
    assert value_at_1(law) == pytest.approx(2, rel=1e-8)


def test_package_comp_without_submodels_changes_nothing():
    ports = '<comp:listOfPorts><comp:port comp:idRef="x" comp:id="x_port"/></comp:listOfPorts>'
    text = with_comp(sbml(Parameters=X, Rules=DECAY)).replace("</model>", f"{ports}</model>")
    assert value_at_1(text) == value_at_1(sbml(Parameters=X, Rules=DECAY))


DISTRIB = "http://www.sbml.org/sbml/level3/version1/distrib/version1"


@pytest.mark.parametrize(
    "inside",
    [
        "",
        f'<d:listOfUncertainties xmlns:d="{DISTRIB}"><d:uncertainty/></d:listOfUncertainties>',
        f'<listOfUncertainties xmlns="{DISTRIB}"><uncertainty/></listOfUncertainties>',
    ],
)
def test_a_required_package_is_refused_where_it_is_used_under_whatever_prefix(inside):
    declared = f'xmlns:distrib="{DISTRIB}" distrib:required="true"'
    text = sbml(Parameters=X.replace("/>", f">{inside}</parameter>"), Rules=DECAY)
    text = text.replace(" level=", f" {declared} level=", 1)
    if not inside:
        assert value_at_1(text) == value_at_1(sbml(Parameters=X, Rules=DECAY))
        return
    with pytest.raises(ModelError, match='package "distrib" changes what the model means'):
        engine.compile(text)


def composed(definitions, submodels="", extra=""):
    text = with_comp(sbml(Parameters=X, Rules=DECAY))
    of_submodels = f"<comp:listOfSubmodels>{submodels}</comp:listOfSubmodels>" if submodels else ""
    return text.replace("</model>", f"{of_submodels}</model>{definitions}{extra}")


def definition(name, inside, submodels=""):
    within = f"<comp:listOfSubmodels>{submodels}</comp:listOfSubmodels>" if submodels else ""
    return f'<comp:modelDefinition id="{name}">{inside}{within}</comp:modelDefinition>'


def submodel(name, of):
    return f'<comp:submodel comp:id="{name}" comp:modelRef="{of}"/>'


def listed(*definitions):
    return f"<comp:listOfModelDefinitions>{''.join(definitions)}</comp:listOfModelDefinitions>"


INNER = f"<listOfParameters>{parameter('y', 3)}</listOfParameters><listOfRules>{rate('y', cn(1))}</listOfRules>"


def test_submodels_of_the_same_file_are_put_in():
    text = composed(listed(definition("part", INNER)), submodel("A", "part") + submodel("B", "part"))
    model = engine.compile(text)
    assert set(model.states) == {"x", "A__y", "B__y"}
    assert model.solve(times=[2], outputs=["B__y"])["B__y"][0, 0] == pytest.approx(5)


def test_submodels_of_other_files_are_never_opened():
    external = (
        "<comp:listOfExternalModelDefinitions><comp:externalModelDefinition comp:id='other' "
        "comp:source='/etc/hostname'/></comp:listOfExternalModelDefinitions>"
    )
    with pytest.raises(ModelError, match='"other" lies in another file'):
        engine.compile(composed(external, submodel("A", "other")))


@pytest.mark.parametrize(
    ("definitions", "said"),
    [
        ([definition("part", INNER, submodel("again", "part"))], "contains itself"),
        ([definition("part", INNER, submodel("lost", "nowhere"))], '"nowhere"'),
        (
            [definition("part", INNER)]
            + [definition(f"d{i}", "", submodel("l", below) + submodel("r", below)) for i in range(40)
               for below in [f"d{i - 1}" if i else "part"]],
            "submodels; the reader takes at most 1000",
        ),
    ],
    ids=["itself", "nowhere", "doubling"],
)  # fmt: skip
def test_submodels_that_would_never_end_are_refused_by_their_number(definitions, said):
    top = "d39" if len(definitions) > 1 else "part"
    with pytest.raises(ModelError, match=said):
        engine.compile(composed(listed(*definitions), submodel("A", top)))


# --- sizes ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("depth", [990, 5000, 100_000])
@pytest.mark.parametrize("element", ["<apply><minus/>{}</apply>", "<apply><plus/>{}<cn>1</cn></apply>"])
def test_nesting_without_end_is_refused_before_anything_recurses(depth, element):
    before, after = element.split("{}")
    text = sbml(Parameters=X, Rules=rate("x", before * depth + ci("x") + after * depth))
    if depth < 1000 and "plus" in element:  # a sum of two, and two, and two: as long sums are written by many programs
        assert value_at_1(text) > 8
        return
    with pytest.raises(ModelError, match=r"nested more than \d+"):
        engine.compile(text)


@given(st.integers(1, 40), st.integers(2, 5))
@settings(max_examples=8, deadline=None)
def test_functions_that_call_each_other_many_times_are_counted_not_written_out(levels, calls):
    def call(name):
        return f"<apply>{ci(name)}{ci('a')}</apply>"

    functions = function("f0", "a", apply("times", cn(1e-9), ci("a")))
    for i in range(1, levels):
        functions += function(f"f{i}", "a", apply("plus", *[call(f"f{i - 1}")] * calls))
    text = sbml(
        FunctionDefinitions=functions, Parameters=X, Rules=rate("x", f"<apply>{ci(f'f{levels - 1}')}{ci('x')}</apply>")
    )
    began = time.process_time()
    try:
        assert value_at_1(text) >= 8
    except ModelError as error:
        assert "with function definitions written out" in str(error)
        assert calls ** (levels - 1) > 10_000
    assert time.process_time() - began < 20


@pytest.mark.parametrize("calls", [("f", "f"), ("f", "g")])
def test_functions_that_call_themselves_are_refused_by_name(calls):
    first, second = calls
    functions = function(first, "a", f"<apply>{ci(second)}{ci('a')}</apply>")
    functions += function("g", "a", f"<apply>{ci('f')}{ci('a')}</apply>")
    with pytest.raises(ModelError, match=r'"[fg]" calls itself'):
        engine.compile(
            sbml(FunctionDefinitions=functions, Parameters=X, Rules=rate("x", f"<apply>{ci('g')}{ci('x')}</apply>"))
        )


def test_too_many_parts_are_refused_with_their_number():
    long = apply("plus", *[apply("sin", ci("x"))] * 150_001)
    with pytest.raises(ModelError, match=r"have \d{6} parts"):
        engine.compile(sbml(Parameters=X, Rules=rate("x", long)))


def test_an_unclosed_text_says_its_line():
    with pytest.raises(ModelError, match=r"cannot be read, line 1: .*(no element found|unclosed token|mismatched)"):
        engine.compile(sbml(Parameters=X, Rules=DECAY)[:-9])


def test_truth_values_and_numbers_stand_for_each_other():
    piece = f"<piecewise><piece>{cn(2)}{ci('x')}</piece><otherwise>{cn(0)}</otherwise></piecewise>"
    assert value_at_1(sbml(Parameters=X, Rules=rate("x", piece))) == pytest.approx(10, rel=1e-8)
    number = apply("times", cn(3), apply("gt", ci("x"), cn(0)))
    assert value_at_1(sbml(Parameters=X, Rules=rate("x", number))) == pytest.approx(11, rel=1e-8)
    logic = apply("and", ci("x"), cn(1))
    assert value_at_1(sbml(Parameters=X, Rules=rate("x", logic))) == pytest.approx(9, rel=1e-8)
    assert math(ci("x")).startswith("<math")
