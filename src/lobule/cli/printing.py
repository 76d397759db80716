"""How the commands print: tables, comparisons, budgets."""

from __future__ import annotations

import json as json_module
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from lobule.files.table import Fault
from lobule.report.records import records as records

if TYPE_CHECKING:
    import pandas as pd


def print_json(data: Any) -> None:
    """Print data as JSON."""
    print(json_module.dumps(data, indent=2))


def problem_lines(problems: Sequence[Fault], untold: int = 0, most: int = 20) -> list[str]:
    """Cells that could not be used, a line a reason and column: the first cell, and how many are like it."""
    groups: dict[tuple[str, str], list[Fault]] = {}
    for problem in problems:
        groups.setdefault((problem.column, problem.reason), []).append(problem)
    shown = list(groups.values())[:most]
    lines = [f"{group[0]}" + (f"; {len(group) - 1} more like it" if group[1:] else "") for group in shown]
    left = len(problems) - sum(map(len, shown)) + untold
    return [*lines, f"and {left} more cells that could not be used (--json lists them)"] if left else lines


def print_summary(table: pd.DataFrame) -> None:
    """Print the last day of a run."""
    print(f"On day {table['day'].iloc[0]:g}:")
    shown = table.drop(columns="day").rename(columns={"unit": ""})
    print(shown.to_string(index=False, float_format=lambda v: f"{v:.4g}", na_rep=""), "\n")


def print_comparison(table: pd.DataFrame) -> None:
    """Print a run beside a study."""
    head = f"  {'endpoint':<18} {'observed':<9} {'predicted':<10} {'ratio':>6}  {'band':<15} agrees"
    print(head)
    for row in table.to_dict("records"):
        if row["agrees"] is None:
            print(f"  {row['endpoint']:<18} {row['observed']:<9} not simulated: {row['note']}")
            continue
        band = f"{row['ratio_low']:.2f} to {row['ratio_high']:.2f}" if row["ratio_low"] == row["ratio_low"] else ""
        print(f"  {row['endpoint']:<18} {row['observed']:<9} {row['predicted']:<10} {row['predicted_ratio']:>6.2f}  "
              f"{band:<15} {'yes' if row['agrees'] else 'NO'}")  # fmt: skip
    print()


def print_budget(table: pd.DataFrame) -> None:
    """Print which path could carry the effect."""
    if table.empty:
        return
    print("Copy budget: which path could carry the effect, by counting?")
    acting = table[(table["peak_share_of_largest_effect"] >= 0.01) | (table["possible_by_count"] == "yes")]
    for row in acting.to_dict("records"):
        needed = f"needed {row['needed']:<7g}" if row["needed"] == row["needed"] else f"{'no yardstick':<14}"
        print(f"  {row['path']:<20} {row['cell']:<14} at most {row['peak']:>9.3g} {row['unit']:<16} "
              f"{needed} {row['possible_by_count']:<4}"
              f"effect in the model {row['peak_share_of_largest_effect']:.0%} of its largest")  # fmt: skip
    silent = len(table) - len(acting)
    if silent:
        print(
            f"  {silent} further paths are neither possible by counting nor given 1 % of their effect (copy_budget.csv)"
        )
    used = table[table["impossible_but_used"]]
    if not used.empty:
        paths = ", ".join(dict.fromkeys(used["path"]))
        print(f"  The model lets {paths} act although too few copies arrive: their potency is calibrated to studies")
        print("  that report it, by no known mechanism. lobule cargo says how much of the effect rests on them.")
    print()


def print_safety(table: pd.DataFrame) -> None:
    """Print the safety table."""
    print("Safety:")
    for row in table.to_dict("records"):
        figure = (
            row["figure"] if isinstance(row["figure"], str) else f"{row['figure']:.3g} ({row['unit']}; {row['grade']})"
        )
        print(f"  {row['risk']:<30} {figure}; {row['note']}")
    print()
