"""Start values by every route: numbers, concentrations, initial assignments over fixed species and each other."""

import libsbml
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.engine.read.sbml_parts import apply, ci, cn, initial, math, parameter, rate, sbml

from lobule import engine
from lobule.errors import ModelError

TOWN = '<compartment id="town" spatialDimensions="3" size="1" constant="true"/>'


def species(name, given="", fixed=False, constant=False, amounts=False, compartment="town"):
    return (
        f'<species id="{name}" compartment="{compartment}" {given} hasOnlySubstanceUnits="{str(amounts).lower()}" '
        f'boundaryCondition="{str(fixed).lower()}" constant="{str(constant).lower()}"/>'
    )


def started(text, names, parameters=None, start=None):
    solution = engine.compile(text).solve(parameters, start, times=[0], outputs=names)
    assert solution.complete, solution.reasons
    return dict(zip(names, solution.y[0, 0], strict=True))


@pytest.mark.parametrize("constant", [True, False])
@pytest.mark.parametrize("size", [1, 4])
def test_a_fixed_species_given_as_concentration_counts_in_initial_assignments(constant, size):
    text = sbml(
        Compartments=TOWN.replace('size="1"', f'size="{size}"'),
        Species=species("everyone", 'initialConcentration="1000"', fixed=True, constant=constant)
        + species("ill", 'initialConcentration="10"')
        + species("well"),
        InitialAssignments=initial("well", apply("minus", ci("everyone"), ci("ill"))),
    )
    assert started(text, ["well", "everyone"]) == {"well": 990, "everyone": 1000}


CHAIN = "model m; x = d + y; x' = -x; y = 3*e; y' = -y; e = d*d; d = k + 1; k = 2; end"


def test_chains_of_initial_assignments_are_followed_in_any_order():
    assert started(CHAIN, ["d", "e", "y", "x"]) == {"d": 3, "e": 9, "y": 27, "x": 30}


def test_a_value_of_the_user_is_followed_by_everything_that_derives_from_it():
    assert started(CHAIN, ["d", "e", "y", "x"], {"d": 10}) == {"d": 10, "e": 100, "y": 300, "x": 310}
    assert started(CHAIN, ["d", "y", "x"], None, {"y": 5}) == {"d": 3, "y": 5, "x": 8}
    assert started(CHAIN, ["d", "y", "x"], {"e": 1}, {"y": 5}) == {"d": 3, "y": 5, "x": 8}


def test_each_patient_derives_its_own_start_in_any_company():
    model = engine.compile(CHAIN)
    k = np.linspace(0, 3, 41)
    together = model.solve({"k": k}, times=[0, 1]).y
    for i in (0, 7, 40):
        assert np.array_equal(model.solve({"k": k[i]}, times=[0, 1]).y[0], together[i])


def test_sensitivities_follow_the_chain_of_the_start_except_through_what_the_user_has_set():
    model = engine.compile(CHAIN)
    slopes = model.solve(times=[0], sensitivities=["k", "d"], outputs=["y", "x"])
    # y = 3 (k + 1)^2, x = (k + 1) + y
    assert slopes.sensitivity("y", "k")[0, 0] == pytest.approx(18)
    assert slopes.sensitivity("x", "k")[0, 0] == pytest.approx(19)
    assert slopes.sensitivity("x", "d")[0, 0] == pytest.approx(19)
    fixed = model.solve(None, {"y": 5}, times=[0], sensitivities=["k"], outputs=["y", "x"])
    assert fixed.sensitivity("y", "k")[0, 0] == 0
    assert fixed.sensitivity("x", "k")[0, 0] == pytest.approx(1)


def test_a_ladder_of_doubling_start_values_is_never_written_out():
    rungs = "".join(f"d{i} = d{i - 1}*d{i - 1}/(1 + d{i - 1}) + 0.1; " for i in range(1, 40))
    value = 0.5
    for _ in range(39):
        value = value * value / (1 + value) + 0.1
    text = sbml(
        Parameters="".join(parameter(f"d{i}", 0.5 if i == 0 else None) for i in range(40)) + parameter("x"),
        InitialAssignments="".join(
            initial(f"d{i}", apply("plus", apply("divide", apply("times", ci(f"d{i - 1}"), ci(f"d{i - 1}")),
                                                apply("plus", cn(1), ci(f"d{i - 1}"))), cn(0.1)))
            for i in range(1, 40)
        ) + initial("x", ci("d39")),
        Rules=rate("x", cn(0)),
    )  # fmt: skip
    assert rungs
    assert started(text, ["x"])["x"] == pytest.approx(value, rel=1e-14)


def test_start_values_that_depend_on_each_other_are_refused_by_name():
    text = sbml(
        Parameters=parameter("x") + parameter("y"),
        InitialAssignments=initial("x", ci("y")) + initial("y", ci("x")),
        Rules=rate("x", cn(1)),
    )
    with pytest.raises(ModelError, match="'x' creates a cycle with"):
        engine.compile(text)


# --- missing values ---------------------------------------------------------------------------------------------------

MEMBRANE = '<compartment id="membrane" spatialDimensions="2" constant="true"/>'


def test_a_missing_value_that_nothing_needs_is_no_fault():
    text = sbml(
        Compartments=TOWN + MEMBRANE,
        Species=species("s", 'initialConcentration="1"') + species("unused", compartment="membrane"),
        Parameters=parameter("x", 1) + parameter("nothing", constant=True),
        Rules=rate("x", ci("x")),
    )
    solution = engine.compile(text).solve(times=[0, 1])
    assert solution.complete
    assert "unused" not in solution.outputs


