"""The words, tables and pictures of `lobule benchmark patients`."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from lobule.answers.content import Picture
from lobule.labs import labs
from lobule.patient.history import YEAR
from lobule.report import real_people as report
from lobule.report.real_people import Level, Point
from lobule.validate.real_people.next_visit import LAST, LINE, MEAN, MIXED
from lobule.validate.real_people.rivals import COX
from lobule.validate.real_people.survival import FIRST, LOBULE
from lobule.validate.real_people.visits import POOLED
from lobule.validate.real_people.whole import ALL, MADE_THE_MODEL, Found

Rows = list[list[str]]


def when(at: Any) -> str:
    """A time in words, of days: "90 d", "5 y"."""
    day = float(at)
    years = day / YEAR
    return f"{years:.0f} y" if abs(years - round(years)) < 0.01 and years >= 1 else f"{day:.0f} d"


def number(value: float, digits: int = 3) -> str:
    """A number; nothing where there is none."""
    return "" if value is None or math.isnan(value) else f"{value:.{digits}f}"


def ranged(value: float, low: float, high: float, digits: int = 3) -> str:
    """A number with its interval."""
    if value is None or math.isnan(value):
        return ""
    between = "" if math.isnan(low) else f" ({low:.{digits}f} to {high:.{digits}f})"
    return f"{value:.{digits}f}{between}"


def survival_rows(scores: pd.DataFrame, table: str, event: str) -> Rows:
    """Models from best to worst concordance, a row each, under a head."""
    mine = scores[(scores["table"] == table) & (scores["event"] == event)]
    days = sorted(mine["at_d"].dropna().unique())
    head = ["model", "concordance", "lobule less it", *(f"Brier {when(day)}" for day in days),
            "mean survival " + ", ".join(map(when, days))]  # fmt: skip
    order = mine[mine["measure"] == "concordance"].sort_values("value", ascending=False)
    rows = [head]
    for row in order.to_dict("records"):
        of = mine[mine["model"] == row["model"]].set_index(["measure", "at_d"])
        less = "" if row["model"] == LOBULE else ranged(row["lobule_less"], row["lobule_less_low"],
                                                        row["lobule_less_high"])  # fmt: skip
        briers = [_of(of.loc[("Brier", day)]) for day in days]
        alive = ", ".join(_of(of.loc[("mean survival", day)]) for day in days)
        rows.append([row["model"], ranged(row["value"], row["low"], row["high"]), less, *briers, alive])
    return rows


def _of(row: pd.Series) -> str:
    return ranged(row["value"], row["low"], row["high"])


def cell_rows(cells: pd.DataFrame) -> Rows:
    """A row a group, with forecast, seen and its interval at each time."""
    days = sorted(cells["at_d"].unique())
    rows = [["group", "n", *(f"{when(day)}: forecast, seen" for day in days)]]
    for group, some in cells.groupby("group", sort=False):
        by_day = some.set_index("at_d")
        rows.append([str(group), f"{int(by_day['n'].iloc[0])}", *(_cell(by_day.loc[day]) for day in days)])
    return rows


def _cell(row: pd.Series) -> str:
    mark = "" if math.isnan(row["seen"]) or row["inside"] else ", outside"
    return f"{number(row['forecast'])}, {ranged(row['seen'], row['seen_low'], row['seen_high'])}{mark}"


def visit_rows(scores: pd.DataFrame, after: object) -> Rows:
    """A row a lab: errors of each model over that of the last value, lobule's bias, and what the bands hold."""
    mine = scores[scores["after"] == after]
    models = [name for name in (LOBULE, MIXED, MEAN, LINE) if (mine["model"] == name).any()]
    banded = [name for name in (LOBULE, LAST, MIXED) if (mine["model"] == name).any()]
    rows = [["lab", "n", *(f"error over the last value's, {name}" for name in models), "bias of lobule (log)",
             *(f"in the band, {name}" for name in banded)]]  # fmt: skip
    for lab, some in mine.groupby("lab", sort=False):
        of = {row["model"]: row for row in some.to_dict("records")}
        rows.append([
            _lab(str(lab)), str(of[LOBULE]["n"]), *(_part(of.get(name), "of_last_value", 1, 2) for name in models),
            _part(of[LOBULE], "bias", 1, 3), *(f"{_part(of.get(name), 'in_band', 100, 0)} %" for name in banded),
        ])  # fmt: skip
    return rows


