"""The same trial on a Dask cluster on loopback: the same bits, also when a worker is killed."""

import os
import signal

import pytest
from tests.trial.test_runs import design, people  # noqa: F401  (a fixture)

from lobule.errors import InputError
from lobule.trial.execute import client_of, execute
from lobule.trial.runs import units
from lobule.trial.store import Store

distributed = pytest.importorskip("distributed")


@pytest.fixture(scope="module")
def cluster():
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, host="127.0.0.1", dashboard_address=None
    ) as local:
        yield local


def blocks(folder):
    return {p.name: p.read_bytes() for p in (folder / "blocks").iterdir()}


def test_two_workers_give_the_same_bits_also_when_one_is_killed(cluster, people, tmp_path):  # noqa: F811
    work = list(units(design(), people, [0, 1, 2, 3, 4, 5]))
    work.insert(1, work[0])  # members that are alike have units that are alike, and are solved once
    alone, shared = Store.at(tmp_path / "alone"), Store.at(tmp_path / "shared")
    execute(work, alone)
    victims = [w.pid for w in cluster.workers.values()]
    seen = []

    def finished(patients):
        seen.append(patients)
        if len(seen) == 1:
            os.kill(victims[0], signal.SIGKILL)

    execute(work, shared, cluster.scheduler_address.replace("tcp://", "dask://"), finished)
    assert sum(seen) == sum(len(u) for u in work)
    assert blocks(tmp_path / "alone") == blocks(tmp_path / "shared")
    assert len(shared.journal()) == len({unit.key for unit in work}) < len(work)


def test_what_is_no_cluster_is_refused(tmp_path):
    with pytest.raises(InputError, match="neither an address"):
        client_of(str(tmp_path / "scheduler.json"))
