"""Rules of tables of submission: the tables of a trial keep each of them, and a breach of each is found."""

import copy
import json
import xml.etree.ElementTree as ET
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from tests.trial.toys import toy_design, toy_trial

from lobule.cdisc.define import DEF, ODM
from lobule.cdisc.submitted import read_submitted
from lobule.cdisc.transport import Column
from lobule.errors import ResultsError
from lobule.trial.conformance import _about, _broken, checked, conformance, rules
from lobule.trial.datasets import datasets
from lobule.trial.shipped import shipped
from lobule.trial.submission import write_submission
from lobule.trial.tabulation import tabulated
from lobule.trial.trial import Trial

ALL = {rule.id: rule for rule in rules()}
EXAMPLE = Path(__file__).parents[2] / "examples" / "trials" / "msc_hbv.yaml"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    design = toy_design()
    population, seen, courses = toy_trial(design)
    sdtm = tabulated(design, population, seen, courses, "TOY")
    place = tmp_path_factory.mktemp("trial")
    write_submission(place, sdtm, datasets(design, population, seen, sdtm), design.title, datetime(2026, 11, 27))
    return place


@pytest.fixture(scope="module")
def given(folder):
    return read_submitted(folder)


def test_tables_of_a_trial_keep_every_rule(folder):
    found = conformance(folder)
    assert [f"{one.rule.id} {one.table} {one.place}" for one in found.findings] == []
    assert found.conforms and set(found.tables) >= {"ADSL", "ADLB", "ADAE", "ADTTE", "DM", "DS", "EX", "AE", "LB", "FA"}
    assert {rule.id for rule in found.rules} == set(ALL)


@pytest.mark.parametrize("name", [*shipped(), EXAMPLE])
def test_tables_of_every_shipped_design_keep_every_rule(name, tmp_path):
    trial = Trial.read(name)
    population, seen, courses = toy_trial(trial.design, n=10)
    sdtm = tabulated(trial.design, population, seen, courses, "TOY")
    adam = datasets(trial.design, population, seen, sdtm)
    write_submission(tmp_path, sdtm, adam, trial.design.title, datetime(2026, 11, 27))
    assert [f"{one.rule.id} {one.table} {one.place}" for one in conformance(tmp_path).findings] == []
    assert {"ADSL", "ADLB", "ADTTE", "EX", "LB"} - set(sdtm.tables) - {n for n, one in adam.items() if len(one)} <= {
        *({"ADTTE"} if not any(e.kind == "time_to_event" for e in trial.design.endpoints) else ())
    }


def put(table, column, value, row=0):
    def change(given):
        frame = given.tables[table].frame
        if frame[column].dtype.kind != "O" and isinstance(value, float):
            frame[column] = frame[column].astype(float)
        frame.loc[row, column] = value

    return change


def first(table, column, value):
    """The row number of the first record with a value."""
    return lambda given: int(np.flatnonzero(given.tables[table].text(column) == value)[0])


def put_where(table, of, is_, column, value):
    return lambda given: put(table, column, value, first(table, of, is_)(given))(given)


def drop(table, column):
    def change(given):
        of_table(table, frame=given.tables[table].frame.drop(columns=column))(given)
        del given.tables[table].columns[column]

    return change


def add(table, column, value, numeric=False, label="Label", form=""):
    def change(given):
        given.tables[table].frame[column] = value
        given.tables[table].columns[column] = Column(column, label, numeric, form, 8)

    return change


def alter(table, column, **changes):
    def change(given):
        old = given.tables[table].columns[column]
        given.tables[table].columns[column] = Column(**{**old.__dict__, **changes})

    return change


def of_table(table, **changes):
    def change(given):
        given.tables[table] = type(given.tables[table])(**{**given.tables[table].__dict__, **changes})

    return change


def repeat(table):
    """The first record stands twice."""

    def change(given):
        frame = given.tables[table].frame
        of_table(table, frame=frame.iloc[[0, *range(len(frame))]].reset_index(drop=True))(given)

    return change


def only(table, column, value):
    def change(given):
        frame = given.tables[table].frame
        of_table(table, frame=frame[frame[column] == value].reset_index(drop=True))(given)

    return change


def without(table, n=1):
    def change(given):
        of_table(table, frame=given.tables[table].frame.iloc[n:].reset_index(drop=True))(given)

    return change


def in_define(act, standard="adam"):
    def change(given):
        path = next(path for path in given.defines if path.name == standard)
        act(given.defines[path])

    return change


