"""The model for other tools: SBML with SBO terms and MIRIAM annotations, a dose table as SBML events, Antimony."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import libsbml

from lobule.engine.events import EVERYONE, Event
from lobule.errors import InputError, ModelError
from lobule.keeping import write_text
from lobule.model.assemble import FOLDER, sbml
from lobule.model.slots import ONE, Slots, slots_of
from lobule.rows import Row, read_rows

PARAMETER, COMPARTMENT, ENTITY, PROCESS = "SBO:0000002", "SBO:0000290", "SBO:0000240", "SBO:0000375"
RELATIONS = {"is": libsbml.BQB_IS, "isVersionOf": libsbml.BQB_IS_VERSION_OF}
SUFFIXES = (".xml", ".sbml", ".ant")


def annotated_sbml(species: str, slots: Slots = ONE) -> str:
    """SBML Level 3 Version 2 of one species: units, SBO terms on all elements, MIRIAM where known."""
    return annotated(sbml(species, slots))


class _Annotation(Row):
    name: str
    relation: str
    identifier: str


def annotated(text: str, *, whole: bool = True) -> str:
    """SBML with SBO terms on all elements and MIRIAM where known; whole: a liver that has every annotated quantity.

    The identifiers of `annotations.csv` are recalled; those of proteins are human also for the mouse and the rat.
    """
    document = libsbml.readSBMLFromString(text)
    model = document.getModel()
    for elements, term in (
        (model.getListOfParameters(), PARAMETER),
        (model.getListOfCompartments(), COMPARTMENT),
        (model.getListOfSpecies(), ENTITY),
        (model.getListOfReactions(), PROCESS),
    ):
        for element in elements:
            element.setSBOTerm(term)
    for row in read_rows(FOLDER / "annotations.csv", _Annotation):
        if not whole and model.getElementBySId(row.name) is None:
            continue  # a dish has no albumin
        _annotate(model, row.name, row.relation, row.identifier)
    return libsbml.writeSBMLToString(document)


def _annotate(model: libsbml.Model, name: str, relation: str, identifier: str) -> None:
    element = model.getElementBySId(name)
    if element is None:
        raise ModelError(f'annotations.csv: the model has no "{name}"')
    element.setMetaId(f"meta_{name}")
    term = libsbml.CVTerm(libsbml.BIOLOGICAL_QUALIFIER)
    term.setBiologicalQualifierType(RELATIONS[relation])
    term.addResource(f"https://identifiers.org/{identifier}")
    if element.addCVTerm(term) != libsbml.LIBSBML_OPERATION_SUCCESS:
        raise ModelError(f'annotations.csv: "{identifier}" cannot be set on "{name}"')


def with_events(text: str, events: Iterable[Event]) -> str:
    """SBML text with a table of doses and switches as SBML events, for tools that know no dose table.

    Raises
    ------
    InputError : an infusion, or events of several patients.
    """
    document = libsbml.readSBMLFromString(text)
    model = document.getModel()
    formulas: dict[float, dict[str, str]] = {}  # one SBML event a moment, so that no tool has to order them
    for event in sorted(events, key=lambda e: e.time):
        if event.kind == "infuse" or event.patient not in (0, EVERYONE):
            raise InputError("only doses and switches of one subject can be written as SBML events")
        at_once = formulas.setdefault(event.time, {})
        before = at_once.get(event.target, event.target)
        at_once[event.target] = {
            "add": f"({before}) + {event.value!r}",
            "multiply": f"({before}) * {event.value!r}",
            "set": repr(event.value),
        }[event.kind]
    for i, (time, targets) in enumerate(formulas.items()):
        written = model.createEvent()
        written.setId(f"dose_{i}")
        written.setUseValuesFromTriggerTime(True)
        trigger = written.createTrigger()
        trigger.setInitialValue(False)  # so that an event at time 0 happens
        trigger.setPersistent(True)
        trigger.setMath(libsbml.parseL3Formula(f"time >= {time!r}"))
        for target, formula in targets.items():
            if model.getParameter(target) is not None:
                model.getParameter(target).setConstant(False)
            assignment = written.createEventAssignment()
            assignment.setVariable(target)
            assignment.setMath(libsbml.parseL3Formula(formula))
    return libsbml.writeSBMLToString(document)


def export(
    path: str | Path, species: str, events: Iterable[Event] = (), parameters: Mapping[str, float] | None = None
) -> Path:
    """Write the model of a species to a file: SBML (.xml, .sbml) or Antimony (.ant).

    events : doses and switches, written as SBML events; parameters : constants that take another value. Where they are
        of unlike products of a kind, the model is the one that holds them.

    Raises
    ------
    InputError : another suffix. ResultsError : a folder that cannot be written to.
    """
    return write_model(path, annotated_sbml(species, slots_of(parameters or ())), events, parameters)


def write_model(
    path: str | Path, text: str, events: Iterable[Event] = (), parameters: Mapping[str, float] | None = None
) -> Path:
    """As `export`, for a model that is SBML text already: the dish, or one of another tool."""
    path = Path(path)
    if path.suffix not in SUFFIXES:
        raise InputError(f'"{path.name}" should end in one of {", ".join(SUFFIXES)}')
    text = with_events(_with_values(text, parameters or {}), events)
    if path.suffix == ".ant":
        text = _antimony(text)
    return write_text(path, text)


def _with_values(text: str, parameters: Mapping[str, float]) -> str:
    document = libsbml.readSBMLFromString(text)
    for name, value in parameters.items():
        document.getModel().getParameter(name).setValue(value)
    return libsbml.writeSBMLToString(document)


def _antimony(text: str) -> str:
    import antimony

    antimony.clearPreviousLoads()
    if antimony.loadSBMLString(text) == -1:
        raise ModelError(f"cannot write Antimony: {antimony.getLastError()}")
    return antimony.getAntimonyString(antimony.getMainModuleName())
