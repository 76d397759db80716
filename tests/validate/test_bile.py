"""The checks of bile: each is found, and most hold."""

import numpy as np
import pytest

from lobule.validate.bile import bile_checks
from lobule.validate.check import judged


@pytest.mark.science
def test_every_check_of_bile_is_found_and_most_hold():
    rows = [row for row in judged(bile_checks()) if row.table == "bile"]
    assert rows and all(np.isfinite(row.found) for row in rows)
    assert sum(row.passed for row in rows) >= 0.9 * len(rows)
