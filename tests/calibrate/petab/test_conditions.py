"""What PEtab's tables say about a simulation, each kind against the closed form of A <=> B."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("petab")
from tests.calibrate.petab.conversions import RULES, USUAL, course_a, parameters, write

from lobule.calibrate.petab.evaluate import evaluate_problem
from lobule.errors import InputError

RATES = parameters(k1=0.8, k2=0.6)
AFTER = "observableId\tpreequilibrationConditionId\tsimulationConditionId\tmeasurement\ttime\n"
IN = "observableId\tsimulationConditionId\tmeasurement\ttime\n"


def simulated(path):
    return evaluate_problem(path).simulations["simulation"].tolist()


def close(expected):
    return pytest.approx(expected, rel=1e-6, abs=1e-9)


def test_a_plain_problem_has_its_likelihood(tmp_path):
    found = evaluate_problem(write(tmp_path))
    expected = [course_a(t, 1, 0, 0.8, 0.6) for t in (0, 10)]
    assert found.simulations["simulation"].tolist() == close(expected)
    z = (np.array([0.7, 0.1]) - expected) / 0.5
    assert found.chi2 == pytest.approx(float(z @ z), rel=1e-6)
    assert found.log_likelihood == pytest.approx(float(-0.5 * z @ z - 2 * math.log(0.5 * math.sqrt(2 * math.pi))))


def test_an_empty_cell_of_a_condition_keeps_the_value_of_the_model(tmp_path):
    """b0 is 1 in the model; the review's two conditions."""
    path = write(tmp_path, conditions="conditionId\ta0\tb0\nlow\t0.8\t\nhigh\t0.9\tNaN\n", parameters=RATES,
                 measurements=IN + "obs\tlow\t0.7\t0\nobs\tlow\t0.1\t10\nobs\thigh\t0.8\t0\nobs\thigh\t0.2\t10\n",
                 )  # fmt: skip
    assert simulated(path) == close([course_a(t, a, 1, 0.8, 0.6) for a in (0.8, 0.9) for t in (0, 10)])


@given(st.lists(st.tuples(st.one_of(st.none(), st.floats(0.1, 3)), st.one_of(st.none(), st.floats(0.1, 3))),
                min_size=1, max_size=4), st.floats(0, 5))  # fmt: skip
@settings(max_examples=15)
def test_conditions_with_any_cells_empty_are_those_of_the_closed_form(tmp_path_factory, cells, time):
    def shown(value):
        return "" if value is None else repr(value)

    path = write(
        tmp_path_factory.mktemp("any"),
        conditions="conditionId\tA\tk1\n"
        + "".join(f"c{k}\t{shown(a)}\t{shown(k1)}\n" for k, (a, k1) in enumerate(cells)),
        parameters=parameters(k2=0.6),
        measurements=IN + "".join(f"obs\tc{k}\t1\t{time!r}\n" for k in range(len(cells))),
    )
    expected = [course_a(time, 1 if a is None else a, 1, 0 if k1 is None else k1, 0.6) for a, k1 in cells]
    assert simulated(path) == close(expected)


def test_a_condition_may_name_a_parameter(tmp_path):
    path = write(tmp_path, conditions="conditionId\toffset\none\toffset_1\ntwo\toffset_2\n",
                 parameters=USUAL + "offset_1\tlin\t0\t10\t2\t1\noffset_2\tlin\t0\t10\t3\t0\n",
                 observables="observableId\tobservableFormula\tnoiseFormula\nobs\tA + offset\t1\n",
                 measurements=IN + "obs\tone\t2\t0\nobs\ttwo\t2\t0\nobs\tone\t2.1\t10\n")  # fmt: skip
    assert simulated(path) == close([3, 4, 2 + course_a(10, 1, 0, 0.8, 0.6)])


@pytest.mark.parametrize("by_name", [False, True])
def test_observable_parameters_belong_to_their_measurement(tmp_path, by_name):
    """Two of one observable and time, so that nothing but the row tells them apart."""
    more = "scale_x\tlin\t0\t10\t0.5\t1\nshift_x\tlin\t0\t10\t2\t1\n" if by_name else ""
    first = "scale_x;shift_x" if by_name else "0.5;2"
    path = write(tmp_path, parameters=USUAL + more,
                 observables="observableId\tobservableFormula\tnoiseFormula\n"
                             "obs\tobservableParameter1_obs * A + observableParameter2_obs\t1\n",
                 measurements="observableId\tsimulationConditionId\tmeasurement\ttime\tobservableParameters\n"
                              f"obs\tusual\t0.7\t10\t{first}\nobs\tusual\t0.1\t10\t4;1\n")  # fmt: skip
    a = course_a(10, 1, 0, 0.8, 0.6)
    assert simulated(path) == close([0.5 * a + 2, 4 * a + 1])


