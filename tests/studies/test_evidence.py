"""Every study of the package is understood, or stands in `not_understood.csv` with the reason."""

import csv
from collections import defaultdict
from pathlib import Path

import pytest

from lobule.errors import InputError
from lobule.evidence import sources, table_path
from lobule.studies.people import people_arm_of
from lobule.studies.rows import pairs_of, rows_of
from lobule.studies.split import CALIBRATION, UNSEEN, set_of, split
from lobule.studies.tables import packaged_studies, packaged_trials, read_contrasts, read_studies

STUDIES, UNREAD = packaged_studies()
CONTRASTS = read_contrasts(table_path("contrasts"))[0]
TRIALS, MORE_UNREAD = packaged_trials()
FIRST = read_studies(table_path("studies"))[0]


@pytest.fixture(scope="module")
def read():
    """Sources with a row that is understood; reasons of the others, by source."""
    rows, left = rows_of(STUDIES)
    pairs, unpaired = pairs_of(CONTRASTS, STUDIES)
    understood = {r.observation.source_id for r in rows} | {p.contrast.source_id for p in pairs}
    reasons = defaultdict(set)
    for n in (*left, *unpaired):
        reasons[n.observation.source_id].add(n.reason)
    for row in TRIALS:
        try:
            people_arm_of(row, TRIALS)
            understood.add(row.source_id)
        except InputError as error:
            reasons[row.source_id].add(str(error))
    for problem in (*UNREAD, *MORE_UNREAD):
        reasons[problem.source].add(problem.reason)
    return understood, reasons


def test_every_source_is_understood_or_listed_with_its_reason(read):
    understood, reasons = read
    with (Path(__file__).parent / "not_understood.csv").open(encoding="utf-8", newline="") as file:
        listed = {row["source_id"]: row["reason"] for row in csv.DictReader(file)}
    every = {row.source_id for row in (*STUDIES, *CONTRASTS, *TRIALS)} | {p.source for p in (*UNREAD, *MORE_UNREAD)}
    assert every - understood == set(listed)
    for source, reason in listed.items():
        assert any(reason in told for told in reasons[source]), (source, reasons[source])


def test_rows_that_cannot_be_read_are_few_and_say_which_cell():
    assert {p.row: p.reason.split(" (cell")[0] for p in (*UNREAD, *MORE_UNREAD)} == {
        "Q0042": "direction", "U044": "value_mean", "U120": "value_mean",
    }  # fmt: skip


def test_what_is_not_simulated_says_so_in_one_line_that_fits_a_terminal():
    _, left = rows_of(STUDIES)
    reasons = [n.reason for n in left]
    for row in TRIALS:
        try:
            people_arm_of(row, TRIALS)
        except InputError as error:
            reasons.append(str(error))
    assert all(len(reason) < 260 and "\n" not in reason for reason in reasons)
    silent = [r for r in reasons if not any(word in r for word in (
        "write ", "makes it one", "add a row", "makes a comparison", "routes are", "is compared with", "enrolled",
        "do not die", "the model has no hyaluronic", "the model has no interleukin", "no result", "there are ",
    ))]  # fmt: skip
    assert silent == []


def test_every_source_and_every_source_of_the_split_can_be_cited():
    every = {row.source_id for row in (*STUDIES, *CONTRASTS, *TRIALS)}
    assert set(split()) <= set(sources())
    assert every <= set(sources())


def test_a_study_is_added_by_a_row_and_is_unseen_until_the_split_names_it(tmp_path):
    text = table_path("studies").read_text(encoding="utf-8")
    new = next(line for line in csv.DictReader(text.splitlines()) if line["study_id"] == "li2013")
    new |= {"row_id": "new1", "study_id": "new2027", "source_id": "new2027", "injury_model": "bdl",
            "dose_value": "1e10", "dose_unit": "particles", "route": "tail vein"}  # fmt: skip
    path = tmp_path / "studies.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(text)
        csv.DictWriter(file, list(new)).writerow(new)
    observations, problems = read_studies(path)
    rows, _ = rows_of(observations)
    assert problems == []
    assert (len(observations), rows[-1].observation.row_id) == (len(FIRST) + 1, "new1")
    assert (rows[-1].arm.plan.dose, rows[-1].arm.plan.route) == ("1e+10 particle", "iv")
    assert rows[-1].arm.injuries[0].cause == "bile_duct_ligation"
    assert set_of("new2027") == UNSEEN
    assert set_of("li2013") == CALIBRATION
