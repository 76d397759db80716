"""Macrophages that have eaten the dead turn restorative, where the dead are and after they are gone.

In the well-mixed model debris turns macrophages restorative while its danger signal lasts, and all macrophages meet the
same debris. In a lobule those that have come to the necrosis eat it there; what they have eaten is digested, and the
programme that follows outlasts the debris by days. So the restorative answer to debris
(`debris_restorative_gain`, which is neutral at health) is stronger in a place by what a macrophage of it has eaten.

    eaten'    = lysis rate x necrotic hepatocytes - digestion x eaten
    digested' = digestion x eaten - fading x digested
    factor    = 1 + gain x meals/(1 + meals), meals = digested hepatocytes a macrophage

Inflammatory monocytes ring a sterile necrosis for two days and turn restorative there within three (TS016, TS017); of
macrophages that come after acetaminophen those that eat the dead are alternatively activated (TS019).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from lobule.tissue.geometry import Points


@dataclass(frozen=True)
class Eaten:
    """Dead hepatocytes in macrophages of each patch, (p,) in the model's numbers of cells.

    Attributes
    ----------
    eaten : not yet digested
    digested : digested, and still remembered
    """

    eaten: Points
    digested: Points

    @classmethod
    def none(cls, patches: int) -> Eaten:
        """Nobody has eaten."""
        return cls(np.zeros(patches), np.zeros(patches))

    def after(self, lysed: Points, days: float, measures: Mapping[str, float]) -> Eaten:
        """What there is after a window in which `lysed` cells a day, (p,), were eaten; exact for a steady rate."""
        digestion, fading = measures["meal_digestion"], measures["meal_fading"]
        left = np.exp(-digestion * days)
        eaten = self.eaten * left + lysed * (1 - left) / digestion
        new = self.eaten + lysed * days - eaten  # digested in the window, taken as evenly over it
        kept = np.exp(-fading * days)
        return Eaten(eaten, self.digested * kept + new * (1 - kept) / (fading * days))

    def factor(self, macrophages: Points, measures: Mapping[str, float]) -> Points:
        """Restorative answer to debris over that of macrophages that have eaten nothing, (p,)."""
        meals = self.digested / macrophages
        return 1 + measures["meal_gain"] * meals / (1 + meals)
