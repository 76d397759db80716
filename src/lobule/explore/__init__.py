"""Questions asked of the model with many runs: what matters, how much to give, what adds up."""

from lobule.explore.attribution import Attribution, attribute
from lobule.explore.comparison import Comparison, compare
from lobule.explore.dosing import Dosing, explore_doses
from lobule.explore.group import GroupComparison, compare_groups, different
from lobule.explore.interaction import Synergy, synergy
from lobule.explore.sensitivity import Influence, global_sensitivity
from lobule.explore.what_matters import strongest
from lobule.statistics.combination import bliss, combination_index
from lobule.statistics.shapley import shapley

__all__ = [
    "Attribution",
    "Comparison",
    "Dosing",
    "GroupComparison",
    "Influence",
    "Synergy",
    "attribute",
    "bliss",
    "combination_index",
    "compare",
    "compare_groups",
    "different",
    "explore_doses",
    "global_sensitivity",
    "shapley",
    "strongest",
    "synergy",
]
