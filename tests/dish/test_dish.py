"""The dish: at rest it rests, other simulators agree, doses mean what they say, mistakes are told in a sentence."""

import re

import libsbml
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lobule import evidence
from lobule.dish import READOUTS, Dish, Well, assemble, read_wells, tables
from lobule.dish.plate import CELLS
from lobule.engine import EventTable
from lobule.engine.events import EVERYONE, Event
from lobule.errors import InputError
from lobule.model.assemble import fragment_text
from lobule.model.export import annotated
from lobule.model.parameters import GRADES, parameter_table

ALL = {"macrophages": "1e6 cell", "stellate_cells": "2e5 cell", "hepatocytes": "5e5 cell", "t_cells": "1e6 cell"}
LPS = Dish({"macrophages": "1e6 cell"}, {"lps": "100 ng/mL"})
EV = "uc-msc-ev"


def test_rest_is_rest_with_all_cells_in_every_species():
    for species in ("mouse", "rat", "human"):
        plate = Dish(ALL, species=species, duration="7 d")
        start, end = read_wells(plate, [Well(stimulated=False)], plate.readouts(), times=[0, 7])[0, 0]
        assert np.allclose(start, end, rtol=1e-5, atol=1e-9), species


def test_sbml_is_consistent_units_included():
    document = libsbml.readSBMLFromString(annotated(assemble.sbml(), whole=False))
    document.setConsistencyChecks(libsbml.LIBSBML_CAT_UNITS_CONSISTENCY, True)
    document.checkConsistency()
    assert [document.getError(i).getMessage() for i in range(document.getNumErrors())] == []


@pytest.mark.peer
def test_roadrunner_gets_the_same_dish():
    values = assemble.values("mouse") | {"mir_223_copies_per_particle": 0.01, "tsg_6_copies_per_particle": 1.0}
    rows = [Event(EVERYONE, 0, "endotoxin", "add", 4000.0), Event(EVERYONE, 0.1, "ev_in_sinusoids", "add", 1.0)]
    times = np.linspace(0, 2, 41)
    outputs = ["tnf_alpha", "il_10", "restorative_share", "nlrp3_protein", "activated_stellate_fold"]
    found = [
        assemble.compiled().solve(values, None, EventTable(rows), times, rtol=1e-8, outputs=outputs, engine=engine).y[0]
        for engine in ("lobule", "roadrunner")
    ]
    assert np.allclose(*found, rtol=1e-4)


def test_shared_equations_are_the_livers_own_text():
    text = assemble.antimony_text()
    for name in assemble.SHARED:
        own = fragment_text(name).splitlines()
        assert [line for line in own if line not in text and "balance(" not in line] == []  # derived from the laws here


@pytest.mark.parametrize("row", [*tables.constants().values(), *tables.stimuli().values()], ids=lambda r: r.id)
def test_numbers_of_the_dish_have_a_grade_and_a_range(row):
    value = row.value if isinstance(row, tables.Constant) else row.per_unit
    assert row.grade in GRADES and row.low <= value <= row.high and row.note
    for source in row.source.split():
        assert source in evidence.known_ids()
    if row.grade == "derived":
        assert any(evidence.fact(s).get("seen") == "seen" for s in row.source.split())
    if row.grade != "assumed":
        assert row.source


def test_every_constant_of_the_dish_is_used():
    text = re.sub(
        r"//.*",
        "",
        "\n".join([(tables.FOLDER / "well.ant").read_text(encoding="utf-8"), *map(fragment_text, assemble.SHARED)]),
    )
    assert [name for name in tables.constants() if not re.search(rf"\b{name}\b", text)] == []
    assert set(tables.constants()) - set(parameter_table()) <= set(assemble.compiled().constants)


@pytest.mark.science
@given(
    cells=st.sets(st.sampled_from(sorted(ALL)), min_size=1),
    dose=st.floats(4, 12),
    stimulus=st.sampled_from(sorted(tables.stimuli())),
)
@settings(max_examples=25, deadline=None)
def test_any_dish_is_finite_and_never_negative(cells, dose, stimulus):
    unit = tables.stimulus(stimulus).unit
    plate = Dish({name: ALL[name] for name in cells}, {stimulus: f"10 {unit}"})
    values = read_wells(
        plate, [Well(stimulated=False), Well(), Well(EV, f"{10**dose:g} particle/mL")], plate.readouts()
    )
    assert np.isfinite(values).all() and (values > -0.02).all()  # below 0: hepatocytes that divided