def element(tag, space=ODM):
    return f".//{{{space}}}{tag}"


def last_first(root):
    meta = root.find(element("MetaDataVersion"))
    last = list(meta)[-1]
    meta.remove(last)
    meta.insert(0, last)


def without_attribute(root):
    del root.find(element("ItemDef")).attrib["Length"]


def text_of(table, change):
    return lambda given: change(given.texts[table])


def no_label(root):
    root.find(element("ItemDef")).find(f"{{{ODM}}}Description/{{{ODM}}}TranslatedText").text = "Another label"


def no_method(root):
    ref = next(one for one in root.iter(f"{{{ODM}}}ItemRef") if "MethodOID" in one.attrib)
    del ref.attrib["MethodOID"]


def no_clause(root):
    root.find(element("CheckValue")).text = "NONE"


def no_code(root):
    for one in root.iter(f"{{{ODM}}}CodeList"):
        item = one.find(f"{{{ODM}}}EnumeratedItem")
        if item is not None:
            one.remove(item)
            return


BREACHES = {
    "T01": add("ADSL", "A_LONG_NAME", "x"), "T02": alter("ADSL", "AGE", label="x" * 41),
    "T03": put("ADSL", "ETIOLOGY", "größer"), "T04": of_table("ADSL", name="DATASET"),
    "T05": lambda given: without("FA", 10**6)(given), "T06": of_table("ADSL", label="Subjects"),
    "T07": alter("ADSL", "AGE", label="Age at Baseline"), "T08": put("ADSL", "AGE", 50.5),
    "T09": lambda given: (drop("ADSL", "AGE")(given), add("ADSL", "AGE", 50.0, True, "Age")(given)),
    "T10": put("ADLB", "PARAM", ""), "T11": drop("DM", "ARMNRS"), "T12": put("DM", "SEX", "X"), "T13": repeat("LB"),
    "A01": lambda given: given.tables.pop("DM"), "A02": repeat("ADSL"), "A03": put("ADLB", "USUBJID", "NOBODY"),
    "A04": put("ADLB", "USUBJID", "NOBODY"), "A05": put("ADSL", "SEX", "U"), "A06": put("ADLB", "SITEID", "002"),
    "A07": put("ADSL", "TRTSDT", 1.0), "A08": put("ADSL", "TRTEDT", 1.0),
    "A09": lambda given: [drop("ADSL", f"{one}FL")(given) for one in ("ITT", "SAF", "FAS", "PPROT", "RAND")],
    "A10": put("ADSL", "ITTFL", ""), "A11": put("ADSL", "SAFFL", "U"), "A12": put("ADSL", "FASFL", ""),
    "A13": put("ADSL", "PPROTFL", ""), "A14": put("ADSL", "RANDFL", "YES"), "A15": put("ADSL", "RANDDT", np.nan),
    "A16": put("ADSL", "RESCFL", "1"), "A17": put("ADSL", "TRT01PN", 7.0), "A18": put("ADSL", "TRT01AN", np.nan),
    "A19": put("ADSL", "AGEGR1N", 9.0), "A20": put("ADLB", "TRTPN", np.nan), "A21": put("ADAE", "TRTAN", 7.0),
    "A22": put("ADTTE", "TRTP", "another"), "A23": put("ADTTE", "TRTA", "another"),
    "A24": lambda given: [drop("ADTTE", one)(given) for one in ("TRTP", "TRTA")],
    "A25": alter("ADSL", "RANDDT", format=""), "A26": alter("ADSL", "RANDDT", label="Day of Randomization"),
    "A27": alter("ADLB", "ADY", label="Analysis Day"), "A28": put("ADLB", "ADY", 0.0), "A29": put("ADLB", "ADY", 400.0),
    "A30": put("ADAE", "ASTDY", 400.0), "A31": put("ADSL", "EOSDY", 400.0),
    "A32": put_where("ADSL", "EOSSTT", "COMPLETED", "DCSREAS", "DEATH"), "A33": put("ADSL", "EOSSTT", "DONE"),
    "A34": put_where("ADSL", "DTHFL", "Y", "DTHDT", np.nan),
    "B01": put("ADLB", "PARAMCD", "9ALB"), "B02": put("ADLB", "PARAM", "Another"), "B03": put("ADLB", "PARAMN", 99.0),
    "B04": lambda given: [drop("ADLB", one)(given) for one in ("AVAL", "AVALC")], "B05": put("ADLB", "AVISITN", 99.0),
    "B06": lambda given: [put("ADLB", "AVALC", "<5", row)(given) for row in (0, 1)],
    "B07": put("ADLB", "ABLFL", "Y", 1), "B08": put("ADLB", "ABLFL", ""), "B09": put("ADLB", "BASE", 1.0),
    "B10": put("ADLB", "BNRIND", "NONE"), "B11": put("ADLB", "CHG", 999.0, 1), "B12": put("ADLB", "PCHG", 0.0),
    "B13": put("ADLB", "ABLFL", "N"), "B14": put("ADLB", "ANL01FL", "N"), "B15": put("ADLB", "ANRIND", "FINE"),
    "B16": put("ADLB", "SRCDOM", "VS"), "B17": put("ADLB", "SRCDOM", ""), "B18": put("ADLB", "SRCDOM", ""),
    "B19": put("ADLB", "AVAL", 1.0), "B20": put("ADLB", "ASEQ", 2.0), "B21": put("ADLB", "SRCDOM", ""),
    "C01": drop("ADTTE", "STARTDT"), "C02": put("ADTTE", "CNSR", -1.0), "C03": put("ADTTE", "AVAL", 1e4),
    "E01": drop("ADAE", "AESOC"), "E02": add("ADAE", "PARAM", "x"), "E03": put("ADAE", "AESEQ", 99.0),
    "E04": put("ADAE", "AEDECOD", "Another"), "E05": put("ADAE", "TRTEMFL", "N"), "E06": put("ADAE", "TRTEMFL", ""),
    "E07": put_where("ADAE", "AEOUT", "FATAL", "AENDT", 1.0), "E08": put("ADAE", "ASTDT", 1.0),
    "E09": put("ADAE", "ATOXGRN", 9.0),
    "S01": put("LB", "DOMAIN", "BL"), "S02": put("LB", "USUBJID", "NOBODY"), "S03": put("LB", "STUDYID", "ANOTHER"),
    "S04": put("LB", "LBSEQ", 2.0), "S05": put("LB", "LBDTC", "5 Jan 2026"), "S06": put("LB", "LBDY", 0.0),
    "S07": put("EX", "EXENDTC", "1999-01-01"), "S08": put_where("AE", "AEOUT", "FATAL", "AEENDTC", "1999-01-01"),
    "S09": put("DM", "RFENDTC", "1999-01-01"), "S10": put("LB", "LBTESTCD", "ALBUMIN_1"),
    "S11": put("LB", "LBSTRESN", 1.0), "S12": put("LB", "LBSTNRHI", 1.0), "S13": put("LB", "LBNRIND", "FINE"),
    "S14": lambda given: [put("LB", "LBLOBXFL", "Y", row)(given) for row in (0, 1)], "S15": put("LB", "VISITNUM", 99.0),
    "S16": put("DM", "RFXENDTC", "1999-01-01"), "S17": put("DM", "RFICDTC", "1999-01-01"),
    "S18": put_where("DM", "DTHFL", "Y", "DTHFL", ""), "S19": put("DM", "DTHFL", "N"),
    "S20": put("DM", "ARMCD", "MUCH_TOO_LONG_A_CODE_"), "S21": put_where("DS", "DSTERM", "RANDOMIZED", "DSTERM", "X"),
    "S22": only("DS", "DSCAT", "PROTOCOL MILESTONE"), "S23": without("EX", 5),
    "S24": put_where("AE", "AESER", "Y", "AESER", "N"), "S25": put("EX", "EXDOSE", -1.0),
    "D01": lambda given: given.defines.clear(), "D02": in_define(last_first), "D03": in_define(without_attribute),
    "D04": in_define(lambda root: root.find(element("ItemRef")).set("ItemOID", "IT.NONE")),
    "D05": in_define(lambda root: root.find(element("ItemGroupDef")).set("Name", "ADXX")), "D06": in_define(no_label),
    "D07": in_define(lambda root: root.find(element("ItemDef")).set("Length", "200")), "D08": in_define(no_code),
    "D09": in_define(no_method), "D10": in_define(no_clause),
    "J01": text_of("ADSL", lambda one: one.pop("columns")), "J02": text_of("ADSL", lambda one: one["rows"].pop()),
}  # fmt: skip


