"""The liver: Antimony fragments (one process a file), the parameter table, and their assembly into one model.

To change an equation, edit one file in `fragments/` and its rows in `parameters.csv`; nothing else.
"""

from lobule.model.assemble import FRAGMENTS, antimony_text, balances, compiled, sbml, terms, units_of
from lobule.model.labels import label
from lobule.model.parameters import Parameter, parameter_table

__all__ = [
    "FRAGMENTS",
    "Parameter",
    "antimony_text",
    "balances",
    "compiled",
    "label",
    "parameter_table",
    "sbml",
    "terms",
    "units_of",
]
