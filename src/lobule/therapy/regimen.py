"""Several plans and standard care as one treatment: what they set together, and which doses are given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any, Protocol

from lobule.errors import InputError, Mistakes
from lobule.model.cargo import CARRIED, components
from lobule.model.parameters import parameter_table
from lobule.model.slots import (
    MOST,
    PREFIXES,
    SLOT_OF,
    Slots,
    constants_of_products,
    in_slot,
    payload_strengths,
    without_slot,
)
from lobule.therapy.care import Care
from lobule.therapy.parts import whole_part
from lobule.therapy.plan import Dose, Plan

Part = Plan | Care
Content = tuple[tuple[str, float], ...]  # constants of the model that a product sets
WORDS_OF_SLOTS = {"vesicles": "infused vesicles", "cells": "cells and medium"}
MOST_PARTS = 50
SOON = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.4, 0.8, 1.5)  # days after a dose: when what it does is largest


class Subject(Protocol):
    """What a regimen asks of whom it is given to."""

    @property
    def body_weight_g(self) -> float:
        """Body weight in grams."""

    @property
    def without_spleen(self) -> bool:
        """The spleen was removed."""

    @property
    def cares(self) -> tuple[str, ...]:
        """Standard care that the subject has anyway."""


@dataclass(frozen=True)
class Regimen:
    """All parts of a treatment, with the doses that they mean for one subject.

    Raises
    ------
    InputError : parts that contradict each other or cannot be given to this subject.
    """

    parts: tuple[Part, ...]
    doses: tuple[Dose | None, ...]

    @classmethod
    def of(cls, plan: Part | Sequence[Part] | None, subject: Subject) -> Regimen:
        """Check the parts against each other and against the subject."""
        given = [] if plan is None else [plan] if isinstance(plan, Plan | Care) else plan
        if not isinstance(given, (list, tuple)) or not all(isinstance(part, Plan | Care) for part in given):
            raise InputError("a plan is a Plan, a Care or a list of them")
        parts: tuple[Part, ...] = tuple(given)
        if len(parts) > MOST_PARTS:
            raise InputError(f"a plan has at most {MOST_PARTS} parts, not {len(parts)}")
        found = Mistakes()
        with found.at():
            _refuse_repeated_care(parts, subject)
        with found.at():
            _refuse_too_many(parts)
        with found.at():
            _refuse_two_payloads(parts)
        doses: list[Dose | None] = []
        for i, part in enumerate(parts):
            with found.at(i):
                doses.append(part.amount(subject.body_weight_g) if isinstance(part, Plan) else None)
                if isinstance(part, Plan) and part.route == "intrasplenic" and subject.without_spleen:
                    raise InputError(f"{part.name} cannot be given intrasplenic: the subject has no spleen", ["route"])
        found.tell()
        return cls(parts, tuple(doses))

    @property
    def products(self) -> tuple[Plan, ...]:
        """The parts that give a product."""
        return tuple(part for part in self.parts if isinstance(part, Plan))

    @property
    def certain(self) -> bool:
        """Every dose is one number, not a range."""
        return all(dose is None or dose.certain for dose in self.doses)

    @property
    def slots(self) -> Slots:
        """How many unlike products of a kind the model must hold."""
        return Slots(*(max(1, len(some)) for some in self._contents.values()))

    @cached_property
    def _contents(self) -> dict[str, list[Content]]:
        """Unlike products, by whose slots they take, in the order of the plan."""
        found: dict[str, list[Content]] = {group: [] for group in Slots._fields}
        for part in self.products:
            if (content := _content(part)) not in found[SLOT_OF[part.kind]]:
                found[SLOT_OF[part.kind]].append(content)
        return found

    @cached_property
    def _numbers(self) -> tuple[int, ...]:
        return tuple(
            self._contents[SLOT_OF[part.kind]].index(_content(part)) + 1 if isinstance(part, Plan) else 0
            for part in self.parts
        )

    def slot(self, part: int) -> int:
        """The slot of a part that gives a product, from 1; of a care 0."""
        return self._numbers[part]

    def product_in(self, output: str, slot: int) -> str:
        """Names of the products that a quantity of a slot is of."""
        group = "vesicles" if output.startswith(PREFIXES["vesicles"]) else "cells"
        found = [part.name for i, part in enumerate(self.parts)
                 if isinstance(part, Plan) and SLOT_OF[part.kind] == group and self.slot(i) == slot]  # fmt: skip
        return " and ".join(dict.fromkeys(found))

    def parameters(self, *, treated: bool = True) -> dict[str, float]:
        """Constants that the products set; one who is not treated gets none of their cargo."""
        found: dict[str, float] = {}
        for i, part in enumerate(self.parts):
            if isinstance(part, Plan):
                slot, content = self.slot(i), dict(_content(part))
                own = content if slot > 1 else {n: v for n, v in content.items() if n in part.parameters()}
                found |= {in_slot(name, slot) if name in constants_of_products() else name: value
                          for name, value in own.items()}  # fmt: skip
        if treated:
            return found
        return found | {name: 0.0 * v for name, v in found.items() if without_slot(name)[0].endswith(CARRIED)}

    def visits(self, end: float) -> list[float]:
        """Days of the regimen, up to `end`, that must be looked at: of conditions, and soon after doses."""
        looked = [t for part in self.products if part.when for t in part.times()]
        looked += [t + soon for part in self.products for t in part.times() for soon in SOON]
        return sorted({t for t in looked if t <= end})

    def record(self, given: Mapping[int, Sequence[float]]) -> dict[str, Any]:
        """The treatment as plain data, for the record of a run; {part: days on which its doses were given}."""
        parts, times = [], set()
        for i, (part, dose) in enumerate(zip(self.parts, self.doses, strict=True)):
            row = part.to_dict()
            if isinstance(part, Plan) and dose is not None:
                row |= {"given": asdict(dose), "given_at_d": list(given[i]), "contents": whole_part(part)["product"]}
                row |= {"product_number": self.slot(i)} if max(self.slots) > 1 else {}
                times |= set(given[i])
            parts.append(row)
        return {"plan": parts or None, "dose_times_d": sorted(times)}


def _refuse_repeated_care(parts: tuple[Part, ...], subject: Subject) -> None:
    seen = list(subject.cares)
    for i, part in enumerate(parts):
        if isinstance(part, Care):
            if part.name in seen:
                raise InputError(f"{part.name} is given twice", [i, "care"])
            seen.append(part.name)


def _content(part: Plan) -> Content:
    """All that a product is to the model: equal products share a slot, whatever they are called."""
    group = SLOT_OF[part.kind]
    own = {name: value for name, value in _usual().items() if constants_of_products()[name] == group}
    own |= part.parameters()
    for c in components().values():
        if c.kind == "payload" and not any(own.get(name) for name in c.carried_names()):
            own = {name: value for name, value in own.items() if name not in c.strength_names()}  # nothing that acts
    return tuple(sorted(own.items()))


def _usual() -> dict[str, float]:
    """What a product is that sets nothing; the same in every species."""
    return {name: parameter_table()[name].values["mouse"] for name in constants_of_products()}


def _refuse_too_many(parts: tuple[Part, ...]) -> None:
    """A run holds so many unlike products of a kind."""
    names: dict[str, dict[Content, str]] = {group: {} for group in Slots._fields}
    for i, part in enumerate(parts):
        if isinstance(part, Plan):
            some = names[SLOT_OF[part.kind]]
            some.setdefault(_content(part), part.name)
            if len(some) > MOST:
                before = ", ".join(list(some.values())[:-1])
                raise InputError(
                    f"a plan holds at most {MOST} unlike products of {WORDS_OF_SLOTS[SLOT_OF[part.kind]]}; "
                    f"{part.name} is one more than {before}",
                    [i, "product"],
                )


def _refuse_two_payloads(parts: tuple[Part, ...]) -> None:
    """What a payload does is the product's own; the vesicles that cells give off share that of the plan."""
    contents = [(i, part, dict(_content(part))) for i, part in enumerate(parts) if isinstance(part, Plan)]
    for i, cells, own in contents:
        for _, other, content in contents if SLOT_OF[cells.kind] == "cells" else ():
            for name in payload_strengths() & own.keys() & content.keys():
                if own[name] != content[name]:
                    raise InputError(
                        f"{cells.name} and {other.name} cannot be given in one plan: their payloads differ in "
                        f"{name.replace('_', ' ')} ({own[name]:g} and {content[name]:g}), and vesicles that cells give "
                        "off share the payload of the others",
                        [i, "product"],
                    )