def _part(row: Mapping[Any, Any] | None, name: str, times: float, digits: int) -> str:
    if row is None:
        return ""
    return ranged(times * row[name], times * row[f"{name}_low"], times * row[f"{name}_high"], digits)


def _lab(name: str) -> str:
    return "all labs" if name == POOLED else labs()[name].label


def goal_rows(goals: pd.DataFrame) -> Rows:
    """What was wanted and what was found."""
    rows = [["table", "goal", "wanted", "found", "n", "met"]]
    rows += [[row["table"], row["goal"], row["wanted"], ranged(row["found"], row["low"], row["high"]),
              str(row["n"]), row["met"]] for row in goals.to_dict("records")]  # fmt: skip
    return rows


def check_rows(checks: pd.DataFrame) -> Rows:
    """How often a fit is said to be poor."""
    rows = [["table", "people of", "fitted as", "n", "said to be poor"]]
    for row in checks.to_dict("records"):
        share = ranged(100 * row["share"], 100 * row["low"], 100 * row["high"], 0)
        rows.append([row["table"], row["people_of"], row["fitted_as"], str(row["n"]), f"{share} %"])
    return rows


def waiting_rows(waiting: pd.DataFrame) -> Rows:
    """Shares of a waiting list by day and event."""
    rows = [["days", *waiting["event"].unique()]]
    for day, some in waiting.groupby("at_d", sort=False):
        rows.append([f"{day:g}", *(f"{ranged(100 * row['share'], 100 * row['low'], 100 * row['high'], 1)} %"
                                   for row in some.to_dict("records"))])  # fmt: skip
    return rows


