"""One worker for the whole process: it simulates what pages ask for, twins first, the band behind them.

Of each page the newest wish counts: what it asked before is dropped. Pages take turns, so that nobody who moves a
slider without end keeps the others waiting; no band is drawn while anybody waits for twins.
"""

from __future__ import annotations

import threading
import traceback
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lobule.errors import LobuleError
from lobule.files.scenario import Scenario
from lobule.simulation.ensemble import THIN

if TYPE_CHECKING:
    from lobule.simulation.run import Run
    from lobule.simulation.simulate import Begun
    from lobule.studio.state import State

MOST_BYTES = 256 << 20  # of runs that are kept
RTOL = 1e-6  # of a step, as `simulate` has it
PLAIN = 100_000  # bytes of what is no run, such as a table
BROKEN = "the simulation stopped by a fault of lobule itself; the terminal of the studio says which"


@dataclass(frozen=True)
class Told:
    """What a page is told: a run, without band first and then with it; or what is wrong.

    whole : nothing more follows
    """

    state: State
    run: Run | None = None
    error: LobuleError | None = None
    whole: bool = False


@dataclass(frozen=True)
class Found:
    """What came out of other work: its value, or what is wrong."""

    value: Any = None
    error: LobuleError | None = None


@dataclass(frozen=True)
class Step:
    """key : of what it gives, which is kept; work : gives it; tell : called with it, or with what is wrong"""

    key: Hashable
    work: Callable[[], Any]
    tell: Callable[[Any, LobuleError | None], None]
    then: Step | None = None


def prepared(scenario: Scenario, outputs: tuple[str, ...]) -> Begun:
    """A scenario as `lobule run` simulates it, without its band: the same numbers, of fewer outputs."""
    from lobule.simulation.experiment import Experiment
    from lobule.simulation.simulate import begun

    experiment = Experiment.of((), hypotheses=scenario.hypotheses, reading=scenario.reading)
    return begun(scenario.who(), scenario.therapy(), scenario.until, scenario.sample_every, scenario.title, RTOL,
                 "lobule", experiment, outputs)  # fmt: skip


def simulated(scenario: Scenario, outputs: tuple[str, ...], members: int) -> Run:
    """The same as a run, with the band of some members of the ensemble or, for 0, without one."""
    return prepared(scenario, outputs).run(members)


class Worker:
    """Give it wishes with `ask`; it begins with the first one."""

    def __init__(
        self,
        prepare: Callable[[Scenario, tuple[str, ...]], Begun] = prepared,
        most_bytes: int = MOST_BYTES,
        members: int = THIN,
    ) -> None:
        self.members = members
        self._prepare, self._most = prepare, most_bytes
        self._soon: OrderedDict[Hashable, Step] = OrderedDict()
        self._later: OrderedDict[Hashable, Step] = OrderedDict()
        self._kept: OrderedDict[Hashable, Any] = OrderedDict()
        self._bytes = 0
        self._there = threading.Condition()
        self._thread: threading.Thread | None = None

    def ask(
        self,
        owner: Hashable,
        state: State,
        outputs: tuple[str, ...],
        tell: Callable[[Told], None],
        members: int | None = None,
    ) -> None:
        """Ask for a run; what the same owner asked before, and was not told yet, is dropped.

        Parameters
        ----------
        owner : who asks, such as a page
        tell : called in another thread, once with the twins and once more with the band where there is one
        members : of the band; as usual when None
        """
        wanted = self.members if members is None else members
        twins: list[Begun] = []  # solved once, for the curves and for the band behind them

        def run(n: int) -> Run:
            if not twins:
                twins.append(self._prepare(state.scenario, tuple(outputs)))
            return twins[0].run(n)

        def step(n: int, then: Step | None) -> Step:
            return Step(
                (state.digest, tuple(outputs), n),
                lambda: run(n),
                lambda run, error: tell(Told(state, run, error, whole=error is not None or then is None)),
                then,
            )

        self._put(self._soon, owner, step(0, step(wanted, None) if wanted else None))

    def do(self, owner: Hashable, key: Hashable, work: Callable[[], Any], tell: Callable[[Found], None]) -> None:
        """Ask for other work of a second or two, behind the twins of all; dropped as runs are.

        Parameters
        ----------
        key : the same for the same value, which is kept
        tell : called in another thread with what it gives
        """
        self._put(self._later, owner, Step(key, work, lambda value, error: tell(Found(value, error))))

    def forget(self, owner: Hashable) -> None:
        """Drop what an owner waits for: the page is closed."""
        with self._there:
            self._soon.pop(owner, None)
            self._later.pop(owner, None)

    @property
    def kept_bytes(self) -> int:
        """Of what is kept."""
        return self._bytes

    def _put(self, queue: OrderedDict[Hashable, Step], owner: Hashable, step: Step) -> None:
        with self._there:
            self._later.pop(owner, None) if queue is self._soon else None
            queue[owner] = step  # keeps the turn of an older wish
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="lobule-studio", daemon=True)
                self._thread.start()
            self._there.notify()

    def _work(self) -> None:
        while True:
            with self._there:
                while not (self._soon or self._later):
                    self._there.wait()
                owner, step = (self._soon or self._later).popitem(last=False)
            value, error = self._done(step)
            with self._there:
                newer = owner in self._soon or owner in self._later
                if step.then is not None and error is None and not newer:
                    self._later[owner] = step.then
            if not newer:
                try:
                    step.tell(value, error)
                except Exception:  # a page that closes just now takes nobody else's answers with it
                    traceback.print_exc()

    def _done(self, step: Step) -> tuple[Any, LobuleError | None]:
        if step.key in self._kept:
            self._kept.move_to_end(step.key)
            return self._kept[step.key], None
        try:
            value = step.work()
        except LobuleError as error:
            return None, error
        except Exception:  # whatever it is, the pages of others go on
            traceback.print_exc()
            return None, LobuleError(BROKEN)
        self._kept[step.key] = value
        self._bytes += size_of(value)
        while self._bytes > self._most and len(self._kept) > 1:
            self._bytes -= size_of(self._kept.popitem(last=False)[1])
        return value, None


def size_of(value: Any) -> int:
    """Bytes of the numbers of a run; of anything else a guess."""
    datasets = getattr(value, "datasets", None)
    return PLAIN if datasets is None else sum(int(one.nbytes) for one in datasets().values())
