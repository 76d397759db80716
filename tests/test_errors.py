"""An error is one printable line, whatever stands in it."""

from hypothesis import given
from hypothesis import strategies as st

from lobule.errors import InputError, LobuleError


@given(st.text())
def test_a_message_is_one_printable_line(text):
    said = str(LobuleError(f'no product "{text}"'))
    assert len(said.splitlines()) == 1
    assert said.isprintable()


@given(st.text(st.characters(categories=["L", "N", "P", "S"])))
def test_what_can_be_printed_stays_as_it_is(text):
    assert str(InputError(text)) == text


def test_a_break_is_a_space_and_what_moves_the_cursor_is_told():
    assert str(InputError("no file a\nb")) == "no file a b"
    assert str(InputError("no \x1b[2Jfile")) == "no \\x1b[2Jfile"
