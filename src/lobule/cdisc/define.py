"""Define-XML 2.1: what each table, variable, value and code of a folder of tables means, and where it comes from."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from importlib.metadata import version

import numpy as np

from lobule.cdisc.codelists import CodeList, Lists, codelists
from lobule.cdisc.metadata import OCCURRENCES, TERMINOLOGY, VERSIONS, Standard, Variable
from lobule.cdisc.tables import Table

ODM, DEF, XLINK = "http://www.cdisc.org/ns/odm/v1.3", "http://www.cdisc.org/ns/def/v2.1", "http://www.w3.org/1999/xlink"
DEFINE_VERSION = "2.1.0"
DIGITS = 10  # of a number that is no whole one, as text
TYPES = {"text": "text", "integer": "integer", "float": "float", "date": "integer", "iso": "date"}
WITH_SOURCE = ("Assigned", "Derived", "Protocol")


@dataclass(frozen=True)
class Level:
    """What a variable holds where another has one value: `variable` of `dataset` where `by` is `value`."""

    dataset: str
    variable: str
    by: str
    value: str
    origin: str
    how: str


@dataclass
class _Parts:
    """What follows the tables in the file, in its order."""

    methods: dict[str, str] = field(default_factory=dict)
    comments: dict[str, str] = field(default_factory=dict)


def define_xml(
    standard: Standard, tables: Sequence[Table], study: str, title: str, written: datetime, levels: Sequence[Level] = ()
) -> str:
    """The text of a define.xml beside transport files.

    Parameters
    ----------
    tables : of one standard
    study, title : short and long name
    levels : value-level metadata
    """
    for prefix, space in (("", ODM), ("def", DEF), ("xlink", XLINK)):
        ET.register_namespace(prefix, space)
    root = ET.Element(_odm("ODM"), {
        "FileOID": f"{study}.{standard}.define", "FileType": "Snapshot", "ODMVersion": "1.3.2",
        "CreationDateTime": written.isoformat(timespec="seconds"), "Originator": "lobule", "SourceSystem": "lobule",
        "SourceSystemVersion": version("lobule"), _def("Context"): "Other",
    })  # fmt: skip
    of_study = ET.SubElement(root, _odm("Study"), {"OID": f"STUDY.{study}"})
    _global(of_study, study, f"{title}. Simulated: no person took part.")
    guide, edition = VERSIONS[standard]
    meta = ET.SubElement(of_study, _odm("MetaDataVersion"), {
        "OID": f"MDV.{study}.{standard}", "Name": f"{study}, {standard}",
        "Description": f"Simulated data of {study} after {guide} {edition}", _def("DefineVersion"): DEFINE_VERSION,
    })  # fmt: skip
    _standards(meta, standard)
    lists, parts = codelists(tables), _Parts()
    here = [level for level in levels if level.dataset in {table.dataset.name for table in tables}]
    _value_lists(meta, tables, here)
    for table in tables:
        _item_group(meta, table, parts)
    for table in tables:
        for one in table.variables:
            _item(meta, table, one, lists, here, parts)
    for table in tables:
        for level in here:
            if level.dataset == table.dataset.name:
                _value_item(meta, table, level, parts)
    for codes in lists.listed.values():
        _codelist(meta, codes)
    _methods_and_comments(meta, parts)
    ET.indent(root, " ")
    text = ET.tostring(root, encoding="unicode", xml_declaration=False)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'


def _odm(name: str) -> str:
    return f"{{{ODM}}}{name}"


def _def(name: str) -> str:
    return f"{{{DEF}}}{name}"


def _described(parent: ET.Element, text: str, tag: str = "Description") -> None:
    one = ET.SubElement(ET.SubElement(parent, _odm(tag)), _odm("TranslatedText"))
    one.set("{http://www.w3.org/XML/1998/namespace}lang", "en")
    one.text = text


def _global(study: ET.Element, name: str, title: str) -> None:
    found = ET.SubElement(study, _odm("GlobalVariables"))
    for tag, text in (("StudyName", name), ("StudyDescription", title), ("ProtocolName", name)):
        ET.SubElement(found, _odm(tag)).text = text


def _standards(meta: ET.Element, standard: Standard) -> None:
    found = ET.SubElement(meta, _def("Standards"))
    guides = [("STD.IG", *VERSIONS[standard])] + ([("STD.OCCDS", *OCCURRENCES)] if standard == "ADaM" else [])
    for oid, name, edition in guides:
        ET.SubElement(found, _def("Standard"), {"OID": oid, "Name": name, "Type": "IG", "Version": edition,
                                                "Status": "Final"})  # fmt: skip
    for package in ("SDTM", "ADaM") if standard == "ADaM" else ("SDTM",):
        ET.SubElement(found, _def("Standard"), {"OID": f"STD.CT.{package}", "Name": "CDISC/NCI", "Type": "CT",
                                                "PublishingSet": package, "Version": TERMINOLOGY,
                                                "Status": "Final"})  # fmt: skip


def _value_lists(meta: ET.Element, tables: Sequence[Table], levels: Sequence[Level]) -> None:
    of: dict[tuple[str, str], list[Level]] = {}
    for level in levels:
        of.setdefault((level.dataset, level.variable), []).append(level)
    for (dataset, variable), some in of.items():
        found = ET.SubElement(meta, _def("ValueListDef"), {"OID": f"VL.{dataset}.{variable}"})
        for k, level in enumerate(some, start=1):
            name = f"{dataset}.{variable}.{level.value}"
            attributes = {"ItemOID": f"IT.{name}", "OrderNumber": str(k), "Mandatory": "No"}
            if level.origin == "Derived":
                attributes["MethodOID"] = f"MT.{name}"
            one = ET.SubElement(found, _odm("ItemRef"), attributes)
            ET.SubElement(one, _def("WhereClauseRef"), {"WhereClauseOID": f"WC.{dataset}.{level.by}.{level.value}"})
    seen = set()
    for level in levels:
        oid = f"WC.{level.dataset}.{level.by}.{level.value}"
        if oid not in seen:
            seen.add(oid)
            clause = ET.SubElement(meta, _def("WhereClauseDef"), {"OID": oid})
            check = ET.SubElement(clause, _odm("RangeCheck"), {
                "SoftHard": "Soft", "Comparator": "EQ", _def("ItemOID"): f"IT.{level.dataset}.{level.by}",
            })  # fmt: skip
            ET.SubElement(check, _odm("CheckValue")).text = level.value


def _item_group(meta: ET.Element, table: Table, parts: _Parts) -> None:
    own, name = table.dataset, table.dataset.name
    attributes = {
        "OID": f"IG.{name}", "Name": name, "Repeating": "No" if own.structure == "One record per subject" else "Yes",
        "IsReferenceData": "No", "SASDatasetName": name,
        "Purpose": "Analysis" if own.standard == "ADaM" else "Tabulation", _def("Structure"): own.structure,
        _def("StandardOID"): "STD.OCCDS" if own.klass.startswith("OCCURRENCE") else "STD.IG",
        _def("ArchiveLocationID"): f"LF.{name}",
    }  # fmt: skip
    if own.standard == "SDTM":
        attributes["Domain"] = name
    found = ET.SubElement(meta, _odm("ItemGroupDef"), attributes)
    _described(found, own.label)
    for k, one in enumerate(table.variables, start=1):
        _item_ref(found, table, one, k, parts)
    klass = ET.SubElement(found, _def("Class"), {"Name": own.klass})
    if own.subclass:
        ET.SubElement(klass, _def("SubClass"), {"Name": own.subclass})
    leaf = ET.SubElement(found, _def("leaf"), {"ID": f"LF.{name}", f"{{{XLINK}}}href": f"{name.lower()}.xpt"})
    ET.SubElement(leaf, _def("title")).text = f"{name.lower()}.xpt"


def _item_ref(group: ET.Element, table: Table, one: Variable, number: int, parts: _Parts) -> None:
    name, keys = f"{table.dataset.name}.{one.name}", table.dataset.key_variables
    attributes = {
        "ItemOID": f"IT.{name}",
        "OrderNumber": str(number),
        "Mandatory": "Yes" if one.core == "Req" else "No",
    }
    if one.name in keys:
        attributes["KeySequence"] = str(keys.index(one.name) + 1)
    if one.origin == "Derived":
        attributes["MethodOID"] = f"MT.{name}"
        parts.methods[name] = one.how
    if _empty(table, one):
        attributes[_def("HasNoData")] = "Yes"
    ET.SubElement(group, _odm("ItemRef"), attributes)


def _empty(table: Table, one: Variable) -> bool:
    column = table.frame[one.name]
    return bool((column == "").all() if column.dtype.kind == "O" else column.isna().all())


def _size(table: Table, one: Variable) -> dict[str, str]:
    """Length, and digits behind the point, of a variable's values as text."""
    if one.type == "iso":
        return {}
    if not one.numeric:
        return {"Length": str(table.length(one.name))}
    if one.type == "date":
        return {"Length": "8", _def("DisplayFormat"): "DATE9."}
    values = table.frame[one.name].to_numpy(float)
    texts = [f"{value:.{DIGITS}g}" for value in values[np.isfinite(values)]] or ["0"]
    found = {"Length": str(max(map(len, texts)))}
    if one.type == "float":
        found["SignificantDigits"] = str(max(len(text.partition(".")[2]) for text in texts))
    return found


