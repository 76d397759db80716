"""R gives back what it was asked for, to the last digit."""


def test_numbers_texts_and_vectors_come_back_from_r(in_r):
    found = in_r("found <- list(third = 1/3, many = c(1, NA, 3), said = a[1])", "a word")
    assert found == {"third": 1 / 3, "many": [1, None, 3], "said": "a word"}
