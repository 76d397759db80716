"""The potency assay: dose-response in the dish, plates with variation, EC50, relative potency; measured plates too."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from lobule.arguments import a_path, a_text, checking, one_of, optional
from lobule.dish import READOUTS, Dish, Well, read_wells
from lobule.errors import AlreadyTold, InputError, Mistakes
from lobule.files.assay import DOSES, AssayFile, DishSection, Plates, read_plates, reading_assay
from lobule.files.criteria import CriteriaFile, read_criteria
from lobule.files.table import Fault
from lobule.quality.runs import Reportable, reportable
from lobule.quality.suitability import Check, checked, margins
from lobule.quality.wells import ALL, RESTING, STIMULATED, Analysis, analysed
from lobule.quantities import ALLOWED, measured
from lobule.simulation import ensemble
from lobule.simulation.reading import MEANING, a_reading
from lobule.statistics.curves import Curve
from lobule.statistics.potency import CURVES, LINES

if TYPE_CHECKING:
    import matplotlib.figure
REFERENCE = "reference"
LARGEST = 700.0  # variance of logarithms: of a larger one the exponential is no number
MODELS = {"lines": LINES, "curves": CURVES}


@dataclass(frozen=True)
class AssayResult:
    """What an assay says.

    Attributes
    ----------
    title, readout : of the assay
    curves : predicted dose-response without variation (in-silico assays): sample, dose, <readout>, low, high
        (5 and 95 % of the ensemble), over_stimulated; None for measured plates
    analysis : of the wells: doses used, potencies by plate, run and all together, EC50, outliers, effects of plates
    criteria, checks : system and sample suitability
    reportables : the reportable value of every sample
    controls : means of wells without product: resting and stimulated (NaN where there are none)
    faults : cells of a measured table that were left out
    """

    title: str
    readout: str
    unit: str
    curves: pd.DataFrame | None
    analysis: Analysis
    criteria: CriteriaFile
    checks: list[Check]
    reportables: list[Reportable]
    controls: dict[str, float]
    faults: list[Fault]
    notes: list[str]

    @property
    def reference(self) -> str:
        """Name of the reference's wells."""
        return self.analysis.reference

    @property
    def wells(self) -> pd.DataFrame:
        """Sample, plate, run, dose, response of every well; outlier: found to be one (it is used all the same)."""
        return self.analysis.wells

    @cached_property
    def potencies(self) -> pd.DataFrame:
        """One row a sample, plate and model: potency with interval, shape, tests; plate "all" holds all together."""
        return self.analysis.table()

    @property
    def ec50(self) -> dict[str, Curve]:
        """{sample: fitted curve of all plates}."""
        return self.analysis.ec50

    @cached_property
    def between_plates_cv(self) -> dict[str, float]:
        """Geometric CV of the potency between plates, by sample; NaN with fewer than two plates."""
        return {sample: _between(self.potencies, sample) for sample in self.analysis.samples}

    def plot(self) -> matplotlib.figure.Figure:
        """Wells and fitted curves; relative potency of every plate."""
        from lobule.report.assay import assay_picture
        from lobule.report.scale import written

        return assay_picture(
            self.title, written(self.readout), self.unit, self.wells, self.ec50, self.potencies, self.controls
        )


@checking(reference=optional(a_text), members=ensemble.members(0))
def assay(
    path: str | Path,
    reference: str | None = None,
    members: int = ensemble.THIN,
    sheet: str | None = None,
    reading: str | None = None,
    criteria: str | Path | None = None,
    model: str = "lines",
) -> AssayResult:
    """Run an assay file in the dish, or analyse measured plates.

    Parameters
    ----------
    path : .yaml for the dish; .csv, .xlsx or .parquet for measured wells
    reference : name of the reference among measured samples; "reference" when None
    members : of the ensemble for the range of the curves
    sheet : of a workbook with several tables
    reading : "published" or "counted", in place of the file's own; measured wells have none
    criteria : file of criteria of the assay; usual ones when None
    model : "lines" or "curves", of the reportable value

    Raises
    ------
    InputError : a mistake in the file, by line or cell.
    """
    wanted, by = read_criteria(criteria), MODELS[one_of(model, "model", MODELS, "model of the reportable value")]
    path, word = Path(a_path(path, "path")), None if reading is None else a_reading(reading)
    if path.suffix.lower() in (".yaml", ".yml"):
        if reference is not None:
            raise InputError("the reference of an assay file stands in the file; leave --reference out")
        with reading_assay(path) as (file, found):
            dish, samples = _prepared(file, found)
        return _simulated(file, dish, samples, members, word or file.reading, wanted, by)
    if word is not None:
        raise InputError("measured wells have no reading; leave --reading out", ["reading"])
    return _measured(read_plates(path, sheet), reference or REFERENCE, path.stem, wanted, by)


