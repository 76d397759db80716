"""Assay files: an in-silico dish with its samples (YAML), or measured plates (table)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from lobule.errors import InputError, Mistakes
from lobule.files.cells import State
from lobule.files.columns import understand
from lobule.files.scenario import OF_A_READING, ReadingWord
from lobule.files.table import Fault, read_table
from lobule.files.vocabulary import Quantity, Vocabulary
from lobule.simulation.reading import PUBLISHED
from lobule.yaml_files import Name, Section, Seed, Text, Time, beside, quantity, reading, schema_of

if TYPE_CHECKING:
    import pandas as pd

Share = Annotated[float, Field(ge=0, le=2)]
CELLS = ("cells", "cells_per_volume")
DOSES = ("particles_per_volume", "protein_per_volume", "cells_per_volume", "share")


class DishSection(Section):
    """The dish: cells, stimulus, medium, times."""

    cells: dict[Text, Annotated[Text, quantity(*CELLS)]] = Field(
        description="macrophages, stellate_cells, hepatocytes, t_cells and their number",
        examples=[{"macrophages": "1e6 cell"}],
    )
    stimulus: dict[Text, Text] = Field(
        default={}, description="what is added, with its concentration", examples=[{"lps": "100 ng/mL"}]
    )
    species: Text = Field(default="mouse", description="of the cells: mouse, rat or human")
    medium: Annotated[Text, quantity("volume")] = Field(default="1 mL", description="volume of the well")
    duration: Time = Field(default="24 h", description="from the beginning to the reading")
    stimulus_at: Time = Field(default="0 h", description="when the stimulus is added")
    product_at: Time = Field(default="0 h", description="when the product is added")


class SampleSection(Section):
    """A sample that is compared with the reference."""

    name: Name = Field(description="as it stands in tables and pictures")
    product: Text = Field(description="name of a product or the path of a product file")
    without: list[Text] = Field(default=[], description="components blocked or taken out", examples=[["mir_223"]])
    potency: Annotated[float, Field(ge=0, le=100)] = Field(
        default=1.0, description="what its markers do not tell: factor on all cargo"
    )


class AssayFile(Section):
    """An assay file."""

    title: Text = Field(default="", description="heading of the picture")
    dish: DishSection = Field(description="cells, stimulus, medium and times")
    reference: Text = Field(description="the reference standard: name of a product or a product file")
    samples: list[SampleSection] = Field(description="what is compared with it", min_length=1, max_length=50)
    doses: list[Annotated[Text, quantity(*DOSES)]] = Field(
        default=[
            f"{d} particle/mL" for d in ("1e6", "1e7", "1e8", "3e8", "1e9", "3e9", "1e10", "3e10", "1e11", "1e12")
        ],
        description="doses of every sample",
        min_length=2,
        max_length=100,
    )
    readout: Text = Field(default="tnf_alpha", description="what the potency is told from")
    plates: Annotated[int, Field(ge=1, le=10_000)] = Field(default=3, description="repeats of the whole assay")
    replicates: Annotated[int, Field(ge=1, le=100)] = Field(default=3, description="wells of a dose on a plate")
    well_cv: Share = Field(default=0.10, description="variation between wells of a plate (0.1 is 10 %)")
    plate_cv: Share = Field(default=0.15, description="variation between plates")
    reading: ReadingWord = Field(default=PUBLISHED, description=OF_A_READING)
    seed: Seed = Field(default=1, description="of the variation")


def json_schema() -> dict[str, Any]:
    """The JSON Schema of an assay file, for editors."""
    return schema_of(AssayFile)


def read_assay(path: str | Path) -> AssayFile:
    """Read an assay file; raises InputError with all mistakes, by line and field."""
    with reading_assay(path) as (file, _):
        pass
    return file


@contextmanager
def reading_assay(path: str | Path) -> Iterator[tuple[AssayFile, Mistakes]]:
    """The same, with where to note what else is wrong with it, such as a dish that holds no such cells."""
    with reading(path, AssayFile, "an assay", "dish, reference and samples") as (file, found):
        with found.at():
            file.reference = beside(path, file.reference)
        for sample in file.readable()["samples"] or ():
            with found.at():
                sample.product = beside(path, sample.product)
        yield file, found


PLATE = {
    "dose": Quantity({"particle/mL": 1.0, "ug/mL": 1.0, "%": 1.0, "dilution": 1.0}, 0, 1e30),
    "response": Quantity({}, -1e30, 1e30),
}

VOCABULARY = Vocabulary(PLATE, texts=("sample", "plate", "run", "well"))


@dataclass(frozen=True)
class Plates:
    """Measured wells, each array (n,): sample, dose (0: none) in `unit`, response, plate, run (the plate's name where
    the table has none), well ("" where it has none); cells that were left out; what a reader should know."""

    sample: NDArray[np.str_]
    dose: NDArray[np.float64]
    response: NDArray[np.float64]
    plate: NDArray[np.str_]
    run: NDArray[np.str_]
    well: NDArray[np.str_]
    unit: str
    faults: list[Fault]
    notes: list[str]

    def table(self) -> pd.DataFrame:
        """One row a well; a plate of several runs counts as one of each."""
        import pandas as pd

        table = pd.DataFrame({"sample": self.sample, "plate": self.plate, "run": self.run, "dose": self.dose,
                              "response": self.response})  # fmt: skip
        several = table.groupby("plate")["run"].transform("nunique") > 1
        table.loc[several, "plate"] = table["run"] + ", " + table["plate"]
        return table.assign(well=self.well) if (self.well != "").any() else table


def read_plates(path: str | Path, sheet: str | None = None) -> Plates:
    """Read measured wells: columns sample, dose with its unit (or `dilution`), response, and where wanted plate, run
    (a day or an analyst: plates of one run are one assay) and well (A1).

    A response that is only a limit ("<0.1", as readers write beyond their range) is left out and told.

    Raises
    ------
    InputError : a column is missing, no well is usable.
    """
    table = read_table(path, VOCABULARY, sheet)
    columns = understand(table, VOCABULARY)
    missing = [n for n in ("dose", "response") if n not in columns.numbers]
    missing += ["sample"] * ("sample" not in columns.texts)
    if missing:
        raise InputError(
            f'{table.name}: the column "{missing[0]}" is missing; wanted sample, dose_particle_per_mL, response'
        )
    for name in ("dose", "response"):
        for row in np.flatnonzero(columns.numbers[name].beyond()):
            text = columns.numbers[name].written[row]
            table.fault(int(row), columns.places[name], f'"{text}" is a limit, not a value')
    k = columns.places["dose"]
    unit = VOCABULARY.read(table.headers[k])[1] or table.units[k] or "dose"
    plate = np.array(columns.texts.get("plate", ["1"] * len(table)))
    run = np.array([name or plate[k] for k, name in enumerate(columns.texts.get("run", plate.tolist()))])
    well = np.array(columns.texts.get("well", [""] * len(table)))
    dose, response = columns.numbers["dose"].values(), columns.numbers["response"].values()
    samples = np.array(columns.texts["sample"])
    for row in np.flatnonzero(np.isfinite(response)):
        if columns.numbers["dose"].state[row] == State.ABSENT:
            table.fault(int(row), k, "the well has no dose; write 0 where nothing was given")
        elif not samples[row]:
            table.fault(int(row), columns.places["sample"], "the well has no sample")
    usable = np.isfinite(dose) & np.isfinite(response) & (samples != "")
    if not usable.any():
        told = "".join(f"; {fault}" for fault in table.faults[:3])
        raise InputError(f"{table.name}: no well has both a dose and a response{told}")
    return Plates(samples[usable], dose[usable], response[usable], plate[usable], run[usable], well[usable], unit,
                  table.faults, [*table.notes, *columns.unread])  # fmt: skip
