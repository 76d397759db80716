"""Plans that a user asks for: scenario files, and care by name, several at once with "+"."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from lobule.answers.patient_care import STANDARD
from lobule.errors import InputError, nearest
from lobule.files.scenario import Scenario, read_scenario
from lobule.files.treated import care_of
from lobule.forecast.added import Asked
from lobule.simulation.reading import PUBLISHED, Reading, a_reading
from lobule.therapy import Care, Part
from lobule.therapy.care import cares


def plans_of(
    files: Sequence[Path], reading: str | None, *first: Scenario
) -> tuple[dict[str, Part | Sequence[Part]], Reading]:
    """Plans of scenario files by name, and the one reading that they are of.

    Raises
    ------
    InputError : the files, one without a plan, files of different readings where none is asked for.
    """
    read = {path.stem: read_scenario(path) for path in files}
    plans: dict[str, Part | Sequence[Part]] = {}
    for path, one in zip(files, read.values(), strict=True):
        plans[path.stem] = one.therapy()
        if not plans[path.stem]:
            raise InputError(f"{path.name}: the scenario has no plan to forecast")
    words = {one.reading for one in (*first, *read.values())}
    if reading is not None:
        return plans, a_reading(reading)
    if len(words) > 1:
        raise InputError("the scenarios are of different readings; say --reading published or --reading counted")
    return plans, next(iter(words), PUBLISHED)


def cares_of(texts: Sequence[str]) -> dict[str, list[Part]]:
    """Plans of care, of texts as a clinic writes them.

    >>> list(cares_of(["tenofovir + propranolol"]))
    ['antiviral + beta-blocker']
    """
    found: dict[str, list[Part]] = {}
    for text in texts:
        names = []
        for word in filter(None, (part.strip() for part in text.split("+"))):
            name = care_of(word)
            if not name:
                raise InputError(f'"{word}" is no care that lobule knows. {nearest(word, cares())}', ["with"])
            names.append(name)
        if not names:
            raise InputError('care is named by words such as antiviral, or several with "+"', ["with"])
        found[" + ".join(dict.fromkeys(names))] = [Care(name) for name in dict.fromkeys(names)]
    return found


def asked_for(files: Sequence[Path], care: Sequence[str], reading: str | None) -> Asked | None:
    """What is added to each patient's care; None where nothing is asked for. What is under study has the standard care
    of the cause beside it."""
    plans, word = plans_of(files, reading)
    found: dict[str, Part | Sequence[Part]] = {**cares_of(care), **plans}
    return Asked(found, word, {cause: names[0] for cause, names in STANDARD.items()}) if found else None
