"""What storage leaves: which buffers protect, in the words of people."""

import numpy as np
import pytest

from lobule.quality.storage import kept, kept_of, protects


@pytest.mark.parametrize(
    "buffer, right",
    [
        ("PBS with albumin and trehalose", True),
        ("PBS-HAT", True),
        ("Tween-20 0.1 %", True),
        ("sucrose, serum-free", True),
        ("PBS without calcium, with trehalose", True),
        ("phosphate buffered saline", False),
        ("Phosphatpuffer", False),
        ("serum-free medium", False),
        ("PBS, no albumin", False),
        ("PBS without albumin or trehalose", False),
        ("albumin free", False),
        ("PBS", False),
        ("", False),
    ],
)
def test_a_buffer_protects_by_what_is_in_it_not_by_letters_of_other_words(buffer, right):
    assert protects(buffer) == right
    assert (kept(4, 30, buffer, 1) > kept(4, 30, "PBS", 1)) == right


def test_more_days_and_thaws_leave_less_and_no_storage_leaves_all():
    left = kept_of(np.array([4.0, 4.0, np.nan]), np.array([1.0, 9.0, 9.0]), ["PBS"] * 3, np.zeros(3))
    assert left[0] > left[1] and left[2] == 1
    assert kept(-80, 30, "PBS", 2) < kept(-80, 30, "PBS", 1)
