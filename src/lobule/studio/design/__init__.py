"""The form of a trial's design: what a newcomer needs stands open, all else is folded, and nothing of a file is lost.

`people`, `arms`, `course`, `endpoints` and `analysis` hold its parts; `renamed` carries a new name to where it is used.
"""

from lobule.studio.design.whole import DesignForm

__all__ = ["DesignForm"]
