"""Transport files, Dataset-JSON and Define-XML: read back by other programs, valid by the published schemas."""

import json
from datetime import datetime

import numpy as np
import pytest

from lobule.cdisc.dataset_json import dataset_json
from lobule.cdisc.define import Level, define_xml
from lobule.cdisc.tables import table
from lobule.cdisc.transport import read_transport, transport_bytes
from lobule.errors import ResultsError

WRITTEN = datetime(2026, 11, 27, 4, 5, 6)


@pytest.fixture(scope="module")
def times():
    return table("ADTTE", {
        "STUDYID": "LOB", "USUBJID": ["LOB-001-00001", "LOB-001-00002"], "PARAM": "Time to death (days)",
        "PARAMCD": "OS", "PARAMN": 1.0, "AVAL": [303.0533319, 1 / 3], "CNSR": [0, 1],
        "STARTDT": np.array(["2026-01-05", "NaT"], "datetime64[D]"), "EVNTDESC": ["DEATH", ""],
    })  # fmt: skip


def test_a_transport_file_gives_back_names_labels_formats_and_values(times, tmp_path):
    path = tmp_path / "adtte.xpt"
    path.write_bytes(transport_bytes(times, WRITTEN))
    found = read_transport(path)
    assert (found.name, found.label) == ("ADTTE", "Time-to-Event Analysis Dataset")
    assert list(found.columns) == list(times.frame)
    assert found.columns["STARTDT"].format == "DATE9" and found.columns["STARTDT"].label.endswith("Date for Subject")
    assert found.number("AVAL").tolist() == times.frame["AVAL"].tolist()  # to the last bit
    assert found.number("STARTDT")[0] == 24111 and np.isnan(found.number("STARTDT")[1])
    assert found.text("EVNTDESC").tolist() == ["DEATH", ""]
    assert found.text("CNSR").tolist() == ["0", "1"] and np.isnan(found.number("EVNTDESC")).all()


def test_a_transport_file_says_when_the_data_were_made_not_when_it_was_written(times):
    content = transport_bytes(times, WRITTEN)
    assert content == transport_bytes(times, WRITTEN)
    assert content.count(b"27NOV26:04:05:06") == 4


def test_r_reads_a_transport_file_by_two_packages(times, tmp_path, in_r):
    path = tmp_path / "adtte.xpt"
    path.write_bytes(transport_bytes(times, WRITTEN))
    found = in_r(
        """
        h <- haven::read_xpt(a[1]); f <- foreign::read.xport(a[1])
        found <- list(aval = h$AVAL, again = f$AVAL, day = as.character(h$STARTDT[1]), label = attr(h$AVAL, "label"),
                      table = names(foreign::lookup.xport(a[1])), cnsr = f$CNSR)
        """,
        path,
    )
    assert found["aval"] == found["again"] == times.frame["AVAL"].tolist()
    assert (found["day"], found["label"], found["table"]) == ("2026-01-05", "Analysis Value", "ADTTE")
    assert found["cnsr"] == [0, 1]


def test_what_is_no_transport_file_is_told_in_a_sentence(tmp_path):
    path = tmp_path / "adsl.xpt"
    path.write_bytes(b"nothing of the kind")
    with pytest.raises(ResultsError, match="no transport file of SAS"):
        read_transport(path)


def test_dataset_json_holds_what_its_model_asks_for(times):
    from odmlib.dataset_json_1_1.model import Column, DatasetJSON, SourceSystem

    found = json.loads(dataset_json(times, "LOB", WRITTEN))
    plain = {name: value for name, value in found.items() if name not in ("columns", "rows", "sourceSystem")}
    model = DatasetJSON(**plain, columns=[Column(**one) for one in found["columns"]], rows=found["rows"],
                        sourceSystem=SourceSystem(**found["sourceSystem"]))  # fmt: skip
    assert model.to_dict()["records"] == len(found["rows"]) == 2
    kinds = {one["name"]: one["dataType"] for one in found["columns"]}
    assert (kinds["AVAL"], kinds["CNSR"], kinds["STARTDT"], kinds["PARAM"]) == ("double", "integer", "date", "string")
    row = dict(zip((one["name"] for one in found["columns"]), found["rows"][1], strict=True))
    assert row["STARTDT"] is None and row["CNSR"] == 1 and row["EVNTDESC"] == ""
    assert [one["name"] for one in sorted(found["columns"], key=lambda one: one.get("keySequence", 99))[:3]] == [
        "STUDYID", "USUBJID", "PARAMCD",
    ]  # fmt: skip


@pytest.fixture(scope="module")
def schema():
    import xmlschema
    from odmlib.schema_manager import get_schema_path

    return xmlschema.XMLSchema(get_schema_path("define", "2.1"))  # which odmlib brings


@pytest.fixture(scope="module")
def described(times):
    level = Level("ADTTE", "AVAL", "PARAMCD", "OS", "Derived", "days to the event")
    return define_xml("ADaM", [times], "LOB", "A <toy> & more", WRITTEN, [level])


def test_define_xml_is_valid_by_the_published_schema(described, schema):
    assert list(schema.iter_errors(described)) == []


def test_the_schema_refuses_a_define_xml_that_lacks_what_it_must_have(described, schema):
    assert list(schema.iter_errors(described.replace(' def:Structure="', ' Structure="')))
    assert list(schema.iter_errors(described.replace('Name="BASIC DATA STRUCTURE"', 'Name="BASIC"')))


def test_define_xml_is_read_by_the_model_of_odmlib(described, tmp_path):
    from odmlib.define_loader import XMLDefineLoader
    from odmlib.loader import ODMLoader

    path = tmp_path / "define.xml"
    path.write_text(described, encoding="utf-8")
    loader = ODMLoader(XMLDefineLoader(model_package="define_2_1", ns_uri="http://www.cdisc.org/ns/def/v2.1"))
    loader.open_odm_document(str(path))
    meta = loader.MetaDataVersion()
    assert meta.ItemGroupDef[0].Name == "ADTTE" and meta.ItemGroupDef[0].leaf.href == "adtte.xpt"
    items = {item.OID: item for item in meta.ItemDef}
    assert items["IT.ADTTE.AVAL"].ValueListRef.ValueListOID == meta.ValueListDef[0].OID == "VL.ADTTE.AVAL"
    assert items["IT.ADTTE.AVAL.OS"].Length == 12 and items["IT.ADTTE.AVAL.OS"].SignificantDigits == 10
    assert {one.OID for one in meta.MethodDef} >= {"MT.ADTTE.AVAL.OS", "MT.ADTTE.CNSR"}
