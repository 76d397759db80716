"""The measured tables of docs: where they stand, and which checks they quote."""

import doctest
import math

import pytest
from tests.benchmark_files import BENCHMARKS, benchmark_named

from lobule.evidence import fact
from lobule.validate.check import Check, wanted

PAGES = benchmark_named("pages")
SCORED = [f"| {name} | {' | '.join(PAGES.SCORED)} |" for name in ("held-out", "calibration")]
HEADS = {  # which page has a table with which head
    "model.md": ["| fact | wanted | found |",
                 "| 90 virtual patients with alcohol, 90 with hepatitis B | published | found |"],
    "patients.md": ["| of whom, what | published | alcohol | hbv | hcv | mash | autoimmune |"],
    "credibility.md": [PAGES.ABLATED, PAGES.TRIALS_HEAD, PAGES.TRACERS_HEAD, PAGES.WRONG_HEAD, *SCORED],
    "trials.md": [PAGES.TRIALS_PUBLISHED],
}  # fmt: skip


def test_the_examples_of_its_parts_hold():
    assert doctest.testmod(PAGES).failed == 0


@pytest.mark.parametrize(("page", "heads"), HEADS.items(), ids=HEADS)
def test_each_table_stands_once_in_its_page_and_its_rows_can_be_replaced(page, heads):
    source = (BENCHMARKS / "pages.py").read_text(encoding="utf-8")
    text = (PAGES.DOCS / page).read_text(encoding="utf-8")
    for head in heads:
        assert head in source or head in [*HEADS["credibility.md"], *HEADS["trials.md"]]
        assert text.count(head) == 1
        again = PAGES.replaced(text, head, [["here"]])
        assert f"{head}\n|---|" in again and "\n| here |\n\n" in again
        assert again.split(head)[0] == text.split(head)[0]


def test_each_check_and_each_fact_that_a_table_quotes_exists():
    with_ids = [row for table in ("facts", "failure") for row in PAGES._facts(table)]
    quoted = {match[1] for row in with_ids for match in PAGES.HELD.finditer(row["found"])}
    assert quoted and quoted <= set(wanted())
    people = [row["wanted"] for table in ("outlook", "outlook of one") for row in PAGES._facts(table) if row["wanted"]]
    assert all(fact(name)["value"] for name in people) and people


def test_what_fails_is_bold_and_a_share_is_told_in_per_cent():
    found = {"a": Check("a", "x", 0, 0.5, "1", "x", found=0.751), "b": Check("b", "x", 0, 9, "1", "x", found=3.14)}
    assert PAGES.told("{a:lower} %, {b}", found) == "**25** %, 3.14"


def test_a_score_below_its_goal_is_bold_and_one_without_a_goal_is_not():
    words = [{"what": "orders", "of": "30", "published": "60 %", "wanted": "75 %"}] * 2
    from_75, none = (0.75, math.nan), (math.nan, math.nan)
    assert [line[2] for line in PAGES.scored(words, [0.6, 0.8], [from_75] * 2)] == ["**60 %**", "60 %"]
    assert PAGES.scored(words, [0.99, 0.9], [(0.8, 0.97)] * 2)[0][2] == "**60 %**"  # bands that hold too much
    assert PAGES.scored(words, [0.6, 0.6], [none] * 2)[0][2] == PAGES.scored(words, [0.6, 0.6], [])[0][2] == "60 %"
