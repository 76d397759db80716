"""Long work in processes: what a folder tells, whatever becomes of the page, the server and the process."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from lobule.errors import InputError
from lobule.studio import jobs as module
from lobule.studio.jobs import CANCELLED, DONE, FAILED, RUNNING, WAITING, Jobs, Limits
from lobule.studio.runner import identity

QUICK = (
    "import pathlib; pathlib.Path('out').mkdir(); pathlib.Path('out/a.txt').write_bytes(open('table.csv','rb').read())"
)
SLOW = "import time; print('begun', flush=True); time.sleep(60)"


def toy(root: Path, **more: object) -> Jobs:
    return Jobs(root, command=(sys.executable, "-c"), **more)  # type: ignore[arg-type]


def asked(jobs: Jobs, script: str, **more: object) -> str:
    return jobs.submit("toy", "a title", [script], {"table.csv": b"a,b\n"}, **more)  # type: ignore[arg-type]


def until(jobs: Jobs, name: str, *states: str, seconds: float = 20.0) -> module.Job:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        jobs.look()
        job = jobs.job(name)
        assert job is not None
        if job.state in states:
            return job
        time.sleep(0.02)
    raise AssertionError(f"{jobs.job(name)} is not {states}")


def running(jobs: Jobs, script: str = SLOW) -> str:
    """A job whose command has begun to work."""
    name = asked(jobs, script)
    end = time.monotonic() + 20
    while "begun" not in until(jobs, name, RUNNING, FAILED).log():
        assert time.monotonic() < end
        time.sleep(0.02)
    return name


def group_is_gone(process: int) -> bool:
    end = time.monotonic() + 2
    while time.monotonic() < end:
        if not any(
            entry.name.isdigit() and _group(int(entry.name)) == process and identity(int(entry.name))
            for entry in os.scandir("/proc")
        ):
            return True
    return False


def _group(process: int) -> int:
    try:
        return os.getpgid(process)
    except ProcessLookupError:
        return -1


def test_a_job_runs_its_command_on_its_files_and_keeps_what_came_out(tmp_path: Path) -> None:
    jobs = toy(tmp_path)
    job = until(jobs, asked(jobs, QUICK, page={"dose": "1e9 particle"}), DONE, FAILED)
    assert (job.state, job.reason, job.page) == (DONE, "", {"dose": "1e9 particle"})
    assert (job.out / "a.txt").read_bytes() == b"a,b\n"
    assert job.began is not None and job.ended is not None and job.asked <= job.began <= job.ended


def test_a_job_fails_with_the_sentence_of_its_command(tmp_path: Path) -> None:
    jobs = toy(tmp_path)
    script = "import sys; print('lobule: 30 s: draws, 2 of 8', file=sys.stderr); sys.exit('lobule: no unit in line 3')"
    job = until(jobs, asked(jobs, script), FAILED)
    assert job.reason == "no unit in line 3"


def test_an_answer_that_is_no_counts_as_done(tmp_path: Path) -> None:
    jobs = toy(tmp_path)
    assert until(jobs, asked(jobs, "import os; os.mkdir('out'); raise SystemExit(1)"), DONE, FAILED).state == DONE


def test_more_than_one_waits_and_the_oldest_is_next(tmp_path: Path) -> None:
    jobs = toy(tmp_path)
    first = running(jobs)
    second, third = asked(jobs, QUICK), asked(jobs, QUICK)
    jobs.look()
    assert [jobs.job(name).state for name in (second, third)] == [WAITING, WAITING]  # type: ignore[union-attr]
    jobs.cancel(first)
    before = until(jobs, second, DONE)
    after = until(jobs, third, DONE)
    assert before.ended is not None and after.began is not None and before.ended <= after.began


def test_cancel_ends_a_job_and_what_it_started_within_two_seconds_even_if_it_will_not(tmp_path: Path) -> None:
    jobs = toy(tmp_path)
    script = (
        "import signal, subprocess, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']);"
        "print('begun', flush=True); time.sleep(60)"
    )
    name = running(jobs, script)
    process = json.loads((tmp_path / name / "process.json").read_text())["process"]
    begin = time.monotonic()
    jobs.cancel(name)
    assert time.monotonic() - begin < 2.5
    assert jobs.job(name).state == CANCELLED  # type: ignore[union-attr]
    assert group_is_gone(process)


def test_a_job_that_waits_is_cancelled_and_never_begins(tmp_path: Path) -> None:
    jobs = toy(tmp_path, at_once=0)
    name = asked(jobs, QUICK)
    jobs.cancel(name)
    jobs.at_once = 1
    jobs.look()
    assert jobs.job(name).state == CANCELLED and not (tmp_path / name / "out").exists()  # type: ignore[union-attr]


def test_a_cancelled_job_can_go_on_and_keeps_its_results_folder(tmp_path: Path) -> None:
    jobs = toy(tmp_path)
    script = (
        "import pathlib, time; p = pathlib.Path('out'); new = not p.exists(); p.mkdir(exist_ok=True);"
        "print('begun', flush=True); time.sleep(60) if new else (p / 'done').touch()"
    )
    name = running(jobs, script)
    jobs.cancel(name)
    jobs.again(name)
    assert (until(jobs, name, DONE, FAILED).out / "done").exists()


def test_a_job_survives_the_server_that_started_it(tmp_path: Path) -> None:
    server = (
        "import sys; from lobule.studio.jobs import Jobs; jobs = Jobs(sys.argv[1], command=(sys.executable, '-c'));"
        "print(jobs.submit('toy', 'a', [sys.argv[2]], {}), flush=True)"
    )
    script = "import os, time; print('begun', flush=True); time.sleep(1.5); os.mkdir('out')"
    told = subprocess.run([sys.executable, "-c", server, tmp_path, script], capture_output=True, text=True, check=True)
    name = told.stdout.strip()
    jobs = toy(tmp_path)
    assert until(jobs, name, RUNNING, DONE).state == RUNNING
    assert until(jobs, name, DONE, FAILED).state == DONE


def test_a_process_that_was_killed_is_a_job_that_failed_and_another_of_its_number_is_not_it(tmp_path: Path) -> None:
    jobs = toy(tmp_path)
    name = running(jobs)
    process = json.loads((tmp_path / name / "process.json").read_text())
    os.killpg(process["process"], signal.SIGKILL)
    assert until(jobs, name, FAILED).reason == module.ENDED_FROM_OUTSIDE
    other = process | {"process": os.getpid()}
    (tmp_path / name / "process.json").write_text(json.dumps(other))
    assert jobs.job(name).state == FAILED  # type: ignore[union-attr]
    jobs.cancel(name)  # would end this test if the number were all that counts


def test_memory_and_time_are_bounded_and_said(tmp_path: Path) -> None:
    jobs = toy(tmp_path, limits=Limits(memory=200 << 20, seconds=1))
    assert "memory" in until(jobs, asked(jobs, "x = bytearray(1 << 30)"), FAILED).reason
    assert "time of computing" in until(jobs, asked(jobs, "while True: pass"), FAILED).reason


def test_progress_is_read_from_what_the_command_writes(tmp_path: Path) -> None:
    jobs = toy(tmp_path)
    script = (
        "import time; from lobule.cli import progress; from lobule.progress import say\n"
        "with progress.shown():\n say('draws', 2, 8); print('begun', flush=True); time.sleep(60)"
    )
    name = running(jobs, script)
    end = time.monotonic() + 10
    while not jobs.job(name).step and time.monotonic() < end:  # type: ignore[union-attr]
        time.sleep(0.05)
    job = jobs.job(name)
    assert job is not None and (job.step, job.done, job.total) == ("draws", 2, 8)
    jobs.cancel(name)


def test_jobs_are_listed_the_newest_first_to_whom_they_belong(tmp_path: Path) -> None:
    jobs = toy(tmp_path, at_once=0)
    mine = [asked(jobs, QUICK, owner="me") for _ in range(2)]
    other = asked(jobs, QUICK, owner="you")
    assert [job.id for job in jobs.listed("me")] == mine[::-1]
    assert {job.id for job in jobs.listed()} == {*mine, other}
    assert jobs.job(other, "me") is None
    jobs.delete(other, "me")
    assert jobs.job(other) is not None


@pytest.mark.parametrize("name", ["", "..", "../" * 3, "a" * 32 + "/..", "A" * 32, "0" * 31, "0" * 32 + "\n"])
def test_what_is_no_id_finds_nothing(tmp_path: Path, name: str) -> None:
    assert toy(tmp_path).job(name) is None


def test_a_deleted_job_leaves_nothing(tmp_path: Path) -> None:
    jobs = toy(tmp_path)
    name = running(jobs)
    jobs.delete(name)
    assert jobs.listed() == []
    assert [path.name for path in tmp_path.iterdir()] == ["lock"]


def test_what_waits_and_what_is_kept_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_WAITING", 2)
    jobs = toy(tmp_path, at_once=0)
    asked(jobs, QUICK), asked(jobs, QUICK)
    with pytest.raises(InputError, match="2 jobs wait already"):
        asked(jobs, QUICK)


def test_a_watcher_starts_what_waits(tmp_path: Path) -> None:
    jobs = toy(tmp_path, at_once=0)
    name = asked(jobs, QUICK)
    jobs.at_once = 1
    jobs.start()
    try:
        end = time.monotonic() + 20
        while jobs.job(name).state != DONE and time.monotonic() < end:  # type: ignore[union-attr]
            time.sleep(0.05)
    finally:
        jobs.stop()
    assert jobs.job(name).state == DONE  # type: ignore[union-attr]


def test_a_folder_that_is_no_job_and_a_damaged_one_are_passed_over(tmp_path: Path) -> None:
    jobs = toy(tmp_path)
    (tmp_path / ("0" * 32)).mkdir()
    (tmp_path / ("1" * 32)).mkdir()
    (tmp_path / ("1" * 32) / "asked.json").write_text("{")
    assert jobs.listed() == []


def test_what_a_page_waits_for_does_not_stand_behind_long_work(tmp_path: Path) -> None:
    jobs = toy(tmp_path)
    long = running(jobs)
    behind, soon, sooner = asked(jobs, QUICK), asked(jobs, QUICK, soon=True), asked(jobs, SLOW, soon=True)
    assert until(jobs, soon, DONE).soon
    assert until(jobs, sooner, RUNNING).soon
    assert [jobs.job(name).state for name in (long, behind)] == [RUNNING, WAITING]  # type: ignore[union-attr]
    later = asked(jobs, QUICK, soon=True)
    jobs.look()
    assert jobs.job(later).state == WAITING  # type: ignore[union-attr]
    for name in (long, sooner):
        jobs.cancel(name)
    assert {until(jobs, name, DONE).state for name in (behind, later)} == {DONE}
