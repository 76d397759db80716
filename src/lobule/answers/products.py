"""`lobule products`: the library of products, and one of them with all its numbers."""

from __future__ import annotations

from dataclasses import asdict

from lobule.answers.answer import Answer
from lobule.answers.record import record_of
from lobule.therapy import products as library
from lobule.therapy.sameness import in_short, said_of


def products() -> Answer:
    """The products of the library."""
    rows = [
        {
            "product": p.name,
            "kind": p.kind,
            "cell_source": p.cell_source,
            "title": p.title,
            "same_as": p.same_as,
            "control_of": p.control_of,
            "told_apart_by": in_short(p),
        }
        for p in library.values()
    ]
    lines = []
    controls = [row for row in rows if row["control_of"]]
    for row in [*(row for row in rows if not row["control_of"]), *controls]:
        lines += (
            ["", "Negative controls, which a study gives to show that its product acts:"] if row is controls[0] else []
        )
        lines.append(f"  {row['product']:<26} {row['kind']:<9} {row['title']}")
        lines += [f"  {'':<26} {'':<9} {row['told_apart_by']}"] if row["told_apart_by"] else []
        lines += [f"  {'':<26} {'':<9} control of {row['control_of']}"] if row["control_of"] else []
    alike = [row for row in rows if row["same_as"]]
    said = f"{len(rows)} products; {len(alike)} of them are the same as another for want of data, {len(controls)} are "
    said += "negative controls."
    return Answer("Products", said, "\n".join(lines), rows, record_of("products"))


def product(name: str) -> Answer:
    """A product: what it sets, each number with range, source and grade; by name, or by the path of a product file.

    Raises
    ------
    InputError : no such product or file.
    """
    found = library[name]
    told = said_of(found)
    if found.control_of:
        told = [*told, f"A negative control of {found.control_of}: what a study gives to show that its product acts."]
    lines = [f"{found.name}: {found.title}", f"{found.kind}, cells: {found.cell_source}", *told]
    for label, e in found.estimates().items():
        source = " ".join(part for part in (e.source, e.grade, e.note and f"({e.note})") if part)
        lines.append(f"  {label:<42} {e.value:<10g} {e.low:g} to {e.high:g}  {source}")
    lines += [found.note] if found.note else []
    record = record_of("products show", found.title, options={"name": found.name})
    data = asdict(found) | {"told_apart_by": told}
    return Answer(found.name, " ".join([f"{found.title}.", *told]), "\n".join(lines), data, record)
