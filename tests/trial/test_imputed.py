"""Multiple imputation in a trial: what each assumption does to the difference of two arms, and where it tips."""

import numpy as np
import pytest

from lobule.files.estimand import Intercurrent
from lobule.files.plan_of_analysis import Imputation
from lobule.trial.estimates import analyse
from lobule.trial.imputed import sensitivity


def leaving(synthetic, gain=3.0, n=200, share=0.3):
    """Albumin rises by `gain` under the drug, and a share of either arm is lost before the last visit."""
    rng = np.random.default_rng(6)
    arm = np.arange(n) % 2
    base = rng.normal(30, 3, n)
    middle = base + gain / 2 * (arm == 0) + rng.normal(0, 1.5, n)
    last = middle + gain / 2 * (arm == 0) + rng.normal(0, 1.5, n)
    last[rng.random(n) < share] = np.nan
    return synthetic(arm, np.column_stack([base, middle, last]))


def by(design, seen, how="multiple_imputation", **imputation):
    chosen = design.primary.model_copy(update={"method": how, "imputation": Imputation(number=100, **imputation)})
    return analyse(design, seen, chosen)[0]


def test_at_random_it_is_the_mixed_model(plain_design, synthetic):
    design, seen = plain_design(), leaving(synthetic)
    mixed, imputed = by(design, seen, "mmrm"), by(design, seen)
    assert imputed.estimate == pytest.approx(mixed.estimate, abs=0.06)
    assert imputed.high - imputed.low == pytest.approx(mixed.high - mixed.low, rel=0.08)
    assert imputed.n + imputed.n_reference == 200


def test_by_reference_the_difference_shrinks_towards_nothing(plain_design, synthetic):
    design, seen = plain_design(), leaving(synthetic)
    at_random, jump, copy = (
        by(design, seen, missing=m).estimate for m in ("missing_at_random", "jump_to_reference", "copy_reference")
    )
    assert 0 < jump < copy < at_random
    # Who jumps keeps his own residual but none of the 3 g/L: 70 % of the arm stays
    assert jump == pytest.approx(0.7 * at_random, rel=0.08)


def test_a_shift_moves_the_difference_by_the_share_that_is_imputed(plain_design, synthetic):
    design, seen = plain_design(), leaving(synthetic)
    gone = np.isnan(seen.measured["albumin"][seen.arm == 0, 2]).mean()
    assert by(design, seen, delta=-2.0).estimate - by(design, seen).estimate == pytest.approx(-2 * gone, rel=0.1)


def test_nothing_missing_is_the_ancova(plain_design, synthetic):
    design, seen = plain_design(), leaving(synthetic, share=0.0)
    (plain,) = analyse(design, seen, design.primary)
    imputed = by(design, seen)
    assert (imputed.estimate, imputed.p) == pytest.approx((plain.estimate, plain.p), rel=1e-9)


def test_the_same_data_give_the_same_imputations(plain_design, synthetic):
    design = plain_design()
    assert by(design, leaving(synthetic)) == by(design, leaving(synthetic))


def test_the_tipping_point_takes_the_significance_away(plain_design, synthetic):
    design, seen = plain_design(), leaving(synthetic, gain=1.2)
    table = sensitivity(design, seen).set_index("assumption")
    assert table.loc["missing_at_random", "p"] < 0.05
    tipping = table.loc["tipping_point"]
    assert tipping["delta"] < 0 and tipping["p"] == pytest.approx(0.05, abs=1e-6)
    assert tipping["low"] == 0 and tipping["imputed"] == pytest.approx(0.3, abs=0.1)


@pytest.mark.parametrize(
    ("gain", "share", "reason"),
    [(0.0, 0.3, "not significantly better"), (3.0, 0.0, "no value of the arm is missing")],
)
def test_where_nothing_can_tip_it_is_said(plain_design, synthetic, gain, share, reason):
    table = sensitivity(plain_design(), leaving(synthetic, gain, share=share)).set_index("assumption")
    assert reason in table.loc["tipping_point", "reason"]


def test_a_response_can_be_imputed_and_a_composite_event_stays_a_failure(plain_design, synthetic):
    design, seen = plain_design(), leaving(synthetic)
    own = design.endpoint("responder").model_copy(
        update={"method": "imputed_risk_difference", "imputation": Imputation(number=50)}
    )
    (imputed,), (plain,) = analyse(design, seen, own), analyse(design, seen, design.endpoint("responder"))
    assert imputed.estimate > plain.estimate > 0  # missing is no response shrinks the difference
    full = leaving(synthetic, share=0.0)
    (whole,) = analyse(design, full, own)
    (score,) = analyse(design, full, design.endpoint("responder"))
    assert whole.estimate == pytest.approx(score.estimate)
    died = leaving(synthetic)
    died.events["death"] = np.where(died.arm == 0, 50.0, np.inf)
    died.left[:] = np.minimum(died.left, died.events["death"])
    died.measured["albumin"][died.arm == 0, 2] = np.nan
    died.measured["albumin"][:8:2, 2] = [33.0, 34.0, 35.0, 30.0]  # of whom a few live
    died.events["death"][:8:2] = np.inf
    (dead,) = analyse(design, died, own)
    assert dead.estimate < -0.1


def test_values_after_a_hypothetical_event_are_imputed(plain_design, synthetic):
    design, seen = plain_design(rescue=[{"when": "ascites >= 4", "care": "diuretic"}]), leaving(synthetic, share=0.0)
    seen.rescued[:40] = 30.0
    own = design.primary.model_copy(
        update={"method": "multiple_imputation", "intercurrent": Intercurrent(rescue="hypothetical")}
    )
    (found,) = analyse(design, seen, own)
    assert found.n + found.n_reference == 200
    (policy,) = analyse(design, seen, design.primary)
    assert found.estimate != policy.estimate
