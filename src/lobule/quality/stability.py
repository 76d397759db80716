"""Shelf life from storage data, after ICH Q1E, and by Arrhenius where temperatures differ.

Q1E: are slopes, then intercepts, of the batches alike (analysis of covariance at 0.25)? Then one line, lines with one
slope, or a line each; the shelf life ends where the one-sided 95 % limit of the mean (two-sided, where the
specification has both ends) meets the specification, of the worst batch where they are apart. How far beyond the data
it may be claimed says `claim`: for a biological, not at all.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lobule.arguments import a_text, between, checking, one_of, optional
from lobule.errors import InputError
from lobule.files.specification import Limit
from lobule.files.stability import StabilityData, read_stability
from lobule.quality.arrhenius import CONFIDENCE, ROUNDING, Arrhenius, arrhenius
from lobule.quality.claim import BIOLOGICAL, PRODUCTS, Claim, claim
from lobule.quality.specification import specification
from lobule.statistics.lines import covariance, fitted, indicators, p_of_more

if TYPE_CHECKING:
    import matplotlib.figure
Values = NDArray[np.float64]
SHOWN = 10  # unexpected values that are said
TREND = 0.99  # of the prediction that a value has to lie in
OOS, OOT = "out of specification", "out of trend"
POOLABLE = 0.25  # of ICH Q1E
LONGEST = 240.0  # months that are searched
MODELS = ("one line", "one slope", "a line each")


@dataclass(frozen=True)
class Stability:
    """A shelf life.

    Attributes
    ----------
    model : of MODELS; p_slopes, p_intercepts : of the tests of poolability (NaN for one batch)
    crossing : months until the confidence limit meets the specification; infinite when it does not in 240 months
    pooled, worst : the same of all batches as one line, and of the worst batch alone
    claim : what may be claimed, and why
    shelf_life : the crossing, cut to what may be claimed
    longest_data : months of the longest data; values : at the storage temperature; here : which rows these are
    lines : one row a batch: intercept, slope a month, crossing
    arrhenius : where three temperatures or more were measured
    unexpected : values outside the limits, and values out of trend: batch, months, value, what, expected low and high
    """

    data: StabilityData
    temperature: float
    limit: tuple[float, float]
    model: str
    p_slopes: float
    p_intercepts: float
    crossing: float
    pooled: float
    worst: float
    claim: Claim
    shelf_life: float
    longest_data: float
    values: int
    here: NDArray[np.bool_]
    lines: pd.DataFrame
    arrhenius: Arrhenius | None
    unexpected: pd.DataFrame
    notes: list[str]

    def said(self) -> list[str]:
        """The result in sentences."""
        name, unit = self.data.attribute.replace("_", " "), self.data.unit
        low, high = self.limit
        bound = " and ".join([f"at least {low:g}"] * math.isfinite(low) + [f"at most {high:g}"] * math.isfinite(high))
        where = f" at {self.temperature:g} degC" if math.isfinite(self.temperature) else ""
        warmer = len(self.data.value) - self.values
        more = f" ({warmer} more at other temperatures)" if warmer else ""
        batches = f"{len(self.lines)} {'batches' if len(self.lines) > 1 else 'batch'}"
        lines = [
            f"{name}, {bound} {unit}: shelf life {self.shelf_life:.1f} months; {self._because()}",
            f"{self.values} values of {batches}{where} over {self.longest_data:g} months{more}",
        ]
        if len(self.lines) > 1:
            lines.append(
                f"slopes differ with p {self.p_slopes:.3f}, intercepts with p {self.p_intercepts:.3f}: {self.model}"
            )
        sided = "two-sided" if math.isfinite(low) and math.isfinite(high) else "one-sided"
        lines.append(f"the {sided} 95 % limit of the mean meets the limit: {_after(self.crossing)}")
        if len(self.lines) > 1:
            lines.append(
                f"all batches as one line: {_after(self.pooled)}; the worst batch by its own line: {_after(self.worst)}"
            )
        lines += self.claim.cautions(name)
        lines += [
            f"{row['what']}: {row['batch']}, month {row['months']:g}: {row['value']:.4g} {unit}"
            + ("" if math.isnan(row["expected_low"]) else
               f" (expected {row['expected_low']:.4g} to {row['expected_high']:.4g} by all others)")
            for row in self.unexpected.head(SHOWN).to_dict("records")
        ]  # fmt: skip
        if self.arrhenius is not None:
            a = self.arrhenius
            between = f"{a.energy_low:.0f} to {a.energy_high:.0f}"
            lines.append(
                f"Arrhenius: activation energy {a.energy:.0f} kJ/mol ({between}); {a.rate:.2%} lost in a month at "
                f"{a.temperature:g} degC ({a.rate_low:.2%} to {a.rate_high:.2%}), {a.months:.1f} months until the "
                f"limit ({a.months_low:.1f} to {a.months_high:.1f})"
            )
        return lines

    def _because(self) -> str:
        if self.crossing <= self.claim.longest:
            return "where the confidence limit meets the specification"
        return f"cut to {self.claim.longest:g} months: {self.claim.why}"

    def plot(self) -> matplotlib.figure.Figure:
        """Values, lines, limits."""
        from lobule.report.stability import stability_picture

        return stability_picture(
            self.data.attribute, self.data.unit, self._points(), self.lines, self.limit, self.shelf_life, self.bound()
        )

    def bound(self) -> pd.DataFrame:
        """The confidence limit of the mean of the batch that decides: month, low, high."""
        d, here = self.data, self.here
        worst = str(self.lines["batch"].iloc[int(np.argmin(self.lines["crossing_months"]))])
        until = min(max(self.longest_data, self.shelf_life, min(self.crossing, 2 * self.longest_data)), LONGEST)
        at = np.linspace(0, 1.05 * until, 60)
        return _bound(self.model, d.months[here], d.value[here], d.batch[here], worst, self.limit, at)

    def _points(self) -> pd.DataFrame:
        d = self.data
        return pd.DataFrame({"batch": d.batch, "months": d.months, "temperature": d.temperature, "value": d.value})

    def summary(self) -> dict[str, Any]:
        """Everything as plain data."""
        from lobule.report.records import records

        def number(value: float) -> float | None:
            return value if math.isfinite(value) else None

        return {
            "attribute": self.data.attribute, "unit": self.data.unit, "model": self.model,
            "p_slopes": number(self.p_slopes), "p_intercepts": number(self.p_intercepts),
            "crossing_months": number(self.crossing), "shelf_life_months": self.shelf_life,
            "pooled_months": number(self.pooled), "worst_batch_months": number(self.worst),
            "product": self.claim.product, "claim": self.claim.why, "covered_months": self.claim.covered,
            "said": self.said(),
            "lines": records(self.lines), "unexpected": records(self.unexpected), "notes": self.notes,
            "arrhenius": None if self.arrhenius is None else {k: number(v) for k, v in vars(self.arrhenius).items()},
            "left_out": [str(f) for f in self.data.faults],
        }  # fmt: skip


def _after(months: float) -> str:
    return "not in 240 months" if math.isinf(months) else f"after {months:.1f} months"


def poolability(months: Values, value: Values, batch: NDArray[np.str_]) -> tuple[str, float, float]:
    """Which lines the batches share, with the p-values of slopes and of intercepts (given one slope)."""
    names = list(dict.fromkeys(batch))
    if len(names) == 1:
        return MODELS[0], math.nan, math.nan
    own = indicators(batch)
    designs = (
        np.stack([np.ones_like(months), months], axis=1),
        np.column_stack([own, months]),
        np.hstack([own, own * months[:, None]]),
    )
    sums = [fitted(d, value)[1:] for d in designs]
    (pooled, pooled_df), (parallel, parallel_df), (apart, apart_df) = sums
    p_slopes = p_of_more(parallel - apart, parallel_df - apart_df, apart, apart_df)
    p_intercepts = p_of_more(pooled - parallel, pooled_df - parallel_df, apart, apart_df)
    model = MODELS[2] if p_slopes < POOLABLE else MODELS[1] if p_intercepts < POOLABLE else MODELS[0]
    return model, p_slopes, p_intercepts


def crossing(design_at: Any, solved: Values, spread: Values, t: float, low: float, high: float) -> float:
    """Months until the one-sided limit of the mean meets low or high.

    Parameters
    ----------
    design_at : gives the row of the design at a month
    solved, spread : estimates and their covariance; t : quantile of Student's t
    """
    from scipy import optimize

    def room(month: float) -> float:
        row = design_at(month)
        mean, half = float(row @ solved), t * math.sqrt(max(float(row @ spread @ row), 0.0))
        return min(
            mean - half - low if math.isfinite(low) else math.inf,
            high - mean - half if math.isfinite(high) else math.inf,
        )

    if room(0.0) <= 0:
        return 0.0
    grid = np.linspace(0, LONGEST, 961)
    below = np.flatnonzero(np.array([room(m) for m in grid]) <= 0)
    if below.size == 0:
        return math.inf
    return float(optimize.brentq(room, grid[below[0] - 1], grid[below[0]], xtol=1e-9))


@checking(
    attribute=optional(a_text), at_least=optional(between(-math.inf)), at_most=optional(between(-math.inf)),
    temperature=optional(between(-273.15, 100)),
)  # fmt: skip
def shelf_life(
    path: str | Path, *, attribute: str | None = None, spec: str | Path | None = None, at_least: float | None = None,
    at_most: float | None = None, temperature: float | None = None, sheet: str | None = None, product: str = BIOLOGICAL,
) -> Stability:  # fmt: skip
    """Shelf life from a table.

    Parameters
    ----------
    path : batch, time, attribute, and where wanted temperature
    attribute : which one; the first of the table when None
    spec : specification file; the one that comes with lobule when None
    at_least, at_most : limits in the attribute's unit, in place of the specification's
    temperature : of storage, degrees Celsius; the lowest of the table when None
    sheet : of a workbook with several tables
    product : "biological" (vesicles, cells: real-time data alone) or "chemical" (extrapolated as ICH Q1E allows)

    Raises
    ------
    InputError : a mistake in the table, no limit, too few values.
    """
    one_of(product, "product", PRODUCTS, "kind of product")
    data = read_stability(path, attribute, sheet)
    low, high = _limit(data, spec, at_least, at_most)
    known = np.isfinite(data.temperature)
    if temperature is None:
        temperature = float(np.nanmin(data.temperature)) if known.any() else math.nan
    here = np.isclose(data.temperature, temperature) if known.any() else np.ones(len(data.value), bool)
    if not here.any():
        raise InputError(
            f"no value at {temperature:g} degC; the table has "
            + ", ".join(f"{t:g}" for t in np.unique(data.temperature[known]))
        )
    found = _evaluated(data, here, temperature, low, high, product)
    return replace(found, notes=[*data.notes, *found.notes])


def _limit(
    data: StabilityData, spec: str | Path | None, at_least: float | None, at_most: float | None
) -> tuple[float, float]:
    if at_least is not None or at_most is not None:
        if at_least is not None and at_most is not None and at_least > at_most:
            raise InputError(f"at_least {at_least:g} is above at_most {at_most:g}", ["at_least"])
        return (-math.inf if at_least is None else at_least, math.inf if at_most is None else at_most)
    found: list[Limit] = [v for v in specification(spec).limits if v.attribute == data.attribute]
    if not found:
        raise InputError(f"the specification has no limit of {data.attribute}; give one with --at-least or --at-most")
    return found[0].low, found[0].high


def _evaluated(
    data: StabilityData, here: NDArray[np.bool_], temperature: float, low: float, high: float, product: str
) -> Stability:
    months, value, batch = data.months[here], data.value[here], data.batch[here]
    if len(np.unique(months)) < 3 or len(value) < 4:
        raise InputError(
            f"a shelf life needs values at three times or more, and four values; {data.attribute} has {len(value)} at "
            f"{len(np.unique(months))}"
        )
    model, p_slopes, p_intercepts = poolability(months, value, batch)
    notes: list[str] = []
    lines = _lines(model, months, value, batch, low, high, notes)
    if lines.empty:
        raise InputError("no batch has enough values for a line")
    pooled, worst = (
        float(_lines(m, months, value, batch, low, high, [])["crossing_months"].min()) for m in (MODELS[0], MODELS[2])
    )
    first = float(lines["crossing_months"].min())
    allowed = claim(data, here, temperature, (low, high), product)
    warm = arrhenius(data, temperature, low, notes)
    return Stability(
        data, temperature, (low, high), model, p_slopes, p_intercepts, first, pooled, worst, allowed,
        min(first, allowed.longest), float(months.max()), len(value), here, lines, warm,
        _unexpected(model, months, value, batch, low, high), notes,
    )  # fmt: skip


def _lines(
    model: str, months: Values, value: Values, batch: NDArray[np.str_], low: float, high: float, notes: list[str]
) -> pd.DataFrame:
    """One row a batch by a model: intercept, slope, crossing; batches with too few values are noted."""
    from scipy import stats

    names = [str(n) for n in dict.fromkeys(batch)]
    rows = []
    if model == MODELS[2]:  # each line with its own error, as if it were the only batch
        for name in names:
            own = batch == name
            if own.sum() < 3 or len(np.unique(months[own])) < 2:
                notes.append(f"{name}: too few values for a line of its own")
                continue
            rows.append((name, *_line(months[own], value[own], low, high)))
    else:
        own = indicators(batch)
        design = (
            np.stack([np.ones_like(months), months], axis=1) if model == MODELS[0] else np.column_stack([own, months])
        )
        solved, error, df = fitted(design, value)
        spread = covariance(design, error, df)
        t = float(stats.t.ppf(_level(low, high), df))
        for k, name in enumerate(names):

            def at(month: float, k: int = k) -> Values:
                return np.array([1.0, month]) if model == MODELS[0] else np.r_[np.eye(len(names))[k], month]

            start = float(solved[0] if model == MODELS[0] else solved[k])
            rows.append((name, start, float(solved[-1]), crossing(at, solved, spread, t, low, high)))
    return pd.DataFrame(rows, columns=["batch", "intercept", "slope_per_month", "crossing_months"])


def _bound(
    model: str,
    months: Values,
    value: Values,
    batch: NDArray[np.str_],
    name: str,
    limit: tuple[float, float],
    at: Values,
) -> pd.DataFrame:
    """Confidence limits of the mean of a batch, by the lines of a model, at some months; NaN without an error."""
    from scipy import stats

    own = batch == name
    if model == MODELS[1]:
        every = indicators(batch)
        design = np.column_stack([every, months])
        rows = np.column_stack([np.tile(every[own][0], (len(at), 1)), at])
    else:
        used = np.ones(len(batch), bool) if model == MODELS[0] else own
        months, value = months[used], value[used]
        design = np.stack([np.ones_like(months), months], axis=1)
        rows = np.stack([np.ones_like(at), at], axis=1)
    solved, error, df = fitted(design, value)
    if df < 1:
        return pd.DataFrame({"month": at, "low": np.nan, "high": np.nan})
    spread = covariance(design, error, df)
    half = float(stats.t.ppf(_level(*limit), df)) * np.sqrt(np.einsum("ij,jk,ik->i", rows, spread, rows))
    return pd.DataFrame({"month": at, "low": rows @ solved - half, "high": rows @ solved + half})


def _unexpected(
    model: str, months: Values, value: Values, batch: NDArray[np.str_], low: float, high: float
) -> pd.DataFrame:
    """Values outside the limits, and those outside the 99 % prediction of all others by the same lines (regression
    control chart)."""
    from scipy import stats

    own, slope = indicators(batch), months[:, None]
    design = {
        MODELS[0]: np.column_stack([np.ones_like(months), months]), MODELS[1]: np.hstack([own, slope]),
        MODELS[2]: np.hstack([own, own * slope]),
    }[model]  # fmt: skip
    rows = []
    for k in range(len(value)):
        if not low <= value[k] <= high:
            rows.append((batch[k], months[k], value[k], OOS, math.nan, math.nan))
        rest = np.arange(len(value)) != k
        solved, error, df = fitted(design[rest], value[rest])
        if df < 1 or np.linalg.matrix_rank(design[rest]) < design.shape[1]:
            continue
        variance = error / df + float(design[k] @ covariance(design[rest], error, df) @ design[k])
        middle, half = float(design[k] @ solved), float(stats.t.ppf((1 + TREND) / 2, df)) * math.sqrt(variance)
        if abs(value[k] - middle) > half + ROUNDING * abs(middle):
            rows.append((batch[k], months[k], value[k], OOT, middle - half, middle + half))
    return pd.DataFrame(rows, columns=["batch", "months", "value", "what", "expected_low", "expected_high"])


def _level(low: float, high: float) -> float:
    """Of the confidence limit on each side: one-sided 95 %, two-sided where the specification has both ends."""
    return (1 + CONFIDENCE) / 2 if math.isfinite(low) and math.isfinite(high) else CONFIDENCE


def _line(months: Values, value: Values, low: float, high: float) -> tuple[float, float, float]:
    from scipy import stats

    design = np.stack([np.ones_like(months), months], axis=1)
    solved, error, df = fitted(design, value)
    if df < 1:
        return float(solved[0]), float(solved[1]), 0.0
    spread = covariance(design, error, df)
    t = float(stats.t.ppf(_level(low, high), df))
    end = crossing(lambda m: np.array([1.0, m]), solved, spread, t, low, high)
    return float(solved[0]), float(solved[1]), end
