"""Biomarkers: planted and absent effects."""

import numpy as np
import pandas as pd
import pytest
from tests.trial.test_trial import SMALL

from lobule.errors import InputError
from lobule.trial.biomarkers import _Data, _markers, _models, biomarkers
from lobule.trial.trial import Trial


def planted(n=1200, gain=2.0):
    """`a` is prognostic, `b` predictive, `c` and `d` nothing."""
    r = np.random.default_rng(5)
    x, treated = r.standard_normal((n, 4)), np.arange(n) % 2 == 0
    logit = 1.0 * x[:, 0] + gain * treated * x[:, 1]
    y = r.random(n) < 1 / (1 + np.exp(-logit))
    return _Data(("a", "b", "c", "d"), np.zeros(4, bool), x, y, treated, np.arange(n))


def test_prognostic_and_predictive_are_kept_apart():
    table = _markers(planted()).set_index("marker")
    assert table["prognostic"].to_dict() == {"a": True, "b": True, "c": False, "d": False}
    assert table["predictive"].to_dict() == {"a": False, "b": True, "c": False, "d": False}


@pytest.mark.science
def test_chance_looks_like_chance():
    data = planted(400)
    models, _ = _models(data, 1)
    observed, shuffled = (models[models["outcome"] == o] for o in ("observed", "shuffled"))
    assert observed["auc"].min() > 0.75
    assert shuffled["auc"].mean() == pytest.approx(0.5, abs=0.07)


@pytest.mark.science
def test_a_trial_is_searched_for_biomarkers(tmp_path):
    path = tmp_path / "d.yaml"
    path.write_text(SMALL.replace("patients: 24", "patients: 60").replace("members: 2", "members: 0"), encoding="utf-8")
    result = Trial.read(path).run(out=tmp_path / "out")
    found = biomarkers(result, patients=300)  # of fewer all are predicted to gain the same
    assert 0.4 < found.models["auc"].max() <= 1
    assert {"baseline", "early"} == set(found.markers["when"])
    assert "rank_correlation_with_true_effect" in found.uplift
    assert isinstance(found.curves["qini"], pd.DataFrame)
    again = biomarkers(Trial.open(tmp_path / "out"), patients=300)
    pd.testing.assert_frame_equal(found.models, again.models)
    with pytest.raises(InputError, match="too few"):
        biomarkers(result, patients=40)
    with pytest.raises(InputError, match="is ranked"):
        biomarkers(result, "rank")
    with pytest.raises(InputError, match="no endpoint"):
        biomarkers(result, "hair")
