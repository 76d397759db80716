"""The potency assay: dose-response in the dish, plates with variation, EC50, relative potency; measured plates too."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lobule.arguments import a_path, a_text, checking, one_of, optional
from lobule.dish import READOUTS, Dish, Well, read_wells
from lobule.errors import AlreadyTold, InputError, Mistakes
from lobule.files.assay import DOSES, AssayFile, DishSection, Plates, read_plates, reading_assay
from lobule.files.table import Fault
from lobule.quantities import ALLOWED, measured
from lobule.simulation import ensemble
from lobule.simulation.reading import MEANING, a_reading
from lobule.statistics.curves import LEVEL, Curve, fit_curve
from lobule.statistics.potency import Potency, parallel_curves, parallel_lines

if TYPE_CHECKING:
    import matplotlib.figure
REFERENCE, STIMULATED, RESTING = "reference", "stimulated", "resting"
MIDDLE = (0.15, 0.85)  # of the reference's range: doses between them lie on the straight part of the curve
FEWEST_ON_LINE = 3


@dataclass(frozen=True)
class AssayResult:
    """What an assay says.

    Attributes
    ----------
    title, readout : of the assay
    curves : predicted dose-response without variation (in-silico assays): sample, dose, <readout>, low, high
        (5 and 95 % of the ensemble), over_stimulated; None for measured plates
    wells : sample, plate, dose, response, of every well
    potencies : one row a sample, plate and model: potency with interval and tests; plate "all" holds them together
    ec50 : {sample: fitted curve of all plates}
    controls : means of wells without product: resting and stimulated (NaN where there are none)
    between_plates_cv : geometric CV of the potency between plates, by sample; NaN with fewer than two plates
    faults : cells of a measured table that were left out
    """

    title: str
    readout: str
    unit: str
    reference: str
    curves: pd.DataFrame | None
    wells: pd.DataFrame
    potencies: pd.DataFrame
    ec50: dict[str, Curve]
    controls: dict[str, float]
    between_plates_cv: dict[str, float]
    faults: list[Fault]
    notes: list[str]

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
) -> AssayResult:
    """Run an assay file in the dish, or analyse measured plates.

    Parameters
    ----------
    path : .yaml for the dish; .csv, .xlsx or .parquet for measured wells
    reference : name of the reference among measured samples; "reference" when None
    members : of the ensemble for the range of the curves
    sheet : of a workbook with several tables
    reading : "published" or "counted", in place of the file's own; measured wells have none

    Raises
    ------
    InputError : a mistake in the file, by line or cell.
    """
    path, word = Path(a_path(path, "path")), None if reading is None else a_reading(reading)
    if path.suffix.lower() in (".yaml", ".yml"):
        if reference is not None:
            raise InputError("the reference of an assay file stands in the file; leave --reference out")
        with reading_assay(path) as (file, found):
            dish, samples = _prepared(file, found)
        return _simulated(file, dish, samples, members, word or file.reading)
    if word is not None:
        raise InputError("measured wells have no reading; leave --reading out", ["reading"])
    return _measured(read_plates(path, sheet), reference or REFERENCE, path.stem)


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


def _simulated(file: AssayFile, dish: Dish, samples: dict[str, list[Well]], members: int, reading: str) -> AssayResult:
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
    result = _analysed(table, REFERENCE)
    return AssayResult(
        file.title or "potency assay", READOUTS[file.readout].title, unit, REFERENCE, curves, *result[:3],
        {RESTING: resting, STIMULATED: stimulated}, result[3], [],
        [f"as {reading}: {MEANING[reading]}", *result[4], *(ensemble.notes() if members else [])],
    )  # fmt: skip


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
            rows += [(sample, str(plate), dose, response * shift * share) for share in shares]
    return pd.DataFrame(rows, columns=["sample", "plate", "dose", "response"])


def _measured(plates: Plates, reference: str, title: str) -> AssayResult:
    if reference not in set(plates.sample):
        raise InputError(
            f'no well of the reference "{reference}"; name it with --reference: '
            f"{', '.join(dict.fromkeys(plates.sample))}"
        )
    table = pd.DataFrame(
        {"sample": plates.sample, "plate": plates.plate, "dose": plates.dose, "response": plates.response}
    )
    try:
        wells, potencies, ec50, cv, notes = _analysed(table, reference)
    except InputError as error:
        told = "".join(f"; left out: {fault}" for fault in plates.faults[:3])
        raise InputError(f"{error}{told}", error.field) from error
    controls = {str(n): float(g["response"].mean()) for n, g in table[table["dose"] == 0].groupby("sample")}
    return AssayResult(
        title,
        "response",
        plates.unit,
        reference,
        None,
        wells,
        potencies,
        ec50,
        controls,
        cv,
        plates.faults,
        [*plates.notes, *notes],
    )


def _straight(table: pd.DataFrame, reference: str) -> NDArray[np.float64]:
    """Doses on the straight part of the reference's curve; all of them where fewer than three lie there."""
    means = table[table["sample"] == reference].groupby("dose")["response"].mean()
    ends = means.iloc[0], means.iloc[-1]
    share = (means - min(ends)) / (max(ends) - min(ends)) if ends[0] != ends[1] else means * 0
    middle = means.index[(share >= MIDDLE[0]) & (share <= MIDDLE[1])]
    return np.asarray(middle if len(middle) >= FEWEST_ON_LINE else means.index, float)


