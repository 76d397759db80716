"""Are batches after a change comparable with those before: equivalence of every attribute and of the clinical effect.

Two one-sided tests (D. J. Schuirmann, J. Pharmacokinet. Biopharm. 15 (1987) 657) with Welch's degrees of freedom, on
logarithms where an attribute varies as a ratio. All attributes together are comparable when each is, at the full level
(intersection-union, R. L. Berger, Technometrics 24 (1982) 295); single claims carry p-values after Holm. Of impurities
only more is worse (`sides`): they are tested on that side alone, not to be worse by the margin or more.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from lobule.arguments import a_seed, a_share, a_text, checking, optional, truth
from lobule.errors import InputError
from lobule.files.batches import LOGARITHMIC, Batches, attribute_label, read_batches, unit_of
from lobule.files.specification import read_specification
from lobule.optional import needs
from lobule.progress import say
from lobule.quality.clinical import Use, effects
from lobule.quality.delivery import assumed, deliver
from lobule.quality.margins import GIVEN, IS_USUAL, OF_USE, USUAL, Margin, acting, margins_of
from lobule.quality.sides import BOTH, Side, ends_of, in_words, is_worse, sides
from lobule.simulation import ensemble
from lobule.simulation.reading import MEANING
from lobule.statistics.tolerance import CONFIDENCE, COVERAGE, tolerance_interval

FEWEST = 3  # batches of a table with a value
SIGMAS = 1.5  # of the old batches: shown beside the margin, and not used
EFFECT_MARGIN = 0.2  # of the reference's effect
ALPHA = 0.05
NOT_COMPARED = (
    "storage_temperature",
    "storage_time",
    "freeze_thaw_cycles",
    "passage",
    "collection_time",
    "fill_volume",
)
EFFECT = "predicted share of the clinical effect"

if TYPE_CHECKING:
    import matplotlib.figure


@dataclass(frozen=True)
class Equivalence:
    """Two one-sided tests of new minus old: difference with 90 % interval, t and p of both; p is the larger."""

    difference: float
    low: float
    high: float
    t_lower: float
    p_lower: float
    t_upper: float
    p_upper: float
    df: float

    @property
    def p(self) -> float:
        """Of equivalence."""
        return max(self.p_lower, self.p_upper)


def equivalence(new: ArrayLike, old: ArrayLike, lower: float, upper: float) -> Equivalence:
    """Two one-sided Welch tests that lower < mean(new) - mean(old) < upper; an infinite end is not tested.

    Raises
    ------
    InputError : fewer than two values, values that do not vary, margins in the wrong order.
    """
    (weightstats,) = needs("statsmodels.stats.weightstats", extra="quality")

    a, b = np.asarray(new, float), np.asarray(old, float)
    if min(a.size, b.size) < 2 or not lower < upper:
        raise InputError("equivalence needs two values on each side and a lower margin below the upper one")
    if np.ptp(a) == 0 and np.ptp(b) == 0:
        raise InputError("the values do not vary; equivalence cannot be tested")
    both = weightstats.CompareMeans(weightstats.DescrStatsW(a), weightstats.DescrStatsW(b))
    df = float(both.ttest_ind(usevar="unequal")[2])
    (t_lower, p_lower), (t_upper, p_upper) = (
        both.ttest_ind(way, usevar="unequal", value=bound)[:2] if math.isfinite(bound) else (-bound, 0.0)
        for way, bound in (("larger", lower), ("smaller", upper))
    )
    low, high = both.tconfint_diff(alpha=2 * ALPHA, usevar="unequal")
    return Equivalence(float(a.mean() - b.mean()), float(low), float(high), float(t_lower), float(p_lower),
                       float(t_upper), float(p_upper), df)  # fmt: skip


@dataclass(frozen=True)
class Comparability:
    """Two tables of batches compared.

    Attributes
    ----------
    table : one row an attribute: side that is tested, means, ratio or difference with its 90 % interval (each end is a
        one-sided 95 % limit), margins (NaN on a side that is not tested) and where they come from, p, p after Holm,
        equivalent, shifted (the interval excludes no change, on a side that is tested), tolerance interval of the old
        batches, new batches outside it on such a side
    comparable : every attribute that can be tested is equivalent
    """

    table: pd.DataFrame
    old: int
    new: int
    notes: list[str]

    @property
    def comparable(self) -> bool:
        """All attributes are equivalent."""
        return bool(self.table["equivalent"].all())

    def said(self) -> list[str]:
        """The result in sentences."""
        good = int(self.table["equivalent"].sum())
        lines = [
            f"{self.new} new batches against {self.old} old ones: {good} of {len(self.table)} attributes equivalent"
        ]
        if self.comparable:
            lines.append("comparable: every attribute is equivalent at 5 %")
        else:
            lines.append(
                "NOT shown to be comparable: " + ", ".join(self.table.loc[~self.table["equivalent"], "attribute"])
            )
        for row in self.table[self.table["shifted"]].to_dict("records"):
            none = 1 if row["scale"] == "ratio" else 0
            so = "within its margin, and shifted all the same" if row["equivalent"] else "shifted"
            between = f"{row['change_low']:.3g} to {row['change_high']:.3g}"
            lines.append(f"caution: {row['attribute']} {row['change']:.3g} ({between}) excludes {none}: {so}")
        outside = self.table[self.table["new_outside"] > 0]
        if len(outside):
            counted = ", ".join(f"{r['attribute']} {r['new_outside']}" for r in outside.to_dict("records"))
            interval = f"{COVERAGE:.0%} of batches with {CONFIDENCE:.0%} confidence"
            lines.append(f"new batches outside the tolerance interval of the old ones ({interval}): {counted}")
        return lines

    def plot(self) -> matplotlib.figure.Figure:
        """Change of every attribute with its interval, beside its margin."""
        from lobule.report.comparability import comparability_picture

        return comparability_picture(
            self.table.assign(attribute=[attribute_label(name) for name in self.table["attribute"]])
        )

    def summary(self) -> dict[str, Any]:
        """Everything as plain data."""
        from lobule.report.records import records

        return {
            "comparable": self.comparable,
            "said": self.said(),
            "attributes": records(self.table),
            "notes": self.notes,
        }


@checking(
    outcome=optional(a_text),
    margin=optional(a_share),
    effect_margin=a_share,
    members=ensemble.members(),
    per_vial=truth,
    clinical=truth,
    seed=a_seed,
)
def compare(
    old: str | Path, new: str | Path, *, scenario: str | Path | None = None, outcome: str | None = None,
    margin: float | None = None, effect_margin: float = EFFECT_MARGIN, members: int = ensemble.THIN,
    per_vial: bool = False, clinical: bool = True, seed: int = 1, old_sheet: str | None = None,
    new_sheet: str | None = None, reading: str | None = None, spec: str | Path | None = None,
) -> Comparability:  # fmt: skip
    """Compare two tables of batches.

    Parameters
    ----------
    margin : largest ratio of means either way (0.2: 0.8 to 1.25). When None: the change at which the effect moves by
        `effect_margin`, at least the error of the assay; 20 % where no path leads from an attribute to the effect
    effect_margin : largest difference of the predicted share of the effect
    old_sheet, new_sheet : of workbooks with several tables
    spec : a specification file, whose limits with only an upper end are of attributes of which only more is worse, and
        those with both of attributes tested both ways; when None, worse.csv alone says of what one side is worse
    others : as `lobule.quality.batch.report`

    Raises
    ------
    InputError : a mistake in a file, nothing that both tables have, a margin outside 0 to 1.
    NotInstalled : statsmodels is not there.
    """
    (multitest,) = needs("statsmodels.stats.multitest", extra="quality")
    limited = None if spec is None else read_specification(spec)
    before, after = read_batches(old, old_sheet), read_batches(new, new_sheet)
    notes = [line for b in (before, after) for line in (*map(str, b.faults), *b.notes)]
    use = Use.read(scenario, outcome, reading) if clinical else None
    names = [name for name in before.numbers if name not in NOT_COMPARED and name in after.numbers]
    known: dict[str, Margin] = {}
    if use is not None and margin is None:
        known = margins_of(use, names, effect_margin, members, per_vial=per_vial, seed=seed)
    tested = sides(names, limited, acting(use, names, per_vial=per_vial) if use is not None else ())
    rows = []
    for name in names:
        cells = [b.cell(name) for b in (before, after)]
        values = [c.estimates()[np.isfinite(c.estimates())] for c in cells]
        limits = sum(int((c.beyond() != 0).sum()) for c in cells)
        if limits:
            notes.append(f'{name}: {limits} values are limits; "<x" counts as half of x, ">x" as x')
        if min(v.size for v in values) < FEWEST:
            notes.append(f"{name}: fewer than {FEWEST} values in a table; not compared")
            continue
        logarithmic = name in LOGARITHMIC and all((v > 0).all() for v in values)
        try:
            bounds = _bounds(values[0], logarithmic, margin, known.get(name))
            rows.append(_row(name, values[0], values[1], logarithmic, unit_of(name), bounds, tested[name]))
        except InputError as error:
            notes.append(f"{name}: {error}")
    if use is not None:
        notes.append(f"{EFFECT}: as {use.reading} ({MEANING[use.reading]})")
        for path, batches in ((old, before), (new, after)):
            notes += [f"{Path(path).name}: {line}" for line in assumed(batches)]
        notes += ensemble.notes()
        shares = [_shares(b, use, members, per_vial, seed) for b in (before, after)]
        if min(len(s) for s in shares) >= FEWEST:
            allowed = (-effect_margin, effect_margin, OF_USE)
            rows.append(_row(EFFECT, shares[0], shares[1], False, "", allowed))
    if not rows:
        raise InputError(f"nothing that both tables have in {FEWEST} batches or more can be compared")
    notes += in_words({row["attribute"]: row["tested"] for row in rows})
    table = pd.DataFrame(rows)
    table.insert(list(table.columns).index("p") + 1, "p_holm", multitest.multipletests(table["p"], method="holm")[1])
    return Comparability(table, len(before), len(after), notes)


def _shares(batches: Batches, use: Use, members: int, per_vial: bool, seed: int) -> NDArray[np.float64]:
    """Median share of the reference's effect of every batch."""
    batched = deliver(batches, use, members, per_vial=per_vial, seed=seed)
    found = np.nanmedian(effects(use, batched.delivery, seed, partial(say, "batches")).share, axis=1)
    return found[np.isfinite(found)]


