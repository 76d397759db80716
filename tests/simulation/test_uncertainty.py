"""The band of a run: quantiles of the ensemble, of doses in protein, of patients who meet the same wish."""

import numpy as np
import pytest

import lobule as lb
from lobule.simulation import ensemble, uncertainty
from lobule.simulation.run import CLINICAL, HEADLINE

CCL4 = lb.Animal("mouse", injury="ccl4", weeks=2)
EV = lb.Plan("uc-msc-ev", "1e10 particle", start="7 d")


@pytest.fixture(scope="module")
def run():
    return lb.simulate(CCL4, EV, until="21 d", sample_every="1 d", uncertainty=24)


def test_the_band_is_the_quantiles_of_the_members(run):
    assert run.band["alt"].dims == ("quantile", "time")
    assert run.band["quantile"].values.tolist() == [0.05, 0.25, 0.5, 0.75, 0.95]
    assert set(HEADLINE) <= set(run.band.data_vars)
    assert (np.diff(run.band["il_10"].values, axis=0) >= 0).all()
    factors = ensemble.factors(24) | ensemble.disease(24)
    scales = [{name: float(f[k]) for name, f in factors.items()} for k in range(24)]
    alone = [float(lb.simulate(CCL4, EV, "21 d", sample_every="21 d", scale=scale)["il_10"][-1]) for scale in scales]
    assert run.band["il_10"].values[:, -1] == pytest.approx(np.quantile(alone, uncertainty.QUANTILES), rel=5e-3)
    assert run.record["settings"]["uncertainty"] == 24
    row = run.summary().set_index("output").loc["il_10"]
    assert row["low"] == pytest.approx(float(run.band["il_10"][0, -1]))


def test_the_band_is_the_same_again_and_replays(run, tmp_path):
    from lobule.answers.replay import run_again

    again = lb.simulate(CCL4, EV, until="21 d", sample_every="1 d", uncertainty=24)
    assert np.array_equal(run.band["alt"].values, again.band["alt"].values)
    run.save(tmp_path / "out")
    assert run_again(tmp_path / "out").same


ILL = {
    "carbon tetrachloride": (CCL4, HEADLINE),
    "thioacetamide, rats": (lb.Animal("rat", injury="taa", weeks=3), HEADLINE),
    "paracetamol": (lb.Animal("mouse", injury="apap"), HEADLINE),
    "hepatitis B": (lb.Patient("human", etiology="hbv", years=25), CLINICAL),
    "primary biliary cholangitis": (lb.Patient("human", etiology="pbc", years=12), CLINICAL),
}


@pytest.mark.parametrize("treated", [False, True])
@pytest.mark.parametrize("name", ILL)
def test_no_course_of_an_injured_liver_is_known_to_the_last_digit(name, treated):
    subject, outputs = ILL[name]
    plan = lb.Plan("uc-msc-ev", "1e11 particle/kg", start="1 d") if treated else None
    band = lb.simulate(subject, plan, until="28 d", sample_every="14 d", uncertainty=16).band
    ends = band.sel(quantile=[0.05, 0.95])
    for output in outputs:
        low, high = ends[output].values[:, -1]
        assert high - low > 1e-6 * abs(high), output
        assert high - low < 3 * abs(high), output  # and it is not as good as unknown


@pytest.mark.parametrize("subject", [lb.Animal("mouse"), lb.Animal("rat"), lb.Patient("human")])
def test_a_healthy_liver_stays_healthy_in_every_member(subject):
    run = lb.simulate(subject, until="60 d", sample_every="30 d", uncertainty=16)
    for output in ("albumin", "alt", "collagen_proportionate_area", "il_10", "tnf_alpha"):
        assert run.band[output].values == pytest.approx(float(run[output][0]), rel=1e-3), output


def test_years_of_disease_before_a_run_are_the_patients_own():
    run = lb.simulate(lb.Patient("human", etiology="hbv", years=25), until="365 d", sample_every="365 d", uncertainty=8)
    width = np.ptp(run.band["collagen_proportionate_area"].values, axis=0)
    assert width[0] < 1e-6 < width[-1]


def test_the_first_member_is_the_most_likely_one_in_a_disease_as_usual():
    assert all(factor[0] == 1 for factor in ensemble.disease().values())
    assert not set(ensemble.disease()) & set(ensemble.factors())


