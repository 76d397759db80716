"""The wells of an assay analysed: doses of the lines, potencies plate by plate, EC50, outliers, effects of plates."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from lobule.errors import InputError
from lobule.statistics.curves import Curve, fit_curve
from lobule.statistics.lines import fitted, indicators, p_of_more
from lobule.statistics.outliers import outliers_of_groups
from lobule.statistics.potency import LINES, Potency, parallel_curves, parallel_lines
from lobule.statistics.similarity import Margins

STIMULATED, RESTING, ALL = "stimulated", "resting", "all"
FEWEST_ON_LINE = 3
USED = "used"
OUTLIER = 0.01  # level of the test of outliers


@dataclass(frozen=True)
class Group:
    """What was analysed together (a plate, a run, all of them) and what came out."""

    name: str
    potency: Potency


@dataclass
class Analysis:
    """Of the wells of an assay.

    Attributes
    ----------
    wells : sample, plate, run, dose, response, and well where it is known; outlier: found to be one (all are used)
    doses : one row a dose: dose, share of the reference's range, used by the lines, why
    groups : potencies of all plates together, of each run with several plates, of each plate
    ec50 : {sample: fitted curve of all plates}
    plates : one row an effect of the plate: effect, p, size, about
    over_all_doses : {sample: potency by lines over all doses} where the lines left some out
    """

    wells: pd.DataFrame
    reference: str
    doses: pd.DataFrame
    groups: list[Group] = field(default_factory=list)
    ec50: dict[str, Curve] = field(default_factory=dict)
    plates: pd.DataFrame = field(default_factory=pd.DataFrame)
    over_all_doses: dict[str, Potency] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    @property
    def samples(self) -> list[str]:
        """Samples beside the reference."""
        given = self.wells[self.wells["dose"] > 0]
        return [str(s) for s in dict.fromkeys(given["sample"]) if s != self.reference]

    def of(self, sample: str, name: str = ALL, model: str = LINES) -> Potency | None:
        """The potency of a sample in a group, None where there is none."""
        for group in self.groups:
            if (group.name, group.potency.sample, group.potency.model) == (name, sample, model):
                return group.potency
        return None

    def table(self) -> pd.DataFrame:
        """One row a sample, group and model."""
        return pd.DataFrame([{"plate": g.name, **g.potency.to_dict()} for g in self.groups])


def analysed(table: pd.DataFrame, reference: str, margins: Margins, middle: tuple[float, float]) -> Analysis:
    """All that the wells say.

    Parameters
    ----------
    table : sample, plate, run, dose (0: without product), response
    margins : of similarity
    middle : the lines use the doses at which the reference lies between these shares of its range, all of them where
        fewer than three do

    Raises
    ------
    InputError : no sample beside the reference, too few doses, responses that are all the same.
    """
    given = table[table["dose"] > 0]
    found = Analysis(table.copy(), reference, _doses(given, reference, middle))
    if not found.samples:
        raise InputError("a relative potency needs a sample beside the reference")
    positive = bool((given["response"] > 0).all())
    if not positive:
        found.notes.append(
            "responses of 0 or less: the lines are fitted to the responses themselves, not to their logarithm"
        )
    scaled = given.assign(y=np.log(given["response"]) if positive else given["response"])
    on_line = found.doses.loc[found.doses[USED], "dose"].to_numpy(float)
    for name, rows in _parts(table):
        for sample in found.samples:
            pair = scaled[scaled.index.isin(rows) & scaled["sample"].isin([reference, sample])]
            controls = _controls(table.loc[rows], [*found.samples, reference])
            try:
                found.groups += [
                    Group(name, p) for p in _both(pair, controls, on_line, reference, margins, found.notes)
                ]
            except InputError as error:
                if name == ALL:
                    raise
                found.notes.append(f"plate {name}: no potency of {sample} on it alone: {error}")
    if not found.doses[USED].all():
        for sample in found.samples:
            pair = scaled[scaled["sample"].isin([reference, sample])]
            whole = parallel_lines(pair["dose"], pair["y"], pair["sample"], reference, _block(pair), margins)
            found.over_all_doses[sample] = whole[0]
    _ec50(found, given, _controls(table, [*found.samples, reference]))
    every = bool((table["response"] > 0).all())
    found.wells["outlier"] = _outliers(table.assign(y=np.log(table["response"]) if every else table["response"]))
    found.plates = pd.DataFrame(_plate_effects(scaled, table), columns=["effect", "p", "size", "about"])
    found.notes[:] = list(dict.fromkeys(found.notes))
    return found


def _parts(table: pd.DataFrame) -> Iterator[tuple[str, pd.Index]]:
    """Plates, runs of several plates, all: name and rows."""
    plates = table.groupby("plate", sort=False).groups
    runs = table.groupby("run", sort=False)
    if len(plates) > 1:
        yield from ((str(name), rows) for name, rows in plates.items())
    if 1 < len(runs) < len(plates):
        yield from ((f"run {name}", rows.index) for name, rows in runs if rows["plate"].nunique() > 1)
    yield ALL, table.index


def _controls(table: pd.DataFrame, samples: list[str]) -> pd.DataFrame:
    """Wells without product that hold the curves at dose 0."""
    return table[(table["dose"] == 0) & table["sample"].isin([STIMULATED, *samples])]


def _doses(given: pd.DataFrame, reference: str, middle: tuple[float, float]) -> pd.DataFrame:
    """Every dose, where it lies in the reference's range, and whether the lines use it."""
    means = given[given["sample"] == reference].groupby("dose")["response"].mean()
    doses = np.unique(given["dose"])
    share = pd.Series(np.nan, index=doses)
    if len(means) and means.iloc[0] != means.iloc[-1]:
        ends = means.iloc[0], means.iloc[-1]
        share.loc[means.index] = (means - min(ends)) / (max(ends) - min(ends))
    inside = ((share >= middle[0]) & (share <= middle[1])).to_numpy(bool)
    few = int(inside.sum()) < FEWEST_ON_LINE
    used = np.ones(len(doses), bool) if few else inside
    why = f"the reference is outside {middle[0]:.0%} to {middle[1]:.0%} of its range"
    return pd.DataFrame(
        {"dose": doses, "reference_share": share.to_numpy(), USED: used, "why_not": np.where(used, "", why)}
    )