@pytest.mark.parametrize("by_name", [False, True])
def test_noise_parameters_belong_to_their_measurement(tmp_path, by_name):
    more, first = ("wide\tlin\t0\t10\t0.5\t1\n", "wide") if by_name else ("", "0.5")
    path = write(tmp_path, parameters=USUAL + more,
                 observables="observableId\tobservableFormula\tnoiseFormula\nobs\tA\tnoiseParameter1_obs + 0.1 * obs\n",
                 measurements="observableId\tsimulationConditionId\tmeasurement\ttime\tnoiseParameters\n"
                              f"obs\tusual\t0.7\t0\t{first}\nobs\tusual\t0.1\t10\t2\n")  # fmt: skip
    a = course_a(10, 1, 0, 0.8, 0.6)
    assert evaluate_problem(path).chi2 == pytest.approx((0.3 / 0.6) ** 2 + ((0.1 - a) / (2 + 0.1 * a)) ** 2)


@pytest.mark.parametrize("distribution", ["normal", "laplace"])
@pytest.mark.parametrize("scale", ["lin", "log", "log10"])
def test_every_scale_and_distribution_has_its_density(tmp_path, scale, distribution):
    """The density of the measurement itself, so that a scale brings its slope."""
    from scipy import stats

    path = write(tmp_path, observables="observableId\tobservableFormula\tnoiseFormula\tobservableTransformation\t"
                 f"noiseDistribution\nobs\tA\t0.5\t{scale}\t{distribution}\n")  # fmt: skip
    found = evaluate_problem(path)
    to, slope = {"lin": (float, lambda m: 1.0), "log": (math.log, lambda m: 1 / m),
                 "log10": (math.log10, lambda m: 1 / m / math.log(10))}[scale]  # fmt: skip
    density = {"normal": stats.norm, "laplace": stats.laplace}[distribution]
    expected = sum(
        density(to(course_a(t, 1, 0, 0.8, 0.6)), 0.5).logpdf(to(m)) + math.log(slope(m))
        for t, m in ((0, 0.7), (10, 0.1))
    )
    assert found.log_likelihood == pytest.approx(float(expected), rel=1e-6)


def test_equal_measurements_count_each(tmp_path):
    once = evaluate_problem(write(tmp_path / "1", measurements=IN + "obs\tusual\t0.3\t1\n"))
    thrice = evaluate_problem(write(tmp_path / "3", measurements=IN + "obs\tusual\t0.3\t1\n" * 3))
    assert thrice.log_likelihood == pytest.approx(3 * once.log_likelihood)


@pytest.mark.parametrize(("cell", "start"), [("2", 2), ("start_b", 7), ("", 1)])
def test_a_condition_sets_the_start_of_a_species_against_its_initial_assignment(tmp_path, cell, start):
    more = "start_b\tlin\t0\t10\t7\t1\n" if cell == "start_b" else ""
    path = write(tmp_path, conditions=f"conditionId\tB\nusual\t{cell}\n", parameters=RATES + more)
    assert simulated(path) == close([course_a(t, 1, start, 0.8, 0.6) for t in (0, 10)])


def test_what_starts_from_a_start_value_follows_it(tmp_path):
    """B starts at twice A, and A is set by the condition: SBML evaluates initial assignments with it."""
    model = "k1 = 0.8; k2 = 0.6; A = 1; B = 2*A; A' = k2*B - k1*A; B' = k1*A - k2*B"
    path = write(tmp_path, model, conditions="conditionId\tA\nusual\t3\n", parameters=RATES)
    assert simulated(path) == close([course_a(t, 3, 6, 0.8, 0.6) for t in (0, 10)])


def test_a_constant_that_is_set_overrides_its_initial_assignment_and_what_follows_it(tmp_path):
    model = "q = 1; k = 5*q; twice = 2*k; x = twice; x' = -x"
    path = write(tmp_path, model, parameters=parameters(k=3),
                 observables="observableId\tobservableFormula\tnoiseFormula\nobs\tx + twice\t1\n")  # fmt: skip
    assert simulated(path) == close([12, 6 * math.exp(-10) + 6])


