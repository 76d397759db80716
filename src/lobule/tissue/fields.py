"""What spreads between cells: diffusion with decay over the places of the sheet.

Finite volumes on the places' own borders: what one place loses its neighbour gains, so that nothing is lost but by
decay.
"""

from __future__ import annotations

import numpy as np

from lobule.tissue.balance import Balance, Links
from lobule.tissue.geometry import Points, Sheet


class Field:
    """A substance that diffuses and decays.

    Parameters
    ----------
    diffusion : um2/s
    decay : 1/s
    seconds : of an implicit step; infinite for the steady state
    """

    def __init__(self, sheet: Sheet, diffusion: float, decay: float, seconds: float = np.inf) -> None:
        self.areas, self.seconds = sheet.areas, seconds
        stays = sheet.areas * (decay + (0.0 if seconds == np.inf else 1 / seconds))
        links = Links(sheet.edges, len(sheet))
        self._balance = Balance(links, diffusion * sheet.faces / sheet.lengths, stays)

    def steady(self, secreted: Points) -> Points:
        """Concentration where `secreted` (n,) a second and place balances decay, (n,)."""
        return self._balance.whole(secreted)

    def after(self, before: Points, secreted: Points | float = 0.0) -> Points:
        """Concentration after a step from `before` (n,)."""
        return self._balance.whole(self.areas * before / self.seconds + secreted, before)
