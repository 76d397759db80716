"""A Run: the time course of one subject under one plan, beside its untreated twin, with its provenance."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lobule.errors import InputError, nearest
from lobule.files.folder import open_folder, save_folder
from lobule.therapy.products import CARGO

if TYPE_CHECKING:
    import matplotlib.figure
    import pandas as pd
    import xarray as xr

INTENDED_USE = "Research software: not for diagnosing or treating any person."

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

# Where each component of the cargo acts, and the constant with the copies that give half of its effect.
RECIPIENTS = (
    ("mir_125b", "macrophage", "mir_125b_per_macrophage", "mir_125b_effect", "mirna_half_effect"),
    ("mir_125b", "stellate cell", "mir_125b_per_stellate_cell", "mir_125b_stellate_effect", "mirna_half_effect"),
    ("mir_223", "macrophage", "mir_223_per_macrophage", "mir_223_effect", "mirna_half_effect"),
    ("tsg_6", "macrophage", "tsg_6_per_macrophage", "tsg_6_effect", "tsg_6_half_effect"),
)
ENOUGH = 0.1  # assumed: a path that never reaches a tenth of its largest effect cannot carry a treatment


@dataclass(frozen=True)
class Run:
    """What `simulate` returns.

    Attributes
    ----------
    data : xarray.Dataset, dims (time,), one variable an output; attrs units and long_name
    band : the same variables with dims (bound, time), for the fewest and the most particles that a dose of protein may
        hold (coordinate particles_per_dose); None where the dose is certain
    control : the untreated twin with dims (time,), or None
    record : plain data: subject, plan, settings, versions, hashes
    """

    data: xr.Dataset
    band: xr.Dataset | None
    control: xr.Dataset | None
    record: dict[str, Any] = field(repr=False)

    def __getitem__(self, output: str) -> xr.DataArray:
        """One output over time; raises InputError for an unknown name."""
        if output not in self.data:
            raise InputError(f'the run has no output "{output}". {nearest(output, map(str, self.data.data_vars))}')
        return self.data[output]

    def to_dataframe(self) -> pd.DataFrame:
        """Time course as a table, units in the column names (`albumin_g_per_L`)."""
        frame = self.data.to_dataframe()
        names = {name: column_name(str(name), self.data[name].attrs["units"]) for name in frame.columns}
        return frame.rename(columns=names).rename_axis("time_d")

    @cached_property
    def _headline(self) -> list[str]:
        wanted = CLINICAL if self.record["subject"]["kind"] == "patient" else HEADLINE
        return [name for name in wanted if name in self.data]

    def summary(self) -> pd.DataFrame:
        """Last day of the run, one row an output: value, band, untreated, ratio of treated to untreated."""
        import pandas as pd

        rows = []
        for name in self._headline:
            row: dict[str, Any] = {"output": name, "unit": self.data[name].attrs["units"]}
            row["day"] = float(self.data.time[-1])
            row["value"] = float(self.data[name][-1])
            if self.band is not None:
                row["low"], row["high"] = sorted(float(v) for v in self.band[name][:, -1])
            if self.control is not None:
                row["untreated"] = float(self.control[name][-1])
                row["ratio"] = row["value"] / row["untreated"]
            rows.append(row)
        return pd.DataFrame(rows)

    def copy_budget(self) -> pd.DataFrame:
        """Which part of the cargo could carry the effect: copies per recipient cell against those for half effect."""
        import pandas as pd

        rows = []
        for cargo, cell, copies, effect, half in RECIPIENTS:
            assert cargo in CARGO
            peak = float(self.data[effect].max())
            rows.append(
                {
                    "cargo": cargo,
                    "cell": cell,
                    "peak_copies_per_cell": float(self.data[copies].max()),
                    "copies_for_half_effect": self.record["parameters"][half],
                    "peak_share_of_largest_effect": peak,
                    "could_carry_the_effect": peak >= ENOUGH,
                }
            )
        return pd.DataFrame(rows)

    def plot(
        self, outputs: list[str] | None = None, observed: dict[str, str] | None = None
    ) -> matplotlib.figure.Figure:
        """Treated (with band) beside untreated, a panel an output; `observed` adds a line of text to a panel."""
        from lobule.report.figure import time_courses

        names = outputs or self._headline
        for name in names:
            self[name]
        return time_courses(
            self.data, self.band, self.control, names, self.record["title"], self._given(), observed or {}
        )

    def _given(self) -> dict[str, list[float]]:
        return {"injury": self.record["injury_times_d"], "dose": self.record["dose_times_d"]}

    def save(self, folder: str | Path, figure: matplotlib.figure.Figure | None = None) -> Path:
        """Write a results folder, whole or not at all; raises ResultsError when it exists and is something else."""
        datasets = {"timecourse": self.data, "band": self.band, "untreated": self.control}
        tables = {"summary": _with_units(self.summary())}
        if self.record["plan"] is not None:
            tables["copy_budget"] = self.copy_budget()
        kept = {name: dataset for name, dataset in datasets.items() if dataset is not None}
        return save_folder(Path(folder), self.record, kept, tables, figure or self.plot())

    @classmethod
    def open(cls, folder: str | Path) -> Run:
        """Read a results folder; raises ResultsError when it is none or is damaged."""
        record, datasets = open_folder(Path(folder))
        return cls(datasets["timecourse"], datasets.get("band"), datasets.get("untreated"), record)


def column_name(name: str, unit: str) -> str:
    """A column's name with its unit spelled so that any table tool can read it.

    >>> column_name("albumin", "g/L")
    'albumin_g_per_L'
    >>> column_name("tnf_alpha", "1")
    'tnf_alpha'
    """
    if unit in ("1", ""):
        return name
    return f"{name}_{unit.replace('%', 'percent').replace('/', '_per_')}"


def _with_units(summary: pd.DataFrame) -> pd.DataFrame:
    """The summary with one row and the unit in each column's name: a column an output and statistic."""
    import pandas as pd

    row: dict[str, float] = {}
    statistics = [c for c in summary.columns if c not in ("output", "unit", "day")]
    for record in summary.to_dict("records"):
        for statistic in statistics:
            unit = "1" if statistic == "ratio" else record["unit"]
            label = record["output"] if statistic == "value" else f"{record['output']}_{statistic}"
            row[column_name(label, unit)] = record[statistic]
    return pd.DataFrame([{"day": summary["day"].iloc[0], **row}])
