"""`lobule calibrate`: repeats lobule's own calibration from the evidence of the package."""

from __future__ import annotations

from pathlib import Path

from lobule.answers.answer import Answer
from lobule.answers.record import record_of
from lobule.answers.words import plain
from lobule.calibrate.calibration import calibrate as sample
from lobule.progress import say
from lobule.report.records import records


def calibrate(*, out: Path, steps: int = 2100, members: int = 200, seed: int = 1) -> Answer:
    """Sample the free parameters; the state is kept in `out` after every step, and the ensemble written there.

    Parameters
    ----------
    steps : of every walker, those done before included
    members : of the ensemble

    Raises
    ------
    InputError : fewer positions than members. ResultsError : a folder that cannot be written.
    """
    found = sample(out, steps, seed, lambda done, best: say(f"steps (best log-posterior {best:.1f})", done, steps))
    found.save(out, members)
    settings = found.settings
    said = (
        f"{int(found.table['told'].sum())} of {len(found.table)} free parameters were told something by the "
        f"calibration studies; largest R-hat {settings['largest_r_hat']:.2f}, smallest effective size "
        f"{settings['smallest_effective_size']:.0f}; autocorrelation at most "
        f"{settings['largest_autocorrelation_steps']:.0f} steps"
    )
    return Answer(
        title="Calibration",
        said=said,
        text=f"{plain(found.table)}\n{said}\nEnsemble of {members} members: ensemble.csv",
        data={"settings": settings, "parameters": records(found.table)},
        record=record_of("calibrate", "Calibration", options={"steps": steps, "members": members}, seed=seed),
    )
