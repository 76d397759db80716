"""How a result is made again: the command as it is typed, and the files that it reads where they are the same."""

from __future__ import annotations

import hashlib
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from lobule.files.scenario_text import scenario_text
from lobule.keeping import read_own
from lobule.simulation.folder import OF_A_RUN
from lobule.yaml_files import yaml_text

# What a user types for a command that is kept under another name, and how many of its inputs stand without a name
TYPED = {
    "natural-history": "validate --natural-history",
    "people": "validate --people",
    "ablations": "validate --ablations",
    "tissue-facts": "validate --tissue",
    "benchmark": "benchmark patients",
    "petab-import": "petab import",
}
WITHOUT_NAME = {"compare": 99, "trial": 99, "comparability": 2}
SEEDED = ("sensitivity", "cargo", "group", "biomarkers", "calibrate")
LONGEST = 20_000  # characters of a file that a report shows
SCENARIO = "scenario.yaml"
PYTHON = """from lobule.files.scenario import read_scenario, run_scenario

run = run_scenario(read_scenario("{scenario}"), uncertainty={members})
run.save("again")
"""
SHOWN = (".yaml", ".yml")  # tables may be of people, and stay where they are


def command_of(record: Mapping[str, Any], file: str = "") -> str:
    """The command as it is typed.

    Parameters
    ----------
    file : name of the scenario, where the record lists no file
    """
    command = str(record.get("command", "run"))
    inputs = [one["file"] for one in record.get("inputs", ())] or [file]
    words = [*TYPED.get(command, command).split(), *inputs[: WITHOUT_NAME.get(command, 1)]]
    for name, value in record.get("options", {}).items():
        if (name, value) == ("engine", "lobule"):
            continue
        words += _option(name, value)
    if command in SEEDED and record.get("seed") is not None and "seed" not in record.get("options", {}):
        words += _option("seed", record["seed"])
    return " ".join(["lobule", *(shlex.quote(str(word)) for word in words if word)])


def _option(name: str, value: Any) -> list[str]:
    """One option; what is off or empty is left out, a list is named once for each entry."""
    flag = f"--{name.replace('_', '-')}"
    if value is None or value is False or value == "" or value == []:
        return []
    if value is True:
        return [flag]
    if isinstance(value, list):
        return [word for one in value for word in (flag, Path(str(one)).name if "/" in str(one) else str(one))]
    text = f"{value:g}" if isinstance(value, float) else str(value)
    return [flag, text]


def files_of(record: Mapping[str, Any], folder: Path | None) -> list[tuple[str, str]]:
    """(name, content) of the files in YAML that it was made from; of a run the scenario that its record tells, where
    the file has changed or gone; of a trial its design."""
    found = []
    for one, place in zip(record.get("inputs", ()), record.get("made_from", ()), strict=False):
        text = "" if folder is None else _intact(folder / place, one)
        if text:
            found.append((one["file"], text))
    if "design" in record:
        found.append((record["inputs"][0]["file"], yaml_text(record["design"])))
    if not found and "settings" in record and record.get("command", "run") in OF_A_RUN:
        text = scenario_text(record)
        found += [(SCENARIO, text)] if text else []
    return found


def _intact(path: Path, listed: Mapping[str, Any]) -> str:
    """A file's text where it is the one that was read."""
    content = read_own(path) if path.suffix in SHOWN else None
    if content is None or hashlib.sha256(content).hexdigest() != listed["sha256"] or len(content) > LONGEST:
        return ""
    return content.decode("utf-8", "replace")


def again_of(record: Mapping[str, Any], files: Sequence[tuple[str, str]]) -> list[str]:
    """Sentences on how it is made again."""
    said = [
        f"With lobule {record['versions'].get('lobule', '')}, in a folder with the files named here, type the command."
    ]
    if str(record.get("command", "run")) in OF_A_RUN:
        said.append("lobule replay FOLDER runs a folder of results again and says whether every number is the same.")
    named = {name for name, _ in files}
    missing = [one for one in record.get("inputs", ()) if one["file"] not in named and one.get("sha256")]
    return said + [f"{one['file']} is not repeated here; its SHA-256 is {one['sha256']}." for one in missing]


def blocks_of(record: Mapping[str, Any], files: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """(heading, text to copy): the command, the same in Python where it is a run, and the files."""
    scenario = next((name for name, _ in files), "")
    found = [("Command", command_of(record, scenario))]
    if record.get("command", "run") == "run" and scenario:
        members = record["settings"].get("uncertainty") or False
        found.append(("Python", PYTHON.format(scenario=scenario, members=members)))
    return [*found, *files]
