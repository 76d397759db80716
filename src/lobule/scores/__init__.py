"""Clinical scores as pure functions over numbers and arrays; each names its rule.

What a module lists in its `__all__` is a score of `lobule.scores`.
"""

from lobule.scores import alcohol, allocation, failure, function
from lobule.scores.alcohol import *  # noqa: F403
from lobule.scores.allocation import *  # noqa: F403
from lobule.scores.failure import *  # noqa: F403
from lobule.scores.function import *  # noqa: F403

__all__ = [*alcohol.__all__, *allocation.__all__, *failure.__all__, *function.__all__]
