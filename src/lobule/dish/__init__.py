"""Cells of the liver in a dish: the same fragments as in the whole animal, in a well instead of a body."""

from lobule.dish.plate import Dish
from lobule.dish.reading import read_wells
from lobule.dish.readouts import READOUTS, Readout
from lobule.dish.well import Well

__all__ = ["READOUTS", "Dish", "Readout", "Well", "read_wells"]
