"""What a report of a trial holds: a reviewer's list, one item a test, read from the page by its text."""

import re
import shutil
from pathlib import Path

import pandas as pd
import pytest

from lobule.answers.audit import audit
from lobule.answers.trial import trial
from lobule.errors import ResultsError
from lobule.simulation.program import versions
from lobule.trial.account import design_checksum
from lobule.trial.population import Population
from lobule.trial.power import share
from lobule.trial.story import headline
from lobule.trial.tables import safety_overview
from lobule.trial.trial import Trial

pytestmark = pytest.mark.science
OLD = Path(__file__).parents[1] / "old"


@pytest.fixture(scope="module")
def people():
    return Population.open(OLD / "trial", first_edition=True)


@pytest.fixture(scope="module")
def found(people, tmp_path_factory):
    """A trial with looks, strata, subgroups and a curve of power."""
    plain = Trial.read(OLD / "design.yaml")
    design = plain.design.model_dump()
    design["analysis"] |= {"subgroups": ["female >= 1"]}
    design |= {"patients": 48, "interim": {"looks": [0.5, 1.0], "boundary": "obrien_fleming"}}
    folder = tmp_path_factory.mktemp("trial") / "out"
    result = Trial(type(plain.design).model_validate(design), "phase2").run(people, folder)
    return result.sized(result.power_curve([24, 48]))


@pytest.fixture(scope="module")
def page(found):
    return (found.folder / "report.html").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def text(page):
    """What a reader sees, without tags."""
    return " ".join(re.sub(r"<(style|svg).*?</\1>|<[^>]+>", " ", page, flags=re.S).split())


ITEMS = {
    "question": r"Question In people with .*, compared with",
    "table of contents": r"Contents .*Question .*How this was made",
    "estimands with five attributes": r"treatment .*population .*variable .*intercurrent events .*summary",
    "design after SPIRIT": r"Inclusion .*Exclusion .*Allocation 1 : 1",
    "seed": r"Seed of the trial \d+",
    "seed of the patients": r"Seed of the patients \d+",
    "date": r"Begun \(UTC\) \d{4}-\d\d-\d\dT",
    "versions": r"Versions .*numpy",
    "power with its interval": r"power [\d.]+ [\d.]+ [\d.]+ [\d.]+ \d+",
    "type I error": r"type I error, when nothing works [\d.]+",
    "boundaries and stopping": r"look information boundary nominal p crossed by chance share ending .*1 0.5 \d",
    "sample sizes that were simulated": r"Sample sizes that were simulated .*24 .*48",
    "sample size by formula with losses": r"Sample size by formula|There is no formula|No size by formula",
    "multiplicity": r"One comparison of the primary endpoint|Bonferroni",
    "what each method adjusts for": r"adjusted for missing values",
    "subgroups in words": r"women .*men",
    "tests of interaction": r"Tests of interaction .*women and men",
    "what columns mean": r"significant share: p below alpha",
    "safety with denominators": r"Safety .*safety population: treated \d+ \d+ any adverse event \d+ \(\d+%\)",
    "what a comparison is made of": r"on the subjects of these two arms alone",
    "power with an interval in the headline": r"Power for .*95 % interval [\d.]+% to [\d.]+%, \d+ replicates",
    "what the board sees, in the contents": r"Contents .*For the monitoring board .*Safety .*Question",
    "how curves are made": r"Kaplan-Meier's; where another event competes",
    "assumptions": r"What is assumed",
    "who wrote it": r"lobule audit tells who",
    "intended use": r"not for diagnosing or treating",
}


@pytest.mark.parametrize("item", ITEMS)
def test_the_report_holds(item, text):
    assert re.search(ITEMS[item], text), item


@pytest.mark.parametrize("said", ["favours", "share without", "replicates", "patients randomised", "at risk"])
def test_the_pictures_say(said, page):
    drawn = "".join(re.findall(r"<svg.*?</svg>", page, flags=re.S))
    assert said in re.sub(r"<!--\s*(.*?)\s*-->", r"\1", drawn)


