"""What the fragments own and read, found from their text: the model describing itself."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from lobule.model.assemble import FRAGMENTS, NAME, compiled, fragment_text
from lobule.model.balance import without_comments
from lobule.model.parameters import parameter_table

# Groups of the diagram, in the direction of cause and effect.
GROUPS = {
    "causes": ("ccl4_injury", "acetaminophen_injury", "thioacetamide_injury", "immune_injury", "viral_hepatitis",
               "alcohol_and_fat"),
    "cells": ("hepatocytes", "regeneration", "portal_flow", "macrophage_recruitment", "macrophage_polarisation",
              "t_cells", "stellate_cells", "endothelium"),
    "signals and matrix": ("oxidative_stress", "cytokines", "matrix"),
    "clinic": ("synthetic_function", "cholestasis", "plasma_markers", "portal_hypertension", "acute_on_chronic",
               "ageing", "hazards"),
    "therapy": ("ev_pharmacokinetics", "cell_pharmacokinetics", "secreted_vesicles", "soluble_factors",
                "macrophage_education", "cargo_action", "cargo_effects"),
}  # fmt: skip


@dataclass(frozen=True)
class Fragment:
    """One fragment: what it is about, and the names that it owns and reads.

    states, assigned, reactions : names it defines; parameters : rows of the table that stand under it
    reads : {other fragment: names of it that this one uses}
    """

    name: str
    title: str
    states: tuple[str, ...]
    assigned: tuple[str, ...]
    reactions: tuple[str, ...]
    parameters: tuple[str, ...]
    reads: dict[str, tuple[str, ...]]


@cache
def fragments() -> dict[str, Fragment]:
    """Every fragment by name, functions left out."""
    model = compiled("mouse")
    states, reactions = set(model.states), set(model.reactions)
    owner: dict[str, str] = {}
    defined: dict[str, tuple[list[str], list[str], list[str]]] = {}
    for fragment in FRAGMENTS:
        text = without_comments(fragment_text(fragment))
        own_states = [n for n in dict.fromkeys(re.findall(r"(?m)(?:^|;\s*)(\w+)\s*=(?!=)", text)) if n in states]
        own_assigned = list(dict.fromkeys(re.findall(r"(\w+)\s*:=", text)))
        own_reactions = [n for n in dict.fromkeys(re.findall(r"(?m)^(\w+)\s*:(?!=)", text)) if n in reactions]
        defined[fragment] = own_states, own_assigned, own_reactions
        owner |= dict.fromkeys([*own_states, *own_assigned], fragment)
    found = {}
    for fragment in FRAGMENTS:
        if fragment == "functions":
            continue
        used: dict[str, list[str]] = {}
        for name in dict.fromkeys(NAME.findall(without_comments(fragment_text(fragment)))):
            other = owner.get(name)
            if other and other != fragment:
                used.setdefault(other, []).append(name)
        own_states, own_assigned, own_reactions = defined[fragment]
        found[fragment] = Fragment(
            name=fragment,
            title=fragment_text(fragment).splitlines()[0].removeprefix(f"// {fragment}: ").rstrip("."),
            states=tuple(own_states),
            assigned=tuple(own_assigned),
            reactions=tuple(own_reactions),
            parameters=tuple(p.id for p in parameter_table().values() if p.fragment == fragment),
            reads={other: tuple(names) for other, names in used.items()},
        )
    return found