def as_text(rows: Rows) -> str:
    """Rows as columns of a terminal."""
    widths = [max(len(row[k]) for row in rows) for k in range(len(rows[0]))]
    return "\n".join("  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip() for row in rows)


def as_markdown(rows: Rows) -> str:
    """Rows as a table of Markdown, the first one as its head."""
    lines = [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join([lines[0], "|" + "---|" * len(rows[0]), *lines[1:]])


def sections(found: Found) -> list[tuple[str, Rows]]:
    """Every table with its heading, in the order of the page."""
    parts: list[tuple[str, Rows]] = []
    if len(found.goals):
        parts.append(("What was wanted, and what was found", goal_rows(found.goals)))
    for table, event in _pairs(found.survival):
        made = " (calibration: these people made the model)" if table in MADE_THE_MODEL else ""
        mine = found.survival[(found.survival["table"] == table) & (found.survival["event"] == event)].iloc[0]
        title = f"{table}{made}: {event}, {mine['n']} people, {mine['events']} events; trained: {found.trained[table]}"
        parts.append((title, survival_rows(found.survival, table, event)))
        if event == FIRST or (table, FIRST) not in _pairs(found.survival):
            cells = found.cells[(found.cells["table"] == table) & (found.cells["event"] == event)]
            parts.append((f"{table}: lobule's forecast beside Kaplan-Meier, fifths from the best forecast to the worst",
                          cell_rows(cells[cells["model"] == LOBULE])))  # fmt: skip
    if len(found.visits):
        for name, some in found.visits.groupby("table", sort=False):
            for after in some["after"].unique():
                known = "1 and 3 visits together" if after == POOLED else "1 visit" if after == 1 else f"{after} visits"
                parts.append((f"{name}: the next visit after {known}", visit_rows(some, after)))
    if len(found.cohort):
        parts.append(("Fatty liver of the community, forecast from age and sex alone", cell_rows(found.cohort)))
    if len(found.checks):
        parts.append(("Fits of first visits that are said to be poor", check_rows(found.checks)))
    if len(found.waiting):
        parts.append(("Waiting list: what came first, as seen", waiting_rows(found.waiting)))
    return parts


def _pairs(scores: pd.DataFrame) -> list[tuple[str, str]]:
    return [] if not len(scores) else list(dict.fromkeys(zip(scores["table"], scores["event"], strict=True)))


def remarks(found: Found) -> list[str]:
    """What could not be compared, and how tables were understood."""
    return [
        *(f"{table}: {why if what == ALL else f'no {what}, {why}'}" for table, what, why in found.left),
        *found.notes,
    ]


def page(found: Found, title: str, how: Iterable[str]) -> str:
    """All tables in Markdown."""
    parts = [f"### {name}\n\n{as_markdown(rows)}" for name, rows in sections(found)]
    notes = "\n".join(f"- {line}" for line in remarks(found))
    return (
        "\n\n".join([f"## {title}", *how, *parts, "### What could not be compared, and how it was read", notes]) + "\n"
    )


def pictures(found: Found) -> dict[str, Picture]:
    """The pictures that the comparisons carry."""
    made: dict[str, Picture] = {}
    if len(found.survival):
        orders, levels = _orders(found.survival), _levels(found.cells)
        made["concordance"] = Picture(lambda: report.ordered(orders, LOBULE, "concordance (95 % interval)"),
                                      "how well each model orders people by their survival")  # fmt: skip
        made["calibration"] = Picture(lambda: report.levels(levels), "forecast survival beside what was seen (with "
                                      "Kaplan-Meier's interval), in fifths of each model's forecast")  # fmt: skip
    if len(found.visits):
        bands, wanted, line = _bands(found.visits)
        about = "how many of the next labs lie in the band of nine tenths, and errors over those of the last value"
        made["next_visit"] = Picture(lambda: report.held(bands, wanted, line), about)
    if len(found.cohort):
        groups = _decades(found.cohort)
        about_it = "survival of people with fatty liver by age at diagnosis: forecast from age and sex, and seen"
        made["fatty_liver"] = Picture(lambda: report.by_group(groups, "alive"), about_it)
    return made


def _orders(scores: pd.DataFrame) -> Mapping[str, Mapping[str, Point]]:
    first = scores[(scores["measure"] == "concordance") & _main(scores)]
    return {
        f"{table} ({some['n'].iloc[0]} people, {some['events'].iloc[0]} events)":
            {row["model"]: Point(row["value"], row["low"], row["high"]) for row in some.to_dict("records")}
        for table, some in first.groupby("table", sort=False)
    }  # fmt: skip


def _main(frame: pd.DataFrame) -> pd.Series:
    """Rows of the event that counts: death or transplantation where a table tells both."""
    both = set(frame.loc[frame["event"] == FIRST, "table"])
    return (frame["event"] == FIRST) | ~frame["table"].isin(both)


def _levels(cells: pd.DataFrame) -> Mapping[str, Mapping[str, Sequence[Level]]]:
    mine = cells[_main(cells) & (cells["group"] != "all") & cells["seen"].notna()]
    return {
        f"{table}, {when(day)}": {
            model: [_level(row) for row in some[some["model"] == model].to_dict("records")]
            for model in (LOBULE, COX) if (some["model"] == model).any()
        }
        for (table, day), some in mine.groupby(["table", "at_d"], sort=False)
    }  # fmt: skip


def _level(row: Mapping[Any, Any]) -> Level:
    return Level(row["forecast"], Point(row["seen"], row["seen_low"], row["seen_high"]))


def _bands(scores: pd.DataFrame) -> tuple[dict[str, dict[str, dict[str, Point]]], dict[str, tuple[float, float]],
                                          dict[str, float]]:  # fmt: skip
    drawn: dict[str, dict[str, dict[str, Point]]] = {}
    wanted, line = {}, {}
    for table, some in scores[scores["after"] == POOLED].groupby("table", sort=False):
        kinds: tuple[tuple[str, str, Callable[[str], bool]], ...] = (
            (f"{table}: next labs in the band of nine tenths", "in_band", lambda model: model != MEAN),
            (f"{table}: error over that of the last value", "of_last_value", lambda model: model != LAST),
        )
        for title, column, shown in kinds:
            drawn[title] = {
                model: {_lab(row["lab"]):
                        Point(row[column], row[f"{column}_low"], row[f"{column}_high"])
                        for row in some[some["model"] == model].to_dict("records")}
                for model in (LOBULE, LAST, MEAN, MIXED) if shown(model) and (some["model"] == model).any()
            }  # fmt: skip
        wanted[kinds[0][0]], line[kinds[0][0]], line[kinds[1][0]] = (0.8, 0.97), 0.9, 1.0
    return drawn, wanted, line


def _decades(cells: pd.DataFrame) -> Mapping[str, Mapping[str, Level]]:
    shown = cells[cells["group"].str.match(r"\d") & cells["seen"].notna()]
    return {
        f"after {when(day)}": {row["group"]: _level(row) for row in some.to_dict("records")}
        for day, some in shown.groupby("at_d")
    }