def test_the_checksum_is_that_of_the_design_and_the_version_that_of_lobule(found, text):
    assert design_checksum(found.design) in text
    assert f"lobule {versions()['lobule']}" in text


def test_a_page_prints_with_repeated_heads(page):
    assert "@media print" in page and "table-header-group" in page
    assert page.count("<thead>") >= 8


def test_designs_are_compared_on_a_page_and_in_tables(people, tmp_path, monkeypatch):
    monkeypatch.setattr("lobule.trial.trial.enrollable", lambda design, step: people)
    for name, patients in (("small", 24), ("large", 48)):
        text = (OLD / "design.yaml").read_text()
        (tmp_path / f"{name}.yaml").write_text(re.sub(r"(?m)^patients: \d+", f"patients: {patients}", text))
    designs = [str(tmp_path / f"{name}.yaml") for name in ("small", "large")]
    answer = trial(*designs, place=lambda name, many: tmp_path / "both" / name, replicates=4, members=0)
    page = (tmp_path / "both" / "comparison.html").read_text(encoding="utf-8")
    assert all(name in page for name in ("small", "large", "small/report.html", "Differences between designs"))
    chances = pd.read_csv(tmp_path / "both" / "chances.csv")
    assert set(chances["design"]) == {"small", "large"} and set(chances["patients"]) == {24, 48}
    pairs = pd.read_csv(tmp_path / "both" / "pairs.csv")
    inside = (pairs["low"] <= pairs["difference_of_power"]) & (pairs["difference_of_power"] <= pairs["high"])
    assert inside.all()
    assert "comparison.html" in str(answer)


def test_a_folder_is_audited_and_a_changed_table_is_named(found, tmp_path):
    answer = audit(found.folder)
    assert answer.data["whole"] and len(answer.data["steps"]) == 2  # the trial, and the sizes
    folder = Path(shutil.copytree(found.folder, tmp_path / "copy"))
    (folder / "endpoints.csv").write_text("edited")
    with pytest.raises(ResultsError, match=r"endpoints\.csv"):
        audit(folder)


def test_safety_counts_subjects_of_the_tables_under_the_treatment_they_had(found):
    adsl, adae = found.tables()["adsl"], found.tables()["adae"]
    table = safety_overview(found).set_index("subjects")
    for arm in found.design.arms:
        treated = adsl[(adsl["SAFFL"] == "Y") & (adsl["TRT01A"] == arm.name)]["USUBJID"]
        assert table.loc["safety population: treated", arm.name] == str(len(treated))
        mine = adae[adae["USUBJID"].isin(treated) & (adae["TRTEMFL"] == "Y")]
        for row, some in (("any adverse event", mine), ("a serious one", mine[mine["AESER"] == "Y"]),
                          ("a fatal one", mine[mine["AEOUT"] == "FATAL"]), ("one of grade 3 or more",
                                                                            mine[mine["AETOXGR"] >= "3"])):  # fmt: skip
            n = some["USUBJID"].nunique()
            assert table.loc[row, arm.name] == f"{n} ({n / len(treated):.0%})"


@pytest.mark.parametrize(("hits", "n"), [(0, 40), (40, 40), (7, 40), (1, 1)])
def test_no_share_of_replicates_is_told_without_an_interval_that_can_hold_the_truth(found, hits, n, monkeypatch):
    monkeypatch.setattr(type(found), "power", lambda self: {"power": share(hits, n), "not_estimable": 0})
    (line,) = (one for one in headline(found) if one.startswith("Power for"))
    low, high = (float(end) for end in re.search(r"95 % interval ([\d.]+)% to ([\d.]+)%", line).groups())
    assert low <= 100 * hits / n <= high and high - low > 5
    assert ("Monte Carlo error" in line) == (0 < hits < n)
