"""Machine code of one model: the emitted functions, compiled once for the CPU at hand and kept in the cache."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import llvmlite.binding as llvm
import llvmlite.ir as ir
import symengine as se

from lobule.engine.emit.emitter import Emitter
from lobule.engine.emit.structure import Structure
from lobule.keeping import keep, kept

FUNCTIONS = ("attempt", "triggers", "assign", "orders", "look", "moment", "spans")  # that the control loop calls

LONGEST_OPTIMISED = 25_000  # instructions of a function; the liver's longest has 17,000

llvm.initialize_native_target()
llvm.initialize_native_asmprinter()


@cache  # LLVM takes longer to tell than a small model to be solved
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
    """Machine code of a system: from the cache, or emitted and compiled."""

    def emitted() -> ir.Module:
        module = ir.Module("lobule")
        structure.emit(Emitter(module, lanes, structure.system, structure.layout))
        return module

    hubs = structure.slopes.hubs
    code = machine_code(f"{structure.fingerprint} {lanes} {structure.parts} {structure.order} {hubs}", emitted)
    addresses = {name: code.get_function_address(name) for name in FUNCTIONS}
    return Kernel(structure, lanes, addresses, code)


def build_observer(structure: Structure, lanes: int, formulas: Sequence[se.Expr]) -> tuple[int, Any]:
    """Address of a function (workspace, out) that computes outputs at the sample, and the code that holds it."""

    def emitted() -> ir.Module:
        module = ir.Module("lobule_outputs")
        Emitter(module, lanes, structure.system, structure.layout).observe("observe", formulas)
        return module

    code = machine_code(f"{structure.fingerprint} {lanes} {structure.parts} {list(formulas)}", emitted)
    return code.get_function_address("observe"), code


@cache
def _surroundings() -> str:
    """What the machine code depends on beside the system: what writes it, its compiler, the CPU."""
    here = Path(__file__).parent
    sources = [here.parent / "system.py", *sorted(here.glob("*.py"))]
    text = "".join(path.read_text(encoding="utf-8") for path in sources)
    cpu = llvm.get_host_cpu_name() + llvm.get_host_cpu_features().flatten()
    return f"{version('llvmlite')} {version('symengine')} {cpu} {text}"


def _quick_where_long(module: ir.Module) -> ir.Module:
    """Leave the compiler's optimisation out for functions so long that its time would grow faster than they do."""
    for function in module.functions:
        if sum(len(block.instructions) for block in function.blocks) > LONGEST_OPTIMISED:
            function.attributes.add("noinline")
            function.attributes.add("optnone")
    return module


@contextlib.contextmanager
def _order_as_written() -> Iterator[None]:
    """Instructions stay in their order: on straight code of ten thousand, LLVM's scheduler takes more time than all its
    other passes together, and what it gives is no faster."""
    llvm.set_option("", "-enable-misched=false")
    try:
        yield
    finally:
        llvm.set_option("", "-enable-misched=true")


def machine_code(what: str, emitted: Callable[[], ir.Module]) -> Any:
    """Machine code, ready to be called; an object file in the cache spares emitting and compiling it again."""
    name = f"kernel-{hashlib.sha256((what + _surroundings()).encode()).hexdigest()}.o"
    machine = llvm.Target.from_default_triple().create_target_machine(
        cpu=llvm.get_host_cpu_name(), features=llvm.get_host_cpu_features().flatten(), opt=1, jit=True
    )
    content = kept(name)
    if content is None:
        module = llvm.parse_assembly(str(_quick_where_long(emitted())))
        module.verify()
        with _order_as_written():
            content = machine.emit_object(module)
        keep(name, content)
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), machine)
    engine.add_object_file(llvm.ObjectFileRef.from_data(content))
    engine.finalize_object()
    return engine
