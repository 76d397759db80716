"""From the record of a run back to the scenario file that makes it again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from pydantic import ValidationError

from lobule.errors import LobuleError
from lobule.files.scenario import OF_INJURY, Scenario
from lobule.patient.recorded import subject_from
from lobule.therapy import products
from lobule.yaml_files import yaml_text

PART = ("product", "care", "dose", "route", "start", "until", "every", "over", "n", "when")
WHO = ("species", "body_weight", "strain", "etiology", "years", "intensity", "treated_with", "treated_years",
       "precipitant", "precipitant_dose", "precipitant_days", "stage", "meld", "wishes", "age", "sex",
       "without_spleen")  # fmt: skip
USUAL = {"reading": "published", "years": 0.0, "treated_years": 0.0, "precipitant_days": 0.0, "start": "0 d"}


def scenario_text(record: Mapping[str, Any]) -> str:
    """The YAML of a scenario that makes the run of a record again; "" where no scenario file can say it, as of changed
    parameters, of products that are not in the library, or of a subject of another version."""
    settings = record["settings"]
    if any(settings.get(name) for name in ("without", "clamp", "scale")):
        return ""
    plan = [_given(part, PART) for part in record["plan"] or ()]
    if any("product" in part and not _same_product(one) for part, one in zip(plan, record["plan"] or (), strict=True)):
        return ""
    data: dict[str, Any] = {"title": record["title"]} if record["title"] else {}
    data["subject"] = _subject(record["subject"])
    data |= {"plan": plan} if plan else {}
    names = ("until", "sample_every", "hypotheses", "reading")
    data |= _given(settings, names)
    return yaml_text(data) if _says_the_same(data, record) else ""


def _subject(who: Mapping[str, Any]) -> dict[str, Any]:
    """The section of the subject."""
    found = _given(who, WHO)
    injury = {place[1]: who[name] for name, place in OF_INJURY.items() if who.get(name)}
    return found | ({"injury": injury} if injury.get("cause") else {})


def _given(data: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    """Fields that say something."""
    found = {name: data[name] for name in names if data.get(name) not in (None, "", [], {}, False)}
    return {name: value for name, value in found.items() if USUAL.get(name) != value}


def _same_product(part: Mapping[str, Any]) -> bool:
    """The library still has the product, with every number as it was."""
    name = part["product"]
    if name not in products:
        return False
    now = asdict(products[name])
    return all(
        {key: one["value"] for key, one in now[group].items()}
        == {key: one["value"] for key, one in part["contents"].get(group, {}).items()}
        for group in ("cargo", "sets")
    )


def _says_the_same(data: Mapping[str, Any], record: Mapping[str, Any]) -> bool:
    """The scenario gives the subject and the parts of the record."""
    try:
        scenario = Scenario.model_validate(data)
        scenario.therapy()
        return scenario.who() == subject_from(record["subject"])
    except (LobuleError, ValidationError, KeyError, TypeError):
        return False
