"""Pages of a forecast: any name is a text and a safe file, each page needs no other file, and what is poor is said."""

import re
import shutil
from html.parser import HTMLParser

import numpy as np
import pytest
from tests.forecast.toys import person, pool

from lobule.answers import forecast_pages
from lobule.answers.forecast import forecast
from lobule.answers.forecast_pages import how_many
from lobule.answers.page_names import RESERVED, page_names
from lobule.answers.patient_care import care_rows, unproven
from lobule.answers.patient_words import chance_in_words
from lobule.answers.report import report
from lobule.errors import InputError, ResultsError
from lobule.files.people import read_people
from lobule.files.person import Treatment
from lobule.forecast import added, table
from lobule.keeping import check_place

NASTY = "<script>alert(1)</script>"


ROWS = (
    "patient,day,albumin_g_per_L,bilirubin_umol_per_L,platelets_1e9_per_L,ascites,treatment\n"
    f"{NASTY},0,40,12,210,none,\n{NASTY},200,39,14,,none,\n"
    "con,0,38,,,,\n患者,0,37,20,180,moderate,drug <b>X</b>\nunlike,0,48,600,900,,\n"
)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The answer and the folder that it was saved in."""
    people, place = pool(), tmp_path_factory.mktemp("pages")
    (place / "labs.csv").write_text(ROWS, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(table, "pool_of", lambda *_: people)
        patch.setattr(forecast_pages, "pool_of", lambda *_: people)
        patch.setattr(table, "others", lambda *_: {})
        patch.setattr(table, "fingerprint", lambda: "toy")
        answer = forecast(place / "labs.csv", etiology="hbv", at="1 y, 2 y")
        return answer, answer.save(place / "out")


class Tags(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags = []

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))


def tags(path):
    found = Tags()
    found.feed(path.read_text(encoding="utf-8"))
    return found.tags


def test_every_patient_has_a_page_that_the_first_page_leads_to(made):
    saved = made[1]
    links = {a["href"] for tag, a in tags(saved / "index.html") if tag == "a"}
    written = {f"patients/{path.name}" for path in (saved / "patients").iterdir()}
    assert links == written and len(written) == 4 and "patients/patient-con.html" in written
    check_place(saved, "forecast")  # the folder knows its own files, so that the command may be run again
    assert "patients/*.html" in (saved / "README.txt").read_text(encoding="utf-8")


def test_a_name_is_a_text_and_pages_ask_no_other_computer(made):
    saved = made[1]
    for path in (saved / "index.html", *(saved / "patients").iterdir()):
        text = path.read_text(encoding="utf-8")
        assert "alert(1)</script>" not in text and "<b>X" not in text
        for tag, attributes in tags(path):
            assert tag not in ("img", "link", "iframe", "b") or attributes.get("class") == "poor"
            leads = [attributes.get(name) or "" for name in ("src", "href", "xlink:href")]
            assert not any(re.match(r"(?:https?:|//|javascript:)", lead) for lead in leads)
    assert sum(tag == "script" for tag, _ in tags(saved / "index.html")) == 1


def test_a_poor_fit_is_said_before_any_number(made):
    saved = made[1]
    text = (saved / "patients" / "unlike.html").read_text(encoding="utf-8")
    assert 0 < text.index("The fit is POOR") < text.index("alive without transplantation")
    assert text.index("not for diagnosing or treating") < text.index("alive without transplantation")
    good = (saved / "patients" / "patient-con.html").read_text(encoding="utf-8")
    assert "The fit is good" in good and "POOR" not in good


def test_a_page_says_what_the_tables_say(made):
    answer, saved = made
    rows = answer.tables["forecasts"].frame
    row = rows[(rows["patient"] == "unlike") & (rows["quantity"] == "survival")].iloc[0]
    text = (saved / "patients" / "unlike.html").read_text(encoding="utf-8")
    assert chance_in_words(row["mean"]) in text
    assert f'data-value="{100 * row["mean"]:.6g}"' in (saved / "index.html").read_text(encoding="utf-8")


def test_who_has_ascites_gets_no_forecast_of_a_first_decompensation(made):
    saved = made[1]
    text = (saved / "patients" / "patient-3.html").read_text(encoding="utf-8")
    assert "a first decompensation is not forecast" in text and "first decompensation by then" not in text


@pytest.mark.parametrize(("asked", "count"), [("none", 0), ("2", 2), ("all", 4)])
def test_as_many_pages_as_asked_for(made, asked, count):
    frames = {name: one.frame for name, one in made[0].tables.items()}
    people = read_people(made[1].parent / "labs.csv", None, "hbv")
    most = how_many(asked)
    found = forecast_pages.pages_of(
        people, frames["forecasts"], frames["fits"], "hbv", [365.25], most, made[0].record, []
    )
    assert next(iter(found)) == "index.html" and len(found) == 1 + count


@pytest.mark.parametrize("asked", ["some", "-1", "1.5", ""])
def test_a_number_of_pages_that_is_none_is_one_sentence(asked):
    with pytest.raises(InputError, match="all"):
        how_many(asked)


def test_names_of_files_are_safe_and_each_is_one():
    names = [
        "con",
        "CON",
        "a/b",
        "a b",
        "../../etc",
        "",
        "患者",
        "患",
        "nul",
        "x" * 300,
        "a-b-2",
        ".hidden",
        "a:b",
        "é",
    ]
    found = page_names(names)
    assert len({name.lower() for name in found}) == len(names)
    for name in found:
        assert re.fullmatch(r"[a-z0-9][a-z0-9_-]*", name) and len(name) < 80 and name not in RESERVED


def test_standard_care_is_first_and_what_is_unproven_stands_apart():
    one = person(albumin=[35.0], signs={"ascites": [2.0], "varices": [np.nan]})
    treated = (Treatment("drug X", known=False), Treatment("beta-blocker"))
    one = type(one)(one.name, one.course, signs=one.signs, treated=treated)
    rows = care_rows(one, "hbv")
    assert [row.why for row in rows] == ["standard for the cause", "standard for ascites", "the table tells of it"]
    assert all("size in the model" in row.source for row in rows)
    assert not any("drug X" in row.care for row in rows)
    assert "drug X" in unproven(one)[0]


def test_pages_are_files_of_the_folder_whose_checksums_are_looked_at(made, tmp_path):
    folder = shutil.copytree(made[1], tmp_path / "copy")
    assert report(folder).data["files"] == ["report.html"]
    (folder / "patients" / "unlike.html").write_text("The fit is good.", encoding="utf-8")
    with pytest.raises(ResultsError, match=r"unlike\.html"):
        report(folder)


def test_plans_stand_in_tables_and_on_pages_care_first_and_what_is_unproven_apart(tmp_path, monkeypatch):
    people = pool()

    def under(found, plans, grid, seed, reading):
        """In place of the engine: half the hazard under any plan."""
        one = {name: np.tile(0.01 + grid / 1000, (10, 1)) for name in added.HAZARDS.values()}
        one |= {lab: np.full((10, len(grid)), 35.0) for lab in found.residuals}
        half = {name: values * (0.5 if name in added.HAZARDS.values() else 1.0) for name, values in one.items()}
        return {added.UNTREATED: one, **dict.fromkeys(plans, half)}

    for room in (table, forecast_pages):
        monkeypatch.setattr(room, "pool_of", lambda *_: people)
    monkeypatch.setattr(table, "others", lambda *_: {})
    monkeypatch.setattr(table, "cache_folder", lambda: None)
    monkeypatch.setattr(added, "_under", under)
    (tmp_path / "labs.csv").write_text("patient,day,albumin_g_per_L,treatment\nA,0,36,\nB,0,30,tenofovir\n")
    (tmp_path / "cells.yaml").write_text(
        "subject: {species: human, etiology: hbv, years: 25}\nuntil: 1 year\n"
        "plan: [{product: uc-msc, dose: 1e6 cell/kg}]\n"
    )
    answer = forecast(
        tmp_path / "labs.csv", etiology="hbv", at="1 y", care=["propranolol"], plan=[tmp_path / "cells.yaml"]
    )
    rows, gains = answer.tables["forecasts"].frame, answer.tables["plans"].frame
    assert list(rows)[:6] == ["patient", "at_d", "quantity", "median", "low_5", "high_95"]
    assert gains.groupby("patient", sort=False)["plan"].agg(list).to_dict() == {
        "A": ["beta-blocker", "antiviral", "cells"],
        "B": ["beta-blocker", "cells"],
    }
    assert (gains["gain"] > 0).all()
    saved = answer.save(tmp_path / "out")
    page, index = (saved / "patients" / "a.html").read_text(), (saved / "index.html").read_text()
    apart = page.index("Unproven, apart")
    assert page.index("added to what this patient has") < apart < page.index("under study: nothing of that kind")
    assert "cells" in page[apart:] and ">cells<" not in page[:apart]
    assert index.index("beta-blocker") < index.index("under study: nothing of that kind")