def _bounds(
    old: NDArray[np.float64], logarithmic: bool, margin: float | None, known: Margin | None
) -> tuple[float, float, str]:
    """Margins of a difference of means, of logarithms where it is a ratio, and where they come from."""
    if margin is None and known is not None:
        low, high, source = known.low, known.high, known.source
    else:
        share = USUAL if margin is None else margin
        low, high, source = 1 - share, 1 / (1 - share), IS_USUAL if margin is None else GIVEN
    if logarithmic:
        return math.log(low), math.log(high), source
    half = (1 - low) * abs(float(old.mean()))
    return -half, half, source


def _row(
    name: str, old: NDArray[np.float64], new: NDArray[np.float64], logarithmic: bool, unit: str,
    bounds: tuple[float, float, str], side: Side = BOTH,
) -> dict[str, Any]:  # fmt: skip
    a, b = (np.log(new), np.log(old)) if logarithmic else (new, old)
    lower, upper = ends_of(side, *bounds[:2])
    tested = equivalence(a, b, lower, upper)
    low, high = tolerance_interval(b)
    outside = int(is_worse(side, a < low, a > high).sum())
    shifted = bool(is_worse(side, np.array(tested.high < 0), np.array(tested.low > 0)))

    def shown(value: float) -> float:
        return math.nan if math.isinf(value) else math.exp(value) if logarithmic else float(value)

    return {
        "attribute": name, "unit": unit, "scale": "ratio" if logarithmic else "difference", "tested": side,
        "old_mean": shown(float(b.mean())), "new_mean": shown(float(a.mean())), "change": shown(tested.difference),
        "change_low": shown(tested.low), "change_high": shown(tested.high), "margin_low": shown(lower),
        "margin_high": shown(upper), "margin_from": bounds[2], "p": tested.p, "equivalent": bool(tested.p < ALPHA),
        "shifted": shifted, "old_variation": shown(SIGMAS * float(b.std(ddof=1))),
        "tolerance_low": shown(low), "tolerance_high": shown(high), "new_outside": outside,
    }  # fmt: skip
