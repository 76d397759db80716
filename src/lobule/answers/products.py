"""`lobule products`: the library of products, and one of them with all its numbers."""

from __future__ import annotations

from dataclasses import asdict

from lobule.answers.answer import Answer
from lobule.answers.record import record_of
from lobule.therapy import products as library


def products() -> Answer:
    """The products of the library."""
    rows = [{"product": p.name, "kind": p.kind, "cell_source": p.cell_source, "title": p.title}
            for p in library.values()]  # fmt: skip
    lines = [f"  {row['product']:<26} {row['kind']:<9} {row['title']}" for row in rows]
    return Answer("Products", f"{len(rows)} products.", "\n".join(lines), rows, record_of("products"))


def product(name: str) -> Answer:
    """A product: what it sets, each number with range, source and grade; by name, or by the path of a product file.

    Raises
    ------
    InputError : no such product or file.
    """
    found = library[name]
    lines = [f"{found.name}: {found.title}", f"{found.kind}, cells: {found.cell_source}"]
    for label, e in found.estimates().items():
        source = " ".join(part for part in (e.source, e.grade, e.note and f"({e.note})") if part)
        lines.append(f"  {label:<42} {e.value:<10g} {e.low:g} to {e.high:g}  {source}")
    lines += [found.note] if found.note else []
    record = record_of("products show", found.title, options={"name": found.name})
    return Answer(found.name, found.title, "\n".join(lines), asdict(found), record)
