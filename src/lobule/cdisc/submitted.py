"""A folder of tables of submission as a reader finds it: transport files, Dataset-JSON, define.xml."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lobule.cdisc.transport import Read, read_transport
from lobule.errors import ResultsError
from lobule.keeping import shown

PLACES = ("sdtm", "adam")
DEFINE = "define.xml"
FINDINGS = ("LB", "FA", "CV", "MI", "QS")


@dataclass
class Submitted:
    """Tables of a folder.

    Attributes
    ----------
    tables : by name, in capitals; files : where each lies
    defines : {folder of tables: the root of its define.xml, None where it is no XML}; one that is missing is left out
    texts : {table: its Dataset-JSON}, where there is one; None where it is no JSON
    """

    tables: dict[str, Read]
    files: dict[str, Path]
    defines: dict[Path, ET.Element | None] = field(default_factory=dict)
    texts: dict[str, Any] = field(default_factory=dict)

    @property
    def adam(self) -> list[str]:
        """Names of tables of ADaM."""
        return [name for name in self.tables if name.startswith("AD")]

    @property
    def sdtm(self) -> list[str]:
        """Names of tables of SDTM."""
        return [name for name in self.tables if len(name) == 2]

    def of(self, kind: str) -> Iterator[str]:
        """Names of the tables that a rule is about: every, ADaM, SDTM, BDS, findings, or names with spaces."""
        if kind == "every":
            yield from self.tables
        elif kind == "ADaM":
            yield from self.adam
        elif kind == "SDTM":
            yield from self.sdtm
        elif kind == "BDS":
            yield from (name for name in self.adam if "PARAMCD" in self.tables[name].columns)
        elif kind == "findings":
            yield from (name for name in self.sdtm if f"{name}TESTCD" in self.tables[name].columns)
        else:
            yield from (name for name in kind.split() if name in self.tables)


def read_submitted(folder: Path) -> Submitted:
    """The tables of a trial's folder (sdtm/ and adam/ in it), or of any folder with transport files.

    Raises
    ------
    ResultsError : no transport file there, or a damaged one. NotInstalled : pyreadstat is not there.
    """
    places = [folder / name for name in PLACES if (folder / name).is_dir()] or [folder]
    found = Submitted({}, {})
    for place in places:
        for path in sorted(place.glob("*.xpt")):
            name = path.stem.upper()
            found.tables[name], found.files[name] = read_transport(path), path
            text = path.with_suffix(".json")
            if text.is_file():
                found.texts[name] = _json(text)
        if (place / DEFINE).is_file():
            found.defines[place] = _xml(place / DEFINE)
    if not found.tables:
        raise ResultsError(
            f"{shown(folder)} holds no transport files (sdtm/*.xpt, adam/*.xpt, *.xpt); lobule trial writes them, also "
            "of a trial that was run before: run it again"
        )
    return found


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, OSError):
        return None


def _xml(path: Path) -> ET.Element | None:
    try:
        return ET.fromstring(path.read_bytes())
    except (ET.ParseError, OSError):
        return None
