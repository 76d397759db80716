"""The plan of analysis of a trial: primary endpoint, missing values, claims at one level, looks, its size again."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from lobule.yaml_files import Name, Section, Text

Spending = Literal["lan_demets_obrien_fleming", "lan_demets_pocock", "hwang_shih_decani"]


class Imputation(Section):
    """What is taken for values that are missing."""

    missing: Literal["missing_at_random", "jump_to_reference", "copy_reference"] = Field(
        default="missing_at_random", description="after the last visit of a subject, in the arms that are compared"
    )
    delta: float = Field(default=0.0, description="added to what is imputed in those arms, in the unit of the output")
    number: Annotated[int, Field(ge=2, le=1000)] = Field(default=20, description="of imputations")


class HistoricalStudy(Section):
    """The control arm of an earlier study."""

    study: Name = Field(description="what it is called", examples=["Li 2016"])
    n: Annotated[int, Field(ge=1)] = Field(description="patients of its control arm", examples=[54])
    responders: Annotated[int, Field(ge=0)] | None = Field(default=None, description="of them, of a responder endpoint")
    mean: float | None = Field(default=None, description="mean change, of a change endpoint, in the unit of the output")
    sd: Annotated[float, Field(gt=0)] | None = Field(default=None, description="standard deviation of the change")


class Historical(Section):
    """Controls that the reference arm borrows from (method map_prior)."""

    studies: Annotated[list[HistoricalStudy], Field(min_length=1, max_length=50)] = Field(description="earlier studies")
    robust: Annotated[float, Field(ge=0, le=1)] = Field(
        default=0.2, description="share of the prior that is vague: one patient's worth, or uniform for a share"
    )
    heterogeneity: Annotated[float, Field(gt=0)] | None = Field(
        default=None, description="scale of the half-normal prior of the spread between studies: of log odds (1 when "
        "left out), or in the unit of the output (half the standard deviation of a patient)",
    )  # fmt: skip


class Hypothesis(Section):
    """A claim of a graph: an arm is better on an endpoint."""

    name: Name = Field(description="of the claim", examples=["H1"])
    endpoint: Text = Field(description="name of an endpoint")
    arm: Text | None = Field(default=None, description="name of an arm; the only one beside the reference if left out")
    weight: Annotated[float, Field(ge=0, le=1)] = Field(default=0.0, description="share of alpha it begins with")
    passes: dict[str, Annotated[float, Field(ge=0, le=1)]] = Field(
        default={}, description="shares of its level that it hands to others once it is shown", examples=[{"H2": 1.0}]
    )


class Multiplicity(Section):
    """Several claims at one familywise level."""

    procedure: Literal[
        "bonferroni", "holm", "fixed_sequence", "fallback", "serial_gatekeeping", "parallel_gatekeeping", "graph"
    ] = Field(description="how alpha is shared and passed on", examples=["serial_gatekeeping"])
    families: list[list[Text]] = Field(
        default=[], description="endpoints in order, each in every arm; several families for gatekeeping alone",
        examples=[[["albumin at week 48"], ["MELD-Na at week 48", "survival without transplant"]]],
    )  # fmt: skip
    hypotheses: list[Hypothesis] = Field(default=[], description="of a graph")


class Analysis(Section):
    """The plan of analysis."""

    primary: Text = Field(description="name of the primary endpoint")
    reference: Text | None = Field(default=None, description="arm compared with; the last when left out")
    covariates: list[Text] = Field(default=[], description="labs at baseline; the endpoint's own is always in")
    alpha: Annotated[float, Field(gt=0, lt=0.5)] = Field(default=0.05, description="two-sided")
    rescue: Literal["treatment_policy", "hypothetical"] = Field(
        default="treatment_policy",
        description="after rescue, values count, or are missing, of endpoints that say nothing of it",
    )
    multiplicity: Multiplicity | None = Field(default=None, description="claims beside the primary one")
    subgroups: list[Text] = Field(default=[], description="criteria", examples=[["meld_na >= 15", "female >= 1"]])


class Futility(Section):
    """When a trial ends because nothing is to be expected any more; alpha holds whether or not it is followed."""

    kind: Literal["beta_spending", "conditional_power"] = Field(description="of the lower boundary")
    power: Annotated[float, Field(gt=0.5, lt=1)] = Field(
        default=0.9, description="of the effect that the design is for; the rest, beta, is spent", examples=[0.9]
    )
    spending: Spending = Field(default="hwang_shih_decani", description="of beta")
    gamma: float = Field(default=-2.0, description="of hwang_shih_decani")
    below: Annotated[float, Field(gt=0, lt=1)] = Field(default=0.2, description="conditional power that ends it")
    under: Literal["trend", "design"] = Field(default="trend", description="what goes on in conditional power")


class Interim(Section):
    """Looks before the end."""

    looks: list[float] = Field(description="shares of the information, the last 1", examples=[[0.5, 1.0]])
    boundary: Literal["obrien_fleming", "pocock"] | Spending = Field(
        default="obrien_fleming", description="of stopping: a constant shape, or a function that spends alpha"
    )
    gamma: float | None = Field(default=None, description="of hwang_shih_decani; -4 when left out")
    futility: Futility | None = Field(default=None, description="lower boundary, not binding")


class Reestimation(Section):
    """The number of patients is estimated again at a look; the level of the test at the end holds."""

    method: Literal["blinded_variance", "promising_zone"] = Field(description="what is looked at")
    at: Annotated[float, Field(gt=0, lt=1)] = Field(default=0.5, description="share of the information")
    largest: Annotated[int, Field(ge=2, le=100_000)] = Field(description="patients at most", examples=[400])
    power: Annotated[float, Field(gt=0.5, lt=1)] = Field(default=0.9, description="wanted", examples=[0.9])
    effect: Annotated[float, Field(gt=0)] | None = Field(
        default=None, description="difference of means that is planned with, of blinded_variance", examples=[2.0]
    )
    least: Annotated[float, Field(ge=0.5, lt=1)] = Field(
        default=0.5, description="conditional power from which a promising zone begins; from 50 % on the level holds"
    )
