"""Quantities as users write them: every unit, and what is refused."""

import pytest

from lobule.quantities import amount


@pytest.mark.parametrize(
    ("text", "kind", "inside"),
    [("2 wk", "time", 14.0), ("1 year", "time", 365.25), ("90 min", "time", 0.0625), ("2 kg", "weight", 2000.0)],
)
def test_units_convert(text, kind, inside):
    assert amount(text, kind) == pytest.approx(inside, rel=1e-12)
