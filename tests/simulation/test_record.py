"""The record of a run: its fields, what is kept beside them, what is refused."""

import json

import pytest
from pydantic import ValidationError

import lobule as lb
from lobule.simulation.record import SCHEMA, RunRecord, parameter_hash

FIELDS = {
    "title": "", "intended_use": "", "settings": {"until": "1 d"}, "subject": {"kind": "animal", "species": "mouse"},
    "injury_times_d": [], "plan": None, "dose_times_d": [], "peaks": {}, "seed": None, "versions": {}, "model_hash": "",
    "parameters": {"a": 1.0}, "parameter_hash": "",
}  # fmt: skip


def test_a_run_is_recorded_by_schema():
    record = lb.simulate(lb.Animal("mouse"), until="1 d", outputs=["alt"]).record
    assert record["schema_version"] == SCHEMA
    assert RunRecord.model_validate(json.loads(json.dumps(record))).model_dump() == record
    assert list(record)[1:4] == ["title", "intended_use", "settings"]
    assert record["parameter_hash"] == parameter_hash(record["parameters"])


def test_what_else_stands_in_a_record_is_kept():
    kept = RunRecord.model_validate(FIELDS | {"command": "run"}).model_dump()
    assert kept["command"] == "run"
    assert kept["subject"]["species"] == "mouse"


@pytest.mark.parametrize(
    ("field", "wrong"),
    [("subject", {"kind": "cell"}), ("parameters", {}), ("parameters", {"a": "1"}), ("peaks", {"a": float("nan")}),
     ("plan", ["x"]), ("seed", 1.5)],
)  # fmt: skip
def test_a_record_without_sense_is_refused(field, wrong):
    with pytest.raises(ValidationError, match=field):
        RunRecord.model_validate(FIELDS | {field: wrong})


def test_the_hash_of_constants_does_not_depend_on_their_order():
    assert parameter_hash({"a": 1.0, "b": 2.0}) == parameter_hash({"b": 2.0, "a": 1.0})
    assert parameter_hash({"a": 1.0}) != parameter_hash({"a": 1.0000000001})
