"""Turns the mathematics of an SBML file (libsbml syntax tree) into a SymEngine expression.

Absolute value, minimum, maximum and the other kinks become exact case distinctions; nothing is smoothed. A truth value
used as a number counts as 1 or 0, a number used as a truth value is true unless 0. Function definitions are written out
on the way. What is infinite or undefined stays so (1/0, 0/0, ln(-1), a piecewise where no case holds), and matters only
where it is used.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

import libsbml
import symengine as se

from lobule.engine.system import TIME
from lobule.errors import ModelError

DEEPEST = 300  # nesting beyond this is a hostile or broken file, and would exhaust Python's stack


@dataclass(frozen=True)
class Scope:
    """What names mean in a formula.

    lookup : from a name to its expression; raises ModelError for an unknown one
    functions : the function definitions of the model
    may_vanish : symbols that can be 0 without being at fault, so that x/x is not 1 everywhere
    calls : values of calls already written out, by function and arguments
    """

    lookup: Callable[[str], se.Expr]
    functions: Mapping[str, libsbml.FunctionDefinition]
    may_vanish: Callable[[se.Expr], bool]
    calls: dict[tuple, se.Expr] = field(default_factory=dict)


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
        best = where(_compared(se.Ge, [best, value]), best, value)
    return best


def _smallest(*values: se.Expr) -> se.Expr:
    best = values[0]
    for value in values[1:]:
        best = where(_compared(se.Le, [best, value]), best, value)
    return best


def _subtract(*terms: se.Expr) -> se.Expr:
    return -terms[0] if len(terms) == 1 else terms[0] - terms[1]


def _power(x: se.Expr, n: se.Expr) -> se.Expr:
    """x^n; a power of two numbers is taken in floating point, for an exact one could fill the memory."""
    if x.is_Number and n.is_Number and is_finite(x) and is_finite(n):
        return _floating(lambda: float(x) ** float(n))
    return x**n


def _floating(value: Callable[[], float]) -> se.Expr:
    """A number computed as the machine does; whole where it is."""
    try:
        result = value()
    except OverflowError:
        result = math.inf
    except (ZeroDivisionError, ValueError):
        result = math.nan
    return as_number(result)


def as_number(value: complex) -> se.Expr:
    """A number of the machine; what is not real is undefined."""
    if isinstance(value, complex):
        value = value.real if abs(value.imag) <= 1e-14 * abs(value) else math.nan
    if math.isnan(value):
        return se.nan
    if math.isinf(value):
        return se.oo if value > 0 else -se.oo
    return se.Integer(int(value)) if value == int(value) and abs(value) < 1e9 else se.RealDouble(value)


def is_finite(e: se.Expr) -> bool:
    """A number that is neither infinite nor undefined nor complex."""
    return isinstance(e, (se.Integer, se.Rational)) or (isinstance(e, se.RealDouble) and math.isfinite(float(e)))


def _divided(x: se.Expr, y: se.Expr) -> se.Expr:
    if y.is_Number and y == 0:
        if not x.is_Number:
            return x * se.oo
        return se.nan if x == 0 or x == se.nan else (se.oo if x > 0 else -se.oo)
    return x / y


def _logarithm(x: se.Expr) -> se.Expr:
    return -se.oo if x.is_Number and x == 0 else se.log(x)


def _root(degree: se.Expr, x: se.Expr) -> se.Expr:
    return se.sqrt(x) if degree == 2 else _power(x, _divided(se.Integer(1), degree))


def _factorial(n: se.Expr) -> se.Expr:
    return _floating(lambda: math.gamma(float(n) + 1)) if is_finite(n) else se.gamma(n + 1)


def _quotient(x: se.Expr, y: se.Expr) -> se.Expr:
    ratio = _divided(x, y)
    return where(_compared(se.Ge, [ratio, se.Integer(0)]), se.floor(ratio), se.ceiling(ratio))


def _remainder(x: se.Expr, y: se.Expr) -> se.Expr:
    return se.nan if y.is_Number and y == 0 else x - y * _quotient(x, y)


NUMERIC: dict[int, Callable[..., se.Expr]] = {
    libsbml.AST_PLUS: lambda *terms: se.Add(*terms) if terms else se.Integer(0),
    libsbml.AST_MINUS: _subtract,
    libsbml.AST_TIMES: lambda *factors: se.Mul(*factors) if factors else se.Integer(1),
    libsbml.AST_DIVIDE: _divided,
    libsbml.AST_POWER: _power,
    libsbml.AST_FUNCTION_POWER: _power,
    libsbml.AST_FUNCTION_ROOT: _root,
    libsbml.AST_FUNCTION_ABS: lambda x: where(_compared(se.Ge, [x, se.Integer(0)]), x, -x),
    libsbml.AST_FUNCTION_MAX: _largest,
    libsbml.AST_FUNCTION_MIN: _smallest,
    libsbml.AST_FUNCTION_EXP: se.exp,
    libsbml.AST_FUNCTION_LN: _logarithm,
    libsbml.AST_FUNCTION_LOG: lambda base, x: _divided(_logarithm(x), _logarithm(base)),
    libsbml.AST_FUNCTION_FLOOR: se.floor,
    libsbml.AST_FUNCTION_CEILING: se.ceiling,
    libsbml.AST_FUNCTION_FACTORIAL: _factorial,
    libsbml.AST_FUNCTION_QUOTIENT: _quotient,
    libsbml.AST_FUNCTION_REM: _remainder,
    libsbml.AST_FUNCTION_SIN: se.sin,
    libsbml.AST_FUNCTION_COS: se.cos,
    libsbml.AST_FUNCTION_TAN: se.tan,
    libsbml.AST_FUNCTION_SEC: lambda x: _divided(se.Integer(1), se.cos(x)),
    libsbml.AST_FUNCTION_CSC: lambda x: _divided(se.Integer(1), se.sin(x)),
    libsbml.AST_FUNCTION_COT: lambda x: _divided(se.Integer(1), se.tan(x)),
    libsbml.AST_FUNCTION_ARCSIN: se.asin,
    libsbml.AST_FUNCTION_ARCCOS: se.acos,
    libsbml.AST_FUNCTION_ARCTAN: se.atan,
    libsbml.AST_FUNCTION_ARCSEC: lambda x: se.acos(_divided(se.Integer(1), x)),
    libsbml.AST_FUNCTION_ARCCSC: lambda x: se.asin(_divided(se.Integer(1), x)),
    libsbml.AST_FUNCTION_ARCCOT: lambda x: se.atan(_divided(se.Integer(1), x)),
    libsbml.AST_FUNCTION_SINH: se.sinh,
    libsbml.AST_FUNCTION_COSH: se.cosh,
    libsbml.AST_FUNCTION_TANH: se.tanh,
    libsbml.AST_FUNCTION_SECH: lambda x: _divided(se.Integer(1), se.cosh(x)),
    libsbml.AST_FUNCTION_CSCH: lambda x: _divided(se.Integer(1), se.sinh(x)),
    libsbml.AST_FUNCTION_COTH: lambda x: _divided(se.Integer(1), se.tanh(x)),
    libsbml.AST_FUNCTION_ARCSINH: se.asinh,
    libsbml.AST_FUNCTION_ARCCOSH: se.acosh,
    libsbml.AST_FUNCTION_ARCTANH: se.atanh,
    libsbml.AST_FUNCTION_ARCSECH: lambda x: se.acosh(_divided(se.Integer(1), x)),
    libsbml.AST_FUNCTION_ARCCSCH: lambda x: se.asinh(_divided(se.Integer(1), x)),
    libsbml.AST_FUNCTION_ARCCOTH: lambda x: se.atanh(_divided(se.Integer(1), x)),
}

COMPARISONS = {
    libsbml.AST_RELATIONAL_GT: se.Gt,
    libsbml.AST_RELATIONAL_GEQ: se.Ge,
    libsbml.AST_RELATIONAL_LT: se.Lt,
    libsbml.AST_RELATIONAL_LEQ: se.Le,
    libsbml.AST_RELATIONAL_EQ: se.Eq,
    libsbml.AST_RELATIONAL_NEQ: se.Ne,
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


def expression(node: libsbml.ASTNode, scope: Scope, where_: str, depth: int = 0) -> se.Expr:
    """Translate one syntax tree.

    Parameters
    ----------
    node : the tree; None (a formula left out) is refused
    scope : what names mean
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
        return se.Integer(node.getInteger()) if node.isInteger() else as_number_of_file(node.getValue())
    if kind == libsbml.AST_NAME_TIME:
        return TIME
    if kind in CONSTANTS:
        return CONSTANTS[kind]
    if kind == libsbml.AST_NAME:
        return scope.lookup(node.getName())
    parts = [expression(child, scope, where_, depth + 1) for child in _children(node)]
    if kind == libsbml.AST_FUNCTION:
        return _called(node, parts, scope, where_, depth)
    if kind == libsbml.AST_FUNCTION_PIECEWISE:
        return _piecewise(parts)
    if kind in LOGIC:
        return _applied(LOGIC[kind], [truth(part) for part in parts], node, where_)
    numbers = [number(part) for part in parts]
    if kind in COMPARISONS:
        return _compared(COMPARISONS[kind], numbers)
    if kind not in NUMERIC:
        raise ModelError(f'{where_}: "{_operation(node)}" is not supported; engine="roadrunner" may run this model')
    return _guarded(_settled(_applied(NUMERIC[kind], numbers, node, where_), numbers), kind, numbers, scope.may_vanish)


