"""Arms of studies as subjects and plans: what a table says, and what has to be assumed where it says nothing.

Nothing is dropped in silence: a row that cannot be simulated raises InputError with the reason, and every assumption
stands in the arm. The tables beside this module say what an injury model, a modification or an endpoint means here.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from lobule.errors import InputError, nearest
from lobule.model.causes import causes
from lobule.patient.animal import ANIMALS, Animal, traits
from lobule.studies.tables import Contrast, Observation
from lobule.therapy import Plan, products
from lobule.therapy.plan import ROUTES
from lobule.therapy.regimen import Regimen

FOLDER = Path(__file__).parent
KINDS = {
    "ev": "vesicles",
    "engineered_ev": "vesicles",
    "targeted_ev": "vesicles",
    "msc": "cells",
    "engineered_msc": "cells",
    "cm": "medium",
}
LIBRARY = {  # kind and source of cells: product of the library
    ("vesicles", "bm"): "bm-msc-ev",
    ("vesicles", "adipose"): "ad-msc-ev",
    ("cells", "bm"): "bm-msc",
    ("cells", "adipose"): "ad-msc",
}
USUAL = {"vesicles": "uc-msc-ev", "cells": "uc-msc", "medium": "uc-msc-medium"}
# Doses where a study reports none; assumed, the middle of those that report one
USUAL_DOSES = {
    "vesicles": {"mouse": "1e10 particle", "rat": "4e10 particle"},
    "cells": {"mouse": "1e6 cell", "rat": "2e6 cell"},
    "medium": {"mouse": "1e6 cell", "rat": "4e6 cell"},
}
UNITS = (  # how tables write a unit: (pattern, unit here)
    (r"cells?/kg", "cell/kg"),
    (r"cells?/g", "cell/g"),
    (r"cells?\b.*", "cell"),
    (r"particles?/kg", "particle/kg"),
    (r"particles?\b.*", "particle"),
    (r"mg/kg", "mg/kg"),
    (r"ug/kg", "ug/kg"),
    (r"ug/g", "ug/g"),
    (r"(ug|μg|µg)\b.*", "ug"),
    (r"mg\b.*", "mg"),
    (r"ml/kg", "mL/kg"),
    (r"ml\b.*", "mL"),
)
ROUTE_WORDS = (
    (r"extracorporeal", "extracorporeal"),
    (r"oral|gavage", "oral"),
    (r"hydrogel", "hydrogel"),
    (r"portal", "portal vein"),
    (r"hepatic artery|intra-?arterial", "hepatic artery"),
    (r"intrasplen|spleen", "intrasplenic"),
    (r"intrahepat|intra-?parenchym", "intrahepatic"),
    (r"\bip\b|intraperiton", "intraperitoneal"),
    (r"\bsc\b|subcut", "subcutaneous"),
    (r"\biv\b|vein|intraven|periph", "iv"),
)
REPEATED = 3  # doses of "multiple injections", and of vesicles in a chronic injury where a study says nothing; assumed
CHRONIC = 10.0  # days: an injury watched for longer is chronic
MOST_DOSES = 60


@dataclass(frozen=True)
class Injury:
    """A cause with its dose, the times at which it strikes, and its end."""

    cause: str
    dose: str | None
    times: tuple[float, ...]
    end: float | None


@dataclass(frozen=True)
class Arm:
    """A group of animals: who, what harms them, what they are given, when they are looked at (days of the run).

    strength : factor on every dose, of a modification that the model does not have (a class prior)
    without : components of the cargo that are taken out; sets : factors on constants of the product
    survives : the injury is one that kills a share, because the study reports survival
    dose_known : the study reports a dose
    assumptions : what the study does not say, or the model does not have
    """

    species: str
    strain: str | None
    sex: str | None
    injuries: tuple[Injury, ...]
    plan: Plan | None
    second: Plan | None
    strength: float
    without: tuple[str, ...]
    sets: tuple[tuple[str, float], ...]
    readout: float
    survives: bool
    dose_known: bool
    assumptions: tuple[str, ...]

    @property
    def key(self) -> str:
        """Arms with the same key are simulated once."""
        plans = [p.to_dict() if p else None for p in (self.plan, self.second)]
        who = (self.species, self.strain, self.sex, self.injuries, self.readout)
        return repr((who, plans, self.strength, self.without, self.sets))

    @property
    def mechanism(self) -> bool:
        """The arm differs from a plain one by what the model has, not by a class prior."""
        return self.strength == 1.0

    @property
    def animal(self) -> Animal:
        """Who is treated."""
        return Animal(self.species, strain=self.strain, sex=self.sex)

    def untreated(self) -> Arm:
        """The same animals, given nothing."""
        return replace(self, plan=None, second=None, strength=1.0, without=(), sets=(), dose_known=True, assumptions=())


@dataclass(frozen=True)
class Endpoint:
    """What an endpoint of a table is in the model; `good` is the better direction, `spread` between animals of a group
    (standard deviation over mean; assumed)."""

    name: str
    output: str
    good: str
    spread: float
    note: str

    @property
    def between_arms(self) -> bool:
        """An amount of the product, which has no untreated value."""
        return self.note.startswith("compared")

    @property
    def ordinal(self) -> bool:
        """Only its direction can be scored."""
        return "only its direction" in self.note


@cache
def endpoints() -> dict[str, Endpoint]:
    """All endpoints that tables name."""
    return {
        row["endpoint"]: Endpoint(row["endpoint"], row["output"], row["good"], float(row["spread"]), row["note"])
        for row in _table("endpoints")
    }


def endpoint(name: str) -> Endpoint:
    """One endpoint; raises InputError where the model has nothing like it."""
    found = endpoints().get(name)
    if found is None:
        raise InputError(f'the model has no endpoint "{name}"')
    if not found.output:
        raise InputError(found.note)
    return found


@cache
def _table(name: str) -> list[dict[str, str]]:
    with (FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@cache
def _injury_models() -> dict[str, dict[str, str]]:
    return {row["injury_model"]: row for row in _table("injury_models")}


def arm_of(row: Observation, *, lethal: bool = False) -> Arm:
    """The arm of one row.

    Parameters
    ----------
    row : as read
    lethal : the study reports survival, so that the injury is one that kills

    Raises
    ------
    InputError : a species, injury, product, dose or route that the model does not have.
    """
    if row.species not in ANIMALS:
        raise InputError(f"no animal model of a {row.species}; {' and '.join(ANIMALS)} are there")
    known = _injury_models().get(row.injury_model)
    if known is None:
        raise InputError(f'no injury model "{row.injury_model}". {nearest(row.injury_model, _injury_models(), 8)}')
    said: list[str] = [known["note"]] if known["note"] else []
    weeks = _weeks(row, known, said)
    chronic = weeks is not None or float(known["readout_day"]) > CHRONIC
    first = _first_dose(row, known, weeks, said)
    readout = _readout(row, known, weeks, first, said)
    if weeks is not None:
        weeks = max(weeks, min(first, readout) / 7)
    delay = max(0.0, -first)  # the injury comes later where a dose comes first
    injuries = _injuries(row, known, weeks, delay, lethal)
    start = max(0.0, first)
    plan, second, change = _plans(row, start, readout, chronic, said)
    strain, sex = _traits(row, said)
    parts = [part for part in (plan, second) if part is not None]
    Regimen.of(parts, Animal(row.species))  # refuses what cannot be given
    return Arm(
        species=row.species,
        strain=strain,
        sex=sex,
        injuries=injuries,
        plan=plan,
        second=second,
        strength=change.strength,
        without=change.without,
        sets=change.sets,
        readout=readout + delay,
        survives=lethal and bool(known[f"lethal_{row.species}_dose"]),
        dose_known=row.dose_value is not None,
        assumptions=tuple(dict.fromkeys(said)),
    )


def _weeks(row: Observation, known: dict[str, str], said: list[str]) -> float | None:
    """Weeks of a chronic injury; None of an acute or standing one."""
    if not known["weeks"]:
        return None
    match = re.search(r"(\d+(?:\.\d+)?)\s*-?(?:wk|weeks?)\b(?!\s*of age)", row.injury_detail)
    if match:
        return float(match[1])
    said.append(f"{known['weeks']} weeks of injury")
    return float(known["weeks"])


def _first_dose(row: Observation, known: dict[str, str], weeks: float | None, said: list[str]) -> float:
    if row.first_dose_day is not None:
        return row.first_dose_day
    if row.product != "none":
        said.append("day of the first dose")
    return 3.5 * weeks if weeks is not None else float(known["first_dose_day"])


def _readout(row: Observation, known: dict[str, str], weeks: float | None, first: float, said: list[str]) -> float:
    if row.days_after_dose is not None:
        return first + row.days_after_dose
    if row.readout_day is not None and row.readout_day > first:
        return row.readout_day
    said.append("day of the readout")
    if weeks is not None:
        return max(7 * weeks, first + 21)
    return max(float(known["readout_day"]), first + min(float(known["readout_day"]), 21.0))


def _injuries(
    row: Observation, known: dict[str, str], weeks: float | None, delay: float, lethal: bool
) -> tuple[Injury, ...]:
    found = []
    names = known["causes"].split("+")
    for name in names:
        cause = causes()[name]
        deadly = known[f"lethal_{row.species}_dose"] if lethal else ""
        dose: str | None = deadly or known[f"{row.species}_dose"] or None
        if name == "partial_hepatectomy":
            match = re.search(r"(\d\d)\s*%\s*(?:PH|hepatectomy)", row.injury_detail)
            dose = f"{match[1]} %" if match else dose
        elif len(names) > 1:
            dose = None
        times: tuple[float, ...] = (delay,)
        if cause.kind == "dose" and weeks is not None and cause.every is not None:
            gap = 7 / 2 if name == "ccl4" else 7 / 3
            count = max(1, round(7 * weeks / gap))
            times = tuple(delay + gap * i for i in range(count))
        end = delay + 7 * weeks if weeks is not None and cause.kind == "switch" else None
        found.append(Injury(name, dose, times, end))
    return tuple(found)


@dataclass(frozen=True)
class _Change:
    product: str | None = None
    route: str | None = None
    without: tuple[str, ...] = ()
    sets: tuple[tuple[str, float], ...] = ()
    strength: float = 1.0


def _change(row: Observation, kind: str, said: list[str]) -> _Change:
    """What the words of a modification do: the first pattern that fits the kind of product."""
    text = re.sub(r"\b(un|non)-?(primed|loaded|targeted|modified|treated|engineered)\b", "", row.modification.lower())
    if not text:
        return _Change()
    for rule in _table("modifications"):
        if not re.search(rule["pattern"], text):
            continue
        fitting = [name for name in rule["product"].split("|") if name and products[name].kind == kind]
        if rule["product"] and not fitting:
            continue
        if rule["route"] and rule["route"] not in ROUTES[kind]:
            continue
        if rule["note"]:
            said.append(rule["note"])
        sets = tuple((name, float(value)) for name, value in (p.split("=") for p in rule["sets"].split() if p))
        return _Change(
            fitting[0] if fitting else None,
            rule["route"] or None,
            (rule["without"],) if rule["without"] else (),
            sets if kind == "cells" else (),
            float(rule["strength"] or 1),
        )
    return _Change()


def _plans(
    row: Observation, start: float, readout: float, chronic: bool, said: list[str]
) -> tuple[Plan | None, Plan | None, _Change]:
    if row.product == "none":
        return None, None, _Change()
    kind = KINDS.get(row.product)
    if kind is None:
        raise InputError(f'no product of the kind "{row.product}"; there are {", ".join(KINDS)}')
    change = _change(row, kind, said)
    name = change.product or LIBRARY.get((kind, row.cell_source), USUAL[kind])
    if change.product is None and row.cell_source not in ("uc", "bm", "adipose") and row.cell_source:
        said.append(f"{name} stands for the source of cells")
    if row.product == "targeted_ev" and change.product is None:
        name = "stellate-targeted-ev"
    route = change.route or _route(row, kind, said)
    dose = _dose(row, kind, said)
    n, gap = _schedule(row, kind, start, readout, chronic, said)
    plan = Plan(name, dose, route, start=f"{start:.6g} d", every=f"{gap:.6g} d" if n > 1 else None, n=n)
    second = None
    if (
        kind == "vesicles"
        and re.search(r"msc\s*\+|combination", row.modification.lower())
        and "exosome" in (row.modification.lower())
    ):
        second = Plan("bm-msc" if row.cell_source == "bm" else "uc-msc", USUAL_DOSES["cells"][row.species], "iv",
                      start=f"{start:.6g} d")  # fmt: skip
        change = replace(change, strength=1.0)
    return plan, second, change


def _route(row: Observation, kind: str, said: list[str]) -> str:
    if not row.route:
        said.append("iv")
        return "iv"
    found = next((route for pattern, route in ROUTE_WORDS if re.search(pattern, row.route.lower())), None)
    if found is None or found not in ROUTES[kind]:
        raise InputError(f'{kind} cannot be given "{row.route}" here; routes are {", ".join(ROUTES[kind])}')
    return found


def _dose(row: Observation, kind: str, said: list[str]) -> str:
    if row.dose_value is None or not row.dose_unit:
        said.append("dose")
        return USUAL_DOSES[kind][row.species]
    unit = next((unit for pattern, unit in UNITS if re.match(pattern, row.dose_unit.lower())), None)
    if unit is None:
        raise InputError(f'a dose in "{row.dose_unit}" cannot be read; cells, particles, ug, mg/kg, mL are known')
    return f"{row.dose_value:.6g} {unit}"


def _schedule(
    row: Observation, kind: str, start: float, readout: float, chronic: bool, said: list[str]
) -> tuple[int, float]:
    """Number of doses and days between them."""
    span = max(readout - start, 1e-3)
    several = bool(re.search(r"multiple|repeated", row.modification.lower()))
    n = row.n_doses or (REPEATED if several or (kind != "cells" and chronic) else 1)
    if row.n_doses is None:
        said.append("number of doses")
    gap = row.interval_d or (min(7.0, span / n) if chronic else span / (n + 1))
    n = max(1, min(n, MOST_DOSES, 1 + int((span - 1e-9) / gap)))
    return n, gap


def _traits(row: Observation, said: list[str]) -> tuple[str | None, str | None]:
    """Strain and sex where the model knows them."""
    strains = {t.value for t in traits() if t.species == row.species and t.name == "strain"}
    strain = row.strain if row.strain in strains else None
    if row.strain and strain is None:
        said.append(f"{row.strain} as the usual strain")
    sex = {"male": "m", "m": "m", "female": "f", "f": "f"}.get(row.sex)
    return strain, sex


# --- contrasts --------------------------------------------------------------------------------------------------------

CELL_WORDS = ((r"adipose|adsc|ad-?msc", "adipose"), (r"\bbm\b|bm-|bone marrow", "bm"),
              (r"umbilical|\buc\b|uc-|cord|wharton", "uc"), (r"amni", "amnion"))  # fmt: skip


def arms_of_contrast(row: Contrast, like: Sequence[Observation]) -> tuple[Arm, Arm]:
    """Both arms of a contrast.

    Parameters
    ----------
    row : as read
    like : rows of studies; those of the same source say what the contrast does not (dose, route, days)

    Raises
    ------
    InputError : an arm that the model does not have.
    """
    lethal = row.endpoint == "survival"
    mine = [o for o in like if o.source_id == row.source_id and o.injury_model == row.injury_model]
    sides = ((row.arm_a, row.product_a, row.dose_a), (row.arm_b, row.product_b, row.dose_b))
    first, second = (_side(row, text, product, dose, mine) for text, product, dose in sides)
    return arm_of(first, lethal=lethal), arm_of(second, lethal=lethal)


def _side(row: Contrast, text: str, product: str, dose: str, mine: Sequence[Observation]) -> Observation:
    """One side of a contrast as a row of a study: from its own words, then from rows of the same study."""
    if product == "drug":
        raise InputError(f'the model has no drug such as "{text}"')
    words = text.lower()
    same = [o for o in mine if o.product == product] or list(mine)
    base = same[0] if same else None
    amount, unit = _amount(f"{dose} {text}")
    if amount is None and base is not None and base.product == product:
        amount, unit = base.dose_value, base.dose_unit
    amount = amount if amount is None else amount * _relative(words)
    if amount is None and _relative(words) != 1 and product in KINDS and row.species in ANIMALS:
        usual, unit = USUAL_DOSES[KINDS[product]][row.species].split()
        amount = float(usual) * _relative(words)
    when = _when(words)
    route = next((text_ for pattern, text_ in ROUTE_WORDS if re.search(pattern, words)), "")
    cells = next((source for pattern, source in CELL_WORDS if re.search(pattern, words)), "")
    count = REPEATED if re.search(r"multiple|repeated", words) else 1 if "single" in words else None
    return Observation(
        line=row.line,
        row_id=row.contrast_id,
        study_id=row.study_id,
        source_id=row.source_id,
        species=row.species,
        strain=base.strain if base else "",
        sex=base.sex if base else "",
        injury_model=row.injury_model,
        injury_detail=base.injury_detail if base else "",
        product=product,
        cell_source=cells or (base.cell_source if base else ""),
        modification=text if product.startswith(("engineered", "targeted")) else _plain(text),
        dose_value=amount,
        dose_unit=unit,
        n_doses=count or (base.n_doses if base else None),
        interval_d=base.interval_d if base else None,
        route=route or (base.route if base else ""),
        first_dose_day=when if when is not None else (base.first_dose_day if base else None),
        readout_day=base.readout_day if base else None,
        days_after_dose=base.days_after_dose if base else None,
        endpoint=row.endpoint,
        ratio=None,
        ratio_low=None,
        ratio_high=None,
        direction="none",
        animals=base.animals if base else 8,
        lost_function=False,
        note=row.note,
    )


def _plain(text: str) -> str:
    """The words of an arm that is no engineered product, less those that only name the product."""
    words = re.sub(
        r"\b(native|control|blank|normoxic|fresh|free|medium|conditioned|exosomes?|evs?)\b", " ", text.lower()
    )
    return words if re.search(
        r"cryo|melatonin|hydrogel|encapsul|3d|spheroid|prim|pre-?condition|hypoxi|knock|silenc|inhib|\+|plus|multiple"
        r"|repeated|differentiat|express", words
    ) else ""  # fmt: skip


def _amount(text: str) -> tuple[float | None, str]:
    match = re.search(r"(\d+(?:\.\d+)?(?:e\d+)?)\s*(mg/kg|ug/kg|ug\b|cells?/kg|particles?)", text)
    if match:
        return float(match[1]), match[2]
    match = re.search(r"(\d+(?:\.\d+)?e\d+)", text)
    return (float(match[1]), "cells") if match else (None, "")


def _relative(words: str) -> float:
    """What "lower doses" and "very high" do to a dose; assumed."""
    if re.search(r"\blow(er)?\b (dose|cell)|lower doses", words):
        return 0.3
    if "very high" in words:
        return 100.0
    return 3.0 if re.search(r"\bhigh(er)? (dose|cell)", words) else 1.0


def _when(words: str) -> float | None:
    """Day of the first dose from words such as "12 h before" or "one week after"."""
    numbers = {"one": 1, "two": 2, "three": 3, "four": 4}
    match = re.search(
        r"(\d+(?:\.\d+)?|one|two|three|four)\s*(h|hours?|d|days?|wk|weeks?)\b\s*(before|after|later)", words
    )
    if match:
        value = float(numbers.get(match[1], 0) or match[1])
        days = value * {"h": 1 / 24, "d": 1.0, "w": 7.0}[match[2][0]]
        return -days if match[3] == "before" else days
    if re.search(r"at exposure|at the time of|simultaneous|at onset", words):
        return 0.0
    return None
