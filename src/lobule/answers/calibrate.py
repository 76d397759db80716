"""`lobule calibrate`: repeats lobule's own calibration from the evidence of the package."""

from __future__ import annotations

from pathlib import Path

from lobule.answers.answer import Answer
from lobule.answers.record import record_of
from lobule.answers.words import plain
from lobule.calibrate.calibration import CONVERGED, Calibration
from lobule.calibrate.calibration import calibrate as sample
from lobule.progress import say
from lobule.report.records import records

SHOWN = ["parameter", "value", "low", "high", "prior_low", "prior_high", "r_hat", "effective_size", "says"]


def calibrate(*, out: Path, steps: int = 150, members: int = 200, seed: int = 1) -> Answer:
    """Sample the free parameters; what was solved is kept in `out` after every batch, and the ensemble written there.

    Parameters
    ----------
    steps : of every chain, those done before included
    members : of the ensemble

    Raises
    ------
    InputError : fewer positions than members. ResultsError : a folder that cannot be written.
    """
    found = sample(out, steps, seed, lambda done, total: say("members solved by the engine", done, total))
    found.save(out, members)
    said = _said(found, steps)
    about = "Posterior predictive checks: what studies published beside what such studies would find"
    text = f"{plain(found.table[SHOWN])}\n\n{about}\n{plain(found.checks)}\n\n{said}\n"
    return Answer(
        title="Calibration",
        said=said,
        text=f"{text}Ensemble of {members} members: ensemble.csv",
        data={"settings": found.settings, "parameters": records(found.table), "checks": records(found.checks)},
        record=record_of("calibrate", "Calibration", options={"steps": steps, "members": members}, seed=seed),
    )


def _said(found: Calibration, steps: int) -> str:
    settings, table = found.settings, found.table
    worst = table["parameter"].iloc[int(table["r_hat"].to_numpy().argmax())]
    said = (
        f"{int(table['told'].sum())} of {len(table)} free parameters were told something by the calibration studies; "
        f"largest R-hat {settings['largest_r_hat']:.3f} ({worst}), smallest effective size "
        f"{settings['smallest_effective_size']:.0f}; the engine accepted {settings['accepted']:.0%} of what the "
        "surrogate proposed"
    )
    if settings["converged"]:
        return said
    return f"{said}. Not converged (R-hat {CONVERGED} or more): go on in the same folder with --steps {2 * steps}"
