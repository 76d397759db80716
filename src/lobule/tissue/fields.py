"""What spreads between cells: diffusion with decay over the places of the sheet.

Finite volumes on the places' own borders: what one place loses its neighbour gains, so that nothing is lost but by
decay. A field's matrix is factored once and used at each step.
"""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array, diags_array
from scipy.sparse.linalg import splu

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
        a, b = sheet.edges.T
        n = len(sheet)
        passes = diffusion * sheet.faces / sheet.lengths
        between = csr_array((np.r_[passes, passes], (np.r_[a, b], np.r_[b, a])), shape=(n, n))
        leaving = np.asarray(between.sum(axis=1)).ravel()
        stays = sheet.areas * (decay + (0.0 if seconds == np.inf else 1 / seconds))
        self._factors = splu(
            (diags_array(leaving + stays) - between).tocsc(), permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.0,
            options={"SymmetricMode": True},
        )  # fmt: skip

    def steady(self, secreted: Points) -> Points:
        """Concentration where `secreted` (n,) a second and place balances decay, (n,)."""
        return self._factors.solve(secreted)

    def after(self, before: Points, secreted: Points | float = 0.0) -> Points:
        """Concentration after a step from `before` (n,)."""
        return self._factors.solve(self.areas * before / self.seconds + secreted)
