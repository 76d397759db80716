"""Intercurrent events of an endpoint and what each does to it: the strategies of ICH E9(R1), 2019, section A.3.2."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from lobule.yaml_files import Section

Strategy = Literal["treatment_policy", "hypothetical", "composite", "while_on_treatment", "principal_stratum"]
TREATMENT_POLICY: Strategy = "treatment_policy"
HYPOTHETICAL: Strategy = "hypothetical"
COMPOSITE: Strategy = "composite"
WHILE_ON_TREATMENT: Strategy = "while_on_treatment"
PRINCIPAL_STRATUM: Strategy = "principal_stratum"
ENDS = ("death", "transplantation")  # after which nothing is observed
WORST = {"meld": 40.0, "meld_na": 40.0, "child_pugh": 15.0, "encephalopathy_grade": 4.0, "quality_of_life": 0.0}
FOLLOWED = "strategy where it comes first; left out: as the kind of endpoint has it"


class Intercurrent(Section):
    """What happens after randomisation and touches what is measured, with the strategy for each."""

    rescue: Strategy | None = Field(default=None, description=FOLLOWED)
    death: Strategy | None = Field(default=None, description=FOLLOWED)
    transplantation: Strategy | None = Field(default=None, description=FOLLOWED)
    decompensation: Strategy | None = Field(default=None, description=FOLLOWED)
    aclf: Strategy | None = Field(default=None, description=FOLLOWED)
    hcc: Strategy | None = Field(default=None, description=FOLLOWED)
    infection: Strategy | None = Field(default=None, description=FOLLOWED)
    bleeding: Strategy | None = Field(default=None, description=FOLLOWED)
    encephalopathy: Strategy | None = Field(default=None, description=FOLLOWED)


EVENTS = tuple(Intercurrent.model_fields)
USUAL: Mapping[str, Mapping[str, Strategy]] = {  # of each kind of endpoint; what is not named: treatment policy
    "change": {"death": HYPOTHETICAL, "transplantation": HYPOTHETICAL},
    "responder": {"death": COMPOSITE, "transplantation": COMPOSITE},
    "time_to_event": {"death": WHILE_ON_TREATMENT, "transplantation": HYPOTHETICAL},
    "ranked": {},
}
