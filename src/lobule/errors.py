"""The errors a user can meet. Each message is one sentence: what is wrong, where, and what would be right."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Self


class LobuleError(Exception):
    """Base of every error that is the user's to mend; the command line prints it without a traceback.

    Attributes
    ----------
    field : where in what the user handed over: names of fields and numbers of list entries, outermost first, such as
        ("plan", 0, "dose"). Readers of files put it beside the line; the text itself does not repeat it.
    """

    def __init__(self, text: str = "", field: Iterable[str | int] = ()) -> None:
        super().__init__(text)
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


class ResultsError(LobuleError):
    """A results folder cannot be written, opened or replayed."""


class NotInstalled(LobuleError):
    """An optional package is needed for what was asked."""


class LobuleWarning(UserWarning):
    """Something that a user should know though the work is done; the command line prints it on standard error."""


def nearest(name: str, known: Iterable[str], limit: int = 12) -> str:
    """Say which known name is closest to a misspelt one, and list the known names.

    >>> nearest("alcool", ["hbv", "alcohol"])
    'Did you mean "alcohol"? Known: alcohol, hbv'
    """
    names = sorted(set(known))
    close = difflib.get_close_matches(str(name), names, n=1, cutoff=0.5)
    listed = ", ".join(names[:limit]) + (f" and {len(names) - limit} more" if len(names) > limit else "")
    return (f'Did you mean "{close[0]}"? ' if close else "") + f"Known: {listed}"
