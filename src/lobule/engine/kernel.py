"""Machine code of one model: the emitted functions, compiled once a process for the CPU at hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import llvmlite.binding as llvm
import llvmlite.ir as ir
import symengine as se

from lobule.engine.emit import Emitter
from lobule.engine.structure import Structure

llvm.initialize_native_target()
llvm.initialize_native_asmprinter()


def lanes_of_this_cpu() -> int:
    """Doubles in a vector register: 8 with AVX-512, else 4 (two registers where they hold 2)."""
    return 8 if llvm.get_host_cpu_features().get("avx512f") else 4


@dataclass(frozen=True)
class Kernel:
    """Addresses of the compiled functions over a workspace of so many lanes."""

    structure: Structure
    lanes: int
    addresses: dict[str, int]
    code: Any  # keeps the machine code alive


def build(structure: Structure, lanes: int) -> Kernel:
    """Emit and compile a system."""
    module = ir.Module("lobule")
    structure.emit(Emitter(module, lanes, structure.system, structure.layout))
    code = compiled(module)
    addresses = {name: code.get_function_address(name) for name in ("attempt", "triggers", "assign")}
    return Kernel(structure, lanes, addresses, code)


def build_observer(structure: Structure, lanes: int, formulas: Sequence[se.Expr]) -> tuple[int, Any]:
    """Address of a function (workspace, out) that computes outputs at the sample, and the code that holds it."""
    module = ir.Module("lobule_outputs")
    Emitter(module, lanes, structure.system, structure.layout).observe("observe", formulas)
    code = compiled(module)
    return code.get_function_address("observe"), code


def compiled(module: ir.Module) -> Any:
    """Machine code of a module."""
    parsed = llvm.parse_assembly(str(module))
    parsed.verify()
    machine = llvm.Target.from_default_triple().create_target_machine(
        cpu=llvm.get_host_cpu_name(), features=llvm.get_host_cpu_features().flatten(), opt=1
    )
    engine = llvm.create_mcjit_compiler(parsed, machine)
    engine.finalize_object()
    return engine