def test_each_rule_has_a_breach():
    assert list(BREACHES) == list(ALL)


@pytest.mark.parametrize("rule", ALL)
def test_a_breach_of_a_rule_is_found(given, rule):
    broken = copy.deepcopy(given)
    BREACHES[rule](broken)
    found = [one for name in _about(broken, ALL[rule]) for one in _broken(broken, ALL[rule], name)]
    assert found and all(one.place for one in found)


def test_a_rule_says_in_words_what_holds_and_where_it_is_published():
    for rule in rules():
        assert len(rule.rule) > 12 and rule.source, rule.id
    assert len({(rule.dataset, rule.rule) for rule in rules()}) == len(ALL)


def test_findings_are_counted_and_the_first_place_is_told(given):
    broken = copy.deepcopy(given)
    put("ADLB", "CHG", 999.0, 1)(broken)
    put("ADLB", "CHG", 999.0, 2)(broken)
    found = checked(broken)
    row = found.table().set_index("id").loc["B11"]
    assert not found.conforms and row["findings"] == 2
    assert row["first"].startswith("ADLB: record 2 (TOY-001-00001), AVAL ") and row["first"].endswith(", CHG 999")


def test_a_folder_of_other_tables_is_checked_by_the_rules_that_are_about_them(folder, tmp_path):
    (tmp_path / "adsl.xpt").write_bytes((folder / "adam" / "adsl.xpt").read_bytes())
    found = conformance(tmp_path)
    assert found.tables == {"ADSL": 30}
    assert {one.rule.id for one in found.findings} == {"A01", "D01", "J01"}  # no DM, no define.xml, no Dataset-JSON


