"""A compiled model: an immutable value with names, units and sizes that solves any number of patients."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import symengine as se
from numpy.typing import ArrayLike

from lobule.arguments import whole
from lobule.engine.emit.differentiate import jacobian
from lobule.engine.emit.method import RODAS5P
from lobule.engine.emit.structure import Structure
from lobule.engine.emit.tangent import StartSlopes, Tangents, start_slopes, with_tangents
from lobule.engine.emit.tangent import at_start as slopes_at_start
from lobule.engine.events import EventTable
from lobule.engine.solution import Solution
from lobule.engine.solve.problem import Problem, pose
from lobule.engine.system import OdeSystem
from lobule.errors import InputError, nearest

if TYPE_CHECKING:
    from lobule.engine.emit.kernel import Kernel
    from lobule.engine.emit.table import Steps, Table

METHOD = RODAS5P
ENGINES = ("lobule", "cuda", "roadrunner")


_CODE: dict[tuple, Any] = {}  # machine code of this process: models that differ only in numbers share it


def _kept(key: tuple, make: Callable[[], Any]) -> Any:
    if key not in _CODE:
        _CODE[key] = make()
    return _CODE[key]


@dataclass(frozen=True)
class Formulas:
    """Expressions to be computed together."""

    expressions: list[se.Expr]

    @cached_property
    def text(self) -> str:
        """What tells them apart from others."""
        return str(self.expressions)


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
        self._tangents: dict[tuple[tuple[int, ...], tuple[int, ...]], Tangents] = {}
        self._structures: dict[tuple[tuple[int, ...], tuple[int, ...]], Structure] = {}
        self._formulas: dict[tuple[tuple[str, ...], tuple[int, ...], tuple[int, ...]], Formulas] = {}

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

    @property
    def outputs(self) -> tuple[str, ...]:
        """Names of everything `solve` can report: states, constants, assigned quantities, reaction rates."""
        return tuple(self.system.outputs)

    @property
    def variables(self) -> list[str]:
        """Names of the outputs that change in time: states and assigned quantities; no reaction rates, no terms."""
        others = {*self.constants, *self.reactions, *self.terms}
        return [name for name in self.outputs if name not in others]

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
            self,
            {} if parameters is None else parameters,
            {} if initial is None else initial,
            EventTable() if events is None else events,
            times,
            rtol,
            atol,
            outputs,
            sensitivities,
        )
        if engine == "roadrunner":
            if sensitivities or into:
                raise InputError('engine="roadrunner" has no sensitivities and writes no file')
            from lobule.engine.solve.roadrunner import solve_with_roadrunner

            return solve_with_roadrunner(self, problem)
        from lobule.engine.solve.batch import solve_batch

        threads = None if threads is None else whole(threads, "threads")
        if into is not None and not isinstance(into, (str, Path)):
            raise InputError(f"into must be the path of a file, not {type(into).__name__}")
        return solve_batch(self, problem, threads, on_card=engine == "cuda", into=into)

    # --- machine code, built on first use ------------------------------------------------------------------------

    @cached_property
    def working_system(self) -> OdeSystem:
        """The system that is integrated: without explicit time."""
        return self.system.autonomous()

    def tangents(self, infused: tuple[int, ...], chosen: tuple[int, ...]) -> Tangents:
        """The system with inflow into the given states, and its tangents by the chosen constants."""
        key = (infused, chosen)
        if key not in self._tangents:
            self._tangents[key] = with_tangents(self.working_system.with_inflow(infused), chosen)
        return self._tangents[key]

    def structure(self, infused: tuple[int, ...] = (), chosen: tuple[int, ...] = ()) -> Structure:
        """The system with inflow into the given states and tangents by the chosen constants, ready to be emitted."""
        key = (infused, chosen)
        if key not in self._structures:
            system = self.tangents(infused, chosen).system if chosen else self.working_system.with_inflow(infused)
            self._structures[key] = Structure(system, METHOD, len(chosen))
        return self._structures[key]

    def kernel(self, structure: Structure | None = None) -> Kernel:
        """Compiled step for this CPU."""
        from lobule.engine.emit.kernel import build, lanes_of_this_cpu

        structure, lanes = structure or self.structure(), self.lanes or lanes_of_this_cpu()
        return _kept(("kernel", structure.fingerprint, lanes), lambda: build(structure, lanes))

    def formulas(self, outputs: tuple[str, ...], infused: tuple[int, ...], chosen: tuple[int, ...]) -> Formulas:
        """Formulas of the outputs, and of their derivatives by each chosen constant after them."""
        key = (outputs, infused, chosen)
        if key not in self._formulas:
            system = self.structure(infused, chosen).system
            plain = [se.sympify(system.outputs[name]) for name in outputs]
            slopes = [self.tangents(infused, chosen).of(f, b) for b in range(len(chosen)) for f in plain]
            self._formulas[key] = Formulas([*plain, *slopes])
        return self._formulas[key]

    def observer(self, outputs: tuple[str, ...], infused: tuple[int, ...], chosen: tuple[int, ...]) -> tuple[int, Any]:
        """Address of the compiled outputs and their derivatives, and the code to keep alive meanwhile."""
        from lobule.engine.emit.kernel import build_observer

        structure, formulas = self.structure(infused, chosen), self.formulas(outputs, infused, chosen)
        lanes = self.kernel(structure).lanes
        key = ("outputs", structure.fingerprint, lanes, formulas.text)
        return _kept(key, lambda: build_observer(structure, lanes, formulas.expressions))

    def cuda_kernel(self, outputs: tuple[str, ...], infused: tuple[int, ...], chosen: tuple[int, ...]) -> Any:
        """The whole solver for a graphics card."""
        from lobule.engine.card.cuda import build

        structure, formulas = self.structure(infused, chosen), self.formulas(outputs, infused, chosen)
        key = ("cuda", structure.fingerprint, formulas.text)
        return _kept(key, lambda: build(structure, formulas.expressions))

    @cached_property
    def sizes(self) -> dict[int, tuple[bool, int]]:
        """{state: (it is a state, which one) of the size that formulas divide it by}, of amounts whose concentrations
        they use; a size that is no state is a constant, one that a rule gives is left out."""
        system = self.system
        places = {symbol: (False, k) for k, symbol in enumerate(system.constant_symbols)}
        places |= {symbol: (True, k) for k, symbol in enumerate(system.state_symbols)}
        pairs = zip(system.states, system.state_symbols, strict=True)
        found = {i: symbol / system.outputs[name] for i, (name, symbol) in enumerate(pairs)}
        return {i: places[size] for i, size in found.items() if size in places}

    # --- numeric functions of (t, y, p), for analysis and for the reference engine --------------------------------

    def _table(self, steps: Steps, formulas: Sequence[se.Expr]) -> Table:
        from lobule.engine.emit.table import Table

        return Table(self.system, steps, formulas)

    @cached_property
    def rates(self) -> Table:
        """Right-hand side f(t, y, p), shape (n_states,)."""
        return self._table(self.system.assignments, self.system.rates)

    @cached_property
    def jacobian(self) -> Callable[[float, np.ndarray, np.ndarray], np.ndarray]:
        """Derivative of the rates by the states, f(t, y, p), shape (n_states, n_states)."""
        slopes = jacobian(self.system, blunt=False)
        through = dict(slopes.through)
        steps = [step for s, formula in self.system.assignments for step in ((s, formula), *through.get(s, ()))]
        values = self._table(steps, list(slopes.entries.values()))
        row, column = np.array(list(slopes.entries), int).reshape(-1, 2).T
        n = len(self.states)

        def dense(t: float, y: np.ndarray, p: np.ndarray) -> np.ndarray:
            matrix = np.zeros((n, n))
            matrix[row, column] = values(t, y, p)
            return matrix

        return dense

    def observe(self, names: Sequence[str]) -> Table:
        """Values of outputs as a function (t, y, p), shape (len(names),)."""
        return self._table(self.system.assignments, [self.system.outputs[name] for name in names])

    @cached_property
    def _start(self) -> Table:
        """What the model derives at the start, in the order of `system.start`."""
        return self._table(self.system.start, [symbol for symbol, _ in self.system.start])

    @cached_property
    def _start_slopes(self) -> tuple[StartSlopes, Table]:
        slopes = start_slopes(self.system)
        return slopes, self._table(self.system.start, slopes.formulas)

    def tangents_at_start(self, problem: Problem) -> tuple[np.ndarray, np.ndarray]:
        """Derivatives of the constants (n_patients, n_sensitivities, n_constants) and of the start values (n_patients,
        n_sensitivities, n_states); what the user has set does not follow a constant."""
        slopes, values = self._start_slopes
        chosen = tuple(self.constants.index(name) for name in problem.sensitivities)
        at = values(0.0, problem.initial, problem.constants)
        given = ~np.isnan(problem.constants), ~np.isnan(problem.initial)
        return slopes_at_start(self.system, slopes, at, chosen, *given)

    def at_start(self, problem: Problem) -> tuple[np.ndarray, np.ndarray]:
        """Constants (n_patients, n_constants) and start values (n_patients, n_states), derived ones filled in."""
        constants, initial = problem.constants.copy(), problem.initial.copy()
        column = {s: (constants, i) for i, s in enumerate(self.system.constant_symbols)}
        column |= {s: (initial, i) for i, s in enumerate(self.system.state_symbols)}
        values = self._start(0.0, problem.initial, problem.constants)
        for k, (symbol, _) in enumerate(self.system.start):
            if symbol in column:
                table, i = column[symbol]
                table[:, i] = values[:, k]
        return constants, initial
