"""Process files (YAML): from donor to vial."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from lobule.errors import InputError, Mistakes, shown
from lobule.quantities import ALLOWED, amount
from lobule.yaml_files import Section, Seed, Text, Time, quantity, reading, schema_of

CV = Annotated[float, Field(ge=0, le=3)]
Whole = Annotated[int, Field(ge=1, le=10_000)]
Money = Annotated[float, Field(ge=0, le=1e12)]

VOLUME = 1.0, 1e8  # mL of a vessel
DAYS = 1 / 24, 365.0  # of a collection
DOSE = 1.0, 1e18  # particles


class CellSection(Section):
    """The cells."""

    source: Text = Field(default="uc", description="tissue")
    donors: Whole = Field(default=5, description="in the bank; runs take them in turn")
    passage: Annotated[int, Field(ge=1, le=30)] = Field(default=4, description="at collection")


class VesselSection(Section):
    """The culture."""

    kind: Text = Field(description="vessel, such as flask, hollow-fibre, stirred-tank (lobule process --vessels)")
    volume: Annotated[Text, quantity("volume")] | None = Field(
        default=None, description="of the vessel; the usual one when left out", examples=["2 L"]
    )
    days: Time | None = Field(default=None, description="of collection; the usual ones when left out", examples=["6 d"])
    count: Whole = Field(default=1, description="bioreactors of that kind; runs take them in turn")


class StorageSection(Section):
    """From filling to use."""

    temperature: Annotated[float, Field(ge=-200, le=60)] = Field(default=-80.0, description="degrees Celsius")
    time: Time = Field(default="90 d", description="until use")
    buffer: Text = Field(default="PBS with albumin and trehalose", description="trehalose, albumin and others protect")
    thaws: Annotated[int, Field(ge=0, le=20)] = Field(default=1, description="cycles of freezing and thawing")


class VariationSection(Section):
    """Variation of what the evidence does not give, each a coefficient of variation."""

    donor_yield: CV = Field(default=0.5, description="of vesicles between donors")
    donor_potency: CV = Field(default=0.3, description="of potency between donors")
    run_potency: CV = Field(default=0.4, description="of potency between runs of a donor: the latent part")
    cargo: CV = Field(default=0.3, description="of every component of the cargo between runs")
    purity: CV = Field(default=0.3, description="of particles in a ug of protein between runs")
    count: CV = Field(default=0.1, description="of a count repeated in one laboratory")
    laboratory: CV = Field(default=0.525, description="of counts between laboratories (pk-K089)")
    potency_assay: CV = Field(default=0.2, description="of the potency assay")


class DriftSection(Section):
    """A bioreactor that changes."""

    bioreactor: Whole = Field(description="which one")
    after: Annotated[int, Field(ge=0, le=1_000_000)] = Field(description="runs that are still as they should be")
    potency_per_run: Annotated[float, Field(ge=-0.5, le=0.5)] = Field(
        default=0.0, description="change of potency with every run of it (-0.05 is 5 % less)"
    )
    yield_per_run: Annotated[float, Field(ge=-0.5, le=0.5)] = Field(default=0.0, description="the same of particles")


class CostSection(Section):
    """Money; what is left out is assumed."""

    currency: Text = Field(default="USD", description="of all costs, those that are assumed too")
    cells: Money = Field(default=2000.0, description="thawing and expanding cells, a run")
    labour: Money = Field(default=500.0, description="a day of collection")
    fill: Money = Field(default=10.0, description="a vial")
    release: Money = Field(default=5000.0, description="release tests, a run")


class ProcessFile(Section):
    """A process."""

    title: Text = Field(default="", description="heading")
    product: Text = Field(default="uc-msc-ev", description="the product that it makes, for its cargo")
    cells: CellSection = Field(default=CellSection(), description="the cells")
    medium: Text = Field(default="serum-free", description="serum-free, chemically-defined, platelet-lysate, serum")
    vessel: VesselSection = Field(description="the culture")
    isolation: list[Text] = Field(description="steps in order", examples=[["tff", "sec"]], min_length=1, max_length=6)
    dose: Annotated[Text, quantity("particles")] = Field(
        default="1e10 particle", description="particles in a dose (a vial)"
    )
    doses_a_patient: Whole = Field(default=8, description="doses a patient gets")
    storage: StorageSection = Field(default=StorageSection(), description="from filling to use")
    variation: VariationSection = Field(default=VariationSection(), description="coefficients of variation")
    drift: DriftSection | None = Field(default=None, description="left out: nothing drifts")
    costs: CostSection = Field(default=CostSection(), description="money")
    runs: Annotated[int, Field(ge=10, le=1_000_000)] = Field(default=5000, description="that are simulated")
    seed: Seed = Field(default=1, description="of the variation")
    same_laboratory: bool = Field(default=True, description="all runs are counted in one laboratory")


def json_schema() -> dict[str, Any]:
    """The JSON Schema of a process file, for editors."""
    return schema_of(ProcessFile)


def read_process(path: str | Path) -> ProcessFile:
    """Read a process file; raises InputError by line and field."""
    with reading(path, ProcessFile, "a process", "vessel and isolation") as (file, found), found.at():
        check_process(file)
    return file


def check_process(file: ProcessFile) -> None:
    """Raise InputError with its field about a quantity that no process has, and a drift of no bioreactor."""
    found = Mistakes()
    for field, read, kind, (low, high) in (
        (("vessel", "volume"), lambda: file.vessel.volume, "volume", VOLUME),
        (("vessel", "days"), lambda: file.vessel.days, "time", DAYS),
        (("dose",), lambda: file.dose, "particles", DOSE),
    ):
        with found.at(*field):
            text = read()
            if text is not None and not low <= amount(text, kind) <= high:
                raise InputError(f"{shown(text)} is outside {low:g} to {high:g} {next(iter(ALLOWED[kind]))}")
    with found.at("drift", "bioreactor"):
        if file.drift is not None and file.drift.bioreactor > file.vessel.count:
            raise InputError(f"there is no bioreactor {file.drift.bioreactor} of {file.vessel.count}")
    found.tell()
