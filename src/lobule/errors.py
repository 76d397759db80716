"""The errors a user can meet. Each message is one sentence: what is wrong, where, and what would be right."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Self

GROUPS = {list: "a list", tuple: "a list", set: "a set", dict: "a group of names"}
LONGEST_MESSAGE = 300  # characters; more than that nobody reads in a terminal


class LobuleError(Exception):
    """Base of every error that is the user's to mend; the command line prints it without a traceback.

    Its text is one line of what can be printed, whatever names and words of a user stand in it.

    Attributes
    ----------
    field : where in what the user handed over: names of fields and numbers of list entries, outermost first, such as
        ("plan", 0, "dose"). Readers of files put it beside the line; the text itself does not repeat it.
    """

    def __init__(self, text: str = "", field: Iterable[str | int] = ()) -> None:
        super().__init__(one_line(str(text)))
        self.field = tuple(field)

    def within(self, *outer: str | int) -> Self:
        """The same error seen from outside: its field below the given ones.

        >>> InputError("no dose", ["dose"]).within("plan", 0).field
        ('plan', 0, 'dose')
        """
        self.field = (*outer, *self.field)
        return self


class ModelError(LobuleError):
    """A model file cannot be read, or asks for something the engine does not support."""


class InputError(LobuleError):
    """A value, name, unit or field that a user handed over is wrong."""


class NoFit(LobuleError):
    """The data do not determine a statistical model."""


class ResultsError(LobuleError):
    """A results folder cannot be written, opened or replayed."""


class NotInstalled(LobuleError):
    """An optional package is needed for what was asked."""


class LobuleWarning(UserWarning):
    """Something that a user should know though the work is done; the command line prints it on standard error."""


def one_line(text: str) -> str:
    """A text without line breaks; what cannot be printed, such as what moves the cursor, by its code.

    >>> one_line("no file a" + chr(10) + "b" + chr(27) + "[2J")
    'no file a b\\\\x1b[2J'
    """
    broken = " ".join(part.strip() for part in text.splitlines()) if len(text.splitlines()) > 1 else text
    return "".join(c if c.isprintable() else " " if c.isspace() else ascii(c)[1:-1] for c in broken).strip()


def shown(value: Any, most: int = 40) -> str:
    """A value of the user in quotes, on one line and cut after `most` characters; what is no single value by its kind.

    >>> shown("a" * 99, 5), shown([1, 2]), shown(None)
    ('"aaaaa..."', 'a list', 'nothing')
    """
    if value is None:
        return "nothing"
    if isinstance(value, int) and abs(value) >= 10**most:  # Python refuses to write out very long ones
        return f"a number of more than {most} digits"
    kind = next((name for type_, name in GROUPS.items() if isinstance(value, type_)), None)
    if kind is not None:
        return kind
    text = " ".join(str(value).split())
    return f'"{text[:most]}..."' if len(text) > most else f'"{text}"'


def shortened(text: str, most: int = LONGEST_MESSAGE) -> str:
    """A message on one line, cut between words when it is longer than anybody reads.

    >>> shortened("one two three", 9)
    'one two ...'
    """
    line = " ".join(text.split())
    return line if len(line) <= most else line[:most].rsplit(" ", 1)[0] + " ..."


@contextmanager
def about(*field: str | int) -> Iterator[None]:
    """Errors raised inside are about this field, or about what stands below it.

    >>> with about("plan"):
    ...     raise InputError("no dose", ["dose"])
    Traceback (most recent call last):
    lobule.errors.InputError: no dose
    """
    try:
        yield
    except LobuleError as error:
        error.within(*field)
        raise


def nearest(name: str, known: Iterable[str], limit: int = 12) -> str:
    """Say which known name is closest to a misspelt one, and list the known names.

    >>> nearest("alcool", ["hbv", "alcohol"])
    'Did you mean "alcohol"? Known: alcohol, hbv'
    """
    names = sorted(set(known))
    close = difflib.get_close_matches(str(name)[:100], names, n=1, cutoff=0.5)
    listed = ", ".join(names[:limit]) + (f" and {len(names) - limit} more" if len(names) > limit else "")
    return (f'Did you mean "{close[0]}"? ' if close else "") + f"Known: {listed}"
