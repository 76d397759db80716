"""Criteria of an assay (YAML): similarity, suitability of plates and samples, validation; the rest are defaults."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

from lobule.yaml_files import LongText, Section, Text, reading, schema_of

Ratio = Annotated[float, Field(gt=0, lt=1)]
Share = Annotated[float, Field(gt=0, le=5)]


class SimilaritySection(Section):
    """Margins inside which the 90 % intervals of a sample's shape have to lie, beside the reference's."""

    slope_ratio: Ratio = Field(default=0.8, description="lowest ratio of slopes; its inverse is the highest")
    ends: Share = Field(default=0.2, description="largest distance of an end of the curves, of the reference's range")
    curvature: Share = Field(default=0.2, description="largest bulge of the lines halfway, of their rise")


class LinesSection(Section):
    """Which doses the parallel lines use: those at which the reference lies on its straight part."""

    lowest: Annotated[float, Field(ge=0, lt=0.5)] = Field(
        default=0.15, description="share of its range; 0 for all doses"
    )
    highest: Annotated[float, Field(gt=0.5, le=1)] = Field(
        default=0.85, description="share of its range; 1 for all doses"
    )


class SystemSection(Section):
    """What a plate must show before any sample on it counts."""

    r_squared: Annotated[float, Field(gt=0, lt=1)] = Field(
        default=0.9, description="at least, of the reference's curve on the plate"
    )
    span: Annotated[float, Field(gt=1, le=1e6)] = Field(
        default=1.5,
        description="at least, of the reference: mean response of its strongest dose over its weakest, fold",
    )
    control_cv: Share = Field(default=0.2, description="at most, of wells without product (0.2 is 20 %)")
    replicate_cv: Share = Field(default=0.2, description="at most, of wells of a dose, pooled over the plate")


class SampleSection(Section):
    """What a sample must show beside similarity."""

    lowest_potency: Annotated[float, Field(gt=0, lt=1)] = Field(
        default=0.5, description="lowest relative potency of the validated range (0.5 is 50 %)"
    )
    highest_potency: Annotated[float, Field(gt=1, le=100)] = Field(default=2.0, description="and the highest")
    precision: Annotated[float, Field(gt=1, le=1000)] = Field(
        default=2.0, description="at most, upper over lower end of the 95 % interval of a potency"
    )


class CombinationSection(Section):
    """How the runs of a sample become one value; fixed before the runs are made."""

    method: Literal["by homogeneity", "unweighted", "weighted", "semi-weighted"] = Field(
        default="by homogeneity", description="by homogeneity: weighted where runs agree, else semi-weighted"
    )
    homogeneity: Annotated[float, Field(ge=0, le=1)] = Field(
        default=0.25, description="by homogeneity: a smaller p of the test asks for semi-weights"
    )


class ValidationSection(Section):
    """What a validation must show at every level of potency (USP <1033>, ICH Q2(R2))."""

    relative_bias: Share = Field(default=0.12, description="the 90 % interval of the relative bias lies within it")
    intermediate_precision: Share = Field(
        default=0.2,
        description="at most, the one-sided 95 % upper limit of the geometric CV of a single value in a run",
    )
    slope: Ratio = Field(
        default=0.8,
        description="lowest slope of measured over nominal logarithms (90 % interval); its inverse the highest",
    )


class CriteriaFile(Section):
    """Criteria of an assay."""

    title: Text = Field(default="", description="of the assay and its version")
    source: LongText = Field(default="", description="where the numbers come from: development, history, validation")
    lines: LinesSection = Field(default=LinesSection(), description="doses of the parallel lines")
    similarity: SimilaritySection = Field(default=SimilaritySection(), description="margins of the shape")
    system: SystemSection = Field(default=SystemSection(), description="of a plate")
    sample: SampleSection = Field(default=SampleSection(), description="of a sample")
    combination: CombinationSection = Field(default=CombinationSection(), description="of the runs of a sample")
    validation: ValidationSection = Field(default=ValidationSection(), description="of the validation of the assay")

    @property
    def told(self) -> str:
        """Whose the criteria are, in words."""
        if not self.title:
            return (
                "criteria are usual figures, not of this assay's history (assumed): give your own with --criteria "
                "(`lobule schema criteria`)"
            )
        return f"criteria: {self.title}"


def json_schema() -> dict[str, Any]:
    """The JSON Schema of a file of criteria, for editors."""
    return schema_of(CriteriaFile)


def read_criteria(path: str | Path | None = None) -> CriteriaFile:
    """Criteria of a file, or the usual ones; raises InputError with all mistakes, by line and field."""
    if path is None:
        return CriteriaFile()
    with reading(
        path, CriteriaFile, "criteria of an assay", "similarity, system, sample, combination and validation"
    ) as (file, _):
        pass
    return file if file.title else file.model_copy(update={"title": Path(path).stem})
