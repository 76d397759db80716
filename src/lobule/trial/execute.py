"""Who solves the units: this machine, whose engine uses its cores, or the workers of a Dask cluster. Same bits."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

from lobule.errors import InputError
from lobule.optional import needs
from lobule.trial.runs import Courses, Unit, solve
from lobule.trial.store import Store

Progress = Callable[[int], None]
WAITING = 4  # units a worker that are sent ahead
RETRIES = 5  # of a unit whose worker was lost
PATIENCE = 120  # seconds that a cluster may be without any worker


def open_units(units: Iterable[Unit], store: Store, done: Progress | None = None) -> Iterator[tuple[Unit, str]]:
    """Units that are not finished, with their keys; a damaged block counts as not finished."""
    for unit in units:
        key = unit.key
        if store.read(key) is not None:
            if done:
                done(len(unit))
        else:
            yield unit, key


def execute(units: Iterable[Unit], store: Store, cluster: str | None = None, done: Progress | None = None) -> None:
    """Solve what is not finished yet.

    Parameters
    ----------
    cluster : "dask://host:port" or the path of a scheduler file; None for this machine
    done : called with the patients of every unit that is finished

    Raises
    ------
    InputError : a folder or a cluster that does not answer.
    NotInstalled : a cluster is asked for, and Dask is not there.
    """
    waiting = open_units(units, store, done)
    if cluster is not None:
        _on_cluster(waiting, store, cluster, done)
        return
    for unit, key in waiting:
        _, courses, seconds = timed(unit, key)
        store.write(unit, key, courses, seconds)
        if done:
            done(len(unit))


def timed(unit: Unit, key: str) -> tuple[str, Courses, float]:
    """Solve a unit: its key, courses, seconds."""
    started = time.perf_counter()
    courses = solve(unit)
    return key, courses, time.perf_counter() - started


def client_of(cluster: str) -> Any:
    """A Dask client for "dask://host:port", "tcp://host:port" or a scheduler file.

    Raises
    ------
    InputError : no such file, no answer.
    NotInstalled : Dask is not there.
    """
    (distributed,) = needs("distributed", extra="cluster")
    where: dict[str, Any] = {"address": cluster.replace("dask://", "tcp://", 1)}
    if "://" not in cluster:
        if not Path(cluster).is_file():
            raise InputError(f'"{cluster}" is neither an address such as dask://host:8786 nor a scheduler file')
        where = {"scheduler_file": cluster}
    try:
        return distributed.Client(**where, timeout=20, set_as_default=False)
    except (OSError, TimeoutError, ValueError) as error:
        raise InputError(f'no Dask scheduler answers at "{cluster}" ({type(error).__name__})') from error


def _on_cluster(waiting: Iterator[tuple[Unit, str]], store: Store, cluster: str, done: Progress | None) -> None:
    """A few units a worker are in flight; a unit whose worker is lost goes to another."""
    with client_of(cluster) as client:
        try:
            client.wait_for_workers(1, timeout=PATIENCE)
        except TimeoutError as error:
            raise InputError(f'the cluster at "{cluster}" has no worker after {PATIENCE} s') from error
        as_completed = import_module("distributed").as_completed
        flying: dict[str, list[Unit]] = {}  # members of the ensemble that are alike have units that are alike
        finished = as_completed(loop=client.loop, with_results=False)

        def send() -> None:
            while len(flying) < WAITING * max(1, len(client.scheduler_info(n_workers=-1)["workers"])):
                try:
                    unit, key = next(waiting)
                except StopIteration:
                    return
                flying.setdefault(key, []).append(unit)
                if len(flying[key]) > 1:
                    continue
                finished.add(client.submit(timed, unit, key, key=f"lobule-{key}", pure=True, retries=RETRIES))

        send()
        for future in finished:
            if future.status == "error":
                raise InputError(f"a worker could not solve a unit: {future.exception()}")
            key, courses, seconds = future.result()
            alike = flying.pop(key)
            store.write(alike[0], key, courses, seconds)
            for unit in alike:
                if done:
                    done(len(unit))
            send()
