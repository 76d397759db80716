"""Several unlike products of a kind in one plan: each in a slot of its own.

The liver has one slot for infused vesicles and one for cells and medium: what a product is (its copies, its targeting,
its donor) are constants, and where it is are states. When a plan gives unlike products of a kind, a variant of the
model is written in which everything that is of each product stands once a slot, `NAME_of_product_2`; NAME is then the
sum over the slots, and all that reads it is as it was. What is of each product:
    states whose name begins with one of a kind's prefixes, and their reactions;
    terms that the head of a fragment lists ("Of each product: ..."), and those of the cargo by origin;
    constants that a product sets; that of slot 1 keeps its name.
A quantity of a product that does not grow with its amount, such as a rate, is told as the mean of the slots; what all
read that is such a quantity times an amount is the sum over the slots.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import NamedTuple

from lobule.errors import ModelError
from lobule.model.cargo import components
from lobule.model.parameters import parameter_table

MOST = 4  # products of a kind
PREFIXES = {"vesicles": ("ev_in_", "ev_under_", "ev_elsewhere", "ev_cleared", "infused_"),
            "cells": ("msc_", "hepatocyte_like_", "secreted_")}  # fmt: skip
SLOT_OF = {"vesicles": "vesicles", "cells": "cells", "medium": "cells"}  # kind of product: whose slots it takes
FRAGMENTS_OF_CELLS = ("cell_pharmacokinetics", "secreted_vesicles", "soluble_factors", "macrophage_education")
SUFFIX = "_of_product_"
LISTED = re.compile(r"(?m)^// Of each product: ([^.]*)\.$")
BY_ORIGIN = {"vesicles": "infused_", "cells": "secreted_"}  # how terms of the cargo begin
SPECIES = "substanceOnly species "
NAME = re.compile(r"[A-Za-z_]\w*")
WORDS = re.compile(r"(\w+)")
TIMES = re.compile(r"(\w+)\*(\w+)")
DEFINED = re.compile(r"(?:formula )?(\w+)('?) (:?=) (.*)", re.S)
REACTION = re.compile(r"(\w+): (.*?)=>(.*)", re.S)
TOLD = re.compile(r"(\w+) (has|is) (.*)", re.S)


class Slots(NamedTuple):
    """How many products of a kind a model holds apart; cells and medium share slots."""

    vesicles: int = 1
    cells: int = 1

    def of(self, group: str) -> range:
        """Numbers of the slots of a group, from 1."""
        return range(1, getattr(self, group) + 1)

    def and_of(self, other: Slots) -> Slots:
        """Enough for both."""
        return Slots(*map(max, self, other))


ONE = Slots()


def in_slot(name: str, slot: int) -> str:
    """What a constant of a product is called in a slot: the first keeps the name."""
    return name if slot == 1 else f"{name}{SUFFIX}{slot}"


@cache
def constants_of_products() -> dict[str, str]:
    """{constant that a product sets: the group whose slots it belongs to}."""
    rows = [p for p in parameter_table().values() if p.scaling == "product"]
    return {
        p.id: "cells" if p.fragment in FRAGMENTS_OF_CELLS or p.id.startswith("secreted_") else "vesicles" for p in rows
    }


@cache
def payload_strengths() -> frozenset[str]:
    """Constants that say what a payload does; they are of infused vesicles, and secreted ones share them."""
    return frozenset(name for c in components().values() if c.kind == "payload" for name in c.strength_names())


@cache
def constants_of_kind(kind: str) -> frozenset[str]:
    """Constants that a product of a kind sets."""
    own = {name for name, group in constants_of_products().items() if group == SLOT_OF[kind]}
    return payload_strengths() | own


def in_all_slots(name: str, constants: Iterable[str] = ()) -> tuple[str, ...]:
    """A constant as it is called in every slot, of those in `constants`; any other is itself."""
    if name not in constants_of_products():
        return (name,)
    known = set(constants)
    return (name, *(found for i in range(2, MOST + 1) if (found := in_slot(name, i)) in known))


def state_in_slot(name: str, slots: Slots, slot: int = 1) -> str:
    """What a state is called in a model with such slots: one that is of each product, as that of a slot."""
    return f"{name}{SUFFIX}{slot}" if _numbers_of(name, slots) else name


def states_in_slots(name: str, slots: Slots) -> tuple[str, ...]:
    """A state as it is called in every slot of a model; any other is itself."""
    return tuple(f"{name}{SUFFIX}{slot}" for slot in _numbers_of(name, slots)) or (name,)


def _numbers_of(name: str, slots: Slots) -> range:
    """The slots in which a state stands; none where it stands once."""
    for group, prefixes in PREFIXES.items():
        if getattr(slots, group) > 1 and name.startswith(prefixes) and SUFFIX not in name:
            return range(0) if name in parameter_table() else slots.of(group)
    return range(0)


def without_slot(name: str) -> tuple[str, int | None]:
    """A name without its slot, and the number of the slot; None where it has none.

    >>> without_slot("ev_in_plasma_of_product_2"), without_slot("albumin")
    (('ev_in_plasma', 2), ('albumin', None))
    """
    found = re.fullmatch(rf"(\w+){SUFFIX}(\d+)", name)
    return (found[1], int(found[2])) if found else (name, None)


@cache
def further(slots: Slots) -> Mapping[str, float]:
    """Constants of all slots but the first, as of a product that sets none: the same in every species."""
    return {
        in_slot(name, i): parameter_table()[name].values["mouse"]
        for name, group in constants_of_products().items()
        for i in slots.of(group)
        if i > 1
    }


def slots_of(constants: Iterable[str]) -> Slots:
    """The slots of a model that has constants of these names."""
    found = ONE
    for name in constants:
        usual, slot = without_slot(name)
        if slot is not None:
            found = found.and_of(ONE._replace(**{constants_of_products()[usual]: slot}))
    return found


def with_slots(fragments: Mapping[str, str], slots: Slots) -> str:
    """The equations of the liver with as many slots, as Antimony.

    Parameters
    ----------
    fragments : {name: text}; for one slot of each the texts stand as they are

    Raises
    ------
    ModelError : an equation that reads a constant of a product and is not of each product.
    """
    text = "\n".join(fragments.values())
    if slots == ONE:
        return text
    statements = list(_statements(text))
    for group in slots._fields:
        if getattr(slots, group) > 1:
            listed = {name for fragment, some in fragments.items()
                      if (fragment in FRAGMENTS_OF_CELLS) == (group == "cells") for name in _listed(some)}  # fmt: skip
            statements = list(_Group(group, slots.of(group), listed, statements).written())
    return "".join(f"{statement};\n" for statement in statements)


def _listed(fragment: str) -> list[str]:
    """Terms that a fragment's head says are of each product."""
    return [name for found in LISTED.findall(fragment) for name in NAME.findall(found)]


