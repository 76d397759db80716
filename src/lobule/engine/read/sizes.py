"""How large a model is once its function definitions and submodels are written out, counted without doing so."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import libsbml

from lobule.errors import ModelError

LARGEST = 300_000  # operations, numbers and names in all formulas together; a model of 3,000 reactions has some 90,000
MOST_STATES = 5_000


def refuse_too_large(model: libsbml.Model, formula_size: int | None) -> None:
    """Refuse a model that could not be compiled in a reasonable time; None: its formulas have not been counted yet.

    Raises
    ------
    ModelError : with the size, and which function definition makes it so or calls itself.
    """
    if model.getNumSpecies() + model.getNumRules() > MOST_STATES * 10:
        raise ModelError(
            f"the model has {model.getNumSpecies()} species and {model.getNumRules()} rules; the reader takes at most "
            f"{MOST_STATES * 10} of both"
        )
    if formula_size is None or model.getNumFunctionDefinitions():
        formula_size = _written_out(model)
    if formula_size > LARGEST:
        raise ModelError(
            f"the formulas of the model have {formula_size if formula_size < 1e15 else 'more than 1e15'} parts with "
            f"function definitions written out; the reader takes at most {LARGEST}"
        )


@dataclass
class _Function:
    """Size of a call: `own` parts, and how often each argument occurs."""

    own: int
    arguments: list[int]


def _written_out(model: libsbml.Model) -> int:
    bodies = {f.getId(): f for f in model.getListOfFunctionDefinitions() if f.isSetMath() and f.getBody() is not None}
    known: dict[str, _Function] = {}
    for name in bodies:
        _measure(name, bodies, known)
    return sum(_size(formula, {}, known)[0] for formula in formulas(model))


def _measure(name: str, bodies: dict[str, libsbml.FunctionDefinition], known: dict[str, _Function]) -> None:
    """Measure a function after those that it calls."""
    stack = [name]
    while stack:
        top = stack[-1]
        calls = {n.getName() for n in nodes(bodies[top].getBody()) if n.getType() == libsbml.AST_FUNCTION}
        missing = [c for c in calls if c in bodies and c not in known]
        if any(c in stack for c in missing):
            raise ModelError(f'the function definition "{top}" calls itself')
        if missing:
            stack.append(missing[0])
            continue
        function = bodies[top]
        names = [function.getArgument(i).getName() for i in range(function.getNumArguments())]
        own, counts = _size(function.getBody(), {n: i for i, n in enumerate(names)}, known)
        known[top] = _Function(own, counts)
        stack.pop()


def _size(node: libsbml.ASTNode, places: dict[str, int], known: dict[str, _Function]) -> tuple[int, list[int]]:
    """Parts of a formula, and how often each argument (by its place) occurs in it, calls written out."""
    waiting = [(node, 1)]
    own, counts = 0, [0] * len(places)
    while waiting:
        part, times = waiting.pop()
        function = known.get(part.getName() or "") if part.getType() == libsbml.AST_FUNCTION else None
        children = [part.getChild(i) for i in range(part.getNumChildren())]
        if function is not None:
            own += times * function.own
            waiting += [(c, times * n) for c, n in zip(children, function.arguments, strict=False)]
        elif part.getType() == libsbml.AST_NAME and part.getName() in places:
            counts[places[part.getName()]] += times
        else:
            own += times
            waiting += [(c, times) for c in children]
    return own, counts


def nodes(node: libsbml.ASTNode) -> Iterator[libsbml.ASTNode]:
    """All parts of a formula, without recursion."""
    waiting = [node]
    while waiting:
        part = waiting.pop()
        yield part
        waiting += [part.getChild(i) for i in range(part.getNumChildren())]


def formulas(model: libsbml.Model) -> Iterator[libsbml.ASTNode]:
    """Every formula of a model outside its function definitions."""
    holders = [*model.getListOfRules(), *model.getListOfInitialAssignments()]
    for reaction in model.getListOfReactions():
        holders += [reaction.getKineticLaw()] if reaction.isSetKineticLaw() else []
        holders += [
            r.getStoichiometryMath()
            for r in (*reaction.getListOfReactants(), *reaction.getListOfProducts())
            if r.isSetStoichiometryMath()
        ]
    for event in model.getListOfEvents():
        holders += [part for part in (event.getTrigger(), event.getDelay(), event.getPriority()) if part is not None]
        holders += list(event.getListOfEventAssignments())
    return (holder.getMath() for holder in holders if holder.getMath() is not None)


def copies(document: libsbml.SBMLDocument) -> int:
    """Number of models that a composed model (package comp) consists of once its submodels are put in.

    Raises
    ------
    ModelError : a model that contains itself, or a submodel of a model that is not there.
    """
    plugin = document.getPlugin("comp")
    inside = {m.getId(): _submodels(m) for m in plugin.getListOfModelDefinitions()}
    main = document.getModel()
    inside[main.getId()] = _submodels(main)
    count: dict[str, int] = {}
    stack = [main.getId()]
    while stack:
        top = stack[-1]
        lost = [name for name in inside[top] if name not in inside]
        if lost:
            raise ModelError(f'"{top}" has a submodel of "{lost[0]}", a model that the file does not hold')
        missing = [name for name in inside[top] if name not in count]
        if any(name in stack for name in missing):
            raise ModelError(f'the model "{top}" contains itself as a submodel')
        if missing:
            stack.append(missing[0])
        else:
            count[top] = 1 + sum(count[name] for name in inside[top])
            stack.pop()
    return count[main.getId()]


def _submodels(model: libsbml.Model) -> list[str]:
    plugin = model.getPlugin("comp")
    return [plugin.getSubmodel(i).getModelRef() for i in range(plugin.getNumSubmodels())] if plugin else []
