"""PEtab problems: written ones pass petablint, and their objective is the same here, by hand and by libRoadRunner."""

import math
import warnings

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from lobule.cli import app
from lobule.errors import InputError

pytest.importorskip("petab")

LABS = "day,albumin_g_per_L,bilirubin_umol_per_L,inr\n0,38,14,1.1\n90,37,15,\n400,35,20,1.2\n"


@pytest.fixture(scope="module")
def problem(tmp_path_factory):
    folder = tmp_path_factory.mktemp("petab")
    (folder / "labs.csv").write_text(LABS, encoding="utf-8")
    arguments = ["petab", "export", str(folder / "labs.csv"), "--etiology", "hbv", "--years", "25"]
    result = CliRunner().invoke(app, [*arguments, "-o", str(folder / "problem")])
    assert result.exit_code == 0, result.output
    return folder / "problem"


def test_the_tables_hold_labs_and_priors(problem):
    measured = pd.read_csv(problem / "measurements.tsv", sep="\t")
    assert len(measured) == 8
    assert measured["time"].min() == pytest.approx(25 * 365.25)
    parameters = pd.read_csv(problem / "parameters.tsv", sep="\t")
    assert (parameters["lowerBound"] < parameters["nominalValue"]).all()
    assert set(parameters["objectivePriorType"]) == {"parameterScaleNormal"}


def test_the_objective_is_that_of_the_formula(problem):
    from lobule.calibrate.measured import ERRORS
    from lobule.calibrate.petab.evaluate import evaluate_problem

    found = evaluate_problem(problem / "problem.yaml")
    measured = pd.read_csv(problem / "measurements.tsv", sep="\t")
    total = 0.0
    for row, simulated in zip(measured.to_dict("records"), found.simulations["simulation"], strict=True):
        sd = ERRORS[row["observableId"].removesuffix("_measured")]
        z = (math.log(row["measurement"]) - math.log(simulated)) / sd
        total += -0.5 * z * z - math.log(sd * math.sqrt(2 * math.pi)) - math.log(row["measurement"])
    assert found.log_likelihood == pytest.approx(total, rel=1e-9)
    assert found.chi2 > 0
    assert math.isfinite(found.log_prior)


@pytest.mark.peer
def test_the_objective_is_the_same_with_libroadrunner(problem):
    import petab.v1 as petab
    import roadrunner

    from lobule.calibrate.petab.evaluate import evaluate_problem

    runner = roadrunner.RoadRunner(str(problem / "model.xml"))
    states = len(runner.integrator.getAbsoluteToleranceVector())
    runner.integrator.relative_tolerance = 1e-9
    runner.integrator.absolute_tolerance = [1e-12] * states  # one for all is multiplied by each state at a restart
    loaded = petab.Problem.from_yaml(str(problem / "problem.yaml"))
    simulated = loaded.measurement_df.copy()
    names = {o: o.removesuffix("_measured") for o in simulated["observableId"]}
    times = sorted(simulated["time"].unique())
    runner.timeCourseSelections = ["time", *dict.fromkeys(names.values())]
    rows = {}
    start = 0.0
    for time in times:
        rows[time] = dict(zip(runner.timeCourseSelections, runner.simulate(start, time, 2)[-1], strict=True))
        start = time
    simulated["simulation"] = [
        rows[t][names[o]] for t, o in zip(simulated["time"], simulated["observableId"], strict=True)
    ]
    theirs = petab.calculate_llh(
        [loaded.measurement_df], [simulated.drop(columns="measurement")], [loaded.observable_df], [loaded.parameter_df]
    )
    ours = evaluate_problem(problem / "problem.yaml").log_likelihood
    assert ours == pytest.approx(theirs, abs=1e-4 * abs(theirs))


@pytest.mark.peer
def test_the_objective_is_that_of_pypesto(problem):
    """pyPESTO over libRoadRunner: likelihood and prior, each."""
    pytest.importorskip("pypesto.petab")
    from pypesto.objective import NegLogParameterPriors
    from pypesto.objective.roadrunner import SolverOptions
    from pypesto.petab import PetabImporter

    from lobule.calibrate.petab.evaluate import evaluate_problem

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        importer = PetabImporter.from_yaml(str(problem / "problem.yaml"), simulator_type="roadrunner")
        prior, likelihood = sorted(
            importer.create_problem().objective._objectives, key=lambda o: not isinstance(o, NegLogParameterPriors)
        )
        likelihood.solver_options = SolverOptions(relative_tolerance=1e-9, absolute_tolerance=1e-12)
        nominal = np.asarray(importer.petab_problem.x_nominal_free_scaled)
        theirs, their_prior = -likelihood(nominal), -prior(nominal)
    ours = evaluate_problem(problem / "problem.yaml")
    assert ours.log_likelihood == pytest.approx(theirs, rel=1e-4)
    assert ours.log_prior == pytest.approx(their_prior, rel=1e-4)


