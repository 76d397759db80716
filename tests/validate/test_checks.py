"""The untreated liver against the facts: every check holds but those that the docs list as wrong."""

from pathlib import Path

import numpy as np
import pytest

from lobule.validate.checks import all_checks, summary

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def checks():
    return all_checks()


@pytest.mark.science
def test_what_fails_is_in_the_table_of_failures(checks):
    text = (ROOT / "docs" / "model.md").read_text(encoding="utf-8").split("## Wrong so far")[1]
    failing = [check.id for check in checks if not check.passed]
    assert [identifier for identifier in failing if f"`{identifier}`" not in text] == []


@pytest.mark.science
def test_the_table_of_failures_is_up_to_date(checks):
    text = (ROOT / "docs" / "model.md").read_text(encoding="utf-8").split("## Wrong so far")[1]
    holding = [check.id for check in checks if check.passed]
    assert [identifier for identifier in holding if f"`{identifier}`" in text] == []


@pytest.mark.science
def test_checks_are_many_unique_and_finite(checks):
    ids = [check.id for check in checks]
    assert len(set(ids)) == len(ids)
    assert len(ids) > 150
    assert all(np.isfinite(check.found) for check in checks if check.passed)
    assert summary(checks).endswith(f"of {len(ids)} checks hold")


@pytest.mark.science
@pytest.mark.parametrize("fact", [f"A{i}" for i in range(1, 10)] + ["C1.", "C2.", "C3.", "C8", "C15", "D1", "D2", "D4"])
def test_every_fact_of_disease_has_a_check(checks, fact):
    assert any(check.id.startswith(fact) for check in checks)
