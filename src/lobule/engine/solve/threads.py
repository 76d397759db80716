"""Blocks of patients over threads. The numbers depend neither on the blocks nor on the threads."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from lobule.engine.solve.prepared import Prepared

FIRST_TRIES = 256  # of a step, before Python comes in
BREATH = 0.2  # seconds at most between two looks for an interrupt, where a single try does not take longer
BLOCK = 256  # patients a thread takes at once at most: long enough that a few idle lanes at its end cost little
WORTH = 2_000  # states of all patients for which a further thread is worth its start


def default_threads() -> int:
    """Threads to use: LOBULE_NUM_THREADS, else the cores this process may run on."""
    given = os.environ.get("LOBULE_NUM_THREADS", "")
    if given.isdigit():
        return max(1, int(given))
    allowed = getattr(os, "sched_getaffinity", None)  # Linux: what a container or a batch system leaves us
    return len(allowed(0)) if allowed else os.cpu_count() or 1


def solve_blocks(ready: Prepared, rtol: float, arrays: dict[str, np.ndarray], threads: int) -> None:
    """Integrate all patients of the arrays; `people` and `y` are filled in. Between a block's tries of a step Python
    comes in, some times a second, so that an interrupt is seen."""
    from lobule.engine.solve.loop import loop_of_processor  # Numba takes a quarter of a second to load

    empty, drive = loop_of_processor(ready.eventful)
    room, n, stopped = ready.room, len(arrays["people"]), threading.Event()
    size = _block_size(n, ready.structure.layout.states, ready.kernel.lanes, threads)

    def one_block(first: int) -> None:
        block = room.block(rtol, arrays, first, min(first + size, n))
        address = block.ctypes.data
        empty(address)
        tries, more = FIRST_TRIES, True
        while more and not stopped.is_set():
            start = time.perf_counter()
            more = drive(address, tries)
            tries = tries * 2 if time.perf_counter() - start < 0.5 * BREATH else max(tries // 2, 1)

    _over_threads(one_block, range(0, n, size), threads, stopped)


def _block_size(n: int, states: int, width: int, threads: int) -> int:
    """Patients of a block: few enough that every thread has one, where that is worth its start."""
    workers = max(1, min(threads, n * states // WORTH))
    even = -(-n // workers)
    return min(BLOCK, max(width, -(-even // width) * width))


def _over_threads(work: Callable[[int], None], starts: range, threads: int, stopped: threading.Event) -> None:
    workers = min(threads, len(starts))
    if workers <= 1:
        for first in starts:
            work(first)
        return
    with ThreadPoolExecutor(workers) as pool:
        waiting = [pool.submit(work, first) for first in starts]
        try:
            for future in waiting:
                future.result()
        except BaseException:
            stopped.set()
            for future in waiting:
                future.cancel()
            raise