def _statements(text: str) -> Iterator[str]:
    """Each statement in one line, without comments; a reaction with its rate."""
    lines = "\n".join(line.split("//")[0].rstrip() for line in text.splitlines())
    reaction = ""
    for part in re.sub(r"\\\n", " ", lines).split(";"):
        statement = " ".join(part.split())
        if reaction:
            yield f"{reaction}; {statement}"
            reaction = ""
        elif REACTION.fullmatch(statement):
            reaction = statement
        elif statement:
            yield statement


class _Group:
    """The slots of a group, written out.

    Attributes
    ----------
    slots : their numbers
    constants, states, terms : names of what is of each product
    formulas : {what is assigned: its formula}, of the whole model
    """

    def __init__(self, group: str, slots: range, listed: set[str], statements: list[str]) -> None:
        self.slots, self.statements = slots, statements
        self.constants = {name for name, whose in constants_of_products().items() if whose == group}
        defined = [m for m in map(DEFINED.fullmatch, statements) if m]
        species = [name for s in statements if s.startswith(SPECIES) for name in re.findall(r"(\w+) in ", s)]
        states = [*species, *(m[1] for m in defined if m[2])]
        self.species = {name for name in species if name.startswith(PREFIXES[group])}
        self.states = {name for name in states if name.startswith(PREFIXES[group])}
        self.formulas = {m[1]: m[4] for m in defined if m[3] == ":="}
        by_origin = BY_ORIGIN[group]
        self.terms = {name for name in self.formulas if name in listed or name.startswith(by_origin)}
        missing = listed - self.terms
        if missing:
            raise ModelError(f"{min(missing)} is said to be of each product, and no equation assigns it")

    def written(self) -> Iterator[str]:
        """All statements of the model."""
        for statement in self.statements:
            if statement.startswith(SPECIES):
                yield from self._declared(statement)
            elif told := TOLD.fullmatch(statement):
                yield statement
                if told[1] in self.states | self.terms:
                    yield from (self._told(told, slot) for slot in self.slots)
            elif reaction := REACTION.fullmatch(statement):
                moved = set(NAME.findall(reaction[0].split(";")[0])) & self.states
                yield from self._apart(statement, reaction[1]) if moved else [self._shared(statement)]
            elif (defined := DEFINED.fullmatch(statement)) and defined[1] in self.states | self.terms:
                yield from self._apart(statement)
                if defined[3] == ":=" or not defined[2]:  # an initial value: once for each state
                    yield from self._together(defined[1], statement.startswith("formula "))
            else:
                yield self._shared(statement)

    def _declared(self, statement: str) -> Iterator[str]:
        for name, place in re.findall(r"(\w+) in (\w+)", statement):
            whose = [f"{name}{SUFFIX}{slot}" for slot in self.slots] if name in self.states else [name]
            yield from (f"{SPECIES}{one} in {place}" for one in whose)

    def _told(self, told: re.Match[str], slot: int) -> str:
        name, verb, what = told.groups()
        label = what.removesuffix('"') + f', product {slot}"' if verb == "is" else what
        return f"{name}{SUFFIX}{slot} {verb} {label}"

    def _apart(self, statement: str, reaction: str = "") -> Iterator[str]:
        """The statement once a slot, with what is of each product as that of the slot."""
        names = [*self.states, *self.terms, *filter(None, [reaction])]
        for slot in self.slots:
            suffixes = dict.fromkeys(names, f"{SUFFIX}{slot}")
            suffixes |= dict.fromkeys(self.constants, in_slot("", slot))
            yield "".join(word + suffixes.get(word, "") for word in WORDS.split(statement))

    def _together(self, name: str, is_term: bool) -> Iterator[str]:
        """What the rest of the model reads: the sum of the slots, or their mean."""
        total = " + ".join(f"{name}{SUFFIX}{slot}" for slot in self.slots)
        grows = name in self.states or self._grows(name)
        yield f"{'formula ' if is_term else ''}{name} := {total if grows else f'({total})/{len(self.slots)}'}"
        if name in self.species:
            yield f"{name} has giga_item"

    def _grows(self, name: str) -> bool:
        """A term grows with the amount of its product."""
        read = set(NAME.findall(self.formulas[name]))
        return bool(read & self.states) or any(self._grows(other) for other in read & self.terms)

    def _shared(self, statement: str) -> str:
        """A statement that is not of each product; raises ModelError when it reads a constant of one."""
        wrong = set(NAME.findall(statement)) & self.constants
        if statement.removeprefix("formula ").startswith(BY_ORIGIN["cells"]):  # which share the payload of slot 1
            wrong -= payload_strengths()
        if wrong:
            raise ModelError(f'"{statement}" reads {min(wrong)}, which a product sets, and is not of each product')
        return TIMES.sub(self._summed, statement)

    def _summed(self, times: re.Match[str]) -> str:
        """Two terms of each product times each other: the sum over the slots, which the means could not give."""
        one, other = times.groups()
        if not {one, other} <= self.states | self.terms:
            return times[0]
        return "(" + " + ".join(f"{one}{SUFFIX}{slot}*{other}{SUFFIX}{slot}" for slot in self.slots) + ")"
