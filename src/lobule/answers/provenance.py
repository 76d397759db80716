"""Where a number comes from: a parameter with its evidence and the equations it enters, or one row of evidence."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import lobule
from lobule.dish import tables as dish
from lobule.errors import InputError, nearest
from lobule.evidence import citation, fact, known_ids
from lobule.keeping import write_bytes
from lobule.model.assemble import FRAGMENTS, compiled, fragment_text, lines_of, units_of
from lobule.model.parameters import GRADES, SPECIES, Parameter, parameter_table
from lobule.model.structure import GROUPS, fragments

if TYPE_CHECKING:
    import matplotlib.figure


def explain(identifier: str) -> dict[str, Any]:
    """Everything known about a parameter, a quantity of the model or a row of evidence.

    Raises
    ------
    InputError : neither a parameter, nor a quantity of the model, nor an id of evidence; names the nearest.
    """
    table = parameter_table()
    if identifier in table:
        found = _parameter(table[identifier])
        other = dish.constants().get(identifier)
        return found | ({"in_a_dish": f"{other.value:g} {other.unit} ({other.grade}; {other.note})"} if other else {})
    if identifier in dish.constants():
        return _of_dish(identifier)
    if identifier in known_ids():
        return _with_citation(fact(identifier)) | {"used_by": _users(identifier)}
    if identifier in compiled("mouse").outputs:
        return _of_quantity(identifier)
    known = [*table, *dish.constants(), *known_ids(), *compiled("mouse").outputs]
    raise InputError(f'no parameter, quantity or evidence "{identifier}". {nearest(identifier, known)}')


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
        "evidence": [_with_citation(fact(source)) for source in parameter.source],
        "equations": equations_with(parameter.id),
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
        "evidence": [_with_citation(fact(source)) for source in row.source.split()],
    }


def _with_citation(row: dict[str, str]) -> dict[str, str]:
    source = row.get("source_id", "")
    kept = {k: v for k, v in row.items() if v and k != "source_id"}
    return kept | ({"citation": citation(source)} if source else {})


def _users(identifier: str) -> list[str]:
    return [p.id for p in parameter_table().values() if identifier in p.source]


def equations_with(name: str) -> list[str]:
    """Every line of the fragments that uses a name, as "file, line: equation"."""
    pattern = re.compile(rf"(?<!\w){re.escape(name)}(?!\w)")
    return [
        f"{fragment}.ant, line {number}: {line}"
        for fragment in FRAGMENTS
        for number, line in lines_of(fragment)
        if pattern.search(line)
    ]


# --- the model as a whole ---------------------------------------------------------------------------------------------

INFLUENCE = Path(lobule.__file__).parent / "validate" / "influence.csv"


def model_rows() -> list[dict[str, Any]]:
    """One row a fragment: name, numbers of states, reactions and parameters, what it is about."""
    return [
        {"module": f.name, "states": len(f.states), "reactions": len(f.reactions), "parameters": len(f.parameters),
         "about": f.title}
        for group in GROUPS.values() for f in (fragments()[name] for name in group)
    ] + [
        {"module": f.name, "states": 0, "reactions": 0, "parameters": len(f.parameters), "about": f.title}
        for f in fragments().values() if not any(f.name in group for group in GROUPS.values())
    ]  # fmt: skip


def fragment_rows(name: str) -> dict[str, Any]:
    """Header, states, assigned quantities, reactions and parameters of one fragment, with units.

    Raises
    ------
    InputError : no such fragment; names the nearest.
    """
    if name not in fragments():
        raise InputError(f'no module "{name}". {nearest(name, fragments())}')
    fragment, units = fragments()[name], units_of(compiled("mouse"))
    table = parameter_table()
    return {
        "module": name,
        "header": fragment_text(name).split("\n\n")[0],
        **{
            kind: [{"name": n, "unit": units.get(n, "1")} for n in getattr(fragment, kind)]
            for kind in ("states", "assigned", "reactions")
        },
        "parameters": [
            {"name": n, **{s: table[n].values[s] for s in SPECIES}, "unit": table[n].unit, "grade": table[n].grade,
             "source": " ".join(table[n].source)}
            for n in fragment.parameters
        ],
    }  # fmt: skip


def draw_model(path: str | Path) -> Path:
    """Draw the modules of the model and what they read from each other.

    Raises
    ------
    InputError : a format that cannot be drawn. ResultsError : a folder that cannot be written to.
    """
    from lobule.report.diagram import module_diagram
    from lobule.report.style import picture_bytes

    shown = {name for group in GROUPS.values() for name in group}
    notes = {n: f"{len(fragments()[n].states)} states, {len(fragments()[n].parameters)} parameters" for n in shown}
    arrows = {
        (other, name): len(names)
        for name in shown
        for other, names in fragments()[name].reads.items()
        if other in shown
    }
    states = sum(len(f.states) for f in fragments().values())
    path = Path(path)
    if path.suffix not in (".svg", ".png", ".pdf"):
        raise InputError(f'"{path.name}" should end in .svg, .png or .pdf')

    def draw() -> matplotlib.figure.Figure:
        return module_diagram(GROUPS, notes, arrows, f"lobule: {states} states, {len(parameter_table())} parameters")

    return write_bytes(path, picture_bytes(draw, path.suffix[1:]))


def evidence_summary() -> dict[str, Any]:
    """How many parameters are measured, derived, calibrated, assumed, and of which kind the most influential are."""
    table = parameter_table()
    counts = {grade: sum(p.grade == grade for p in table.values()) for grade in reversed(GRADES)}
    with INFLUENCE.open(encoding="utf-8", newline="") as file:
        top: list[dict[str, Any]] = [
            {
                "parameter": row["parameter"],
                "grade": table[row["parameter"]].grade,
                "influence": float(row["influence"]),
                "output": row["output"],
            }
            for row in csv.DictReader(file)
        ][:MOST_INFLUENTIAL]  # fmt: skip
    weak = [row for row in top if row["grade"] in ("assumed", "calibrated")]
    top = sorted(top, key=lambda row: (row["grade"] not in ("assumed", "calibrated"), -row["influence"]))
    listed = ", ".join(f"{count} {grade}" for grade, count in counts.items())
    sentence = (
        f"Of {len(table)} parameters {listed} (recalled evidence counts as assumed). Of the {len(top)} most "
        f"influential on the clinical outputs, {len(weak)} are assumed or calibrated:"
    )
    return {"parameters": len(table), **counts, "most_influential": top, "sentence": sentence}


MOST_INFLUENTIAL = 20
