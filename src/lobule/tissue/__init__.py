"""The lobule in space: sheets whose patches are lanes of the liver model, single cells, virtual histology."""

from lobule.tissue.growing import Frame
from lobule.tissue.histology import STAINS, view
from lobule.tissue.pathologist import Reading, by_zone, penetration, read
from lobule.tissue.tissue import Tissue

__all__ = ["STAINS", "Frame", "Reading", "Tissue", "by_zone", "penetration", "read", "view"]
