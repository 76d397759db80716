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
from lobule.quality.arrhenius import Arrhenius, arrhenius
from lobule.quality.claim import BIOLOGICAL, PRODUCTS, Claim, claim
from lobule.quality.shelf_lines import LONGEST, MODELS, bound_of, lines_of, poolability, unexpected
from lobule.quality.specification import specification

if TYPE_CHECKING:
    import matplotlib.figure
Values = NDArray[np.float64]
SHOWN = 10  # unexpected values that are said


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
        lots, presentations = len(set(self.data.lot[self.here])), len(set(self.data.presentation[self.here]))
        batches = f"{lots} {'batches' if lots > 1 else 'batch'}"
        batches += f" in {presentations} presentations" if presentations > 1 else ""
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
        return bound_of(self.model, d.months[here], d.value[here], d.batch[here], worst, self.limit, at)

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
    lines = lines_of(model, months, value, batch, low, high, notes)
    if lines.empty:
        raise InputError("no batch has enough values for a line")
    pooled, worst = (
        float(lines_of(m, months, value, batch, low, high, [])["crossing_months"].min()) for m in (MODELS[0], MODELS[2])
    )
    first = float(lines["crossing_months"].min())
    allowed = claim(data, here, temperature, (low, high), product)
    warm = arrhenius(data, temperature, low, notes)
    return Stability(
        data, temperature, (low, high), model, p_slopes, p_intercepts, first, pooled, worst, allowed,
        min(first, allowed.longest), float(months.max()), len(value), here, lines, warm,
        unexpected(model, months, value, batch, low, high), notes,
    )  # fmt: skip
