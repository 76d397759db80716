"""A compiled model: an immutable value with names, units and sizes that solves any number of patients."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from lobule.arguments import whole
from lobule.engine.emit.code import Code
from lobule.engine.events import EventTable
from lobule.engine.solution import Solution
from lobule.engine.solve.batch import on_processor, solve_batch
from lobule.engine.solve.problem import pose
from lobule.engine.system import OdeSystem
from lobule.errors import InputError, nearest

if TYPE_CHECKING:
    from lobule.engine.emit.table import Table

ENGINES = ("lobule", "cuda", "roadrunner")


def compile(source: str | Path, terms: Sequence[str] = ()) -> CompiledModel:
    """Compile a model given as Antimony or SBML text, or as the path of such a file.

    Parameters
    ----------
    terms : names of assignment rules that are parts of one equation: they are written out where they are used, so that
        the equation is solved as if it stood in one piece, and can be asked for like any output

    Raises
    ------
    ModelError : not a valid model, too large, or something unsupported, named with its element; a term that is none.
    InputError : neither text nor the path of a file that can be read.

    >>> model = compile("model decay; x = 8; x' = -k*x; k = 1; end")
    >>> [round(v, 6) for v in model.solve(times=[0, 1], rtol=1e-9)["x"][0].tolist()]
    [8.0, 2.943036]
    """
    from lobule.engine.read import sbml_text  # libsbml takes half a second to load

    model = CompiledModel(sbml_text(source), terms=tuple(terms))
    model.system  # noqa: B018  # whatever is wrong with it is said here
    return model


class CompiledModel:
    """Made by `compile`. Equal models are equal values; it can be pickled and used from many threads.

    Attributes
    ----------
    sbml : the model as SBML text
    hash : hexadecimal digest of that text
    terms : assigned quantities that are written out in the formulas that use them
    states, constants, reactions, outputs : names; a constant is a parameter, a compartment size or a fixed species
    units : {name: unit id}
    """

    def __init__(self, sbml: str, lanes: int | None = None, terms: tuple[str, ...] = ()) -> None:
        self.sbml, self.terms = sbml, terms
        self.hash = hashlib.sha256(sbml.encode()).hexdigest()
        self.lanes = lanes

    def __reduce__(self) -> tuple:
        return CompiledModel, (self.sbml, self.lanes, self.terms)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, CompiledModel) and (self.hash, self.terms) == (other.hash, other.terms)

    def __hash__(self) -> int:
        return hash(self.hash)

    def __repr__(self) -> str:
        return f"CompiledModel({self.system.name!r}, {len(self.states)} states, {len(self.constants)} constants)"

    @cached_property
    def system(self) -> OdeSystem:
        """The symbolic system behind this model."""
        from lobule.engine.read import system_of

        return system_of(self.document, self.terms)

    @cached_property
    def document(self) -> Any:
        """The model as a libsbml document: checked, of one piece, without notes and annotations."""
        from lobule.engine.read import checked

        return checked(self.sbml)

    @cached_property
    def code(self) -> Code:
        """The code of the model, built on first use."""
        return Code(self.system, self.lanes)

    @property
    def states(self) -> tuple[str, ...]:
        """Names of the state variables, in the order of the state vector."""
        return self.system.states

    @property
    def constants(self) -> tuple[str, ...]:
        """Names of everything that does not change by itself."""
        return self.system.constants

    @property
    def reactions(self) -> tuple[str, ...]:
        """Names of the reactions, whose rates can be asked for."""
        return self.system.reactions

    @cached_property
    def outputs(self) -> tuple[str, ...]:
        """Names of everything `solve` can report: states, constants, assigned quantities, reaction rates."""
        return tuple(self.system.outputs)

    @property
    def variables(self) -> list[str]:
        """Names of the outputs that change in time: states and assigned quantities; no reaction rates, no terms."""
        return list(self._variables)

    @cached_property
    def _variables(self) -> tuple[str, ...]:
        others = {*self.constants, *self.reactions, *self.terms}
        return tuple(name for name in self.outputs if name not in others)

    @property
    def units(self) -> dict[str, str]:
        """Unit ids of the model file, for those names that have one."""
        return self.system.units

    @property
    def labels(self) -> dict[str, str]:
        """Display names of the model file, for those that have one."""
        return self.system.labels

    def solve(
        self,
        parameters: Mapping[str, ArrayLike] | None = None,
        initial: Mapping[str, ArrayLike] | None = None,
        events: EventTable | None = None,
        times: ArrayLike = (),
        *,
        rtol: float = 1e-6,
        atol: ArrayLike | None = None,
        outputs: Sequence[str] | None = None,
        sensitivities: Sequence[str] = (),
        first_step: ArrayLike | None = None,
        between: ArrayLike | None = None,
        engine: str = "lobule",
        threads: int | None = None,
        into: str | Path | None = None,
    ) -> Solution:
        """Integrate every patient from time 0 through its events.

        Parameters
        ----------
        parameters : {constant: value or (n_patients,) values}; the others keep the model's value
        initial : {state: value or (n_patients,) values}; a species' amount, in the model's units
        events : doses, infusions and switches
        times : (n_times,) increasing, from 0; a sample at the time of an event shows the value before it
        rtol, atol : tolerances of a step; atol is one value or (n_states,), by default 1e-4 rtol times each
            state's typical size: its start value or dose; where both are 0, 1 in the unit of its formulas (an
            amount of 1 times the compartment's size), or the largest start of all where that is below 1e-3
        outputs : names to report, by default all states
        sensitivities : constants by which every output is differentiated too (see `Solution.sensitivity`); the error
            control covers the derivatives, so that the steps and the last digits of the outputs differ a little; a
            constant that moves the moment of a jump of the rates is refused
        first_step : the step to try first, one value or (n_patients,), as `Solution.last_step` of a run that this one
            goes on from; by default 1e-4 of the way to the first event or the end
        between : (n_patients, 2) first and last time at which each is read, NaN at other times: the same numbers
            without the work beyond; the whole course of everybody when None
        engine : "lobule"; "cuda" for an NVIDIA card (`pip install "lobule[gpu]"`), whose numbers agree within the
            tolerance; "roadrunner" for the reference simulator
        threads : by default the cores at hand, or LOBULE_NUM_THREADS; the numbers do not depend on it
        into : path of a NumPy file (.npy) that holds the values instead of memory; it appears when all are computed

        Returns
        -------
        Solution : a patient that could not be integrated has a status and a reason; the others are complete.

        Raises
        ------
        InputError : an unknown name, lengths that do not agree, times that do not increase.
        NotInstalled : the engine asked for is not there, or there is no card.
        """
        if engine not in ENGINES:
            raise InputError(f'unknown engine "{engine}". {nearest(engine, ENGINES)}')
        problem = pose(
            self.system, parameters, initial, events, times, rtol=rtol, atol=atol, outputs=outputs,
            sensitivities=sensitivities, first_step=first_step, between=between,
        )  # fmt: skip
        if engine == "roadrunner":
            if sensitivities or into or first_step is not None or between is not None:
                raise InputError('engine="roadrunner" knows no sensitivities, first_step, between and into')
            from lobule.engine.solve.roadrunner import solve_with_roadrunner

            return solve_with_roadrunner(self.document, self.code, problem)
        threads = None if threads is None else whole(threads, "threads")
        if into is not None and not isinstance(into, (str, Path)):
            raise InputError(f"into must be the path of a file, not {type(into).__name__}")
        if engine == "cuda":
            from lobule.engine.card.cuda import on_card  # loads Numba's CUDA, where there is one

            return solve_batch(self.code, problem, on_card, into)
        return solve_batch(self.code, problem, on_processor(threads), into)

    # --- numeric functions of (t, y, p), for analysis -------------------------------------------------------------

    @property
    def rates(self) -> Table:
        """Right-hand side f(t, y, p), shape (n_states,)."""
        return self.code.rates

    @property
    def jacobian(self) -> Callable[[float, np.ndarray, np.ndarray], np.ndarray]:
        """Derivative of the rates by the states, f(t, y, p), shape (n_states, n_states)."""
        return self.code.jacobian

    def observe(self, names: Sequence[str]) -> Table:
        """Values of outputs as a function (t, y, p), shape (len(names),)."""
        return self.code.observe(names)

    def at_start(
        self, parameters: Mapping[str, ArrayLike] | None = None, initial: Mapping[str, ArrayLike] | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Constants (n_patients, n_constants) and start values (n_patients, n_states), derived ones filled in; the
        arguments are those of `solve`."""
        problem = pose(self.system, parameters, initial, times=[0.0])
        return self.code.at_start(problem.constants, problem.initial)
