"""The clinical scores by the path that users know: `lobule.scores`."""

from lobule.scores import *  # noqa: F403
from lobule.scores import __all__ as __all__
