"""Tables of other shapes turned into one row a visit: one row a value, and one row a patient with labs of each visit.

A long table has a column that names the analyte, one of values and mostly one of units. A broad one has the visit in
its headers: `albumin_g_per_L_day_30`, `month 6 bilirubin (mg/dL)`, `inr_baseline`, or `albumin_v2` beside `date_v2`.
Every cell of the new table remembers where it stood in the file.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from lobule.errors import InputError
from lobule.files.cells import NOTHING, shown
from lobule.files.labs import QUANTITIES
from lobule.files.roles import owners_of
from lobule.files.table import Table
from lobule.files.times import DATES, DAYS
from lobule.files.vocabulary import Vocabulary, plain_name
from lobule.labs import labs

ANALYTE = ("analyte", "test", "test_name", "parameter", "lab", "lab_test", "labtest", "measurement", "item", "paramcd",
           "param", "lbtestcd", "lbtest", "test_code", "variable", "component", "analyt", "laborwert")  # fmt: skip
VALUE = ("value", "result", "lbstresn", "aval", "lborres", "lbstresc", "wert", "ergebnis", "valor", "messwert")
UNIT = ("unit", "units", "lbstresu", "avalu", "lborresu", "einheit", "unidad", "uom")
TIMES = {"tstart": "day", "lbdy": "day", "ady": "day", "visitdy": "day", "lbdtc": "date", "adt": "date",
         "datetime": "date", "sample_time": "date", "taken": "date", "collected": "date"}  # fmt: skip
TAG = re.compile(
    r"(?:^|[\s_.\-(\[]+)(?:(?P<what>days?|d|tag|weeks?|wks?|w|months?|mo|m|years?|yrs?|y|visit|v|time|t)[\s_.\-]?(?P<n>\d{1,5})"
    r"|(?P<first>baseline|bl|base|screening)|(?P<m>\d{1,4})[\s_]?(?P<after>days?|d|weeks?|wks?|w|months?|mo|m|years?|yrs?|y))"
    r"(?=$|[\s_.\-)\]]+)",
    re.I,
)
LAST = re.compile(r"[\s_.\-]+(?P<n>\d{1,3})$")
IN_DAYS = {"d": DAYS["day"], "t": DAYS["day"], "w": DAYS["week"], "m": DAYS["month"], "y": DAYS["year"]}
NUMBERED = "visit "
NO_TIME = ("visit", "v", "t", "time")
VISITS = ("visit", "visit_name", "timepoint", "time_point", "avisit", "zeitpunkt", "visite")
PURE = ("1", "ratio", "-", "inr", "{inr}", "none", "index", "n/a", "na", "no unit")  # how a pure number has no unit
MOST_ANALYTES = 500


def one_row_a_visit(table: Table, vocabulary: Vocabulary) -> Table:
    """The same values with one row a visit; the table itself where it has that shape.

    Raises
    ------
    InputError : a long table without values or that names no analyte, numbered visits without times.
    """
    _rename_times(table)
    _times_in_words(table)
    names = {plain_name(header): k for k, header in reversed(list(enumerate(table.headers)))}
    analyte = next((names[name] for name in ANALYTE if name in names), None)
    value = next((names[name] for name in VALUE if name in names), None)
    if analyte is not None and value is not None:
        unit = next((names[name] for name in UNIT if name in names), None)
        return _of_long(table, vocabulary, analyte, value, unit)
    return _of_broad(table, vocabulary)


def _rename_times(table: Table) -> None:
    """Names of times of clinical data standards, where no other column tells times."""
    plain = [plain_name(header) for header in table.headers]
    if {"day", *DATES} & set(plain):
        return
    for name, means in TIMES.items():
        if name in plain:
            table.headers[plain.index(name)] = means
            table.notes.append(f"{shown(name)} is read as the {means} of the visits")
            return


def _times_in_words(table: Table) -> None:
    """Visits in words ("baseline", "month 6") become days, where no column tells times."""
    plain = [plain_name(header) for header in table.headers]
    if {*DAYS, *DATES} & set(plain):
        return
    for k in (plain.index(name) for name in VISITS if name in plain):
        days = {text: _day_in_words(text) for text in set(table.column(k)) if text.lower() not in NOTHING}
        if days and all(day is not None for day in days.values()):
            for cells in table.rows:
                cells[k] = f"{days[cells[k]]:g}" if cells[k] in days else cells[k]
            first = shown(sorted(days)[0])
            table.notes.append(f"visits of {shown(table.headers[k])} such as {first} are read as days")
            table.headers[k] = "day"
            return


def _day_in_words(text: str) -> float | None:
    match = TAG.fullmatch(text.strip())
    if match is None:
        return None
    if match["first"]:
        return 0.0
    what, number = (match["what"] or match["after"]).lower(), match["n"] or match["m"]
    return None if what in NO_TIME else int(number) * IN_DAYS[what[0]]


def _analytes(vocabulary: Vocabulary, written: Sequence[str]) -> dict[str, str]:
    """{analyte as it is written: header of its column}; "" for one that the vocabulary does not have."""
    codes = {lab.code.lower(): name for name, lab in labs().items() if lab.code and name in QUANTITIES}
    codes |= {lab.loinc.lower(): name for name, lab in labs().items() if lab.loinc and name in QUANTITIES}
    found = {}
    for text in dict.fromkeys(written):
        name, unit = vocabulary.read(text)
        if text.lower() in codes:
            found[text] = codes[text.lower()]
        elif name in vocabulary.quantities:  # "bilirubin direct" is none
            found[text] = name if not unit or unit in vocabulary.quantities[name].units else ""
        else:
            found[text] = name if name in (*vocabulary.words, *vocabulary.flags) else ""
    return found


def _of_long(table: Table, vocabulary: Vocabulary, analyte: int, value: int, unit: int | None) -> Table:
    called = _analytes(vocabulary, table.column(analyte))
    if len(called) > MOST_ANALYTES or not any(called.values()):
        first = shown(next(iter(called)))
        raise InputError(f"{table.name}, {table.place(analyte)}: no analyte is known, such as {first}; write such as "
                         "albumin, bilirubin, inr")  # fmt: skip
    kept = [k for k in range(len(table.headers)) if k not in (analyte, value, unit)]
    keys = _keys(table, vocabulary, kept)
    labs_there = list(dict.fromkeys(name for name in called.values() if name))
    place = {name: len(kept) + n for n, name in enumerate(labs_there)}
    units = _units(table, vocabulary, analyte, unit, called)
    new = Table(
        table.name,
        [*(table.headers[k] for k in kept), *labs_there],
        [*(table.units[k] for k in kept), *(next(iter(units[name])) if len(units[name]) == 1 else ""
                                            for name in labs_there)],
        [], [], table.header_line, table.separator, {}, table.notes, set(), table.faults, table.untold,
    )  # fmt: skip
    new.turned = dict(enumerate(kept)) | {place[name]: analyte for name in labs_there}
    at: dict[tuple[str, ...], int] = {}
    for row, cells in enumerate(table.rows):
        key = tuple(cells[k] for k in keys)
        if key not in at:
            at[key] = len(new.rows)
            new.rows.append([*(cells[k] for k in kept), *[""] * len(labs_there)])
            new.lines.append(table.lines[row])
            new.origin.update({(at[key], n): (table.lines[row], k) for n, k in enumerate(kept)})
            new.unusable.update({(at[key], n): table.unusable[row, k] for n, k in enumerate(kept)
                                 if (row, k) in table.unusable})  # fmt: skip
        else:
            _same_row(table, new, at[key], row, kept)
        name = called[cells[analyte]]
        if name and cells[value].lower() not in NOTHING:
            own = "" if unit is None or len(units[name]) == 1 else cells[unit]
            _put(table, new, at[key], place[name], row, value, f"{cells[value]} {own}".strip())
    unknown = Counter(text for text in table.column(analyte) if not called[text])
    new.unread += [f"the analyte {shown(text)} ({n} rows) is not read" for text, n in unknown.most_common(20) if text]
    new.unread += [f"and {len(unknown) - 20} further analytes"] if len(unknown) > 20 else []
    return new


def _keys(table: Table, vocabulary: Vocabulary, kept: Sequence[int]) -> list[int]:
    """Columns that say whose a value is, and when it was taken."""
    read = [vocabulary.read(header) for header in table.headers]
    times = [k for k in kept if read[k][0] in (*DAYS, *DATES)]
    owners = [k for k in owners_of(table, read, vocabulary) if k in kept]
    if not times and not owners:
        raise InputError(f"{table.name}: a row a value, and no column tells whose or when; name them patient and day")
    return [*owners[:1], *times]


def _units(
    table: Table, vocabulary: Vocabulary, analyte: int, unit: int | None, called: dict[str, str]
) -> dict[str, dict[str, None]]:
    """{lab: its units as they are written}"""
    found: dict[str, dict[str, None]] = {name: {} for name in called.values() if name}
    own = {text: vocabulary.read(text)[1] for text in called}
    for cells in table.rows:
        text = cells[analyte]
        if called[text]:
            written = own[text] or (cells[unit] if unit is not None else "")
            pure = called[text] not in vocabulary.quantities or not vocabulary.quantities[called[text]].units
            found[called[text]]["" if pure and written.lower() in PURE else written] = None
    return {name: found_ or {"": None} for name, found_ in found.items()}


def _same_row(table: Table, new: Table, at: int, row: int, kept: Sequence[int]) -> None:
    """Fill what the first row of a visit left blank."""
    for n, k in enumerate(kept):
        if not new.rows[at][n] and table.rows[row][k]:
            new.rows[at][n] = table.rows[row][k]
            new.origin[at, n] = (table.lines[row], k)


def _put(table: Table, new: Table, at: int, column: int, row: int, k: int, text: str) -> None:
    before = new.rows[at][column]
    if before and before != text:
        line = new.origin[at, column][0]
        new.unusable[at, column] = (
            f"two values at one time, {shown(before)} in line {line} and {shown(text)} in line {table.lines[row]}"
        )
        return
    new.rows[at][column] = text
    new.origin[at, column] = (table.lines[row], k)
    if (row, k) in table.unusable:
        new.unusable[at, column] = table.unusable[row, k]


@dataclass(frozen=True)
class _Tagged:
    """A column of one visit: its place, header without the visit, and the visit: a day, or "visit 2"."""

    k: int
    base: str
    visit: float | str


def _tagged(table: Table, vocabulary: Vocabulary) -> list[_Tagged]:
    found: list[_Tagged] = []
    counted: list[_Tagged] = []
    for k, header in enumerate(table.headers):
        name, unit = vocabulary.read(header)
        if name in vocabulary.quantities and (unit in vocabulary.quantities[name].units or not unit):
            continue
        if name in vocabulary.names.values() and name not in vocabulary.quantities:
            continue
        one = _tag(k, header, vocabulary)
        if one:
            found.append(one)
            continue
        last = LAST.search(header)
        if last and _known(header[: last.start()], vocabulary):
            counted.append(_Tagged(k, header[: last.start()], f"{NUMBERED}{int(last['n'])}"))
    return _first_visits(table, vocabulary, _of_one_base(vocabulary, found + counted))


def _of_one_base(vocabulary: Vocabulary, found: list[_Tagged]) -> list[_Tagged]:
    """The same with one header for a lab in one unit, however it is written."""
    headers: dict[tuple[str, str], str] = {}
    return [replace(one, base=headers.setdefault(vocabulary.read(one.base), one.base)) for one in found]


def _first_visits(table: Table, vocabulary: Vocabulary, found: list[_Tagged]) -> list[_Tagged]:
    """Columns without a visit beside such of the same lab with one are those of the first visit, day 0."""
    if not found or any(isinstance(one.visit, str) or one.visit == 0 for one in found):
        return found
    bases = {vocabulary.read(one.base)[0]: one.base for one in found}
    taken = {one.k for one in found}
    for k, header in enumerate(table.headers):
        name, unit = vocabulary.read(header)
        if k not in taken and name in bases:
            same = vocabulary.read(bases[name])[1] == unit
            found = [*found, _Tagged(k, bases[name] if same else header, 0.0)]
    return found


def _tag(k: int, header: str, vocabulary: Vocabulary) -> _Tagged | None:
    for match in TAG.finditer(header):
        base = " ".join(part for part in (header[: match.start()].strip(" _.-"), header[match.end() :].strip(" _.-)]"))
                        if part)  # fmt: skip
        base = base if base.count("(") == base.count(")") else base + ")"
        for candidate in (base, base.replace(" ", "_")):
            if not _known(candidate, vocabulary):
                continue
            if match["first"]:
                return _Tagged(k, candidate, 0.0)
            what, number = (match["what"] or match["after"]).lower(), match["n"] or match["m"]
            if what in NO_TIME:
                return _Tagged(k, candidate, f"{NUMBERED}{int(number)}")
            return _Tagged(k, candidate, int(number) * IN_DAYS[what[0]])
    return None


def _known(base: str, vocabulary: Vocabulary) -> bool:
    name, unit = vocabulary.read(base)
    if name in vocabulary.quantities:
        return not unit or unit in vocabulary.quantities[name].units
    return name in (*vocabulary.words, *vocabulary.flags, *DATES)


def _of_broad(table: Table, vocabulary: Vocabulary) -> Table:
    tagged = _tagged(table, vocabulary)
    visits = list(dict.fromkeys(one.visit for one in tagged))
    if len(visits) < 2 and not any(isinstance(visit, float) and visit > 0 for visit in visits):
        return table
    timed = {one.visit for one in tagged if vocabulary.read(one.base)[0] in (*DAYS, *DATES)}
    numbered = [visit for visit in visits if isinstance(visit, str)]
    if len(numbered) < len(visits) and numbered:
        raise InputError(f"{table.name}: some headers have the day of their visit and some its number, such as "
                         f"{shown(table.headers[next(one.k for one in tagged if one.visit == numbered[0])])}; write "
                         "the day in all, such as albumin_g_per_L_day_30")  # fmt: skip
    if numbered and not set(numbered) <= timed:
        lacking = next(visit for visit in numbered if visit not in timed)
        header = table.headers[next(one.k for one in tagged if one.visit == lacking)]
        raise InputError(f"{table.name}: no column tells when {lacking} was, of {shown(header)}; add one such as "
                         f"day_{lacking.removeprefix(NUMBERED)}, or write the day into the headers")  # fmt: skip
    bases = list(dict.fromkeys(one.base for one in tagged))
    kept = [k for k in range(len(table.headers)) if k not in {one.k for one in tagged}]
    headers = [*(table.headers[k] for k in kept), *bases] + ([] if numbered else ["day"])
    first = {one.base: one.k for one in reversed(tagged)}
    units = [*(table.units[k] for k in kept), *(table.units[first[base]] for base in bases)] + (
        [] if numbered else [""]
    )
    new = Table(table.name, headers, units, [], [], table.header_line, table.separator, {}, table.notes, set(),
                table.faults, table.untold)  # fmt: skip
    new.turned = dict(enumerate(kept)) | {len(kept) + n: first[base] for n, base in enumerate(bases)}
    for row, cells in enumerate(table.rows):
        for visit in visits:
            _visit(table, new, row, cells, visit, tagged, kept, bases, bool(numbered))
    table.notes.append(f"the headers name {len(visits)} visits: one row of each is read as that many")
    return new


def _visit(
    table: Table, new: Table, row: int, cells: Sequence[str], visit: float | str, tagged: Sequence[_Tagged],
    kept: Sequence[int], bases: Sequence[str], numbered: bool,
) -> None:  # fmt: skip
    own = {one.base: one.k for one in tagged if one.visit == visit}
    if visit != 0 and not any(cells[k].lower() not in NOTHING for k in own.values()):
        return
    at = len(new.rows)
    columns = [*kept, *(own.get(base) for base in bases)]
    new.rows.append(["" if k is None else cells[k] for k in columns] + ([] if numbered else [f"{visit:g}"]))
    new.lines.append(table.lines[row])
    for n, k in enumerate(columns):
        new.origin[at, n] = (table.lines[row], own.get(bases[0], 0) if k is None else k)
        if k is not None and (row, k) in table.unusable:
            new.unusable[at, n] = table.unusable[row, k]
    if row in table.moved:
        new.moved.add(at)
