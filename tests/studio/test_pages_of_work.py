"""Pages of long work: a form or a file becomes a job; what it says, and what is wrong, stands where one looks."""

import asyncio
from pathlib import Path

import pytest
from tests.studio.walking import field, settled, texts, walked

from lobule.studio.drop import Drop
from lobule.studio.incoming import example
from lobule.studio.table import Table

APPLICATION = Path(__file__).parent / "application_of_work.py"
EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture(autouse=True)
def jobs(tmp_path, monkeypatch):
    monkeypatch.setenv("LOBULE_TEST_JOBS", str(tmp_path / "jobs"))
    return tmp_path / "jobs"


def on(path, work):
    """Do the work on a page; what fails is told when everything has come to rest."""
    failed = []

    async def walk(user):
        try:
            await user.open(path)
            await work(user)
        except Exception as error:
            failed.append(error)

    walked(walk, APPLICATION)
    if failed:
        raise failed[0]


def press(user, text):
    """A button by its text."""
    found = [one for one in user.client.elements.values() if getattr(one, "text", "") == text and one.tag == "q-btn"]
    assert len(found) == 1 and found[0].visible, text
    user.find(text).click()


async def dropped(user, label, name, content):
    """What stands below the place where a file was dropped."""
    place = next(one for one in user.client.elements.values() if isinstance(one, Drop) and one._props["label"] == label)
    with place.client:
        await place.come(name, content)
    return place._props["said"], place._props["wrong"]


def tables(user):
    return [one._props for one in user.client.elements.values() if isinstance(one, Table)]


def test_a_trial_runs_from_its_form_and_shows_what_came_out(jobs):
    async def work(user):
        field(user, "Patients of the trial").set_value("60")
        field(user, "Search the size for a power of").set_value("0.8")
        press(user, "Run the trial")
        await settled(user, "It was asked trial design.yaml -o out --power 0.8")
        assert any(one["rows"] == [["<b>x</b>", "0.123456789"]] for one in tables(user))
        job = next(path for path in jobs.iterdir() if path.is_dir())
        assert "patients: 60" in (job / "design.yaml").read_text()
        frames = [one._props["src"] for one in user.client.elements.values() if one.tag == "iframe"]
        assert frames == [f"/jobs/{job.name}/files/report.html"]
        answer = await user.http_client.get(frames[0])
        assert answer.text == "<h1>report</h1>" and "sandbox" in answer.headers["content-security-policy"]

    on("/trial", work)


def test_a_wrong_value_of_a_design_is_told_at_its_field_and_nothing_runs(jobs):
    async def work(user):
        field(user, "Dose with its unit").set_value("3 spoons")
        assert "spoons" in field(user, "Dose with its unit").error
        press(user, "Run the trial")
        assert not jobs.exists()
        field(user, "Dose with its unit").set_value("1e6 cell/kg")
        assert not field(user, "Dose with its unit").error
        field(user, "Visits").set_value("0 d, 84 days and more")
        assert field(user, "Visits").error

    on("/trial", work)


def test_a_design_that_was_dropped_is_in_the_form_and_one_that_names_files_is_refused():
    own = (EXAMPLES / "trials" / "msc_hbv.yaml").read_bytes()

    async def work(user):
        said, wrong = await dropped(user, "or a design of your own", "mine.yaml", own)
        assert not wrong and field(user, "Title").value == "UC-MSC in decompensated hepatitis B cirrhosis"
        assert field(user, "Primary endpoint").value == "albumin at week 48"
        cohort = own.replace(b"groups: [{etiology: hbv, stage: decompensated}]", b"cohort: /etc/passwd")
        product = own.replace(b"uc-msc,", b"/etc/passwd,")
        for bad, word in ((b"[", "mine.yaml"), (product, "no file of a product"), (cohort, "a cohort file")):
            said, wrong = await dropped(user, "or a design of your own", "mine.yaml", bad)
            assert wrong and word in said.lower() and "root" not in said

    on("/trial", work)


