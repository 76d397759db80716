"""`lobule trial --outputs`: the names that a design takes are those that its reader takes."""

from typer.testing import CliRunner

from lobule.answers.design_names import design_names
from lobule.cli import app
from lobule.files.design import EVENTS
from lobule.labs import measurable, not_modelled, scores
from lobule.patient.criteria import KNOWN


def test_every_name_that_a_design_takes_is_listed_and_what_it_refuses_has_its_reason():
    found = design_names().data
    assert [one["name"] for one in found["outputs"]] == list(measurable())
    assert [one["name"] for one in found["scores"]] == list(scores())
    assert list(found["criteria"]) == list(KNOWN) and list(found["events"]) == list(EVENTS)
    assert set(found["not_modelled"]) == set(not_modelled()) and all(found["not_modelled"].values())


def test_the_names_are_printed_by_a_command():
    told = CliRunner().invoke(app, ["trial", "--outputs"]).output
    for name in (
        "hepatic_venous_pressure_gradient",
        "days_since_bleeding",
        "encephalopathy",
        "hbsag",
        "Hepatitis B virus DNA (in hepatitis B)",
        "varices",
        "Not in the model",
    ):
        assert name in told