def test_doses_in_other_units_are_the_same_particles():
    product = Well(EV, "1e9 particle/mL").product
    assert Well(EV, "1 ug/mL").particles(1) == product.particles_per_ug.value
    assert Well(EV, "1e6 cell/mL").particles(2) == 2e6 * product.particles_per_cell.value
    assert Well("uc-msc-medium", "50 %").particles(1) == pytest.approx(0.5 * 1e5 * 2500)


def test_an_antagomir_takes_its_part_and_empty_vesicles_do_nothing():
    dose = "1e9 particle/mL"
    wells = [Well(), Well(EV, dose), Well(EV, dose, without=("mir_223",)), Well("empty-vesicles", dose)]
    none, native, blocked, empty = read_wells(LPS, wells, ["nlrp3"])[:, 0, 0, 0]
    assert native < blocked < none
    assert empty == pytest.approx(none, rel=1e-6)


def test_latent_potency_is_a_factor_on_the_cargo():
    dose, readout = "1e8 particle/mL", ["tnf_alpha"]  # so few that uptake is not saturated
    half, less = read_wells(LPS, [Well(EV, dose, potency=0.5), Well(EV, "5e7 particle/mL")], readout)[:, 0, 0, 0]
    assert half == pytest.approx(less, rel=0.05)  # half of each component does nearly what all of it does


def test_members_of_the_ensemble_spread_the_answer():
    values = read_wells(LPS, [Well(), Well(EV, "1e9 particle/mL")], ["tnf_alpha"], members=8)
    assert values.shape == (2, 8, 1, 1)
    assert np.ptp(values[1]) > 0 and np.ptp(values[0]) == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize(
    "make, words",
    [
        (lambda: Dish({}), "needs cells"),
        (lambda: Dish({"macrophage": "1e6 cell"}), 'Did you mean "macrophages"'),
        (lambda: Dish({"macrophages": "1e6"}), "has no unit"),
        (lambda: Dish({"macrophages": "1e15 cell"}), "outside"),
        (lambda: Dish(ALL, {"lipopolysaccharide": "1 ng/mL"}), "no stimulus"),
        (lambda: Dish(ALL, {"lps": "1 mM"}), "does not fit"),
        (lambda: Dish(ALL, duration="0 h"), "above 0"),
        (lambda: Dish(ALL, product_at="2 d"), "not before the reading"),
        (lambda: Dish(ALL, species="cat"), "no species"),
        (lambda: Dish(ALL, medium="10 L"), "outside"),
        (lambda: Well("uc-msc", "1e6 cell/mL"), "vesicles or conditioned medium"),
        (lambda: Well(EV), "neither"),
        (lambda: Well(EV, "5 %"), "does not fit"),
        (lambda: Well("uc-msc-medium", "150 %"), "more than the whole"),
        (lambda: Well(EV, "1e9 particle/mL", without=("mir_9999",)), "no component"),
        (lambda: read_wells(LPS, [Well()], ["alpha_sma"]), "not read from these cells"),
        (lambda: read_wells(LPS, [Well()], ["tnf"]), "unknown"),
    ],
)
def test_mistakes_are_told(make, words):
    with pytest.raises(InputError, match=re.escape(words)):
        make()


def test_every_readout_is_an_output():
    assert {r.output for r in READOUTS.values()} <= set(assemble.compiled().variables)


def test_every_readout_is_of_cells_that_a_dish_can_hold():
    for name, readout in READOUTS.items():
        assert readout.cells and set(readout.cells) <= set(CELLS), name
        assert name in Dish({readout.cells[0]: "1e6 cell"}).readouts()


def test_states_and_constants_of_each_cell_type_are_the_dishs_own():
    for kind in CELLS.values():
        assert set(kind.states) <= set(assemble.compiled().states)
        assert {kind.seeded, *kind.without} - {""} <= set(assemble.compiled().constants)


def test_older_notebooks_find_the_dish_where_it_was():
    from lobule.quality import dish as older

    assert (older.Dish, older.Well, older.read_wells) == (Dish, Well, read_wells)
