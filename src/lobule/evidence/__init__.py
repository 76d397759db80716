"""Facts from the literature with value, unit, source and grade; studies with what they observed. Readers only."""

from lobule.evidence.bibliography import bibtex, entry, sources_of
from lobule.evidence.tables import (
    Source,
    citation,
    cohort_rows,
    correlation_rows,
    fact,
    in_vitro_rows,
    known_ids,
    sources,
    study_ids,
    study_rows,
    table_path,
    table_paths,
)

__all__ = [
    "Source",
    "bibtex",
    "citation",
    "cohort_rows",
    "correlation_rows",
    "entry",
    "fact",
    "in_vitro_rows",
    "known_ids",
    "sources",
    "sources_of",
    "study_ids",
    "study_rows",
    "table_path",
    "table_paths",
]
