"""Words for sex and grades: what they mean, and that nothing else is read."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lobule.errors import InputError
from lobule.files.cells import State
from lobule.files.words import read_grades, read_sex, sex_codes, words

ROMAN = {1: "I", 2: "II", 3: "III", 4: "IV"}


def ends(lab, text):
    cell = read_grades(lab, [text], {}).cell(0)
    return (cell.low, cell.high) if cell.state in (State.VALUE, State.INTERVAL) else cell.reason


@pytest.mark.parametrize(
    ("text", "grade"),
    [
        ("none", (0, 0)), ("No", (0, 0)), ("absent", (0, 0)), ("no ascites", (0, 0)), ("0", (0, 0)),
        ("grade 0", (0, 0)), ("slight", (1, 1)), ("Mild", (1, 1)),
        ("controlled", (1, 1)), ("trace", (1, 1)), ("1", (1, 1)), ("I", (1, 1)),
        ("moderate", (2, 2)), ("severe", (3, 3)), ("TENSE", (3, 3)), ("refractory", (3, 3)), ("2.0", (2, 2)),
        ("3", (3, 3)), ("grade III", (3, 3)), ("Grade 1", (1, 1)), ("moderate to severe", (2, 3)),
        ("mild-moderate", (1, 2)), ("mild (grade 1)", (1, 1)), ("grade 2: moderate", (2, 2)), ("2 - moderate", (2, 2)),
        ("present", (1, 3)), ("yes", (1, 3)), ("kein", (0, 0)), ("mäßig", (2, 2)), ("sévère", (3, 3)),
        ("ascites grade 1", (1, 1)),
    ],
)  # fmt: skip
def test_ascites_takes_its_words_and_grades(text, grade):
    assert ends("ascites", text) == grade


@pytest.mark.parametrize(
    ("text", "grade"),
    [
        ("none", (0, 0)), ("no HE", (0, 0)), ("0", (0, 0)), ("minimal", (0, 0)), ("covert", (0, 1)), ("1", (1, 1)),
        ("grade 2", (2, 2)), ("HE 2", (2, 2)), ("HE2", (2, 2)), ("West Haven 3", (3, 3)), ("WH II", (2, 2)),
        ("west-haven grade iv", (4, 4)), ("IV", (4, 4)), ("Grade-2", (2, 2)), ("1-2", (1, 2)), ("I-II", (1, 2)),
        ("3 to 4", (3, 4)), ("grade 1/2", (1, 2)), ("overt", (2, 4)), ("coma", (4, 4)), ("stupor", (3, 3)),
        ("mild", (1, 2)), ("severe", (3, 4)), ("4.0", (4, 4)), ("grade 3 (somnolence)", (3, 3)),
    ],
)  # fmt: skip
def test_encephalopathy_takes_its_words_and_grades(text, grade):
    assert ends("encephalopathy", text) == grade


@pytest.mark.parametrize("lab", ["ascites", "encephalopathy"])
@pytest.mark.parametrize(
    "text", ["1.7", "2.5", "0.47", "-1", "5", "9", "grade 5", "grade 1.5", "1,5", "V", "2-1", "mild (grade 3)", "many",
             "1e0", "²", "٢", "grade", "HE", "1-2-", "<2", "x" * 500],
)  # fmt: skip
def test_nothing_between_or_beside_the_grades_is_read(lab, text):
    reason = ends(lab, text)
    assert isinstance(reason, str)
    assert f"is no grade of {lab}; write none" in reason
    assert len(reason) < 220


@pytest.mark.parametrize("text", ["", "NA", "n/a", "-", ".", "unknown"])
def test_nothing_written_is_missing(text):
    assert read_grades("ascites", [text], {}).state.tolist() == [State.ABSENT]


def test_a_cell_that_is_unusable_stays_so_whatever_its_text():
    found = read_grades("ascites", ["none", "none"], {1: "the row is too long"})
    assert found.cell(0).low == 0
    assert found.cell(1).reason == "the row is too long"


@given(
    st.integers(0, 4), st.sampled_from(["{}", " {} ", "grade {}", "HE {}", "Grade: {}", "WH {}", "({})"]), st.booleans()
)
def test_a_grade_is_the_same_in_every_spelling(grade, pattern, roman):
    text = pattern.format(ROMAN[grade] if roman and grade else grade)
    assert ends("encephalopathy", text) == (grade, grade)


@given(st.sampled_from(["ascites", "encephalopathy"]), st.text(max_size=12))
def test_any_other_text_is_refused_with_the_words_that_would_do(lab, text):
    found = ends(lab, text)
    if not isinstance(found, str):
        plain = " ".join(text.lower().split())
        assert any(word in plain for word in words(lab)) or re.search(r"[0-4ivx]", plain)
        assert 0 <= found[0] <= found[1] <= (2 if lab == "ascites" else 4)


@pytest.mark.parametrize(
    ("text", "female"),
    [("f", 1), ("F", 1), ("female", 1), ("Weiblich", 1), ("femme", 1), ("女", 1), ("w", 1),
     ("m", 0), ("Male", 0), ("männlich", 0), ("homme", 0), ("hombre", 0), ("男", 0)],
)  # fmt: skip
def test_sex_in_words(text, female):
    assert read_sex([text], {}).values().tolist() == [female]


@given(st.lists(st.sampled_from(["0", "1", "2", "9", "1.0", "2.0"]), min_size=1, max_size=5))
def test_a_code_of_sex_is_never_guessed(written):
    found = read_sex(written, {})
    assert (found.state == State.UNUSABLE).all()
    assert all("is a code of sex; write f or m, or say what is meant: --sex" in why for why in found.reasons.values())


@given(st.permutations(["1", "2", "x"]), st.booleans())
def test_a_code_is_read_as_it_is_said(written, female_first):
    first, second = ("female", "male") if female_first else ("male", "female")
    found = read_sex(written, {}, sex_codes(f"1={first}, 2={second}"))
    by_text = dict(zip(written, found.values().tolist(), strict=True))
    assert by_text["1"] == female_first
    assert by_text["2"] == (not female_first)
    assert found.cell(written.index("x")).reason.startswith('"x" is no sex')


def test_a_code_that_a_spreadsheet_made_a_decimal_is_the_same_code():
    assert read_sex(["1.0", "2"], {}, sex_codes("1=m,2.0=f")).values().tolist() == [0, 1]


def test_m_beside_h_may_be_a_woman():
    """H and M are hombre and mujer in Spanish."""
    assert (read_sex(["H", "M"], {}).state == State.UNUSABLE).all()
    assert read_sex(["H", "M"], {}, sex_codes("H=male,M=female")).values().tolist() == [0, 1]
    assert read_sex(["F", "M"], {}).values().tolist() == [1, 0]


@pytest.mark.parametrize(
    "text", ["", "1", "1=", "=male", "1=x", "1=male,1=female", "1=male;2=female", "1.0=male,1=male"]
)
def test_codes_that_say_nothing_are_refused(text):
    with pytest.raises(InputError, match="does not say what codes of sex mean; write such as 1=male,2=female"):
        sex_codes(text)
