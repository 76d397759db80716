"""The report holds what a reader needs to believe a result, and its numbers are those of the folder."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest
from tests.answers.toys import TABLE, answer

from lobule.answers.content import Table
from lobule.answers.report import report
from lobule.answers.sampling import sampling
from lobule.answers.whole.again import command_of
from lobule.answers.whole.behind import behind, equations
from lobule.answers.whole.commands import GUIDANCE, RESTS, Guidance, Rest, commands, question_of
from lobule.errors import InputError
from lobule.files.design_file import read_design
from lobule.keeping.record import read_record
from lobule.model.digest import digest
from lobule.rows import read_rows
from lobule.simulation.run import Run
from lobule.yaml_files import yaml_text

OLD_RUN = Path(__file__).parents[1] / "old" / "run"
SECTIONS = ("answer", "figures", "methods", "assumptions", "limits", "references", "again")


class Page(HTMLParser):
    """Text of each section, addresses that are loaded, and numbers."""

    def __init__(self, text):
        super().__init__()
        self.text, self.loaded, self.numbers, self.section = {}, [], {}, ""
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        if tag == "section":
            self.section = found["id"]
        if tag in ("script", "link", "img", "iframe", "object", "source") and (found.get("src") or found.get("href")):
            self.loaded.append(found.get("src") or found.get("href"))
        if tag == "data":
            self.numbers.setdefault(self.section, []).append(float(found["value"]))

    def handle_data(self, data):
        self.text[self.section] = self.text.get(self.section, "") + data


@pytest.fixture(scope="module")
def of_run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("report")
    Run.open(OLD_RUN).save(folder / "run")
    written = report(folder / "run", out=folder / "mine.html")
    written.save_file(folder / "mine.html")
    text = (folder / "mine.html").read_text(encoding="utf-8")
    return folder / "run", text, Page(text)


def test_the_report_of_a_run_has_every_part(of_run):
    _, _, page = of_run
    assert set(SECTIONS) <= set(page.text)
    told = page.text
    assert told["answer"].count("?") >= 1
    assert "Rodas5P" in told["methods"] and "SHA-256" in told["methods"]
    assert "relative tolerance" in told["methods"] and "numpy" in told["methods"]
    assert "collagen_proportionate_area = " in told["methods"]
    assert "grade" in told["methods"] and "assumed" in told["methods"]
    assert "parameters" in told["assumptions"]
    assert "not for diagnosing or treating" in told["limits"]
    assert "lobule developers" in told["references"] and "@software{lobule" in told["references"]
    assert "lobule run" in told["again"]


def test_its_numbers_are_those_of_the_folder(of_run):
    folder, _, page = of_run
    summary = pd.read_csv(folder / "summary.csv")
    wanted = {float(v) for name, v in summary.iloc[0].items()
              if name not in ("day", "reading") and isinstance(v, float) and v == v}  # fmt: skip
    told = set(page.numbers["answer"])
    assert told and told <= wanted
    values = {float(v) for v in Run.open(folder).summary()["value"]}
    assert values <= told


def test_it_loads_nothing_from_anywhere(of_run):
    _, text, page = of_run
    assert all(address.startswith("data:") for address in page.loaded)
    assert not re.search(r"url\(\s*['\"]?http|@import", text)
    assert "default-src 'none'" in text


def test_the_folder_stays_as_it_is_and_the_same_folder_gives_the_same_report(of_run):
    folder, text, _ = of_run
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    again = report(folder, out=folder.parent / "again.html")
    again.save_file(folder.parent / "again.html")
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert (folder.parent / "again.html").read_text(encoding="utf-8") == text


def test_other_results_are_told_with_question_method_and_every_number(tmp_path):
    folder = answer().save(tmp_path / "out")
    report(folder, out=tmp_path / "r.html").save_file(tmp_path / "r.html")
    page = Page((tmp_path / "r.html").read_text(encoding="utf-8"))
    assert question_of("dose") in page.text["answer"]
    assert "Two doses were tried." in page.text["answer"]
    assert page.numbers["tables"] == [v for row in TABLE.drop(columns="name").to_numpy().tolist() for v in row]
    assert "lobule dose --output alt" in page.text["again"]


def test_a_file_and_formats_together_are_refused(tmp_path):
    folder = answer().save(tmp_path / "out")
    with pytest.raises(InputError, match="-o names the file"):
        report(folder, formats="svg", out=tmp_path / "r.html")


def test_a_command_is_typed_as_it_was():
    record = {"command": "forecast", "inputs": [{"file": "a b.csv", "sha256": "0"}, {"file": "c.yaml", "sha256": "0"}],
              "options": {"at": "1 y, 2 y", "pages": None, "plan": ["x.yaml", "y.yaml"], "per_vial": True,
                          "clinical": False, "loss": 0.3, "engine": "lobule"}}  # fmt: skip
    assert command_of(record) == (
        "lobule forecast 'a b.csv' --at '1 y, 2 y' --plan x.yaml --plan y.yaml --per-vial --loss 0.3"
    )
    assert (
        command_of({"command": "people", "options": {"set": "held-out"}}) == "lobule validate --people --set held-out"
    )
    assert command_of({"command": "group", "seed": 3, "inputs": [{"file": "m.yaml"}]}) == "lobule group m.yaml --seed 3"


def test_numbers_of_a_product_that_agree_stand_together():
    number = {"value": 0.01, "low": 0.001, "high": 0.1, "source": "pk-K075", "grade": "derived", "note": ""}
    contents = {"name": "mine", "cargo": {"mir_21": number, "mir_223": number, "hgf": number | {"grade": "assumed"}}}
    table = behind(["alt"], "mouse", "ccl4", {}, [contents]).parameters
    assert [name for name in table["parameter"] if name.startswith("mine")] == ["mine: mir_21, mir_223", "mine: hgf"]


def test_the_equations_of_an_output_stand_first_and_lead_to_what_is_in_them():
    found = equations(["alt"])["equation"].tolist()
    assert found[0].startswith("d alt/dt = ")
    assert any(line.startswith("enzyme_release = ") for line in found)


def test_parameters_of_causes_that_a_subject_has_not_are_left_out():
    names = set(behind(["alt"], "mouse", "ccl4", {}, []).parameters["parameter"])
    assert names and "hbv_killing_rate" not in names
    assert "hbv_killing_rate" in set(behind(["alt"], "human", "hbv", {}, []).parameters["parameter"])


def test_the_folder_says_which_liver_it_comes_from(tmp_path):
    folder = answer().save(tmp_path / "out")
    assert read_record(folder / "run.json")["model"] == digest()
    report(folder, out=tmp_path / "r.html").save_file(tmp_path / "r.html")
    assert f"digest of equations and parameters {digest()}" in (tmp_path / "r.html").read_text(encoding="utf-8")


def test_the_design_of_a_trial_is_read_back_as_it_was(tmp_path):
    first = read_design("examples/trials/msc_hbv.yaml")
    text = yaml_text(first.model_dump(mode="json", exclude_defaults=True))
    (tmp_path / "again.yaml").write_text(text, encoding="utf-8")
    assert read_design(tmp_path / "again.yaml") == first


def test_every_command_whose_results_are_saved_asks_something():
    saved = """run demo dose cargo compare synergy group sensitivity cohort score forecast fit trial biomarkers
        assay batch spec process comparability stability validate natural-history ablations people benchmark
        tissue-facts credibility calibrate"""
    assert set(saved.split()) <= set(commands())
    assert all(one.method for one in commands().values())
    assert all(question_of(name).endswith("?") for name in commands())


def test_an_assay_of_measured_wells_has_no_liver_in_its_report():
    from lobule.answers.whole.commands import command_of

    wells, dish = ({"command": "assay", "inputs": [{"file": name}]} for name in ("plates.csv", "assay.yaml"))
    assert not command_of(wells).liver and command_of(dish).liver
    assert "90 % intervals" in command_of(wells).method and command_of({"command": "nothing"}) is None


def test_what_commands_follow_and_rest_on_is_of_known_commands_with_a_source_or_grade():
    followed, rests = read_rows(GUIDANCE, Guidance), read_rows(RESTS, Rest)
    named = {name for one in followed for name in one.commands.split("; ")} | {one.command for one in rests}
    assert named <= commands().keys()
    assert all("(recalled)" in one.text for one in followed)  # none was read again
    assert all(bool(one.grade) == (one.kind == "assumption") for one in rests)
    of_tables = [one.command for one in commands().values() if not one.liver and one.command != "score"]
    assert {one.command for one in rests if one.kind == "assumption"} >= {*of_tables}


def test_a_report_without_the_liver_tells_assumptions_limits_guidance_and_when_it_was_made(tmp_path):
    folder = sampling(acceptable=0.01, rejectable=0.08).save(tmp_path / "out")
    report(folder, out=tmp_path / "mine.html").save_file(tmp_path / "mine.html")
    page = Page((tmp_path / "mine.html").read_text(encoding="utf-8"))
    assert "Units are drawn at random, and each is judged without error (assumed)." in page.text["assumptions"]
    assert "ISO 2859-1" in page.text["references"] and "@misc{iso_2859" in page.text["references"]
    assert "One lot alone" in page.text["limits"]
    assert read_record(folder / "run.json")["trail"][-1]["when"] in page.text["again"]


def test_a_cell_that_a_spreadsheet_would_compute_stands_in_the_page_as_it_was(tmp_path):
    frame = pd.DataFrame({"range": ["-0.2 to 0.2", "=1"]})
    folder = answer(tables={"dosing": Table(frame, "ranges")}).save(tmp_path / "out")
    assert "'-0.2" in (folder / "dosing.csv").read_text(encoding="utf-8")
    report(folder, out=tmp_path / "mine.html").save_file(tmp_path / "mine.html")
    page = (tmp_path / "mine.html").read_text(encoding="utf-8")
    assert "-0.2 to 0.2" in page and "&#39;-0.2" not in page and "'-0.2" not in page
