"""Knock-outs, clamps and scaled rates."""

import numpy as np
import pytest

import lobule as lb
from lobule.errors import InputError
from lobule.simulation.experiment import Experiment

MOUSE = lb.Animal("mouse", injury="ccl4", weeks=2)
SHORT = {"until": "14 d", "sample_every": "1 d"}


@pytest.fixture(scope="module")
def usual():
    return lb.simulate(MOUSE, **SHORT)


def test_a_knock_out_is_gone_and_is_recorded(usual):
    run = lb.simulate(MOUSE, **SHORT, without="il_10")
    assert "il_10" not in run.data
    assert run.record["settings"]["without"] == ["il_10"]
    assert float(run["tnf_alpha"].max()) > float(usual["tnf_alpha"].max())  # its brake is gone


def test_a_clamped_state_keeps_its_value_and_drives_the_rest(usual):
    run = lb.simulate(MOUSE, **SHORT, clamp={"tgf_beta": 6.0})
    assert run.record["parameters"]["tgf_beta"] == 6.0
    assert float(run["activated_stellate_fold"][-1]) > float(usual["activated_stellate_fold"][-1])


def test_a_cell_type_can_be_taken_away():
    run = lb.simulate(MOUSE, **SHORT, without="kupffer_cells")
    assert np.all(np.isfinite(run["alt"]))


def test_a_scaled_rate_is_the_same_as_a_varied_patient():
    scaled = lb.simulate(lb.Patient(etiology="hbv", years=5), until="1 d", sample_every="1 d",
                         scale={"hbv_killing_rate": 2.0})  # fmt: skip
    varied = lb.simulate(lb.Patient(etiology="hbv", years=5, varied={"hbv_killing_rate": 2.0}), until="1 d",
                         sample_every="1 d")  # fmt: skip
    assert float(scaled["alt"][-1]) == pytest.approx(float(varied["alt"][-1]))


def test_cargo_can_be_left_out():
    plan = lb.Plan("uc-msc-ev", dose="1e11 particle", start="7 d")
    runs = (lb.simulate(MOUSE, plan, **SHORT, without=names, reading="counted") for names in ((), ("tsg_6",)))
    with_, without = runs
    assert float(without["tsg_6_macrophage_effect"].max()) == 0 < float(with_["tsg_6_macrophage_effect"].max())


def test_doing_without_a_depot_means_no_injury():
    run = lb.simulate(MOUSE, **SHORT, without="ccl4_depot")
    assert float(run["alt"].max()) == pytest.approx(30)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"without": "il_1"}, 'Did you mean "il_'),
        ({"clamp": {"tnf": 1.0}}, 'Did you mean "tnf_alpha"'),
        ({"clamp": {"tnf_alpha": -1.0}}, "0 or more"),
        ({"scale": {"tnf_alpha": 2.0}}, "no parameter"),
        ({"scale": {"tnf_alpha_clearance": float("nan")}}, "0 or more"),
    ],
)
def test_wrong_experiments_are_refused_in_a_sentence(arguments, message):
    with pytest.raises(InputError, match=message):
        lb.simulate(MOUSE, **SHORT, **arguments)


def test_as_published_a_native_component_acts_by_the_whole_vesicle_alone():
    plan = lb.Plan("uc-msc-ev", dose="1e11 particle", start="7 d")
    run = lb.simulate(MOUSE, plan, **SHORT)
    assert float(run["tsg_6_per_macrophage"].max()) > 0 == float(run["tsg_6_macrophage_effect"].max())


def test_a_hypothesis_is_chosen_and_recorded():
    plan = lb.Plan("mir-125b-loaded-ev", dose="1e11 particle", start="7 d")
    usual = lb.simulate(MOUSE, plan, **SHORT)
    contrary = lb.simulate(MOUSE, plan, **SHORT, hypotheses={"mir_125b_macrophage_nf_kb_gain": 0.5})
    counted = lb.simulate(MOUSE, plan, **SHORT, hypotheses={"mirna_amplification": 1})
    assert float(contrary["tnf_alpha"][-1]) > float(usual["tnf_alpha"][-1])
    assert float(counted["mir_223_macrophage_effect"].max()) < 1e-3
    assert counted.record["settings"]["hypotheses"] == {"mirna_amplification": 1}
    budget = counted.copy_budget()
    assert not budget.loc[budget["kind"] == "mirna", "impossible_but_used"].any()


@pytest.mark.parametrize(
    ("hypotheses", "message"),
    [({"alt_clearance": 1.0}, "no hypothesis"), ({"mirna_amplification": 0.5}, "outside its range from 1")],
)
def test_only_conflicting_evidence_can_be_chosen(hypotheses, message):
    with pytest.raises(InputError, match=message):
        lb.simulate(MOUSE, **SHORT, hypotheses=hypotheses)


def test_a_component_is_known_however_it_is_written():
    assert Experiment.of(("miR-223", "TSG-6")) == Experiment.of(("mir_223", "tsg_6"))
