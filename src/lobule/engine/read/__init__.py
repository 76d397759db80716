"""From a model file to an OdeSystem: text, checks of what it may be, mathematics. What is not supported is refused by
name and element id, never guessed.

`source` gets SBML text (`antimony_text` translates), `scan` and `sizes` bound it before anything recurses into it or
expands it, `document` refuses what libsbml calls invalid, `model` and `mathml` translate.
"""

from lobule.engine.read.document import checked
from lobule.engine.read.model import system_of
from lobule.engine.read.source import sbml_text

__all__ = ["checked", "sbml_text", "system_of"]
