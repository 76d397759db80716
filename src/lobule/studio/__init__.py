"""The studio: pages in a browser that show a liver at work, beside what the commands of lobule say.

`lobule.studio(run)` opens them on a run: this room can be called.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lobule.simulation.run import Run
    from lobule.studio.notebook import Page


class Studio(ModuleType):
    """The room, which opens its pages when it is called."""

    def __call__(self, run: Run | None = None, *, browser: bool = True) -> Page:
        """See `lobule.studio.notebook.show`."""
        from lobule.studio.notebook import show

        return show(run, browser=browser)


sys.modules[__name__].__class__ = Studio
studio = sys.modules[__name__]
