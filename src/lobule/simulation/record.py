"""What stands in run.json of a run: of whom and what it is, how it was made, and what was computed with."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

SCHEMA = 1  # rises when a field gets another meaning


class SubjectRecord(BaseModel):
    """Who is treated: what makes the same animal or patient again, and which of them it is."""

    model_config = ConfigDict(extra="allow")

    kind: Literal["animal", "patient"]
    sex: str | None = None


class RunRecord(BaseModel):
    """How a run came about; what else stands in a record of another version or command is kept.

    Attributes
    ----------
    schema_version : of these fields
    settings : arguments of `simulate` beside subject, plan and title
    injury_times_d, dose_times_d : days of the run
    plan : parts as plain data, each product with its contents and the days on which it was given; None for none
    peaks : {output: largest value of the treated, also between reported times}
    seed : of the band; None without one
    parameters : constants of the treated, for the usual parameters; parameter_hash of them
    """

    model_config = ConfigDict(strict=True, extra="allow", allow_inf_nan=False)

    schema_version: int = SCHEMA
    title: str
    intended_use: str
    settings: dict[str, Any]
    subject: SubjectRecord
    injury_times_d: list[float]
    plan: list[dict[str, Any]] | None
    dose_times_d: list[float]
    peaks: dict[str, float]
    seed: int | None
    versions: dict[str, str]
    model_hash: str
    parameters: dict[str, float] = Field(min_length=1)
    parameter_hash: str
    wall_seconds: float = 0.0


def parameter_hash(parameters: Mapping[str, float]) -> str:
    """Digest of all constants."""
    return hashlib.sha256(json.dumps(dict(parameters), sort_keys=True).encode()).hexdigest()
