"""The assay: the file, the plates, the in vitro studies, the command."""

import json

import numpy as np
import pandas as pd
import pytest
from tests.quality.conftest import EXAMPLES
from typer.testing import CliRunner

from lobule import cli
from lobule.answers.assay import of_assay
from lobule.answers.record import record_of
from lobule.errors import InputError
from lobule.evidence import in_vitro_rows
from lobule.files.assay import read_plates
from lobule.quality.assay import assay
from lobule.quality.assay_words import said, summary
from lobule.quality.in_vitro import beside_studies, contrasts

FILE = """title: t
dish: {cells: {macrophages: 1e6 cell}, stimulus: {lps: 100 ng/mL}}
reference: uc-msc-ev
samples:
  - {name: weak, product: uc-msc-ev, potency: 0.4}
doses: [1e6 particle/mL, 1.5e8 particle/mL, 3e8 particle/mL, 6e8 particle/mL, 1.2e9 particle/mL, 1e11 particle/mL]
plates: 2
replicates: 4
well_cv: 0.03
plate_cv: 0.3
"""


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "assay.yaml"
    path.write_text(FILE, encoding="utf-8")
    return path


def test_a_latent_potency_is_found_again(file, tmp_path):
    result = assay(file, members=4)
    every = result.potencies[result.potencies["plate"] == "all"].set_index("model")
    low, high = every.loc["parallel lines", ["low", "high"]]
    assert low < 1.1 * 0.4 and high > 0.9 * 0.4 and high < 0.6  # one interval of one seed may miss the truth a little
    assert set(result.potencies["plate"]) == {"1", "2", "all"}
    assert result.controls["stimulated"] > result.controls["resting"]
    folder = of_assay(result, record_of("assay")).save(tmp_path / "out")
    tables = {"wells.csv", "potency.csv", "curves.csv", "suitability.csv", "doses.csv", "plate_effects.csv"}
    assert {p.name for p in folder.iterdir()} == {"assay.png", "README.txt", "run.json"} | tables
    assert any("EC50 of reference" in line for line in said(result))
    json.dumps(summary(result))


def test_same_seed_same_wells(file):
    a, b = assay(file, members=0), assay(file, members=0)
    assert a.wells.equals(b.wells)
    file.write_text(FILE + "seed: 2\n", encoding="utf-8")
    assert not a.wells.equals(assay(file, members=0).wells)


def test_measured_plates_give_what_simulated_ones_give(file, tmp_path):
    simulated = assay(file, members=0)
    wells = simulated.wells.rename(columns={"dose": "dose_particle_per_mL"})
    wells.to_csv(tmp_path / "plates.csv", index=False)
    wells.to_parquet(tmp_path / "plates.parquet")
    wells.to_excel(tmp_path / "plates.xlsx", index=False)
    for kind in ("csv", "parquet", "xlsx"):
        measured = assay(tmp_path / f"plates.{kind}")
        assert np.allclose(measured.potencies["potency"], simulated.potencies["potency"], rtol=1e-6)


@pytest.mark.parametrize(
    "old, new, words",
    [
        ("lps: 100 ng/mL", "lsp: 100 ng/mL", r'line 2, dish.stimulus.lsp: no stimulus "lsp"'),
        ("uc-msc-ev\nsamples", "uc-msc-evv\nsamples", "line 3, reference: no product"),
        ("potency: 0.4", "without: [mir_1]", "samples"),
        ("plates: 2", "readout: alpha_sma", "no readout of these cells"),
        ("name: weak", "name: reference", "different names"),
        ("5e8 particle/mL,", "5e8,", "doses"),
        ("well_cv: 0.03", "well_cv: 30", "well_cv"),
        ("plates: 2", "plate: 2", "plate"),
    ],
)
def test_mistakes_are_told_with_their_line(file, old, new, words):
    file.write_text(FILE.replace(old, new), encoding="utf-8")
    with pytest.raises(InputError, match=words):
        assay(file, members=0)


def test_a_reference_that_is_not_there(tmp_path):
    path = tmp_path / "p.csv"
    path.write_text("sample,dose_ug_per_mL,response\na,1,1\na,2,2\nb,1,1\nb,2,3\n", encoding="utf-8")
    with pytest.raises(InputError, match="--reference: a, b"):
        assay(path)
    path.write_text("sample,response\na,1\n", encoding="utf-8")
    with pytest.raises(InputError, match='"dose" is missing'):
        assay(path)


