"""Components of cargo: each is one small file in `cargo/`, so that a stranger can add one.

A file says what the component is (`kind`: mirna, protein, lipid or payload) and what it does in which cell: an `action`
and its `strength`, the change at full effect (a brake divides a rate by 1 + strength, a gain multiplies it). From the
files come the constants and the equations that turn vesicles in cells into effects: the fragment `cargo_effects`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from lobule.arguments import one_of
from lobule.errors import InputError
from lobule.evidence import known_ids
from lobule.yaml_files import Grade, LongText, Section, Text, reading

FOLDER = Path(__file__).parent / "cargo"
FRAGMENT = "cargo_effects"
DELIVERY = "// Delivery and decay: written here by model/cargo.py"  # a line of fragments/cargo_action.ant
# cell: what the model calls the vesicles' cargo in it, and the number of such cells
CELLS = {
    "macrophage": ("macrophages", "macrophages"),
    "stellate_cell": ("stellate_cells", "stellate_cells"),
    "hepatocyte": ("hepatocytes", "living_hepatocytes"),
    "t_cell": ("macrophages", "macrophages"),
}
# Every action that the other fragments know; each is 1 without cargo.
ACTIONS = {
    "macrophage": ("nf_kb_brake", "nf_kb_gain", "restorative_gain", "nlrp3_brake", "tnf_alpha_brake", "il_6_brake",
                   "il_10_gain", "education"),
    "stellate_cell": ("smoothened_brake", "activation_brake", "activation_gain", "inactivation_gain", "collagen_brake"),
    "hepatocyte": ("protection", "survival", "division_gain", "lipid_brake"),
    "t_cell": ("restraint",),
}  # fmt: skip
HEADER = """// cargo_effects: copies of every component in every cell, its effect there, and what the effects add up to.
// Why: written from the files of model/cargo, one a component. Copies are counted. As published (as_published 1) whole
// vesicles act in their place, less where a native component lacks; a component acts by itself only where there is far
// more of it than on native vesicles, and a miRNA as if there were mirna_amplification times as many. As counted there
// is neither: each component acts by its copies. The counted reading takes of what was loaded the share that is intact
// and inside, and of an engineered payload what leaves the endosome. An action is 1 plus the sum of strength times
// effect over the components.
// Owns: nothing. Reads: the cargo in cells, cell numbers.
"""

# What vesicles do as published, whatever carries it; education, which a product does sooner and further, stands in
# fragments/macrophage_education.ant
PUBLISHED = (("macrophage", "nf_kb_brake"), ("macrophage", "restorative_gain"), ("macrophage", "il_10_gain"),
             ("hepatocyte", "protection"),
             ("stellate_cell", "activation_brake"), ("t_cell", "restraint"))  # fmt: skip
LOADED = ("mirna", "payload")  # put into vesicles after they were made; only a part is intact and inside
# Vesicles in a cell for half of it: hepatocytes take few, and answer to few
EATERS_OF_VESICLES = {"macrophage": "vesicles_for_half_effect", "stellate_cell": "vesicles_for_half_effect",
                      "hepatocyte": "hepatocyte_vesicles_for_half_effect"}  # fmt: skip
ANSWERS = {"stellate_cell": "stellate_strength"}  # of infused products that one kind of cell answers otherwise
ORIGINS = {"infused": "ev", "secreted": "secreted_ev"}  # vesicles, and what the model calls them
PREFIXES = ("", "secreted_")  # of the constants that are theirs
CARRIED = "_copies_per_particle"  # how constants end that a product sets by what it carries
EATERS = {"macrophages": "macrophage", "hepatocytes": "hepatocyte", "stellate_cells": "stellate"}


@dataclass(frozen=True)
class Range:
    """A number with its plausible range, source and grade."""

    value: float
    low: float
    high: float
    source: str
    grade: str


@dataclass(frozen=True)
class Action:
    """What a component does in a cell: `strength` at full effect."""

    cell: str
    action: str
    strength: Range


class NumberSection(Section):
    """A number of a file of `cargo/`; a number that has no range lies where it is."""

    value: float
    low: float | None = None
    high: float | None = None
    source: Text
    grade: Grade

    def range(self) -> Range:
        """The number with its range."""
        low, high = (self.value if end is None else end for end in (self.low, self.high))
        return Range(self.value, low, high, self.source, self.grade)


class ActionSection(Section):
    """An action of a component in a cell."""

    cell: Text
    action: Text
    strength: float
    low: float
    high: float
    source: Text
    grade: Grade


class ComponentFile(Section):
    """A file of `cargo/`."""

    title: Text
    kind: Literal["mirna", "protein", "lipid", "payload"]
    half_effect: NumberSection | None = None
    copies_needed: NumberSection | None = None
    native_copies: NumberSection | None = None
    actions: list[ActionSection]
    note: LongText


@dataclass(frozen=True)
class Component:
    """One file. half_effect : copies a cell for half of the effect, None for a miRNA, whose value all share;
    copies_needed : fewer than these are not plausible by counting; native_copies : on a usual vesicle, None for what
    only engineered ones carry."""

    name: str
    title: str
    kind: str
    actions: tuple[Action, ...]
    half_effect: Range | None
    copies_needed: Range | None
    native_copies: Range | None
    note: str

    @property
    def cells(self) -> tuple[str, ...]:
        """Cells it acts in."""
        return tuple(dict.fromkeys(a.cell for a in self.actions))

    def numbers_in(self, cell: str) -> list[Range]:
        """Its strengths in a cell, and the copies for half of the effect."""
        own = [a.strength for a in self.actions if a.cell == cell]
        return own if self.half_effect is None else [*own, self.half_effect]

    def calibrated_in(self, cell: str) -> bool:
        """What it does in a cell, or how few copies do it, is calibrated to studies that report it: graded so, and the
        facts or rows of evidence that are named are known. Who writes "calibrated" beside a source of their own has
        calibrated it, but not to the evidence."""
        return any(one.grade == "calibrated" and known_ids() & set(one.source.split()) for one in self.numbers_in(cell))

    def strength_from(self, cell: str) -> str:
        """Where its strength in a cell comes from: its file, and how good it is by that.

        >>> components()["annexin_a1"].strength_from("macrophage")
        'cargo/annexin_a1.yaml: assumed (K072), assumed'
        """
        told = dict.fromkeys(
            f"{one.grade} ({one.source})" if one.source else one.grade for one in self.numbers_in(cell)
        )
        return f"cargo/{self.name}.yaml: {', '.join(told)}"

    def carried_names(self) -> tuple[str, ...]:
        """The constants that hold how many are on a particle, by whose it is."""
        return tuple(f"{prefix}{self.name}{CARRIED}" for prefix in PREFIXES)

    def strength_names(self) -> tuple[str, ...]:
        """The constants that hold what it does at full effect."""
        return tuple(f"{self.name}_{a.cell}_{a.action}" for a in self.actions)

    def half_effect_name(self) -> str:
        """The constant that holds the copies for half of the effect."""
        return "mirna_half_effect" if self.kind == "mirna" else f"{self.name}_half_effect"


@cache
def components() -> dict[str, Component]:
    """All components by name.

    Raises
    ------
    InputError : a file with an unknown kind, cell, action or field.
    """
    return {path.stem: read_component(path) for path in sorted(FOLDER.glob("*.yaml"))}


def component(name: str) -> Component:
    """One component; an unknown name says which is nearest."""
    return components()[one_of(name, "component", components(), "component of cargo")]


def read_component(path: Path) -> Component:
    """One file of a component; raises InputError with file, line and field."""
    with reading(path, ComponentFile, "a component of cargo", "title, kind and actions") as (file, found):
        with found.at("kind"):
            half, needed, native = file.half_effect, file.copies_needed, file.native_copies
            if (file.kind == "mirna") != (half is None) or (half is None) != (needed is None):
                raise InputError("half_effect and copies_needed belong to every kind but mirna")
        for i, action in enumerate(file.readable()["actions"] or ()):
            with found.at("actions", i):
                one_of(action.cell, "cell", ACTIONS)
                one_of(action.action, "action", ACTIONS[action.cell])
    actions = tuple(Action(a.cell, a.action, Range(a.strength, a.low, a.high, a.source, a.grade)) for a in file.actions)
    return Component(path.stem, file.title, file.kind, actions, half.range() if half else None,
                     needed.range() if needed else None, native.range() if native else None, file.note)  # fmt: skip


def constants() -> list[dict[str, str]]:
    """The constants of the cargo, as rows of the parameter table (the same in every species)."""
    rows = []
    for c in components().values():
        for prefix, whose in zip(PREFIXES, ORIGINS, strict=True):
            rows.append(_row(f"{prefix}{c.name}{CARRIED}", Range(0, 0, 1e5, "", "assumed"), "product",
                             f"{c.title} on {whose} vesicles; set by the product"))  # fmt: skip
        if c.native_copies is not None:
            what = f"{c.title} on a usual vesicle; what a product has fewer of takes from its published effect"
            rows.append(_row(f"{c.name}_native_copies", c.native_copies, "same", what))
        if c.half_effect is not None:
            what = f"copies a cell for half the effect of {c.title}"
            rows.append(_row(c.half_effect_name(), c.half_effect, "same", what))
        for a in c.actions:
            conflict = c.kind != "payload" and a.strength.value == 0
            scaling = "product" if c.kind == "payload" else "hypothesis" if conflict else "same"
            rows.append(_row(f"{c.name}_{a.cell}_{a.action}", a.strength, scaling, _note(a.strength, c)))
    return rows


def _note(number: Range, c: Component) -> str:
    """What the number was set to, or what the file says of the component."""
    return f"to {number.source}; {c.note}" if number.grade == "calibrated" else c.note


def _row(name: str, number: Range, scaling: str, note: str) -> dict[str, str]:
    value = str(number.value)
    return {"id": name, "fragment": FRAGMENT, "mouse": value, "rat": value, "human": value, "unit": "1",
            "low": str(number.low), "high": str(number.high), "range_source": "assumed",
            "between_subjects": "lognormal" if scaling == "same" else "none", "scaling": scaling,
            "source": number.source, "grade": number.grade, "note": note}  # fmt: skip


@cache
def delivery_text() -> str:
    """Delivery and decay of miRNA and of protein, by origin and cell: the part of `cargo_action` that is repeated."""
    lines = [DELIVERY]
    for kind in ("mirna", "protein"):
        names = [f"{origin}_{kind}_in_{cell}" for origin in ORIGINS for cell in EATERS]
        lines += [f"substanceOnly species {name} in liver; {name} = 0;" for name in names]
    for origin, vesicles in ORIGINS.items():
        for cell, eater in EATERS.items():
            targeting = f"{eater}_targeting*" if origin == "infused" else ""  # a ligand sits on what was infused
            delivered = {
                "mirna": f"ev_degradation_rate*{vesicles}_in_{cell}",
                "protein": f"{targeting}{eater}_uptake_rate*{vesicles}_in_sinusoids",
            }
            for kind, rate in delivered.items():
                name = f"{origin}_{kind}_in_{cell}"
                lines.append(f"{origin}_{kind}_delivery_to_{cell}: => {name}; \\\n    {rate};")
                lines.append(f"{origin}_{kind}_decay_in_{cell}: {name} => ; \\\n    {kind}_decay_rate*{name};")
    return "\n".join(lines)


def _kept() -> list[str]:
    """What a component that is lacking takes from the published effect, and one that is enriched adds, in every cell.

    Studies that take away one component report that much of the effect is gone, whichever it was, so that every native
    component carries `named_component_share` of it: a factor 1 with the native copies, 1 - share without any. Where one
    is many times its native copies, `enriched_component_share` is added, as such studies report.
    """
    native = [c for c in components().values() if c.native_copies is not None]
    lines = []
    for whose, prefix in zip(ORIGINS, PREFIXES, strict=True):
        for c in native:
            copies = f"{prefix}{c.name}_copies_per_particle/{c.name}_native_copies"
            half = f"component_half*({prefix}vesicle_potency + least_potency)"  # a weak batch has less of everything
            there = f"formula {whose}_{c.name}_there := \\\n    (1 + component_half)*occupancy({copies}, {half});"
            beyond = f"formula {whose}_{c.name}_beyond_native := excess({copies}, enrichment_half);"
            apart = f"formula {whose}_{c.name}_apart := 1 - as_published*(1 - {whose}_{c.name}_beyond_native);"
            more = f"formula {whose}_{c.name}_enriched := enriched_component_share*{whose}_{c.name}_beyond_native;"
            kept = (
                f"formula {whose}_{c.name}_kept := 1 - named_component_share*(1 - {whose}_{c.name}_there) \\\n"
                f"    + {whose}_{c.name}_enriched;"
            )
            lines += [there, beyond, apart, more, kept]
        factors = " \\\n    *".join(f"{whose}_{c.name}_kept" for c in native)
        lines += [
            f"{whose}_strength := {prefix}product_strength \\\n    *{factors};",
            f"{whose}_strength has dimensionless;",
        ]
    return lines


def _published() -> list[str]:
    """What a vesicle does as studies report it, an empirical potency a vesicle; nothing in the counted reading."""
    lines = [
        "formula amplification := 1 + as_published*(mirna_amplification - 1);",
        "formula infused_load_share := 1 - (1 - as_published)*(1 - loaded_functional_share);",
        "formula payload_released := 1 - (1 - as_published)*(1 - endosomal_escape_fraction);",
    ]
    for cell, half in EATERS_OF_VESICLES.items():
        place, number = CELLS[cell]
        names = [f"{whose}_vesicles_per_{cell}" for whose in ORIGINS]
        for whose, prefix, name in zip(ORIGINS, PREFIXES, names, strict=True):
            lines.append(f"formula {name} := {prefix}vesicle_potency*{whose}_protein_in_{place}/{number};")
            answer = f"*{ANSWERS[cell]}" if cell in ANSWERS and whose == "infused" else ""
            lines.append(f"formula {name}_by_strength := {whose}_strength{answer}*{name};")
        lines += [
            f"vesicles_per_{cell} := {' + '.join(names)}; vesicles_per_{cell} has dimensionless;",
            f"published_{cell}_effect := as_published*({' + '.join(f'{name}_by_strength' for name in names)}) \\\n"
            f"    /({half} + vesicles_per_{cell});",
            f"published_{cell}_effect has dimensionless;",
        ]
    return lines


def _kind(c: Component) -> str:
    return "mirna" if c.kind == "mirna" else "protein"


def _carried(c: Component) -> list[str]:
    """How much of a component is in cells, by whose vesicles brought it and place: copies in 1e9."""
    lines = []
    for place in dict.fromkeys(CELLS[cell][0] for cell in c.cells):
        for whose, prefix in zip(ORIGINS, PREFIXES, strict=True):
            name = f"{whose}_{c.name}_in_{place}"
            intact = "infused_load_share*" if whose == "infused" and c.kind in LOADED else ""
            copies = f"{prefix}{c.name}{CARRIED}"
            lines.append(f"formula {name} := {intact}{copies}*{whose}_{_kind(c)}_in_{place};")
            lines.append(f"{name} has giga_item;")
    return lines


def _payload(c: Component, action: Action) -> tuple[list[str], str]:
    """What a payload does, which is the product's own: the terms of its action, and their sum."""
    place, number = CELLS[action.cell]
    names = [f"{whose}_{c.name}_{action.cell}_{action.action}" for whose in ORIGINS]
    lines = []
    for whose, name in zip(ORIGINS, names, strict=True):
        strength = f"{c.name}_{action.cell}_{action.action}"
        lines += [f"formula {name} := {strength}*{whose}_{c.name}_in_{place};", f"{name} has giga_item;"]
    per_cell = f"{c.name}_per_{action.cell}"
    return lines, f"payload_released*({' + '.join(names)})/{number}/({c.half_effect_name()} + {per_cell})"


