"""Checks of conditioned medium."""

import numpy as np
import pytest

from lobule.validate import medium
from lobule.validate.check import COLLAGEN, wanted


class Toy:
    """Collagen at the end by plan."""

    def at(self, name, output, day):
        assert (output, day) == (COLLAGEN, medium.READ)
        return {"untreated": 4.0, "medium": 2.0, "vesicles": 2.4, "both parts": 2.0, "much without vesicles": 4.4,
                "of fibroblasts": 4.0}[name]  # fmt: skip


def test_shares_are_of_the_effect_of_whole_medium(monkeypatch):
    monkeypatch.setattr(medium, "_mice", Toy)
    found = dict(medium.medium_checks())
    assert found == pytest.approx(
        {"medium.sum": 1.0, "medium.vesicles": 0.8, "medium.much_depleted": 1.1, "medium.of_fibroblasts": 0.0}
    )
    assert sorted(found) == sorted(name for name, row in wanted().items() if row.table == "medium")
    assert np.isfinite(list(found.values())).all()
