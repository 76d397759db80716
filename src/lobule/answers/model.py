"""`lobule model`: the modules of the liver shown, drawn, written for other tools, and checked."""

from __future__ import annotations

import warnings
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lobule.answers.answer import Answer
from lobule.answers.content import Beside
from lobule.answers.record import record_of
from lobule.dish.assemble import sbml as dish_sbml
from lobule.errors import InputError, LobuleWarning, nearest
from lobule.files.scenario import read_scenario
from lobule.keeping import write_bytes
from lobule.keeping.results import Writer
from lobule.model.assemble import balances, compiled, fragment_text, units_of
from lobule.model.health import drifts, sentence
from lobule.model.parameters import SPECIES, parameter_table
from lobule.model.structure import GROUPS, fragments
from lobule.simulation.reading import MEANING, PUBLISHED, a_reading, constants_of

if TYPE_CHECKING:
    import matplotlib.figure


def show(fragment: str | None = None) -> Answer:
    """All modules in short, or one of them in full.

    Raises
    ------
    InputError : no such module.
    """
    record = record_of("model show", options={"fragment": fragment})
    if fragment is not None:
        found = fragment_rows(fragment)
        return Answer(fragment, found["header"], "\n".join(_lines_of_one(found)), found, record)
    rows = model_rows()
    totals = {key: sum(row[key] for row in rows) for key in ("states", "reactions", "parameters")}
    lines = [f"  {'module':<24} {'states':>6} {'reactions':>9} {'parameters':>10}  about"]
    lines += [
        f"  {row['module']:<24} {row['states']:>6} {row['reactions']:>9} {row['parameters']:>10}  {row['about']}"
        for row in rows
    ]
    lines.append(f"  {'':<24} {totals['states']:>6} {totals['reactions']:>9} {totals['parameters']:>10}")
    return Answer("The model", _counted(), "\n".join(lines), rows, record)


def _counted() -> str:
    states = sum(len(fragment.states) for fragment in fragments().values())
    return f"{len(fragments())} modules, {states} states, {len(parameter_table())} parameters."


def _lines_of_one(found: dict[str, Any]) -> list[str]:
    lines = [found["header"] + "\n"]
    for heading in ("states", "assigned", "reactions"):
        lines += [f"{heading}:", *(f"  {row['name']:<44} {row['unit']}" for row in found[heading])]
    lines.append("parameters (mouse, rat, human):")
    for row in found["parameters"]:
        values = "  ".join(f"{row[species]:<10g}" for species in SPECIES)
        lines.append(f"  {row['name']:<44} {values} {row['unit']:<8} {row['grade']:<10} {row['source']}")
    return lines


def diagram() -> Answer:
    """The modules and what they read from each other, drawn from the model itself; as SVG, PNG or PDF."""
    written: Writer = lambda path: write_bytes(path, _drawn(path.suffix[1:]))  # noqa: E731
    files = {"model.svg": Beside(written, "the modules of the model and what they read from each other")}
    record = record_of("model diagram")
    return Answer("The model", _counted(), _counted(), {"said": _counted()}, record, files=files, main="model.svg")


def export(*, species: str = "human", scenario: Path | None = None) -> Answer:
    """The model for other tools: SBML or Antimony.

    Parameters
    ----------
    species : mouse, rat, human, or dish
    scenario : whose subject's species it is then, whose doses become events, and whose reading holds

    Raises
    ------
    InputError : the file, or a plan with a condition.
    """
    from lobule.model.export import annotated, write_model
    from lobule.model.export import export as write
    from lobule.simulation.simulate import events_of

    record = record_of("model export", options={"species": species, "scenario": scenario})
    given: tuple[Any, ...] = ()
    if scenario is not None:
        read = read_scenario(scenario)
        who = read.who()
        doses, parameters = events_of(who, read.therapy())
        species, given = who.species, (doses, parameters | constants_of(read.reading))

    def written(path: Path) -> Path:
        if species == "dish":
            return write_model(path, annotated(dish_sbml(), whole=False))
        return write(path, species, *given)

    said = f"The liver model of a {species}." if species != "dish" else "The model of a well."
    files = {"model.xml": Beside(written, "the model")}
    return Answer("The model", said, said, {"species": species}, record, files=files, main="model.xml")


def check(*, reading: str | None = None) -> Answer:
    """Every check of disease and therapy: wanted and found, fact by fact; those that fail are listed, not hidden.

    Parameters
    ----------
    reading : of the therapies, "published" when None, or "counted"

    Raises
    ------
    InputError : another reading.
    """
    from lobule.validate.check import retired
    from lobule.validate.checks import all_checks, summary

    word = a_reading(reading or PUBLISHED)
    found = all_checks(word)
    lines = [f"Checks of therapies as {word}: {MEANING[word]}.", ""]
    lines += [
        f"{'ok  ' if one.passed else 'FAIL'} {one.id:<34} {one.found:>9.3g}  wanted {one.window:<16} {one.title}"
        f"{f', as {one.reading}' if one.reading else ''}  [{one.source}]"
        for one in found
    ]
    gone = [f"retired  {name}: {why}" for name, why in retired().items()]
    lines += ["", *gone, ""] if gone else []
    treated = [one for one in found if one.reading]
    said = f"{summary(found)}; of therapies as {word} {sum(one.passed for one in treated)} of {len(treated)}"
    data = {"reading": word, "checks": [one.to_dict() for one in found], "passed": sum(one.passed for one in found)}
    record = record_of("model check", options={"reading": word})
    return Answer("Checks of the model", said, "\n".join([*lines, said]), data, record)


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


def _drawn(kind: str) -> bytes:
    """The modules of the model and what they read from each other, as the content of a file of a kind such as "svg"."""
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

    def draw() -> matplotlib.figure.Figure:
        return module_diagram(GROUPS, notes, arrows, f"lobule: {states} states, {len(parameter_table())} parameters")

    return picture_bytes(draw, kind)


def health() -> Answer:
    """Does a healthy mouse, rat and person stay healthy; if not, what leaves its normal value."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", LobuleWarning)  # it is said in full here
        moving = {species: drifts(compiled(species), balances()) for species in SPECIES}
    said = [sentence(species, found) for species, found in moving.items()]
    data = {species: [asdict(drift) for drift in found] for species, found in moving.items()}
    record = record_of("model check")
    return Answer("Health", "; ".join(said) + ".", "\n".join(said), data, record, agrees=not any(moving.values()))
