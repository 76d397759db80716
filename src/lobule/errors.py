"""The errors a user can meet. Each message is one sentence: what is wrong, where, and what would be right."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Self

GROUPS = {list: "a list", tuple: "a list", set: "a set", dict: "a group of names"}
LONGEST_MESSAGE = 300  # characters; more than that nobody reads in a terminal
MOST_TOLD = 20  # mistakes of one file that are printed


class LobuleError(Exception):
    """Base of every error that is the user's to mend; the command line prints it without a traceback.

    Its text is one line of what can be printed, whatever names and words of a user stand in it.

    Attributes
    ----------
    field : where in what the user handed over: names of fields and numbers of list entries, outermost first, such as
        ("plan", 0, "dose"). Readers of files put it beside the line; the text itself does not repeat it.
    file, line : where it stands, "" and None where it stands in no file
    mistakes : all errors that this one carries, in the order of their lines; itself where it is alone. The text, field,
        file and line are then those of the first.
    """

    def __init__(self, text: str = "", field: Iterable[str | int] = (), mistakes: Iterable[LobuleError] = ()) -> None:
        super().__init__(one_line(str(text)))
        self.field = tuple(field)
        self.file, self.line = "", None  # type: tuple[str, int | None]
        self._several = tuple(mistakes)
        for other in self._several[1 : MOST_TOLD + 1]:
            self.add_note(str(other))  # so that Python prints it too

    @property
    def mistakes(self) -> tuple[LobuleError, ...]:
        """Every error that this one carries."""
        return self._several or (self,)

    def within(self, *outer: str | int) -> Self:
        """The same error seen from outside: its field, and those of all that it carries, below the given ones.

        >>> InputError("no dose", ["dose"]).within("plan", 0).field
        ('plan', 0, 'dose')
        """
        return self.moved(lambda field: (*outer, *field))

    def moved(self, to: Callable[[tuple[str | int, ...]], tuple[str | int, ...]]) -> Self:
        """The same error with another field, and so all that it carries."""
        for error in self._several:
            error.field = to(error.field)
        if self not in self._several:
            self.field = to(self.field)
        return self

    def told(self) -> str:
        """The sentence; of several mistakes a heading and a line for each, at most 20.

        >>> print(InputError("no dose", (), [InputError("no dose"), InputError("no route")]).told())
        2 mistakes:
          no dose
          no route
        """
        if len(self.mistakes) == 1:
            return str(self)
        files = {error.file for error in self.mistakes}
        file = files.pop() if len(files) == 1 else ""
        listed = [f"  {str(error).removeprefix(f'{file}, ')}" for error in self.mistakes[:MOST_TOLD]]
        more = len(self.mistakes) - MOST_TOLD
        head = f"{file} has {len(self.mistakes)} mistakes:" if file else f"{len(self.mistakes)} mistakes:"
        return "\n".join([head, *listed] + ([f"  and {more} more"] if more > 0 else []))


class ModelError(LobuleError):
    """A model file cannot be read, or asks for something the engine does not support."""


class InputError(LobuleError):
    """A value, name, unit or field that a user handed over is wrong."""


class AlreadyTold(InputError):
    """Something cannot be checked because it hangs on a mistake that has been noted; it is no mistake of its own."""


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


class _At:
    """A class and no generator: patients are made by the thousand, each with a dozen of these."""

    __slots__ = ("field", "found")

    def __init__(self, found: Mistakes, field: tuple[str | int, ...]) -> None:
        self.found, self.field = found, field

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> bool:
        if not isinstance(error, LobuleError):
            return False
        self.found.note(error.within(*self.field))
        return True


class Mistakes:
    """Mistakes that are noted while the rest is still looked at, so that all are told at once.

    >>> found = Mistakes()
    >>> with found.at("dose"):
    ...     raise InputError("no unit")
    >>> with found.at("route"):
    ...     raise InputError("no route")
    >>> [(error.field, str(error)) for error in found.noted]
    [(('dose',), 'no unit'), (('route',), 'no route')]
    """

    def __init__(self) -> None:
        self.noted: list[LobuleError] = []

    def at(self, *field: str | int) -> _At:
        """A context: an error raised inside ends what stands inside and is noted below this field."""
        return _At(self, field)

    def note(self, error: LobuleError) -> None:
        """Note an error, or the several that it carries, each once."""
        known = {(one.field, str(one)) for one in self.noted}
        self.noted += [
            one for one in error.mistakes if not isinstance(one, AlreadyTold) and (one.field, str(one)) not in known
        ]

    def tell(self) -> None:
        """Raise what was noted: the one error itself, or an InputError that carries them all."""
        if self.noted:
            raise together(self.noted)


def together(errors: Iterable[LobuleError]) -> LobuleError:
    """Several errors as one that carries them; a single one as it is."""
    several = list(errors)
    if len(several) == 1:
        return several[0]
    first = several[0]
    found = InputError(str(first), first.field, several)
    found.file, found.line = first.file, first.line
    return found


def nearest(name: str, known: Iterable[str], limit: int = 12) -> str:
    """Say which known name is closest to a misspelt one, and list the known names.

    >>> nearest("alcool", ["hbv", "alcohol"])
    'Did you mean "alcohol"? Known: alcohol, hbv'
    """
    names = sorted(set(known))
    close = difflib.get_close_matches(str(name)[:100], names, n=1, cutoff=0.5)
    listed = ", ".join(names[:limit]) + (f" and {len(names) - limit} more" if len(names) > limit else "")
    return (f'Did you mean "{close[0]}"? ' if close else "") + f"Known: {listed}"
