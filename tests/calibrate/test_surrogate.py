"""The surrogate follows what is smooth, for every row at once."""

import numpy as np

from lobule.calibrate.surrogate import Surrogate


def curves(places):
    """Rows such as those of the engine: effects that begin and saturate, one that does nothing, one that fails."""
    saturating = 1 / (1 + np.exp(-2 * places[:, 0])) - 0.5 * places[:, 1]
    return np.stack([saturating, np.tanh(places[:, 2] + places[:, 0]), 0 * saturating], axis=1)


def test_it_predicts_where_it_was_not_told():
    rng = np.random.default_rng(1)
    places, others = rng.normal(size=(400, 4)), rng.normal(size=(200, 4))
    off = Surrogate.of(places, curves(places))(others) - curves(others)
    assert (off.std(axis=0) < 0.05 * (curves(others).std(axis=0) + 0.01)).all()


def test_members_that_failed_do_not_spoil_it():
    rng = np.random.default_rng(1)
    places = rng.normal(size=(300, 3))
    told = curves(places)
    told[::50, 0] = np.nan
    told[:, 2] = np.nan
    found = Surrogate.of(places, told)(places)
    assert np.isfinite(found).all()
    assert np.abs(found[1::50, 1] - told[1::50, 1]).max() < 0.05
