"""In-silico experiments: knock-outs, clamps and scaled rates, the way a biologist makes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import libsbml

from lobule import engine, model
from lobule.arguments import numbers_by_name, one_of, some_names
from lobule.engine import CompiledModel
from lobule.errors import InputError, about, nearest, shown
from lobule.evidence.vocabulary import meaning
from lobule.model.cargo import components
from lobule.model.parameters import check_hypotheses, parameter_table
from lobule.model.slots import ONE, Slots, in_all_slots, states_in_slots
from lobule.simulation.reading import PUBLISHED, Reading, a_reading, constants_of, refuse_as_constant


@dataclass(frozen=True)
class Experiment:
    """What is changed: names that are 0 throughout, states that are held, factors on parameters, hypotheses chosen; and
    the reading of what products do."""

    without: tuple[str, ...]
    clamped: tuple[tuple[str, float], ...]
    scaled: tuple[tuple[str, float], ...]
    chosen: tuple[tuple[str, float], ...]
    reading: Reading = "published"

    @classmethod
    def of(
        cls,
        without: str | Sequence[str],
        clamp: Mapping[str, float] | None = None,
        scale: Mapping[str, float] | None = None,
        hypotheses: Mapping[str, float] | None = None,
        reading: str = PUBLISHED,
    ) -> Experiment:
        """Check the names; raises InputError naming the nearest."""
        names = tuple(meaning("cargo", name) or name for name in some_names(without, "without"))
        clamp = numbers_by_name({} if clamp is None else clamp, "clamp", 0)
        scale = numbers_by_name({} if scale is None else scale, "scale", 0)
        hypotheses = numbers_by_name({} if hypotheses is None else hypotheses, "hypotheses")
        for argument, named in {"without": names, "scale": scale, "hypotheses": hypotheses}.items():
            for name in named:
                with about(argument):
                    refuse_as_constant(name)
        reference = model.compiled("mouse")
        removable = [*reference.states, *parameter_table(), *components()]
        for name in names:
            if name not in removable:
                raise InputError(f"there is no {shown(name)} to do without. {nearest(name, removable)}", ["without"])
        for name in clamp:
            with about("clamp"):
                one_of(name, name, reference.states, "state to clamp")
        for name in scale:
            with about("scale"):
                one_of(name, name, parameter_table(), "parameter to scale")
        with about("hypotheses"):
            check_hypotheses(hypotheses)
        held, scaled, chosen = (tuple(sorted(some.items())) for some in (clamp, scale, hypotheses))
        return cls(names, held, scaled, chosen, a_reading(reading))

    @property
    def held(self) -> dict[str, float]:
        """States that keep a value, as {state: value}."""
        states = model.compiled("mouse").states
        return {name: 0.0 for name in self.without if name in states} | dict(self.clamped)

    def held_in(self, slots: Slots) -> dict[str, float]:
        """The same in a model that holds several products of a kind.

        Raises
        ------
        InputError : a state that each product has its own of is kept at a value that says nothing of either.
        """
        found: dict[str, float] = {}
        for name, value in self.held.items():
            states = states_in_slots(name, slots)
            if len(states) > 1 and value:
                raise InputError(
                    f"{name} cannot be kept at {value:g}: each of the unlike products of this plan has its own",
                    ["clamp"],
                )
            found |= dict.fromkeys(states, value)
        return found

    def model(self, species: str, slots: Slots = ONE) -> CompiledModel:
        """The model of a species, with the held states as constants."""
        held = self.held_in(slots)
        return _holding(species, tuple(sorted(held)), slots) if held else model.compiled(species, slots)

    def parameters(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Constants that the experiment sets, from those of the subject."""
        changed: dict[str, Any] = {**dict(self.chosen), **constants_of(self.reading)}
        changed |= {each: changed.get(each, values[each]) * factor for name, factor in self.scaled
                    for each in in_all_slots(name, values)}  # fmt: skip
        gone = [name for name in self.without if name in parameter_table()]
        gone += [name for c in self.without if c in components() for name in components()[c].carried_names()]
        return changed | {each: 0.0 for name in gone for each in in_all_slots(name, values)} | self.held

    def to_dict(self) -> dict:
        """As arguments of `simulate`."""
        return {
            "without": list(self.without),
            "clamp": dict(self.clamped),
            "scale": dict(self.scaled),
            "hypotheses": dict(self.chosen),
            "reading": self.reading,
        }


@cache
def _holding(species: str, names: tuple[str, ...], slots: Slots) -> CompiledModel:
    document = libsbml.readSBMLFromString(model.sbml(species, slots))
    sbml = document.getModel()
    for name in names:
        found = sbml.getSpecies(name)
        if found is not None:
            found.setBoundaryCondition(True)
            found.setConstant(False)
            sbml.removeInitialAssignment(name)
            found.setInitialAmount(0.0)
        else:
            sbml.removeRuleByVariable(name)
            sbml.removeInitialAssignment(name)
            parameter = sbml.getParameter(name)
            parameter.setValue(0.0)
            parameter.setConstant(True)
    return engine.compile(libsbml.writeSBMLToString(document), model.terms(slots))