@pytest.mark.science
def test_published_experiments_and_what_the_docs_say_of_them():
    (found, left), lost = beside_studies(), contrasts()
    assert left == []
    assert len(found) == len(in_vitro_rows())
    assert found["agrees"].astype(bool).all(), found.loc[~found["agrees"].astype(bool), "id"].tolist()
    assert pd.Series(found["same"]).sum() >= 27
    weaker = lost.set_index(["what", "readout"])["weaker"]
    assert weaker[("miR-223 inhibited", "nlrp3")] and weaker[("medium without vesicles", "il_10")]


def test_command(file, tmp_path):
    done = CliRunner().invoke(cli.app, ["assay", str(file), "-o", str(tmp_path / "o"), "--members", "0", "--json"])
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["potency"][0]["sample"] == "weak"


def of(result, sample, model="parallel lines"):
    return result.analysis.of(sample, model=model)


def test_shipped_plates_are_valid_by_lines_and_tell_what_they_use():
    plates = assay(EXAMPLES / "plates.csv")
    assert plates.unit == "particle/mL"
    every = plates.potencies[plates.potencies["plate"] == "all"]
    assert (every["low"] < 0.6).all() and (every["high"] > 0.6).all()
    assert of(plates, "batch 17").valid and not of(plates, "batch 17", "4-parameter curves").similar
    told = said(plates)
    assert any("parallel lines use 4 of 6 doses: 1e+09, 2e+09, 4e+09, 8e+09" in line for line in told)
    whole = plates.analysis.over_all_doses["batch 17"]  # as the review's own analysis of covariance has it
    assert round(whole.p_linear, 4) == 0.0002 and whole.p_parallel < 0.003
    assert any(line.startswith("batch 17: reportable value 56.8% (51.5% to 62.7%), weighted mean of 2 runs")
               for line in told)  # fmt: skip


def test_the_shipped_assay_finds_half_potency_and_not_what_another_cargo_does():
    dish = assay(EXAMPLES / "potency_assay.yaml", members=0, model="curves")
    half, other = dish.reportables
    assert half.low < 0.5 < half.high and "of all 4 runs analysed as one" in half.method
    assert not of(dish, "half as potent").similar  # a curve is no line
    assert other.problem and not of(dish, "without miR-223 and TSG-6", "4-parameter curves").similar


SCATTER = """title: an assay of little worth
dish: {cells: {macrophages: 1e6 cell}, stimulus: {lps: 100 ng/mL}}
reference: uc-msc-ev
samples: [{name: half as potent, product: uc-msc-ev, potency: 0.5}]
doses: [1e6 particle/mL, 4e6 particle/mL, 1.6e7 particle/mL, 6.4e7 particle/mL, 2.6e8 particle/mL]
plates: 2
replicates: 2
well_cv: 0.5
"""


def test_scatter_that_no_test_of_difference_refuses_gives_no_result(file):
    """The review's case: parallelism p above 0.05 with an EC50 known to six decades was valid."""
    file.write_text(SCATTER, encoding="utf-8")
    result = assay(file, members=0)
    assert of(result, "half as potent").p_parallel > 0.05
    assert not of(result, "half as potent").valid and not of(result, "half as potent", "4-parameter curves").valid
    assert "NO reportable value" in said(result)[0]
    assert "system suitability: 0 of 2 plates pass" in " ".join(said(result))


def test_doses_of_two_kinds_are_refused(file):
    file.write_text(FILE.replace("5e8 particle/mL,", "1 ug/mL,"), encoding="utf-8")
    with pytest.raises(InputError, match="line 6, doses: doses of one assay must be of one kind"):
        assay(file, members=0)