def _prepared(file: AssayFile, found: Mistakes) -> tuple[Dish, dict[str, list[Well]]]:
    """The dish and the wells of every sample; mistakes are noted with their field."""
    samples: dict[str, list[Well]] = {}
    dish: Dish | None = None
    with found.at("dish"):
        dish = _dish(file.dish)
    with found.at("readout"):
        known = dish.readouts() if dish is not None and file.dish.has("cells") else READOUTS
        one_of(file.readout, "readout", known, "readout of these cells")
    with found.at("samples"):
        if len({s.name for s in file.samples} | {REFERENCE}) <= len(file.samples):
            raise InputError(f'samples need different names, none of them "{REFERENCE}"')
    with found.at("reference"):
        samples[REFERENCE] = [Well(file.reference, dose) for dose in file.doses]
    for i, one in enumerate(file.samples if file.has("samples") else []):
        with found.at("samples", i):
            samples[one.name] = [Well(one.product, d, tuple(one.without), potency=one.potency) for d in file.doses]
    with found.at("doses"):
        if len({measured(dose, DOSES)[1] for dose in file.doses}) > 1:
            raise InputError("doses of one assay must be of one kind: particles, protein, cells or share")
        sizes = [well.particles(1.0) for well in samples.get(REFERENCE, [])]
        if sizes and (len(set(sizes)) < len(sizes) or min(sizes) <= 0):
            raise InputError("doses must differ and be above 0")
    if dish is None:
        raise AlreadyTold("there is no dish")
    return dish, samples


def _dish(section: DishSection) -> Dish:
    """The dish; what could not be read is taken as usual, so that the rest can be judged. Raises InputError."""
    given = {name: value for name, value in section.readable().items() if value is not None}
    if not section.has("duration"):
        given = {name: value for name, value in given.items() if name not in ("stimulus_at", "product_at")}
    return Dish(**given)


def _simulated(
    file: AssayFile, dish: Dish, samples: dict[str, list[Well]], members: int, reading: str, wanted: CriteriaFile,
    by: str,
) -> AssayResult:  # fmt: skip
    wells = [Well(stimulated=False), Well(), *(w for group in samples.values() for w in group)]
    usual = read_wells(dish, wells, [file.readout], reading=reading)[:, 0, 0, 0]
    spread = usual[:, None]
    if members:
        spread = read_wells(dish, wells, [file.readout], members=members, reading=reading)[:, :, 0, 0]
    resting, stimulated = float(usual[0]), float(usual[1])
    doses = [measured(dose, DOSES)[0] for dose in file.doses]
    unit = next(iter(ALLOWED[measured(file.doses[0], DOSES)[1]]))
    rows, k = [], 2
    for name, group in samples.items():
        for dose, _ in zip(doses, group, strict=True):
            low, high = np.quantile(spread[k], [0.05, 0.95])
            rows.append({"sample": name, "dose": dose, "response": usual[k], "low": low, "high": high,
                         "over_stimulated": usual[k] / stimulated if stimulated else math.nan})  # fmt: skip
            k += 1
    curves = pd.DataFrame(rows)
    table = _plates(file, curves, resting, stimulated)
    found, checks, values = _judged(table, REFERENCE, wanted, by)
    return AssayResult(
        file.title or "potency assay", READOUTS[file.readout].title, unit, curves, found, wanted, checks, values,
        {RESTING: resting, STIMULATED: stimulated}, [],
        [f"as {reading}: {MEANING[reading]}", *found.notes, *(ensemble.notes() if members else [])],
    )  # fmt: skip


def _judged(
    table: pd.DataFrame, reference: str, wanted: CriteriaFile, by: str
) -> tuple[Analysis, list[Check], list[Reportable]]:
    found = analysed(table, reference, margins(wanted), (wanted.lines.lowest, wanted.lines.highest))
    checks = checked(found, wanted)
    return found, checks, reportable(found, checks, by, wanted.combination)


def _plates(file: AssayFile, curves: pd.DataFrame, resting: float, stimulated: float) -> pd.DataFrame:
    """Wells with the variation of plates and of wells on them, lognormal; each on its own stream of random numbers."""
    rng = np.random.Generator(np.random.Philox(key=file.seed))
    between, within = (math.sqrt(math.log(1 + cv**2)) for cv in (file.plate_cv, file.well_cv))
    expected = [(RESTING, 0.0, resting), (STIMULATED, 0.0, stimulated)]
    expected += [(str(r["sample"]), float(r["dose"]), float(r["response"])) for r in curves.to_dict("records")]
    rows = []
    for plate in range(1, file.plates + 1):
        shift = math.exp(between * rng.standard_normal())
        for sample, dose, response in expected:
            shares = np.exp(within * rng.standard_normal(file.replicates))
            rows += [(sample, str(plate), str(plate), dose, response * shift * share) for share in shares]
    return pd.DataFrame(rows, columns=["sample", "plate", "run", "dose", "response"])


def _measured(plates: Plates, reference: str, title: str, wanted: CriteriaFile, by: str) -> AssayResult:
    if reference not in set(plates.sample):
        raise InputError(
            f'no well of the reference "{reference}"; name it with --reference: '
            f"{', '.join(dict.fromkeys(plates.sample))}"
        )
    table = plates.table()
    try:
        found, checks, values = _judged(table, reference, wanted, by)
    except InputError as error:
        told = "".join(f"; left out: {fault}" for fault in plates.faults[:3])
        raise InputError(f"{error}{told}", error.field) from error
    controls = {str(n): float(g["response"].mean()) for n, g in table[table["dose"] == 0].groupby("sample")}
    return AssayResult(title, "response", plates.unit, None, found, wanted, checks, values, controls, plates.faults,
                       [*plates.notes, *found.notes])  # fmt: skip


def _between(potencies: pd.DataFrame, sample: str) -> float:
    own = potencies[(potencies["sample"] == sample) & (potencies["model"] == LINES) & (potencies["plate"] != ALL)]
    plates = own.loc[~own["plate"].str.startswith("run "), "potency"].to_numpy(float)
    logs = np.log(plates[np.isfinite(plates) & (plates > 0)])
    variance = float(logs.var(ddof=1)) if len(logs) > 1 else math.nan
    return math.inf if variance > LARGEST else math.sqrt(math.expm1(variance))
