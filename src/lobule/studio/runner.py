"""Runs one command of a job in its folder, within limits of memory and time, and writes how it ended.

    python -I -S runner.py FOLDER

A program of its own, of the standard library alone, so that it starts in a blink: it outlives the server that started
it, and whoever comes later reads from the folder what became of the command.
"""

import json
import os
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path


def identity(process: int) -> str:
    """What tells a process from a later one of the same number; "" where there is none, or nobody has fetched its end.

    >>> identity(os.getpid()) == identity(os.getpid()) != ""
    True
    """
    with suppress(OSError, IndexError):
        rest = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return "" if rest[0] in "ZX" else f"{boot}-{rest[19]}"
    if Path("/proc/self/stat").exists():
        return ""
    told = subprocess.run(
        ["ps", "-o", "stat=,lstart=", "-p", str(process)], capture_output=True, text=True, check=False
    )
    return "" if told.stdout.strip().startswith("Z") else " ".join(told.stdout.split()[1:])


def write(path: Path, what: dict) -> None:
    """A small file, whole or not at all."""
    draft = path.with_suffix(".draft")
    draft.write_text(json.dumps(what), encoding="utf-8")
    os.replace(draft, path)


def limit(memory: int, seconds: int, file: int) -> None:
    """What the command may take: bytes of memory, seconds of computing, bytes of one file."""
    with suppress(ImportError):
        import resource

        most = {"AS": (memory, memory), "CPU": (seconds, seconds + 1), "FSIZE": (file, file), "CORE": (0, 0)}
        for kind, wanted in most.items():  # of computing, the first limit tells the command why, the second kills it
            with suppress(AttributeError, ValueError, OSError):
                which = getattr(resource, f"RLIMIT_{kind}")
                now = resource.getrlimit(which)[1]
                soft, hard = (one if now == resource.RLIM_INFINITY else min(one, now) for one in wanted)
                resource.setrlimit(which, (soft, hard))


def main(folder: Path) -> None:
    """Run the command of a folder."""
    asked = json.loads((folder / "command.json").read_text(encoding="utf-8"))
    write(folder / "process.json", {"process": os.getpid(), "identity": identity(os.getpid()), "began": time.time()})
    limit(**asked["limits"])
    with suppress(OSError):
        os.nice(5)  # whoever moves a slider comes first
    with open(folder / "said.txt", "ab") as said, open(folder / "log.txt", "ab") as log:
        child = subprocess.Popen(asked["command"], cwd=folder, stdin=subprocess.DEVNULL, stdout=said, stderr=log)
        code = child.wait()
    write(folder / "ended.json", {"code": code, "ended": time.time()})


if __name__ == "__main__":
    main(Path(sys.argv[1]))
