"""Any SBML or Antimony model as fast kernels; many stiff systems solved with doses. Knows no biology.

compiled = engine.compile(sbml_or_antimony)
solution = compiled.solve(parameters, initial, events, times)
solution.y         # (n_patients, n_times, n_outputs)
solution.status    # (n_patients,) 0 = ok, else see solution.reasons
"""

from lobule.engine.compiled import CompiledModel, compile
from lobule.engine.events import EventTable
from lobule.engine.solution import Solution

__all__ = ["CompiledModel", "EventTable", "Solution", "compile"]
