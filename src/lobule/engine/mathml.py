"""Turns the mathematics of an SBML file (libsbml syntax tree) into a SymEngine expression.

Absolute value, minimum, maximum and the other kinks become exact case distinctions; nothing is smoothed.
Function definitions and local parameters are expected to be expanded before (read.py does so).
"""

from __future__ import annotations

import math
from collections.abc import Callable

import libsbml
import symengine as se

from lobule.engine.system import TIME
from lobule.errors import ModelError

TRUE, FALSE = se.true, se.false


def _absolute(x: se.Expr) -> se.Expr:
    return se.Piecewise((x, se.Ge(x, 0)), (-x, True))


def _largest(*values: se.Expr) -> se.Expr:
    best = values[0]
    for value in values[1:]:
        best = se.Piecewise((best, se.Ge(best, value)), (value, True))
    return best


def _smallest(*values: se.Expr) -> se.Expr:
    best = values[0]
    for value in values[1:]:
        best = se.Piecewise((best, se.Le(best, value)), (value, True))
    return best


def _add(*terms: se.Expr) -> se.Expr:
    return se.Add(*terms) if terms else se.Integer(0)


def _multiply(*factors: se.Expr) -> se.Expr:
    return se.Mul(*factors) if factors else se.Integer(1)


def _subtract(*terms: se.Expr) -> se.Expr:
    return -terms[0] if len(terms) == 1 else terms[0] - terms[1]


FUNCTIONS: dict[int, Callable[..., se.Expr]] = {
    libsbml.AST_PLUS: _add,
    libsbml.AST_MINUS: _subtract,
    libsbml.AST_TIMES: _multiply,
    libsbml.AST_DIVIDE: lambda x, y: x / y,
    libsbml.AST_POWER: lambda x, n: x**n,
    libsbml.AST_FUNCTION_POWER: lambda x, n: x**n,
    libsbml.AST_FUNCTION_ROOT: lambda degree, x: se.sqrt(x) if degree == 2 else x ** (1 / degree),
    libsbml.AST_FUNCTION_ABS: _absolute,
    libsbml.AST_FUNCTION_MAX: _largest,
    libsbml.AST_FUNCTION_MIN: _smallest,
    libsbml.AST_FUNCTION_EXP: se.exp,
    libsbml.AST_FUNCTION_LN: se.log,
    libsbml.AST_FUNCTION_LOG: lambda base, x: se.log(x) / se.log(base),
    libsbml.AST_FUNCTION_SIN: se.sin,
    libsbml.AST_FUNCTION_COS: se.cos,
    libsbml.AST_FUNCTION_TAN: se.tan,
    libsbml.AST_FUNCTION_ARCTAN: se.atan,
    libsbml.AST_FUNCTION_TANH: se.tanh,
    libsbml.AST_FUNCTION_SINH: se.sinh,
    libsbml.AST_FUNCTION_COSH: se.cosh,
    libsbml.AST_RELATIONAL_GT: se.Gt,
    libsbml.AST_RELATIONAL_GEQ: se.Ge,
    libsbml.AST_RELATIONAL_LT: se.Lt,
    libsbml.AST_RELATIONAL_LEQ: se.Le,
    libsbml.AST_LOGICAL_AND: se.And,
    libsbml.AST_LOGICAL_OR: se.Or,
    libsbml.AST_LOGICAL_NOT: se.Not,
}

CONSTANTS: dict[int, se.Expr] = {
    libsbml.AST_CONSTANT_E: se.E,
    libsbml.AST_CONSTANT_PI: se.pi,
    libsbml.AST_CONSTANT_TRUE: TRUE,
    libsbml.AST_CONSTANT_FALSE: FALSE,
    libsbml.AST_NAME_AVOGADRO: se.RealDouble(6.02214179e23),
}

DEEPEST = 400  # nesting beyond this is a hostile or broken file, and would exhaust Python's stack


def expression(node: libsbml.ASTNode, lookup: Callable[[str], se.Expr], where: str, depth: int = 0) -> se.Expr:
    """Translate one syntax tree.

    Parameters
    ----------
    node : the tree; None (a formula left out) is refused
    lookup : from a name in the file to its expression; raises ModelError for an unknown one
    where : the element the formula belongs to, for messages

    Raises
    ------
    ModelError : an operation the engine does not support, named together with its element.
    """
    if node is None:
        raise ModelError(f"{where}: the formula is missing")
    if depth > DEEPEST:
        raise ModelError(f"{where}: the formula is nested more than {DEEPEST} levels deep; write it in parts")
    kind = node.getType()
    if node.isNumber():
        return _number(node, where)
    if kind == libsbml.AST_NAME_TIME:
        return TIME
    if kind in CONSTANTS:
        return CONSTANTS[kind]
    if kind == libsbml.AST_NAME:
        return lookup(node.getName())
    if kind == libsbml.AST_FUNCTION_PIECEWISE:
        return _piecewise(node, lookup, where, depth)
    if kind not in FUNCTIONS:
        raise ModelError(f'{where}: "{_operation(node)}" is not supported; engine="roadrunner" may run this model')
    arguments = [expression(node.getChild(i), lookup, where, depth + 1) for i in range(node.getNumChildren())]
    try:
        return FUNCTIONS[kind](*arguments)
    except TypeError as error:
        raise ModelError(f'{where}: "{_operation(node)}" does not take {len(arguments)} arguments') from error


def _number(node: libsbml.ASTNode, where: str) -> se.Expr:
    if node.isInteger():
        return se.Integer(node.getInteger())
    value = node.getValue()
    if not math.isfinite(value):
        raise ModelError(f"{where}: the number {value} is not finite")
    return se.RealDouble(value)


def _piecewise(node: libsbml.ASTNode, lookup: Callable[[str], se.Expr], where: str, depth: int) -> se.Expr:
    parts = [expression(node.getChild(i), lookup, where, depth + 1) for i in range(node.getNumChildren())]
    if len(parts) % 2 == 0:
        raise ModelError(f"{where}: piecewise without an otherwise has no value where no case holds; add one")
    cases = [(parts[i], parts[i + 1]) for i in range(0, len(parts) - 1, 2)]
    cases = [case for case in cases if case[1] != FALSE]
    for i, (_, condition) in enumerate(cases):
        if condition == TRUE:  # always true: what follows can never be reached
            return se.Piecewise(*cases[:i], (cases[i][0], True)) if i else cases[0][0]
    return se.Piecewise(*cases, (parts[-1], True)) if cases else parts[-1]


def _operation(node: libsbml.ASTNode) -> str:
    return node.getName() or node.getOperatorName() or libsbml.formulaToL3String(node)[:40]