def _analysed(
    table: pd.DataFrame, reference: str
) -> tuple[pd.DataFrame, pd.DataFrame, dict[str, Curve], dict[str, float], list[str]]:
    """Wells, potencies, EC50, variation between plates, notes."""
    given = table[table["dose"] > 0]
    samples = [str(s) for s in dict.fromkeys(given["sample"]) if s != reference]
    if not samples:
        raise InputError("a relative potency needs a sample beside the reference")
    notes, rows = [], []
    positive = bool((given["response"] > 0).all())
    if not positive:
        notes.append("responses of 0 or less: the lines are fitted to the responses themselves, not to their logarithm")
    controls = table[(table["dose"] == 0) & table["sample"].isin([STIMULATED, *samples, reference])]
    scaled = given.assign(y=np.log(given["response"]) if positive else given["response"])
    straight = _straight(given, reference)
    plates = list(dict.fromkeys(given["plate"]))
    for sample in samples:
        pair = scaled[scaled["sample"].isin([reference, sample])]
        for plate in [*plates, "all"] if len(plates) > 1 else ["all"]:
            some, on = pair, controls
            if plate != "all":
                some, on = pair[pair["plate"] == plate], controls[controls["plate"] == plate]
            try:
                rows += [{"plate": plate, **p.to_dict()} for p in _both(some, on, straight, reference, notes)]
            except InputError as error:
                if plate == "all":
                    raise
                notes.append(f"plate {plate}: no potency of {sample} on it alone: {error}")
    potencies = pd.DataFrame(rows)
    ec50 = {}
    means = pd.concat([given, controls]).groupby("plate")["response"].mean()
    level = means.mean() / means  # puts all plates on one level
    for sample in [reference, *samples]:
        own = pd.concat([given[given["sample"] == sample], controls])
        try:
            ec50[sample] = fit_curve(own["dose"], own["response"] * own["plate"].map(level))
        except InputError as error:
            notes.append(f"{sample}: no EC50: {error}")
    cv = {}
    for sample in samples:
        each = potencies[(potencies["sample"] == sample) & (potencies["plate"] != "all")]
        found = each.loc[each["model"] == "parallel lines", "potency"].to_numpy(float)
        logs = np.log(found[np.isfinite(found) & (found > 0)])
        cv[sample] = math.sqrt(math.expm1(logs.var(ddof=1))) if len(logs) > 1 else math.nan
    return table, potencies, ec50, cv, list(dict.fromkeys(notes))


def _both(
    some: pd.DataFrame, controls: pd.DataFrame, straight: NDArray[np.float64], reference: str, notes: list[str]
) -> list[Potency]:
    """Potency by lines over the straight part, and by curves over all doses; plates are put on one level."""
    found = []
    line = some[some["dose"].isin(straight)]
    plates = line["plate"].to_numpy()
    if len(line):
        block = plates if len(set(plates)) > 1 else None
        found += parallel_lines(line["dose"], line["y"], line["sample"], reference, block)
    level = pd.concat([some, controls]).groupby("plate")["response"].mean()
    response = some["response"] / some["plate"].map(level)
    nothing = controls["response"] / controls["plate"].map(level)
    try:
        found += parallel_curves(some["dose"], response, some["sample"], reference, nothing)
    except InputError as error:
        notes.append(f"no curves: {error}")
    return found


def said(result: AssayResult) -> list[str]:
    """The result in sentences."""
    lines = []
    if STIMULATED in result.controls and RESTING in result.controls:
        stimulated, resting = result.controls[STIMULATED], result.controls[RESTING]
        told = f"{stimulated:.3g} when stimulated, {resting:.3g} at rest"
        lines.append(f"{result.readout}: {told}; cytokines and markers are folds of rest")
    for sample, curve in result.ec50.items():
        if math.isfinite(curve.ec50_low * curve.ec50_high):
            between = f"{curve.ec50_low:.3g} to {curve.ec50_high:.3g}"
            shape = f"slope {curve.slope:.2f}, r2 {curve.r_squared:.3f}"
            lines.append(f"EC50 of {sample}: {curve.ec50:.3g} {result.unit} ({between}), {shape}")
        else:
            lines.append(f"EC50 of {sample}: not told by these doses")
    every = result.potencies[result.potencies["plate"] == "all"]
    for row in every.to_dict("records"):
        valid = "valid" if row["valid"] else "NOT valid"
        tests = f"parallelism p {row['p_parallel']:.2g}" + (
            "" if math.isnan(row["p_linear"]) else f", linearity p {row['p_linear']:.2g}"
        )
        bounds = (
            "no bounded interval"
            if not math.isfinite(row["low"] * row["high"])
            else f"{row['low']:.1%} to {row['high']:.1%}"
        )
        lines.append(
            f"{row['sample']} against {result.reference}, {row['model']}: {row['potency']:.1%} ({bounds}); {tests}; "
            f"{valid}"
        )
    for sample, cv in result.between_plates_cv.items():
        if math.isfinite(cv):
            lines.append(f"{sample}: the potency varies by {cv:.0%} between plates")
    return lines


def summary(result: AssayResult) -> dict[str, Any]:
    """Everything as plain data."""
    from lobule.report.records import records

    return {
        "title": result.title, "readout": result.readout, "dose_unit": result.unit, "controls": result.controls,
        "level": LEVEL, "ec50": {k: vars(c) for k, c in result.ec50.items()}, "potency": records(result.potencies),
        "between_plates_cv": {k: None if math.isnan(v) else v for k, v in result.between_plates_cv.items()},
        "curves": [] if result.curves is None else records(result.curves), "notes": result.notes,
        "left_out": [str(f) for f in result.faults],
    }  # fmt: skip
