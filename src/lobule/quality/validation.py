"""Validation of a potency assay (USP <1033>, ICH Q2(R2)): accuracy, intermediate precision, linearity and range."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lobule.errors import InputError
from lobule.files.criteria import CriteriaFile, ValidationSection, read_criteria
from lobule.files.levels import Levels, read_levels
from lobule.statistics.lines import covariance, fitted
from lobule.statistics.precision import Precision, precision

if TYPE_CHECKING:
    import matplotlib.figure
Values = NDArray[np.float64]
EQUIVALENCE = 0.90  # interval of a bias and of a slope: two one-sided tests at 5 %
FEWEST_LEVELS, FEWEST_RUNS = 3, 3
FORMATS = ((1, 1), (2, 1), (3, 1), (2, 2), (3, 2), (6, 1))  # runs and values a run


@dataclass(frozen=True)
class Line:
    """Of measured over nominal logarithms: slope and intercept with 90 % intervals; bend: p of a parabola (shown)."""

    slope: float
    slope_low: float
    slope_high: float
    intercept: float
    intercept_low: float
    intercept_high: float
    r_squared: float
    p_bend: float


@dataclass(frozen=True)
class Validation:
    """What a validation shows.

    Attributes
    ----------
    levels : one row a nominal potency: runs, values, geometric mean, relative bias with its 90 % interval, %GCV between
        and within runs, intermediate precision with its 95 % upper limit, result of each criterion
    line : linearity
    trend : change of the relative bias by a doubling of the potency, with its 90 % interval
    overall : precision of all levels together
    low, high : range of consecutive levels that hold all criteria; NaN where none does
    """

    data: Levels
    criteria: CriteriaFile
    levels: pd.DataFrame
    line: Line
    overall: Precision
    low: float
    high: float

    @property
    def linear(self) -> bool:
        """The slope is equivalent to 1."""
        least = self.criteria.validation.slope
        return bool(least <= self.line.slope_low and self.line.slope_high <= 1 / least)

    @property
    def valid(self) -> bool:
        """Every level holds its criteria, and the assay is linear."""
        return bool(self.linear and self.levels["passes"].all())

    @property
    def trend(self) -> tuple[float, float, float]:
        """Relative bias gained with each doubling of the potency, with its 90 % interval."""
        found = (2 ** (v - 1) - 1 for v in (self.line.slope, self.line.slope_low, self.line.slope_high))
        a, b, c = found
        return a, b, c

    def said(self) -> list[str]:
        """The result in sentences."""
        wanted, n = self.criteria.validation, len(self.levels)
        good = int(self.levels["passes"].sum())
        if math.isnan(self.low):
            range_ = "no level holds all criteria: there is no validated range"
        elif not self.linear:
            range_ = "levels from {:.0%} to {:.0%} hold theirs, and without linearity they are no range"
        else:
            range_ = "validated range {:.0%} to {:.0%}"
        lines = [
            f"{'VALID' if self.valid else 'NOT valid as a whole'}: {good} of {n} levels hold all criteria; "
            + range_.format(self.low, self.high),
            self.criteria.told,
        ]
        lines += [_level_said(dict(row), wanted) for _, row in self.levels.iterrows()]
        line, (trend, low, high) = self.line, self.trend
        between = f"{line.slope_low:.3f} to {line.slope_high:.3f}"
        wanted_slope = f"{wanted.slope:g} to {1 / wanted.slope:.3g}: {'holds' if self.linear else 'does NOT hold'}"
        lines.append(
            f"linearity: slope {line.slope:.3f} ({between}), wanted {wanted_slope}; R2 {line.r_squared:.4f}; "
            f"a bend has p {line.p_bend:.2g}"
        )
        lines.append(f"trend of the bias: {trend:+.1%} with each doubling of the potency ({low:+.1%} to {high:+.1%})")
        p = self.overall
        most = f"(at most {p.intermediate_high:.1%}, 95 %)"
        within = f"{p.repeatability:.1%} within runs, {p.intermediate:.1%} of a single value in a run {most}"
        lines.append(f"precision of all levels: %GCV {within}")
        formats = ", ".join(f"{runs} x {values} {p.of_a_format(runs, values):.1%}" for runs, values in FORMATS)
        lines.append(f"%GCV of a reportable value by format (runs x values in a run): {formats}")
        return lines

    def plot(self) -> matplotlib.figure.Figure:
        """Bias and precision by level, measured over nominal."""
        from lobule.report.validation import validation_picture

        wanted = self.criteria.validation
        points = pd.DataFrame({"nominal": self.data.nominal, "measured": self.data.measured})
        return validation_picture(self.levels, points, wanted.relative_bias, wanted.intermediate_precision)

    def formats(self) -> pd.DataFrame:
        """%GCV of a reportable value by runs and values in a run."""
        rows = [(runs, values, self.overall.of_a_format(runs, values)) for runs, values in FORMATS]
        return pd.DataFrame(rows, columns=["runs", "values_in_a_run", "gcv"])

    def summary(self) -> dict[str, Any]:
        """Everything as plain data."""
        from lobule.report.records import records

        return {
            "valid": self.valid, "linear": self.linear,
            "range": None if math.isnan(self.low) else [self.low, self.high],
            "said": self.said(), "levels": records(self.levels), "line": vars(self.line),
            "precision": self.overall.to_dict(), "formats": records(self.formats()),
            "criteria": self.criteria.model_dump(), "notes": self.data.notes,
            "left_out": [str(f) for f in self.data.faults],
        }  # fmt: skip


def _level_said(row: dict[Any, Any], wanted: ValidationSection) -> str:
    bias = f"relative bias {row['relative_bias']:+.1%} ({row['bias_low']:+.1%} to {row['bias_high']:+.1%})"
    bias += "" if row["accurate"] else f" NOT within {wanted.relative_bias:.0%}"
    most = f"(at most {row['intermediate_precision_high']:.1%}"
    spread = f"intermediate precision {row['intermediate_precision']:.1%} {most}"
    spread += ")" if row["precise"] else f", NOT within {wanted.intermediate_precision:.0%})"
    return f"{row['nominal']:.0%}: {bias}, {spread}; {row['values']} values of {row['runs']} runs"


def validate(path: str | Path, criteria: str | Path | None = None, sheet: str | None = None) -> Validation:
    """A validation from a table of levels.

    Parameters
    ----------
    path : nominal and measured relative potency, and the run
    criteria : file of criteria; usual ones when None
    sheet : of a workbook with several tables

    Raises
    ------
    InputError : a mistake in a file; fewer than three levels, or three runs of one.
    """
    wanted, data = read_criteria(criteria), read_levels(path, sheet)
    nominal = np.unique(data.nominal)
    if len(nominal) < FEWEST_LEVELS:
        raise InputError(
            f"a validation needs {FEWEST_LEVELS} levels of potency or more (<1033>: five), not {len(nominal)}"
        )
    levels = pd.DataFrame([_level(data, float(level), wanted) for level in nominal])
    low, high = _range(levels)
    logs = np.log(data.measured / data.nominal)
    centred = logs - pd.Series(logs).groupby(data.nominal).transform("mean").to_numpy()
    return Validation(data, wanted, levels, _line(data), _together(levels, centred, data), low, high)


def _level(data: Levels, level: float, wanted: CriteriaFile) -> dict[str, Any]:
    from scipy import stats

    own = data.nominal == level
    logs, run = np.log(data.measured[own]), data.run[own]
    means = np.array([logs[run == name].mean() for name in dict.fromkeys(run.tolist())])
    if len(means) < FEWEST_RUNS:
        raise InputError(f"the level {level:.0%} has {len(means)} runs; its precision needs {FEWEST_RUNS} or more")
    spread = precision(logs, run)
    middle = float(means.mean()) - math.log(level)
    half = float(stats.t.ppf((1 + EQUIVALENCE) / 2, len(means) - 1)) * float(means.std(ddof=1)) / math.sqrt(len(means))
    bias, low, high = (math.expm1(v) for v in (middle, middle - half, middle + half))
    allowed = wanted.validation.relative_bias
    accurate = -allowed <= low and high <= allowed
    precise = spread.intermediate_high <= wanted.validation.intermediate_precision
    return {
        "nominal": level, "runs": len(means), "values": int(own.sum()), "geometric_mean": math.exp(means.mean()),
        "relative_bias": bias, "bias_low": low, "bias_high": high, "variance_between_runs": spread.between,
        "variance_within_runs": spread.within, "repeatability": spread.repeatability,
        "intermediate_precision": spread.intermediate, "intermediate_precision_high": spread.intermediate_high,
        "accurate": accurate, "precise": precise, "passes": accurate and precise,
    }  # fmt: skip


def _range(levels: pd.DataFrame) -> tuple[float, float]:
    """The longest row of consecutive levels that hold all criteria; the first of equal ones."""
    best: list[float] = []
    now: list[float] = []
    for row in levels.to_dict("records"):
        now = [*now, float(row["nominal"])] if row["passes"] else []
        best = now if len(now) > len(best) else best
    return (best[0], best[-1]) if best else (math.nan, math.nan)


def _line(data: Levels) -> Line:
    """Means of runs at each level, so that values of one run do not count as if they were independent."""
    from scipy import stats

    means = (
        pd.DataFrame({"x": np.log(data.nominal), "y": np.log(data.measured), "run": data.run})
        .groupby(["x", "run"])["y"].mean().reset_index()
    )  # fmt: skip
    x, y = means["x"].to_numpy(float), means["y"].to_numpy(float)
    design = np.stack([np.ones_like(x), x], axis=1)
    solved, rest, df = fitted(design, y)
    spread = covariance(design, rest, df)
    t = float(stats.t.ppf((1 + EQUIVALENCE) / 2, df))
    half = t * np.sqrt(np.diag(spread))
    _, bent, bent_df = fitted(np.column_stack([design, x**2]), y)
    p = float(stats.f.sf((rest - bent) / (bent / bent_df), 1, bent_df)) if bent > 0 else math.nan
    r2 = 1 - rest / float(((y - y.mean()) ** 2).sum())
    (a, b), (da, db) = solved, half
    return Line(float(b), float(b - db), float(b + db), float(a), float(a - da), float(a + da), r2, p)


def _together(levels: pd.DataFrame, centred: Values, data: Levels) -> Precision:
    """Precision of all levels, of which each run is one; the levels' own means take their degrees of freedom."""
    cells = np.array([f"{run}|{level}" for run, level in zip(data.run, data.nominal, strict=True)])
    found = precision(centred, cells)
    lost = len(levels) - 1
    share = (found.runs - 1) / max(found.runs - 1 - lost, 1)
    return Precision(found.runs, found.values, found.between * share, found.within, max(found.df - lost, 1.0))
