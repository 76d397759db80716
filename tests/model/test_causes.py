"""Every cause is a small file that fits the model."""

import pytest

from lobule import evidence, model
from lobule.model.causes import cause, causes
from lobule.model.parameters import GRADES, SPECIES
from lobule.patient import Animal
from lobule.simulation.simulate import simulate


@pytest.mark.parametrize("found", causes().values(), ids=lambda c: c.name)
def test_a_cause_fits_the_model(found):
    compiled = model.compiled("mouse")
    assert set(found.species) <= set(SPECIES)
    assert found.grade in GRADES
    assert found.source in evidence.known_ids()
    known = compiled.constants if found.kind == "switch" else compiled.states
    assert set(found.targets) <= set(known)
    events = found.events(None, [0.0], 7.0)
    assert events
    assert all(event.value >= 0 for event in events)


@pytest.mark.science
@pytest.mark.parametrize("found", [c for c in causes().values() if "mouse" in c.species], ids=lambda c: c.name)
def test_the_usual_dose_of_a_cause_costs_a_mouse_some_of_its_liver(found):
    """A cause may fit the model and yet do nothing, as where the equations ask for two things at once."""
    weeks = 2.0 if found.kind == "switch" or found.every else None
    run = simulate(Animal("mouse", injury=found.name, weeks=weeks), until="14 d", outputs=["hepatocytes"])
    cells = run["hepatocytes"].values
    assert cells.min() < 0.999 * cells[0]


def test_the_mission_s_causes_are_there():
    wanted = {"hbv", "hcv", "alcohol", "mash", "autoimmune", "ccl4", "thioacetamide", "bile_duct_ligation",
              "concanavalin_a", "lps_galactosamine", "acetaminophen", "high_fat_diet", "choline_deficiency",
              "ischaemia_reperfusion", "partial_hepatectomy"}  # fmt: skip
    assert wanted <= set(causes())


def test_a_file_with_a_wrong_field_is_named(tmp_path, monkeypatch):
    from lobule.errors import InputError
    from lobule.model.causes import read_cause

    path = tmp_path / "odd.yaml"
    path.write_text("name: odd\nkind: dose\n", encoding="utf-8")
    with pytest.raises(InputError, match=r'odd\.yaml, line 1, title: the field "title" is missing'):
        read_cause(path)
    assert cause("ccl4", "mouse").title == "carbon tetrachloride"