NEEDS = [
    ("model m; x = 1; x' = -k*x; end", '"k" has no value, and the rate of change of "x" needs it'),
    ("model m; x = 1; x' = -a*x; a := b; b := 2*k; end", '"k" has no value, and the formula of "b" needs it'),
    ("model m; x = 2*k; x' = -x; end", '"k" has no value, and the start value of "x" needs it'),
    ("model m; compartment c = 1; species s in c; s = 1; R: s -> ; k*s; end", 'the formula of "R" needs it'),
    ("model m; x = 1; x' = -x; E: at (time > k): x = 2; end", '"k" has no value, and the event "E" needs it'),
    ("model m; x = 1; x' = -x; E: at (time > 1): x = k; end", '"k" has no value, and the event "E" needs it'),
]


@pytest.mark.parametrize(("text", "said"), NEEDS)
def test_a_missing_value_names_the_formula_that_needs_it(text, said):
    model = engine.compile(text)
    with pytest.raises(ModelError) as caught:
        model.solve(times=[1])
    assert said in str(caught.value)
    assert model.solve({"k": 1.5}, times=[1]).complete


def test_a_missing_value_is_needed_where_it_is_asked_for():
    model = engine.compile(sbml(Parameters=parameter("x", 1) + parameter("k"), Rules=rate("x", ci("x"))))
    assert model.solve(times=[1]).complete
    with pytest.raises(ModelError, match='the output "k" needs it'):
        model.solve(times=[1], outputs=["k"])
    with pytest.raises(ModelError, match="an event of the table needs it"):
        model.solve(times=[1], events=engine.EventTable([(0, 0.5, "k", "add", 1.0)]))


def test_a_missing_start_may_come_from_the_user():
    model = engine.compile("model m; x' = -x; end")
    with pytest.raises(ModelError, match='"x" has no start value; give one in the model or in initial'):
        model.solve(times=[0])
    assert model.solve(None, {"x": 3}, times=[0])["x"][0, 0] == 3


def test_a_value_that_is_written_as_not_a_number_is_one_and_matters_where_it_is_used():
    text = sbml(Parameters=parameter("x", 1) + parameter("k", "NaN") + parameter("big", "INF"), Rules=rate("x", cn(2)))
    model = engine.compile(text)
    assert model.solve(times=[1])["x"][0, 0] == pytest.approx(3)
    solution = model.solve(times=[1], outputs=["x", "k"])
    assert solution["x"][0, 0] == pytest.approx(3)
    assert '"k"' in solution.reasons[0]


# --- beside libRoadRunner ---------------------------------------------------------------------------------------------


@st.composite
def networks(draw):
    """A random model whose start values come by every route."""
    number = st.floats(0.1, 9).map(lambda v: round(v, 3))
    names = [f"s{i}" for i in range(draw(st.integers(2, 5)))]
    sizes = {"c": draw(number), "d": draw(number)}
    parameters = {f"k{i}": draw(number) for i in range(3)}
    assigned: list[str] = []
    listed = ""
    for name in names:
        route = draw(st.sampled_from(["amount", "concentration", "assigned"]))
        given = "" if route == "assigned" else f'initial{route.capitalize()}="{draw(number)}"'
        assigned += [name] if route == "assigned" else []
        fixed, amounts = draw(st.booleans()), draw(st.booleans())
        constant = fixed and draw(st.booleans())
        where = draw(st.sampled_from(["c", "d"]))
        listed += species(name, given, fixed, constant, amounts, where)
    derived = [f"q{i}" for i in range(draw(st.integers(0, 3)))]
    formulas, known = "", [n for n in names if n not in assigned] + list(parameters) + ["c", "d"]
    for name in draw(st.permutations([*assigned, *derived])):
        a, b = draw(st.sampled_from(known)), draw(st.sampled_from(known))
        operation = draw(st.sampled_from(["plus", "times"]))
        formulas = initial(name, apply(operation, ci(a), apply("times", cn(draw(number)), ci(b)))) + formulas
        known.append(name)
    source, rate_law = draw(st.sampled_from(names)), apply("times", ci("k0"), ci(draw(st.sampled_from(known))))
    reference = f'<speciesReference species="{source}" stoichiometry="1" constant="true"/>'
    law = f"<kineticLaw>{math(rate_law)}</kineticLaw>"
    movable = 'constant="true"' not in listed.split(f'id="{source}"')[1].split("/>")[0]
    reaction = '<reaction id="R" reversible="false" fast="false">'
    reaction += f"<listOfReactants>{reference}</listOfReactants>{law}</reaction>"
    text = sbml(
        Compartments="".join(
            f'<compartment id="{n}" spatialDimensions="3" size="{v}" constant="true"/>' for n, v in sizes.items()
        ),
        Species=listed,
        Parameters="".join(parameter(n, v, True) for n, v in parameters.items())
        + "".join(parameter(n, None, True) for n in derived),
        InitialAssignments=formulas,
        Reactions=reaction if movable else "",
    )
    return text, names, derived


@pytest.mark.peer
@settings(max_examples=20, deadline=None)
@given(networks())
def test_random_start_values_agree_with_roadrunner(case):
    roadrunner = pytest.importorskip("roadrunner")
    text, names, derived = case
    simulator = roadrunner.RoadRunner(text)
    asked = [*names, *derived]
    document = libsbml.readSBMLFromString(text)
    is_amount = {s.getId(): s.getHasOnlySubstanceUnits() for s in document.getModel().getListOfSpecies()}
    found = engine.compile(text).solve(times=[0, 0.1], outputs=asked, rtol=1e-9)
    simulator.timeCourseSelections = [n if is_amount.get(n, True) else f"[{n}]" for n in asked]
    simulator.integrator.setValue("relative_tolerance", 1e-10)
    expected = np.asarray(simulator.simulate(0, 0.1, 2))
    np.testing.assert_allclose(found.y[0], expected, rtol=1e-6, atol=1e-9)
