"""`lobule labs`: the labs, scores and traits that lobule knows, and one of them with all its numbers."""

from __future__ import annotations

import math

from lobule.answers.answer import Answer
from lobule.answers.record import record_of
from lobule.files.labs import VOCABULARY
from lobule.labs import Lab, lab
from lobule.labs import labs as known


def labs(name: str | None = None) -> Answer:
    """All rows of the table of labs, or one in full.

    Parameters
    ----------
    name : of one, as lobule or as the clinic writes it ("alt", "ALT", "GPT", "Alanine aminotransferase")

    Raises
    ------
    InputError : an unknown name; names the nearest.
    """
    return _every() if name is None else _one(_meant(name))


def _meant(name: str) -> Lab:
    text = " ".join(name.split())
    for one in known().values():
        if text.casefold() in (one.name, one.label.casefold(), one.title.casefold()):
            return one
    understood, _ = VOCABULARY.read(text)
    return lab(understood if understood in known() else text)


def _every() -> Answer:
    rows = [{"lab": one.name, "title": one.title, "kind": one.kind, "unit": one.unit, "also_in": list(_others(one))}
            for one in known().values()]  # fmt: skip
    lines = [f"  {row['lab']:<29} {row['unit']:<15} {row['title']}" for row in rows]
    lines.append("lobule labs NAME prints one with its units, ranges and sources.")
    said = f"{len(rows)} labs, scores and traits."
    return Answer("Labs", said, "\n".join(lines), rows, record_of("labs"))


def _one(one: Lab) -> Answer:
    data = {name: value for name, value in one.model_dump(mode="json").items() if value == value}  # NaN: none is known
    title = f"{one.name}: {one.title}"
    lines = [f"  {field:<12} {value}" for field, value in _words(one).items() if value]
    return Answer(title, title, "\n".join([title, *lines]), data, record_of("labs", title, options={"name": one.name}))


def _words(one: Lab) -> dict[str, str]:
    """What a row says, in words; "" where it says nothing."""
    near, relative = one.near or (math.nan, False)
    return {
        "unit": "; ".join([one.unit, *_others(one).values()]),
        "plausible": "" if math.isnan(one.low) else f"{one.low:g} to {one.high:g} {one.clinic}".rstrip(),
        "better": {"up": "more", "down": "less"}.get(one.better, ""),
        "error": "" if math.isnan(one.error_cv) else f"{one.error_cv:.3g} of the logarithm, detected from "
        f"{one.lower_limit:g} {one.suffix}".rstrip(),
        "in the model": one.output,
        "a fit moves": one.level,
        "a wish meets": "" if math.isnan(near) else f"within {near:.0%}" if relative else f"within {near:g}",
        "LOINC, CDISC": ", ".join(code for code in (one.loinc, one.code) if code),
        "source": one.source,
        "note": one.note,
    }  # fmt: skip


def _others(one: Lab) -> dict[str, str]:
    """What one of each further unit is in that of the model."""
    units = {unit: factor for unit, factor in one.factors().items() if unit != one.unit and unit}
    return {unit: f"1 {unit} = {factor:g} {one.unit}" for unit, factor in units.items()}
