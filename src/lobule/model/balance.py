"""Balances of health, derived from the equations themselves, so that a rate is written once.

A fragment says what keeps a state steady in health, and does not repeat the laws that move it:
    x = balance(state);     the value of x with which the state stands still at the healthy start
    x = at_health(name);    the value of a quantity at the healthy start
Either may stand behind `=`, `:=` or in a term. All laws of the model that move the state take part, whichever fragment
they stand in: who doubles a law, or adds one, moves its balance with it. What is derived is a formula over constants.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field

import symengine as se

from lobule.errors import ModelError

DERIVED = re.compile(r"(balance|at_health)\((\w+)\)")
DEFINITION = re.compile(r"(?:formula )?(\w+)('?) (:?=) (.+)", re.S)
REACTION = re.compile(r"(\w+): (.*?)=>(.*)", re.S)
MOST_TERMS = 1000  # a sum of more is not multiplied out: none became shorter, and 160,000 terms take half a minute
FUNCTION = re.compile(r"function (\w+)\(([^)]*)\)\s*(.*?)\s*end", re.S)


def with_balances(text: str, functions: str) -> str:
    """Antimony text with every balance written out.

    functions : the text with the definitions of functions

    Raises
    ------
    ModelError : a balance of what is no state, or of a state that the named quantity does not move evenly.
    """
    if not DERIVED.search(text):
        return text
    written = _Equations(without_comments(text), functions).written
    return DERIVED.sub(lambda match: f"({written[match[0]]})" if match[0] in written else match[0], text)


def names_of_balances(text: str) -> list[str]:
    """Names of the quantities that balances define in Antimony text."""
    return re.findall(r"(\w+) :?= balance\(", without_comments(text))


def without_comments(text: str) -> str:
    """Antimony without comments and quoted text, each statement on one line."""
    lines = (re.sub(r'"[^"]*"', "", line).split("//")[0].rstrip() for line in text.splitlines())
    return re.sub(r"\s*\\\n\s*", " ", "\n".join(lines))


@dataclass
class _Equations:
    """The statements of a model as expressions, and their values at the healthy start."""

    text: str
    functions: str
    starts: dict[str, str] = field(default_factory=dict)  # initial values: of states, and constants made of others
    assigned: dict[str, str] = field(default_factory=dict)
    rates: dict[str, str] = field(default_factory=dict)
    changes: dict[str, list[tuple[int, str]]] = field(default_factory=dict)  # state: (sign, law) of its reactions
    derived: dict[str, str] = field(default_factory=dict)  # balance(...) or at_health(...): the name it defines
    written: dict[str, str] = field(default_factory=dict)  # the same: its formula

    def __post_init__(self) -> None:
        self.values: dict[str, se.Expr] = {}
        self.shapes = {
            m[1]: ([a.strip() for a in m[2].split(",")], _parsed(m[3])) for m in FUNCTION.finditer(self.functions)
        }
        statements = [s.strip() for s in self.text.replace("\n", " ").split(";")]
        for i, statement in enumerate(statements):
            if definition := DEFINITION.fullmatch(statement):
                name, prime, sign, formula = definition.groups()
                (self.rates if prime else self.assigned if sign == ":=" else self.starts)[name] = formula
                if derived := DERIVED.search(formula):
                    self.derived[derived[0]] = name
            elif reaction := REACTION.fullmatch(statement):
                for sign, side in ((-1, reaction[2]), (1, reaction[3])):
                    for name in re.findall(r"[a-z]\w*", side):
                        self.changes.setdefault(name, []).append((sign, statements[i + 1]))
        for call, name in self.derived.items():
            if name in self.changes or name in self.rates:
                self._of_name(name)
            else:
                self._derive(call)

    def _derive(self, call: str) -> se.Expr:
        """The value of a balance, which is also kept as text."""
        kind, name = DERIVED.fullmatch(call).groups()  # type: ignore[union-attr]
        if kind == "at_health":
            found = self.value(se.Symbol(name))
            self.written[call] = _text(found)
        else:
            unknown = se.Symbol(self.derived[call])
            found, self.written[call] = self._steady(name, unknown)
        return found

    def _steady(self, state: str, unknown: se.Symbol) -> tuple[se.Expr, str]:
        """The value of the unknown with which a state stands still."""
        flows = [(sign, self.value(_parsed(law))) for sign, law in self.changes.get(state, [])]
        if state in self.rates:
            rate = self.value(_parsed(self.rates[state]))
            flows += [(1, part) for part in (rate.args if isinstance(rate, se.Add) else (rate,))]
        moved = [se.sympify(sign * flow.diff(unknown)) for sign, flow in flows if unknown in flow.free_symbols]
        others = _without_pairs([sign * flow for sign, flow in flows if unknown not in flow.free_symbols and flow != 0])
        if not moved or not others or any(unknown in slope.free_symbols for slope in moved):
            raise ModelError(f"balance({state}): {unknown} does not move {state} by a law that is even in it")
        towards = [-part for part in others] if _is_gain(moved[0]) else others
        away = list(reversed(moved if _is_gain(moved[0]) else [-part for part in moved]))
        shared = _shared([*towards, *away])
        top, bottom = _sum([part / shared for part in towards]), _sum([part / shared for part in away])
        return se.sympify(top[0] / bottom[0]), _quotient(top[1], bottom[1])

    def value(self, e: se.Expr) -> se.Expr:
        """An expression at the healthy start, over constants."""
        if e.is_Symbol:
            return self._of_name(str(e))
        if not e.args:
            return e
        arguments = [self.value(a) for a in e.args]
        if isinstance(e, se.FunctionSymbol) and e.get_name() in self.shapes:
            names, body = self.shapes[e.get_name()]
            return body.subs({se.Symbol(n): a for n, a in zip(names, arguments, strict=True)})
        found = e.func(*arguments)
        expanded = found.expand() if isinstance(found, se.Add) else found
        return expanded if len(expanded.args) < len(found.args) else found

    def _of_name(self, name: str) -> se.Expr:
        if name not in self.values:
            self.values[name] = se.Symbol(name)  # what its own value uses is itself
            self.values[name] = self._found(name)
        return self.values[name]

    def _found(self, name: str) -> se.Expr:
        own = se.Symbol(name)
        is_state = name in self.changes or name in self.rates
        formula = self.starts.get(name) if is_state else self.assigned.get(name)
        if formula is None:
            constant = self.starts.get(name, "")
            return se.sympify(constant) if constant in ("0", "1") else own
        derived = DERIVED.fullmatch(formula)
        if derived:
            return self._derive(derived[0]) if is_state else own
        found = self.value(_parsed(formula))
        return found if is_state or found.is_Number or self._moves(name, set()) else own

    def _moves(self, name: str, seen: set[str]) -> bool:
        """A quantity uses a state, at whatever remove."""
        if name in self.changes or name in self.rates or name in seen:
            return name not in seen
        formula = self.assigned.get(name, "")
        seen.add(name)
        return any(self._moves(n, seen) for n in re.findall(r"[a-z]\w*", formula) if n != name)


def _parsed(formula: str) -> se.Expr:
    return se.sympify(formula.replace("^", "**"))


def _is_gain(slope: se.Expr) -> bool:
    """The unknown adds to the state."""
    return not (isinstance(slope, se.Mul) and slope.args[0].is_Number and slope.args[0] < 0) and slope != -1


def _without_pairs(flows: list[se.Expr]) -> list[se.Expr]:
    """Flows without those that cancel each other; what comes first, then what goes."""
    left: list[se.Expr] = []
    for flow in flows:
        if -flow in left:
            left.remove(-flow)
        else:
            left.append(flow)
    return sorted(left, key=lambda flow: not _is_gain(flow))


def _powers(e: se.Expr) -> dict[se.Expr, int]:
    """Factors of a product that are no numbers, with whole exponents."""
    found: dict[se.Expr, int] = {}
    for factor in e.args if isinstance(e, se.Mul) else (e,):
        base, exponent = factor.args if isinstance(factor, se.Pow) else (factor, se.Integer(1))
        if exponent.is_Integer and not base.is_Number:
            found[base] = int(exponent)
    return found


def _shared(parts: list[se.Expr]) -> se.Expr:
    """The product of the factors that all parts have, and of what any is divided by."""
    powers = [_powers(part) for part in parts]
    product = se.Integer(1)
    for base in dict.fromkeys(base for some in powers for base in some):
        product *= base ** min(p.get(base, 0) for p in powers)
    return product


def _sum(parts: list[se.Expr]) -> tuple[se.Expr, str]:
    """A sum with what its parts share in front, as value and text; multiplied out where that makes it shorter."""
    shared = _shared(parts)
    inner = [part / shared for part in parts]
    expanded = se.Add(*inner)
    if _terms(expanded) <= MOST_TERMS:
        expanded = expanded.expand()
    terms = list(expanded.args) if isinstance(expanded, se.Add) else [expanded]
    if len(terms) < len(inner):
        places = [next((i for i, p in enumerate(inner) if t.free_symbols <= p.free_symbols), 0) for t in terms]
        inner = [term for _, term in sorted(zip(places, terms, strict=True), key=lambda pair: pair[0])]
    text = " + ".join(_text(part) for part in inner).replace("+ -", "- ")
    if shared == 1:
        return se.Add(*inner), text
    front = f"({text})*" if len(inner) > 1 else "" if text == "1" else f"{text}*"
    return se.Add(*inner) * shared, front + _text(shared)


def _terms(e: se.Expr) -> int:
    """How many terms an expression has at most when it is multiplied out."""
    if isinstance(e, se.Add):
        return sum(map(_terms, e.args))
    if isinstance(e, se.Mul):
        return math.prod(map(_terms, e.args))
    if isinstance(e, se.Pow) and e.args[1].is_Integer:
        return _terms(e.args[0]) ** abs(int(e.args[1]))
    return 1


def _quotient(above: str, below: str) -> str:
    if below == "1":
        return above
    return f"({above})/({below})"


def _text(e: se.Expr) -> str:
    """An expression as Antimony writes it."""
    return str(e).replace("**", "^")
