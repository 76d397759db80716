"""The objective, the sampler and the ensemble: what is likely, what resumes, what is shipped."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lobule import studies
from lobule.calibrate.calibration import CLASSES, MEANINGS, Calibration
from lobule.calibrate.objective import Objective
from lobule.calibrate.sampler import TABLE as FREE
from lobule.calibrate.sampler import Chain, Prior, convergence, members, sample
from lobule.errors import InputError, ResultsError
from lobule.evidence import table_path
from lobule.evidence.vocabulary import TABLE as VOCABULARY
from lobule.keeping import packed, unpacked
from lobule.model.parameters import parameter_table
from lobule.simulation import ensemble
from lobule.studies.split import CALIBRATION, HELD_OUT, set_of
from lobule.studies.tables import read_contrasts, read_studies

PRIOR = Prior(
    ("alt_healthy", "ast_healthy", "albumin_healthy"),
    np.array([0.5, 1.0, 0.2]),
    np.zeros(3),
    np.full(3, -3.0),
    np.full(3, 3.0),
)
TRUTH = np.array([0.3, -0.8, 0.1])


def likelihood(factors):
    """A Gaussian in the logarithms, whose posterior is known."""
    logs = np.log([factors[name] for name in PRIOR.names])
    return -0.5 * (((logs.T - TRUTH) / 0.3) ** 2).sum(axis=1)


def run(folder, steps, seed=1, **kwargs):
    return sample(likelihood, PRIOR, steps, seed, folder, "a test", **kwargs)


def test_the_sampler_finds_a_posterior_that_is_known(tmp_path):
    chain = run(tmp_path, 1500)
    logs = chain.positions[500:].reshape(-1, 3) * PRIOR.spread
    weight = PRIOR.spread**2 / (PRIOR.spread**2 + 0.3**2)
    assert logs.mean(axis=0) == pytest.approx(weight * TRUTH, abs=0.04)
    assert logs.std(axis=0) == pytest.approx(0.3 * np.sqrt(weight), rel=0.15)
    found = convergence(chain, 500, PRIOR.names)
    assert all(f["r_hat"] < 1.1 and f["effective_size"] > 300 for f in found.values())
    assert all(f["autocorrelation_steps"] < 60 and f["drift"] < 0.3 for f in found.values())


def test_a_killed_run_goes_on_and_ends_with_the_same_numbers(tmp_path):
    whole = run(tmp_path / "whole", 30)

    class Killed(Exception):
        pass

    def kill(done, _best):
        if done == 11:
            raise Killed

    with pytest.raises(Killed):
        run(tmp_path / "halves", 30, progress=kill)
    done = []
    again = run(tmp_path / "halves", 30, progress=lambda n, _: done.append(n))
    assert done == list(range(12, 31))  # nothing is done twice
    assert np.array_equal(whole.positions, again.positions)
    assert np.array_equal(whole.log_probability, again.log_probability)


def test_a_folder_holds_one_chain(tmp_path):
    run(tmp_path, 4)
    with pytest.raises(InputError, match="another seed"):
        run(tmp_path, 4, seed=2)


@given(data=st.data())
@settings(max_examples=25, deadline=None)
def test_a_chain_that_was_damaged_or_edited_is_never_gone_on_with(tmp_path_factory, chain_file, data):
    name = data.draw(st.sampled_from(["any byte", "positions", "log_prob", "gauss"]))
    if name == "any byte":
        place = data.draw(st.integers(0, len(chain_file) - 1))
        changed = chain_file[:place] + bytes([chain_file[place] ^ 255]) + chain_file[place + 1 :]
    else:
        arrays = unpacked(chain_file)
        changed = packed(arrays | {name: arrays[name] + 1.0})
    folder = tmp_path_factory.mktemp("chain")
    (folder / "chain.npz").write_bytes(changed)
    try:
        again = run(folder, 4)
    except ResultsError as error:
        assert "is damaged or was edited" in str(error)
    else:  # a byte that says nothing, such as a time in the archive
        assert name == "any byte" and np.array_equal(again.positions, unpacked(chain_file)["positions"])


@pytest.fixture(scope="module")
def chain_file(tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole")
    run(folder, 4)
    return (folder / "chain.npz").read_bytes()


def test_members_come_from_after_the_burn_in():
    positions = np.arange(20.0).reshape(10, 2, 1)
    chain = Chain(positions, np.zeros((10, 2)))
    drawn = members(chain, 5, 6, seed=1)
    assert len(np.unique(drawn)) == 6
    assert drawn.min() >= 10
    with pytest.raises(InputError, match="run more steps"):
        members(chain, 5, 11, seed=1)


def test_the_free_parameters_are_parameters_with_priors():
    prior = Prior.read()
    assert set(prior.names) <= set(parameter_table())
    assert len(set(prior.names)) == len(prior.names)
    outside = np.full((1, len(prior.names)), 3.5)
    assert prior.log(outside)[0] == -np.inf
    for side in (prior.low, prior.high):
        found = prior.factors(side[None, :])
        for name, factor in found.items():
            low, high = parameter_table()[name].range("mouse")
            assert low * 0.999 <= parameter_table()[name].values["mouse"] * factor[0] <= high * 1.001


def test_an_ensemble_is_written_whole_and_read_back(tmp_path):
    import pandas as pd

    rng = np.random.default_rng(1)
    chain = Chain(rng.standard_normal((40, 12, 3)), rng.standard_normal((40, 12)))
    found = Calibration(chain, PRIOR, pd.DataFrame({"parameter": PRIOR.names}), {"seed": 3})
    found.save(tmp_path, 30)
    back = ensemble.factors(table=tmp_path / "ensemble.csv")
    assert list(back) == list(PRIOR.names)
    assert len(back["alt_healthy"]) == 30
    best = np.unravel_index(np.argmax(chain.log_probability), (40, 12))
    assert back["alt_healthy"][0] == pytest.approx(np.exp(0.5 * chain.positions[best][0]), rel=1e-5)
    assert json.loads((tmp_path / "provenance.json").read_text(encoding="utf-8"))["members"] == 30


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty"),
        ("alt_helthy\n1\n", 'no parameter "alt_helthy"'),
        ("alt_healthy\nmuch\n", "could not convert"),
        ("alt_healthy\n-1\n", "must be above 0"),
    ],
)
def test_damaged_ensembles_are_refused(tmp_path, text, message):
    path = tmp_path / "ensemble.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=message):
        ensemble.factors(table=path)


def test_the_ensemble_that_ships_is_one():
    found = ensemble.factors()
    assert len(found["mirna_amplification"]) >= 200
    assert set(found) == set(Prior.read().names)
    thin = ensemble.factors(ensemble.THIN)
    assert len(thin["mirna_amplification"]) == 32
    assert thin["education_rate"][0] == found["education_rate"][0]
    with pytest.raises(InputError, match="from 1 to 200"):
        ensemble.factors(100_000)
    about = ensemble.provenance()
    assert about["members"] == len(found["mirna_amplification"])
    assert {"walkers", "steps", "largest_r_hat", "calibration_sources", "fingerprint"} <= set(about)


@pytest.fixture(scope="module")
def small():
    """An objective of one study with sizes and one contrast."""
    studies = [o for o in read_studies(table_path("studies"))[0] if o.source_id == "li2013"]
    contrasts = [c for c in read_contrasts(table_path("contrasts"))[0] if c.contrast_id == "X012"]
    return Objective(studies, contrasts)


def test_a_dead_product_makes_the_studies_unlikely(small):
    n = 3
    usual = {"mirna_amplification": np.ones(n), "protein_decay_rate": np.array([1.0, 1.0, 100.0]),
             "phosphatidylserine_half_effect": np.array([1.0, 1.0, 1e6]),
             "ev_liver_rate": np.array([1.0, 1.0, 1e-6])}  # fmt: skip
    found = small(usual)
    assert found[0] == found[1]  # the company of a member does not matter
    assert found[2] < found[0] - 0.3
    assert small(usual)[0] == found[0]  # nor does the time of day


def test_a_class_range_is_likely_in_its_middle():
    classes = [o for o in read_studies(CLASSES)[0] if o.row_id in ("R01", "R03")]
    only = Objective([], [], classes)
    strengths = np.array([1.0, 1e4])
    found = only({"vesicles_for_half_effect": strengths, "hepatocyte_vesicles_for_half_effect": strengths})
    assert found[0] > found[1] + 1  # without effect the class ranges are unlikely


def test_held_out_rows_never_reach_the_objective():
    observations, contrasts = (
        read(table_path(name))[0] for read, name in ((read_studies, "studies"), (read_contrasts, "contrasts"))
    )
    objective = Objective(observations, contrasts)
    used = {r.observation.source_id for r in objective.rows} | {p.contrast.source_id for p in objective.pairs}
    assert used
    assert {set_of(source) for source in used} == {CALIBRATION}
    only_held_out = Objective(
        [o for o in observations if set_of(o.source_id) == HELD_OUT],
        [c for c in contrasts if set_of(c.source_id) == HELD_OUT],
    )
    assert (only_held_out.rows, only_held_out.pairs) == ([], [])


def test_every_table_that_says_what_words_of_an_arm_mean_is_part_of_the_fingerprint():
    folder = Path(studies.__file__).parent
    tables = {path for path in folder.glob("*.csv") if not path.name.startswith("in_vitro")}
    assert tables | {VOCABULARY, FREE} == set(MEANINGS)
