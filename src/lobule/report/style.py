"""What all pictures share: every text is shown as it was written, and drawing that fails loses no numbers.

A title, an arm, a batch is anybody's text: "$" begins no formula in it, a leading "_" hides no line from the legend,
and what no font and no file can hold is shown as "\ufffd". `picture` makes it so for whatever a builder draws.
"""

from __future__ import annotations

import io
import re
import traceback
import warnings
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import matplotlib
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.ticker import FixedLocator, LogFormatter, LogFormatterSciNotation

from lobule.errors import LobuleError, LobuleWarning
from lobule.report.scale import RAISED

# What XML 1.0 forbids, and halves of surrogate pairs, which come from file names that are no UTF-8.
UNSHOWABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
DPI = 150
# The same picture gives the same file.
SAME = {"png": {"Software": None}, "svg": {"Date": None}, "pdf": {"CreationDate": None}}

Arguments = ParamSpec("Arguments")
Drawn = TypeVar("Drawn", Figure, Figure | None)


def shown(text: str) -> str:
    """A text without what cannot be shown: control characters and halves of surrogate pairs.

    >>> shown("a$b\\x00")
    'a$b\ufffd'
    """
    return UNSHOWABLE.sub("\ufffd", text)


def entry(name: object) -> str:
    """A name as a label of a legend; matplotlib leaves out labels that begin with "_".

    >>> entry("_placebo")
    ' _placebo'
    """
    text = str(name)
    return f" {text}" if text.startswith("_") else text


def picture(draw: Callable[Arguments, Drawn]) -> Callable[Arguments, Drawn]:
    """A builder of pictures whose texts are shown as they were written."""

    @wraps(draw)
    def drawn(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Drawn:
        figure = draw(*args, **kwargs)
        if figure is not None:
            _plain(figure)
        return figure

    return drawn


class PlainPowers(LogFormatterSciNotation):
    """Labels of a logarithmic axis without mathematics to be typeset: 10⁹, 2×10³."""

    def __call__(self, x: float, pos: int | None = None) -> str:
        """The label of a value."""
        text = super().__call__(x, pos).replace("$", "").removeprefix(r"\mathdefault{").removesuffix("}")
        text = re.sub(r"\^\{([-0-9]+)\}?", lambda found: found[1].translate(RAISED), text)
        return text.replace(r"\times", "×")


def _plain(figure: Figure) -> None:
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            _plain_ticks(axis)
    for text in figure.findobj(Text):
        assert isinstance(text, Text)
        text.set_parse_math(False)
        text.set_usetex(False)
        text.set_text(shown(text.get_text()))


def _plain_ticks(axis: Axis) -> None:
    """Ticks get their texts anew whenever they are drawn, so that these are mended where they come from."""
    if isinstance(axis.get_major_formatter(), LogFormatter):
        axis.set_major_formatter(PlainPowers())
    if isinstance(axis.get_minor_formatter(), LogFormatter):
        axis.set_minor_formatter(PlainPowers())
    if isinstance(axis.get_major_locator(), FixedLocator):
        labels = [label.get_text() for label in axis.get_ticklabels()]
        if any(shown(label) != label for label in labels):
            axis.set_ticks(axis.get_majorticklocs(), [shown(label) for label in labels])


class NotDrawn(LobuleError):
    """A picture that the drawing library could not make."""


def picture_bytes(draw: Callable[[], Figure | None], kind: str) -> bytes:
    """A picture as the content of a file; nothing where there is nothing to draw.

    Parameters
    ----------
    draw : gives the figure
    kind : "png", "svg" or "pdf"

    Raises
    ------
    NotDrawn : the drawing library fails, with what it said.
    """
    try:
        with matplotlib.rc_context({"svg.hashsalt": "lobule"}):
            return _content(draw(), kind)
    except LobuleError:
        raise
    except Exception as error:  # whatever the drawing library meets in anybody's texts and numbers
        if _is_ours(error):
            raise
        said = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise NotDrawn(f"the picture could not be drawn: {said}") from error


def _content(figure: Figure | None, kind: str) -> bytes:
    if figure is None:
        return b""
    metadata: Any = SAME[kind]
    if kind == "svg":
        text = io.StringIO()
        figure.savefig(text, format=kind, metadata=metadata)
        return shown(text.getvalue()).encode()
    content = io.BytesIO()
    figure.savefig(content, format=kind, dpi=DPI, metadata=metadata)
    return content.getvalue()


def _is_ours(error: Exception) -> bool:
    """Raised by a line of lobule itself, not by a library that it called: a fault of lobule, which stays one."""
    *_, (last, _) = traceback.walk_tb(error.__traceback__)
    return str(last.f_globals.get("__name__", "")).partition(".")[0] == "lobule"


def pictures(draw: Callable[[], Figure], *names: str) -> Mapping[str, bytes]:
    """Files of one picture, {name: content}; the kind is the name's ending.

    Called when the tables are safe: a picture that cannot be drawn is told by a LobuleWarning and left out.
    """
    made: list[Figure] = []

    def once() -> Figure:
        if not made:
            made.append(draw())
        return made[0]

    found = {}
    for name in names:
        try:
            found[name] = picture_bytes(once, name.rpartition(".")[2])
        except NotDrawn as error:
            warnings.warn(f"{error}; the numbers are complete without it", LobuleWarning, stacklevel=2)
            break
        made[0].set_layout_engine("none")  # laid out once; doing it again for the next file takes seconds
    return found
