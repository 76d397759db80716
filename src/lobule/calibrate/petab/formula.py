"""Formulas of a PEtab problem: parsed by PEtab's own grammar, computed here on arrays of doubles.

PEtab's library hands the same parse tree to SymPy, whose exact numbers let a formula of ten characters such as 9^9^9^9
compute for ever. Doubles overflow to infinity at once. No text of a formula is ever run as code.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from lobule.errors import InputError, nearest, shown

LONGEST = 10_000  # characters; the longest formula of the benchmark collection has 1,455
DEEPEST = 100  # levels of brackets
UNDEFINED_NAMES = ("inf", "nan", "true", "false")  # words of the grammar, no names

Function = Callable[..., np.ndarray]
ONE: dict[str, Function] = {
    "sin": np.sin, "cos": np.cos, "tan": np.tan, "sinh": np.sinh, "cosh": np.cosh, "tanh": np.tanh,
    "arcsin": np.arcsin, "arccos": np.arccos, "arctan": np.arctan, "arcsinh": np.arcsinh, "arccosh": np.arccosh,
    "arctanh": np.arctanh, "exp": np.exp, "ln": np.log, "log2": np.log2, "log10": np.log10, "sqrt": np.sqrt,
    "abs": np.abs, "sign": np.sign,
    "sec": lambda x: 1 / np.cos(x), "csc": lambda x: 1 / np.sin(x), "cot": lambda x: 1 / np.tan(x),
    "sech": lambda x: 1 / np.cosh(x), "csch": lambda x: 1 / np.sinh(x), "coth": lambda x: 1 / np.tanh(x),
    "arcsec": lambda x: np.arccos(1 / x), "arccsc": lambda x: np.arcsin(1 / x), "arccot": lambda x: np.arctan(1 / x),
    "arcsech": lambda x: np.arccosh(1 / x), "arccsch": lambda x: np.arcsinh(1 / x),
    "arccoth": lambda x: np.arctanh(1 / x),
}  # fmt: skip
TWO: dict[str, Function] = {"pow": np.power, "min": np.minimum, "max": np.maximum}
COMPARED: dict[str, Function] = {
    "==": np.equal, "!=": np.not_equal, "<": np.less, ">": np.greater, "<=": np.less_equal, ">=": np.greater_equal,
}  # fmt: skip


class Formula:
    """One formula.

    Attributes
    ----------
    text : as it stands in the table
    symbols : names that it needs a value of

    Raises
    ------
    InputError : not of PEtab's grammar, an unknown function, too long, too deep.

    >>> Formula("piecewise(2 * x, x > 1, 0)").value({"x": np.array([0.5, 3.0])}).tolist()
    [0.0, 6.0]
    """

    def __init__(self, text: str) -> None:
        self.text = text
        if len(text) > LONGEST:
            raise InputError(f"a formula of {len(text)} characters; {LONGEST} are allowed")
        self._tree = _parse(text)
        self.symbols = self._names()

    def _names(self) -> frozenset[str]:
        seen: set[str] = set()

        def ask(name: str) -> np.ndarray:
            seen.add(name)
            return np.array(1.0)

        self._computed(ask)
        return frozenset(seen)

    def value(self, known: Mapping[str, Any]) -> np.ndarray:
        """The formula's value; arrays of one shape go in, an array of that shape comes out, undefined ones are NaN."""

        def ask(name: str) -> np.ndarray:
            return np.asarray(known[name], float)

        return _numbers(self._computed(ask))

    def _computed(self, ask: Callable[[str], np.ndarray]) -> np.ndarray:
        try:
            with np.errstate(all="ignore"):  # what is undefined is told by whoever needs the value, with its place
                return _walker(ask).visit(self._tree)
        except RecursionError as error:
            raise InputError("a formula nested too deeply") from error


def _parse(text: str) -> Any:
    from antlr4 import CommonTokenStream, InputStream
    from petab.v1.math._generated.PetabMathExprLexer import PetabMathExprLexer
    from petab.v1.math._generated.PetabMathExprParser import PetabMathExprParser
    from petab.v1.math.sympify import MathErrorListener

    depth = deepest = 0
    for character in text:
        depth += (character == "(") - (character == ")")
        deepest = max(deepest, depth)
    if deepest > DEEPEST:
        raise InputError(f"a formula with {deepest} levels of brackets; {DEEPEST} are allowed")
    lexer = PetabMathExprLexer(InputStream(text))
    parser = PetabMathExprParser(CommonTokenStream(lexer))
    for stage in (lexer, parser):
        stage.removeErrorListeners()
        stage.addErrorListener(MathErrorListener())
    try:
        return parser.petabExpression()
    except ValueError as error:
        raise InputError(f"{shown(text, 60)} is no PEtab formula: {error}") from error
    except RecursionError as error:
        raise InputError("a formula nested too deeply") from error


