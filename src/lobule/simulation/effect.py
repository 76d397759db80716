"""The effect of a treatment in words: how far from untreated, as published and as counted, and what stays open."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from lobule.simulation.reading import (
    COUNTED,
    MEANING,
    NO_EFFECT,
    NOTHING,
    PUBLISHED,
    UNEXPLAINED,
    WHAT_IT_MEANS,
    is_effect,
)

if TYPE_CHECKING:
    import pandas as pd

TIMES = 2.0  # a ratio from which a change is told in times, not in per cent
CLEAR = 0.05  # a change of that share is told before smaller ones
NONE = "no effect"


def change(ratio: float, bounds: tuple[float, float] | None = None, against: str = "untreated") -> str:
    """A ratio of treated to untreated in words, with its band.

    Parameters
    ----------
    against : what it is compared with, not named when empty

    >>> change(0.66, (0.76, 0.56)), change(1.004), change(1.02, (0.97, 1.04), against="")
    ('34 % lower (24 to 44 %) than untreated', 'no effect', '2 % higher (3 % lower to 4 % higher)')
    >>> change(2.13), change(2.5, (1.2, 3.4))
    ('2.1 times the untreated', '2.5 times (1.2 to 3.4) the untreated')
    """
    ends = sorted(bounds or (ratio, ratio))
    if not any(is_effect(one, 1.0) for one in (ratio, *ends)):
        return NONE
    in_times = max(ratio, *ends) >= TIMES
    told, band = (_times if in_times else _percent)(ratio, *ends)
    than = f" {'the' if in_times else 'than'} {against}" if against else ""
    return f"{told}{f' ({band})' if bounds else ''}{than}"


def _times(ratio: float, low: float, high: float) -> tuple[str, str]:
    return f"{ratio:.2g} times", _span(f"{low:.2g}", f"{high:.2g}")


def _percent(ratio: float, low: float, high: float) -> tuple[str, str]:
    value, first, last = (100 * (one - 1) for one in (ratio, low, high))
    same = round(first) * round(last) >= 0 and round(value) * round(first + last) >= 0
    band = _span(*sorted((f"{abs(end):.0f}" for end in (first, last)), key=int)) + " %" if same else (
        f"{_way(first)} to {_way(last)}")  # fmt: skip
    return _way(value), band


def _way(percent: float) -> str:
    return f"{abs(percent):.0f} % {'lower' if percent < 0 else 'higher'}"


def _span(first: str, last: str) -> str:
    return first if first == last else f"{first} to {last}"


def sentence(
    what: str,
    when: str,
    ratio: float,
    reading: str = PUBLISHED,
    *,
    bounds: tuple[float, float] | None = None,
    counted: float | None = None,
    share: float | None = None,
    share_bounds: tuple[float, float] | None = None,
    care: float | None = None,
    against: str = "untreated",
) -> str:
    """One effect in one sentence, in both readings where both are there.

    Parameters
    ----------
    what : is changed; when : such as "on day 42"
    ratio : of treated to untreated, in the reading; bounds : of its band
    counted : ratio of the counted reading beside it
    share : of the effect that the counted reading does not reach, None for no effect; share_bounds : of its band
    care : ratio of the plan's standard care alone, where it has some: the share is then of what products add to that

    >>> sentence("collagen", "on day 42", 0.66, bounds=(0.56, 0.76), counted=0.97, share=0.9)
    'Collagen 34 % lower (24 to 44 %) than untreated on day 42, as published; counted: 3 % lower; 90 % of the effect has no mechanism established by count.'
    >>> sentence("ALT", "on day 3", 0.998, "counted")
    'ALT on day 3, as counted (only what copies in cells can do): no effect.'
    """  # noqa: E501
    name = what[0].upper() + what[1:]
    told = change(ratio, bounds, against)
    of = f"as {reading}" + (f" ({MEANING[COUNTED]})" if reading == COUNTED else "")
    if told == NONE:
        nothing = f"; {NOTHING}" if counted is not None else ""
        beside = "" if against == "untreated" else f" against {against}"
        return f"{name} {when}, {of}: {NONE}{beside}{nothing}."
    said = f"{name} {told} {when}, {of}"
    if counted is None:
        return f"{said}."
    if care is None:
        return f"{said}; counted: {change(counted, against='')}; {unexplained(share, share_bounds)}."
    left = unexplained(share, share_bounds).replace("the effect", "the products' effect")
    return f"{said}; counted: {change(counted, against='')}; standard care alone: {change(care, against='')}; {left}."


def unexplained(share: float | None, bounds: tuple[float, float] | None = None) -> str:
    """What of an effect the counted reading leaves open, with the band of that share.

    >>> unexplained(0.9, (0.8, 0.95)), unexplained(0.0), unexplained(None)
    ('90 % (80 to 95 %) of the effect has no mechanism established by count', 'counting reaches all of it', \
'no effect to explain')
    """
    if share is None or share != share:
        return NOTHING
    percent = f"{100 * share:.0f}"
    band = "" if bounds is None else f" ({_span(*(f'{100 * end:.0f}' for end in bounds))} %)"
    return "counting reaches all of it" if percent == "0" else f"{percent} %{band} of the effect has {UNEXPLAINED}"


def essential(table: pd.DataFrame, labels: Mapping[str, str], when: str, reading: str) -> list[str]:
    """What a reader of a run needs first; nothing where there is no untreated twin.

    Parameters
    ----------
    table : of `Run.summary`
    labels : {output: how it is called}

    Returns
    -------
    the effect on the first output that is changed clearly, else on the first that is changed at all, or that there is
    none; what "no mechanism established by count" means, where it is said of a part that matters.
    """
    if "ratio" not in table:
        return []
    rows = [row for row in table.to_dict("records") if row["ratio"] == row["ratio"]]
    clear = [row for row in rows if abs(row["ratio"] - 1) >= CLEAR]
    changed = clear or [row for row in rows if is_effect(row["value"], row["untreated"])]
    if not changed:
        named = f"none of {len(rows)} outputs differs from untreated by {100 * NO_EFFECT:.0f} %"
        nothing = f": {NOTHING}" if "counted" in table else ""
        return [f"No effect {when}, as {reading} ({named}){nothing}."]
    first = changed[0]
    return [_of_row(first, labels[first["output"]], when, reading), *meaning(first.get("unexplained_share"))]


def meaning(*shares: float | None) -> list[str]:
    """What it means that counting does not reach an effect, where it misses a part that matters of one of them."""
    return [WHAT_IT_MEANS] if any(share is not None and share > CLEAR for share in shares) else []


def _of_row(row: Mapping[Any, Any], what: str, when: str, reading: str) -> str:
    untreated = row["untreated"]
    bounds = _bounds(row, "ratio_low", "ratio_high")
    if bounds is None:  # the band is of the dose, and the untreated twin has none
        ends = _bounds(row, "low", "high")
        bounds = None if ends is None else (ends[0] / untreated, ends[1] / untreated)
    return sentence(
        what, when, row["ratio"], reading, bounds=bounds,
        counted=row["counted"] / untreated if "counted" in row else None, share=row.get("unexplained_share"),
        share_bounds=_bounds(row, "unexplained_share_low", "unexplained_share_high"),
        care=row["care_alone"] / untreated if "care_alone" in row else None,
    )  # fmt: skip


def _bounds(row: Mapping[Any, Any], low: str, high: str) -> tuple[float, float] | None:
    ends = row.get(low), row.get(high)
    return None if any(end is None or end != end for end in ends) else ends  # type: ignore[return-value]
