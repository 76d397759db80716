"""A Run: the time course of one subject under one plan, beside its untreated twin, with its provenance."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lobule.errors import InputError, nearest, shown
from lobule.keeping import as_path
from lobule.labs import to_clinic
from lobule.model.cargo import EATERS_OF_VESICLES, components
from lobule.quantities import column_name
from lobule.report.card import card
from lobule.simulation.failure import fails, told_of_failure
from lobule.simulation.folder import open_folder, save_folder
from lobule.simulation.told import about, few_alive, paragraph

if TYPE_CHECKING:
    import matplotlib.figure
    import pandas as pd
    import xarray as xr


# What a run reports first; everything else is in `run.data`.
HEADLINE = (
    "collagen_proportionate_area",
    "activated_stellate_fold",
    "alt",
    "ast",
    "albumin",
    "tnf_alpha",
    "il_6",
    "il_10",
    "tgf_beta",
    "m2_m1_ratio",
)
# What a clinic looks at, for patients.
CLINICAL = (
    "albumin",
    "inr",
    "bilirubin",
    "alt",
    "ast",
    "alp",
    "ggt",
    "platelets",
    "creatinine",
    "sodium",
    "ammonia",
    "hepatic_venous_pressure_gradient",
    "ascites",
    "collagen_proportionate_area",
    "tnf_alpha",
    "il_6",
    "il_10",
    "m2_m1_ratio",
)

# What a clinic also looks at once a liver fails.
OF_FAILURE = ("encephalopathy_grade", "organ_failures")

SAME = 1e-9  # a band whose width is a smaller share of its value has none
OF_THE_THERAPY = (
    "The band is what the calibrated ensemble leaves open of the effect of the therapy; "
    "it holds no uncertainty of the disease."
)
WITHOUT_BAND = (
    "No band is shown: the calibrated ensemble varies what the therapy does, so that it holds no uncertainty of an "
    "untreated course."
)
NO_CHANGE = 1e-3  # a smaller relative change by a treatment is none
ENOUGH = 0.1  # assumed: a path that never reaches a tenth of what is needed cannot carry a treatment
HGF_NG_PER_MILLION_CELLS = 0.5  # secretion a day, pk-K158
HGF_NG_PER_KG = 15_000  # a day: 0.6 mg/m2, which gave no clear benefit in fulminant hepatitis (kinetics.md 7)


@dataclass(frozen=True)
class Run:
    """What `simulate` returns.

    Attributes
    ----------
    data : xarray.Dataset, dims (time,), one variable an output; attrs units and long_name
    band : headline and clinical outputs with dims (quantile, time): 5, 25, 50, 75 and 95 % of the calibrated ensemble;
        without `uncertainty` every output with dims (bound, time) for the fewest and the most particles that a dose of
        protein may hold, or None where the dose is certain
    control : the untreated twin with dims (time,), or None
    counted : the same treatment with dims (time,) where it does only what copies in cells can do; None where nothing
        was given, or where the run itself is in the counted reading
    record : plain data: subject, plan, settings, versions, hashes
    """

    data: xr.Dataset
    band: xr.Dataset | None
    control: xr.Dataset | None
    record: dict[str, Any] = field(repr=False)
    counted: xr.Dataset | None = None

    def __getitem__(self, output: str) -> xr.DataArray:
        """One output over time; raises InputError for an unknown name."""
        if not isinstance(output, str) or output not in self.data.data_vars:
            raise InputError(f"the run has no output {shown(output)}. {nearest(output, map(str, self.data.data_vars))}")
        return self.data[output]

    def _repr_html_(self) -> str:
        table = self.summary().drop(columns="day").dropna(axis="columns", how="all")
        table["output"] = [self.data[name].attrs["long_name"] for name in table["output"]]
        return card(self.record["title"] or "Run", self.said(), table)

    def said(self) -> str:
        """What came out, in one paragraph."""
        table = self.summary()
        labels = {name: self.data[name].attrs["long_name"] for name in table["output"]}
        return " ".join([paragraph(self.record, table, labels), *self._state])

    def to_dataframe(self) -> pd.DataFrame:
        """Time course as a table, units in the column names (`albumin_g_per_L`)."""
        frame = self.data.to_dataframe()
        names = {name: column_name(str(name), self.data[name].attrs["units"]) for name in frame.columns}
        return frame.rename(columns=names).rename_axis("time_d")

    @cached_property
    def _state(self) -> list[str]:
        """Sentences on who fails and who is alive."""
        return [*told_of_failure(self.record, self.data, self.control), *few_alive(self.record, self.data)]

    @cached_property
    def _headline(self) -> list[str]:
        wanted = list(CLINICAL if self.record["subject"]["kind"] == "patient" else HEADLINE)
        wanted += OF_FAILURE if fails(self.record, self.data, self.control) else ()
        return [name for name in wanted if name in self.data] or [str(name) for name in self.data.data_vars]

    def summary(self) -> pd.DataFrame:
        """Last day of the run, one row an output: value, band, untreated, ratio of treated to untreated.

        Low and high are missing where the band has no width, and so says nothing (see `notes`). `counted` is the value
        where a treatment does only what can be counted, `unexplained_share` the share of the change that it misses:
        missing where there is no change.
        """
        import pandas as pd

        rows = []
        for name in self._headline:
            row: dict[str, Any] = {"output": name, "unit": self.data[name].attrs["units"]}
            row["day"] = float(self.data.time[-1])
            row["value"] = float(self.data[name][-1])
            if self.band is not None and name in self.band:
                ends = [float(v) for v in self.band[name][:, -1]]
                row["low"], row["high"] = (min(ends), max(ends)) if self._has_band(name) else (math.nan, math.nan)
            if self.control is not None:
                row["untreated"] = float(self.control[name][-1])
                row["ratio"] = row["value"] / row["untreated"] if row["untreated"] else math.nan
            if self.control is not None and self.counted is not None:
                row["counted"] = float(self.counted[name][-1])
                row["unexplained_share"] = unexplained_share(row["value"], row["untreated"], row["counted"])
            rows.append(row)
        return pd.DataFrame(rows)

    def _has_band(self, name: str) -> bool:
        """The band of an output has a width somewhere."""
        if self.band is None or name not in self.band:
            return False
        values = self.band[name].to_numpy()
        return bool((values.max(axis=0) - values.min(axis=0) > SAME * abs(values).max(axis=0)).any())

    def notes(self) -> list[str]:
        """Sentences without which the numbers would be misread."""
        if self.band is None:
            return self._state
        if not any(self._has_band(name) for name in self._headline):
            return [*self._state, WITHOUT_BAND]
        if "quantile" not in self.band.dims:
            return self._state
        return [*self._state, OF_THE_THERAPY, *filter(None, [self.band.attrs.get("notes")])]

    def copy_budget(self) -> pd.DataFrame:
        """Which path could physically carry the effect: what reaches a cell by counting, against what is needed.

        Returns
        -------
        DataFrame, one row a path that the plan opens: path, kind, cell, peak (copies in a cell, or ng of HGF a day),
        needed, unit, peak_share_of_largest_effect (what the model gives it), possible_by_count (yes, no, or ? where the
        evidence has no yardstick), impossible_but_used (the model gives it a tenth or more of its effect, and the count
        does not carry it), potency ("calibrated" to studies that report the effect, or "assumed").
        """
        import pandas as pd

        values, peaks = self.record["parameters"], self.record["peaks"]
        rows = []
        for cell in EATERS_OF_VESICLES:
            if peaks[f"published_{cell}_effect"] > 0:
                peak, needed = peaks[f"vesicles_per_{cell}"], values["vesicles_for_half_effect"]
                share, potency = peaks[f"published_{cell}_effect"], "calibrated"
                rows.append(("whole vesicles", "published", cell, peak, needed, "vesicles a cell", share, potency))
        for c in components().values():
            if not any(values[f"{whose}{c.name}_copies_per_particle"] for whose in ("", "secreted_")):
                continue
            needed = values["mirna_half_effect"] if c.copies_needed is None else c.copies_needed
            for cell in c.cells:
                peak = peaks[f"{c.name}_per_{cell}"]
                share = peaks[f"{c.name}_{cell}_effect"]
                potency = "calibrated" if c.calibrated_in(cell) else "assumed"
                rows.append((c.name, c.kind, cell, peak, needed, "copies in a cell", share, potency))
        alive = peaks["msc_alive"] + peaks["msc_in_depot"]
        if alive > 0:
            hgf = alive * 1e3 * HGF_NG_PER_MILLION_CELLS
            needed = HGF_NG_PER_KG * values["body_weight"] / 1000
            share = peaks["msc_growth_effect"]
            rows.append(
                ("growth factors", "soluble", "hepatocyte", hgf, needed, "ng of HGF a day", share, "calibrated")
            )
        for path, state, effect, unit in (
            ("soluble factors", "msc_factor", "msc_factor_effect", "cells a Kupffer"),
            ("eaten cells", "msc_engulfment", "educated_share", "a day a Kupffer"),
        ):
            peak = peaks[state]
            if peak > 0:
                effect_share = peaks[effect]
                rows.append((path, "cells", "macrophage", peak, float("nan"), unit, effect_share, "calibrated"))
        names = ("path", "kind", "cell", "peak", "needed", "unit", "peak_share_of_largest_effect", "potency")
        table = pd.DataFrame(rows, columns=names)
        enough = table["peak"] >= ENOUGH * table["needed"]
        table["possible_by_count"] = ["?" if pd.isna(n) else "yes" if e else "no"
                                      for n, e in zip(table["needed"], enough, strict=True)]  # fmt: skip
        used = table["peak_share_of_largest_effect"] >= ENOUGH
        table["impossible_but_used"] = used & (table["possible_by_count"] == "no")
        return table[[*(name for name in table if name != "potency"), "potency"]]

    def scores(self) -> pd.DataFrame:
        """Clinical scores over time: MELD, MELD-Na, MELD 3.0 (where sex is known), Child-Pugh points and class, ALBI.

        Raises
        ------
        InputError : the run is of an animal, for whom there are no such scores.
        """
        import pandas as pd

        from lobule import scores
        from lobule.scores.clinic import NEEDED as NEEDED_OF_MODEL
        from lobule.scores.clinic import clinical

        subject = self.record["subject"]
        if subject["kind"] != "patient":
            raise InputError("clinical scores are of people; this run is of an animal")
        self._refuse_without(NEEDED_OF_MODEL, "a clinical score")
        v = {str(name): self.data[name].to_numpy() for name in self.data.data_vars}
        derived = clinical(v)
        bilirubin, albumin = (to_clinic(name, v[name]) for name in ("bilirubin", "albumin"))
        table = pd.DataFrame({"meld": derived["meld"], "meld_na": derived["meld_na"]}, index=self.data.time.to_numpy())
        if subject.get("sex"):
            table["meld_3"] = scores.meld_3(
                bilirubin,
                v["inr"],
                to_clinic("creatinine", v["creatinine"]),
                v["sodium"],
                albumin,
                subject["sex"] == "f",
            )
        table["child_pugh_points"] = derived["child_pugh"]
        table["child_pugh_class"] = scores.child_pugh_class(derived["child_pugh"])
        table["albi"] = scores.albi(bilirubin, albumin)
        return table.rename_axis("time_d")

    def safety(self) -> pd.DataFrame:
        """Risks of the treatment, each with figure and grade; "no estimate" where nothing is known."""
        from lobule.simulation.safety import NEEDED, safety_table

        if self.control is None:
            raise InputError("a run without a plan has no risk of treatment")
        self._refuse_without(NEEDED, "safety")
        kinds = [part["contents"]["kind"] for part in self.record["plan"] if "contents" in part]
        return safety_table(self.data, self.control, self.record["peaks"], self.record["parameters"], kinds)

    def _refuse_without(self, outputs: Sequence[str], what: str) -> None:
        missing = [name for name in outputs if name not in self.data]
        if missing:
            raise InputError(f"{what} needs {', '.join(missing)}, which the run was not asked for", ["outputs"])

    def plot(
        self, outputs: list[str] | None = None, observed: dict[str, str] | None = None
    ) -> matplotlib.figure.Figure:
        """Treated (with band) beside untreated, a panel an output; `observed` adds a line of text to a panel."""
        from lobule.report.figure import time_courses

        names = outputs or self._headline
        for name in names:
            self[name]
        wide = self.band if any(self._has_band(name) for name in names) else None
        return time_courses(
            self.data, wide, self.control, names, self.record["title"], self._given(), observed or {}, self.counted
        )

    def _given(self) -> dict[str, list[float]]:
        return {"injury": self.record["injury_times_d"], "dose": self.record["dose_times_d"]}

    def datasets(self) -> dict[str, xr.Dataset]:
        """What there is of the course, the band and the untreated twin, by the names of their files."""
        named = {"timecourse": self.data, "band": self.band, "untreated": self.control, "counted": self.counted}
        return {name: dataset for name, dataset in named.items() if dataset is not None}

    def tables(self) -> dict[str, pd.DataFrame]:
        """The tables that are saved, by the names of their files; units stand in the names of columns."""
        from lobule.simulation.safety import NEEDED

        tables = {"summary": _with_units(self.summary())}
        if self.record["plan"] is not None:
            tables["copy_budget"] = self.copy_budget()
            if all(name in self.data for name in NEEDED):
                tables["safety"] = self.safety()
        return tables

    def save(self, folder: str | Path, figure: matplotlib.figure.Figure | None = None) -> Path:
        """Write a results folder, whole or not at all; raises ResultsError when it exists and is something else.

        A picture that cannot be drawn is told by a LobuleWarning; everything else is written.
        """
        from lobule.report.style import pictures

        names = [*(f"{name}.csv" for name in self.tables()), *(f"{name}.nc" for name in self.datasets()), "figure.png"]
        return save_folder(
            as_path(folder), self.record, self.datasets(), self.tables(),
            lambda: pictures(lambda: figure or self.plot(), "figure.png"), about(self.record, self.said(), names),
        )  # fmt: skip

    @classmethod
    def open(cls, folder: str | Path) -> Run:
        """Read a results folder; raises ResultsError when it is none or is damaged."""
        record, datasets = open_folder(as_path(folder))
        band, untreated, counted = (datasets.get(name) for name in ("band", "untreated", "counted"))
        return cls(datasets["timecourse"], band, untreated, record, counted)


def unexplained_share(value: float, untreated: float, counted: float) -> float:
    """Share of a change by a treatment that what can be counted does not explain; NaN where there is no change.

    >>> unexplained_share(2.0, 4.0, 3.5)
    0.75
    """
    change = value - untreated
    return math.nan if abs(change) < NO_CHANGE * abs(untreated) else 1 - (counted - untreated) / change


def _with_units(summary: pd.DataFrame) -> pd.DataFrame:
    """The summary with one row and the unit in each column's name: a column an output and statistic."""
    import pandas as pd

    row: dict[str, float] = {}
    statistics = [c for c in summary.columns if c not in ("output", "unit", "day")]
    for record in summary.to_dict("records"):
        for statistic in statistics:
            unit = "1" if statistic in ("ratio", "unexplained_share") else record["unit"]
            label = record["output"] if statistic == "value" else f"{record['output']}_{statistic}"
            row[column_name(label, unit)] = record[statistic]
    return pd.DataFrame([{"day": summary["day"].iloc[0], **row}])
