"""What matters for an untreated subject, and for the effect of a treatment."""

import numpy as np
import pytest

import lobule as lb
from lobule.errors import InputError
from lobule.explore import global_sensitivity

MOUSE = lb.Animal("mouse", injury="ccl4", weeks=2)
EV = lb.Plan("uc-msc-ev", "1e10 particle", start="1 d")
OUTPUTS = ("tnf_alpha", "albumin")


@pytest.fixture(scope="module")
def of_effect():
    return global_sensitivity(MOUSE, 4.0, OUTPUTS, trajectories=2, plan=EV)


def test_an_effect_depends_on_the_therapy_and_an_untreated_subject_does_not(of_effect):
    untreated = global_sensitivity(MOUSE, 4.0, OUTPUTS, trajectories=2)
    mine, none = (found.table.set_index("parameter")["influence"] for found in (of_effect, untreated))
    assert none["vesicles_for_half_effect"] == 0
    assert mine["vesicles_for_half_effect"] > 0
    assert list(mine) == sorted(mine, reverse=True)
    assert untreated.effects == {}


def test_only_outputs_that_the_plan_changes_are_ranked(of_effect):
    run = lb.simulate(MOUSE, EV, until="4 d", sample_every="4 d")
    ratio = float(run["tnf_alpha"][-1] / run.control["tnf_alpha"][-1])
    assert of_effect.effects["tnf_alpha"] == pytest.approx(ratio, rel=1e-3)
    assert of_effect.outputs == tuple(of_effect.effects)
    assert "albumin" not in of_effect.table
    assert np.isfinite(of_effect.table["influence"]).all()
    assert len(of_effect.plot().axes) == 1


@pytest.mark.parametrize("plan", [lb.Plan("uc-msc-ev", "0 particle"), lb.Plan("empty-vesicles", "1e10 particle")])
def test_a_plan_without_effect_has_nothing_to_rank(plan):
    with pytest.raises(InputError, match="no effect to rank"):
        global_sensitivity(MOUSE, 4.0, OUTPUTS, trajectories=2, plan=plan)