def as_number_of_file(value: float) -> se.Expr:
    """A number as the file has it: always a floating one."""
    return se.RealDouble(value) if math.isfinite(value) else as_number(value)


def _children(node: libsbml.ASTNode) -> Iterator[libsbml.ASTNode]:
    """The operands of a node; those of a sum of sums (a long sum as many programs write it) as one list."""
    kind = node.getType()
    waiting = [node.getChild(i) for i in reversed(range(node.getNumChildren()))]
    while waiting:
        child = waiting.pop()
        if kind in (libsbml.AST_PLUS, libsbml.AST_TIMES) and child.getType() == kind:
            waiting += [child.getChild(i) for i in reversed(range(child.getNumChildren()))]
        else:
            yield child


def _called(node: libsbml.ASTNode, arguments: list[se.Expr], scope: Scope, where_: str, depth: int) -> se.Expr:
    """A function definition with its arguments put in."""
    name = node.getName()
    function = scope.functions.get(name)
    if function is None or not function.isSetMath():
        raise ModelError(f'{where_}: the model defines no function "{name}"')
    names = [function.getArgument(i).getName() for i in range(function.getNumArguments())]
    if len(names) != len(arguments):
        raise ModelError(f'{where_}: "{name}" takes {len(names)} arguments, not {len(arguments)}')
    inside = dict(zip(names, arguments, strict=True))

    def lookup(inner: str) -> se.Expr:
        if inner not in inside:
            raise ModelError(f'{where_}: the function definition "{name}" uses "{inner}", which is no argument of it')
        return inside[inner]

    key = (name, *arguments)
    if key not in scope.calls:
        scope.calls[key] = expression(function.getBody(), replace(scope, lookup=lookup), where_, depth + 1)
    return scope.calls[key]


