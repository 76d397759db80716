"""What comes back from solving: values, and for every patient a status with its reason."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lobule.errors import InputError, nearest

OK, STEP_FAILED, NOT_FINITE, TOO_MUCH_WORK, UNDEFINED_OUTPUT, VANISHED, FLOOD, EVENT_UNDEFINED = range(8)

STATUS = {
    OK: "complete",
    STEP_FAILED: "the tolerance could not be met",
    NOT_FINITE: "a state became infinite or undefined",
    TOO_MUCH_WORK: "the limit of steps was reached",
    UNDEFINED_OUTPUT: "an output is infinite or undefined at some samples",
    VANISHED: "the size of a compartment fell to 0 or below",
    FLOOD: "the model's events or switches follow each other without end",
    EVENT_UNDEFINED: "the delay or priority of an event of the model is negative, infinite or undefined",
}


@dataclass(frozen=True)
class Solution:
    """Time courses of many patients.

    Attributes
    ----------
    times : (n_times,) in the model's time unit
    outputs : names (n_outputs,)
    y : (n_patients, n_times, n_outputs) float64; NaN from the moment a patient failed, and where an output alone is
        infinite or undefined
    status : (n_patients,) 0 = complete, else a key of STATUS; UNDEFINED_OUTPUT when the patient was integrated to the
        end and only values of some output are missing
    reasons : one sentence for each patient with such a status, "" for the others
    steps : (n_patients,) steps tried; rejected : (n_patients,) those among them that had to be repeated. Zero where
        the reference simulator does not tell.
    sensitivities : names of the constants by which outputs were differentiated (n_sensitivities,)
    slopes : (n_patients, n_times, n_outputs, n_sensitivities) d(output)/d(constant)
    last_step : (n_patients,) the step that would have come next, for `first_step` of a run that goes on from here; NaN
        where the reference simulator does not tell
    """

    times: np.ndarray
    outputs: tuple[str, ...]
    y: np.ndarray
    status: np.ndarray
    reasons: tuple[str, ...]
    steps: np.ndarray
    rejected: np.ndarray
    sensitivities: tuple[str, ...]
    slopes: np.ndarray
    last_step: np.ndarray

    def __getitem__(self, output: str) -> np.ndarray:
        """Values of one output, shape (n_patients, n_times); InputError for a name that is not there."""
        return self.y[:, :, _place(output, self.outputs, "output")]

    def sensitivity(self, output: str, constant: str) -> np.ndarray:
        """d(output)/d(constant), shape (n_patients, n_times)."""
        of, by = _place(output, self.outputs, "output"), _place(constant, self.sensitivities, "sensitivity to")
        return self.slopes[:, :, of, by]

    @property
    def complete(self) -> bool:
        """Every patient was integrated to the end."""
        return bool(np.all(self.status == OK))


def _place(name: str, names: tuple[str, ...], what: str) -> int:
    if name not in names:
        raise InputError(f'the solution has no {what} "{name}". {nearest(name, names)}')
    return names.index(name)
