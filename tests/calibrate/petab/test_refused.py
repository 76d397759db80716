"""A problem with something wrong ends with one sentence that says where; nothing of it is run or fetched."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.calibrate.petab.conversions import HEADER, MODEL, OBSERVABLES, USUAL, YAML, sbml, write
from typer.testing import CliRunner

pytest.importorskip("petab")

from lobule.calibrate.petab.evaluate import evaluate_problem
from lobule.cli import app
from lobule.errors import InputError, ModelError

IN = "observableId\tsimulationConditionId\tmeasurement\ttime\n"
OUT = "observableId\tobservableFormula\tnoiseFormula\n"
RCE = '__import__("os").system("echo run > ran")'


def refused(path, message):
    with pytest.raises((InputError, ModelError), match=message) as caught:
        evaluate_problem(path)
    assert "\n" not in str(caught.value)
    return caught.value


def test_an_observable_cannot_run_a_command(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = write(tmp_path / "problem", observables=OUT + f"obs\t{RCE}\t1\n")
    result = CliRunner().invoke(app, ["petab", "import", str(path)])
    assert isinstance(result.exception, InputError)
    assert "observables.tsv, line 2, column observableFormula" in str(result.exception)
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("table", ["conditions", "measurements", "observables", "parameters"])
def test_no_cell_of_a_table_can_run_a_command(tmp_path, monkeypatch, table):
    monkeypatch.chdir(tmp_path)
    usual = {"conditions": "conditionId\ta0\nusual\t1\n", "measurements": IN + "obs\tusual\t1\t1\n",
             "observables": OUT + "obs\tA\t1\n", "parameters": USUAL}[table]  # fmt: skip
    header, row = usual.splitlines()[:2]
    for k, name in enumerate(header.split("\t")):
        cells = row.split("\t")
        cells[k] = RCE.replace('"', "'")
        refused(write(tmp_path / f"{name}", **{table: f"{header}\n" + "\t".join(cells) + "\n"}), r"\.tsv")
    assert not (tmp_path / "ran").exists()


def test_a_name_in_the_model_cannot_run_a_command(tmp_path, monkeypatch):
    """PEtab's library evaluates the text of initial assignments; it must not see what SBML does not allow."""
    monkeypatch.chdir(tmp_path)
    text = sbml(MODEL).replace("<ci> a0 </ci>", "<ci> __import__('os').system('echo run > ran') </ci>")
    assert "system" in text
    refused(write(tmp_path / "problem", text), "model.xml: ")
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    ("tables", "message"),
    [
        ({"observables": OUT + "obs\tx+*\t1\n"}, "observables.tsv, line 2, column observableFormula: .* no PEtab"),
        ({"observables": OUT + "obs\tnope\t1\n"}, 'line 2, column observableFormula: "nope" is neither'),
        ({"observables": OUT + "obs\tA/0\t1\n"}, 'measurements.tsv, line 2: the simulated value of "obs" is inf'),
        ({"observables": OUT + "obs\tlog(-A - 1)\t1\n"}, 'line 2: the simulated value of "obs" is nan'),
        ({"observables": OUT + "obs\tA\t0\n"}, 'measurements.tsv, line 2: the noise of "obs" is 0, not above 0'),
        ({"observables": OUT + "obs\tA\t-1\n"}, "the noise of \"obs\" is -1, not above 0"),
        ({"observables": OUT + "obs\tA\tlog(-A - 1)\n"}, 'the noise of "obs" is nan, not above 0'),
        ({"observables": OUT + "obs\tA\tnoiseParameter1_obs\n"}, "column noiseParameters: 0 values for 1 places"),
        ({"observables": OUT + "obs\tA\t1\nobs\tB\t1\n"}, 'line 3, column observableId: "obs" stands in line 2 too'),
        ({"observables": OUT.replace("\tnoiseFormula", "") + "obs\tA\n"}, "the column noiseFormula is missing"),
        ({"observables": OUT + "A\tA\t1\n", "measurements": IN + "A\tusual\t1\t1\n"}, 'the model has a "A" too'),
        ({"measurements": IN}, "there is no measurement"),
        ({"measurements": ""}, "measurements.tsv is empty"),
        ({"measurements": IN + "obs\tusual\tnan\t1\n"}, "line 2, column measurement: the cell is empty"),
        ({"measurements": IN + "obs\tusual\t1,5\t1\n"}, 'column measurement: "1,5" is no finite number'),
        ({"measurements": IN + "obs\tusual\tinf\t1\n"}, 'column measurement: "inf" is no finite number'),
        ({"measurements": IN + "obs\tusual\t1_0\t1\n"}, 'column measurement: "1_0" is no finite number'),
        ({"measurements": IN + "obs\tusual\t1\tsoon\n"}, 'column time: "soon" is no finite number'),
        ({"measurements": IN + "obs\tusual\t1\t-1\n"}, "column time: -1 is before the start"),
        ({"measurements": IN + "obs\tother\t1\t1\n"}, 'simulationConditionId: no condition "other"'),
        ({"measurements": IN + "obs_b\tusual\t1\t1\n"}, 'observableId: no observable "obs_b". Did you mean "obs"'),
        ({"measurements": IN + "obs\tusual\t1\t1\tmore\n"}, "line 2: 5 cells under 4 headers"),
        ({"measurements": IN + 'obs\tusual\t1\t"1\nobs\tusual\t1\t2\n'}, "measurements.tsv, line"),
        ({"conditions": "conditionId\nusual\nusual\n"}, 'conditions.tsv, line 3, column conditionId: "usual" stands'),
        ({"conditions": "conditionId\tzz\nusual\t5\n"}, "conditions.tsv, column zz: neither the model nor an"),
        ({"conditions": "conditionId\tforward\nusual\t5\n"}, "column forward: the model computes it"),
        ({"conditions": "conditionId\tbox\nusual\tinf\n"}, 'column box: no parameter "inf"'),
        ({"conditions": "conditionId\tbox\nusual\tlarge\n"}, 'line 2, column box: no parameter "large"'),
        ({"conditions": "conditionId\ta0\nusual\t\n"}, 'line 2, column parameterId: the condition table sets "a0" too'),
        ({"conditions": "conditionId\tbox\tbox\nusual\t1\t2\n"}, 'two columns are called "box"'),
        ({"parameters": USUAL + "q\tlin\t0\t1\t1\t1\n"}, 'line 6, column parameterId: nothing uses "q"'),
        ({"parameters": USUAL + "B\tlin\t0\t1\t1\t1\n"}, '"B" is no constant of the model'),
        ({"parameters": USUAL + "k1\tlin\t0\t1\t1\t1\n"}, '"k1" stands in line 4 too'),
        ({"parameters": USUAL.replace("\tnominalValue", "\tnominal")}, "the column nominalValue is missing"),
        ({"parameters": USUAL.replace("0.8", "fast")}, 'line 4, column nominalValue: "fast" is no finite number'),
        ({"parameters": USUAL.replace("0.8", "")}, "line 4, column nominalValue: the cell is empty"),
        ({"parameters": USUAL.replace("k1\tlin", "k1\tln")}, 'column parameterScale: "ln" is none of lin, log, log10'),
        ({"parameters": HEADER + "k1\tlog\t1\t2\t-0.8\t1\n"}, "line 2, column nominalValue: -0.8 has no logarithm"),
        ({"parameters": USUAL.replace("0.8\t1", "0.8\tyes")}, 'column estimate: "yes" is no finite number'),
        ({"parameters": USUAL.replace("0.8\t1", "0.8\t2")}, "column estimate: 2 is neither 0 nor 1"),
        ({"parameters": USUAL.replace("k1\tlin\t0", "k1\tlog\t-1")}, "petablint: Bounds for log scaled parameter k1"),
        ({"parameters": USUAL.replace("k1\tlin\t0\t10", "k1\tlin\t10\t0")}, "0 is below the lowerBound, 10"),
    ],
)  # fmt: skip
def test_a_wrong_cell_is_told_with_its_place(tmp_path, tables, message):
    refused(write(tmp_path, **tables), message)


