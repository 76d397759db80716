"""Machine code of one model: the emitted functions, compiled once a process for the CPU at hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import llvmlite.binding as llvm
import llvmlite.ir as ir
import symengine as se

from lobule.engine.differentiate import jacobian
from lobule.engine.emit import Emitter, Layout
from lobule.engine.method import Method
from lobule.engine.order import Elimination, elimination
from lobule.engine.system import CLOCK, OdeSystem

llvm.initialize_native_target()
llvm.initialize_native_asmprinter()


def lanes_of_this_cpu() -> int:
    """Doubles in a vector register: 8 with AVX-512, else 4 (two registers where they hold 2)."""
    return 8 if llvm.get_host_cpu_features().get("avx512f") else 4


@dataclass(frozen=True)
class Kernel:
    """Addresses of the compiled functions and the places in their workspace."""

    layout: Layout
    method: Method
    lanes: int
    addresses: dict[str, int]
    order: Elimination
    system: OdeSystem
    code: Any  # keeps the machine code alive

    @property
    def parts(self) -> dict[str, int]:
        """First entry of every part of the workspace by name."""
        return self.layout.parts

    @property
    def clock(self) -> int:
        """Index of the state that is time; -1 where there is none."""
        return self.system.states.index(CLOCK) if CLOCK in self.system.states else -1


def build(system: OdeSystem, method: Method, lanes: int, tangents: int = 0) -> Kernel:
    """Differentiate, order, emit and compile a system; its states may be followed by blocks of tangents."""
    size = len(system.states) // (1 + tangents)
    slopes = jacobian(system, size)
    order = elimination(size, [entry for entry in slopes.entries if entry[0] < size])
    layout = Layout(len(system.states), len(system.constants), method.stages, len(slopes.entries), len(order.slots))
    module = ir.Module("lobule")
    emitter = Emitter(module, lanes, system, layout)
    functions = {
        "rates": emitter.rates("rates"),
        "rates_and_jacobian": emitter.rates_and_jacobian("rates_and_jacobian", slopes),
        "factorise": emitter.factorise("factorise", slopes, order, method.gamma),
        "solve": emitter.solve("solve", slopes, order),
    }
    emitter.attempt("attempt", method, functions)
    emitter.own_events()
    code = compiled(module)
    addresses = {name: code.get_function_address(name) for name in ("attempt", "triggers", "assign")}
    return Kernel(layout, method, lanes, addresses, order, system, code)


def build_observer(system: OdeSystem, kernel: Kernel, formulas: Sequence[se.Expr]) -> tuple[int, Any]:
    """Address of a function (workspace, out) that computes outputs at the sample, and the code that holds it."""
    module = ir.Module("lobule_outputs")
    Emitter(module, kernel.lanes, system, kernel.layout).observe("observe", formulas)
    code = compiled(module)
    return code.get_function_address("observe"), code


def compiled(module: ir.Module) -> Any:
    """Machine code of a module."""
    parsed = llvm.parse_assembly(str(module))
    parsed.verify()
    machine = llvm.Target.from_default_triple().create_target_machine(
        cpu=llvm.get_host_cpu_name(), features=llvm.get_host_cpu_features().flatten(), opt=2
    )
    engine = llvm.create_mcjit_compiler(parsed, machine)
    engine.finalize_object()
    return engine
