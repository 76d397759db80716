"""The comparison of a folder: who trains, who is scored, what a table cannot carry, and the log of looks."""

import numpy as np
import pandas as pd
import pytest
from tests.validate.real_people import toys

from lobule.errors import InputError
from lobule.validate.real_people.folder import read_folder
from lobule.validate.real_people.looks import MOST, Look, look, looks
from lobule.validate.real_people.persons import until
from lobule.validate.real_people.rivals import COX, MAYO
from lobule.validate.real_people.sides import sides
from lobule.validate.real_people.survival import LOBULE
from lobule.validate.real_people.visits import POOLED
from lobule.validate.real_people.whole import compared, planned

pytest.importorskip("sksurv.metrics")


small_forests = toys.small_forests


@pytest.fixture
def folder(tmp_path):
    toys.table().to_csv(tmp_path / "unknown_name.csv", index=False)
    toys.visits(name="v").to_csv(tmp_path / "seen_again.csv", index=False)
    return tmp_path


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    place = tmp_path_factory.mktemp("tables")
    toys.table().to_csv(place / "unknown_name.csv", index=False)
    toys.visits(name="v").to_csv(place / "seen_again.csv", index=False)
    pd.DataFrame({"id": [1], "days": [3], "event": ["htn"]}).to_csv(place / "other.csv", index=False)
    return compared(planned(read_folder(place), "test"), toys.forecaster, 40, 1)


def test_tables_are_known_by_their_columns(folder):
    read = read_folder(folder)
    assert {(table.name, table.visits) for table in read.tables} == {
        ("unknown_name", False), ("seen_again", True), ("seen_again, first visits", False)}  # fmt: skip


def test_a_model_that_knows_the_hazard_orders_as_well_as_any(found):
    order = found.survival[(found.survival["measure"] == "concordance") & (found.survival["table"] == "unknown_name")]
    mine = order[order["event"] == order["event"].iloc[0]].set_index("model")["value"]
    assert mine[LOBULE] >= mine[[COX, MAYO]].max() - 0.03


def test_what_a_table_cannot_carry_is_told_with_why(found):
    left = {(table, what): why for table, what, why in found.left}
    assert "creatinine" in left["unknown_name", "MELD-Na"]
    assert ("other", "all comparisons") in left


def test_bands_and_errors_of_next_visits_are_told_for_each_lab_and_together(found):
    mine = found.visits[(found.visits["model"] == LOBULE) & (found.visits["after"] == POOLED)].set_index("lab")
    assert set(mine.index) == {"albumin", "bilirubin", POOLED}
    assert 0.7 < mine.loc[POOLED, "in_band"] <= 1.0
    assert mine.loc["bilirubin", "of_last_value"] < 1.05


def test_goals_are_judged_and_mayo_stands_beside(found):
    goals = found.goals[found.goals["table"] == "unknown_name"].set_index("goal")
    assert goals.loc[f"concordance, lobule less {COX}", "met"] == "yes"
    assert goals.loc[f"concordance, lobule less {MAYO}", "met"] == ""


def test_test_people_train_nobody_and_train_people_are_not_scored():
    use = pd.Series(["train", "test"] * 30)
    on_test, on_train = (sides(use, np.arange(60) % 3 == 0, on) for on in ("test", "train"))
    assert set(use.iloc[on_test.scored]) == {"test"}
    assert all(set(use.iloc[fold.train]) == {"train"} for fold in on_test.folds)
    rows = np.concatenate([fold.scored for fold in on_train.folds])
    assert sorted(rows) == sorted(on_train.scored)
    assert all(set(use.iloc[fold.train]) == {"train"} for fold in on_train.folds)
    assert all(not set(fold.train) & set(fold.scored) for fold in on_train.folds)
    assert on_test.aside
    assert not on_train.aside


