"""Several plans and standard care as one treatment: what they set together, and which doses are given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Protocol

from lobule.errors import InputError, Mistakes
from lobule.therapy.care import Care
from lobule.therapy.parts import whole_part
from lobule.therapy.plan import Dose, Plan

Part = Plan | Care
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
            _refuse_two_products(parts)
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

    def parameters(self, *, treated: bool = True) -> dict[str, float]:
        """Constants that the products set; one who is not treated gets none of their cargo."""
        found = {name: value for part in self.products for name, value in part.parameters().items()}
        return (
            found if treated else found | {n: 0.0 * v for n, v in found.items() if n.endswith("_copies_per_particle")}
        )

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


def _refuse_two_products(parts: tuple[Part, ...]) -> None:
    """Infused vesicles share one cargo, and so do cells and medium: two products of a kind must agree in it."""
    owners: dict[str, tuple[str, float]] = {}
    for i, part in enumerate(parts):
        if not isinstance(part, Plan):
            continue
        for name, value in part.parameters().items():
            other, before = owners.setdefault(name, (part.name, value))
            if before != value:
                raise InputError(
                    f"{other} and {part.name} cannot be given in one plan: they differ in {name.replace('_', ' ')} "
                    f"({before:g} and {value:g}), and a run holds one vesicle product and one of cells or medium",
                    [i, "product"],
                )