@pytest.mark.parametrize("seed", range(4))
def test_tables_of_others_that_lack_variables_or_have_them_of_another_kind_are_judged_not_refused(given, seed):
    rng = np.random.default_rng(seed)
    broken = copy.deepcopy(given)
    for table in list(broken.tables):
        for column in list(broken.tables[table].columns):
            if rng.random() < 0.3:
                drop(table, column)(broken)
            elif rng.random() < 0.3:
                frame = broken.tables[table].frame
                was = broken.tables[table].columns[column].numeric
                other = np.full(len(frame), "x" if was else 1.5, dtype=object if was else float)
                of_table(table, frame=frame.assign(**{column: other}))(broken)
                alter(table, column, numeric=not was)(broken)
        if rng.random() < 0.1:
            del broken.tables[table], broken.files[table]
    assert checked(broken).findings


def test_a_folder_without_tables_is_told_what_writes_them(tmp_path):
    with pytest.raises(ResultsError, match=r"holds no transport files .* lobule trial writes them"):
        conformance(tmp_path)
    with pytest.raises(ResultsError, match="there is no folder"):
        conformance(tmp_path / "nowhere")


def test_a_damaged_define_and_dataset_json_are_findings(folder, tmp_path):
    for path in (folder / "adam").iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "define.xml").write_text("<ODM", encoding="utf-8")
    (tmp_path / "adsl.json").write_text("{", encoding="utf-8")
    told = {f"{one.rule.id} {one.place}" for one in conformance(tmp_path).findings}
    assert {"D01 define.xml is no XML", "J01 is no Dataset-JSON"} <= told


def test_define_xml_of_a_trial_is_valid_by_the_published_schema(folder):
    import xmlschema
    from odmlib.schema_manager import get_schema_path

    schema = xmlschema.XMLSchema(get_schema_path("define", "2.1"))
    for name in ("sdtm", "adam"):
        assert list(schema.iter_errors(str(folder / name / "define.xml"))) == []


def test_every_derived_variable_has_its_method_in_define_xml(folder):
    root = ET.parse(Path(folder) / "adam" / "define.xml").getroot()
    methods = {one.get("OID"): one for one in root.iter(f"{{{ODM}}}MethodDef")}
    derived = [one for one in root.iter(f"{{{ODM}}}ItemDef")
               if one.find(f"{{{DEF}}}Origin").get("Type") == "Derived"]  # fmt: skip
    assert len(derived) > 50
    for one in derived:
        assert len(methods["MT." + one.get("OID").removeprefix("IT.")][0][0].text) > 3


def test_dataset_json_of_a_trial_has_what_the_transport_files_have(folder, given):
    for name, table in given.tables.items():
        found = json.loads(next(Path(folder).glob(f"*/{name.lower()}.json")).read_text(encoding="utf-8"))
        assert found["records"] == len(table) == len(found["rows"])