HEADER = "id,source_id,cells,stimulus,product,cell_source,dose_value,dose_unit,duration_h,endpoint,direction"
OTHERS = f"""{HEADER},ratio_treated_over_stimulated
A1,new2027,primary hepatocytes,TNF-a + D-GalN,ev,uc,1e9,particles/mL,24,apoptosis,down,0.5
A2,new2027,primary hepatocytes,TNF-a + D-GalN,ev,uc,1e9,particles/mL,24,viability,up,1.8
A3,new2027,Kupffer cells,LPS/IFN-g,ev,adipose,10,ug/mL,48,il_10,up,20
A4,new2027,LX-2,TGF-b1,cm,uc,,,,collagen1,down,
A5,new2027,HUVEC,LPS,ev,uc,,,,tube_formation,up,
A6,new2027,RAW264.7,oxLDL,ev,uc,,,,tnf_a,down,
A7,new2027,RAW264.7,LPS,msc,uc,,,,tnf_a,down,
A8,new2027,PBMC T cells,Con A,ev,bm,,,,ifng,down,
A9,new2027,RAW264.7,LPS,ev,uc,,,,taste,down,
"""


def test_a_table_of_studies_that_no_one_here_wrote(tmp_path):
    path = tmp_path / "others.csv"
    path.write_text(OTHERS, encoding="utf-8")
    table, left = beside_studies(path=path)
    rows = table.set_index("id")
    assert rows.index.tolist() == ["A1", "A2", "A3", "A4", "A8"] and rows["agrees"].all()
    assert rows.loc["A1", "within_twofold"] and not rows.loc["A3", "within_twofold"]
    assert rows.loc["A2", "within_twofold"] is None  # survival is read from death: no ratio to compare
    assert rows.loc["A3", "dose"] == "10 ug/mL" and rows.loc["A3", "product"] == "ad-msc-ev"
    for row, words in zip(left, ("HUVEC", "oxLDL", '"msc"', '"taste"'), strict=True):
        assert words in row
    done = CliRunner().invoke(cli.app, ["assay", "--studies", "--table", str(path), "--members", "2"])
    assert "left out: A5" in done.stdout and "5 of 5 directions" in done.stdout


