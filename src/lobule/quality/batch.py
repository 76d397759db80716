"""A table of batches judged, charted, and followed to the patient."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from lobule.arguments import a_seed, a_share, a_text, checking, count, one_of, optional, truth
from lobule.errors import InputError
from lobule.files.batches import LOGARITHMIC, Batches, attribute_label, read_batches, unit_of
from lobule.files.specification import Specification
from lobule.files.times import ORDERS
from lobule.labs import labs
from lobule.quality.clinical import Effects, Use, effects, quantiles, to_dict
from lobule.quality.delivery import Batched, assumed, deliver, unprotected
from lobule.quality.specification import UNDECIDED, UNUSABLE, judged, reporting, specification, verdicts
from lobule.quantities import column_name
from lobule.simulation import ensemble
from lobule.simulation.effect import meaning, unexplained
from lobule.simulation.program import INTENDED_USE
from lobule.statistics.capability import FEWEST as CAPABLE
from lobule.statistics.capability import WANTED, capability
from lobule.statistics.charts import FEWEST, Chart, chart

LOSS = 0.3  # of the reference's effect: a larger one is counted as harm to patients
NOT_CHARTED = ("fill_volume", "storage_temperature", "freeze_thaw_cycles", "passage", "collection_time", "storage_time")
ALARMS = ["batch", "stream", "attribute", "value", "unit", "alarm"]


@dataclass(frozen=True)
class BatchReport:
    """What is known of a table of batches.

    Attributes
    ----------
    batches, specification, use : what was judged, by what, for which use
    order : rows in the order in which they were made (by date; as they stand where dates are missing)
    results : every limit of every batch; verdicts : one row a batch
    charts : {attribute: Chart}, in that order
    alarms : one row an alarm: batch, stream, attribute, value, unit, alarm
    capabilities : one row an attribute with a limit: Cp, Cpk, Pp, Ppk with its interval, share expected outside
    effects : by batch and member, None when not asked for
    clinical : one row a batch: particles in a dose, potency, effect and share of the reference's, with their bands
    reporting : what a publication would miss
    loss : share of the effect whose loss is counted
    """

    batches: Batches
    specification: Specification
    use: Use | None
    order: list[int]
    results: pd.DataFrame
    verdicts: pd.DataFrame
    charts: dict[str, Chart]
    streams: list[str]
    alarms: pd.DataFrame
    capabilities: pd.DataFrame
    effects: Effects | None
    clinical: pd.DataFrame | None
    reporting: pd.DataFrame
    loss: float
    notes: list[str]

    def said(self) -> list[str]:
        """The report in sentences."""
        counts = self.verdicts["verdict"].value_counts()
        lines = [] if self.effects is None else unprotected(self.batches)
        lines.append(f"{len(self.batches)} batches: " + ", ".join(f"{n} {name}" for name, n in counts.items()))
        failed = self.results[self.results["result"] == "fail"]["attribute"].value_counts()
        if len(failed):
            lines.append("failed: " + ", ".join(f"{name} {n} times" for name, n in failed.items()))
        undecided = self.results[self.results["result"].isin([UNUSABLE, UNDECIDED])]["attribute"].value_counts()
        if len(undecided):
            lines.append("cannot be judged: " + ", ".join(f"{name} {n} times" for name, n in undecided.items()))
        if len(self.alarms):
            first = self.alarms.iloc[0]
            where = f"{first['attribute']}, {first['stream']}" if first["stream"] else first["attribute"]
            counted = self.alarms["attribute"].value_counts()
            lines.append(
                f"out of trend: {self.alarms['batch'].nunique()} batches, first {first['batch']} ({where}: "
                f"{first['alarm']}); " + ", ".join(f"{name} {n} alarms" for name, n in counted.items())
            )
            streams = self.alarms[self.alarms["stream"] != ""]["stream"].value_counts()
            if len(streams):
                lines.append("alarms by stream: " + ", ".join(f"{name} {n}" for name, n in streams.items()))
        elif self.charts:
            lines.append("no batch is out of trend")
        lines += self._capable()
        lines += self._cost()
        missing = self.reporting[self.reporting["reported"] < 1]
        if len(missing):
            lines.append(
                f"{len(missing)} of {len(self.reporting)} reporting fields are missing in some batch "
                "(--check-reporting lists them)"
            )
        return lines

    def _capable(self) -> list[str]:
        """Capability of the process, the worst attributes first."""
        weak = self.capabilities[~self.capabilities["capable"]] if len(self.capabilities) else self.capabilities
        if weak.empty:
            return []
        parts = [
            f"{row['attribute']} Ppk {row['ppk']:.2f} ({row['ppk_low']:.2f} to {row['ppk_high']:.2f})"
            for row in weak.sort_values("ppk").to_dict("records")
        ]
        return [f"capability not shown (the lower end of Ppk is below {WANTED:g}): {', '.join(parts)}"]

    def _cost(self) -> list[str]:
        """What variation costs patients."""
        if self.clinical is None or self.effects is None or self.use is None:
            return []
        told = unprotected(self.batches)  # stand first of all
        lines = [*self.of_the_reading(), *(line for line in assumed(self.batches) if line not in told)]
        passed = (self.verdicts["verdict"] == "pass").to_numpy()
        for label, who in (("all batches", np.ones(len(passed), bool)), ("batches that pass", passed)):
            if who.any():
                share, lost = self.effects.share[who], self.clinical.loc[who, "probability_of_loss"]
                worst, often = np.nanmedian(share, axis=1).min(), int((lost > 0.5).sum())
                lines.append(
                    f"{label}: {np.nanmedian(share):.0%} of the reference's effect (worst batch {worst:.0%}); {often} "
                    f"of {who.sum()} more likely than not lose over {self.loss:.0%} of it"
                )
        return lines

    def of_the_reading(self) -> list[str]:
        """What the reference does to patients, in both readings where the use is as published."""
        if self.effects is None or self.use is None:
            return []
        unit, name = labs()[self.use.outcome].counted, self.use.outcome.replace("_", " ")
        low, middle, high = quantiles(self.effects.reference[None])[0]
        said = (
            f"{name} on day {self.use.days:g}: the reference gains {middle:.3g} {unit} ({low:.3g} to {high:.3g}), as "
            f"{self.use.reading}"
        )
        if self.effects.counted is None:
            return [said]
        share = self.effects.unexplained_share
        said += f"; counted: {np.median(self.effects.counted):.3g} {unit}; {unexplained(share)}"
        return [said, *(line.rstrip(".") for line in meaning(share))]

    def summary(self) -> dict[str, Any]:
        """Everything as plain data."""
        from lobule.report.records import records

        return {
            "intended_use": INTENDED_USE, "specification": self.specification.title, "said": self.said(),
            "notes": self.notes, "verdicts": records(self.verdicts), "alarms": records(self.alarms),
            "capability": records(self.capabilities), "use": None if self.use is None else to_dict(self.use),
            "unexplained_share": None if self.effects is None else self.effects.unexplained_share,
            "clinical": [] if self.clinical is None else records(self.clinical),
            "reporting": records(self.reporting), "left_out": [str(f) for f in self.batches.faults],
        }  # fmt: skip

    def page(self) -> str:
        """The report as an HTML page."""
        from lobule.report.batches import batches_page

        return batches_page(**self._page())

    def _page(self) -> dict[str, Any]:
        from lobule.report.records import records

        names = [self.batches.names[k] for k in self.order]
        effect = None
        if self.effects is not None:
            effect = quantiles(self.effects.share)[self.order]
        limits = [
            {"attribute": v.attribute, "limit": v.text(), "required": "yes" if v.required else "", "grade": v.grade,
             "source": v.source, "note": v.note}
            for v in self.specification.limits
        ]  # fmt: skip
        verdict = dict(zip(self.verdicts["batch"], self.verdicts["verdict"], strict=True))
        return {
            "title": self.specification.title, "use": "" if self.use is None else self.use.title,
            "intended_use": INTENDED_USE, "said": self.said(), "notes": self.notes, "names": names,
            "streams": [self.streams[k] for k in self.order], "verdicts": [verdict[n] for n in names],
            "charts": self.charts, "units": {name: unit_of(name) for name in self.charts}, "effect": effect,
            "labels": {name: attribute_label(name) for name in self.charts},
            "loss": self.loss, "table": records(self.verdicts), "felt": self._felt(),
            "alarms": records(self.alarms), "limits": limits,
            "capabilities": [
                {**row, "outside": "" if row["outside"] is None else f"{row['outside']:.2%}"}
                for row in records(self.capabilities)
            ], "capable": WANTED,
            "reporting": records(self.reporting[self.reporting["reported"] < 1]),
            "left_out": [str(f) for f in self.batches.faults],
            "bounds": {v.attribute: (v.low, v.high) for v in self.specification.limits if not v.flag},
        }  # fmt: skip

    def _felt(self) -> list[dict[str, Any]]:
        """Rows of `clinical` for people: a band stands beside its median."""
        if self.clinical is None:
            return []
        gain = next(str(c) for c in self.clinical if "_gain" in str(c))
        bands = {"potency": "potency", gain: gain, "share_of_effect": "share"}
        rows = []
        for row in self.clinical.to_dict("records"):
            shown = {
                "batch": row["batch"],
                "particles_a_dose": row["particles_a_dose"],
                "kept_in_storage": row["kept_in_storage"],
            }
            for name, stem in bands.items():
                shown[name] = f"{row[name]:.3g} ({row[stem + '_low']:.3g} to {row[stem + '_high']:.3g})"
            rows.append(
                {**shown, "potency_from": row["potency_from"], "probability_of_loss": row["probability_of_loss"]}
            )
        return rows


@checking(
    outcome=optional(a_text),
    members=ensemble.members(),
    per_vial=truth,
    stream=a_text,
    baseline=optional(count(2)),
    loss=a_share,
    seed=a_seed,
    clinical=truth,
)
def report(
    path: str | Path, *, spec: str | Path | None = None, scenario: str | Path | None = None, outcome: str | None = None,
    members: int = ensemble.THIN, per_vial: bool = False, stream: str = "bioreactor", baseline: int | None = None,
    loss: float = LOSS, seed: int = 1, clinical: bool = True, sheet: str | None = None, reading: str | None = None,
    dates: str | None = None, progress: Callable[[int, int], None] | None = None,
) -> BatchReport:  # fmt: skip
    """Judge, chart and follow to the patient every batch of a table.

    Parameters
    ----------
    path : table of batches (CSV, XLSX, Parquet)
    spec, scenario : files of the specification and of the clinical use; those that come with lobule when None
    outcome : what is read from the patient; MELD when None, collagen of an animal
    members : of the ensemble
    per_vial : a dose is a vial of the batch
    stream : column whose values are charted apart
    baseline : first batches that set the limits of the charts
    loss : share of the effect whose loss is counted
    clinical : follow the batches to the patient
    sheet : of a workbook with several tables
    reading : "published" or "counted", in place of the scenario's own
    dates : "day.month.year" or "month/day/year", where the table's own dates do not tell
    progress : called with the number of batches that were followed to the patient, and of all

    Raises
    ------
    InputError : a mistake in a file, by cell or line.
    """
    if dates is not None:
        one_of(dates, "dates", ORDERS, "order of dates")
    batches, limits = read_batches(path, sheet, (stream,), dates), specification(spec)
    use = Use.read(scenario, outcome, reading) if clinical else None
    streams = batches.texts.get(stream, [""] * len(batches))
    notes = [] if stream in batches.texts else [f'no column "{stream}": all batches are charted as one stream']
    notes += batches.notes
    order = _order(batches, notes)
    charts, alarms = _charted(batches, order, streams, baseline, notes)
    results = judged(batches, limits)
    table = found = None
    if use is not None:
        if per_vial and "particles" not in batches.numbers:
            raise InputError(
                "a dose is a vial, but the table has no particles in a vial: give particles, or concentration and "
                "fill_volume"
            )
        batched = deliver(batches, use, members, per_vial=per_vial, seed=seed)
        found = effects(use, batched.delivery, seed, progress)
        table = _clinical(batches, batched, found, use, loss)
        notes += [*_open_questions(batched, found), *ensemble.notes()]
    return BatchReport(
        batches, limits, use, order, results, verdicts(results), charts, streams, pd.DataFrame(alarms, columns=ALARMS),
        _capabilities(batches, limits, order),         found, table, reporting(batches), loss, notes,
    )  # fmt: skip


def _order(batches: Batches, notes: list[str]) -> list[int]:
    """Rows by the day on which they were made, undated ones last; what could not be read is noted."""
    dated = np.isfinite(batches.made_on)
    if not dated.all():
        written = [bool(text) for text in batches.texts.get("made_on", [""] * len(batches))]
        unread = int((np.array(written) & ~dated).sum())
        which = f"{unread} dates cannot be read (write them as 2026-01-31)" if unread else "some dates are missing"
        notes.append(f"{which}: those batches come last in the charts, in the order of the table")
    return [int(k) for k in np.argsort(np.where(dated, batches.made_on, math.inf), kind="stable")]


def _open_questions(batched: Batched, found: Effects) -> Iterator[str]:
    """What the effect of the batches leaves open."""
    if not batched.measured.all():
        n = int((~batched.measured).sum())
        yield f"{n} batches without measured potency: their latent potency is open (CV 50 %, assumed), the band wide"
    if np.isnan(found.batches).any():
        yield f"{int(np.isnan(found.batches).sum())} courses of single members could not be solved and are left out"


def _charted(
    batches: Batches, order: list[int], streams: list[str], baseline: int | None, notes: list[str]
) -> tuple[dict[str, Chart], list[tuple[str, str, str, float, str, str]]]:
    charts, alarms = {}, []
    for name in batches.numbers:
        cells = batches.cell(name)
        values = cells.estimates()
        if name in NOT_CHARTED or np.isfinite(values).sum() < FEWEST:
            continue
        shown = values[order]
        logarithmic = name in LOGARITHMIC and bool((shown[np.isfinite(shown)] > 0).all())
        try:
            drawn = chart(shown, [streams[k] for k in order], baseline=baseline, logarithmic=logarithmic)
        except InputError as error:
            notes.append(f"{name} is not charted: {error}")
            continue
        charts[name] = drawn
        limits = int((cells.beyond() != 0).sum())
        if limits:
            notes.append(f'{name}: {limits} values are limits; the chart has half of x for "<x", and x for ">x"')
        for place, alarm in enumerate(drawn.alarms):
            if alarm:
                k = order[place]
                alarms.append((batches.names[k], streams[k], name, float(values[k]), unit_of(name), alarm))
    place_of = {batches.names[k]: i for i, k in enumerate(order)}
    return charts, sorted(alarms, key=lambda row: place_of[row[0]])


def _capabilities(batches: Batches, spec: Specification, order: list[int]) -> pd.DataFrame:
    """Of every attribute with a limit and enough values, on logarithms where it varies as a ratio."""
    rows = []
    for limit in spec.limits:
        values = batches.cell(limit.attribute).estimates()[order]
        if limit.flag or np.isfinite(values).sum() < CAPABLE:
            continue
        ratio = limit.attribute in LOGARITHMIC and bool((values[np.isfinite(values)] > 0).all())
        ends = [limit.low, limit.high]
        if ratio:
            values, ends = np.log(values), [math.log(e) if e > 0 else -math.inf for e in ends]
        if not any(map(math.isfinite, ends)):
            continue
        found = capability(values, *ends)
        rows.append({"attribute": limit.attribute, "limit": limit.text(), **vars(found), "capable": found.capable})
    return pd.DataFrame(rows)


def _clinical(batches: Batches, batched: Batched, found: Effects, use: Use, loss: float) -> pd.DataFrame:
    effect, share = quantiles(found.batches), quantiles(found.share)
    potency = quantiles(
        batched.latent * np.where(np.isfinite(batched.panel_potency), batched.panel_potency, 1.0)[:, None]
    )
    with np.errstate(invalid="ignore"):
        lost = np.nanmean(np.where(np.isnan(found.share), np.nan, found.share < 1 - loss), axis=1)
    name = column_name(f"{use.outcome}_gain", labs()[use.outcome].counted)
    return pd.DataFrame(
        {
            "batch": batches.names,
            "reading": use.reading,
            "particles_a_dose": np.median(batched.delivery.particles, axis=1),
            "kept_in_storage": batched.kept,
            "potency": potency[:, 1], "potency_low": potency[:, 0], "potency_high": potency[:, 2],
            "potency_from": np.where(batched.measured, "measured", "open"),
            name: effect[:, 1], f"{name}_low": effect[:, 0], f"{name}_high": effect[:, 2],
            "share_of_effect": share[:, 1], "share_low": share[:, 0], "share_high": share[:, 2],
            "probability_of_loss": lost,
        }
    )  # fmt: skip
