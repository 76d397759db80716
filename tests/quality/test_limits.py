"""Release limits: risks by hand, monotone curves, refusals, the command."""

import math
from dataclasses import replace

import numpy as np
import pytest

from lobule.answers.record import record_of
from lobule.answers.spec import of_limit
from lobule.errors import InputError
from lobule.quality.delivery import ASSAY_CV, deliver, spread
from lobule.quality.limits import release_limit
from lobule.quality.upper_limit import upper_limit


def test_risks_are_those_that_a_simulated_assay_shows(found):
    limit = release_limit(found)
    batched = deliver(found.batches, found.use, 8)
    panel = np.where(np.isfinite(batched.panel_potency), batched.panel_potency, 1)
    truth = 100 * batched.latent * panel[:, None]
    lost = found.effects.share < 1 - found.loss
    rng = np.random.default_rng(1)
    read = truth[..., None] * np.exp(spread(ASSAY_CV) * rng.standard_normal((*truth.shape, 400)))
    let = read >= limit.limit
    at = limit.curve.iloc[int(np.argmin(abs(limit.curve["limit"] - limit.limit)))]
    assert (let & lost[..., None]).sum() / let.sum() == pytest.approx(at["patients_risk"], abs=0.01)
    assert (~let & ~lost[..., None]).sum() / (400 * (~lost).sum()) == pytest.approx(at["sponsors_risk"], abs=0.01)
    assert at["patients_risk"] <= 0.05


def test_curves_go_the_right_way(found):
    curve = release_limit(found).curve
    assert (curve["passing"].diff().dropna() <= 1e-12).all() and (
        curve["sponsors_risk"].diff().dropna() >= -1e-12
    ).all()
    assert curve["patients_risk"].iloc[0] == pytest.approx((found.effects.share < 0.7).mean())
    strict, loose = release_limit(found, risk=0.02), release_limit(found, risk=0.1)
    assert math.isnan(strict.limit) or strict.limit > loose.limit


def test_ranking_shares_add_up_and_the_latent_potency_leads(found):
    ranking = release_limit(found).ranking
    assert ranking["shapley"].sum() == pytest.approx(1)
    assert ranking["attribute"].iloc[0] == "latent potency"


def test_what_cannot_have_a_limit(found):
    with pytest.raises(InputError, match="no path from endotoxin"):
        release_limit(found, "endotoxin")
    with pytest.raises(InputError, match="risk must be a number above 0"):
        release_limit(found, risk=5)
    with pytest.raises(InputError, match="followed to the patient"):
        release_limit(replace(found, effects=None))
    with pytest.raises(InputError, match="fewer than three"):
        release_limit(found, "mir_455")


def test_pictures_and_tables(found, tmp_path):
    limit = release_limit(found, "mir_223")
    folder = of_limit(limit, record_of("spec")).save(tmp_path / "o")
    assert {p.name for p in folder.iterdir()} == {
        "limit.csv", "operating.csv", "critical_attributes.csv", "limits.png", "README.txt", "run.json"
    }  # fmt: skip
    assert limit.summary()["attribute"] == "mir_223"


def test_an_upper_limit_is_what_a_simulated_assay_shows(found):
    limit = release_limit(found, gain=0.3)
    batched = deliver(found.batches, found.use, 8)
    panel = np.where(np.isfinite(batched.panel_potency), batched.panel_potency, 1)
    truth = 100 * batched.latent * panel[:, None]
    rng = np.random.default_rng(2)
    read = truth[..., None] * np.exp(spread(ASSAY_CV) * rng.standard_normal((*truth.shape, 400)))
    far = (found.effects.share > 1.3)[..., None]
    reached = read >= limit.limit
    assert (reached & far).sum() / reached.sum() == pytest.approx(limit.upper.without, abs=0.01)
    at = limit.upper.curve.iloc[60]
    let = reached & (read <= at["limit"])
    assert (let & far).sum() / let.sum() == pytest.approx(at["risk"], abs=0.015)
    assert let.mean() == pytest.approx(at["passing"], abs=0.01)


def test_an_upper_limit_follows_what_is_allowed():
    rng = np.random.default_rng(3)
    truth = 100 * np.exp(0.4 * rng.standard_normal((400, 4)))
    share = truth / 100

    def of(gain, risk):
        return upper_limit(truth, share, 0.2, 0.0, gain, risk, 1)

    assert of(0.3, 0.05).limit < of(0.5, 0.05).limit < of(0.5, 0.1).limit
    assert of(0.5, 0.05).low < of(0.5, 0.05).limit < of(0.5, 0.05).high
    assert math.isinf(of(9.0, 0.05).limit) and "no upper limit of potency is needed" in of(9.0, 0.05).said(
        "potency", "%"
    )
    assert math.isnan(upper_limit(truth, share, 3.0, 0.0, 0.0, 0.001, 1).limit)