def _item(
    meta: ET.Element, table: Table, one: Variable, lists: Lists, levels: Sequence[Level], parts: _Parts
) -> None:  # fmt: skip
    name = f"{table.dataset.name}.{one.name}"
    attributes = {"OID": f"IT.{name}", "Name": one.name, "DataType": TYPES[one.type], "SASFieldName": one.name,
                  **_size(table, one)}  # fmt: skip
    if one.origin in ("Assigned", "Protocol", "Other", "Not Available"):
        attributes[_def("CommentOID")] = f"COM.{name}"
        parts.comments[name] = one.how
    found = ET.SubElement(meta, _odm("ItemDef"), attributes)
    _described(found, one.label)
    codes = lists.of.get((table.dataset.name, one.name))
    if codes:
        ET.SubElement(found, _odm("CodeListRef"), {"CodeListOID": f"CL.{codes}"})
    _origin(found, one.origin, one.how)
    if any((level.dataset, level.variable) == (table.dataset.name, one.name) for level in levels):
        ET.SubElement(found, _def("ValueListRef"), {"ValueListOID": f"VL.{name}"})


def _origin(item: ET.Element, origin: str, how: str) -> None:
    found = ET.SubElement(item, _def("Origin"), {"Type": origin})
    if origin in WITH_SOURCE:
        found.set("Source", "Sponsor")
    if origin == "Predecessor":
        _described(found, how)
    elif origin == "Other":
        _described(found, "Simulated")