def test_a_job_is_stopped_and_is_still_there_after_a_reload(jobs):
    async def work(user):
        field(user, "Title").set_value("a slow one")
        press(user, "Run the trial")
        await settled(user, "a slow one: begins")
        name = next(path.name for path in jobs.iterdir() if path.is_dir())
        await user.open(f"/trial?job={name}")
        await settled(user, "a slow one: begins")
        assert field(user, "Title").value == "a slow one"
        press(user, "Stop it")
        await settled(user, "a slow one: stopped")
        press(user, "Delete it")
        await settled(user, "Nothing has been computed here yet")
        assert not (jobs / name).exists()

    on("/trial", work)


def test_batches_are_judged_from_a_table_and_a_wrong_table_is_told_where_it_was_dropped(jobs):
    async def work(user):
        said, wrong = await dropped(user, "A table of batches", "my <b>batches.csv", b"a,b\n1,2\n")
        assert wrong and said.startswith("my <b>batches.csv")
        said, wrong = await dropped(user, "A table of batches", "../../evil.exe", b"")
        assert wrong and said.startswith("evil.exe: none of")
        press(user, "Judge the batches")
        assert texts(user, "drop a table of batches first") or texts(user, "Drop a table of batches first")
        press(user, "Take the example table")
        for _ in range(100):
            if any("24 batches" in str(one._props.get("said")) for one in user.client.elements.values()):
                break
            await asyncio.sleep(0.05)
        said, wrong = await dropped(user, "A specification of your own, where you have one", "s.yaml",
                                    (EXAMPLES / "quality" / "specification.yaml").read_bytes())  # fmt: skip
        assert not wrong and "6 limits" in said
        field(user, "Which patient gets them").set_value("none")
        press(user, "Judge the batches")
        await settled(user, "It was asked batch table.csv -o out --members=16")
        assert texts(user, "--spec specification.yaml --no-clinical")
        assert any(one["rows"][0][0] == "example.csv" for one in tables(user) if one["pick"])

    on("/batches", work)


def test_patients_are_forecast_and_one_of_them_is_fitted_with_the_plan_of_the_therapy_page(jobs):
    table = (EXAMPLES / "patients.csv").read_bytes()

    async def work(user):
        said, wrong = await dropped(user, "A table of patients", "labs.csv", b"hello\n")
        assert wrong and said.startswith("labs.csv")
        said, wrong = await dropped(user, "A table of patients", "labs.csv", table)
        assert not wrong and said.startswith("labs.csv: 3 patients")
        press(user, "Forecast")
        await settled(user, "It was asked forecast table.csv -o out --at=1 y, 2 y, 5 y")
        field(user, "Question").set_value("fit")
        assert field(user, "Patient").value == "A"
        field(user, "Disease, where the table does not say").set_value("pbc")
        field(user, "Which plans").set_value("page")
        press(user, "Fit this patient")
        await settled(user, "It was asked fit table.csv -o out --etiology=pbc --patient=A --days=365 --plan=plan.yaml")

    from lobule.studio.ready import ready

    on(f"/patients?{ready('human').query()}", work)


def test_a_well_holds_the_product_of_the_therapy_and_measured_plates_are_analysed(jobs):
    plates = (EXAMPLES / "quality" / "plates.csv").read_bytes()

    async def work(user):
        field(user, "Cells").set_value("stellate_cells")
        assert field(user, "What is read").value == "alpha_sma"
        press(user, "Run the assay")
        await settled(user, "It was asked assay assay.yaml")
        written = next(path for path in jobs.iterdir() if path.is_dir()) / "assay.yaml"
        assert "tgf_beta: " in written.read_text() and "product: uc-msc-ev" in written.read_text()
        said, wrong = await dropped(user, "or plates that you measured", "plates.csv", plates)
        assert not wrong and "wells of" in said
        press(user, "Analyse the plates")
        await settled(user, "It was asked assay table.csv -o out --reference=")
        field(user, "Reportable value by").set_value("curves")
        criteria = b"title: ours\nsystem: {r_squared: 0.95}\n"
        said, wrong = await dropped(user, "Criteria of the assay, where you have your own", "ours.yaml", criteria)
        assert not wrong and "ours" in said
        bad = await dropped(user, "Criteria of the assay, where you have your own", "bad.yaml", b"sistem: 1\n")
        assert bad[1] and "sistem" in bad[0]
        press(user, "Analyse the plates")
        await settled(user, "--model=curves --criteria criteria.yaml")

    on("/dish", work)