def test_a_condition_sets_the_size_of_a_compartment_and_concentrations_stay(tmp_path):
    path = write(tmp_path, conditions="conditionId\tbox\nusual\t3\n", parameters=RATES,
                 observables="observableId\tobservableFormula\tnoiseFormula\nobs\tA * box\t1\n")  # fmt: skip
    assert simulated(path) == close([3 * course_a(t, 1, 1, 0.8, 0.6) for t in (0, 10)])


@pytest.mark.parametrize("model", [None, RULES])
@pytest.mark.parametrize(
    ("conditions", "start"),
    [
        ("conditionId\tk1\nfirst\t0.3\nusual\t0.8\n", (4 / 3, 2 / 3)),  # of 2 in all, two thirds are A
        ("conditionId\tk1\tB\nfirst\t0.3\t0\nusual\t0.8\t1\n", (2 / 3, 1)),  # B anew
        ("conditionId\tk1\tA\tB\nfirst\t0.3\t0\t2\nusual\t0.8\t1\tNaN\n", (1, 2 / 3)),  # A anew, B carried over
    ],
)
def test_a_pre_equilibration_carries_over_what_the_condition_leaves_open(tmp_path, model, conditions, start):
    path = write(tmp_path, *([model] if model else []), conditions=conditions, parameters=parameters(k2=0.6),
                 measurements=AFTER + "obs\tfirst\tusual\t0.7\t0\nobs\tfirst\tusual\t0.1\t1\n")  # fmt: skip
    assert simulated(path) == close([course_a(t, *start, 0.8, 0.6) for t in (0, 1)])


def test_an_infinite_time_is_the_steady_state(tmp_path):
    path = write(tmp_path, measurements=IN + "obs\tusual\t0.7\tinf\nobs\tusual\t0.1\t1\n")
    assert simulated(path) == close([0.6 / 1.4, course_a(1, 1, 0, 0.8, 0.6)])


@pytest.mark.parametrize("model", ["x = 1; y = 0; x' = y; y' = -x; A := x + 1", "A = 0; A' = 1", "A = 1; A' = A^2"])
def test_what_never_rests_has_no_steady_state(tmp_path, model):
    """A pendulum, a clock, an explosion."""
    none = "parameterId\tparameterScale\tlowerBound\tupperBound\tnominalValue\testimate\n"
    path = write(tmp_path, model, parameters=none, measurements=IN + "obs\tusual\t1\tinf\n")
    with pytest.raises(InputError, match='condition "usual": no steady state'):
        evaluate_problem(path)


def test_observables_may_use_time_sizes_rates_and_fixed_species(tmp_path):
    model = """
    model m
      compartment box = 2
      species A in box, $F in box
      k = 0.5
      A = 3; F = 4
      decay: A => ; box*k*A
    end
    """
    path = write(tmp_path, model, parameters=parameters(k=0.5),
                 observables="observableId\tobservableFormula\tnoiseFormula\nobs\ttime + box + F + decay\t1\n",
                 measurements=IN + "obs\tusual\t1\t2\n")  # fmt: skip
    assert simulated(path) == close([2 + 2 + 4 + 3 * math.exp(-1)])


def test_an_output_that_is_undefined_elsewhere_does_not_matter(tmp_path):
    """y is 0/0 at the start, where only x was measured."""
    model = "x = 0; x' = 1; y := x/x; z = 0"
    none = "parameterId\tparameterScale\tlowerBound\tupperBound\tnominalValue\testimate\n"
    path = write(tmp_path, model, parameters=none,
                 observables="observableId\tobservableFormula\tnoiseFormula\nof_x\tx\t1\nof_y\ty\t1\n",
                 measurements=IN + "of_x\tusual\t1\t0\nof_y\tusual\t1\t2\n")  # fmt: skip
    assert simulated(path) == close([0, 1])


def test_a_pre_equilibration_that_ends_near_0_leaves_the_tolerances_alone(tmp_path):
    """What decayed to 1e-300 says nothing about the size of a state that is then fed."""
    model = "A = 1; k = 1; feed = 0; B = 0; A' = feed - k*A; B' = A - B"
    path = write(tmp_path, model, conditions="conditionId\tfeed\nfirst\t0\nusual\t2\n", parameters=parameters(k=1),
                 measurements=AFTER + "obs\tfirst\tusual\t0.7\t0\nobs\tfirst\tusual\t0.1\t1\n")  # fmt: skip
    assert simulated(path) == close([0, 2 * (1 - math.exp(-1))])
