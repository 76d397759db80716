"""The emitter's second voice: the same functions of a model as scalar Python, for Numba to compile for a graphics card.

Every operation becomes one line `v<n> = ...` over the workspace `w`, whose entry e of thread l lies at e*width + l, so
that neighbouring threads read neighbouring numbers. The order of operations is that of the vector code. Nothing but
indices, numbers and the operators below is ever written: names of a model file cannot appear.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from lobule.engine.emit.emitter import Emitter
from lobule.engine.emit.expressions import LIBM, Layout
from lobule.engine.emit.order import Elimination
from lobule.engine.emit.vector_math import VectorMath
from lobule.engine.system import OdeSystem

INTO_OUT = ("observe", "triggers", "assign", "orders", "look", "moment", "spans")  # functions with an array of results
PYTHON_NAMES = {"tgamma": "gamma"}  # of functions of libm, in Python's math


@dataclass(frozen=True)
class Place:
    """An entry of an array of the function, as text."""

    array: str
    entry: str

    def __str__(self) -> str:
        return f"{self.array}[({self.entry})*width + l]"


@dataclass
class Text:
    """A function being written."""

    name: str
    args: list[Place]
    lines: list[str] = field(default_factory=list)


class Lines:
    """Writes operations as lines; the methods are those of llvmlite's builder that the emitter uses."""

    def __init__(self, text: Text) -> None:
        self.text, self.count, self.indent = text, 0, "    "

    def line(self, content: str) -> None:
        """Add a line."""
        self.text.lines.append(self.indent + content)

    def new(self, formula: str) -> str:
        """A new variable with the value of a formula."""
        self.count += 1
        self.line(f"v{self.count} = {formula}")
        return f"v{self.count}"

    def fadd(self, x: str, y: str) -> str:
        """x + y"""
        return self.new(f"{x} + {y}")

    def fsub(self, x: str, y: str) -> str:
        """x - y"""
        return self.new(f"{x} - {y}")

    def fmul(self, x: str, y: str) -> str:
        """x * y"""
        return self.new(f"{x} * {y}")

    def fdiv(self, x: str, y: str) -> str:
        """x / y"""
        return self.new(f"divide({x}, {y})")

    def fneg(self, x: str) -> str:
        """-x"""
        return self.new(f"-({x})")

    def select(self, condition: str, x: str, y: str) -> str:
        """x where the condition holds, else y."""
        return self.new(f"{x} if {condition} else {y}")

    def fcmp_ordered(self, sign: str, x: str, y: str) -> str:
        """Comparison."""
        return self.new(f"{x} {sign} {y}")

    fcmp_unordered = fcmp_ordered  # only used for !=, which is true of a NaN in Python too

    def not_(self, x: str) -> str:
        """Logical not."""
        return self.new(f"not {x}")

    def and_(self, x: str, y: str) -> str:
        """Logical and."""
        return self.new(f"{x} and {y}")

    def or_(self, x: str, y: str) -> str:
        """Logical or."""
        return self.new(f"{x} or {y}")

    def xor(self, x: str, y: str) -> str:
        """Logical exclusive or."""
        return self.new(f"{x} != {y}")

    def alloca(self, kind: Any) -> str:
        """A variable that changes."""
        self.count += 1
        return f"m{self.count}"

    def store(self, value: str, place: Place | str, align: int) -> None:
        """Set an entry or a variable that changes."""
        self.line(f"{place} = {value}")

    def load(self, place: Place | str, align: int, typ: Any) -> str:
        """Value of an entry or of a variable that changes."""
        return self.new(str(place))

    def call(self, function: Text, arguments: Sequence[Place]) -> None:
        """Call an emitted function with places of the workspace."""
        self.line(f"{function.name}(w, width, l{''.join(f', {place.entry}' for place in arguments[1:])})")

    def ret_void(self) -> None:
        """Functions end where they end."""
        self.line("return")


class ScalarMath(VectorMath):
    """Elementary functions by name; what is built from them (powers) is inherited."""

    def __init__(self, lines: Lines) -> None:
        self.b: Any = lines
        self.vector = None

    def constant(self, value: float) -> str:
        """A number."""
        if math.isfinite(value):
            return f"({float(value)!r})" if value < 0 else repr(float(value))
        return "math.nan" if math.isnan(value) else ("math.inf" if value > 0 else "(-math.inf)")

    def fma(self, x: str, y: str, z: str) -> str:
        """x*y + z; the card's compiler fuses it."""
        return self.b.new(f"{x} * {y} + {z}")

    def sqrt(self, x: str) -> str:
        """Square root."""
        return self.b.new(f"square_root({x})")

    def floor(self, x: str) -> str:
        """Largest whole number not above x."""
        return self.b.new(f"float(math.floor({x}))")

    def exp(self, x: str) -> str:
        """exp(x)"""
        return self.b.new(f"exponential({x})")

    def log(self, x: str) -> str:
        """log(x)"""
        return self.b.new(f"logarithm({x})")

    def lane_by_lane(self, name: str, *arguments: str) -> str:
        """A function of libm."""
        assert name in LIBM.values()
        return self.b.new(f"float(math.{PYTHON_NAMES.get(name, name)}({', '.join(arguments)}))")


class ScalarEmitter(Emitter):
    """Writes the functions of a model as Python source; `source` collects them."""

    def __init__(self, system: OdeSystem, layout: Layout) -> None:
        super().__init__(None, 1, system, layout)
        self.functions: list[Text] = []

    def begin(self, name: str, arguments: Sequence[Any] = (None,)) -> Any:
        """Start a function (w, width, l, entries of the further arguments); `observe`-like ones take an array `out`."""
        further = [Place("w", f"first{i}") for i in range(1, len(arguments))]
        if name in INTO_OUT:
            further = [Place("out", "0")]
        text = Text(name, [Place("w", "0"), *further])
        self.functions.append(text)
        self.b: Any = Lines(text)
        self.math = ScalarMath(self.b)
        self.forget(text.args[0])
        return text

    def at(self, entry: Any, base: Any = None) -> Any:
        """Place of an entry."""
        base = base or self.workspace
        return Place(base.array, str(entry) if base.entry == "0" else f"{base.entry} + {entry}")

    def loop(self, count: int, body: Callable[[Any], None]) -> None:
        """for i in range(count): body(i)"""
        self.b.line(f"for i in range({count}):")
        self.b.indent += "    "
        body("i")
        self.b.line("pass")
        self.b.indent = self.b.indent[:-4]

    def where_any(self, lanes: Any, body: Callable[[], None]) -> None:
        """if the condition holds: body()"""
        self.b.line(f"if {lanes}:")
        self.b.indent += "    "
        body()
        self.b.line("pass")
        self.b.indent = self.b.indent[:-4]

    def loops(self, order: Elimination) -> bool:
        """Never: tables are not written for the card."""
        return False

    def truth(self, value: bool) -> Any:
        """A constant condition."""
        return repr(bool(value))

    def entry(self, part: int, i: Any) -> Any:
        """Number of an entry of a part of the workspace, as text."""
        return f"{part} + {i}"

    @property
    def source(self) -> str:
        """All functions, in the order in which they were written."""
        texts = []
        for text in self.functions:
            extra = "".join(f", {place.array if place.array == 'out' else place.entry}" for place in text.args[1:])
            texts.append("\n".join([f"def {text.name}(w, width, l{extra}):", *text.lines]))
        return "\n\n".join(texts) + "\n"