def test_the_command_writes_a_simulation_table(problem, tmp_path):
    out = tmp_path / "simulations.tsv"
    result = CliRunner().invoke(app, ["petab", "import", str(problem / "problem.yaml"), "-o", str(out)])
    assert result.exit_code == 0, result.output
    assert "log-likelihood" in result.output
    table = pd.read_csv(out, sep="\t")
    assert np.isfinite(table["simulation"]).all()
    assert "measurement" not in table


def test_a_small_foreign_problem_with_conditions(tmp_path):
    """Decay with a rate set by the condition: exp(-k t), noise by a parameter."""
    import antimony

    antimony.clearPreviousLoads()
    antimony.loadAntimonyString("model m; k = 1; scale = 2; x = 1; x' = -k*x; end")
    (tmp_path / "m.xml").write_text(antimony.getSBMLString("m"), encoding="utf-8")
    (tmp_path / "c.tsv").write_text("conditionId\tk\nslow\t0.5\nfast\t2\n", encoding="utf-8")
    (tmp_path / "o.tsv").write_text(
        "observableId\tobservableFormula\tnoiseFormula\nobs\tscale * x\tsigma\n", encoding="utf-8"
    )
    (tmp_path / "me.tsv").write_text(
        "observableId\tsimulationConditionId\tmeasurement\ttime\nobs\tslow\t1.2\t1\nobs\tfast\t0.3\t1\n",
        encoding="utf-8",
    )
    (tmp_path / "p.tsv").write_text(
        "parameterId\tparameterScale\tlowerBound\tupperBound\tnominalValue\testimate\n"
        "scale\tlin\t0\t10\t2\t1\nsigma\tlin\t0.01\t1\t0.1\t1\n",
        encoding="utf-8",
    )
    (tmp_path / "y.yaml").write_text(
        "format_version: 1\nparameter_file: p.tsv\nproblems:\n  - condition_files: [c.tsv]\n"
        "    measurement_files: [me.tsv]\n    observable_files: [o.tsv]\n    sbml_files: [m.xml]\n",
        encoding="utf-8",
    )
    from lobule.calibrate.petab.evaluate import evaluate_problem

    found = evaluate_problem(tmp_path / "y.yaml")
    expected = [2 * math.exp(-0.5), 2 * math.exp(-2)]
    assert found.simulations["simulation"].tolist() == pytest.approx(expected, rel=1e-6)
    z = (np.array([1.2, 0.3]) - expected) / 0.1
    assert found.log_likelihood == pytest.approx(float((-0.5 * z**2 - math.log(0.1 * math.sqrt(2 * math.pi))).sum()))


@pytest.mark.parametrize(
    ("labs", "message"),
    [("day,alt_U_per_L\n0,<40\n10,50\n", "no limits of detection"), ("day,inr\n0,1.1\n", "above 0")],
)
def test_what_petab_cannot_hold_is_refused(tmp_path, labs, message):
    path = tmp_path / "labs.csv"
    path.write_text(labs, encoding="utf-8")
    years = "20" if "alt" in labs else "0"
    result = CliRunner().invoke(app, ["petab", "export", str(path), "--etiology", "hbv", "--years", years])
    assert isinstance(result.exception, InputError)
    assert message in str(result.exception)


@pytest.mark.parametrize("years", [0, -1, math.nan, math.inf, 1e9, "20", None, True])
def test_years_of_disease_are_a_number_that_a_life_allows(tmp_path, years):
    from lobule.calibrate.petab.export import export_problem
    from lobule.files.one_patient import read_patient

    (tmp_path / "labs.csv").write_text(LABS, encoding="utf-8")
    with pytest.raises(InputError, match="years must be a number above 0, at most 100"):
        export_problem(read_patient(tmp_path / "labs.csv").course, "hbv", years, tmp_path / "problem")
    assert not (tmp_path / "problem").exists()


def test_a_value_of_0_has_no_logarithm_and_nothing_is_written(tmp_path):
    from dataclasses import replace

    from lobule.calibrate.petab.export import export_problem
    from lobule.files.one_patient import read_patient

    (tmp_path / "labs.csv").write_text(LABS, encoding="utf-8")
    course = read_patient(tmp_path / "labs.csv").course
    values = course.values | {"albumin": course.values["albumin"] * 0}
    with pytest.raises(InputError, match="the albumin of day 0 is 0"):
        export_problem(replace(course, values=values), "hbv", 20, tmp_path / "problem")
    assert not (tmp_path / "problem").exists()


def test_what_is_no_problem_is_refused(tmp_path):
    from lobule.calibrate.petab.evaluate import evaluate_problem

    with pytest.raises(InputError, match="there is no file"):
        evaluate_problem(tmp_path / "nothing.yaml")
    (tmp_path / "bad.yaml").write_text("format_version: 7\n", encoding="utf-8")
    with pytest.raises(InputError, match="no PEtab v1 problem"):
        evaluate_problem(tmp_path / "bad.yaml")
