"""A subject under its plan beside its untreated twin, and the bounds of doses whose unit leaves their size open."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from lobule import model
from lobule.arguments import one_of
from lobule.engine import CompiledModel
from lobule.model.cargo import CELLS
from lobule.model.slots import without_slot
from lobule.simulation.crowd import Crowd, Group, Solved
from lobule.simulation.experiment import Experiment
from lobule.simulation.reading import COUNTED, PUBLISHED, constants_of
from lobule.simulation.subject import Subject
from lobule.simulation.treatment import Treatment
from lobule.therapy import Care
from lobule.therapy.regimen import Regimen

if TYPE_CHECKING:
    import xarray as xr

Values = NDArray[np.float64]
# Outputs whose largest value is recorded, also between the reported times
PEAKS = ("lung_plugs", "donor_immunity", "msc_alive", "msc_in_depot", "msc_factor", "msc_engulfment",
         "educated_share")  # fmt: skip
FOLDS = ("tnf_alpha", "il_6", "il_1_beta", "il_10", "tgf_beta", "ifn_gamma", "hgf", "ccl_2", "vegf", "danger_signal",
         "reactive_oxygen", "macrophage_nf_kb", "endotoxin")  # fmt: skip


def is_fold(output: str) -> bool:
    """Whether a pure number is told as a multiple of its value in health."""
    return output in FOLDS or output.endswith("_fold")


class Twins:
    """The crowd of one run.

    Parameters
    ----------
    times : (n_times,) days of the run that are reported
    outputs : that are reported; all when None

    Raises
    ------
    InputError : an unknown output.
    """

    def __init__(
        self, subject: Subject, regimen: Regimen, experiment: Experiment, times: Values,
        outputs: Sequence[str] | None = None,
    ) -> None:  # fmt: skip
        history = subject.history_days
        visits = np.array(regimen.visits(float(times[-1])), float) + history
        looked = np.union1d(times + history, visits)
        self.regimen, self.times, self.reported = regimen, times, np.isin(looked, times + history)
        slots = regimen.slots
        self.crowd = Crowd(experiment.model(subject.species, slots), experiment, slots)
        known = self.crowd.model.variables
        named = [*known, *self.crowd.model.terms]  # terms of equations are told to who asks for them
        asked = known if outputs is None else [one_of(name, "outputs", named, "output") for name in outputs]
        self.outputs = tuple(dict.fromkeys(asked))
        self.treated = self.crowd.add(subject, looked, regimen)
        self.bounds: list[Group] = []
        if not regimen.certain:
            self.bounds = [self.crowd.add(subject, looked, regimen, bound=bound) for bound in ("low", "high")]
        self.untreated = self.crowd.add(subject, looked, regimen, twin=True) if regimen.parts else None
        self.counted: Group | None = None
        self.care = Regimen.of([part for part in regimen.parts if isinstance(part, Care)], subject)
        self.cared: Group | None = None  # what the effect of the products is an effect beyond
        if regimen.products and experiment.reading == PUBLISHED:
            self.counted = self.crowd.add(subject, looked, regimen, sets=constants_of(COUNTED))
            if self.care.parts:
                self.cared = self.crowd.add(subject, looked, regimen, treatments=[Treatment.of(self.care, history)])

    @property
    def given(self) -> dict[int, list[float]]:
        """{part: days of the run on which its doses were given}."""
        return self.treated.treatments[0].given if self.treated.treatments else {}

    def solve(self, rtol: float, engine: str) -> Solved:
        """Solve all of them, for the outputs that are reported and those whose peaks are recorded."""
        recorded = [name for name in self.crowd.model.variables if has_peak(name)]
        return self.crowd.solve([*self.outputs, *recorded], rtol, engine=engine)

    def course(self, solved: Solved, group: Group) -> xr.Dataset:
        """A group's courses at the reported times."""
        values = solved.all_values(group)[0, self.reported]
        return self._dataset(values)

    def _dataset(self, values: Values) -> xr.Dataset:
        """Courses with units and labels; what is of each product says of which."""
        found = dataset(values, self.outputs, self.crowd.model, self.times)
        for name in self.outputs:
            usual, slot = without_slot(name)
            if slot is not None:
                label = self.crowd.model.labels.get(usual, usual.replace("_", " "))
                found[name].attrs["long_name"] = f"{label} of {self.regimen.product_in(usual, slot)}"
        return found

    def between(self, solved: Solved) -> xr.Dataset | None:
        """Courses under the smallest and the largest dose that its unit may mean; None where a dose is certain."""
        if not self.bounds:
            return None
        values = np.concatenate([solved.all_values(group)[:, self.reported] for group in self.bounds])
        return self._dataset(values)

    def peaks(self, solved: Solved) -> dict[str, float]:
        """Largest values of the treated, also soon after doses, between the reported times."""
        names = [name for name in self.crowd.model.variables if has_peak(name)]
        return {name: float(solved.values(self.treated, name).max()) for name in names}


def has_peak(output: str) -> bool:
    """Copies in cells, effects, and what is named in PEAKS."""
    return output in PEAKS or output.endswith("_effect") or any(output.endswith(f"_per_{cell}") for cell in CELLS)


def dataset(values: Values, names: tuple[str, ...], compiled: CompiledModel, times: Values) -> xr.Dataset:
    """Courses with units and labels: (n_times, n_outputs), or those of bounds (n_bounds, n_times, n_outputs).

    There may be more outputs than names; those that come first are taken.
    """
    import xarray as xr

    units, labels = model.units_of(compiled), compiled.labels
    dims = ("time",) if values.ndim == 2 else ("bound", "time")
    variables = {}
    for i, name in enumerate(names):
        attributes = {"units": units.get(name, "1"), "long_name": labels.get(name, name.replace("_", " "))}
        if attributes["units"] == "1" and is_fold(name):
            attributes["scale"] = "fold of health"
        variables[name] = (dims, values[..., i].copy(), attributes)
    return xr.Dataset(variables, {"time": ("time", times, {"units": "d"})})