def _applied(operation: Callable[..., se.Expr], parts: list[se.Expr], node: libsbml.ASTNode, where_: str) -> se.Expr:
    try:
        return operation(*parts)
    except TypeError as error:
        raise ModelError(f'{where_}: "{_operation(node)}" does not take {len(parts)} arguments') from error
    except RuntimeError:  # SymEngine's way to say that an infinite or undefined number has no such value
        return se.nan


def _settled(e: se.Expr, parts: list[se.Expr]) -> se.Expr:
    """An operation on numbers alone: as it is where it is a finite real number, else infinite or undefined."""
    if is_truth(e) or e.is_Symbol or is_finite(e) or e in (se.oo, -se.oo, se.nan) or any(p.free_symbols for p in parts):
        return e
    try:
        value = complex(e)
    except (RuntimeError, TypeError, ValueError):  # SymEngine's infinity without a sign, or none of its numbers
        return se.nan
    return e if math.isfinite(value.real) and value.imag == 0 else as_number(value)


def _guarded(e: se.Expr, kind: int, parts: list[se.Expr], may_vanish: Callable[[se.Expr], bool]) -> se.Expr:
    """x/x is 1 for SymEngine; at x = 0 it is undefined, and stays so here."""
    if kind == libsbml.AST_DIVIDE and len(parts) == 2:
        parts = [parts[0], 1 / parts[1]]
    elif kind != libsbml.AST_TIMES:
        return e
    lost = []
    left: dict[se.Expr, se.Expr] | None = None
    for part in parts:
        for base, exponent in _powers(part):
            if exponent.is_Number and exponent < 0 and may_vanish(base):
                left = dict(_powers(e)) if left is None else left
                if left.get(base, 0) != exponent and not _is_lower(left.get(base, 0), exponent):
                    lost.append(base)
    for base in lost:
        e = where(se.Ne(base, 0), e, se.nan)
    return e


def _is_lower(a: se.Expr, b: se.Expr) -> bool:
    return bool(se.sympify(a).is_Number and a < b)


def _powers(e: se.Expr) -> list[tuple[se.Expr, se.Expr]]:
    """Factors of a product as (base, exponent)."""
    factors = e.args if isinstance(e, se.Mul) else (e,)
    return [f.args if isinstance(f, se.Pow) else (f, se.Integer(1)) for f in factors]


def _compared(compare: Callable[[se.Expr, se.Expr], se.Expr], values: list[se.Expr]) -> se.Expr:
    """a < b < c means a < b and b < c; nothing holds of what is undefined, but that it differs."""
    pairs = [
        (se.true if compare is se.Ne else se.false) if se.nan in (a, b) else compare(a, b)
        for a, b in itertools.pairwise(values)
    ]
    return pairs[0] if len(pairs) == 1 else se.And(*pairs)


def _piecewise(parts: list[se.Expr]) -> se.Expr:
    """Cases (value, condition), and what holds otherwise; undefined without that."""
    cases = (
        list(zip(parts[:-1:2], map(truth, parts[1::2]), strict=True))
        if len(parts) % 2
        else list(zip(parts[::2], map(truth, parts[1::2]), strict=True))
    )
    otherwise = parts[-1] if len(parts) % 2 else se.nan
    if len(parts) % 2 and all(is_truth(part) for part in parts[::2]):  # a case distinction of conditions is a condition
        result = otherwise
        for value, condition in reversed(cases):
            result = se.Or(se.And(condition, value), se.And(se.Not(condition), result))
        return result
    result = number(otherwise)
    for value, condition in reversed(cases):
        result = where(condition, number(value), result)
    return result


def _operation(node: libsbml.ASTNode) -> str:
    return node.getName() or node.getOperatorName() or "an empty apply"