def test_outcomes_of_test_people_move_nothing_on_train(folder):
    def scored():
        plan = planned(read_folder(folder, ["unknown_name"]), "train")
        return compared(plan, toys.forecaster, 20, 1).survival

    before = scored()
    table = pd.read_csv(folder / "unknown_name.csv")
    table.loc[table["use"] == "test", ["days", "died"]] = [7, 1]
    table.to_csv(folder / "unknown_name.csv", index=False)
    pd.testing.assert_frame_equal(before, scored())


def test_a_person_cut_at_a_visit_holds_nothing_of_later_ones(folder):
    (person,) = (p for p in read_folder(folder, ["seen_again"]).tables[0].persons if p.name == "v-1")
    cut = until(person, 2)
    assert len(cut.course.days) == 2
    assert all(len(values) == 2 for values in (*cut.course.values.values(), *cut.signs.values()))


def test_ten_looks_are_the_most_and_the_same_question_is_one_look(tmp_path):
    log = tmp_path / "looks.csv"
    log.write_text(",".join(Look.model_fields) + "\n", encoding="utf-8")  # as docs have it before anybody looked
    first = look(log, "abc", ["pbc"], "on test", "2026-01-01", False)
    assert look(log, "abc", ["pbc"], "on test", "2026-02-02", False) == first
    for k in range(2, MOST + 1):
        look(log, "abc", ["pbc"], f"question {k}", "2026-01-01", False)
    with pytest.raises(InputError, match="10 are the most"):
        look(log, "abc", ["pbc"], "one more", "2026-01-01", False)
    look(log, "others", ["pbc"], "one more", "2026-01-01", False)
    look(log, "abc", ["pbc"], "one more", "2026-01-01", True)
    assert [one.look for one in looks(log)] == list(range(1, MOST + 3))


def test_a_folder_that_is_none_or_has_no_table_is_refused_in_a_sentence(tmp_path):
    with pytest.raises(InputError, match="no folder"):
        read_folder(tmp_path / "nowhere")
    with pytest.raises(InputError, match="no table"):
        read_folder(tmp_path)
    pd.DataFrame({"a": [1]}).to_csv(tmp_path / "x.csv", index=False)
    with pytest.raises(InputError, match="days, died, key are missing"):
        read_folder(tmp_path)


def test_any_lab_may_be_missing_and_prothrombin_may_be_an_index_or_inr(tmp_path):
    table = toys.table(80, 4, use=False)
    seconds = table.pop("prothrombin_time_s")
    table.drop(columns=["platelets_1e9_per_L", "edema"]).assign(inr=seconds / 10.5).to_csv(
        tmp_path / "one.csv", index=False
    )
    table.drop(columns="albumin_g_per_dL").assign(prothrombin_index=1050 / seconds).to_csv(
        tmp_path / "two.csv", index=False
    )
    found = compared(planned(read_folder(tmp_path), "test"), toys.forecaster, 20, 1)
    made = found.survival.groupby("table")["model"].unique()
    assert {"ALBI", "MELD", "Cox: albumin, bilirubin, prothrombin, age"} <= set(made["one"])
    assert "MELD" in made["two"]
    left = {(table, what): why for table, what, why in found.left}
    assert left["one", COX] == "needs edema"
    assert left["two", "ALBI"] == "needs albumin"


def test_a_table_that_cannot_be_read_is_told_and_the_others_go_on(tmp_path):
    toys.table(40).to_csv(tmp_path / "good.csv", index=False)
    toys.table(40).assign(died="maybe").to_csv(tmp_path / "bad.csv", index=False)
    read = read_folder(tmp_path)
    assert [table.name for table in read.tables] == ["good"]
    assert '"maybe" in the column died' in read.left["bad"]


def test_without_deaths_in_a_fold_a_rival_is_told_and_the_others_stand(tmp_path):
    table = toys.table(40, 7)
    table.loc[table["use"] == "train", "died"] = 0
    table.to_csv(tmp_path / "few.csv", index=False)
    found = compared(planned(read_folder(tmp_path), "test"), toys.forecaster, 20, 1)
    assert {LOBULE, MAYO} <= set(found.survival["model"])
    assert any(what == COX and "could not be fitted" in why for _, what, why in found.left)
