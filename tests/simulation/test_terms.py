"""Terms of the model's equations can be asked for in a run."""

import numpy as np

import lobule as lb


def test_a_term_is_reported_to_who_asks_for_it_and_changes_nothing_else():
    mouse = lb.Animal("mouse", injury="endotoxin")
    asked = ["nf_kb_drive", "nf_kb_brake", "macrophage_nf_kb"]
    run = lb.simulate(mouse, until="1 d", sample_every="1 h", outputs=asked)
    plain = lb.simulate(mouse, until="1 d", sample_every="1 h")
    assert run["nf_kb_drive"].attrs["long_name"] == "drive on NF-kB"
    assert float(run["nf_kb_drive"].max()) > 1.5
    assert np.array_equal(run["macrophage_nf_kb"], plain["macrophage_nf_kb"])
    assert "nf_kb_drive" not in plain.data