@pytest.mark.parametrize(
    "old, new, words",
    [
        ("direction", "way", 'column "direction"'),
        ("1e9", "many", "A1"),
        ("1e9", "1e999", "cell G2"),
        ("24", "-1", "cell I2"),
    ],
)
def test_tables_of_studies_that_are_refused(tmp_path, old, new, words):
    path = tmp_path / "others.csv"
    path.write_text(OTHERS.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(InputError, match=words):
        beside_studies(path=path)
    with pytest.raises(InputError, match="no file"):
        beside_studies(path=tmp_path / "none.csv")


PLATE = """sample,plate,dose_particle_per_mL,response
reference,1,5e8,OVRFLW
reference,1,1e9,"2,69"
reference,1,2e9,2.1
reference,1,4e9,<0.1
test,1,5e8,3.0
test,1,1e9,2.7
test,1,2e9,2.0
test,1,4e9,1.4
"""


def test_wells_that_cannot_be_read_are_named_even_where_nothing_is_left(tmp_path):
    path = tmp_path / "plate.csv"
    path.write_text(PLATE, encoding="utf-8")
    plates = read_plates(path)
    assert [f.cell for f in plates.faults] == ["D2", "D3", "D5"]
    assert len(plates.response) == 5 and 0.1 not in plates.response
    bare = tmp_path / "bare.csv"
    bare.write_text(PLATE + "stimulated,1,,3.1\n,1,0,3\n", encoding="utf-8")
    assert [f.reason for f in read_plates(bare).faults[3:]] == [
        "the well has no dose; write 0 where nothing was given",
        "the well has no sample",
    ]
    with pytest.raises(InputError) as refused:
        assay(path)
    for words in ('cell D2): "OVRFLW" is not a number', 'cell D3): "2,69" is not a number with a decimal point',
                  'cell D5): "<0.1" is a limit, not a value'):  # fmt: skip
        assert words in str(refused.value)


def test_a_plate_without_the_sample_or_the_reference_is_named_and_the_others_count(tmp_path):
    lines = (EXAMPLES / "plates.csv").read_text(encoding="utf-8").splitlines()
    path = tmp_path / "plates.csv"
    path.write_text(
        "\n".join([*lines, *(line.replace(",1,", ",9,", 1) for line in lines if "reference,1," in line)]),
        encoding="utf-8",
    )
    found, plain = assay(path), assay(EXAMPLES / "plates.csv")
    alone = found.potencies["plate"] != "all"
    assert found.potencies[alone].equals(plain.potencies[plain.potencies["plate"] != "all"])
    assert any("plate 9: no potency of batch 17 on it alone" in note for note in found.notes)


def test_responses_that_are_all_the_same_are_no_assay(tmp_path):
    wells = [f"{sample},1,{dose},1.7" for sample in ("reference", "B1") for dose in (1e8, 2e8, 4e8, 8e8) for _ in "ab"]
    path = tmp_path / "plates.csv"
    path.write_text("\n".join(["sample,plate,dose_particle_per_mL,response", *wells]), encoding="utf-8")
    with pytest.raises(InputError, match="every response is the same"):
        assay(path)


@pytest.mark.science
def test_an_assay_has_a_reading_and_the_readings_agree_where_nothing_acts(file):
    from lobule.dish import Dish, Well, read_wells

    dish = Dish({"macrophages": "1e6 cell"}, {"lps": "100 ng/mL"})
    wells = [Well(), Well("empty-vesicles", "1e9 particle/mL"), Well("uc-msc-ev", "1e9 particle/mL")]
    published, counted = (
        read_wells(dish, wells, ["tnf_alpha"], reading=r)[:, 0, 0, 0] for r in ("published", "counted")
    )
    assert published[:2].tolist() == counted[:2].tolist()
    assert published[2] < counted[2] <= counted[0]
    file.write_text(FILE + "reading: counted\n", encoding="utf-8")
    result = assay(file, members=0)
    assert result.notes[0] == "as counted: only what copies in cells can do"
    assert not result.wells.equals(assay(file, members=0, reading="published").wells)
    with pytest.raises(InputError, match="measured wells have no reading"):
        assay(EXAMPLES / "plates.csv", reading="counted")
    with pytest.raises(InputError, match='no reading "count"'):
        assay(file, reading="count")


def wells(runs, plates=2, spread=0.03, between=0.1, seed=1, well=None, bad=()):
    """Measured wells of runs of plates: a sample of 0.8, and a reference; `bad` runs have no slope."""
    rng = np.random.default_rng(seed)
    rows = []
    for run in range(1, runs + 1):
        potency = 0.8 * np.exp(between * rng.standard_normal())
        for plate in range(1, plates + 1):
            level = np.exp(0.1 * rng.standard_normal())
            for sample, own in (("reference", 1.0), ("B1", potency)):
                for dose in (1, 2, 4, 8):
                    for _ in range(3):
                        y = 1.0 if run in bad else (dose * own) ** -0.5
                        rows.append(
                            (sample, run, plate, dose * 1e9, y * level * np.exp(spread * rng.standard_normal()))
                        )
    return pd.DataFrame(rows, columns=["sample", "run", "plate", "dose_particle_per_mL", "response"])


def test_runs_are_combined_with_their_precision_and_bad_ones_are_named(tmp_path):
    wells(6, bad=(3,)).to_csv(tmp_path / "w.csv", index=False)
    result = assay(tmp_path / "w.csv")
    one = result.reportables[0]
    assert one.runs == 5 and list(one.left_out) == ["3"] and "R2 of the reference's curve" in one.left_out["3"]
    assert one.combined.chosen.method == "semi-weighted"  # runs differ by 10 %, wells by 3 %
    assert one.low < 0.8 < one.high
    assert one.precision.runs == 5 and one.precision.values == 10
    assert one.precision.between > one.precision.within
    answer = of_assay(result, record_of("assay"))
    means = answer.tables["reportable"].frame
    assert means["reportable"].tolist() == [False, False, True]
    assert set(answer.tables) >= {"precision", "suitability", "doses", "plate_effects"}
    assert set(result.potencies["plate"]) >= {"1, 1", "run 1", "all"}  # plates are numbered anew in each run


def test_how_runs_are_combined_is_said_and_fixed_by_the_criteria(tmp_path):
    wells(3, between=0.0).to_csv(tmp_path / "w.csv", index=False)
    first = assay(tmp_path / "w.csv").reportables[0]
    assert first.combined.chosen.method == "weighted" and "its interval holds no variation between runs" in first.method
    plain = first.combined.of("unweighted")
    assert first.method.endswith(f"({plain.low:.1%} to {plain.high:.1%}), which holds it")
    own = tmp_path / "ours.yaml"
    own.write_text("title: ours\ncombination: {method: unweighted}", encoding="utf-8")
    fixed = assay(tmp_path / "w.csv", criteria=own).reportables[0]
    assert (fixed.value, fixed.low, fixed.high) == (plain.value, plain.low, plain.high)
    assert fixed.method.startswith("unweighted mean of 3 runs") and "geometric mean" not in fixed.method
    own.write_text("combination: {method: mean}", encoding="utf-8")
    with pytest.raises(InputError, match=r"line 1, combination.method"):
        assay(tmp_path / "w.csv", criteria=own)


def test_a_well_without_product_that_lies_far_out_is_named(tmp_path):
    table = wells(2)
    none = [("stimulated", run, plate, 0.0, y) for run in (1, 2) for plate in (1, 2) for y in (1.5, 1.52, 1.47, 1.49)]
    table = pd.concat([table, pd.DataFrame(none, columns=table.columns)], ignore_index=True)
    table.loc[len(table) - 1, "response"] = 4.9
    table.to_csv(tmp_path / "w.csv", index=False)
    told = " ".join(said(assay(tmp_path / "w.csv")))
    assert "stimulated, plate 2, 2, 0 particle/mL, response 4.9" in told


def test_curves_can_be_asked_for_the_reportable_value_and_criteria_are_the_assays_own(tmp_path):
    wells(3, between=0.02).to_csv(tmp_path / "w.csv", index=False)
    assert assay(tmp_path / "w.csv", model="curves").reportables[0].model == "4-parameter curves"
    with pytest.raises(InputError, match='no model of the reportable value "curve"'):
        assay(tmp_path / "w.csv", model="curve")
    own = tmp_path / "ours.yaml"
    own.write_text("title: ours\nsimilarity: {slope_ratio: 0.99}\nlines: {lowest: 0, highest: 1}", encoding="utf-8")
    strict = assay(tmp_path / "w.csv", criteria=own)
    assert strict.reportables[0].problem == "no run is valid" and "criteria: ours" in said(strict)
    assert "parallel lines use all 4 doses" in said(strict)
    assert "criteria are usual figures" in " ".join(said(assay(tmp_path / "w.csv")))
    own.write_text("similarity: {slope_ratio: 1.2}", encoding="utf-8")
    with pytest.raises(InputError, match=r"line 1, similarity.slope_ratio"):
        assay(tmp_path / "w.csv", criteria=own)


def test_a_well_that_lies_far_out_is_named_and_kept(tmp_path):
    table = wells(1, plates=1)
    clean = assay(written(table, tmp_path))
    usual = clean.potencies["potency"].tolist()
    assert "of one run: its interval holds no variation between runs" in said(clean)[0]
    table.loc[5, "response"] *= 1.5
    result = assay(written(table, tmp_path))
    assert result.wells["outlier"].sum() == 1 and bool(result.wells["outlier"].iloc[5])
    assert any(
        line.startswith("outlier (generalized ESD at 1 %, kept): reference, plate 1, 2e+09") for line in said(result)
    )
    assert result.potencies["potency"].tolist() != usual


def written(table, folder):
    table.to_csv(folder / "w.csv", index=False)
    return folder / "w.csv"


def test_wells_at_the_edge_are_compared_with_those_within(tmp_path):
    table = wells(1, plates=2)
    table["well"] = [f"{'AB'[k % 2]}{k % 11 + 2}" for k in range(len(table))]
    table.loc[table["well"].str.startswith("A"), "response"] *= 1.2
    effects = assay(written(table, tmp_path)).analysis.plates.set_index("effect")
    assert effects.loc["edge of the plate", "p"] < 1e-6
    assert np.exp(effects.loc["edge of the plate", "size"]) == pytest.approx(1.2, abs=0.03)


def test_what_no_well_tells_is_no_number_and_no_error(tmp_path):
    """A slope that changes sign from plate to plate, and curves that no dose ends."""
    rows = [(s, p, d * 1e9, 1 + (0.001 if (s == "B1") == (p == 1) else -0.001) * np.log(d) + 1e-7 * k)
            for p in (1, 2) for s in ("reference", "B1") for k, d in enumerate((1, 2, 4, 8))]  # fmt: skip
    table = pd.DataFrame(rows, columns=["sample", "plate", "dose_particle_per_mL", "response"])
    result = assay(written(table, tmp_path))
    told = json.dumps(summary(result), allow_nan=False)
    assert "NO reportable value" in said(result)[0] and "Infinity" not in told
