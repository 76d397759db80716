"""A define.xml as a page: tables, variables, values, code lists, each with where it comes from."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Mapping
from typing import Any

from lobule.report.page import render

PAGE = """<!doctype html>
<html lang="en"><head>{{ head }}<title>{{ s.title }}</title>
<style>{{ style }} td:first-child { white-space: nowrap; }
.long td { overflow-wrap: anywhere; } .long td:nth-child(2) { min-width: 12em; }</style></head>
<body><main>
<h1>{{ s.title }}</h1><p class="lead">{{ s.about }}</p>
<p class="note">{{ s.standards }}; Define-XML {{ s.version }}. This page is define.xml for people.</p>
<nav class="screen" aria-label="Contents">
{% for t in s.tables %}<a href="#{{ t.name }}">{{ t.name }}</a> {% endfor %}
{% if s.levels %}<a href="#values">values</a>{% endif %} <a href="#lists">code lists</a></nav>
<h2>Tables</h2>
<div class="wide"><table><thead><tr><th>table</th><th>label</th><th>class</th><th>structure</th>
<th>keys</th><th>file</th></tr></thead><tbody>
{% for t in s.tables %}<tr><td><a href="#{{ t.name }}">{{ t.name }}</a></td>
<td>{{ t.label }}</td><td>{{ t.klass }}</td><td>{{ t.structure }}</td><td>{{ t.keyed|join(", ") }}</td>
<td><a href="{{ t.file }}">{{ t.file }}</a></td></tr>{% endfor %}</tbody></table></div>
{% for t in s.tables %}<h2 id="{{ t.name }}">{{ t.name }}: {{ t.label }}</h2>
{{ rows(t.variables, "variable") }}{% endfor %}
{% if s.levels %}<h2 id="values">Values</h2>
{% for level in s.levels %}<h3>{{ level.name }}</h3>{{ rows(level.variables, "where") }}{% endfor %}{% endif %}
<h2 id="lists">Code lists</h2>{% for one in s.lists %}<h3 id="{{ one.oid }}">{{ one.name }} {{ one.code }}</h3>
<div class="wide"><table class="long"><thead><tr><th>value</th><th>meaning</th><th>code</th></tr></thead><tbody>
{% for item in one.entries %}<tr><td>{{ item.value }}</td><td>{{ item.meaning }}</td><td>{{ item.code }}</td></tr>
{% endfor %}</tbody></table></div>{% endfor %}
</main></body></html>
"""
ROWS = """<div class="wide"><table class="long"><thead><tr><th>{{ first }}</th><th>label</th><th>type</th>
<th class="n">length</th><th>terms</th><th>origin, and how</th></tr></thead><tbody>
{% for v in variables %}<tr><td>{{ v.name }}{% if v.key %}
<span class="note">key {{ v.key }}</span>{% endif %}</td>
<td>{{ v.label }}</td><td>{{ v.type }}</td><td class="n">{{ v.length }}</td>
<td>{% if v.list %}<a href="#{{ v.list }}">list</a>{% endif %}
{% if v.leveled %}<a href="#values">values</a>{% endif %}</td>
<td>{{ v.origin }}{% if v.how %}: {{ v.how }}{% endif %}{% if v.empty %}
<span class="note">(empty)</span>{% endif %}</td>
</tr>{% endfor %}</tbody></table></div>"""
SPACES = {"o": "http://www.cdisc.org/ns/odm/v1.3", "d": "http://www.cdisc.org/ns/def/v2.1",
          "x": "http://www.w3.org/1999/xlink"}  # fmt: skip


def page(text: str) -> str:
    """The page of a define.xml.

    Parameters
    ----------
    text : of the define.xml
    """
    from markupsafe import Markup

    def rows(variables: list[dict[str, Any]], first: str) -> Markup:
        return Markup(render(ROWS, variables=variables, first=first))

    return render(PAGE, s=story(text), rows=rows)


def story(text: str) -> dict[str, Any]:
    """What the page tells, as plain data."""
    meta = ET.fromstring(text.encode()).find("o:Study/o:MetaDataVersion", SPACES)
    assert meta is not None
    items = {one.get("OID", ""): one for one in meta.iterfind("o:ItemDef", SPACES)}
    how = {one.get("OID", ""): _words(one) for kind in ("o:MethodDef", "d:CommentDef")
           for one in meta.iterfind(kind, SPACES)}  # fmt: skip
    where = {one.get("OID", ""): _clause(one, items) for one in meta.iterfind("d:WhereClauseDef", SPACES)}
    about = ET.fromstring(text.encode()).findtext("o:Study/o:GlobalVariables/o:StudyDescription", "", SPACES)
    standards = [" ".join(filter(None, (one.get("Name"), one.get("PublishingSet"), one.get("Version"))))
                 for one in meta.iterfind("d:Standards/d:Standard", SPACES)]  # fmt: skip
    return {
        "title": meta.get("Description", ""), "about": about, "version": meta.get(_d("DefineVersion"), ""),
        "standards": ", ".join(standards),
        "tables": [_table(one, items, how) for one in meta.iterfind("o:ItemGroupDef", SPACES)],
        "levels": [{"name": one.get("OID", "").removeprefix("VL."), "variables": _rows(one, items, how, where)}
                   for one in meta.iterfind("d:ValueListDef", SPACES)],
        "lists": [_list(one) for one in meta.iterfind("o:CodeList", SPACES)],
    }  # fmt: skip


def _d(name: str) -> str:
    return f"{{{SPACES['d']}}}{name}"


def _words(element: ET.Element) -> str:
    return element.findtext("o:Description/o:TranslatedText", "", SPACES)


def _clause(clause: ET.Element, items: Mapping[str, ET.Element]) -> str:
    checks = clause.findall("o:RangeCheck", SPACES)
    return " and ".join(
        f"{items[check.get(_d('ItemOID'), '')].get('Name')} {check.findtext('o:CheckValue', '', SPACES)}"
        for check in checks
    )


def _table(group: ET.Element, items: Mapping[str, ET.Element], how: Mapping[str, str]) -> dict[str, Any]:
    variables = _rows(group, items, how, {})
    keys = sorted((one for one in variables if one["key"]), key=lambda one: int(one["key"]))
    klass, leaf = group.find("d:Class", SPACES), group.find("d:leaf", SPACES)
    return {
        "name": group.get("Name", ""), "label": _words(group), "structure": group.get(_d("Structure"), ""),
        "klass": "" if klass is None else klass.get("Name", "").lower(), "keyed": [one["name"] for one in keys],
        "file": "" if leaf is None else leaf.get(f"{{{SPACES['x']}}}href", ""), "variables": variables,
    }  # fmt: skip


def _rows(
    group: ET.Element, items: Mapping[str, ET.Element], how: Mapping[str, str], where: Mapping[str, str]
) -> list[dict[str, Any]]:
    """A row a variable of a table, or a value of a variable."""
    found = []
    for ref in group.iterfind("o:ItemRef", SPACES):
        item = items[ref.get("ItemOID", "")]
        origin, codes = item.find("d:Origin", SPACES), item.find("o:CodeListRef", SPACES)
        clause = ref.find("d:WhereClauseRef", SPACES)
        said = how.get(ref.get("MethodOID", "")) or how.get(item.get(_d("CommentOID"), ""))
        named = "" if origin is None else _words(origin)
        kind = item.get("DataType", "")
        found.append({
            "name": item.get("Name") if clause is None else where[clause.get("WhereClauseOID", "")],
            "key": ref.get("KeySequence"), "label": _words(item), "length": item.get("Length", ""),
            "type": f"{kind} {item.get(_d('DisplayFormat'), '')}".strip(),
            "list": None if codes is None else codes.get("CodeListOID"),
            "leveled": item.find("d:ValueListRef", SPACES) is not None,
            "origin": "" if origin is None else origin.get("Type", ""), "how": said or named,
            "empty": ref.get(_d("HasNoData")) == "Yes",
        })  # fmt: skip
    return found


def _list(codes: ET.Element) -> dict[str, Any]:
    items = [
        {"value": one.get("CodedValue"), "meaning": one.findtext("o:Decode/o:TranslatedText", "", SPACES),
         "code": _code(one) or ("extended" if one.get(_d("ExtendedValue")) else "")}
        for kind in ("o:EnumeratedItem", "o:CodeListItem") for one in codes.iterfind(kind, SPACES)
    ]  # fmt: skip
    return {"oid": codes.get("OID"), "name": codes.get("Name"), "code": _code(codes), "entries": items}


def _code(element: ET.Element) -> str:
    alias = element.find("o:Alias", SPACES)
    return "" if alias is None else alias.get("Name", "")
