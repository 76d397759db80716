"""What is given, a product or standard care, with all its numbers: value, range, grade, source."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

from lobule.model.cargo import components
from lobule.model.parameters import parameter_table
from lobule.therapy import Estimate, Product, cares, products
from lobule.therapy.product import KINDS
from lobule.therapy.sameness import said_of

CARE = "care: "  # before the name of standard care: albumin is a lab and a treatment
COPIES = "_copies_per_particle"
Behind = Callable[[Iterable[str]], list[dict[str, str]]]


@cache
def given() -> dict[str, str]:
    """{identifier: title} of products and of standard care."""
    return {one.name: one.title for one in products.values()} | {
        f"{CARE}{name}": one.title for name, one in cares().items()
    }


def of_given(identifier: str, behind: Behind) -> dict[str, Any]:
    """Everything known about a product or standard care.

    Parameters
    ----------
    identifier : one of `given`
    behind : gives the rows of evidence of some sources
    """
    if identifier.startswith(CARE):
        return _of_care(identifier.removeprefix(CARE), behind)
    return _of_product(products[identifier], behind)


def users_among_given(row: str) -> list[str]:
    """Products and standard care that name a row of evidence as a source."""
    found = [one.name for one in products.values() if row in _sources(one)]
    return found + [f"{CARE}{name}" for name, one in cares().items() if row in one.source.split()]


def _of_product(one: Product, behind: Behind) -> dict[str, Any]:
    like = {"differs_from": one.like, "same_as": one.same_as, "negative_control_of": one.control_of}
    return {
        "product": one.name,
        "what": one.title,
        "kind": KINDS[one.kind],
        "cells": one.cell_source,
        **{key: name for key, name in like.items() if name},
        "note": one.note,
        **({"told_apart": said} if (said := said_of(one)) else {}),
        "numbers": [_number(one, name, estimate) for name, estimate in one.estimates().items()],
        "written_in": f"therapy/products/{one.name}.yaml",
        "evidence": behind(_sources(one)),
    }


def _number(one: Product, name: str, estimate: Estimate) -> dict[str, str]:
    """A number of a product; `sets` is the constant of the model that it is, where it is one."""
    what, constant = name.replace("_", " "), name
    if name.startswith("cargo."):
        part = name.removeprefix("cargo.")
        what = f"{components()[part].title}, copies on a vesicle"
        constant = f"{'' if one.kind == 'vesicles' else 'secreted_'}{part}{COPIES}"
    return {
        "number": what,
        "value": _plain(estimate.value),
        "range": f"{_plain(estimate.low)} to {_plain(estimate.high)}",
        "grade": estimate.grade,
        "source": estimate.source,
        "note": estimate.note,
        "sets": constant if constant in parameter_table() else "",
    }


def _plain(value: float) -> str:
    """A number as people write it.

    >>> _plain(7.1e9), _plain(0.00001), _plain(0.85)
    ('7.1e9', '1e-5', '0.85')
    """
    return re.sub(r"e([+-])0*", lambda found: f"e{found[1].strip('+')}", f"{value:g}")


def _sources(one: Product) -> list[str]:
    """Each source of its numbers once, in their order."""
    return list(dict.fromkeys(word for e in one.estimates().values() for word in e.source.split()))


def _of_care(name: str, behind: Behind) -> dict[str, Any]:
    one, table = cares()[name], parameter_table()
    return {
        "care": name,
        "what": one.title,
        "grade": one.grade,
        "note": one.note,
        "numbers": [
            {"number": constant.replace("_", " "), "value": f"{how} {_plain(value)}", "range": "", "grade": one.grade,
             "source": one.source, "note": table[constant].note, "sets": constant}
            for how, group in {"adds": one.adds, "times": one.times}.items() for constant, value in group.items()
        ],
        "written_in": f"therapy/care/{name}.yaml",
        "evidence": behind(one.source.split()),
    }  # fmt: skip
