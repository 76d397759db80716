"""Questions asked of the model with many runs: which parameters matter."""

from lobule.explore.sensitivity import Influence, global_sensitivity

__all__ = ["Influence", "global_sensitivity"]