def test_a_validation_of_an_assay_is_asked_on_the_dish():
    async def work(user):
        field(user, "Question").set_value("validation")
        press(user, "Validate the assay")
        assert texts(user, "Drop potencies of samples that are known first")
        press(user, "Take the example of a validation")
        await told(user, "values of 5 levels in 8 runs")
        press(user, "Validate the assay")
        await settled(user, "It was asked assay-validation table.csv -o out --formats=html,svg,pdf")

    on("/dish", work)


async def told(user, word):
    """What stands below a place where a file was dropped comes to say a word."""
    for _ in range(400):
        if any(word in str(one._props.get("said")) for one in user.client.elements.values()):
            return
        await asyncio.sleep(0.05)
    raise AssertionError([one._props.get("said") for one in user.client.elements.values() if one._props.get("said")])


@pytest.mark.parametrize(
    ("question", "examples", "button", "asked"),
    [
        ("stability", ["Take the example of storage"], "Find the shelf life",
         "stability table.csv -o out --product=biological --formats=html,svg,pdf"),
        ("comparability", ["Take an example before", "Take an example after"], "Compare the batches",
         "comparability old.csv new.csv -o out --effect-margin=0.2 --members=16 --reading=published --formats"),
        ("spec", ["Take the example table"], "Find the limit",
         "spec table.csv -o out --attribute=potency --risk=0.05 --loss=0.3 --members=16 --reading=published --formats"),
        ("sampling", [], "Make the plan",
         "sampling -o out --acceptable=0.01 --rejectable=0.06 --producer=0.05 --consumer=0.1 --formats"),
    ],
)  # fmt: skip
def test_each_question_of_batches_runs_its_command(question, examples, button, asked):
    async def work(user):
        field(user, "Question").set_value(question)
        for one in examples:
            press(user, one)
            await told(user, " batches")
        if len(examples) == 2:
            await told(user, "after.csv: 12 batches")
        press(user, button)
        await settled(user, f"It was asked {asked}")

    on("/batches", work)


def test_a_question_without_its_file_and_a_number_outside_its_range_are_told():
    async def work(user):
        field(user, "Question").set_value("stability")
        press(user, "Find the shelf life")
        assert texts(user, "Drop a table of storage data first")
        said, wrong = await dropped(user, "A table of storage data", "s.csv", b"a,b\n1,2\n")
        assert wrong and said.startswith("s.csv")
        field(user, "Question").set_value("sampling")
        field(user, "Defects of a lot that should pass, share").set_value("2")
        assert field(user, "Defects of a lot that should pass, share").error == (
            "--acceptable must be a number above 0 and below 1, not 2."
        )
        field(user, "Units of the lot").set_value("1")
        assert "--lot must be a whole number from 2 to 100,000, not 1" in field(user, "Units of the lot").error

    on("/batches", work)


def test_a_table_is_read_again_when_somebody_says_how_its_dates_are_written():
    table = b"batch,made_on,potency_percent\nA,03.04.2026,90\nB,04.05.2026,95\n"

    async def work(user):
        said, wrong = await dropped(user, "A table of batches", "b.csv", table)
        assert not wrong and "--dates" in said
        field(user, "Dates such as 03.04.2026 are").set_value("day.month.year")
        for _ in range(400):
            if not any("--dates" in str(one._props.get("said")) for one in user.client.elements.values()):
                break
            await asyncio.sleep(0.05)
        else:
            raise AssertionError("it was not read again")
        press(user, "Judge the batches")
        await settled(user, "--dates=day.month.year")

    on("/batches", work)


def test_examples_of_pages_are_those_of_the_folder_of_examples():
    for name in ("stability.csv", "validation.csv"):
        assert example(name).content == (EXAMPLES / "quality" / name).read_bytes()


def test_the_sentence_of_a_command_that_fails_is_shown():
    async def work(user):
        field(user, "Title").set_value("broken")
        press(user, "Run the trial")
        await settled(user, "broken: failed. Line 3 of it is broken.")

    on("/trial", work)


def test_nobody_sees_the_job_of_another(jobs):
    async def work(user):
        press(user, "Run the trial")
        await settled(user, "It was asked")
        name = next(path.name for path in jobs.iterdir() if path.is_dir())
        user.http_client.cookies.clear()
        await user.open(f"/trial?job={name}")
        assert not texts(user, "It was asked") and texts(user, "Nothing has been computed here yet")

    on("/trial", work)
