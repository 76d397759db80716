"""What stands behind the outputs of a result: their equations, and the parameters that matter, with their sources."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import pandas as pd

from lobule.answers.grades import Influence, influence
from lobule.model import label
from lobule.model.assemble import FRAGMENTS, compiled, lines_of
from lobule.model.causes import causes
from lobule.model.parameters import Parameter, parameter_table
from lobule.model.structure import GROUPS
from lobule.simulation.run import CLINICAL, HEADLINE

MOVES = "moves"  # a column: how far a parameter moves what it moves most
MOST_EQUATIONS, MOST_PARAMETERS = 30, 15
DEFINED = re.compile(r"^(?:formula )?(\w+)('?) :?= (.+)$")
ESTIMATE = ("value", "low", "high", "grade", "source", "note")  # of a number of a product
SAME = ("reading", "day", "time", "patient", "name", "state")  # words of tables that are no output


@dataclass(frozen=True)
class Behind:
    """Equations and parameters of outputs, as tables for the page; ids of evidence behind them; what is assumed."""

    equations: pd.DataFrame
    parameters: pd.DataFrame
    identifiers: Sequence[str]
    weak: Sequence[str]


def behind(
    outputs: Sequence[str],
    species: str,
    cause: str,
    used: Mapping[str, float],
    products: Sequence[Mapping[str, Any]],
    moved: pd.DataFrame | None = None,
) -> Behind:
    """What the outputs rest on.

    Parameters
    ----------
    species, cause : of the subject, "" where they are not known
    used : {parameter: value} that was computed with; the usual values of the species where a name is missing
    products : contents of the products that were given, as a record holds them
    moved : how far each parameter moves them, as `lobule.explore.strongest` gives it; the usual ranking when None
    """
    chosen = _parameters(outputs, cause) if moved is None else _moving(moved)
    rows = [_row(one, species or "human", used) | {MOVES: f"{_percent(change)} of {label(output)}"}
            for one, change, output in chosen]  # fmt: skip
    rows += [row for product in products for row in _of_product(product)]
    table = pd.DataFrame(rows)
    ids = [word for one, *_ in chosen for word in (*one.source, one.range_source)]
    ids += [str(row["source"]) for row in rows]
    weak = [str(row["parameter"]).replace("_", " ") for row in rows if row["grade"] == "assumed"]
    return Behind(equations(outputs), table, [w for one in ids for w in re.split(r"[;\s]+", one)], weak)


def _percent(share: float) -> str:
    """Two digits of a share.

    >>> _percent(0.0534), _percent(1.97)
    ('5.3 %', '197 %')
    """
    return f"{100 * share:.0f} %" if share >= 1 else f"{100 * share:.2g} %"


def outputs_in(tables: Iterable[pd.DataFrame]) -> list[str]:
    """Outputs of the model that tables name, in a cell of a column of words or as the beginning of a column."""
    known = {*compiled("human").labels, *HEADLINE, *CLINICAL} - set(SAME)
    found: dict[str, None] = {}
    for table in tables:
        for column in table:
            found |= dict.fromkeys(name for name in [_output(str(column), known)] if name)
            if table[column].dtype == object or str(table[column].dtype).startswith("str"):
                words = table[column].dropna().astype(str).unique()[:200]
                found |= dict.fromkeys(name for name in (_output(w, known) for w in words) if name)
    return list(found)


def _output(text: str, known: set[str]) -> str:
    """The longest output with which a name begins, as of "alt_untreated_U_per_L"."""
    parts = text.split("_")
    tries = ("_".join(parts[:k]) for k in range(len(parts), 0, -1))
    return next((name for name in tries if name in known), "")


@cache
def _definitions() -> Mapping[str, tuple[str, str]]:
    """{name: (its equation, where it stands)} of everything that the fragments define by a rule or a rate."""
    found: dict[str, tuple[str, str]] = {}
    for fragment in FRAGMENTS:
        for number, line in lines_of(fragment):
            for statement in (part.strip() for part in line.split(";")):
                match = DEFINED.match(statement)
                if match and (match[2] or ":=" in statement):
                    left = f"d {match[1]}/dt" if match[2] else match[1]
                    found[match[1]] = f"{left} = {match[3]}", f"{fragment}.ant, line {number}"
    return found


def equations(outputs: Sequence[str]) -> pd.DataFrame:
    """Equations of the outputs, and of what stands in these, as far as there is room: equation, written in."""
    known, order, now = _definitions(), dict.fromkeys(outputs), list(outputs)
    while now and len(order) < MOST_EQUATIONS:
        names = [n for one in now if one in known for n in re.findall(r"[A-Za-z_]\w*", known[one][0])]
        now = [name for name in dict.fromkeys(names) if name in known and name not in order]
        order |= dict.fromkeys(now)
    rows = [known[name] for name in order if name in known][:MOST_EQUATIONS]
    return pd.DataFrame(rows, columns=["equation", "written in"])


def _moving(moved: pd.DataFrame) -> list[tuple[Parameter, float, str]]:
    """The strongest rows, with their parameters."""
    table = parameter_table()
    rows = moved.head(MOST_PARAMETERS).to_dict("records")
    return [(table[row["parameter"]], row["change"], row["output"]) for row in rows]


def _parameters(outputs: Sequence[str], cause: str) -> list[tuple[Parameter, float, str]]:
    """Parameters that move the outputs most, without those of causes that the subject has not."""
    table = parameter_table()
    measured = [name for name in Influence.model_fields if name in outputs and name not in ("parameter", "grade")]
    columns = measured or ["albumin", "inr", "bilirubin", "platelets", "collagen_proportionate_area", "alt"]
    own = _fragments_of(cause)
    found = []
    for row in influence():
        one = table.get(row.parameter)
        if one is None or (one.fragment in GROUPS["causes"] and cause and one.fragment not in own):
            continue
        most = max(columns, key=lambda name: float(getattr(row, name)))
        found.append((one, float(getattr(row, most)), most))
    return sorted(found, key=lambda row: -row[1])[:MOST_PARAMETERS]


def _fragments_of(cause: str) -> set[str]:
    """Fragments of causes that a cause acts on: where its targets are defined or its constants stand."""
    known = causes().get(cause)
    if known is None:
        return set(GROUPS["causes"])
    places = {name: where.partition(".")[0] for name, (_, where) in _definitions().items()}
    of_parameters = {name: one.fragment for name, one in parameter_table().items()}
    return {(places | of_parameters).get(target, "") for target in known.targets}


def _row(one: Parameter, species: str, used: Mapping[str, float]) -> dict[str, Any]:
    low, high = one.range(species)
    return {
        "parameter": one.id, "value": used.get(one.id, one.values[species]), "low": low, "high": high,
        "unit": "" if one.unit == "1" else one.unit, "grade": one.grade, "source": " ".join(one.source),
        "note": one.note,
    }  # fmt: skip


def _of_product(contents: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The numbers of a product, each with its range, grade and source; those that agree in all of it together."""
    numbers = {**contents.get("cargo", {}), **contents.get("sets", {})}
    numbers |= {name: contents.get(name) for name in ("particles_per_ug", "particles_per_cell", "viability")}
    alike: dict[tuple[Any, ...], list[str]] = {}
    for name, one in numbers.items():
        if isinstance(one, Mapping):
            alike.setdefault(tuple(one.get(key, "") for key in ESTIMATE), []).append(name)
    of = contents.get("name", "product")
    return [
        {"parameter": f"{of}: {', '.join(names)}", "unit": "", **dict(zip(ESTIMATE, values, strict=True))}
        for values, names in alike.items()
    ]