def _effect(c: Component, effect: str, acting: str, amounts: list[str], number: str) -> list[str]:
    """How far a component acts in a cell, 0 to 1: as published only by what is there beyond the native copies, whose
    work is that of the whole vesicle."""
    if c.native_copies is not None:
        amounts = [f"{whose}_{c.name}_apart*{amount}" for whose, amount in zip(ORIGINS, amounts, strict=True)]
    copies = f"{acting}({' + '.join(amounts)})/{number}"
    return [f"{effect} := \\\n    occupancy({copies}, {c.half_effect_name()});", f"{effect} has dimensionless;"]


@cache
def effects_text() -> str:
    """The fragment `cargo_effects` as Antimony."""
    lines = [HEADER, *_kept(), *_published()]
    own: dict[tuple[str, str, str], str] = {}  # what a payload adds to an action of a cell
    for c in components().values():
        escape, acting = ("endosomal_escape_fraction*", "amplification*") if _kind(c) == "mirna" else ("", "")
        escape = "payload_released*" if c.kind == "payload" else escape
        lines += _carried(c)
        for cell in c.cells:
            place, number = CELLS[cell]
            copies, effect = f"{c.name}_per_{cell}", f"{c.name}_{cell}_effect"
            amounts = [f"{whose}_{c.name}_in_{place}" for whose in ORIGINS]
            lines.append(f"{copies} := {escape}({' + '.join(amounts)})/{number}; {copies} has dimensionless;")
            lines += _effect(c, effect, f"{acting}{escape}", amounts, number)
        for act in c.actions if c.kind == "payload" else ():
            more, own[c.name, act.cell, act.action] = _payload(c, act)
            lines += more
    for cell, actions in ACTIONS.items():
        for action in actions:
            terms = [
                own.get((c.name, cell, action), f"{c.name}_{cell}_{action}*{c.name}_{cell}_effect")
                for c in components().values()
                if any((a.cell, a.action) == (cell, action) for a in c.actions)
            ]
            if (cell, action) in PUBLISHED:
                eater = "macrophage" if cell == "t_cell" else cell
                terms.append(f"vesicle_{cell}_{action}*published_{eater}_effect")
            lines.append(f"{cell}_{action} := {' + '.join(['1', *terms])}; {cell}_{action} has dimensionless;")
    return "\n".join(lines) + "\n"
