"""Figures and tables from datasets. Knows no biology: it draws what it is given, with the units it finds."""

import os

from lobule.keeping import cache_folder

# Where the home cannot be written, matplotlib, imported below here, would warn and look through all fonts every time.
if "MPLCONFIGDIR" not in os.environ and not os.access(os.path.expanduser("~"), os.W_OK):
    _folder = cache_folder()
    if _folder is not None:
        os.environ["MPLCONFIGDIR"] = str(_folder / "matplotlib")
