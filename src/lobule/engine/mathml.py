"""Turns the mathematics of an SBML file (libsbml syntax tree) into a SymEngine expression.

Absolute value, minimum, maximum and the other kinks become exact case distinctions; nothing is smoothed. A truth value
used as a number counts as 1 or 0, a number used as a truth value is true unless 0. Function definitions and local
parameters are expected to be expanded before (read.py does so).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable

import libsbml
import symengine as se

from lobule.engine.system import TIME
from lobule.errors import ModelError

Lookup = Callable[[str], se.Expr]

DEEPEST = 400  # nesting beyond this is a hostile or broken file, and would exhaust Python's stack

TRUTHS = (se.And, se.Or, se.Not, se.Xor, se.Lt, se.Le, se.Eq, se.Ne)


def is_truth(e: se.Expr) -> bool:
    """The expression is a condition, not a number."""
    return isinstance(e, TRUTHS) or e == se.true or e == se.false


def number(e: se.Expr) -> se.Expr:
    """A condition as 1 or 0; a number as it is."""
    return where(e, se.Integer(1), se.Integer(0)) if is_truth(e) else e


def truth(e: se.Expr) -> se.Expr:
    """A number as a condition: true unless 0; a condition as it is."""
    return e if is_truth(e) else se.Ne(e, 0)


def where(condition: se.Expr, yes: se.Expr, no: se.Expr) -> se.Expr:
    """`yes` where the condition holds, else `no`."""
    if condition == se.true or condition == se.false:
        return yes if condition == se.true else no
    return se.Piecewise((yes, condition), (no, True))


def _largest(*values: se.Expr) -> se.Expr:
    best = values[0]
    for value in values[1:]:
        best = where(se.Ge(best, value), best, value)
    return best


def _smallest(*values: se.Expr) -> se.Expr:
    best = values[0]
    for value in values[1:]:
        best = where(se.Le(best, value), best, value)
    return best


def _subtract(*terms: se.Expr) -> se.Expr:
    return -terms[0] if len(terms) == 1 else terms[0] - terms[1]


def _power(x: se.Expr, n: se.Expr) -> se.Expr:
    """x^n; a power of two numbers is taken in floating point, for an exact one could fill the memory."""
    if x.is_Number and n.is_Number:
        return _floating(lambda: float(x) ** float(n))
    return x**n


def _floating(value: Callable[[], float]) -> se.Expr:
    try:
        result = value()
    except (OverflowError, ZeroDivisionError, ValueError) as error:
        raise ModelError(f"a constant in a formula cannot be computed: {error}") from error
    if isinstance(result, complex) or not math.isfinite(result):
        raise ModelError(f"a constant in a formula is {result}, which is not a finite real number")
    return se.Integer(int(result)) if result == int(result) and abs(result) < 1e9 else se.RealDouble(result)


def _root(degree: se.Expr, x: se.Expr) -> se.Expr:
    return se.sqrt(x) if degree == 2 else _power(x, 1 / degree)


def _factorial(n: se.Expr) -> se.Expr:
    return _floating(lambda: math.gamma(float(n) + 1)) if n.is_Number else se.gamma(n + 1)


def _quotient(x: se.Expr, y: se.Expr) -> se.Expr:
    return where(se.Ge(x / y, 0), se.floor(x / y), se.ceiling(x / y))


def _remainder(x: se.Expr, y: se.Expr) -> se.Expr:
    return x - y * _quotient(x, y)


NUMERIC: dict[int, Callable[..., se.Expr]] = {
    libsbml.AST_PLUS: lambda *terms: se.Add(*terms) if terms else se.Integer(0),
    libsbml.AST_MINUS: _subtract,
    libsbml.AST_TIMES: lambda *factors: se.Mul(*factors) if factors else se.Integer(1),
    libsbml.AST_DIVIDE: lambda x, y: x / y,
    libsbml.AST_POWER: _power,
    libsbml.AST_FUNCTION_POWER: _power,
    libsbml.AST_FUNCTION_ROOT: _root,
    libsbml.AST_FUNCTION_ABS: lambda x: where(se.Ge(x, 0), x, -x),
    libsbml.AST_FUNCTION_MAX: _largest,
    libsbml.AST_FUNCTION_MIN: _smallest,
    libsbml.AST_FUNCTION_EXP: se.exp,
    libsbml.AST_FUNCTION_LN: se.log,
    libsbml.AST_FUNCTION_LOG: lambda base, x: se.log(x) / se.log(base),
    libsbml.AST_FUNCTION_FLOOR: se.floor,
    libsbml.AST_FUNCTION_CEILING: se.ceiling,
    libsbml.AST_FUNCTION_FACTORIAL: _factorial,
    libsbml.AST_FUNCTION_QUOTIENT: _quotient,
    libsbml.AST_FUNCTION_REM: _remainder,
    libsbml.AST_FUNCTION_SIN: se.sin,
    libsbml.AST_FUNCTION_COS: se.cos,
    libsbml.AST_FUNCTION_TAN: se.tan,
    libsbml.AST_FUNCTION_SEC: lambda x: 1 / se.cos(x),
    libsbml.AST_FUNCTION_CSC: lambda x: 1 / se.sin(x),
    libsbml.AST_FUNCTION_COT: lambda x: 1 / se.tan(x),
    libsbml.AST_FUNCTION_ARCSIN: se.asin,
    libsbml.AST_FUNCTION_ARCCOS: se.acos,
    libsbml.AST_FUNCTION_ARCTAN: se.atan,
    libsbml.AST_FUNCTION_ARCSEC: lambda x: se.acos(1 / x),
    libsbml.AST_FUNCTION_ARCCSC: lambda x: se.asin(1 / x),
    libsbml.AST_FUNCTION_ARCCOT: lambda x: se.atan(1 / x),
    libsbml.AST_FUNCTION_SINH: se.sinh,
    libsbml.AST_FUNCTION_COSH: se.cosh,
    libsbml.AST_FUNCTION_TANH: se.tanh,
    libsbml.AST_FUNCTION_SECH: lambda x: 1 / se.cosh(x),
    libsbml.AST_FUNCTION_CSCH: lambda x: 1 / se.sinh(x),
    libsbml.AST_FUNCTION_COTH: lambda x: 1 / se.tanh(x),
    libsbml.AST_FUNCTION_ARCSINH: se.asinh,
    libsbml.AST_FUNCTION_ARCCOSH: se.acosh,
    libsbml.AST_FUNCTION_ARCTANH: se.atanh,
    libsbml.AST_FUNCTION_ARCSECH: lambda x: se.acosh(1 / x),
    libsbml.AST_FUNCTION_ARCCSCH: lambda x: se.asinh(1 / x),
    libsbml.AST_FUNCTION_ARCCOTH: lambda x: se.atanh(1 / x),
}

COMPARISONS = {
    libsbml.AST_RELATIONAL_GT: lambda a, b: se.Gt(a, b),
    libsbml.AST_RELATIONAL_GEQ: lambda a, b: se.Ge(a, b),
    libsbml.AST_RELATIONAL_LT: lambda a, b: se.Lt(a, b),
    libsbml.AST_RELATIONAL_LEQ: lambda a, b: se.Le(a, b),
    libsbml.AST_RELATIONAL_EQ: lambda a, b: se.Eq(a, b),
    libsbml.AST_RELATIONAL_NEQ: lambda a, b: se.Ne(a, b),
}

LOGIC: dict[int, Callable[..., se.Expr]] = {
    libsbml.AST_LOGICAL_AND: lambda *parts: se.And(*parts) if parts else se.true,
    libsbml.AST_LOGICAL_OR: lambda *parts: se.Or(*parts) if parts else se.false,
    libsbml.AST_LOGICAL_XOR: lambda *parts: _parity(parts),
    libsbml.AST_LOGICAL_NOT: se.Not,
    libsbml.AST_LOGICAL_IMPLIES: lambda a, b: se.Or(se.Not(a), b),
}

CONSTANTS: dict[int, se.Expr] = {
    libsbml.AST_CONSTANT_E: se.E,
    libsbml.AST_CONSTANT_PI: se.pi,
    libsbml.AST_CONSTANT_TRUE: se.true,
    libsbml.AST_CONSTANT_FALSE: se.false,
    libsbml.AST_NAME_AVOGADRO: se.RealDouble(6.02214179e23),
}


def _parity(parts: tuple[se.Expr, ...]) -> se.Expr:
    result: se.Expr = se.false
    for part in parts:
        result = se.Or(se.And(result, se.Not(part)), se.And(se.Not(result), part))
    return result


def expression(node: libsbml.ASTNode, lookup: Lookup, where_: str, depth: int = 0) -> se.Expr:
    """Translate one syntax tree.

    Parameters
    ----------
    node : the tree; None (a formula left out) is refused
    lookup : from a name in the file to its expression; raises ModelError for an unknown one
    where_ : the element the formula belongs to, for messages

    Raises
    ------
    ModelError : an operation the engine does not support, named together with its element.
    """
    if node is None:
        raise ModelError(f"{where_}: the formula is missing")
    if depth > DEEPEST:
        raise ModelError(f"{where_}: the formula is nested more than {DEEPEST} levels deep; write it in parts")
    kind = node.getType()
    if node.isNumber():
        return _number(node, where_)
    if kind == libsbml.AST_NAME_TIME:
        return TIME
    if kind in CONSTANTS:
        return CONSTANTS[kind]
    if kind == libsbml.AST_NAME:
        return lookup(node.getName())
    if kind not in NUMERIC and kind not in COMPARISONS and kind not in LOGIC and kind != libsbml.AST_FUNCTION_PIECEWISE:
        raise ModelError(f'{where_}: "{_operation(node)}" is not supported; engine="roadrunner" may run this model')
    parts = [expression(node.getChild(i), lookup, where_, depth + 1) for i in range(node.getNumChildren())]
    if kind == libsbml.AST_FUNCTION_PIECEWISE:
        return _piecewise(parts, where_)
    try:
        if kind in LOGIC:
            return LOGIC[kind](*(truth(part) for part in parts))
        numbers = [number(part) for part in parts]
        return _compared(COMPARISONS[kind], numbers) if kind in COMPARISONS else NUMERIC[kind](*numbers)
    except TypeError as error:
        raise ModelError(f'{where_}: "{_operation(node)}" does not take {len(parts)} arguments') from error


def _compared(compare: Callable[[se.Expr, se.Expr], se.Expr], values: list[se.Expr]) -> se.Expr:
    """a < b < c means a < b and b < c."""
    pairs = [compare(a, b) for a, b in itertools.pairwise(values)]
    return pairs[0] if len(pairs) == 1 else se.And(*pairs)


def _number(node: libsbml.ASTNode, where_: str) -> se.Expr:
    if node.isInteger():
        return se.Integer(node.getInteger())
    value = node.getValue()
    if not math.isfinite(value):
        raise ModelError(f"{where_}: the number {value} is not finite")
    return se.RealDouble(value)


def _piecewise(parts: list[se.Expr], where_: str) -> se.Expr:
    if len(parts) % 2 == 0:
        raise ModelError(f"{where_}: piecewise without an otherwise has no value where no case holds; add one")
    if all(is_truth(part) for part in parts[::2]):  # a case distinction between conditions is a condition
        result = parts[-1]
        for value, condition in reversed(list(zip(parts[:-1:2], map(truth, parts[1::2]), strict=True))):
            result = se.Or(se.And(condition, value), se.And(se.Not(condition), result))
        return result
    result = number(parts[-1])
    for value, condition in reversed(list(zip(parts[:-1:2], map(truth, parts[1::2]), strict=True))):
        result = where(condition, number(value), result)
    return result


def _operation(node: libsbml.ASTNode) -> str:
    return node.getName() or node.getOperatorName() or libsbml.formulaToL3String(node)[:40]