@pytest.mark.parametrize("scale", ["log", "log10"])
def test_a_logarithm_that_does_not_exist_is_no_likelihood(tmp_path, scale):
    observables = OBSERVABLES.replace("noiseFormula", "noiseFormula\tobservableTransformation")
    measured = IN + "obs\tusual\t-1\t1\n"
    compared = observables.replace("0.5", f"0.5\t{scale}")
    refused(write(tmp_path / "measured", observables=compared, measurements=measured),
            "measurements.tsv, line 2, column measurement: -1 has no logarithm")  # fmt: skip
    simulated = observables.replace("\tA\t0.5", f"\tA - 2\t0.5\t{scale}")
    refused(write(tmp_path / "simulated", observables=simulated), "line 2: the simulated value .* has no logarithm")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("model.xml", "../../../../etc/passwd", "not in the folder of the problem"),
        ("model.xml", "/etc/passwd", "not in the folder of the problem"),
        ("model.xml", "http://127.0.0.1:9/x.xml", "not in the folder of the problem"),
        ("conditions.tsv", "ftp://127.0.0.1:9/x.tsv", "not in the folder of the problem"),
        ("model.xml", "C:/model.xml", "not in the folder of the problem"),
        ("model.xml", "other.xml", "there is no file"),
        ("[model.xml]", "[model.xml, model.xml]", "2 SBML files"),
        ("[model.xml]", "[]", "line 7, problems.0.sbml_files: the name of a file"),
        ("[model.xml]", "[3]", "line 7, problems.0.sbml_files: the name of a file"),
        ("format_version: 1", "format_version: 2.0.0", 'no PEtab v1 problem: its version is "2.0.0"'),
        ("format_version: 1", "format: 1", "no PEtab v1 problem"),
        (YAML, "[1]", "a list of fields such as format_version"),
        (YAML, "format_version: 1\nproblems: &a [*a]\nparameter_file: parameters.tsv\n", "problem.yaml"),
        (YAML, "format_version: !!python/object/apply:os.system ['echo run > ran']\n", "problem.yaml"),
    ],
)
def test_problem_yaml_names_files_beside_it(tmp_path, monkeypatch, old, new, message):
    monkeypatch.chdir(tmp_path)
    path = write(tmp_path)
    path.write_text(YAML.replace(old, new), encoding="utf-8")
    refused(path, message)
    assert not (tmp_path / "ran").exists()


