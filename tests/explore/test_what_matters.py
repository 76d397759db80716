"""What a run rests on is told by what a tenth less of each constant changes."""

import pytest

from lobule.explore import strongest
from lobule.patient import Animal
from lobule.therapy import Plan

pytestmark = pytest.mark.science
MOUSE = Animal(species="mouse", injury="ccl4", duration="3 d")


def changes(plan, outputs=("alt", "albumin")):
    table = strongest(MOUSE, plan, 4.0, outputs)
    return table.set_index("parameter"), table


def test_the_level_of_health_moves_an_untreated_output_by_the_same_tenth():
    found, table = changes([])
    assert found.loc["albumin_healthy", "change"] == pytest.approx(0.1, rel=0.02)
    assert found.loc["albumin_healthy", "output"] == "albumin"
    assert table["change"].is_monotonic_decreasing
    assert table["parameter"].is_unique


def test_what_moves_both_twins_alike_does_not_count():
    found, _ = changes([Plan(product="uc-msc-ev", dose="1e10 particle", start="1 d")])
    assert found.loc["albumin_healthy", "change"] < 1e-3
    assert found["change"].max() > 1e-3
