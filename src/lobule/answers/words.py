"""Pieces of text that several answers share: of whom, what was given, comparisons, budgets, cells left out."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from statistics import median
from typing import TYPE_CHECKING, Any

from lobule.model.cargo import components
from lobule.quantities import amount
from lobule.simulation.reading import share_in_words
from lobule.simulation.run import OF_BANDS
from lobule.simulation.told import when, why_not

if TYPE_CHECKING:
    import pandas as pd

    from lobule.files.table import Fault

POTENCY = {
    "calibrated": "that potency is calibrated to studies which report it, by no known mechanism",
    "assumed": "that potency is what their files say, and no study was met",
}


def plain(table: pd.DataFrame, digits: str = ".3g", **options: Any) -> str:
    """A table as text, without its index: numbers in a format such as ".3g", headers in words, yes and no.

    >>> import pandas as pd
    >>> print(plain(pd.DataFrame({"p_value": [0.01234, None], "close": [True, False]})))
    p value close
     0.0123   yes
               no
    """
    spoken = table.rename(columns=lambda name: str(name).replace("_", " ")).astype(object).map(_spoken)
    told: dict[str, Any] = {"na_rep": "", "float_format": lambda value: format(value, digits)} | options
    return spoken.to_string(index=False, **told)


def _spoken(value: Any) -> Any:
    if type(value).__name__ in ("bool", "bool_"):  # Python's and numpy's, which is not loaded for this
        return "yes" if value else "no"
    return "" if value is None or value != value else value


def problem_lines(problems: Sequence[Fault], untold: int = 0, most: int = 20) -> list[str]:
    """Cells that could not be used, a line a reason and column: the first cell, and how many are like it."""
    groups: dict[tuple[str, str], list[Fault]] = {}
    for problem in problems:
        groups.setdefault((problem.column, problem.reason), []).append(problem)
    shown = list(groups.values())[:most]
    lines = [f"{group[0]}" + (f"; {len(group) - 1} more like it" if group[1:] else "") for group in shown]
    left = len(problems) - sum(map(len, shown)) + untold
    return [*lines, f"and {left} more cells that could not be used (--json lists them)"] if left else lines


def summary(table: pd.DataFrame, labels: Mapping[str, str], folds: Container[str] = ()) -> str:
    """The last day of a run, as a table: columns that hold nothing are left out.

    Parameters
    ----------
    table : of `lobule.simulation.run.Run.summary`
    labels : {output: how it is called}
    folds : outputs that are a multiple of their value in health
    """
    told = [name for name in table if name != "day" and not str(name).startswith(OF_BANDS)]
    shown = table[told].dropna(axis="columns", how="all")
    units = [
        ("fold of health" if name in folds else "") if unit == "1" else unit
        for name, unit in zip(table["output"], table["unit"], strict=True)
    ]
    shown = shown.assign(output=[labels.get(name, name) for name in table["output"]], unit=units)
    if "unexplained_share" in table:
        shown["unexplained_share"] = [share_in_words(share) for share in table["unexplained_share"]]
    return f"{when(table['day'].iloc[0]).capitalize()}:\n{plain(shown.rename(columns={'unit': ''}), '.4g')}\n"


def comparison(table: pd.DataFrame) -> str:
    """A run beside a study."""
    lines = [f"  {'endpoint':<18} {'observed':<9} {'predicted':<10} {'ratio':>6}  {'band':<15} agrees"]
    for row in table.to_dict("records"):
        if row["agrees"] is None:
            lines.append(f"  {row['endpoint']:<18} {row['observed']:<9} not simulated: {row['note']}")
            continue
        band = f"{row['ratio_low']:.2f} to {row['ratio_high']:.2f}" if row["ratio_low"] == row["ratio_low"] else ""
        lines.append(
            f"  {row['endpoint']:<18} {row['observed']:<9} {row['predicted']:<10} {row['predicted_ratio']:>6.2f}  "
            f"{band:<15} {'yes' if row['agrees'] else 'NO'}"
        )
    return "\n".join(lines) + "\n"


ACTS = 0.1  # of its largest effect: a path that the model gives so much acts


def given(record: Mapping[str, Any]) -> str:
    """What was given, part by part, from the record of a run; planned doses that were not given are told."""
    end = amount(record["settings"]["until"], "time")
    parts = [
        f"{name}: standard care that the patient has anyway\n" for name in record["subject"].get("treated_with") or ()
    ]
    for part in record["plan"] or ():
        if "care" in part:
            ends = f" until {part['until']}" if part["until"] else ""
            parts.append(f"{part['care']}: standard care from {part['start']}{ends}\n")
        else:
            parts.append("\n".join(_doses(part, end)) + "\n")
    return "\n".join(parts)


def _doses(part: Mapping[str, Any], end: float) -> list[str]:
    """A product, how often it was given of how often it was planned, and each dose that was given."""
    dose, days = part["given"], [day for day in part["given_at_d"] if day <= end]
    first, gap = amount(part["start"], "time"), amount(part["every"], "time") if part["every"] else 0.0
    late = sum(first + k * gap > end for k in range(part["n"]))
    over = f", over {part['over']}" if part["over"] else ""
    counted = f"{part['n']} planned, {len(days)} given" if part["when"] or late else _times(part["n"])
    lines = [f"{part['product']}: {part['contents']['title']}", f"{part['dose']} {part['route']}{over}, {counted}"]
    if part["when"] and len(days) < part["n"] - late:
        lines[-1] += f": {why_not(part['when'], never=not days)}"
    elif part["when"] and days:
        lines[-1] += f": {part['when']} held on each of these days"
    if late:
        lines.append(f"  {late} planned after the end of the run (day {end:g})")
    spread = "" if dose["low"] == dose["high"] else f" ({dose['low']:.2g} to {dose['high']:.2g})"
    return lines + [
        f"  dose {k + 1:<4} day {day:<8g} {dose['value']:.3g} {dose['unit']}{spread}" for k, day in enumerate(days)
    ]


def _times(n: int) -> str:
    return "once" if n == 1 else f"{n} times"


def path_of(name: str) -> str:
    """A path of the copy budget, as the field writes its component of the cargo.

    >>> path_of("mir_223"), path_of("hgf_of_cells")
    ('miR-223', 'hgf of cells')
    """
    known = components().get(name)
    return name.replace("_", " ") if known is None else known.title


def budget(table: pd.DataFrame, unexplained: Iterable[float | None] = ()) -> str:
    """Which path could carry the effect; nothing where the plan opens none.

    Parameters
    ----------
    table : of `lobule.simulation.run.Run.copy_budget`
    unexplained : shares of the run's effects: where counting reaches most of most of them, they do not rest on whole
        vesicles
    """
    if table.empty:
        return ""
    known = [share for share in unexplained if share is not None]
    rests = _rests_on(table) if not known or median(known) > 0.5 else []
    lines = ["Copy budget: which path could carry the effect, by counting?", *rests]
    acting = table[(table["peak_share_of_largest_effect"] >= 0.01) | (table["possible_by_count"] == "yes")]
    for row in acting.to_dict("records"):
        needed = f"needed {row['needed']:<7g}" if row["needed"] == row["needed"] else f"{'no yardstick':<14}"
        lines.append(
            f"  {path_of(row['path']):<35} {row['cell'].replace('_', ' '):<14} "
            f"at most {row['peak']:>9.3g} {row['unit']:<16} {needed} {row['possible_by_count']:<4}"
            f"effect in the model {row['peak_share_of_largest_effect']:.0%} of its largest"
        )
    silent = len(table) - len(acting)
    if silent:
        lines.append(
            f"  {silent} further paths are neither possible by counting nor given 1 % of their effect (copy_budget.csv)"
        )
    used = table[table["impossible_but_used"]]
    for grade, rows in used.groupby("potency", sort=False):
        paths = ", ".join(path_of(name) for name in dict.fromkeys(rows["path"]))
        said = POTENCY[str(grade)]
        if grade == "assumed":
            said += f" ({'; '.join(dict.fromkeys(rows['strength_from']))})"
        lines.append(f"  The model lets {paths} act although too few copies arrive: {said}.")
    if not used.empty:
        lines.append("  `lobule cargo` says how much of the effect rests on them.")
    return "\n".join(lines) + "\n"


def _rests_on(table: pd.DataFrame) -> list[str]:
    """That the benefit rests on what no count carries, where no path that acts could carry it by counting."""
    acting = table[table["peak_share_of_largest_effect"] >= ACTS]
    if acting.empty or (acting["possible_by_count"] == "yes").any():
        return []
    short = acting[acting["possible_by_count"] == "no"]
    paths = ", ".join(path_of(name) for name in dict.fromkeys(acting["path"]))
    gap = (short["needed"] / short["peak"]).max() if len(short) else 0.0
    how = f" (up to {gap:.2g} times too few copies arrive)" if gap > 1 else ""
    return [
        f"  NOT CARRIED BY COUNT: whatever is gained here rests on {paths}, and none of these is shown to suffice{how}."
    ]


def safety(table: pd.DataFrame) -> str:
    """The safety table."""
    lines = ["Safety:"]
    for row in table.to_dict("records"):
        figure = (
            row["figure"] if isinstance(row["figure"], str) else f"{row['figure']:.3g} ({row['unit']}; {row['grade']})"
        )
        lines.append(f"  {row['risk']:<30} {figure}; {row['note']}")
    return "\n".join(lines) + "\n"
