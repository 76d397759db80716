"""Process files (YAML): from donor to vial."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, StrictInt, ValidationError, field_validator

from lobule.errors import InputError
from lobule.files.scenario import SCHEMA_DIALECT, Section, Text, checked
from lobule.files.yaml_errors import load_mapping, plain, sentence

CV = Annotated[float, Field(ge=0, le=3)]
Whole = Annotated[StrictInt, Field(ge=1, le=10_000)]


class CellSection(Section):
    """The cells."""

    source: Text = Field(default="uc", description="tissue")
    donors: Whole = Field(default=5, description="in the bank; runs take them in turn")
    passage: Annotated[StrictInt, Field(ge=1, le=30)] = Field(default=4, description="at collection")


class VesselSection(Section):
    """The culture."""

    kind: Text = Field(description="vessel, such as flask, hollow-fibre, stirred-tank (lobule process --vessels)")
    volume: Text | None = Field(
        default=None, description="of the vessel; the usual one when left out", examples=["2 L"]
    )
    days: Text | None = Field(default=None, description="of collection; the usual ones when left out", examples=["6 d"])
    count: Whole = Field(default=1, description="bioreactors of that kind; runs take them in turn")

    @field_validator("volume")
    @classmethod
    def _volume(cls, value: str | None) -> Any:
        return checked(value, ("volume",))

    @field_validator("days")
    @classmethod
    def _days(cls, value: str | None) -> Any:
        return checked(value, ("time",))


class StorageSection(Section):
    """From filling to use."""

    temperature: Annotated[float, Field(ge=-200, le=60)] = Field(default=-80.0, description="degrees Celsius")
    time: Text = Field(default="90 d", description="until use")
    buffer: Text = Field(default="PBS with albumin and trehalose", description="trehalose, albumin and others protect")
    thaws: Annotated[StrictInt, Field(ge=0, le=20)] = Field(default=1, description="cycles of freezing and thawing")

    @field_validator("time")
    @classmethod
    def _time(cls, value: str) -> Any:
        return checked(value, ("time",))


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
    after: Annotated[StrictInt, Field(ge=0)] = Field(description="runs that are still as they should be")
    potency_per_run: Annotated[float, Field(ge=-0.5, le=0.5)] = Field(
        default=0.0, description="change of potency with every run of it (-0.05 is 5 % less)"
    )
    yield_per_run: Annotated[float, Field(ge=-0.5, le=0.5)] = Field(default=0.0, description="the same of particles")


class CostSection(Section):
    """Money, in any currency; what is left out is assumed."""

    cells: Annotated[float, Field(ge=0)] = Field(default=2000.0, description="thawing and expanding cells, a run")
    labour: Annotated[float, Field(ge=0)] = Field(default=500.0, description="a day of collection")
    fill: Annotated[float, Field(ge=0)] = Field(default=10.0, description="a vial")
    release: Annotated[float, Field(ge=0)] = Field(default=5000.0, description="release tests, a run")


class ProcessFile(Section):
    """A process."""

    title: Text = Field(default="", description="heading")
    product: Text = Field(default="uc-msc-ev", description="the product that it makes, for its cargo")
    cells: CellSection = CellSection()
    medium: Text = Field(default="serum-free", description="serum-free, chemically-defined, platelet-lysate, serum")
    vessel: VesselSection
    isolation: list[Text] = Field(description="steps in order", examples=[["tff", "sec"]], min_length=1, max_length=6)
    dose: Text = Field(default="1e10 particle", description="particles in a dose (a vial)")
    doses_a_patient: Whole = Field(default=8, description="doses a patient gets")
    storage: StorageSection = StorageSection()
    variation: VariationSection = VariationSection()
    drift: DriftSection | None = Field(default=None, description="left out: nothing drifts")
    costs: CostSection = CostSection()
    runs: Annotated[StrictInt, Field(ge=10, le=1_000_000)] = Field(default=5000, description="that are simulated")
    seed: Annotated[StrictInt, Field(ge=0)] = Field(default=1, description="of the variation")
    same_laboratory: bool = Field(default=True, description="all runs are counted in one laboratory")

    @field_validator("dose")
    @classmethod
    def _dose(cls, value: str) -> Any:
        return checked(value, ("particles",))


SECTIONS: dict[tuple[Any, ...], Any] = {
    ("cells",): CellSection, ("vessel",): VesselSection, ("storage",): StorageSection,
    ("variation",): VariationSection, ("drift",): DriftSection, ("costs",): CostSection,
}  # fmt: skip


def json_schema() -> dict[str, Any]:
    """The JSON Schema of a process file, for editors."""
    return {"$schema": SCHEMA_DIALECT, **ProcessFile.model_json_schema()}


def read_process(path: str | Path) -> ProcessFile:
    """Read a process file; raises InputError by line and field."""
    path = Path(path)
    tree = load_mapping(path, "a process", "vessel and isolation")
    try:
        return ProcessFile.model_validate(plain(tree))
    except ValidationError as error:
        raise InputError(sentence(path, tree, error, lambda f: SECTIONS.get(f, ProcessFile))) from error
