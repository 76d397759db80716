"""Chains that a surrogate proposes and the engine accepts: posteriors that are known, and runs that were stopped."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lobule.calibrate.prior import Prior
from lobule.calibrate.sampler import Chain, Effort, Target, convergence, members, sample
from lobule.errors import InputError, ResultsError
from lobule.keeping import packed, unpacked

SMALL = Effort(design=16, round=8, chains=4, warm=4, steps=8)


def flat(n):
    return Prior(tuple("abcdefg"[:n]), np.ones(n), np.zeros(n), np.full(n, -3.0), np.full(n, 3.0))


def gaussian(n, rough=0.0):
    """A normal likelihood of correlated parameters; with `rough` times a term that no smooth surrogate follows."""
    spread = np.diag(np.linspace(0.2, 0.5, n)) + 0.1
    precision, middle = np.linalg.inv(spread @ spread.T), np.linspace(-1, 0.5, n)

    def solve(places):
        return np.hstack([places, np.sign(np.sin(7 * places))])

    def log_likelihood(predicted, _):
        off = predicted[:, :n] - middle
        return -0.5 * np.einsum("ni,ij,nj->n", off, precision, off) + rough * predicted[:, n:].sum(axis=1)

    covariance = np.linalg.inv(precision + np.eye(n))
    return Target(flat(n), solve, log_likelihood), covariance @ precision @ middle, covariance


def test_a_normal_posterior_in_five_dimensions_is_found_by_chains_that_agree(tmp_path):
    target, mean, covariance = gaussian(5)
    chain = sample(target, Effort(design=128, round=32, chains=12, warm=10, steps=120), 1, tmp_path, "a test")
    draws = chain.draws
    assert draws.mean(axis=0) == pytest.approx(mean, abs=0.04)
    assert draws.std(axis=0) == pytest.approx(np.sqrt(np.diag(covariance)), rel=0.1)
    assert np.corrcoef(draws.T) == pytest.approx(covariance / np.sqrt(np.outer(*2 * [np.diag(covariance)])), abs=0.08)
    assert chain.likeliest == pytest.approx(mean, abs=0.06)
    assert chain.likeliest_log_probability >= chain.log_probability.max()
    assert all(f["r_hat"] < 1.02 and f["effective_size"] > 500 for f in convergence(chain, target.prior.names).values())


def test_a_surrogate_that_is_wrong_still_gives_the_right_posterior(tmp_path):
    target, mean, covariance = gaussian(2, rough=0.7)
    chain = sample(target, Effort(design=64, round=32, chains=16, warm=20, steps=200), 1, tmp_path, "a test")
    assert chain.surrogate_error > 0.3  # it is wrong: how much hangs on the processor's algebra
    draws = chain.draws
    true = np.random.default_rng(0).multivariate_normal(mean, covariance, 200_000)
    rough = np.sign(np.sin(7 * true))
    weights = np.exp(0.7 * rough.sum(axis=1))
    share = np.average(rough > 0, axis=0, weights=weights)
    assert (np.sin(7 * draws) > 0).mean(axis=0) == pytest.approx(share, abs=0.04)
    assert share.min() > 0.7  # of a smooth posterior it would be one half
    assert draws.mean(axis=0) == pytest.approx(np.average(true, axis=0, weights=weights), abs=0.05)
    assert draws.std(axis=0) == pytest.approx(np.sqrt(np.diag(np.cov(true.T, aweights=weights))), rel=0.1)
    assert all(f["r_hat"] < 1.05 for f in convergence(chain, target.prior.names).values())


def test_chains_that_stay_apart_have_a_large_r_hat():
    rng = np.random.default_rng(1)
    apart = rng.standard_normal((100, 4, 1)) + np.arange(4)[:, None]
    chain = Chain(apart, np.zeros((100, 4)), np.zeros((100, 4, 1)), 1.0, 0.0, apart[0, 0], 0.0)
    assert convergence(chain, ("a",))["a"]["r_hat"] > 1.2


def test_what_the_likelihood_does_not_tell_stays_as_it_was_believed(tmp_path):
    target = Target(flat(3), lambda places: places[:, :1], lambda predicted, _: -0.5 * (predicted[:, 0] / 0.1) ** 2)
    chain = sample(target, Effort(design=64, round=16, chains=12, warm=10, steps=100), 1, tmp_path, "a test")
    draws = chain.draws
    assert draws[:, 0].std() == pytest.approx(0.1, rel=0.1)
    assert draws[:, 1:].std(axis=0) == pytest.approx(0.986, rel=0.08)  # of a normal cut at three
    assert np.abs(draws).max() <= 3


def test_a_killed_run_goes_on_and_ends_with_the_same_numbers(tmp_path):
    target, *_ = gaussian(2)
    whole = sample(target, SMALL, 1, tmp_path / "whole", "a test")

    class Killed(Exception):
        pass

    def kill(done, _total):
        if done >= 40:
            raise Killed

    with pytest.raises(Killed):
        sample(target, SMALL, 1, tmp_path / "halves", "a test", kill)
    solved = []
    counting = Target(target.prior, lambda x: (solved.append(len(x)), target.solve(x))[1], target.log_likelihood)
    again = sample(counting, SMALL, 1, tmp_path / "halves", "a test")
    assert 0 < sum(solved) < SMALL.members - 39 + SMALL.chains  # nothing is solved twice
    assert np.array_equal(whole.positions, again.positions)
    assert np.array_equal(whole.log_probability, again.log_probability)


def test_more_steps_go_on_with_the_same_chains(tmp_path):
    target, *_ = gaussian(2)
    short = sample(target, SMALL, 1, tmp_path, "a test")
    long = sample(target, Effort(design=16, round=8, chains=4, warm=4, steps=16), 1, tmp_path, "a test")
    assert np.array_equal(short.positions, long.positions[:8])


def test_a_folder_holds_one_calibration(tmp_path):
    target, *_ = gaussian(2)
    sample(target, SMALL, 1, tmp_path, "a test")
    with pytest.raises(InputError, match="another seed"):
        sample(target, SMALL, 2, tmp_path, "a test")


@given(data=st.data())
@settings(max_examples=15, deadline=None)
def test_what_was_damaged_or_edited_is_never_gone_on_with(tmp_path_factory, kept_file, data):
    name = data.draw(st.sampled_from(["any byte", "places", "predicted"]))
    if name == "any byte":
        place = data.draw(st.integers(0, len(kept_file) - 1))
        changed = kept_file[:place] + bytes([kept_file[place] ^ 255]) + kept_file[place + 1 :]
    else:
        arrays = unpacked(kept_file)
        changed = packed(arrays | {name: arrays[name] + 1.0})
    folder = tmp_path_factory.mktemp("chain")
    (folder / "chain.npz").write_bytes(changed)
    try:
        again = sample(gaussian(2)[0], SMALL, 1, folder, "a test")
    except ResultsError as error:
        assert "is damaged or was edited" in str(error)
    else:  # a byte that says nothing, such as a time in the archive
        assert name == "any byte" and np.isfinite(again.log_probability).all()


@pytest.fixture(scope="module")
def kept_file(tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole")
    sample(gaussian(2)[0], SMALL, 1, folder, "a test")
    return (folder / "chain.npz").read_bytes()


def test_members_are_positions_of_the_chains_and_none_comes_twice():
    positions = np.arange(20.0).reshape(10, 2, 1)
    chain = Chain(positions, np.zeros((10, 2)), np.zeros((10, 2, 1)), 1.0, 0.0, positions[0, 0], 0.0)
    drawn = members(chain, 6, seed=1)
    assert len(np.unique(drawn)) == 6 and set(drawn.ravel()) <= set(positions.ravel())
    with pytest.raises(InputError, match="run more steps"):
        members(chain, 21, seed=1)
