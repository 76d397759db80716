"""How quick the studio is, and how much it holds: measured in one run, printed as a table.

    python benchmarks/studio.py [--minutes 1] [--sessions 20] [--gate]

A studio of its own is started; a real browser moves its slider (release of a key to the last change of the picture),
then many sessions, each with browser memory and a dose of its own, move at once for some minutes: memory has to stay
flat, and curves have to be those of one's own dose. Wall times are of a machine that does other things too; CPU times
are those to compare, and `--gate` fails where their medians are above the goals.
"""

from __future__ import annotations

import argparse
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from playwright.sync_api import Browser, Page, sync_playwright

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
DRAWN = "Number(document.querySelector('[data-drawn]').getAttribute('data-drawn'))"
TICKS = os.sysconf("SC_CLK_TCK")
AFTER = f"before => {DRAWN} >= before"
FIRST = "[data-panel=collagen_proportionate_area] [role=img]"
FORGOTTEN = 15.0  # seconds after which a server has forgotten pages that were closed
LOW = "1e8"  # particles, from which the slider goes up
GATE = 80.0, 160.0  # milliseconds of CPU of a move: twins, and with the band


def started() -> tuple[subprocess.Popen[bytes], str, float]:
    """A studio, its address, and seconds to its first byte."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    began = time.monotonic()
    command = [sys.executable, "-m", "lobule", "studio", "--no-browser", "--port", str(port)]
    process = subprocess.Popen(command, cwd=tempfile.mkdtemp(), stdout=subprocess.DEVNULL)
    while True:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return process, f"http://127.0.0.1:{port}", time.monotonic() - began
        time.sleep(0.02)


def cpu(pid: int) -> float:
    """Seconds of CPU that a process has used, in steps of 10 ms; also those of threads that have ended."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def megabytes(pid: int) -> float:
    """Of memory that a process holds."""
    found = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    assert found is not None
    return int(found[1]) / 1024


@dataclass
class Moves:
    """Of each move: milliseconds from the key to the twins and to the band, and CPU of the server until then and until
    nothing more follows."""

    twins: list[float] = field(default_factory=list)
    bands: list[float] = field(default_factory=list)
    work_of_twins: list[float] = field(default_factory=list)
    work_with_band: list[float] = field(default_factory=list)
    work: list[float] = field(default_factory=list)

    @property
    def within(self) -> bool:
        """Whether the CPU of a move is within the goals."""
        return median(self.work_of_twins) <= GATE[0] and median(self.work_with_band) <= GATE[1]


def moves(page: Page, pid: int, n: int) -> Moves:
    """Move the slider n times, each to a dose that nobody has asked for."""
    page.get_by_role("textbox", name="Dose", exact=True).fill(LOW)
    page.wait_for_timeout(3000)
    page.get_by_role("slider", name="Dose, on a logarithmic scale").focus()
    found = Moves()
    for _ in range(n):
        page.wait_for_timeout(600)
        before, used, began = page.evaluate(DRAWN), cpu(pid), time.monotonic()
        page.keyboard.press("ArrowRight")
        for further, waited, worked in (
            (1, found.twins, found.work_of_twins), (2, found.bands, found.work_with_band)
        ):  # fmt: skip
            page.wait_for_function(AFTER, arg=before + further)
            waited.append(1000 * (time.monotonic() - began))
            worked.append(1000 * (cpu(pid) - used))
        page.wait_for_timeout(600)
        found.work.append(1000 * (cpu(pid) - used))
    return found


@dataclass(frozen=True)
class Crowd:
    """Many sessions at once: memory a session in MB, memory of the server once a minute, moves made, CPU of the server
    a move in milliseconds, sessions whose curves are not those of their own dose, memory after all are closed."""

    each: float
    held: list[float]
    moves: int
    work: float
    strangers: int
    closed: float


