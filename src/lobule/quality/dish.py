"""The dish under the name by which older notebooks import it; its room is `lobule.dish`."""

from lobule.dish import READOUTS, Dish, Well, read_wells

__all__ = ["READOUTS", "Dish", "Well", "read_wells"]