def _both(
    some: pd.DataFrame, controls: pd.DataFrame, straight: np.ndarray, reference: str, margins: Margins, notes: list[str]
) -> list[Potency]:
    """Potency by lines over the straight part, and by curves over all doses; plates are put on one level."""
    found = []
    line = some[some["dose"].isin(straight)]
    if len(line):
        found += parallel_lines(line["dose"], line["y"], line["sample"], reference, _block(line), margins)
    level = pd.concat([some, controls]).groupby("plate")["response"].mean()
    response = some["response"] / level.loc[some["plate"]].to_numpy(float)
    nothing = controls["response"] / level.loc[controls["plate"]].to_numpy(float)
    try:
        found += parallel_curves(some["dose"], response, some["sample"], reference, nothing, margins)
    except InputError as error:
        notes.append(f"no curves: {error}")
    return found


def _block(wells: pd.DataFrame) -> np.ndarray | None:
    return wells["plate"].to_numpy() if wells["plate"].nunique() > 1 else None


def _ec50(found: Analysis, given: pd.DataFrame, controls: pd.DataFrame) -> None:
    means = pd.concat([given, controls]).groupby("plate")["response"].mean()
    level = means.mean() / means  # puts all plates on one level
    for sample in [found.reference, *found.samples]:
        own = pd.concat([given[given["sample"] == sample], controls])
        try:
            found.ec50[sample] = fit_curve(own["dose"], own["response"] * level.loc[own["plate"]].to_numpy(float))
        except InputError as error:
            found.notes.append(f"{sample}: no EC50: {error}")


def _outliers(scaled: pd.DataFrame) -> np.ndarray:
    """Wells far from the others of their dose on their plate, those without product too."""
    cell = scaled.groupby(["plate", "sample", "dose"], sort=False).ngroup()
    far = outliers_of_groups(scaled["y"].to_numpy(float), cell.to_numpy(), OUTLIER)
    return np.asarray(scaled.index.isin(scaled.index[far]), bool)


def _plate_effects(scaled: pd.DataFrame, table: pd.DataFrame) -> list[tuple[str, float, float, str]]:
    """Do plates differ in level and in slope, and wells at the edge from those within?"""
    y, x = scaled["y"].to_numpy(float), np.log(scaled["dose"].to_numpy(float))
    cells = indicators((scaled["sample"] + "|" + scaled["dose"].astype(str)).to_numpy())
    rows = []
    if scaled["plate"].nunique() > 1:
        plate = indicators(scaled["plate"].to_numpy())
        own = np.hstack([cells, plate[:, 1:]])
        slopes = np.hstack([own, plate[:, 1:] * x[:, None]])
        _, no_plates, no_df = fitted(cells, y)
        _, levels, levels_df = fitted(own, y)
        _, apart, apart_df = fitted(slopes, y)
        mean = [float(y[plate[:, k] == 1].mean()) for k in range(plate.shape[1])]
        p_level = p_of_more(no_plates - levels, no_df - levels_df, levels, levels_df)
        p_slope = p_of_more(levels - apart, levels_df - apart_df, apart, apart_df)
        about = "standard deviation of the plates' means; taken out of the potency"
        rows.append(("level", p_level, float(np.std(mean, ddof=1)), about))
        rows.append(("slope", p_slope, math.nan, "do slopes differ between plates"))
    if "well" in table:
        rows += _edge(scaled, y, cells)
    return rows


def _edge(scaled: pd.DataFrame, y: np.ndarray, cells: np.ndarray) -> list[tuple[str, float, float, str]]:
    """Wells of the outermost rows and columns of their plate beside the others, of the same sample and dose."""
    placed = scaled["well"].str.extract(r"^\s*([A-Pa-p])0*(\d{1,2})\s*$")
    if placed.isna().any().any():
        return []
    row = placed[0].str.upper().map(ord).to_numpy(int) - ord("A")
    column = placed[1].to_numpy(int)
    rows, columns = (8, 12) if row.max() < 8 and column.max() <= 12 else (16, 24)
    edge = np.isin(row, [0, rows - 1]) | np.isin(column, [1, columns])
    design = np.column_stack([cells, indicators(scaled["plate"].to_numpy())[:, 1:]])
    solved, rest, df = fitted(np.column_stack([design, edge]), y)
    _, without, without_df = fitted(design, y)
    if without_df == df:
        return []
    p = p_of_more(without - rest, without_df - df, rest, df)
    return [("edge of the plate", p, float(solved[-1]), "wells at the edge less those within, of the same dose")]
