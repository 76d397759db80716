"""YAML files of users and of the package: one way to read them, one way to say what is wrong."""

from lobule.yaml_files.from_file import load
from lobule.yaml_files.section import (
    Grade,
    LongText,
    Name,
    Section,
    Seed,
    Text,
    Time,
    beside,
    checked,
    checking_fields,
    quantity,
    reading,
    schema_of,
)
from lobule.yaml_files.tree import Tree, parse
from lobule.yaml_files.written import yaml_text

__all__ = [
    "Grade",
    "LongText",
    "Name",
    "Section",
    "Seed",
    "Text",
    "Time",
    "Tree",
    "beside",
    "checked",
    "checking_fields",
    "load",
    "parse",
    "quantity",
    "reading",
    "schema_of",
    "yaml_text",
]
