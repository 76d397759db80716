"""The one look of all pictures: colours, panels with letters, axes that show the change.

The colours are told apart by people who see no red or no green: M. Okabe and K. Ito, Color Universal Design, 2008, as
printed in B. Wong, Nat. Methods 2011; 8:441. One thing has one colour in every picture.
"""

from __future__ import annotations

from collections.abc import Iterable
from string import ascii_uppercase

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from lobule.report.scale import span

BLUE, VERMILLION, GREEN, ORANGE, PURPLE, SKY, BLACK, GREY = (
    "#0072B2", "#D55E00", "#009E73", "#E69F00", "#CC79A7", "#56B4E9", "#222222", "#7F7F7F",
)  # fmt: skip
COLOURS = (BLUE, VERMILLION, GREEN, ORANGE, PURPLE, SKY, BLACK, "#A0522D", "#4B5320", "#999933")
TREATED, UNTREATED, INJURY, DOSE = BLUE, GREY, ORANGE, VERMILLION
YES, NO = BLUE, VERMILLION  # right and wrong, passed and failed, close and far
RISE, FALL = BLUE, VERMILLION
LINE, FAINT = "#444444", "#DDDDDD"  # zero, one and limits; what stands in the background

TITLE, TEXT, SMALL = 10, 9, 8  # points
GAP = 0.5  # inches between two rows of panels, for a title and the labels of an axis


def panels(
    count: int,
    columns: int = 2,
    *,
    width: float = 5.2,
    height: float = 2.2,
    left: float = 0.6,
    head: str = "",
    foot: float = 0.3,
    wide: bool = False,
) -> tuple[Figure, list[Axes]]:
    """A figure of panels, row by row.

    Parameters
    ----------
    width, height : of a panel in inches, with the labels of its vertical axis
    left : inches for the labels of the vertical axes
    head : the heading of the figure
    foot : inches below the panels' texts, for a legend or a sentence
    wide : margins grow with what stands in them, which takes longer to lay out; else they are fixed
    """
    columns = max(1, min(columns, count))
    rows = max(1, -(-count // columns))
    top = 0.6 if head else 0.35
    size = width * columns, (height + GAP) * rows + top + foot
    figure = Figure(figsize=size, layout="constrained" if wide else None)
    axes = figure.subplots(rows, columns, squeeze=False).ravel()
    if not wide:
        figure.subplots_adjust(
            left=left / size[0], right=1 - 0.15 / size[0], top=1 - top / size[1], bottom=(foot + GAP) / size[1],
            wspace=left / (width - left), hspace=GAP / height,
        )  # fmt: skip
    if head:
        figure.suptitle(head, fontsize=TITLE + 1, y=None if wide else 1 - 0.12 / size[1])
    for axis in axes[count:]:
        axis.set_visible(False)
    for axis in axes[:count]:
        dress(axis)
    return figure, list(axes[:count])


def dress(axis: Axes, *, bare: bool = False) -> None:
    """Small ticks and no frame; `bare` for panels of rows, which need no vertical line."""
    axis.tick_params(which="both", labelsize=SMALL)
    axis.spines[["top", "right"]].set_visible(False)
    if bare:
        axis.spines["left"].set_visible(False)
        axis.tick_params(axis="y", length=0)


def heading(axis: Axes, text: str, unit: str = "", letter: int | None = None) -> None:
    """The heading of a panel: its letter where there are several, what is shown, the unit of its values; as given."""
    mark = "" if letter is None or letter >= len(ascii_uppercase) else f"{ascii_uppercase[letter]}  "
    # `y` says that nothing stands above a panel; else matplotlib measures all ticks, time and again, to see.
    axis.set_title(mark + text + (f" ({unit})" if unit not in ("", "1") else ""), fontsize=TITLE, loc="left", y=1.0)


def show_change(axis: Axes, *values: ArrayLike) -> None:
    """Vertical limits as `span` says; none where there is no number."""
    found = span(*values)
    if found is not None:
        axis.set_ylim(*found)


def legend(figure: Figure, axes: Iterable[Axes], columns: int = 6) -> None:
    """One legend at the foot for all panels of a fixed layout; a name that several have stands in it once."""
    entries: dict[str, Artist] = {}
    for axis in axes:
        for handle, name in zip(*axis.get_legend_handles_labels(), strict=True):
            entries.setdefault(str(name), handle)
    if entries:
        figure.legend(
            list(entries.values()), list(entries), loc="lower center", ncols=columns, fontsize=TEXT, frameon=False
        )
