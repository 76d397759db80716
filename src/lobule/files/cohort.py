"""Cohort files: who is in a virtual cohort, as YAML. Errors name file, line and field."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StrictInt, StrictStr, ValidationError

from lobule.errors import InputError
from lobule.files.yaml_errors import line_of, load_mapping, plain, sentence

Text = Annotated[StrictStr, Field(max_length=300)]


class Group(BaseModel):
    """One etiology and stage of a cohort."""

    model_config = ConfigDict(extra="forbid")
    etiology: Text = Field(description="cause of the disease", examples=["alcohol"])
    stage: Text = Field(default="any", description="any (cirrhosis), compensated or decompensated")
    like: Text | None = Field(default="auto", description="a published cohort to imitate; null for none")
    share: Annotated[float, Field(gt=0, le=1)] = Field(default=1.0, description="of the cohort", examples=[0.5])


class CohortFile(BaseModel):
    """A cohort file."""

    model_config = ConfigDict(extra="forbid")
    patients: Annotated[StrictInt, Field(ge=1, le=100_000)] = Field(description="how many", examples=[1000])
    groups: Annotated[list[Group], Field(min_length=1)] = Field(description="etiologies and their shares")
    criteria: Text | None = Field(default=None, description="inclusion criteria", examples=["meld >= 10 and age <= 70"])
    seed: StrictInt = Field(default=1, ge=0, description="of every draw")

    def numbers(self) -> list[int]:
        """Patients of each group, adding up to all of them (largest remainders)."""
        exact = [self.patients * group.share for group in self.groups]
        counts = [int(x) for x in exact]
        order = sorted(range(len(exact)), key=lambda i: counts[i] - exact[i])
        for i in order[: self.patients - sum(counts)]:
            counts[i] += 1
        return counts


def read_cohort_file(path: str | Path) -> CohortFile:
    """Read a cohort file.

    Raises
    ------
    InputError : one sentence with file, line and field; also when the shares do not add up to 1.
    """
    path = Path(path)
    tree = load_mapping(path, "a cohort", "patients and groups")
    try:
        found = CohortFile.model_validate(plain(tree))
    except ValidationError as error:
        raise InputError(sentence(path, tree, error, _model_of)) from error
    total = sum(group.share for group in found.groups)
    if abs(total - 1) > 1e-6:
        line = line_of(tree, ("groups",))
        raise InputError(f"{path.name}, line {line}, groups: the shares add up to {total:g}, not to 1")
    return found


def _model_of(field: tuple[Any, ...]) -> type[BaseModel]:
    return Group if field == ("groups",) else CohortFile
