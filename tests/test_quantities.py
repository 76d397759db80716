"""Quantities as users write them: every unit, and what is refused."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lobule import quantities
from lobule.errors import InputError
from lobule.quantities import ALLOWED, LONGEST, SPELLINGS, UNITS, amount, measured, sampling


@pytest.fixture(autouse=True)
def read_anew():
    """Quantities are kept once they are read: each test reads its own."""
    quantities._read.cache_clear()


@pytest.mark.parametrize(
    ("text", "kind", "inside"),
    [("2 wk", "time", 14.0), ("1 year", "time", 365.25), ("90 min", "time", 0.0625), ("2 kg", "weight", 2000.0)],
)
def test_units_convert(text, kind, inside):
    assert amount(text, kind) == pytest.approx(inside, rel=1e-12)


@pytest.mark.parametrize(
    ("text", "kind", "inside"),
    [
        ("1.5x10^10 particles", "particles", 1.5e10), ("1.5 × 10^10 particle", "particles", 1.5e10),
        ("1.5*10**10 EV", "particles", 1.5e10), ("10^10 particle", "particles", 1e10), ("1e10 EV", "particles", 1e10),
        ("1e10 exosomes", "particles", 1e10), ("100 µg", "protein", 100.0), ("100 microgram", "protein", 100.0),
        ("1 ml/kg", "volume_per_weight", 1.0), ("3 days", "time", 3.0), ("8 weeks", "time", 56.0),
    ],
)  # fmt: skip
def test_quantities_are_understood_as_people_write_them(text, kind, inside):
    assert amount(text, kind) == inside


@pytest.mark.parametrize("kind", ALLOWED)
def test_only_listed_units_and_their_spellings_exist(kind):
    """No unit is made up from a prefix, and none of another kind is taken."""
    prefixes = ("", "k", "M", "m", "u", "n", "p", "c", "d", "da")
    parts = {p + u for p in prefixes for u in SPELLINGS} | {
        p + u for p in prefixes for u in ("day", "cells", "particles")
    }
    for part in parts:
        for written in (part, f"{part}/kg", f"particle/{part}"):
            listed = "/".join(UNITS.get(p, p) for p in written.split("/")) in ALLOWED[kind]
            try:
                amount(f"1 {written}", kind)
                assert listed, written
            except InputError as error:
                assert not listed, written
                assert len(str(error)) < 300


@pytest.mark.parametrize(
    ("text", "kind", "message"),
    [
        ("1.797693134862316e+305 particle/uL", "particles_per_volume", "not a finite number"),
        ("1e400 d", "time", "not a finite number"), ("10^400 d", "time", "not a finite number"),
        ("٣ particle", "particles", "not a quantity"), ("１e10 particle", "particles", "not a quantity"),
        ("63,5 d", "time", "without commas"), ("1,000,000 particle", "particles", "without commas"),
        ("10 billion particles", "particles", "not a quantity"), ("5", "time", "has no unit"),
        ("1e10 particles/mouse", "particles", "that of one subject"), ("-3 d", "time", "is negative"),
        ("nan d", "time", "not a quantity"), ("9" * 5000 + " d", "time", r"9\.\.\."),
    ],
)  # fmt: skip
def test_what_is_no_quantity_is_refused_in_a_short_sentence(text, kind, message):
    with pytest.raises(InputError, match=message) as refused:
        amount(text, kind)
    assert len(str(refused.value)) < 300


@given(st.one_of(st.text(max_size=30), st.from_regex(r"[0-9.eE+^x*-]{1,9} ?[a-zA-Zµ%/]{1,9}", fullmatch=True)),
       st.sampled_from(list(ALLOWED)))  # fmt: skip
def test_any_text_is_a_finite_amount_or_one_sentence(text, kind):
    try:
        assert 0 <= amount(text, kind) < math.inf
    except InputError as error:
        assert "\n" not in str(error)
        assert len(str(error)) < 300


def test_a_run_has_a_length_and_a_distance_of_its_samples():
    assert sampling("63 d", "6 h") == (63.0, 0.25)
    assert sampling("100000 d", "1 d") == (100_000.0, 1.0)
    assert sampling("1 d", "1 d") == (1.0, 1.0)
    assert sampling("10000 d", "0.01 d")[1] == 0.01


@pytest.mark.parametrize(
    ("until", "sample_every", "field", "sentence"),
    [
        ("0 d", "1 h", "until", "until must be above 0"),
        ("1 d", "0 h", "sample_every", "sample_every must be above 0"),
        ("100001 d", "1 d", "until", '"100001 d" is more than 100000 days'),
        ("10000 d", "0.00999 d", "sample_every",
         'sampling every "0.00999 d" until "10000 d" is more than 1000000 samples'),
        ("one day", "1 h", "until", None),
        ("1 d", "1 particle", "sample_every", None),
    ],
)  # fmt: skip
def test_lengths_that_no_run_has_name_their_field(until, sample_every, field, sentence):
    with pytest.raises(InputError) as refused:
        sampling(until, sample_every)
    assert refused.value.field == (field,)
    assert sentence is None or str(refused.value) == sentence


@pytest.mark.parametrize(
    ("text", "kind", "sentence"),
    [
        ("soon", "time", '"soon" is not a quantity; write a number and one of the units '),
        ("5", "share", '"5" has no unit; write a number and the unit %'),
        ("-5 %", "share", '"-5 %" is negative; write a number and the unit %'),
        ("5 cell", "share", '"5 cell": the unit "cell" does not fit here; write a number and the unit %'),
        (
            "5 kg/mouse",
            "weight",
            '"5 kg/mouse": a dose is that of one subject; leave out what comes after the last slash',
        ),
        ("1e308 kg", "weight", '"1e308 kg" is not a finite number; write a number and one of the units g, kg'),
    ],
)
def test_what_is_wrong_with_a_quantity_is_said_word_for_word(text, kind, sentence):
    with pytest.raises(InputError) as refused:
        amount(text, kind)
    assert str(refused.value).startswith(sentence) and refused.value.field == ()
    with pytest.raises(InputError) as named:
        measured(text, (kind,), "dose")
    assert str(named.value) == str(refused.value) and named.value.field == ("dose",)


def test_units_of_a_kind_are_listed_with_commas():
    with pytest.raises(InputError, match=r"one of the units g, kg$"):
        amount("heavy", "weight")


def test_a_text_may_be_long_but_not_endless():
    text = "0" * (LONGEST - 3) + "1 g"
    assert len(text) == LONGEST and amount(text, "weight") == 1.0
    with pytest.raises(InputError, match="is not a quantity"):
        amount("0" + text, "weight")
