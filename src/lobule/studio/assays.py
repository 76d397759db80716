"""A potency assay as a page has it: which cells, what harms them, what is added, what is read."""

from __future__ import annotations

from typing import Any

from lobule.dish import READOUTS
from lobule.dish.plate import CELLS
from lobule.dish.tables import stimuli
from lobule.errors import InputError
from lobule.studio.state import State
from lobule.therapy import products

NUMBER = "1e6 cell"
CONTROL = "uc-msc-ev"  # which others are measured against
PARTICLES = [f"{dose} particle/mL" for dose in ("1e6", "1e7", "3e7", "1e8", "3e8", "1e9", "3e9", "1e10", "1e11")]
MEDIUM = ["0.1 %", "1 %", "3 %", "10 %", "20 %", "50 %"]
HARMS = {  # of cells, that a usual assay adds: what, and how much
    "macrophages": {"lps": "100 ng/mL", "ifn_gamma": "20 ng/mL"},
    "stellate_cells": {"tgf_beta": "5 ng/mL"},
    "hepatocytes": {"hydrogen_peroxide": "500 uM"},
    "t_cells": {"concanavalin_a": "5 ug/mL"},
}
FIRST = {"macrophages": "tnf_alpha", "stellate_cells": "alpha_sma", "hepatocytes": "hepatocyte_death",
         "t_cells": "ifn_gamma"}  # fmt: skip
TITLES = {"macrophages": "Macrophages", "stellate_cells": "Stellate cells", "hepatocytes": "Hepatocytes",
          "t_cells": "T cells"}  # fmt: skip


def cells() -> dict[str, str]:
    """{name: title} of what a well can hold."""
    return {name: TITLES[name] for name in CELLS}


def readouts(of: str) -> dict[str, str]:
    """{name: title} of what can be read of cells."""
    return {name: one.title for name, one in READOUTS.items() if of in one.cells}


def harms(of: str) -> str:
    """What harms cells in a usual assay, in words."""
    return " and ".join(f"{stimuli()[name].title} {amount}" for name, amount in HARMS[of].items())


def in_a_well() -> dict[str, str]:
    """{name: title} of the products that a well takes: vesicles and medium, no cells."""
    return {name: one.title for name, one in products.items() if one.kind != "cells"}


def begin(therapy: State) -> dict[str, Any]:
    """What the page holds first: the product of the therapy where it has one that a well takes."""
    named = therapy.get("plan", 0, "product")
    product = named if named in in_a_well() else f"{named}-ev" if f"{named}-ev" in in_a_well() else CONTROL
    species = therapy.get("subject", "species") or "mouse"
    return {"cells": "macrophages", "readout": FIRST["macrophages"], "product": product, "reference": CONTROL,
            "species": species, "duration": "24 h", "plates": 3,
            **({"potency": 0.5} if product == CONTROL else {})}  # fmt: skip


def assay(page: State) -> State:
    """The assay file of a page.

    Raises
    ------
    InputError : a product and a reference whose doses have no common unit.
    """
    of, product, reference = page.get("cells"), page.get("product"), page.get("reference")
    for field, name in (("product", product), ("reference", reference)):
        if name not in in_a_well():
            raise InputError("choose vesicles or medium of the library", [field])
    kinds = {products[name].kind for name in (product, reference)}
    if len(kinds) > 1:
        raise InputError(f"{reference} is no reference of {product}: their doses have no common unit", ["reference"])
    doses = {"vesicles": PARTICLES, "medium": MEDIUM}[kinds.pop()]
    changed = [f"potency {page.get('potency')}"] if page.get("potency") is not None else []
    changed += [f"without {one}" for one in page.get("without") or []]
    changed += ["again"] if product == reference and not changed else []
    name = ", ".join([product, *changed])
    return State(
        {
            "title": f"{products[product].title} in a well: {readouts(of).get(page.get('readout'), '')}",
            "dish": {"cells": {of: NUMBER}, "stimulus": HARMS[of], "species": page.get("species"),
                     "duration": page.get("duration")},
            "reference": reference,
            "samples": [{"name": name, "product": product}
                        | ({"potency": page.get("potency")} if page.get("potency") is not None else {})
                        | ({"without": page.get("without")} if page.get("without") else {})],
            "doses": doses,
            "readout": page.get("readout"),
            "plates": page.get("plates"),
        }
    )  # fmt: skip