def test_a_dose_in_protein_widens_the_band():
    def low(dose):
        run = lb.simulate(CCL4, lb.Plan("uc-msc-ev", dose, start="7 d"), until="10 d", uncertainty=100)
        return float(run.band["il_10"][0, -1]) / float(run.band["il_10"][2, -1])

    assert low("0.02 ug") < low("1e8 particle")  # the fewest particles that a microgram may hold are far fewer


def test_what_the_user_sets_is_not_varied():
    loaded = lb.Plan("mir-125b-loaded-ev", "1e10 particle", start="7 d")  # native vesicles act as a whole
    free = lb.simulate(CCL4, loaded, until="10 d", uncertainty=16).band["il_10"]
    held = lb.simulate(CCL4, loaded, until="10 d", uncertainty=16, hypotheses={"mirna_amplification": 1}).band["il_10"]
    assert not np.allclose(free.values, held.values)


def test_those_who_meet_a_wish_are_in_the_band(tmp_path, monkeypatch):
    monkeypatch.setenv("LOBULE_CACHE", str(tmp_path))
    wished = lb.Patient("human", etiology="hbv", stage="decompensated", meld=16)
    assert len(wished.others()) >= 5
    assert lb.Patient(**wished.to_dict()) == wished
    plain = lb.Patient("human", etiology="hbv", years=wished.years, varied=wished.varied)
    wide = lb.simulate(wished, until="180 d", sample_every="30 d", uncertainty=32).band["bilirubin"]
    narrow = lb.simulate(plain, until="180 d", sample_every="30 d", uncertainty=32).band["bilirubin"]
    assert float(wide[-1, -1] - wide[0, -1]) > 2 * float(narrow[-1, -1] - narrow[0, -1])
    assert np.isfinite(wide.values).all()


def test_more_members_than_there_are_is_refused():
    with pytest.raises(lb.InputError, match="from 0 to 200"):
        lb.simulate(CCL4, EV, until="10 d", uncertainty=10_000)


def test_an_effect_has_the_band_of_members_each_over_its_own_twin(run):
    """The disease of a member moves both of its courses, and not what treatment does to them."""
    idle = lb.simulate(
        CCL4, lb.Plan("uc-msc-ev", "0 particle", start="7 d"), "21 d", sample_every="21 d", uncertainty=8
    )
    assert idle.band["alt_over_untreated"].values == pytest.approx(np.ones((5, 2)), abs=1e-12)
    assert np.isnan(idle.band["alt_unexplained_share"].values).all()
    assert np.ptp(idle.band["alt"].values[:, -1]) > 0
    assert idle.band["alt_untreated"].values == pytest.approx(idle.band["alt"].values, rel=1e-12)
    row = run.summary().set_index("output").loc["il_10"]
    assert row["untreated_low"] <= row["untreated_high"]
    assert row["ratio_low"] < row["ratio_high"]
    low, high = row["low"] / row["untreated"], row["high"] / row["untreated"]
    assert row["ratio_high"] - row["ratio_low"] < 1.05 * (high - low)
    assert 0 <= row["unexplained_share_low"] <= row["unexplained_share_high"] <= 1


@pytest.mark.parametrize("members", [1, 2, 3, 8, 32, 200])
def test_quantiles_are_those_of_numpy_to_the_bit(members):
    values = np.random.default_rng(members).lognormal(size=(members, 3, 7))
    assert np.array_equal(uncertainty._of_whole(values), np.quantile(values, uncertainty.QUANTILES, axis=0))


def test_quantiles_leave_out_members_without_a_value():
    values = np.array([[1.0, np.nan, np.nan], [2.0, np.nan, 4.0], [3.0, 5.0, 6.0]])
    found = uncertainty._quantiles(values)
    assert found[:, 0] == pytest.approx(np.quantile([1.0, 2.0, 3.0], uncertainty.QUANTILES))
    assert np.isnan(found[:, 1]).all()  # one of three
    assert found[:, 2] == pytest.approx(np.quantile([4.0, 6.0], uncertainty.QUANTILES))


def test_a_run_as_counted_and_one_without_a_product_have_no_band_of_the_share():
    counted = lb.simulate(CCL4, EV, "21 d", sample_every="21 d", uncertainty=4, reading="counted")
    assert "alt_over_untreated" in counted.band and "alt_unexplained_share" not in counted.band
    alone = lb.simulate(CCL4, None, "21 d", sample_every="21 d", uncertainty=4)
    assert not any(name.endswith(("_over_untreated", "_unexplained_share")) for name in alone.band.data_vars)
