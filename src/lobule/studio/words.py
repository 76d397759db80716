"""What a page says of a run in words: above the curves what it means, below them what it rests on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lobule.answers import words
from lobule.simulation.told import subject_of

if TYPE_CHECKING:
    from lobule.simulation.run import Run


def headline(run: Run) -> tuple[str, str]:
    """What the treatment changes, with the band of the ratio, and what that means; of a course that nobody treats what
    it comes to."""
    told = run.essential()
    return (told[0], " ".join(told[1:])) if told else (run.said(), "")


def assumptions(run: Run) -> list[str]:
    """Sentences on what a run rests on: its subject, the band, copies that cannot carry the effect, what is assumed."""
    who = subject_of(run.record)
    found = [f"{who[0].upper()}{who[1:]}.", *run.notes()]
    if run.record["plan"]:
        table = run.copy_budget()
        told = words.budget(table, run.unexplained_share.values()).splitlines()
        found += [line.strip() for line in told if "NOT CARRIED" in line or "although" in line]
    return [one.replace("NOT CARRIED BY COUNT: w", "Not carried by count: w") for one in found]