def _value_item(meta: ET.Element, table: Table, level: Level, parts: _Parts) -> None:
    name = f"{level.dataset}.{level.variable}.{level.value}"
    here = Table(table.dataset, table.frame[table.frame[level.by] == level.value], table.variables)
    one = next(one for one in table.variables if one.name == level.variable)
    found = ET.SubElement(meta, _odm("ItemDef"), {
        "OID": f"IT.{name}", "Name": one.name, "DataType": TYPES[one.type], "SASFieldName": one.name,
        **_size(here, one),
    })  # fmt: skip
    _described(found, f"{one.label}, {level.value}")
    _origin(found, level.origin, level.how)
    if level.origin == "Derived":
        parts.methods[name] = level.how


def _codelist(meta: ET.Element, one: CodeList) -> None:
    attributes = {"OID": f"CL.{one.name}", "Name": one.title, "DataType": one.type}
    if one.package:
        attributes[_def("StandardOID")] = f"STD.CT.{one.package}"
    else:
        attributes[_def("IsNonStandard")] = "Yes"
    found = ET.SubElement(meta, _odm("CodeList"), attributes)
    for k, item in enumerate(one.items, start=1):
        tag = "EnumeratedItem" if item.decode is None else "CodeListItem"
        entry = ET.SubElement(found, _odm(tag), {"CodedValue": item.value, "OrderNumber": str(k)})
        if one.package and not item.code:
            entry.set(_def("ExtendedValue"), "Yes")
        if item.decode is not None:
            _described(entry, item.decode, "Decode")
        if item.code:
            ET.SubElement(entry, _odm("Alias"), {"Context": "nci:ExtCodeID", "Name": item.code})
    if one.code:
        ET.SubElement(found, _odm("Alias"), {"Context": "nci:ExtCodeID", "Name": one.code})


def _methods_and_comments(meta: ET.Element, parts: _Parts) -> None:
    for name, how in parts.methods.items():
        found = ET.SubElement(meta, _odm("MethodDef"), {"OID": f"MT.{name}", "Name": f"Algorithm of {name}",
                                                        "Type": "Computation"})  # fmt: skip
        _described(found, how)
    for name, how in parts.comments.items():
        _described(ET.SubElement(meta, _def("CommentDef"), {"OID": f"COM.{name}"}), how)
