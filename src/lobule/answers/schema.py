"""`lobule schema`: the JSON Schema of a kind of file, for editors that complete and check while one types."""

from __future__ import annotations

import json

from lobule.answers.answer import Answer
from lobule.answers.record import record_of
from lobule.errors import InputError, shown
from lobule.files import assay, cohort, criteria, design, process, scenario, specification
from lobule.therapy.product import json_schema as of_products

KINDS = {
    "scenario": scenario.json_schema,
    "design": design.json_schema,
    "cohort": cohort.json_schema,
    "product": of_products,
    "assay": assay.json_schema,
    "criteria": criteria.json_schema,
    "process": process.json_schema,
    "specification": specification.json_schema,
}


def schema(kind: str = "scenario") -> Answer:
    """The JSON Schema of a kind of file; raises InputError for an unknown one."""
    if kind not in KINDS:
        raise InputError(f"no schema of {shown(kind)}; there are {', '.join(KINDS)}")
    found = KINDS[kind]()
    record = record_of("schema", options={"kind": kind})
    return Answer(f"Schema of a {kind}", f"The fields of a {kind} file.", json.dumps(found, indent=2), found, record)
