"""The columns of a table understood: numbers in one unit, tests, text; and what was not read."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import numpy as np

from lobule.errors import InputError, nearest, together
from lobule.files.cells import (
    NOTHING,
    PLAIN,
    NotANumber,
    Readings,
    State,
    decimal_mark,
    plain_unit,
    read_number,
    shown,
)
from lobule.files.table import Table
from lobule.files.vocabulary import Flag, Quantity, Vocabulary, plain_name
from lobule.quantities import column_name

OF_NUMBERS = set("0123456789.eE+-")
MOST_NEAR = 50  # columns for which a near name is looked for: it takes milliseconds each


@dataclass(frozen=True)
class Columns:
    """What a table holds.

    Attributes
    ----------
    numbers : {quantity: its cells, in its first unit}
    flags : {test: its cells, 1 or 0}
    texts : {column of text or words: text of every row}
    others : {plain name: text of every row} of columns that the vocabulary does not have
    places : {name: number of its column in the table}
    unread : a sentence for each of the others
    mark : the decimal mark by which the numbers were read
    """

    numbers: dict[str, Readings] = field(default_factory=dict)
    flags: dict[str, Readings] = field(default_factory=dict)
    texts: dict[str, list[str]] = field(default_factory=dict)
    others: dict[str, list[str]] = field(default_factory=dict)
    places: dict[str, int] = field(default_factory=dict)
    unread: list[str] = field(default_factory=list)
    mark: str = "."


def understand(table: Table, vocabulary: Vocabulary, mark: str | None = None, aside: Collection[int] = ()) -> Columns:
    """Read the columns of a table. Cells that cannot be used become faults of the table.

    Parameters
    ----------
    mark : the decimal mark, where an earlier block of the table has told it
    aside : columns that are not looked at, and of which nothing is said

    Raises
    ------
    InputError : no known column, a known one twice, a quantity without unit or with an unknown one (unless it is
        spare: then it is left out and told), a decimal mark that cannot be told.
    """
    read = [("", "") if k in aside else vocabulary.read(header) for k, header in enumerate(table.headers)]
    chosen = _chosen(table, vocabulary, read)
    needed = [k for name, k in chosen.items() if name in vocabulary.quantities and name not in vocabulary.spare]
    mark = mark or _mark(table, needed)
    found = Columns(places=chosen, mark=mark)
    wrong: list[InputError] = []
    left_out: dict[int, str] = {}  # why, by column
    for name, k in chosen.items():
        if name in vocabulary.quantities:
            try:
                found.numbers[name] = _numbers(table, k, name, vocabulary.quantities[name], read[k][1], mark)
            except InputError as error:
                if name in vocabulary.spare:
                    left_out[k] = str(error).removeprefix(f"{table.name}, {table.place(k)}: ")
                else:
                    wrong.append(error)
        elif name in vocabulary.flags:
            found.flags[name] = _flags(table, k, vocabulary.flags[name])
        else:
            found.texts[name] = _texts(table, k)
    if wrong:  # all headers at once, so that they are mended in one go
        for one in wrong:
            one.file, one.line = table.name, table.header_line
        raise together(wrong)
    for k, (name, _) in enumerate(read):
        if name in vocabulary.spare and name not in chosen:
            left_out[k] = f"{name} stands in more than one column"
    _leave_out(found, table, vocabulary, read, left_out, aside)
    if not found.numbers and not found.flags and not set(vocabulary.words) & set(found.texts):
        known = [*vocabulary.quantities, *vocabulary.flags, *vocabulary.words]
        raise InputError(f"{table.name}: no column is known. {nearest(table.headers[0], known, 40)}")
    return found


def _leave_out(
    found: Columns, table: Table, vocabulary: Vocabulary, read: list[tuple[str, str]], left_out: dict[int, str],
    aside: Collection[int],
) -> None:  # fmt: skip
    """Keep the text of the columns that nothing was read of, and say of each that and why."""
    labels = table.labels()
    for k in left_out:
        found.places.pop(read[k][0], None)
    for k, header in enumerate(table.headers):
        if k in aside or k in found.places.values() or not (header or any(table.column(k))):
            continue
        name = read[k][0] if read[k][0] not in found.places else plain_name(header)
        found.others[name if name and name not in found.others else labels[k]] = table.column(k)
        why = f": {left_out[k]}" if k in left_out else ""
        if not why and len(found.unread) < MOST_NEAR:
            near = vocabulary.near(header)
            why = f"; did you mean {near}?" if near and near not in found.places else ""
        found.unread.append(f"the column {shown(labels[k])} ({table.place(k)}) is not read{why}")


def text_columns(table: Table, vocabulary: Vocabulary, needed: Sequence[str]) -> tuple[dict[str, int], list[str]]:
    """Where the columns of a table of texts stand, by name; and a sentence for each column that is not read.

    Raises
    ------
    InputError : a column that stands twice, or one of the needed that is missing.
    """
    found: dict[str, int] = {}
    unread: list[str] = []
    for k, (header, label) in enumerate(zip(table.headers, table.labels(), strict=True)):
        name = vocabulary.read(header)[0]
        if name in found:
            raise InputError(f"{table.name}: {name} stands in more than one column, {table.place(k)} is the second")
        if name in vocabulary.texts:
            found[name] = k
        elif header or any(table.column(k)):
            near = vocabulary.near(header) if len(unread) < MOST_NEAR else ""
            unread.append(f"the column {shown(label)} is not read" + (f"; did you mean {near}?" if near else ""))
    missing = [name for name in needed if name not in found]
    if missing:
        near = nearest(missing[0], table.headers)
        raise InputError(f'{table.name}, line {table.header_line}: no column "{missing[0]}". {near}')
    return found, unread


def _chosen(table: Table, vocabulary: Vocabulary, read: list[tuple[str, str]]) -> dict[str, int]:
    """Which column each known name stands in: a known unit before an unknown one; of texts, its own spelling first.

    A quantity or a test in two columns is refused under whatever names: both would count, and one would be lost.
    """
    chosen = {}
    candidates: dict[str, list[int]] = {}
    for k, (name, _) in enumerate(read):
        if name in vocabulary.names.values():
            candidates.setdefault(name, []).append(k)
    for name, columns in candidates.items():
        kept = columns
        if len(kept) > 1 and name in vocabulary.quantities:
            units = vocabulary.quantities[name].units
            kept = [k for k in kept if not read[k][1] or read[k][1] in units] or kept
        if len(kept) > 1 and (name in vocabulary.texts or name in vocabulary.words):
            kept = [k for k in kept if plain_name(table.headers[k]).startswith(plain_name(name))] or kept
        if len(kept) > 1 and name in vocabulary.spare:
            continue
        if len(kept) > 1:
            where = " and ".join(table.place(k) for k in kept)
            raise InputError(f"{table.name}: {name} stands in more than one column, {where}")
        chosen[name] = kept[0]
    return chosen


def _mark(table: Table, columns: list[int]) -> str:
    """The decimal mark of a CSV file; spreadsheets and Parquet hold numbers, not their spelling."""
    if not table.separator:
        return "."
    if table.separator == "," and not any("," in row[k] for row in table.rows for k in columns):
        return "."
    mark = decimal_mark((row[k] for row in table.rows for k in columns), table.separator)
    if mark is None:
        for row, cells in enumerate(table.rows):
            for k in columns:
                if "," in cells[k] or "." in cells[k]:
                    raise InputError(
                        f"{table.name}, {table.place(k, row)}: {shown(cells[k])} may have a decimal mark or a "
                        "separator of thousands, and no other number tells which; write one with fewer or more decimals"
                    )
    return mark or "."


def _texts(table: Table, k: int) -> list[str]:
    for row, reason in _unusable(table, k):
        table.fault(row, k, reason)
    return table.column(k)


def _unusable(table: Table, k: int) -> Iterable[tuple[int, str]]:
    return [(row, reason) for (row, column), reason in table.unusable.items() if column == k]


def _numbers(table: Table, k: int, name: str, quantity: Quantity, unit: str, mark: str) -> Readings:
    where = f"{table.name}, {table.place(k)}"
    wanted = " or ".join(column_name(name, u) for u in quantity.units)
    spellings = quantity.spellings()
    unit = unit or spellings.get(plain_unit(table.units[k]), table.units[k])
    if unit and unit not in quantity.units:
        if not quantity.units:
            raise InputError(f"{where}: {name} is a pure number, {shown(unit)} is no unit of it; leave the unit out")
        raise InputError(f"{where}: {shown(unit)} is not a unit of {name}; write {wanted}")
    texts = table.column(k)
    found = Readings.empty(texts, quantity.unit)
    found.given.update([unit] if unit else [])
    refused, bare, filled = dict(_unusable(table, k)), 0, 0
    reasons: dict[int, str] = {}
    plain = _plain(found, quantity, unit) if mark == "." and not (quantity.units and not unit) else set()
    for row, text in enumerate(texts):
        if row in refused:
            reason: str | None = refused[row]
        elif row in plain or text.lower() in NOTHING:
            continue
        else:
            reason, is_bare = _one(found, row, name, quantity, text, unit, mark, spellings)
            bare += is_bare
        filled += 1
        if reason is not None:
            reasons[row] = reason
    if bare and bare == filled and not plain:
        raise InputError(f"{where}: {name} has no unit; write {wanted}, or a row of units below the header")
    for row, reason in reasons.items():
        found.refuse(row, reason)
        table.fault(row, k, reason)
    return found


def _plain(found: Readings, quantity: Quantity, unit: str) -> set[int]:
    """Read the plain numbers of a column that are plausible, all at once; gives their rows."""
    written = found.written
    values = np.full(len(written), np.nan)
    if set("".join(written)) <= OF_NUMBERS:  # most columns are nothing but numbers and blanks
        with suppress(ValueError):
            values = np.array([text or "nan" for text in written], float)
    if np.isnan(values).all():
        rows = [row for row, text in enumerate(written) if PLAIN.fullmatch(text)]
        values[rows] = [float(written[row]) for row in rows]
    values *= quantity.units[unit] if unit else 1.0
    at = np.flatnonzero((quantity.low <= values) & (values <= quantity.high))
    found.low[at] = found.high[at] = values[at]
    found.state[at] = State.VALUE
    return set(at.tolist())


def _one(
    found: Readings, row: int, name: str, quantity: Quantity, text: str, unit: str, mark: str,
    spellings: dict[str, str],
) -> tuple[str | None, bool]:  # fmt: skip
    """Read a cell with all that people write around a number; gives why it is unusable, and if for want of a unit."""
    try:
        written = read_number(text, mark, spellings)
    except NotANumber as error:
        return f"{shown(text)} {error}", False
    own = spellings.get(plain_unit(written.unit), "") if written.unit else unit
    if written.unit and not own:
        return f'"{written.unit}" is not a unit of {name}; write {" or ".join(quantity.units) or "none"}', False
    if quantity.units and not own:
        return f"{name} has no unit here; write {' or '.join(quantity.units)}", True
    found.given.add(own)
    return _put(found, row, quantity, written.value, written.side, own), False


def _put(found: Readings, row: int, quantity: Quantity, value: float, side: str, unit: str) -> str | None:
    implausible = quantity.implausible(value, unit)
    if implausible:
        return implausible
    value *= quantity.units[unit] if unit else 1.0
    if not side:
        found.put(row, value, value)
        return None
    least = 0.0 if quantity.low >= 0 else -float("inf")
    if side == "<" and value <= least:
        return f"nothing is below {value:g}"
    low, high = (least, value) if side.startswith("<") else (value, float("inf"))
    found.put(row, low, high, strict="=" not in side, interval=True)
    return None


def _flags(table: Table, k: int, flag: Flag) -> Readings:
    texts = table.column(k)
    found, refused = Readings.empty(texts), dict(_unusable(table, k))
    for row, text in enumerate(texts):
        lowered = " ".join(text.lower().split())
        if row in refused:
            reason = refused[row]
        elif lowered in flag.yes or lowered in flag.no:
            value = float(lowered in flag.yes)
            found.put(row, value, value)
            continue
        elif lowered in NOTHING:
            continue
        else:
            reason = f"{shown(text)} is neither {flag.yes[0]} nor {flag.no[0]}"
        found.refuse(row, reason)
        table.fault(row, k, reason)
    return found