def _numbers(value: np.ndarray) -> np.ndarray:
    return value.astype(float) if value.dtype == bool else value


def _truths(value: np.ndarray) -> np.ndarray:
    return value if value.dtype == bool else value != 0


def _walker(ask: Callable[[str], np.ndarray]) -> Any:
    """Computes a parse tree; `ask` gives the value of a name."""
    from petab.v1.math._generated.PetabMathExprParserVisitor import PetabMathExprParserVisitor

    return type("Walker", (_Rules, PetabMathExprParserVisitor), {})(ask)


class _Rules:
    """What each rule of the grammar computes; methods are called after the rules."""

    visit: Callable[[Any], Any]  # of the visitor that it is mixed with

    def __init__(self, ask: Callable[[str], np.ndarray]) -> None:
        self.ask = ask

    def visitPetabExpression(self, node: Any) -> np.ndarray:
        return self.visit(node.getChild(0))

    def visitParenExpr(self, node: Any) -> np.ndarray:
        return self.visit(node.getChild(1))

    def visitNumber(self, node: Any) -> np.ndarray:
        return np.array(float(node.getText()))

    def visitBooleanLiteral(self, node: Any) -> np.ndarray:
        return np.array(node.getText().lower() == "true")

    def visitVar(self, node: Any) -> np.ndarray:
        name = node.getText()
        if name.lower() in UNDEFINED_NAMES:
            raise InputError(f"{shown(name)} is a word of PEtab, not a name")
        return self.ask(name)

    def visitPowerExpr(self, node: Any) -> np.ndarray:
        base, exponent = self._two(node)
        return np.power(base, exponent)

    def visitMultExpr(self, node: Any) -> np.ndarray:
        first, rest = self._chain(node)
        for link, operand in rest:
            first = first * operand if link.ASTERISK() else first / operand
        return first

    def visitAddExpr(self, node: Any) -> np.ndarray:
        first, rest = self._chain(node)
        for link, operand in rest:
            first = first + operand if link.PLUS() else first - operand
        return first

    def visitUnaryExpr(self, node: Any) -> np.ndarray:
        value = _numbers(self.visit(node.getChild(1)))
        return -value if node.getChild(0).getText() == "-" else value

    def visitBooleanNotExpr(self, node: Any) -> np.ndarray:
        return np.logical_not(_truths(self.visit(node.getChild(1))))

    def visitBooleanAndOrExpr(self, node: Any) -> np.ndarray:
        left, right = (_truths(self.visit(node.getChild(k))) for k in (0, 2))
        return left & right if node.BOOLEAN_AND() else left | right

    def visitComparisonExpr(self, node: Any) -> np.ndarray:
        return COMPARED[node.getChild(1).getText()](*self._two(node))

    def visitArgumentList(self, node: Any) -> list[np.ndarray]:
        return [self.visit(child) for child in node.children[::2]]

    def visitFunctionCall(self, node: Any) -> np.ndarray:
        return _called(node.getChild(0).getText(), self.visit(node.getChild(2)))

    def _chain(self, node: Any) -> tuple[np.ndarray, list[tuple[Any, np.ndarray]]]:
        """a - b + c, which hangs down to the left, without a call for every link: sums of thousands are usual."""
        kind, links = type(node), []
        while isinstance(node, kind):
            links.append(node)
            node = node.getChild(0)
        operands = [(link, _numbers(self.visit(link.getChild(2)))) for link in reversed(links)]
        return _numbers(self.visit(node)), operands

    def _two(self, node: Any) -> tuple[np.ndarray, np.ndarray]:
        return _numbers(self.visit(node.getChild(0))), _numbers(self.visit(node.getChild(2)))


def _called(name: str, arguments: list[np.ndarray]) -> np.ndarray:
    counts = {"log": (1, 2), **dict.fromkeys(ONE, (1,)), **dict.fromkeys(TWO, (2,))}
    if name == "piecewise":
        if len(arguments) % 2 == 0:
            raise InputError("piecewise takes value, condition, ..., otherwise: an odd number of arguments")
        values = [_numbers(v) for v in arguments[::2]]
        choices = np.broadcast_arrays(*(_truths(c) for c in arguments[1::2]), *values)
        return np.select(choices[: len(values) - 1], choices[len(values) - 1 : -1], choices[-1])
    if name not in counts:
        raise InputError(f"PEtab knows no function {shown(name)}. {nearest(name, [*counts, 'piecewise'])}")
    if len(arguments) not in counts[name]:
        raise InputError(f"{name} takes {' or '.join(map(str, counts[name]))} arguments, not {len(arguments)}")
    numbers = [_numbers(a) for a in arguments]
    if name == "log":
        return np.log(numbers[0]) if len(numbers) == 1 else np.log(numbers[0]) / np.log(numbers[1])
    return ONE[name](*numbers) if name in ONE else TWO[name](*numbers)
