"""Groups of patients in words."""

import pytest

from lobule.trial.groups import in_words


@pytest.mark.parametrize("text, said, opposite", [
    ("female >= 1", "women", "men"), ("female < 1", "men", "women"),
    ("meld_na >= 18", "MELD-Na ≥ 18", "MELD-Na < 18"), ("albumin < 30", "Albumin < 30 g/L", "Albumin ≥ 30 g/L"),
])  # fmt: skip
def test_groups_are_said_as_a_reader_says_them(text, said, opposite):
    assert (in_words(text), in_words(text, turned=True)) == (said, opposite)
