"""YAML text as plain data that knows its lines; what a description does not need is refused before anything is built.

No anchors, aliases, merge keys or tags (they let a small file grow without bound, or hold itself), one document, names
of fields are text, no field twice, bounded bytes, depth and number of values. Only what looks like a decimal number is
a number: `0x7`, `1_0` and digits of other scripts are text, and a schema then says so.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NoReturn

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from lobule.errors import InputError, LobuleError, shortened, shown, together

MOST_VALUES = 10_000
MOST_DEPTH = 40
MOST_DIGITS = 100
Field = tuple[str | int, ...]

INTEGER = re.compile(r"[-+]?[0-9]+")
DECIMAL = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
SPECIAL = {".nan": "nan", ".inf": "inf", "+.inf": "inf", "-.inf": "-inf"}
DATE = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})([Tt ].*)?")
CONSTANTS = {"": None, "~": None, "null": None, "Null": None, "NULL": None,
             "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}  # fmt: skip
# Everything that is no printable character, no tab and no end of a line; also what other programs take for one.
UNWANTED = re.compile("[^\t\n\r\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
LINE_END = re.compile(r"\r\n|\r|\n")
UTF_16 = (b"\xff\xfe", b"\xfe\xff")
OTHERS = {b"\x1f\x8b": "compressed", b"PK\x03\x04": "a zip archive or a workbook", b"%PDF": "a PDF"}


@dataclass(frozen=True)
class Tree:
    """A file as plain data, or plain data of another origin, which has no lines.

    Attributes
    ----------
    name : of the file, for messages
    data : mappings, lists, text, numbers, truth values, dates and None
    lines : {field: line of its name in the file, from 1 on}
    written : {field: a single value as it stands in the file}
    """

    name: str
    data: dict[str, Any]
    lines: dict[Field, int] = field(default_factory=dict)
    written: dict[Field, str] = field(default_factory=dict)

    def _at(self, place: Field) -> Any:
        node: Any = self.data
        for key in place:
            node = node[key]
        return node

    def place(self, field: Field) -> Field:
        """A field as it stands in the file, down to the deepest part that is there."""
        return walked(self.data, field)[1]

    def known(self, field: Field) -> Field:
        """A field without what is not in the file."""
        return field[: walked(self.data, field)[0]]

    def mistake(self, error: LobuleError) -> LobuleError:
        """The same error, or all that it carries in the order of their lines, with file, line and field in front.

        Of a field that is missing, the line is that of its section.
        """
        return together(sorted(map(self._placed, error.mistakes), key=lambda one: one.line or 0))

    def _placed(self, error: LobuleError) -> LobuleError:
        known, at = walked(self.data, error.field)
        inside = isinstance(self._at(at), dict)  # a single value has no fields that could be missing
        named = [*at, *error.field[known : known + inside]]
        line = self.lines.get(at, 1) if self.lines else None
        where = self.name if line is None else f"{self.name}, line {line}"
        if named:
            where += ", " + ".".join(shown(key, 60)[1:-1] if isinstance(key, str) else str(key) for key in named)
        found = InputError(f"{where}: {shortened(str(error))}", error.field)
        found.file, found.line = self.name, line
        return found

    @contextmanager
    def naming(self, *outer: str | int) -> Iterator[None]:
        """Errors raised inside are about what stands below the field `outer`, and say where that is."""
        try:
            yield
        except LobuleError as error:
            raise self.mistake(error.within(*outer)) from error


def walked(data: Any, field: Field) -> tuple[int, Field]:
    """How many keys of a field are in plain data, and how they stand there."""
    node: Any = data
    at: Field = ()
    for count, key in enumerate(field):
        if isinstance(key, int) and not isinstance(node, list):
            continue  # a list of one entry that is written without its list
        if not (0 <= key < len(node) if isinstance(key, int) else isinstance(node, dict) and key in node):
            return count, at
        at, node = (*at, key), node[key]
    return len(field), at


def parse(content: bytes | str, name: str, what: str, fields: str) -> Tree:
    """Read the content of a YAML file that describes one thing.

    Parameters
    ----------
    name : of the file, for messages
    what, fields : for the message when it is none, such as "a scenario" and "subject, plan and until"

    Raises
    ------
    InputError : not UTF-8, not YAML, no mapping; one sentence with the line.
    """
    text = content if isinstance(content, str) else _decoded(content, name)
    odd = UNWANTED.search(text)
    if odd is not None:
        line = len(LINE_END.findall(text, 0, odd.start())) + 1
        raise InputError(f"{name}, line {line}: the character U+{ord(odd[0]):04X} has no place in a text; take it out")
    tree = _Composer(name).composed(text)
    if not isinstance(tree.data, dict):
        raise InputError(f"{name}: {what} is a list of fields such as {fields}")
    return tree


def _decoded(content: bytes, name: str) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        kind = next((kind for mark, kind in OTHERS.items() if content.startswith(mark)), None)
        if kind is None and b"\0" in content and not content.startswith(UTF_16):
            kind = "binary"
        if kind is not None:
            raise InputError(f"{name} is {kind}, not a text file") from error
        line = content.count(b"\n", 0, error.start) + 1
        guess = "UTF-16" if content.startswith(UTF_16) else "Windows-1252 or Latin-1"
        raise InputError(
            f"{name}, line {line}: the file is not in UTF-8 (more likely {guess}); save it as UTF-8"
        ) from error


class _Composer:
    """Builds a tree from the parser's events, counting as it goes."""

    def __init__(self, name: str) -> None:
        self.name, self.count = name, 0
        self.lines: dict[Field, int] = {}
        self.written: dict[Field, str] = {}

    def composed(self, text: str) -> Tree:
        events = self._events(text)
        data = None
        for event in events:
            if isinstance(event, DocumentStartEvent):
                if self.count:
                    self._refuse(event, "a second document begins; one file describes one thing")
                if event.version not in (None, (1, 2)):
                    self._refuse(event, "this is YAML 1.2; leave the %YAML line out")
                if event.tags:
                    self._refuse(event, "tags have no meaning here; leave the %TAG line out")
                data = self._value(next(events), events, (), 1)
        return Tree(self.name, data, self.lines, self.written)  # type: ignore[arg-type]  # `parse` looks at data

    def _events(self, text: str) -> Iterator[Event]:
        loader = YAML(typ="safe", pure=True)
        try:
            yield from loader.parse(text)
        except InputError:
            raise
        except MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            line = f", line {mark.line + 1}" if mark else ""
            problem = " ".join(str(error.problem or error.context or "it cannot be read").split())
            raise InputError(f"{self.name}{line}: not valid YAML: {shortened(problem)}") from error
        except Exception as error:  # a foreign parser on a foreign text: whatever it raises, the text is at fault
            raise InputError(f"{self.name}: not valid YAML: {shortened(str(error) or type(error).__name__)}") from error

    def _refuse(self, event: Event, text: str) -> NoReturn:
        raise InputError(f"{self.name}, line {event.start_mark.line + 1}: {text}")

    def _value(self, event: Any, events: Iterator[Event], at: Field, depth: int) -> Any:
        self.count += 1
        if self.count > MOST_VALUES:
            self._refuse(event, f"the file has more than {MOST_VALUES} values")
        if isinstance(event, AliasEvent) or event.anchor is not None:
            self._refuse(event, "anchors (&) and aliases (*) are not read; write it out, or put the text into quotes")
        if event.tag is not None:
            tag = str(event.tag).replace("tag:yaml.org,2002:", "!!")
            self._refuse(event, f"the tag {shown(tag)} is not read; leave it out, or put the text into quotes")
        if depth > MOST_DEPTH:
            self._refuse(event, f"lists or fields are nested more than {MOST_DEPTH} deep")
        if isinstance(event, MappingStartEvent):
            return self._mapping(events, at, depth)
        if isinstance(event, SequenceStartEvent):
            return self._sequence(events, at, depth)
        return self._scalar(event, at)

    def _mapping(self, events: Iterator[Event], at: Field, depth: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for event in events:
            if isinstance(event, MappingEndEvent):
                break
            line = event.start_mark.line + 1
            if not isinstance(event, ScalarEvent):
                self._refuse(event, "a list or a group of fields cannot be the name of a field")
            key = self._value(event, events, (*at, "?"), depth)
            self.written.pop((*at, "?"))
            if event.value == "<<" and event.implicit[0]:
                self._refuse(event, "merge keys (<<) are not read; write the fields out")
            if not isinstance(key, str):
                self._refuse(event, f"the name of a field is text, not {shown(event.value)}")
            if key in found:
                first = self.lines[(*at, key)]
                self._refuse(event, f"the field {shown(key)} stands here twice, first in line {first}")
            self.lines[(*at, key)] = line
            found[key] = self._value(next(events), events, (*at, key), depth + 1)
        return found

    def _sequence(self, events: Iterator[Event], at: Field, depth: int) -> list[Any]:
        found: list[Any] = []
        for event in events:
            if isinstance(event, SequenceEndEvent):
                break
            here = (*at, len(found))
            self.lines[here] = event.start_mark.line + 1
            found.append(self._value(event, events, here, depth + 1))
        return found

    def _scalar(self, event: ScalarEvent, at: Field) -> Any:
        self.written[at] = text = event.value
        plain = event.implicit[0]
        if not plain:
            return self._text(event, text)
        if text in CONSTANTS:
            return CONSTANTS[text]
        if text.lower() in SPECIAL:
            return float(SPECIAL[text.lower()])
        if DECIMAL.fullmatch(text):
            if len(text) > MOST_DIGITS:
                self._refuse(event, f"a number of {len(text)} characters; write it as 1e10")
            return int(text) if INTEGER.fullmatch(text) else float(text)
        date = DATE.fullmatch(text)
        if date is not None:
            try:
                return datetime.date(int(date[1]), int(date[2]), int(date[3]))
            except ValueError:
                return text
        return self._text(event, text)

    def _text(self, event: ScalarEvent, text: str) -> str:
        odd = UNWANTED.search(text)
        if odd is not None:
            self._refuse(event, f"the character U+{ord(odd[0]):04X} has no place in a text; take it out")
        return text
