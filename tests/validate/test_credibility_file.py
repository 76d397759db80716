"""The model credibility file: every section, every number measured."""

import numpy as np
import pytest

from lobule.validate import credibility_file as room
from lobule.validate.check import Check

SUMMARY = {
    "n_rows": 10, "n_not_simulated": 2, "order_right": 0.5, "n_orders": 4, "negatives_right": None, "n_negatives": 0,
    "within_twofold": 1.0, "n_sizes": 1, "direction_right": 0.75, "n_directions": 4, "band_coverage": 1.0,
    "skill_against_naive": 0.2,
}  # fmt: skip


def test_the_file_holds_what_was_measured(monkeypatch):
    checks = [Check(key, "x", 0, 1, "1", key, found=found) for key, found in (("T1", 0.5), ("T17", 2.0))]
    monkeypatch.setattr(room, "all_checks", lambda: checks)
    text = room.credibility_file({"held-out": SUMMARY}, {"held-out": SUMMARY | {"order_right": 0.25}})
    for section in (
        "Context of use",
        "Assumptions",
        "Verification",
        "Validation",
        "Uncertainty",
        "What speaks against",
    ):
        assert f"## {section}" in text
    assert "1 of 2 hold" in text
    assert "Facts that fail (1): T17" in text
    assert "| held-out | 25% of 4 |" in text
    assert "| held-out | 10 | 2 | 50% of 4 |  of 0 | 100% of 1 | 75% of 4 | 100% | +0.20 |" in text


@pytest.mark.peer
def test_the_solver_agrees_with_itself_and_with_libroadrunner():
    numbers = room.verification()
    assert 0 < numbers["tolerance"] < 1e-4
    assert numbers["roadrunner"] < 1e-4
    assert np.isfinite(numbers["roadrunner"])
