"""The benchmark of published models can tell right from wrong, and finds its models."""

import numpy as np
import pytest
from tests.benchmark_files import benchmark_named

from lobule import engine
from lobule.engine import CompiledModel
from lobule.engine.read import sbml_text

pytest.importorskip("roadrunner")

TANKS = "model tanks; k = 0.3; a = 8; b = 0; a' = -k*a; b' = k*a - 0.1*b; both := a + b; end"


@pytest.fixture(scope="module")
def benchmark():
    return benchmark_named("real_models")


@pytest.fixture
def tanks(tmp_path):
    path = tmp_path / "tanks.xml"
    path.write_text(sbml_text(TANKS), encoding="utf-8")
    return path


@pytest.mark.peer
def test_two_simulators_that_agree_are_said_to(benchmark, tanks):
    found = benchmark.examine(tanks)
    assert found["verdict"] == "agree"
    assert found["states"] == 2
    assert found["differ"] < 1e-6
    assert found["compile"] > 0
    assert found["time"] > 0


@pytest.mark.peer
@pytest.mark.parametrize("lobule_is_wrong", [True, False])
def test_where_they_differ_a_third_solver_says_who_is_right(benchmark, tanks, monkeypatch, lobule_is_wrong):
    if lobule_is_wrong:
        solve = CompiledModel.solve

        def off(self, *arguments, **options):
            solution = solve(self, *arguments, **options)
            solution.y[:, 1:] *= 1.01
            return solution

        monkeypatch.setattr(CompiledModel, "solve", off)
    else:
        theirs = benchmark.with_roadrunner

        def astray(*arguments):
            values, seconds = theirs(*arguments)
            return values * 1.01, seconds

        monkeypatch.setattr(benchmark, "with_roadrunner", astray)
    verdict = benchmark.examine(tanks)["verdict"]
    assert verdict == ("lobule is wrong" if lobule_is_wrong else "lobule is right")


def test_a_model_that_is_refused_says_why(benchmark, tmp_path):
    path = tmp_path / "nothing.xml"
    path.write_text(sbml_text(TANKS).replace("<model", "<modle").replace("</model", "</modle"), encoding="utf-8")
    found = benchmark.examine(path)
    assert found["verdict"] == "refused"
    assert found["why"] in benchmark.row(found)


def test_models_are_found_once_and_end_with_their_measurements(benchmark, tanks):
    folder = tanks.parent
    (folder / "deep").mkdir()
    (folder / "deep" / "same.xml").write_bytes(tanks.read_bytes())
    (folder / "petab_test_suite").mkdir()
    (folder / "petab_test_suite" / "case.xml").write_text(tanks.read_text(encoding="utf-8") + " ", encoding="utf-8")
    (folder / "page.xml").write_text("<html/>", encoding="utf-8")
    assert list(benchmark.models(folder, "")) == [tanks]
    assert benchmark.end_of(tanks) == 100
    (folder / "measurements.tsv").write_text("observableId\ttime\nx\t3\nx\tinf\nx\t40\n", encoding="utf-8")
    assert benchmark.end_of(tanks) == 40


def test_differences_are_relative_and_rounding_is_none(benchmark):
    reference = np.array([[1.0, 0.0, 1e-9], [2.0, 0.0, 2e-9]])
    found = np.array([[1.0, 1e-17, 1e-9], [2.002, 0.0, 2e-9]])
    assert benchmark.scaled(found, reference).tolist() == pytest.approx([1e-3, 5e-6, 0], rel=1e-2)
    assert benchmark.scaled(found, reference)[1] < benchmark.AGREE
    assert benchmark.scaled(np.array([[np.nan]]), np.array([[1.0]]))[0] == np.inf
    assert benchmark.scaled(np.array([[np.nan]]), np.array([[np.nan]]))[0] == 0


@pytest.mark.peer
def test_drug_models_get_a_dose(benchmark, tmp_path):
    text = sbml_text("model drug; PODOSE_gli = 0; k = 1; gut = PODOSE_gli; gut' = -k*gut; end")
    solved = engine.compile(benchmark.dosed(text)).solve(times=[0, 1])
    assert solved["gut"][0].tolist() == pytest.approx([4, 4 * np.exp(-1)], rel=1e-5)