def crowd(browser: Browser, address: str, pid: int, sessions: int, minutes: float) -> Crowd:
    """Open sessions, each in a browser of its own with a dose of its own, and move all their doses for some minutes."""
    before, contexts = megabytes(pid), [browser.new_context() for _ in range(sessions)]
    pages = [context.new_page() for context in contexts]
    for k, page in enumerate(pages):
        page.set_default_timeout(120_000)
        page.goto(f"{address}/?subject.species=mouse&subject.injury.cause=ccl4&subject.injury.duration=6+wk"
                  f"&plan.0.product=uc-msc-ev&plan.0.dose={k + 1}e9+particle&plan.0.start=21+d&until=63+d")  # fmt: skip
    for page in pages:
        page.get_by_text("Up to date").wait_for()
    held, used, began, turn = [megabytes(pid)], cpu(pid), time.monotonic(), 0
    while time.monotonic() < began + 60 * minutes:
        turn += 1
        for k, page in enumerate(pages):
            page.get_by_role("textbox", name="Dose", exact=True).fill(f"{k + 1}.{turn % 10}e9")
        if time.monotonic() > began + 60 * len(held):
            held.append(megabytes(pid))
    for page in pages:
        page.wait_for_timeout(300)
        page.get_by_text("Up to date").wait_for()
    held.append(megabytes(pid))
    work = 1000 * (cpu(pid) - used) / max(turn * sessions, 1)
    told = [said(page) for page in pages]
    strangers = sum(not alone(browser, page.url, words) for page, words in zip(pages, told, strict=True))
    for context in contexts:
        context.close()
    time.sleep(FORGOTTEN)
    return Crowd((held[0] - before) / sessions, held, turn * sessions, work, strangers, megabytes(pid))


def said(page: Page) -> list[str | None]:
    """What the curves of a page say in words, each with its numbers."""
    page.locator(f"{FIRST}[aria-label*='of the ensemble']").wait_for()
    return [one.get_attribute("aria-label") for one in page.locator("[data-panel] [role=img]").all()]


def alone(browser: Browser, link: str, words: list[str | None]) -> bool:
    """Whether a fresh session that opens the link of another says the same: its own dose, and nobody else's."""
    context = browser.new_context()
    page = context.new_page()
    page.set_default_timeout(120_000)
    page.goto(link)
    page.get_by_text("Up to date").wait_for()
    same = said(page) == words
    context.close()
    return same


def main() -> None:
    """Measure and print."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--minutes", type=float, default=1.0)
    asked.add_argument("--sessions", type=int, default=20)
    asked.add_argument("--moves", type=int, default=15)
    asked.add_argument("--gate", action="store_true", help="fail where the CPU of a move is above the goals")
    given = asked.parse_args()
    process, address, first_byte = started()
    try:
        with sync_playwright() as play:
            browser = play.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
            page = browser.new_page(viewport={"width": 1280, "height": 900})
            page.set_default_timeout(120_000)
            began = time.monotonic()
            page.goto(address)
            page.get_by_text("Up to date").wait_for()
            cold = time.monotonic() - began
            began = time.monotonic()
            page.reload()
            page.get_by_text("Up to date").wait_for()
            warm = time.monotonic() - began
            moved = moves(page, process.pid, given.moves)
            many = crowd(browser, address, process.pid, given.sessions, given.minutes)
            browser.close()
    finally:
        process.terminate()
    print(f"load of the machine (1 min)               {os.getloadavg()[0]:.1f}")
    print(f"start to first byte                       {first_byte:.1f} s")
    print(f"first page whole: cold, then warm         {cold:.1f} s, {warm:.1f} s")
    for what, of in (("key to twins drawn", moved.twins), ("key to band drawn", moved.bands),
                     ("CPU of the server to the twins", moved.work_of_twins),
                     ("CPU of the server with the band", moved.work_with_band),
                     ("CPU of the server, all that follows", moved.work)):  # fmt: skip
        print(f"{what + ' (median, least)':<42}{median(of):.0f} ms, {min(of):.0f} ms")
    held = ", ".join(f"{one:.0f}" for one in many.held)
    print(f"memory a session                          {many.each:.2f} MB")
    about = f"{given.sessions} sessions moving for {given.minutes:g} min"
    print(f"{about:<42}{many.moves} moves, {many.work:.0f} ms CPU each")
    print(f"memory of the server, once a minute       {held} MB; {many.closed:.0f} after all are closed")
    print(f"sessions with curves of another           {many.strangers}")
    if given.gate and not moved.within:
        sys.exit("the CPU of a move is above the goals: {:.0f} ms to the twins, {:.0f} ms with the band".format(*GATE))


if __name__ == "__main__":
    main()
