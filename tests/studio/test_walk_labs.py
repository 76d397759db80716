"""Labs of invented people, dropped on Therapy in a real browser; page, file and command agree to the last bit."""

import os
import re
from pathlib import Path

import pytest
from tests.browser import barriers
from tests.studio.opening import WHOLE
from tests.studio.opening import with_its_run as opened
from typer.testing import CliRunner

from lobule.cli import app
from lobule.simulation.folder import open_folder
from lobule.studio.ready import ready
from lobule.studio.state import State

pytestmark = [pytest.mark.browser, pytest.mark.science]
TABLE = Path(__file__).parents[2] / "examples" / "patients.csv"
MINUTES = 300_000  # milliseconds: the virtual people with the disease are solved where none are kept
NEAREST = re.compile("The nearest virtual patient: number")


def albumin(page):
    """What the panel says in words, when its band is drawn."""
    page.get_by_text(WHOLE).wait_for()
    page.locator('[data-panel="albumin"] [aria-label*="of the ensemble"]').wait_for()
    return page.locator('[data-panel="albumin"] [role=img]').get_attribute("aria-label")


def state_of(url):
    """The state of a link."""
    query = url.partition("?")[2]
    return State.of_query("&".join(part for part in query.split("&") if not part.startswith("like=")))


def test_a_patient_of_a_table_becomes_the_subject_of_curves_dots_file_and_command(walker, studio, tmp_path):
    opened(walker, f"{studio}/?{ready('human').query()}")
    before = albumin(walker)
    walker.get_by_text("Open labs of a patient").click()
    walker.locator('input[type="file"]').last.set_input_files(TABLE)
    walker.get_by_text("3 read; choose one").wait_for()
    assert barriers(walker) == []
    walker.get_by_role("button", name="Show one like this patient").click()
    walker.get_by_text(NEAREST).first.wait_for(timeout=MINUTES)
    walker.locator('[data-panel="albumin"] [aria-label*="Measured at the last visit: 38 g/L"]').wait_for()
    told = albumin(walker)
    assert told != before and barriers(walker) == []
    link, state = walker.url, state_of(walker.url)
    assert "patients.csv" not in link and "2023" not in link and state.get("subject", "etiology") == "pbc"

    walker.reload()
    assert albumin(walker) == told and walker.get_by_text(NEAREST).count() == 1
    opened(walker, link)
    assert albumin(walker) == told
    walker.get_by_role("link", name="Subject", exact=True).click()
    walker.wait_for_url(re.compile("/subject"))
    walker.get_by_role("columnheader", name="Measured last").wait_for()
    assert walker.get_by_text("<90").count() == 1

    walker.get_by_role("button", name="Take away").click()
    with walker.expect_download() as come:
        walker.get_by_role("menuitem", name="Scenario (YAML)").click()
    (tmp_path / "page.yaml").write_bytes(come.value.path().read_bytes())
    asked = ["fit", str(TABLE), "--patient", "A", "--etiology", "pbc", "--nearest", "-o", str(tmp_path / "out")]
    done = CliRunner().invoke(app, [*asked, "--plan", str(tmp_path / "page.yaml")])
    assert done.exit_code == 0, done.output
    assert State.of_yaml((tmp_path / "out" / "scenario.yaml").read_bytes()) == state
    albumins = [_run(tmp_path, name) for name in ("page.yaml", os.path.join("out", "scenario.yaml"))]
    assert albumins[0] == albumins[1]
    with walker.expect_download() as come:
        walker.get_by_role("button", name="Take away").click()
        walker.get_by_role("menuitem", name="Data (CSV)").click()
    assert _column(come.value.path().read_text(), "albumin_g_per_L") == albumins[0]


def _run(folder, name):
    """Albumin of every day, as `lobule run` gives it of a scenario."""
    out = folder / f"run-{Path(name).parts[0]}"
    done = CliRunner().invoke(app, ["run", str(folder / name), "--members", "0", "-o", str(out)])
    assert done.exit_code == 0, done.output
    return open_folder(out)[1]["timecourse"]["albumin"].to_numpy().tolist()


def _column(text, name):
    head, *rows = [line.split(",") for line in text.splitlines()]
    return [float(row[head.index(name)]) for row in rows]
