"""The SBML we export is valid, its units check, and other simulators get the same numbers from it."""

import libsbml
import numpy as np
import pytest

from lobule import engine, model
from lobule.engine.events import EVERYONE, Event, infusion
from lobule.errors import InputError
from lobule.model.export import annotated_sbml, export, with_events

CARGO = {"mir_125b_copies_per_particle": 0.00825, "mir_223_copies_per_particle": 5.0, "tsg_6_copies_per_particle": 1.0}
CARGO |= {"secreted_gpx1_copies_per_particle": 2.0, "donor_mismatch": 1.0}
DOSES = [  # (day, state, amount): four injuries, two doses of vesicles by two routes, one of cells
    *[(day, "ccl4_depot", 0.5) for day in (0.0, 3.5, 7.0, 10.5)],
    (5.0, "ev_in_plasma", 50.0),
    (12.0, "ev_in_sinusoids", 400.0),
    (13.0, "msc_in_blood", 1e-3),
]
END = 21.0
OUTPUTS = ["collagen_proportionate_area", "alt", "albumin", "tnf_alpha", "il_10", "m2_m1_ratio"]
OUTPUTS += ["mir_223_per_macrophage"]


@pytest.mark.parametrize("species", ["mouse", "rat", "human"])
def test_sbml_passes_the_consistency_check_units_included(species):
    document = libsbml.readSBMLFromString(annotated_sbml(species))
    document.setConsistencyChecks(libsbml.LIBSBML_CAT_UNITS_CONSISTENCY, True)
    document.checkConsistency()
    messages = [document.getError(i).getMessage() for i in range(document.getNumErrors())]
    assert messages == []


def test_a_wrong_unit_would_be_found():
    """The check above can fail: a factor of a thousand in one unit is reported."""
    document = libsbml.readSBMLFromString(model.sbml("mouse"))
    document.getModel().getParameter("enzyme_distribution_share").setUnits("gram")
    assert document.checkConsistency() > 0


def ours(**kwargs):
    events = engine.EventTable(Event(EVERYONE, day, target, "add", amount) for day, target, amount in DOSES)
    times = np.linspace(0, END, 85)
    solution = model.compiled("mouse").solve(CARGO, None, events, times, outputs=OUTPUTS, **kwargs)
    assert solution.complete, solution.reasons
    return times, solution.y[0]


def relative_difference(a, b):
    return np.max(np.abs(a - b) / (np.abs(b) + 1e-3 * np.abs(b).max(axis=0)))


def exported(tmp_path) -> str:
    """The exported model with cargo and doses written into the SBML, for a simulator that knows nothing of ours."""
    events = [Event(EVERYONE, day, target, "add", amount) for day, target, amount in DOSES]
    return export(tmp_path / "liver.xml", "mouse", events, CARGO).read_text(encoding="utf-8")


@pytest.mark.peer
def test_copasi_gets_the_same_trajectories(tmp_path):
    import basico

    copasi = basico.load_model_from_string(exported(tmp_path))
    times, y = ours(rtol=1e-7)
    found = basico.run_time_course(
        model=copasi, values=list(times), use_sbml_id=True, r_tol=1e-10, a_tol=1e-14, method="deterministic"
    )
    basico.remove_datamodel(copasi)
    values = found[OUTPUTS].to_numpy()
    clear = ~np.isin(times, [day for day, _, _ in DOSES])  # at a dose COPASI reports after it, we before
    assert values.shape == y.shape
    assert relative_difference(values[clear], y[clear]) < 1e-5


@pytest.mark.peer
def test_roadrunner_gets_the_same_trajectories():
    _, y = ours(rtol=1e-7)
    _, reference = ours(rtol=1e-9, engine="roadrunner")
    assert relative_difference(y, reference) < 1e-5


@pytest.mark.peer
def test_roadrunner_treats_patients_as_strangers():
    """It keeps event-changed values after a reset; the second patient must not see the first one's doses."""
    compiled = model.compiled("mouse")
    events = engine.EventTable([(0, 1.0, "ccl4_depot", "add", 1.0), (0, 2.0, "tsg_6_copies_per_particle", "set", 9.0)])
    both = compiled.solve({"body_weight": [25, 25]}, None, events, [0, 5], outputs=["alt"], engine="roadrunner")
    assert both["alt"][0, 1] > 100
    assert both["alt"][1, 1] == pytest.approx(30, rel=1e-6)


@pytest.mark.peer
def test_roadrunner_reports_a_patient_that_stalls():
    growth = engine.compile("model g; x = 1; x' = k*x^2; k = 0.01; end")
    solution = growth.solve({"k": [0.01, 5]}, times=[0, 1, 2], engine="roadrunner")
    assert solution.status[0] == 0
    assert solution.status[1] != 0
    assert "patient 1" in solution.reasons[1]


def test_every_element_has_an_sbo_term_and_known_ones_an_annotation():
    document = libsbml.readSBMLFromString(annotated_sbml("human"))  # must outlive what is read from it
    sbml = document.getModel()
    for elements in (sbml.getListOfParameters(), sbml.getListOfSpecies(), sbml.getListOfReactions()):
        assert all(element.isSetSBOTerm() for element in elements)
    terms = sbml.getParameter("tnf_alpha").getCVTerm(0)
    assert terms.getResourceURI(0) == "https://identifiers.org/uniprot:P01375"


def test_antimony_export_is_the_same_model(tmp_path):
    again = engine.compile(export(tmp_path / "liver.ant", "human"))
    assert set(again.states) == set(model.compiled("human").states)
    outputs = ["albumin", "inr"]
    ours = model.compiled("human").solve({"alcohol_intake": 80}, times=[3650], outputs=outputs)
    np.testing.assert_allclose(again.solve({"alcohol_intake": 80}, times=[3650], outputs=outputs).y, ours.y, rtol=1e-6)


def test_events_of_one_moment_act_in_the_order_of_the_table():
    text = "model decay; x = 8; x' = -k*x; k = 1; end"
    rows = [(0, 1.0, "x", "set", 2), (0, 1.0, "x", "multiply", 3), (0, 1.0, "x", "add", 1), (0, 1.0, "k", "set", 0.0)]
    decay, table = engine.compile(text), engine.EventTable(rows)
    written = engine.compile(with_events(decay.sbml, table))
    for solved in (written.solve(times=[0.5, 2]), decay.solve(events=table, times=[0.5, 2])):
        np.testing.assert_allclose(solved["x"][0], [8 * np.exp(-0.5), 7], rtol=1e-5)


def test_what_cannot_be_exported_is_one_sentence(tmp_path):
    with pytest.raises(InputError, match=r"should end in one of \.xml"):
        export(tmp_path / "liver.txt", "human")
    with pytest.raises(InputError, match="only doses and switches"):
        with_events(model.sbml("mouse"), infusion("ccl4_depot", 1.0, 0.0, 1.0))
