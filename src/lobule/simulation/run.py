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
from lobule.quantities import column_name
from lobule.report.card import card
from lobule.simulation.effect import essential
from lobule.simulation.failure import fails, told_of_failure
from lobule.simulation.folder import open_folder, save_folder
from lobule.simulation.reading import PUBLISHED, share_in_words, unexplained_share
from lobule.simulation.told import about, few_alive, not_given, of_products, paragraph, when

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

# What a band holds of an output beside its values: the untreated twins of its members, each member over its own twin,
# and its unexplained share
OF_UNTREATED, OVER_UNTREATED, UNEXPLAINED_SHARE = "_untreated", "_over_untreated", "_unexplained_share"
OF_BANDS = (
    "untreated_",
    "ratio_",
    "unexplained_share_",
)  # columns of a summary that the file has and a screen has no room for
IN_SHORT = 4  # panels of the picture that a notebook shows
SAME = 1e-9  # a band whose width is a smaller share of its value has none
OF_THE_BAND = (
    "The band is what the calibrated ensemble leaves open of the effect of the therapy, and of the mean course of the "
    "disease from the first day of the run on; subjects differ by more."
)
WITHOUT_BAND = "No band is shown: all members of the ensemble say the same, as of a liver that is healthy and stays so."


@dataclass(frozen=True)
class Run:
    """What `simulate` returns.

    Attributes
    ----------
    data : xarray.Dataset, dims (time,), one variable an output; attrs units and long_name
    band : headline and clinical outputs with dims (quantile, time): 5, 25, 50, 75 and 95 % of the calibrated ensemble,
        whose members differ in what the therapy does and in the mean course of the disease; without `uncertainty` every
        output with dims (bound, time) for the fewest and the most particles that a dose of protein may hold, or None
        where the dose is certain. See `lobule.simulation.uncertainty.band` for what it holds of effects
    control : the untreated twin with dims (time,), or None
    counted : the same treatment with dims (time,) in the counted reading, where it does only what copies in cells can
        do; None where no product was given, or where the run itself is as counted
    cared : beside `counted`, where the plan also has standard care: that care alone, dims (time,)
    record : plain data: subject, plan, settings, versions, hashes
    """

    data: xr.Dataset
    band: xr.Dataset | None
    control: xr.Dataset | None
    record: dict[str, Any] = field(repr=False)
    counted: xr.Dataset | None = None
    cared: xr.Dataset | None = None

    def __getitem__(self, output: str) -> xr.DataArray:
        """One output over time; raises InputError for an unknown name."""
        if not isinstance(output, str) or output not in self.data.data_vars:
            raise InputError(f"the run has no output {shown(output)}. {nearest(output, map(str, self.data.data_vars))}")
        return self.data[output]

    def _repr_html_(self) -> str:
        table = self.summary()
        table = table.drop(columns=["day", *(name for name in table if str(name).startswith(OF_BANDS))])
        table = table.dropna(axis="columns", how="all")
        table["output"] = [self.data[name].attrs["long_name"] for name in table["output"]]
        if "unexplained_share" in table:
            table["unexplained_share"] = [share_in_words(share) for share in table["unexplained_share"]]
        return card(
            self.record["title"] or "Run", self.said(), table, draw=lambda: self.plot(self._headline[:IN_SHORT])
        )

    def said(self) -> str:
        """What came out, in one paragraph."""
        table = self.summary()
        labels = {name: self.data[name].attrs["long_name"] for name in table["output"]}
        told = paragraph(self.record, table, labels)
        return " ".join([*self.essential(), told, *not_given(self.record), *self._state])

    @property
    def reading(self) -> str:
        """How strongly its products act: "published" or "counted"; a run of an earlier version knew the first alone."""
        return str(self.record["settings"].get("reading", PUBLISHED))

    def essential(self) -> list[str]:
        """What a reader needs first: what the treatment changes, in both readings, and what it means that counting does
        not reach it; nothing without a plan."""
        if not self.record["plan"]:
            return []
        table = self.summary()
        labels = {name: self.data[name].attrs["long_name"] for name in table["output"]}
        return essential(table, labels, when(float(self.data.time[-1])), self.reading)

    @property
    def unexplained_share(self) -> dict[str, float | None]:
        """Of each output that a run reports first, the share of the products' effect on the last day that the counted
        reading does not reach (see `lobule.simulation.reading`); None where there is no effect. Empty where no product
        was given, or the run itself is as counted. Standard care of the plan is no part of that effect."""
        return self.shares_of(self._headline)

    def shares_of(self, names: Sequence[str]) -> dict[str, float | None]:
        """The unexplained share of any outputs."""
        without = self.control if self.cared is None else self.cared
        if without is None or self.counted is None:
            return {}
        last = {name: [_last(one, name) for one in (self.data, without, self.counted)] for name in names}
        return {name: unexplained_share(*values) for name, values in last.items()}

    def to_dataframe(self) -> pd.DataFrame:
        """Time course as a table, units in the column names (`albumin_g_per_L`)."""
        frame = self.data.to_dataframe()
        names = {name: column_name(str(name), self.data[name].attrs["units"]) for name in frame.columns}
        return frame.rename(columns=names).rename_axis("time_d")

    @cached_property
    def _state(self) -> list[str]:
        """Sentences on products that nothing tells apart, on who fails and who is alive."""
        failing = told_of_failure(self.record, self.data, self.control)
        return [*of_products(self.record), *failing, *few_alive(self.record, self.data)]

    @cached_property
    def _headline(self) -> list[str]:
        wanted = list(CLINICAL if self.record["subject"]["kind"] == "patient" else HEADLINE)
        wanted += OF_FAILURE if fails(self.record, self.data, self.control) else ()
        return [name for name in wanted if name in self.data] or [str(name) for name in self.data.data_vars]

    def summary(self) -> pd.DataFrame:
        """Last day of the run, one row an output: value, band, untreated, ratio of treated to untreated.

        Low and high, also those of untreated, are missing where the band has no width, and so says nothing (see
        `notes`). `counted` is the value
        in the counted reading, `care_alone` that of the plan's standard care alone, `unexplained_share` the share of
        the products' effect that counting does not reach: missing where there is no effect. Of a band of the ensemble,
        each member has its own ratio and share: their low and high.
        """
        import pandas as pd

        rows, shares = [], self.unexplained_share
        for name in self._headline:
            row: dict[str, Any] = {"output": name, "unit": self.data.variables[name].attrs["units"]}
            row["day"] = _last(self.data, "time")
            row["value"] = _last(self.data, name)
            if self.band is not None and name in self.band:
                ends = self.band.variables[name].to_numpy()[:, -1].tolist()
                row["low"], row["high"] = (min(ends), max(ends)) if self.has_band(name) else (math.nan, math.nan)
            if self.control is not None:
                row["untreated"] = _last(self.control, name)
                if self.has_band(f"{name}{OF_UNTREATED}"):
                    row |= self._band_of("untreated", f"{name}{OF_UNTREATED}")
                row["ratio"] = row["value"] / row["untreated"] if row["untreated"] else math.nan
                row |= self._band_of("ratio", f"{name}{OVER_UNTREATED}")
            if self.counted is not None and name in shares:
                row["counted"] = _last(self.counted, name)
                row |= {} if self.cared is None else {"care_alone": _last(self.cared, name)}
                row["unexplained_share"] = shares[name]
                row |= self._band_of("unexplained_share", f"{name}{UNEXPLAINED_SHARE}")
            rows.append(row)
        table = pd.DataFrame(rows)
        return table.astype({"unexplained_share": float}) if shares else table

    def _band_of(self, what: str, name: str) -> dict[str, float]:
        """Low and high of something on the last day, where the band has it."""
        if self.band is None or name not in self.band:
            return {}
        ends = self.band.variables[name].to_numpy()[:, -1]
        return {f"{what}_low": float(ends[0]), f"{what}_high": float(ends[-1])}

    def has_band(self, name: str) -> bool:
        """The band of an output, or of what else the band holds, has a width somewhere."""
        if self.band is None or name not in self.band:
            return False
        values = self.band.variables[name].to_numpy()
        return bool((values.max(axis=0) - values.min(axis=0) > SAME * abs(values).max(axis=0)).any())

    def notes(self) -> list[str]:
        """Sentences without which the numbers would be misread."""
        if self.band is None:
            return self._state
        if not any(self.has_band(name) for name in self._headline):
            return [*self._state, WITHOUT_BAND]
        if "quantile" not in self.band.dims:
            return self._state
        return [*self._state, OF_THE_BAND, *filter(None, [self.band.attrs.get("notes")])]

    def copy_budget(self) -> pd.DataFrame:
        """Which path could carry the effect by counting (see `lobule.simulation.budget.copy_budget`)."""
        from lobule.simulation.budget import copy_budget

        return copy_budget(self.record["parameters"], self.record["peaks"])

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
        wide = self.band if any(self.has_band(name) for name in names) else None
        shares = {name: f"unexplained: {share_in_words(share)}"
                  for name, share in self.shares_of(names).items() if share is not None}  # fmt: skip
        return time_courses(
            self.data, wide, self.control, names, self.record["title"], self._given(), observed or {}, self.counted,
            shares, f"as {self.reading}" if shares or self.reading != PUBLISHED else "",
        )  # fmt: skip

    def _given(self) -> dict[str, list[float]]:
        return {"injury": self.record["injury_times_d"], "dose": self.record["dose_times_d"]}

    def datasets(self) -> dict[str, xr.Dataset]:
        """What there is of the course, the band and the untreated twin, by the names of their files."""
        named = {"timecourse": self.data, "band": self.band, "untreated": self.control, "counted": self.counted,
                 "care_alone": self.cared}  # fmt: skip
        return {name: dataset for name, dataset in named.items() if dataset is not None}

    def tables(self) -> dict[str, pd.DataFrame]:
        """The tables that are saved, by the names of their files; units stand in the names of columns."""
        from lobule.simulation.safety import NEEDED

        tables = {"summary": _with_units(self.summary(), self.reading)}
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
        band, control, *beside = (datasets.get(name) for name in ("band", "untreated", "counted", "care_alone"))
        return cls(datasets["timecourse"], band, control, record, *beside)


def _last(dataset: xr.Dataset, name: str) -> float:
    """An output on the last day, read without what xarray makes around a single number."""
    return float(dataset.variables[name].to_numpy()[-1])


def _with_units(summary: pd.DataFrame, reading: str) -> pd.DataFrame:
    """The summary with one row and the unit in each column's name: a column an output and statistic, and the reading
    of those that do not say "counted"."""
    import pandas as pd

    row: dict[str, float] = {}
    statistics = [c for c in summary.columns if c not in ("output", "unit", "day")]
    for record in summary.to_dict("records"):
        for statistic in statistics:
            unit = "1" if statistic.startswith(("ratio", "unexplained_share")) else record["unit"]
            label = record["output"] if statistic == "value" else f"{record['output']}_{statistic}"
            row[column_name(label, unit)] = record[statistic]
    return pd.DataFrame([{"day": summary["day"].iloc[0], "reading": reading, **row}])
