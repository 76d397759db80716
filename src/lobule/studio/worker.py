"""One worker for the whole process: it simulates what pages ask for, twins first, the band behind them.

Of each page the newest wish counts: what it asked before is dropped. Pages take turns, so that nobody who moves a
slider without end keeps the others waiting; no band is drawn while anybody waits for twins.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lobule.errors import LobuleError
from lobule.files.scenario import Scenario
from lobule.simulation.ensemble import THIN

if TYPE_CHECKING:
    from lobule.simulation.run import Run
    from lobule.studio.state import State

MOST_BYTES = 256 << 20  # of runs that are kept
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
class Wish:
    """state, outputs : what a page asks for; members : of the band, 0 for none; tell : called in the worker's thread"""

    state: State
    outputs: tuple[str, ...]
    members: int
    tell: Callable[[Told], None] = field(compare=False)


def simulated(scenario: Scenario, outputs: tuple[str, ...], members: int) -> Run:
    """A scenario as `lobule run` simulates it; the same numbers, of fewer outputs."""
    from lobule.simulation.simulate import simulate

    return simulate(
        scenario.who(), scenario.therapy(), scenario.until, sample_every=scenario.sample_every, title=scenario.title,
        hypotheses=scenario.hypotheses, reading=scenario.reading, uncertainty=members, outputs=outputs,
    )  # fmt: skip


class Worker:
    """Give it wishes with `ask`; it begins with the first one."""

    def __init__(
        self,
        solve: Callable[[Scenario, tuple[str, ...], int], Run] = simulated,
        most_bytes: int = MOST_BYTES,
        members: int = THIN,
    ) -> None:
        self.members = members
        self._solve, self._most = solve, most_bytes
        self._twins: OrderedDict[Hashable, Wish] = OrderedDict()
        self._bands: OrderedDict[Hashable, Wish] = OrderedDict()
        self._kept: OrderedDict[tuple[str, tuple[str, ...], int], Run] = OrderedDict()
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
        wish = Wish(state, tuple(outputs), self.members if members is None else members, tell)
        with self._there:
            self._bands.pop(owner, None)
            self._twins[owner] = wish  # keeps the turn of an older wish
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="lobule-studio", daemon=True)
                self._thread.start()
            self._there.notify()

    def forget(self, owner: Hashable) -> None:
        """Drop what an owner waits for: the page is closed."""
        with self._there:
            self._twins.pop(owner, None)
            self._bands.pop(owner, None)

    @property
    def kept_bytes(self) -> int:
        """Of the runs that are kept."""
        return self._bytes

    def _work(self) -> None:
        while True:
            with self._there:
                while not (self._twins or self._bands):
                    self._there.wait()
                queue = self._twins or self._bands
                owner, wish = queue.popitem(last=False)
                twins = queue is self._twins
            told = self._told(wish, 0 if twins else wish.members)
            more = twins and told.error is None and wish.members > 0
            with self._there:
                newer = owner in self._twins
                if more and not newer:
                    self._bands[owner] = wish
            if not newer:
                wish.tell(Told(told.state, told.run, told.error, whole=not more))

    def _told(self, wish: Wish, members: int) -> Told:
        try:
            return Told(wish.state, self._run(wish, members))
        except LobuleError as error:
            return Told(wish.state, error=error)
        except Exception:  # whatever it is, the pages of others go on
            import traceback

            traceback.print_exc()
            return Told(wish.state, error=LobuleError(BROKEN))

    def _run(self, wish: Wish, members: int) -> Run:
        key = (wish.state.digest, wish.outputs, members)
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        run = self._solve(wish.state.scenario, wish.outputs, members)
        self._kept[key] = run
        self._bytes += size_of(run)
        while self._bytes > self._most and len(self._kept) > 1:
            self._bytes -= size_of(self._kept.popitem(last=False)[1])
        return run


def size_of(run: Run) -> int:
    """Bytes of the numbers of a run."""
    return sum(int(one.nbytes) for one in run.datasets().values())
