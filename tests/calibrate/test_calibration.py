"""What is believed before, what is told after, what is written, and what ships."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from lobule.calibrate.calibration import CONVERGED, Calibration
from lobule.calibrate.disease import disease_factors, spreads
from lobule.calibrate.likelihood import DIFFER, Datum, Likelihood
from lobule.calibrate.predictive import by_row, predictive
from lobule.calibrate.prior import Prior
from lobule.calibrate.sampler import Chain
from lobule.calibrate.told import what_was_told
from lobule.errors import InputError
from lobule.model.parameters import parameter_table
from lobule.simulation import ensemble
from lobule.studies.split import CALIBRATION, set_of

NAMES = ("alt_healthy", "ast_healthy", "albumin_healthy")
PRIOR = Prior(NAMES, np.array([0.5, 1.0, 0.2]), np.zeros(3), np.full(3, -3.0), np.full(3, 3.0))


def chain_of(positions):
    positions = np.asarray(positions, float)
    density = -0.5 * (positions**2).sum(axis=2)
    best = np.unravel_index(np.argmax(density), density.shape)
    return Chain(positions, density, np.zeros((*density.shape, 1)), 0.8, 0.1, positions[best], float(density[best]))


def test_the_free_parameters_are_parameters_with_priors_within_their_ranges():
    prior = Prior.read()
    assert set(prior.names) <= set(parameter_table())
    assert prior.log(np.full((1, len(prior.names)), 3.5))[0] == -np.inf
    for side in (prior.low, prior.high):
        for name, factor in prior.factors(side[None, :]).items():
            low, high = parameter_table()[name].range("mouse")
            assert low * 0.999 <= parameter_table()[name].values["mouse"] * factor[0] <= high * 1.001


def test_a_prior_is_of_values_whatever_stands_in_the_table_of_parameters(monkeypatch):
    before = Prior.read()
    moved = {
        name: replace(p, values={k: 1.25 * v for k, v in p.values.items()}) for name, p in parameter_table().items()
    }
    monkeypatch.setattr("lobule.calibrate.prior.parameter_table", lambda: moved)
    after = Prior.read()
    assert np.array_equal(before.low, after.low) and np.array_equal(before.high, after.high)
    factors = after.factors(np.ones((1, len(after.names))))
    for name, factor in before.factors(np.ones((1, len(before.names)))).items():
        assert factor[0] == pytest.approx(1.25 * factors[name][0])


def test_a_published_strength_may_be_next_to_nothing():
    prior = Prior.read()
    lowest = prior.factors(prior.low[None, :])
    strengths = [
        n for n in prior.names if n.startswith(("vesicle_", "educated_")) and n.endswith(("brake", "protection"))
    ]
    assert strengths
    for name in strengths:
        assert lowest[name][0] * parameter_table()[name].values["mouse"] < 0.05, name


def test_a_design_of_even_shares_has_the_spread_of_the_prior():
    shares = (np.arange(4000) + 0.5) / 4000
    places = PRIOR.at(np.stack([shares] * 3, axis=1))
    assert places.mean(axis=0) == pytest.approx(0, abs=1e-3)
    assert places.std(axis=0) == pytest.approx(0.986, abs=0.01)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("alt_helthy,30,0.5,", 'no parameter "alt_helthy"'),
        ("alt_healthy,30,0,", "must be above 0"),
        ("alt_healthy,3e9,0.5,", "within its range"),
    ],
)
def test_free_parameters_that_cannot_be_are_refused(tmp_path, row, message):
    path = tmp_path / "free.csv"
    path.write_text(f"parameter,prior_median,sd_log,note\n{row}\n", encoding="utf-8")
    with pytest.raises(InputError, match=message):
        Prior.read(path)


def test_terms_of_the_statistics_are_sampled_and_are_no_factors():
    prior = PRIOR.with_terms(DIFFER, 0.5)
    assert prior.parameters == NAMES
    assert set(prior.factors(np.zeros((1, 5)))) == set(NAMES)
    assert prior.values(np.zeros((1, 5)))[0, 3:] == pytest.approx(list(DIFFER.values()))


def test_what_was_told_is_told_in_words():
    rng = np.random.default_rng(1)
    draws = np.clip(rng.standard_normal((200, 6, 3)), -3, 3)
    draws[..., 0] = 0.3 * draws[..., 0] + 1.0  # told: more
    draws[..., 1] = 2.8 + 0.05 * np.tanh(draws[..., 1])  # at its upper end
    table = what_was_told(PRIOR, chain_of(draws)).set_index("parameter")
    assert table.loc["alt_healthy", "says"] == "told: more than believed"
    assert "upper end" in table.loc["ast_healthy", "says"]
    assert table.loc["albumin_healthy", "says"].startswith("not told")
    assert table["told"].tolist() == [True, True, False]
    assert table.loc["alt_healthy", "factor"] == pytest.approx(np.exp(0.5), rel=0.05)
    assert table.loc["alt_healthy", "value"] == pytest.approx(
        table.loc["alt_healthy", "factor"] * parameter_table()["alt_healthy"].values["mouse"]
    )
    assert table["r_hat"].max() < CONVERGED


def predicted(x, kind="size", observed=0.0, rows=200, seed=1):
    """Checks of data about one prediction."""
    members, differ = np.full((300, rows), float(x)), np.full((300, 2), 1e-6)

    def data(seen):
        return Likelihood([Datum(str(k), str(k), "alt", kind, float(v), 0.2) for k, v in enumerate(seen)])

    seen = np.full(rows, observed)
    if kind == "size":  # drawn as the likelihood has it, about what was observed
        about = np.full((1, rows), observed)
        seen = data(seen).replicated(about, differ[:1], np.random.default_rng(seed))[0]
    return data(seen), members, differ


def test_a_model_that_is_right_covers_and_one_that_is_wrong_does_not():
    right = predictive(*predicted(0.0), seed=1).iloc[0]
    assert right["covered"] == pytest.approx(0.9, abs=0.06)
    assert 0.02 < right["p_value"] < 0.98
    assert right["missed_by_all"] < 0.3 * right["rows"]
    wrong = predictive(*predicted(1.0), seed=1).iloc[0]
    assert wrong["covered"] < 0.1 and wrong["p_value"] < 0.02 and wrong["missed_by_all"] > 0.9 * wrong["rows"]


def test_directions_that_are_missed_by_every_member_are_counted():
    seen, missed = (predictive(*predicted(x, "direction", 1.0), seed=1).iloc[0] for x in (0.9, -0.9))
    assert seen["as_published"] > 0.9 and seen["missed_by_all"] == 0
    assert missed["as_published"] < 0.1 and missed["missed_by_all"] == missed["rows"]
    rows = by_row(*predicted(-0.9, "direction", 1.0), seed=1)
    assert rows["missed_by_all"].all() and (rows["high"] < 1).all()


def test_an_ensemble_is_written_whole_and_read_back(tmp_path):
    chain = chain_of(np.random.default_rng(1).standard_normal((40, 12, 3)))
    empty = pd.DataFrame({"rows_of": ["sizes"]})
    found = Calibration(chain, PRIOR, pd.DataFrame({"parameter": NAMES}), empty, empty, {"seed": 3})
    found.save(tmp_path, 30)
    back = ensemble.factors(table=tmp_path / "ensemble.csv")
    assert list(back) == list(NAMES)
    assert len(back["alt_healthy"]) == len(ensemble.disease(table=tmp_path / "disease.csv")["ccl4_half_necrosis"]) == 30
    assert back["alt_healthy"][0] == pytest.approx(np.exp(0.5 * np.median(chain.draws[:, 0])), rel=1e-5)
    assert json.loads((tmp_path / "provenance.json").read_text(encoding="utf-8"))["members"] == 30
    for name in ("identifiability", "posterior_predictive", "calibration_rows"):
        assert (tmp_path / f"{name}.csv").is_file()


def test_the_disease_of_members_differs_as_much_as_its_table_says():
    drawn = disease_factors(4000, 1)
    assert set(drawn) == set(spreads()) <= set(parameter_table())
    assert not set(drawn) & set(Prior.read().names)
    for name, spread in spreads().items():
        assert drawn[name][0] == 1
        assert np.log(drawn[name]).std() == pytest.approx(0.96 * spread, rel=0.05), name
        assert np.median(drawn[name]) == pytest.approx(1, abs=0.02), name


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
    found, about = ensemble.factors(), ensemble.provenance()
    name = next(iter(found))
    assert len(found[name]) == ensemble.size() == about["members"] >= 200
    thin = ensemble.factors(ensemble.THIN)
    assert len(thin[name]) == ensemble.THIN and thin[name][0] == found[name][0]
    assert len(next(iter(ensemble.disease().values()))) == ensemble.size()
    with pytest.raises(InputError, match="from 1 to 200"):
        ensemble.factors(100_000)
    assert {set_of(source) for source in about["calibration_sources"]} == {CALIBRATION}


@pytest.mark.science
def test_the_chains_behind_the_ensemble_that_ships_agree():
    about = ensemble.provenance()
    assert set(ensemble.factors()) == set(Prior.read().names)
    assert all(factor[0] == 1 for factor in ensemble.factors().values())  # its values are those of the table
    assert about["largest_r_hat"] < CONVERGED
    assert about["smallest_effective_size"] > 200
