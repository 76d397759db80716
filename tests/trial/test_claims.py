"""Claims at one familywise level: which there are, what a replicate shows, what designs may say."""

import numpy as np
import pytest
from tests.trial.test_design import DESIGN, write

from lobule.errors import InputError
from lobule.files.design_file import read_design
from lobule.files.plan_of_analysis import Multiplicity
from lobule.trial.claims import adjusted_p, claims, familywise_error, graph, shown_claims
from lobule.trial.effect import Estimate
from lobule.trial.replicates import Replicate

THREE = {"arms": [{"name": "low"}, {"name": "high"}, {"name": "placebo"}]}


def estimate(endpoint, arm, p, benefit=1.0):
    return Estimate(endpoint, "", arm, "placebo", "", 1.0, 0.5, 1.5, p, benefit, 10, 10)


def designed(plain_design, procedure, arms=None, **given):
    analysis = {"primary": "albumin", "reference": "placebo", "multiplicity": {"procedure": procedure, **given}}
    return plain_design(analysis=analysis, **(arms or {}))


def test_families_are_claimed_of_every_arm_in_order(plain_design):
    design = designed(plain_design, "serial_gatekeeping", THREE, families=[["albumin"], ["death", "responder"]])
    assert [(c.name, c.endpoint, c.arm, c.family) for c in claims(design)] == [
        ("H1", "albumin", "low", 1), ("H2", "albumin", "high", 1), ("H3", "death", "low", 2),
        ("H4", "death", "high", 2), ("H5", "responder", "low", 2), ("H6", "responder", "high", 2),
    ]  # fmt: skip


def test_what_is_worse_or_not_estimable_is_not_claimed(plain_design):
    design = designed(plain_design, "holm", families=[["albumin", "death", "responder"]])
    found = adjusted_p(design, [estimate("albumin", "drug", 0.01), estimate("death", "drug", 0.001, benefit=-3.0),
                                estimate("responder", "drug", np.nan, benefit=np.nan)])  # fmt: skip
    assert found == pytest.approx([0.03, 1.0, 1.0])


def test_a_graph_is_as_it_is_written(plain_design):
    hypotheses = [
        {"name": "a", "endpoint": "albumin", "weight": 1.0, "passes": {"b": 0.75, "c": 0.25}},
        {"name": "b", "endpoint": "death", "passes": {"c": 1.0}}, {"name": "c", "endpoint": "responder"},
    ]  # fmt: skip
    design = designed(plain_design, "graph", hypotheses=hypotheses)
    found = graph(design)
    assert found.weights.tolist() == [1, 0, 0] and found.passes[0].tolist() == [0, 0.75, 0.25]
    p = adjusted_p(design, [estimate(n, "drug", q) for n, q in
                            (("albumin", 0.02), ("death", 0.03), ("responder", 0.04))])  # fmt: skip
    assert p == pytest.approx([0.02, 0.04, 0.04])


def test_shares_of_replicates_and_the_familywise_error(plain_design):
    design = designed(plain_design, "fixed_sequence", families=[["albumin", "death"]])

    def one(kind, number, *p):
        found = tuple(estimate(name, "drug", q) for name, q in zip(("albumin", "death"), p, strict=True))
        return Replicate(kind, number, 0, 100, found, (0.0,), (0.0,), (100,))

    found = [one("trial", 1, 0.01, 0.2), one("trial", 2, 0.01, 0.02), one("trial", 3, 0.3, 0.001),
             one("trial", 4, 0.04, 0.04), one("null", 1, 0.5, 0.01), one("null", 2, 0.01, 0.5)]  # fmt: skip
    table = shown_claims(design, found).set_index("claim")
    assert table["shown_share"].to_dict() == {"H1": 0.75, "H2": 0.5, "any": 0.75, "all": 0.5}
    assert table.loc["H2", "adjusted_p"] == pytest.approx(0.2) and not table.loc["H2", "shown"]
    assert table.loc["H1", "passes"] == "1 to H2"
    assert familywise_error(design, found)["share"] == 0.5
    assert familywise_error(plain_design(), found) is None and shown_claims(plain_design(), found).empty


@pytest.mark.parametrize(
    ("plan", "message"),
    [
        ("{procedure: holm}", "every other procedure has families"),
        ("{procedure: graph, families: [[albumin]]}", "a graph has hypotheses"),
        ("{procedure: serial_gatekeeping, families: [[albumin]]}", "several families belong to gatekeeping"),
        ("{procedure: holm, families: [[albumen]]}", 'no endpoint "albumen"'),
        ("{procedure: holm, families: [[albumin, albumin]]}", "stands twice"),
        ("{procedure: hochberg, families: [[albumin]]}", "hochberg"),
        ("{procedure: graph, hypotheses: [{name: a, endpoint: albumin}]}", "add up to 0"),
        ("{procedure: graph, hypotheses: [{name: a, endpoint: albumin, weight: 1, passes: {b: 1}}]}", "others of the"),
        ("{procedure: graph, hypotheses: [{name: a, endpoint: albumin, weight: 1, arm: placebo}]}", "names an arm"),
    ],
)
def test_mistakes_are_one_sentence(tmp_path, plan, message):
    text = DESIGN.replace("reference: placebo", f"reference: placebo, multiplicity: {plan}")
    with pytest.raises(InputError, match=message) as caught:
        read_design(write(tmp_path, text))
    assert "\n" not in str(caught.value) and "line 19" in str(caught.value)


def test_interim_looks_and_claims_exclude_each_other(tmp_path):
    text = DESIGN.replace(
        "reference: placebo", "reference: placebo, multiplicity: {procedure: holm, families: [[rank]]}"
    )
    with pytest.raises(InputError, match="without interim looks"):
        read_design(write(tmp_path, text + "interim: {looks: [0.5, 1.0]}\n"))


def test_procedures_of_the_schema_are_those_there_are(plain_design):
    for procedure in Multiplicity.model_fields["procedure"].annotation.__args__:
        if procedure != "graph":
            families = [["albumin"], ["death"]] if "gate" in procedure else [["albumin", "death"]]
            design = designed(plain_design, procedure, families=families)
            assert adjusted_p(design, [estimate("albumin", "drug", 0.2), estimate("death", "drug", 0.3)]).max() <= 1