def test_monstrous_tables_are_refused_before_they_are_read(tmp_path, monkeypatch):
    monkeypatch.setattr("lobule.files.petab.MOST_ROWS", 3)
    refused(
        write(tmp_path / "rows", measurements=IN + "obs\tusual\t1\t1\n" * 4), "measurements.tsv has more than 3 rows"
    )
    monkeypatch.setattr("lobule.files.petab.LARGEST_FILE", 1000)
    refused(write(tmp_path / "bytes", conditions="conditionId\tbox\nusual\t" + "1" * 1000), "is larger than 1000 bytes")


def test_formulas_are_counted_before_they_are_read(tmp_path):
    rows = "".join(f"obs_{k}\t{'A + ' * 2000}A\t1\n" for k in range(30))
    refused(write(tmp_path, observables=OUT + rows), "formulas of 240060 characters together; 200000 are allowed")


def test_a_table_that_is_no_text_is_told(tmp_path):
    path = write(tmp_path)
    (tmp_path / "measurements.tsv").write_bytes(b"\xff\xfe\x00\x01")
    refused(path, "measurements.tsv is no text in UTF-8")


@given(st.sampled_from(["conditions", "measurements", "observables", "parameters", "problem.yaml"]), st.data())
@settings(max_examples=60)
def test_a_problem_with_any_cell_changed_has_a_likelihood_or_one_sentence(tmp_path_factory, table, data):
    folder = tmp_path_factory.mktemp("changed")
    path = write(folder, conditions="conditionId\tbox\nusual\t2\n")
    file = path if table == "problem.yaml" else folder / f"{table}.tsv"
    text = file.read_text(encoding="utf-8")
    place = data.draw(st.integers(0, len(text) - 1))
    length = data.draw(st.integers(0, 6))
    junk = data.draw(
        st.sampled_from(["", "\t", "\n", '"', "nan", "inf", "1e999", "-1", "=", "A", "\x00", "0", "ä", "[", "-"])
    )
    file.write_text(text[:place] + junk + text[place + length :], encoding="utf-8")
    try:
        found = evaluate_problem(path)
    except (InputError, ModelError) as error:
        assert str(error)
        assert "\n" not in str(error)
        return
    assert all(map(float.__le__, (-1e300,) * 3, (found.log_likelihood, found.chi2, found.log_prior)))
    assert found.simulations["simulation"].notna().all()
