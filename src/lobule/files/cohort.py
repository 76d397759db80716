"""Cohort files: who is in a virtual cohort, as YAML. Errors name file, line and field."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from lobule.errors import InputError, Mistakes
from lobule.model.causes import disease
from lobule.patient.cohort import MOST_PATIENTS
from lobule.patient.criteria import Criteria
from lobule.patient.markers import criteria_of
from lobule.patient.published import target_of
from lobule.patient.run_in import run_in
from lobule.scores.markers import OF_HEPATITIS_B
from lobule.yaml_files import Section, Seed, Text, Time, reading, schema_of


class Group(Section):
    """One etiology and stage of a cohort."""

    etiology: Text = Field(description="cause of the disease", examples=["alcohol"])
    stage: Text = Field(
        default="any", description="chronic (cirrhosis or not), any (cirrhosis), compensated, decompensated or aclf"
    )
    like: Text | None = Field(default="auto", description="a published cohort to imitate; null for none")
    share: Annotated[float, Field(gt=0, le=1)] = Field(default=1.0, description="of the cohort", examples=[0.5])


class CohortFile(Section):
    """A cohort file."""

    patients: Annotated[int, Field(ge=1, le=MOST_PATIENTS)] = Field(description="how many", examples=[1000])
    groups: Annotated[list[Group], Field(min_length=1, max_length=50)] = Field(
        description="etiologies and their shares"
    )
    criteria: Text | None = Field(default=None, description="inclusion criteria", examples=["meld >= 10 and age <= 70"])
    care: list[Text] = Field(default=[], description="standard care that everybody has had", examples=[["antiviral"]])
    care_since: Time | None = Field(default=None, description="for at least so long", examples=["12 mo"])
    seed: Seed = Field(default=1, description="of every draw")

    @property
    def etiologies(self) -> list[str]:
        """Causes of the groups, as the model names them."""
        return [disease(group.etiology, "human").name for group in self.groups]

    def numbers(self) -> list[int]:
        """Patients of each group, adding up to all of them (largest remainders)."""
        exact = [self.patients * group.share for group in self.groups]
        counts = [int(x) for x in exact]
        order = sorted(range(len(exact)), key=lambda i: counts[i] - exact[i])
        for i in order[: self.patients - sum(counts)]:
            counts[i] += 1
        return counts


def json_schema() -> dict[str, Any]:
    """The JSON Schema of a cohort file, for editors."""
    return schema_of(CohortFile)


def read_cohort_file(path: str | Path) -> CohortFile:
    """Read a cohort file.

    Raises
    ------
    InputError : one sentence with file, line and field; also about an unknown etiology, stage, published cohort or
        criterion, and when the shares do not add up to 1.
    """
    with reading(path, CohortFile, "a cohort", "patients and groups") as (file, found):
        with found.at("groups"):
            check_groups(file.groups)
        with found.at("criteria"):
            if file.criteria is not None:
                rules = Criteria.read(file.criteria).rules
                if any(rule.name in OF_HEPATITIS_B for rule in rules):
                    for etiology in file.etiologies:
                        criteria_of(file.criteria, etiology, file.etiologies)
        with found.at():
            run_in(file.groups[0].etiology, None, file.care, file.care_since)
    return file


def check_groups(groups: list[Group]) -> None:
    """Raise InputError about an unknown group, before any is drawn, and when the shares do not add up to 1."""
    found = Mistakes()
    for i, group in enumerate(groups):
        with found.at(i):
            target_of(group.etiology, group.stage, group.like)
    with found.at():
        total = sum(group.share for group in groups)
        if abs(total - 1) > 1e-6:
            raise InputError(f"the shares of the groups add up to {total:g}, not to 1")
    found.tell()
