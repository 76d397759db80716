"""Care of one patient in words: what is standard for the cause, what the table tells, and what is unproven, apart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from lobule.errors import InputError
from lobule.evidence import fact
from lobule.files.person import Person, Treatment
from lobule.forecast.usual_care import UNTOLD, care_of, under, usual_cares
from lobule.therapy.care import CareFile, cares

# Care of the cause that guidelines have and lobule knows, in the order in which it is told
STANDARD = {
    "hbv": ("antiviral",), "hcv": ("antiviral",), "alcohol": ("abstinence",), "pbc": ("ursodeoxycholic acid",),
    "autoimmune": ("corticosteroid", "azathioprine"), "mash": ("weight loss", "resmetirom", "semaglutide"),
}  # fmt: skip
OF_SIGNS = {"ascites": ("diuretic",), "varices": ("beta-blocker",), "encephalopathy_grade": ("lactulose", "rifaximin")}
NAMED = 3  # people in a sentence
APART = ("No cell, vesicle or other product under study is in the forecast above. lobule forecast with --plan "
         "simulates one, apart from care; nothing of that kind is proven to help people, and no ranking against care "
         "is meant.")  # fmt: skip


class CareRow(NamedTuple):
    """One kind of care: its name, why it is listed, what the table says, its part in the forecast, its source."""

    care: str
    why: str
    patient: str
    forecast: str
    source: str


def care_rows(person: Person, etiology: str) -> list[CareRow]:
    """Standard care of the cause first, then of the signs, then what else the patient has that lobule knows."""
    has = {one.name: one for one in person.treated if one.known}
    used, both = care_of(person), _of_both_kinds(person, etiology)
    why = dict.fromkeys(STANDARD.get(etiology, ()), "standard for the cause")
    for sign, names in OF_SIGNS.items():
        if sign in person.signs and any(grade > 0 for grade in person.signs[sign]):
            why |= {name: f"standard for {sign.replace('_grade', '')}" for name in names if name not in why}
    why |= {name: "the table tells of it" for name in has if name not in why}
    rows = []
    for name, reason in why.items():
        own, file = has.get(name), cares()[name]
        told = _since(person, own) if own else "no, says the table" if name in person.untreated else "not told"
        part = "the virtual people have it too" if used is not None and used.name == name else both.get(name) or (
            "not in the forecast" if own is None else "its effect is not in the virtual people")  # fmt: skip
        rows.append(CareRow(file.title, reason, told, part, source_of(file)))
    return rows


def _of_both_kinds(person: Person, etiology: str) -> dict[str, str]:
    """{care of which nobody tells: the part that it has in the forecast}, where virtual people with and without it are
    candidates."""
    if under(person, etiology) != UNTOLD:
        return {}
    usual = usual_cares()[etiology]
    said = (
        f"{usual.share:.0%} of the virtual people have it, and the labs tell who is like this patient; tell of it if "
    )
    return dict.fromkeys(usual.names, f"{said}you can, yes or no")


def untold_care(persons: Sequence[Person]) -> list[str]:
    """A sentence for each cause in which nobody tells whether some people have its usual care."""
    of_cause: dict[str, list[str]] = {}
    for person in persons:
        if person.etiology is not None and under(person, person.etiology) == UNTOLD:
            of_cause.setdefault(person.etiology, []).append(person.name)
    said = []
    for cause, names in of_cause.items():
        usual = usual_cares()[cause]
        more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
        said.append(f"nobody tells whether {', '.join(names[:NAMED])}{more} ({cause}) had {' or '.join(usual.names)}: "
                    f"{usual.share:.0%} of the virtual people had it, and the labs tell who is alike; a column with "
                    "yes or no settles it")  # fmt: skip
    return said


def unproven(person: Person, shown: bool = False) -> list[str]:
    """What the table tells of that lobule has no care for, and what this page leaves out; shown : a plan with a product
    is on it."""
    unknown = [f"{one.name} ({_since(person, one)})" for one in person.treated if not one.known]
    told = [f"The table tells of {', '.join(unknown)}: lobule does not know what that does; the forecast is "
            "without it, and of people without it."] if unknown else []  # fmt: skip
    return told if shown else [*told, APART]


def source_of(file: CareFile) -> str:
    """Evidence of a care in words, and its grade."""
    found = []
    for identifier in file.source.split():
        try:
            row = fact(identifier)
        except InputError:
            continue
        said = row.get("statement") or f"{row.get('quantity', '')} {row.get('value', '')} {row.get('unit', '')}".strip()
        found.append(f"{identifier}: {said}")
    return "; ".join([*found, f"size in the model: {file.grade}"])


def _since(person: Person, one: Treatment) -> str:
    at = person.when(one.from_day)
    begin = f"since {at}" if one.dated else f"at the visit of {at}, begin not told"
    return begin if one.to_day is None else f"{begin}, until {person.when(one.to_day)}"
