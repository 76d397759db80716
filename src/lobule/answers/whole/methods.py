"""The methods of a report, written from the record of what was run; assumptions and limits beside them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from lobule.answers.grades import evidence_summary
from lobule.answers.whole.behind import Behind
from lobule.answers.whole.commands import command_of, rests_of
from lobule.model.assemble import compiled
from lobule.model.digest import digest
from lobule.model.structure import fragments
from lobule.simulation import ensemble
from lobule.simulation.reading import MEANING
from lobule.simulation.uncertainty import MOST_TIMES, RTOL

WRONG = (
    "What the model is known to get wrong stands in docs/model.md under Wrong so far; how often it was right about "
    "published studies, also held-out ones, in docs/credibility.md."
)
SUBJECTS_DIFFER = "A band is what the calibration leaves open of a mean course; subjects and patients differ by more."
UNTREATED = (
    "One subject was simulated without a new therapy. The band is the same subject by every member of the calibrated "
    "ensemble."
)
PEOPLE = (
    "Potencies of products are calibrated on animals; how far those of people lie from them nobody has measured. "
    "Members of the ensemble differ fourfold either way in that, which is assumed."
)


def methods_of(record: Mapping[str, Any], species: str) -> list[str]:
    """Paragraphs: what was done, with which model, by which solver, over which ensemble, read how."""
    known = command_of(record)
    said = [UNTREATED if "plan" in record and not record["plan"] else known.method] if known else []
    if known is not None and not known.liver:
        return said
    said.append(_model(record, species))
    said.append(_solver(record))
    said.append(_ensemble(record))
    reading = record.get("settings", {}).get("reading") or record.get("options", {}).get("reading")
    if reading in MEANING and record.get("plan", True):
        other = next(word for word in MEANING if word != reading)
        said.append(f"The products act as {reading}, {MEANING[reading]}; as {other} means {MEANING[other]}.")
    return [one for one in said if one]


def _model(record: Mapping[str, Any], species: str) -> str:
    model = compiled(species or "human")
    size = (
        f"The liver is a system of ordinary differential equations with {len(model.states)} states, "
        f"{len(model.terms)} named terms and {len(fragments())} modules, each in one file of the package"
    )
    if "model_hash" in record:
        which = f"SHA-256 of the solved model {record['model_hash'][:16]}, of all its constants "
        which += record["parameter_hash"][:16]
    elif record.get("model"):
        which = f"digest of equations and parameters {record['model']}"
    else:
        which = (
            f"the digest of equations and parameters is {digest()} where this report was written; the folder does not "
        )
        which += "say which it was made with"
    return f"{size} (lobule {record['versions'].get('lobule', '')}; {which})."


def _solver(record: Mapping[str, Any]) -> str:
    settings = record.get("settings", {})
    if settings.get("engine", "lobule") != "lobule":
        return f"It was solved by {settings['engine']} with a relative tolerance of {settings['rtol']:g}."
    said = (
        "It was solved by lobule's own engine: Rodas5P, a stiffly accurate Rosenbrock method of order 5 with an "
        "embedded error estimate (Steinebach, BIT 2023; 63:27), analytic Jacobian, doses and injuries as events at "
        "their exact times"
    )
    if not settings:
        return f"{said}."
    return (
        f"{said}; relative tolerance {settings['rtol']:g}, absolute tolerance a ten-thousandth of that times the size "
        f"of each state. Courses were sampled every {settings['sample_every']} until {settings['until']}."
    )


@cache
def _provenance() -> Mapping[str, Any]:
    return json.loads(ensemble.PROVENANCE.read_text(encoding="utf-8"))


def _ensemble(record: Mapping[str, Any]) -> str:
    members = record.get("settings", {}).get("uncertainty") or record.get("options", {}).get("members")
    if not members or isinstance(members, bool):
        return ""
    told = _provenance()
    seed = f", seed {record['seed']}" if record.get("seed") is not None else ""
    return (
        f"Uncertainty: {members} members of the calibrated ensemble{seed}. The ensemble was sampled on "
        f"{told['written']} by {told['chains']} chains of {told['steps']} steps ({told['sampler']}) from "
        f"{len(told['calibration_sources'])} sources of published studies. Bands run from the 5th to the 95th "
        f"percentile; members were solved with a relative tolerance of {RTOL:g} at no more than {MOST_TIMES} times, "
        "and interpolated between them."
    )


def software_of(record: Mapping[str, Any]) -> str:
    """Versions of everything that can change a number."""
    return ", ".join(f"{name} {version}" for name, version in record.get("versions", {}).items()) + "."


def assumptions_of(record: Mapping[str, Any], found: Behind | None, treated_people: bool) -> list[str]:
    """What the result takes for granted."""
    known = command_of(record)
    own = rests_of(record, "assumption")
    if known is not None and not known.liver:
        return [*own, "What the table or file of the user says is taken as it is, in the units that were read."]
    said = [*own, evidence_summary()["sentence"].partition(". ")[0] + "."]
    if found is not None and len(found.parameters):
        grades = found.parameters["grade"].value_counts()
        listed = ", ".join(f"{n} {grade}" for grade, n in grades.items())
        said.append(f"Of the {len(found.parameters)} parameters in the table above: {listed}.")
    if found is not None and found.weak:
        said.append(f"Assumed among them: {'; '.join(found.weak)}.")
    hypotheses = record.get("settings", {}).get("hypotheses") or {}
    said += [f"Hypothesis: {name} = {value:g}, on which evidence conflicts." for name, value in hypotheses.items()]
    return [*said, PEOPLE] if treated_people else said


def limits_of(record: Mapping[str, Any], more: Sequence[str], recalled: int, references: int) -> list[str]:
    """What the result cannot say."""
    known = command_of(record)
    said = [*more, *rests_of(record, "limit")]
    if known is None or known.liver:
        said += [one for one in (SUBJECTS_DIFFER, WRONG) if one not in said]
    if recalled:
        said.append(f"{recalled} of the {references} references are recalled: nobody read them again for the number.")
    return said
