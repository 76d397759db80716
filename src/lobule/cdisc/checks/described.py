"""Checks of define.xml and Dataset-JSON against the tables that they describe.

For a define.xml, `name` is the folder that it lies in.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from lobule.cdisc.checks.places import close
from lobule.cdisc.define import DEF, ODM, XLINK
from lobule.cdisc.submitted import Submitted
from lobule.cdisc.transport import Read

Words = Sequence[str]
ORDER = ("Standards", "AnnotatedCRF", "SupplementalDoc", "ValueListDef", "WhereClauseDef", "ItemGroupDef", "ItemDef",
         "CodeList", "MethodDef", "CommentDef", "leaf")  # fmt: skip
NEEDED = {  # attributes of each element
    "ODM": ("FileOID", "FileType", "ODMVersion", "CreationDateTime", "Context"),
    "MetaDataVersion": ("OID", "Name", "DefineVersion"),
    "Standard": ("OID", "Name", "Type", "Version", "Status"),
    "ItemGroupDef": ("OID", "Name", "Repeating", "IsReferenceData", "Purpose", "Structure", "SASDatasetName",
                     "ArchiveLocationID"),
    "ItemRef": ("ItemOID", "OrderNumber", "Mandatory"), "ItemDef": ("OID", "Name", "DataType"),
    "CodeList": ("OID", "Name", "DataType"), "MethodDef": ("OID", "Name", "Type"), "CommentDef": ("OID",),
    "WhereClauseDef": ("OID",), "ValueListDef": ("OID",), "RangeCheck": ("Comparator", "SoftHard", "ItemOID"),
    "Origin": ("Type",), "leaf": ("ID", "href"),
}  # fmt: skip
REFERENCES = {  # attribute that refers: (element, its attribute) that is referred to
    "ItemOID": ("ItemDef", "OID"), "MethodOID": ("MethodDef", "OID"), "CodeListOID": ("CodeList", "OID"),
    "CommentOID": ("CommentDef", "OID"), "WhereClauseOID": ("WhereClauseDef", "OID"),
    "ValueListOID": ("ValueListDef", "OID"), "ArchiveLocationID": ("leaf", "ID"), "StandardOID": ("Standard", "OID"),
}  # fmt: skip
VERSION = r"1\.1(\.\d+)?"
HEAD = ("datasetJSONCreationDateTime", "datasetJSONVersion", "itemGroupOID", "records", "name", "label", "columns")


def _plain(tag: str) -> str:
    return tag.rpartition("}")[2]


def _given(element: ET.Element) -> dict[str, str]:
    """Attributes without their name spaces."""
    return {_plain(name): value for name, value in element.attrib.items()}


def _root(given: Submitted, name: str) -> ET.Element | None:
    return given.defines.get(Path(name))


def _every(root: ET.Element, tag: str) -> Iterator[ET.Element]:
    return (element for element in root.iter() if _plain(element.tag) == tag)


def _tables(given: Submitted, name: str) -> dict[str, Read]:
    return {table: read for table, read in given.tables.items() if given.files[table].parent == Path(name)}


def define_there(given: Submitted, name: str, of: Words) -> Iterator[str]:
    """There is a define.xml, and it is XML of ODM with one description of Define-XML 2.1."""
    root = _root(given, name)
    if root is None:
        yield "define.xml is no XML" if Path(name) in given.defines else "define.xml is missing"
        return
    versions = [_given(one).get("DefineVersion", "") for one in root.iter(f"{{{ODM}}}MetaDataVersion")]
    if root.tag != f"{{{ODM}}}ODM" or len(versions) != 1 or not re.fullmatch(r"2\.1\.\d+", versions[0]):
        yield f"{_plain(root.tag)}, DefineVersion {', '.join(versions) or 'none'}"


def define_order(given: Submitted, name: str, of: Words) -> Iterator[str]:
    """Elements of MetaDataVersion stand in the order of the schema."""
    root = _root(given, name)
    for meta in _every(root, "MetaDataVersion") if root is not None else ():
        tags = [_plain(child.tag) for child in meta]
        yield from (f"{tag} is no element of MetaDataVersion" for tag in dict.fromkeys(tags) if tag not in ORDER)
        known = [tag for tag in tags if tag in ORDER]
        for before, after in pairwise(known):
            if ORDER.index(before) > ORDER.index(after):
                yield f"{after} stands behind {before}"


def define_attributes(given: Submitted, name: str, of: Words) -> Iterator[str]:
    """Elements have the attributes that they need; text, whole and other numbers have a length."""
    root = _root(given, name)
    for element in root.iter() if root is not None else ():
        tag, found = _plain(element.tag), _given(element)
        needed = NEEDED.get(tag, ())
        if tag == "ItemDef" and found.get("DataType") in ("text", "integer", "float"):
            needed = (*needed, "Length", *(("SignificantDigits",) if found["DataType"] == "float" else ()))
        said = found.get("OID") or found.get("ID") or found.get("ItemOID") or ""
        yield from (f"{tag} {said} has no {one}" for one in needed if not found.get(one))


def define_references(given: Submitted, name: str, of: Words) -> Iterator[str]:
    """What is referred to is there, and each identifier stands once."""
    root = _root(given, name)
    if root is None:
        return
    known: dict[tuple[str, str], list[str]] = {}
    for element in root.iter():
        for attribute in ("OID", "ID"):
            if attribute in _given(element):
                known.setdefault((_plain(element.tag), attribute), []).append(_given(element)[attribute])
    for (tag, _), values in known.items():
        yield from (f"{tag} {one} stands twice" for one in dict.fromkeys(values) if values.count(one) > 1)
    for element in root.iter():
        for attribute, target in REFERENCES.items():
            value = _given(element).get(attribute)
            if value is not None and value not in known.get(target, ()):
                yield f"{_plain(element.tag)} refers to {target[0]} {value}, which is not there"


def define_tables(given: Submitted, name: str, of: Words) -> Iterator[str]:
    """Each table has its description, with a label, a class and the file that it lies in."""
    root = _root(given, name)
    if root is None:
        return
    groups = {_given(one).get("Name", ""): one for one in _every(root, "ItemGroupDef")}
    tables = _tables(given, name)
    yield from (f"{table} has no ItemGroupDef" for table in tables if table not in groups)
    for table, group in groups.items():
        leaves = [leaf.get(f"{{{XLINK}}}href", "") for leaf in group.iter(f"{{{DEF}}}leaf")]
        if table not in tables:
            yield f"ItemGroupDef {table} has no table"
        elif leaves != [given.files[table].name]:
            yield f"{table}, leaf {', '.join(leaves) or 'none'}"
        elif _words(group) != tables[table].label or group.find(f"{{{DEF}}}Class") is None:
            yield f'{table}, description "{_words(group)}"'


def _words(element: ET.Element) -> str:
    return element.findtext(f"{{{ODM}}}Description/{{{ODM}}}TranslatedText") or ""


def _items(root: ET.Element) -> dict[str, ET.Element]:
    return {_given(one).get("OID", ""): one for one in _every(root, "ItemDef")}


def define_variables(given: Submitted, name: str, of: Words) -> Iterator[str]:
    """Variables of a table and of its description are the same, in the same order, with the same labels."""
    root = _root(given, name)
    if root is None:
        return
    items, tables = _items(root), _tables(given, name)
    for group in _every(root, "ItemGroupDef"):
        table = tables.get(_given(group).get("Name", ""))
        if table is None:
            continue
        meant = [items[oid] for oid in (_given(ref).get("ItemOID", "") for ref in _refs(group)) if oid in items]
        names = [_given(one).get("Name", "") for one in meant]
        if names != list(table.columns):
            yield f"{table.name}: {', '.join(sorted(set(names) ^ set(table.columns))) or 'another order'}"
        for one, column in zip(meant, names, strict=True):
            if column in table.columns and _words(one) != table.columns[column].label:
                yield f'{table.name}.{column}, label "{_words(one)}"'


def _refs(group: ET.Element) -> list[ET.Element]:
    return group.findall(f"{{{ODM}}}ItemRef")


def _described(given: Submitted, name: str) -> Iterator[tuple[Read, str, ET.Element]]:
    """(table, variable, its ItemDef)."""
    root = _root(given, name)
    if root is not None:
        items, tables = _items(root), _tables(given, name)
        for group in _every(root, "ItemGroupDef"):
            table = tables.get(_given(group).get("Name", ""))
            for ref in _refs(group) if table is not None else ():
                item = items.get(_given(ref).get("ItemOID", ""))
                if item is not None and table is not None and _given(item).get("Name", "") in table.columns:
                    yield table, _given(item)["Name"], item


def define_lengths(given: Submitted, name: str, of: Words) -> Iterator[str]:
    """A text is not longer than its description says; its length is not longer than the longest text."""
    for table, column, item in _described(given, name):
        if not table.columns[column].numeric and _given(item).get("DataType") == "text":
            longest = max([1, *(len(text) for text in table.text(column))])
            if _given(item).get("Length") != str(longest):
                yield f"{table.name}.{column}, Length {_given(item).get('Length')}, longest text {longest}"


def define_codes(given: Submitted, name: str, of: Words) -> Iterator[str]:
    """Each value of a variable with a code list stands in the list."""
    root = _root(given, name)
    if root is None:
        return
    lists = {}
    for one in _every(root, "CodeList"):
        values = [
            _given(item).get("CodedValue") for item in one if _plain(item.tag) in ("EnumeratedItem", "CodeListItem")
        ]
        lists[_given(one).get("OID")] = set(values)
    for table, column, item in _described(given, name):
        ref = item.find(f"{{{ODM}}}CodeListRef")
        if ref is not None:
            known = lists.get(ref.get("CodeListOID"), set())
            missing = [text for text in dict.fromkeys(table.text(column)) if text and text not in known]
            yield from (f"{table.name}.{column}, value {text}" for text in missing)


def define_origins(given: Submitted, name: str, of: Words) -> Iterator[str]:
    """Each variable has an origin; a derived one has a method, a predecessor is named."""
    root = _root(given, name)
    if root is None:
        return
    methods = {_given(ref).get("ItemOID") for ref in _every(root, "ItemRef") if "MethodOID" in _given(ref)}
    for oid, item in _items(root).items():
        origin = item.find(f"{{{DEF}}}Origin")
        kind = "" if origin is None else _given(origin).get("Type", "")
        if origin is None:
            yield f"{oid} has no origin"
        elif (kind == "Derived" and oid not in methods) or (kind == "Predecessor" and not _words(origin)):
            yield f"{oid}, {kind}, has no {'method' if kind == 'Derived' else 'source'}"


def define_values(given: Submitted, name: str, of: Words) -> Iterator[str]:
    """AVAL is described for each PARAMCD that occurs."""
    root = _root(given, name)
    if root is None:
        return
    told: dict[str, set[str]] = {}
    for check in _every(root, "RangeCheck"):
        told.setdefault(_given(check).get("ItemOID", ""), set()).add(check.findtext(f"{{{ODM}}}CheckValue") or "")
    for table in _tables(given, name).values():
        if "PARAMCD" in table.columns:
            known = told.get(f"IT.{table.name}.PARAMCD", set())
            yield from (
                f"{table.name}, PARAMCD {code}" for code in dict.fromkeys(table.text("PARAMCD")) if code not in known
            )


def json_head(given: Submitted, name: str, of: Words) -> Iterator[str]:
    """Dataset-JSON has what its specification asks for, of version 1.1, beside each transport file."""
    found = given.texts.get(name)
    if not isinstance(found, dict):
        yield "is no Dataset-JSON" if name in given.texts else "is missing"
        return
    yield from (f"{one} is missing" for one in HEAD if one not in found)
    if not re.fullmatch(VERSION, str(found.get("datasetJSONVersion"))):
        yield f"datasetJSONVersion {found.get('datasetJSONVersion')}"
    for column in found.get("columns", ()):
        yield from (f"column {column.get('name')} has no {one}" for one in ("itemOID", "name", "label", "dataType")
                    if one not in column)  # fmt: skip


def json_same(given: Submitted, name: str, of: Words) -> Iterator[str]:
    """Dataset-JSON has the variables and values of the transport file."""
    found, table = given.texts.get(name), given.tables[name]
    if not isinstance(found, dict) or not isinstance(found.get("columns"), list):
        return
    columns, rows = [str(one.get("name")) for one in found["columns"]], found.get("rows", [])
    if columns != list(table.columns) or len(rows) != len(table) or found.get("records") != len(table):
        yield f"{len(columns)} variables, {len(rows)} rows, {found.get('records')} records"
        return
    for k, column in enumerate(columns):
        values = [row[k] for row in rows]
        if table.columns[column].numeric:
            same = close(np.array([_number(value) for value in values], float), table.number(column))
        else:
            same = np.array(values, object) == table.text(column)
        yield from (f"row {row + 1}, {column}" for row in np.flatnonzero(~same))


def _number(value: Any) -> float:
    if isinstance(value, str):
        return float((np.datetime64(value, "D") - np.datetime64("1960-01-01")).astype(int))
    return float("nan") if value is None else float(value)
