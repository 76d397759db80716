"""What is known of each table and variable: labels, order, types, controlled terms, origin.

Labels and which variables are needed: ADaM IG 1.3, ADaM OCCDS IG 1.1, SDTM IG 3.4. Terms and their codes: CDISC
controlled terminology, distributed by the NCI.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Literal

from lobule.rows import Row, read_rows, rows_by

HERE = Path(__file__).parent
Standard = Literal["SDTM", "ADaM"]
VERSIONS = {"SDTM": ("SDTMIG", "3.4"), "ADaM": ("ADaMIG", "1.3")}
OCCURRENCES = ("ADaM-OCCDSIG", "1.1")  # whose tables the general guide of ADaM leaves to it
TERMINOLOGY = "2025-09-26"


class Dataset(Row):
    """A table of submission.

    Attributes
    ----------
    name, label, structure : as the guide has them; klass : of observations, with its subclass
    keys : variables that tell records apart, with spaces
    standard : SDTM or ADaM
    """

    name: str
    label: str
    klass: str
    subclass: str = ""
    structure: str
    keys: str
    standard: Standard

    @property
    def key_variables(self) -> list[str]:
        """Names of the variables that tell records apart."""
        return self.keys.split()


class Variable(Row):
    """A variable of a table.

    Attributes
    ----------
    dataset, name, label : "#" in a name or label stands for a number
    type : text, integer, float, date (a number of SAS, of ADaM) or iso (a date in text, of SDTM)
    core : Req (never empty), Exp (there, even if empty), Cond, Perm
    codelist : of terms.csv, two of them joined by "+", or sponsor (whatever stands in the table)
    decode : variable that says the same in words
    origin, how : as Define-XML has them; the method, the source, or a comment
    """

    dataset: str
    name: str
    label: str
    type: Literal["text", "integer", "float", "date", "iso"]
    core: Literal["Req", "Exp", "Cond", "Perm"]
    codelist: str = ""
    decode: str = ""
    origin: Literal["Assigned", "Derived", "Predecessor", "Protocol", "Other", "Not Available"]
    how: str

    @property
    def numeric(self) -> bool:
        """A number in a transport file."""
        return self.type in ("integer", "float", "date")

    def numbered(self, name: str) -> Variable:
        """The variable of a pattern such as STRAT#R that has this name."""
        number = "".join(re.findall(r"\d", name)[:1])
        return self.model_copy(update={"name": name, "label": self.label.replace("#", number)})


class Term(Row):
    """A controlled term and its codes in the NCI's thesaurus."""

    codelist: str
    title: str
    code: str
    extensible: bool
    term: str
    term_code: str
    package: Standard


@cache
def known_datasets() -> Mapping[str, Dataset]:
    """Every table, in the order in which they are listed."""
    return rows_by("name", HERE / "datasets.csv", Dataset)


@cache
def _variables() -> Mapping[str, tuple[Variable, ...]]:
    found: dict[str, list[Variable]] = {}
    for row in read_rows(HERE / "variables.csv", Variable):
        found.setdefault(row.dataset, []).append(row)
    return {name: tuple(rows) for name, rows in found.items()}


def known_variables(dataset: str) -> tuple[Variable, ...]:
    """Variables that a table may have, in order; none for a table that is not known."""
    return _variables().get(dataset, ())


def variable(dataset: str, name: str) -> Variable | None:
    """A variable of a table by its name; None where it is not known."""
    for one in known_variables(dataset):
        if one.name == name:
            return one
        if "#" in one.name and re.fullmatch(one.name.replace("#", r"\d"), name):
            return one.numbered(name)
    return None


@cache
def terms() -> Mapping[str, tuple[Term, ...]]:
    """Controlled terms that lobule writes, by codelist."""
    found: dict[str, list[Term]] = {}
    for row in read_rows(HERE / "terms.csv", Term):
        found.setdefault(row.codelist, []).append(row)
    return {name: tuple(rows) for name, rows in found.items()}


def terms_of(codelist: str) -> tuple[Term, ...]:
    """Terms of a codelist, or of two that are joined by "+"; none for one of the sponsor."""
    return tuple(term for name in codelist.split("+") for term in terms().get(name, ()))
