"""The tissue as users hold it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from lobule.errors import InputError, nearest, shown
from lobule.quantities import amount
from lobule.simulation.reading import PUBLISHED
from lobule.simulation.subject import Subject
from lobule.therapy import Part
from lobule.tissue.exports import cells_table
from lobule.tissue.geometry import Sheet
from lobule.tissue.growing import Frame, Growing
from lobule.tissue.grown import grown
from lobule.tissue.histology import STAINS, Picture, View, view
from lobule.tissue.matrix import WIRE
from lobule.tissue.pathologist import Reading, by_zone, read

MEASURED = 0.5  # um a pixel where collagen is measured, as in a scan with 20-fold magnification
FIELD = (0.0, 0.0, 700.0, 700.0)  # um that are measured
Box = tuple[float, float, float, float]


class Tissue:
    """A sheet of lobules of one subject under one plan; its patches are lanes of the liver model.

    Single cells are drawn from the patches.

    Parameters
    ----------
    subject, plan, reading, hypotheses : as of `simulate`
    lobules : how many, about
    seed : of the sheet and its cells
    treated : False for the untreated twin: the same sheet, the same cells before the first dose
    zoned : False for a sheet whose places are all alike, which agrees with the well-mixed model
    measures : {measure of tissue/parameters.csv: value} in place of the species' own

    Raises
    ------
    InputError : a quantity, a name or a measure that does not fit.

    >>> from lobule import Animal
    >>> tissue = Tissue(Animal("mouse", injury="ccl4"), lobules=3)
    >>> len(tissue.sheet.veins), len(tissue.run("1 d", ["1 d"]))
    (4, 1)
    """

    def __init__(
        self,
        subject: Subject,
        plan: Part | Sequence[Part] | None = None,
        *,
        lobules: int = 37,
        seed: int = 1,
        treated: bool = True,
        zoned: bool = True,
        reading: str = PUBLISHED,
        hypotheses: Mapping[str, float] | None = None,
        measures: Mapping[str, float] | None = None,
    ) -> None:
        self.growing = Growing(
            subject, plan, lobules, seed, treated, zoned, reading, dict(hypotheses or {}), dict(measures or {})
        )  # fmt: skip

    @property
    def sheet(self) -> Sheet:
        """Places, vessels, neighbours."""
        return self.growing.sheet

    @property
    def courses(self) -> pd.DataFrame:
        """Means over the sheet at the end of each window: day and outputs of the model."""
        return pd.DataFrame(self.growing.courses)

    @property
    def walls(self) -> float:
        """Percent of a section that is collagen in walls of vessels."""
        return (1 - WIRE) * float(self.growing.lanes.constants["collagen_area_healthy"][-1])

    def run(self, until: str, pictures: Sequence[str]) -> list[Frame]:
        """Run to a time; gives the tissue at each of the times of `pictures`.

        A run that is stopped goes on where it was when it is asked for again.

        Raises
        ------
        InputError : a time that is none, or beyond the end. SimulationError : a patch that could not be solved.
        """
        end, days = amount(until, "time"), sorted({amount(text, "time") for text in pictures})
        if days and not 0 < days[0] <= days[-1] <= end:
            raise InputError(f"pictures are taken after 0 d and until {until}", ["pictures"])
        what = f"{'treated' if self.growing.treated else 'untreated'} sheet, seed {self.growing.seed}"
        return grown(self.growing, end, days, what)

    def view(self, box: Box | None = None, scale: float = 1.0) -> View:
        """A window on its sections: left, top, width, height in um (all of it when None), um a pixel."""
        return view(self.sheet, self.growing.measures, self.walls, box, scale)

    def picture(self, frame: Frame, stain: str = "he", box: Box | None = None, scale: float = 1.0) -> Picture:
        """A section, (rows, columns, 3) of 0 to 255; stain "he", "sirius_red" or "immunofluorescence".

        Raises
        ------
        InputError : an unknown stain.
        """
        if stain not in STAINS:
            raise InputError(f"no stain {shown(stain)}. {nearest(stain, STAINS)}", ["stain"])
        return STAINS[stain](self.view(box, scale), self.sheet, frame)

    def cells(self, frame: Frame) -> pd.DataFrame:
        """One row a cell: cell, kind, state, x_um, y_um, lobule, zone, downstream, to_vein_um, to_triad_um."""
        return cells_table(self.growing, frame).drop(columns="place")

    def read(self, frame: Frame, seen: View | None = None) -> Reading:
        """What a pathologist would count; `seen` is the view that is measured."""
        return read(
            frame, self.sheet, self.growing.measures["hepatocyte_spacing"], seen or self.view(FIELD, MEASURED)
        )  # fmt: skip

    def zones(self, frame: Frame) -> pd.DataFrame:
        """Necrosis, cells and vesicles of each third of the tissue."""
        return pd.DataFrame(by_zone(frame, self.sheet, self.growing.downstream))
