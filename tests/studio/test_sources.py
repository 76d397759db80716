"""Every number of a page leads to what it is of: the same number stands there."""

import math

import pytest

from lobule.answers.evidence import explain
from lobule.model.cargo import components
from lobule.simulation.budget import OF_CELLS, WHOLE
from lobule.studio import numbers, panels, sources
from lobule.studio.ready import READY, ready
from lobule.studio.worker import simulated

PATHS = [(one.name, cell) for one in components().values() for cell in one.cells]


@pytest.mark.parametrize("path", [*PATHS, (WHOLE, "macrophage"), ("growth factors", "hepatocyte")])
def test_every_part_of_a_path_of_the_cargo_has_a_page(path):
    behind = sources.of_path(*path)
    assert all(sources.known(name) for name in behind.values() if name)
    assert behind["peak"] and behind["effect"]


@pytest.mark.parametrize("name", [one.name for one in components().values()])
def test_copies_that_are_needed_are_those_that_stand_behind_them(name):
    part = components()[name]
    found = explain(sources.of_path(name, part.cells[0])["needed"])
    assert (part.copies_needed is None) == ("mirna_half_effect" in found.values())
    if part.copies_needed is not None:
        assert found["value"] == part.copies_needed.value and found["grade"] == part.copies_needed.grade


def test_a_half_life_is_that_of_its_kind():
    values = {"mirna_decay_rate": 24 * math.log(2) / 34, "protein_decay_rate": 1.0}
    assert sources.half_life("mir_223", values) == (pytest.approx(34), "mirna_decay_rate")
    assert sources.half_life("hgf", values)[1] == "protein_decay_rate"
    assert sources.half_life(WHOLE, values) is None and OF_CELLS


@pytest.mark.parametrize("species", sorted(READY))
def test_every_curve_of_a_page_has_an_equation(species):
    groups = (*panels.of_therapy(species), *panels.of_subject(species))
    assert all(sources.known(name) for group in groups for name in group.outputs)


@pytest.mark.science
def test_tables_lead_to_what_they_hold_and_show_the_band_of_both():
    run = simulated(ready("human").scenario, panels.asked("human"), 4)
    table = numbers.labs(run, panels.of_subject("human"), lambda name: f"/evidence?row={name}")
    albumin = next(row for row in table["rows"] if row[0]["text"] == "Albumin")
    assert albumin[0]["link"].endswith("row=albumin")
    low, high = run.band["albumin_untreated"].to_numpy()[[0, -1], -1]
    assert f"({numbers.plain_number(low)} to {numbers.plain_number(high)})" in albumin[4]
    rows = numbers.budget(run, lambda name: f"/evidence?row={name}")["rows"]
    assert all(row[2]["link"] and row[6]["link"] for row in rows)
