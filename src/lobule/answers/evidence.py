"""`lobule evidence`: where a number comes from, and how much of the model is measured."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from lobule.answers.answer import Answer
from lobule.answers.given import CARE, given, of_given, users_among_given
from lobule.answers.grades import evidence_summary
from lobule.answers.record import record_of
from lobule.dish import tables as dish
from lobule.errors import InputError, nearest
from lobule.evidence import citation, fact, known_ids
from lobule.model.assemble import FRAGMENTS, compiled, lines_of, units_of
from lobule.model.cargo import FRAGMENT, Component, components
from lobule.model.causes import Cause, causes, known_as
from lobule.model.parameters import Parameter, parameter_table
from lobule.model.structure import fragments

if TYPE_CHECKING:
    import pandas as pd

    from lobule.validate.check import Check


def evidence(identifier: str | None = None, *, summary: bool = False) -> Answer:
    """Where a number comes from, or with `summary` how many are measured, derived, calibrated, assumed.

    Raises
    ------
    InputError : neither an identifier nor the summary is asked for, or what `explain` refuses.
    """
    if identifier is None and not summary:
        raise InputError('name a parameter, a product or a row of evidence, or ask for the "--summary"')
    record = record_of("evidence", options={"identifier": identifier, "summary": summary})
    if identifier is None:
        whole = evidence_summary()
        lines = [
            f"  {row['parameter']:<36} {row['grade']:<11} {row['influence']:>6.2f}  {row['output']}"
            for row in whole["most_influential"]
        ]
        said = whole["sentence"].removesuffix(":") + "."
        return Answer("Evidence", said, "\n".join([whole["sentence"], *lines]), whole, record)
    found = explain(identifier)
    return Answer(identifier, f"{identifier}: where it comes from.", "\n".join(_lines(found)), found, record)


def _lines(found: Mapping[str, Any]) -> list[str]:
    lines = []
    for key, value in found.items():
        if isinstance(value, list):
            lines.append(f"{key}:")
            for item in value:
                one = item if isinstance(item, str) else "; ".join(f"{k} {v}" for k, v in item.items() if v)
                lines.append(f"  {one}")
        elif value != "":
            lines.append(f"{key:<18} {value}")
    return lines


def explain(identifier: str) -> dict[str, Any]:
    """Everything known about a parameter, a measure of tissue, a quantity of the model, a cause, a product, standard
    care or a row of evidence.

    Raises
    ------
    InputError : none of these; names the nearest.
    """
    table = parameter_table()
    if identifier in table:
        found = _parameter(table[identifier])
        other = dish.constants().get(identifier)
        return found | ({"in_a_dish": f"{other.value:g} {other.unit} ({other.grade}; {other.note})"} if other else {})
    if identifier in dish.constants():
        return _of_dish(identifier)
    if identifier in yardsticks():
        return _of_yardstick(identifier)
    if identifier in _measures().index:
        return _of_tissue(identifier)
    if identifier in known_ids():
        return _with_citation(fact(identifier)) | {"used_by": _users(identifier)}
    meant = [causes()[name] for name in _causes_meant(identifier)]
    if identifier in compiled("mouse").outputs:
        found = _of_quantity(identifier) | ({"as_a_cause": _of_cause(meant[0])["dose"]} if meant else {})
        return found | ({"as_standard_care": f"{CARE}{identifier}"} if f"{CARE}{identifier}" in given() else {})
    if meant:
        return _of_cause(meant[0])
    for name in (identifier, f"{CARE}{identifier}"):
        if name in given():
            return of_given(name, _behind)
    known = [
        *table,
        *dish.constants(),
        *yardsticks(),
        *_measures().index,
        *known_ids(),
        *causes(),
        *given(),
        *compiled("mouse").outputs,
    ]
    raise InputError(
        f'no parameter, quantity, cause, product, care or evidence "{identifier}". {nearest(identifier, known)}'
    )


def _of_quantity(name: str) -> dict[str, Any]:
    """A quantity of the model: its equation, and the parameters in it."""
    model, table = compiled("mouse"), parameter_table()
    kind = "state" if name in model.states else "reaction" if name in model.reactions else "quantity"
    owner = next((f.name for f in fragments().values() if name in (*f.states, *f.assigned, *f.reactions)), "")
    equations = equations_with(name)
    own = [e for e in equations if re.search(rf"(: |; |formula ){name}(' =| :=|:| =)", e)]
    used = dict.fromkeys(n for e in own for n in re.findall(r"\w+", e.split(": ", 1)[1]) if n in table)
    return {
        "quantity": name,
        "what": model.labels.get(name, name.replace("_", " ")),
        "kind": "term of an equation" if name in model.terms else kind,
        "unit": units_of(model).get(name, "1"),
        "module": owner,
        "defined": own,
        "used_in": [e for e in equations if e not in own],
        "parameters": [f"{n}: {table[n].grade}, {table[n].note}".removesuffix(", ") for n in used],
    }


def _parameter(parameter: Parameter) -> dict[str, Any]:
    return {
        "parameter": parameter.id,
        **{f"value_{species}": value for species, value in parameter.values.items()},
        "unit": parameter.unit,
        **{f"range_{s}": "{:g} to {:g}".format(*parameter.range(s)) for s in parameter.values},
        "range_source": parameter.range_source,
        "grade": parameter.grade,
        "note": parameter.note,
        "written_in": _file_of(parameter),
        "evidence": _behind(parameter.source),
        "equations": equations_with(parameter.id),
    }


def _causes_meant(identifier: str) -> list[str]:
    """Names of the cause that a word means."""
    known = [known_as(identifier, species) for species in ("human", "mouse")]
    return [name for name in dict.fromkeys(known) if name in causes()]


def _of_cause(one: Cause) -> dict[str, Any]:
    """A cause: whom it befalls, what it does, how much of it is usual, and where that is written."""
    usual = f"{one.dose}, every {one.every}" if one.every else one.dose
    acts = {"dose": "adds to", "switch": "sets", "infection": "sets at the onset", "resection": "leaves out of"}
    return {
        "cause": one.name,
        "what": one.title,
        "befalls": ", ".join(one.species),
        "kind": one.kind,
        "dose": f"{usual} (the usual one)",
        acts[one.kind]: [f"{name}: {amount:g} a unit of dose" for name, amount in one.targets.items()],
        "grade": one.grade,
        "note": one.note,
        "evidence": _behind(one.source.split()),
    }


def _of_dish(identifier: str) -> dict[str, Any]:
    """A constant of the dish."""
    row = dish.constants()[identifier]
    return {
        "parameter": row.id,
        "value_in_a_dish": row.value,
        "unit": row.unit,
        "range": f"{row.low:g} to {row.high:g}",
        "grade": row.grade,
        "note": row.note,
        "evidence": _behind(row.source.split()),
    }


def yardsticks() -> dict[str, Component]:
    """{name: component} of the copies that a component of the cargo needs in a cell, which are in no equation."""
    return {f"{one.name}_copies_needed": one for one in components().values() if one.copies_needed is not None}


def _of_yardstick(identifier: str) -> dict[str, Any]:
    """Copies of a component without which the copy budget calls its path not possible by count."""
    one = yardsticks()[identifier]
    assert one.copies_needed is not None
    return {
        "number": identifier,
        "what": f"copies of {one.title} in a cell that are needed: the copy budget holds what arrives against it",
        "value": one.copies_needed.value,
        "unit": "copies in a cell",
        "grade": one.copies_needed.grade,
        "note": "no equation has it; a path that never reaches a tenth of it is not possible by count",
        "written_in": f"model/cargo/{one.name}.yaml",
        "evidence": _behind(one.copies_needed.source.split()),
    }


def _checks_of_space() -> Mapping[str, Check]:
    from lobule.validate.check import SPACE, wanted

    return wanted(SPACE)


def _measures() -> pd.DataFrame:
    """Measures of tissue; their room is heavy, and most questions are of something else."""
    from lobule.tissue.zones import tissue_parameters

    return tissue_parameters()


def _of_tissue(identifier: str) -> dict[str, Any]:
    """A measure of the lobule in space."""
    row = _measures().fillna("").to_dict("index")[identifier]
    return {
        "measure": identifier,
        **{f"value_{species}": float(row[species]) for species in ("mouse", "rat", "human")},
        "unit": row["unit"],
        "range": f"{row['low']:g} to {row['high']:g}",
        "grade": row["grade"],
        "note": row["note"],
        "written_in": "tissue/parameters.csv",
        "evidence": _behind(str(row["source"]).split()),
    }


def _file_of(parameter: Parameter) -> str:
    """The file of the package that holds a number: that of its component of the cargo, or the table."""
    owners = [name for name in components() if name in parameter.id] if parameter.fragment == FRAGMENT else []
    return f"model/cargo/{max(owners, key=len)}.yaml" if owners else "model/parameters.csv"


def _behind(sources: Iterable[str]) -> list[dict[str, str]]:
    """Rows of evidence; words that name none, such as "our qPCR" in a file of one's own, together as they are."""
    words = list(sources)
    own = " ".join(word for word in words if word not in known_ids())
    rows = [_with_citation(fact(word)) for word in words if word in known_ids()]
    return [*rows, {"source": own, "note": "no row of the evidence"}] if own else rows


def _with_citation(row: dict[str, str]) -> dict[str, str]:
    source = row.get("source_id", "")
    kept = {k: v for k, v in row.items() if v and k != "source_id"}
    return kept | ({"citation": citation(source)} if source else {})


def _users(identifier: str) -> list[str]:
    """Parameters of the model and measures of tissue that name a row as their source, checks of space, products."""
    measures = _measures()["source"].fillna("").str.split()
    return [
        *(p.id for p in parameter_table().values() if identifier in p.source),
        *(f"{name} (tissue)" for name, sources in measures.items() if identifier in sources),
        *(
            f"{row.id} (lobule validate --tissue)"
            for row in _checks_of_space().values()
            if identifier in row.source.split()
        ),
        *users_among_given(identifier),
    ]


def equations_with(name: str) -> list[str]:
    """Every line of the fragments that uses a name, as "file, line: equation"."""
    pattern = re.compile(rf"(?<!\w){re.escape(name)}(?!\w)")
    return [
        f"{fragment}.ant, line {number}: {line}"
        for fragment in FRAGMENTS
        for number, line in lines_of(fragment)
        if pattern.search(line)
    ]
