"""Markers in a trial: under which antiviral since when, as criteria, endpoints, strata and tables of submission."""

import re

import numpy as np
import pandas as pd
import pytest
import yaml

from lobule.errors import InputError
from lobule.files.design import Design
from lobule.patient.history import OUTPUTS
from lobule.patient.markers import markers_of, traits
from lobule.scores.markers import MARKERS, logarithms
from lobule.trial.conduct import conduct
from lobule.trial.datasets import datasets
from lobule.trial.observed import responders, values_at
from lobule.trial.population import Population
from lobule.trial.readings import after_events, antiviral, of_everybody
from lobule.trial.runs import Courses, days_of
from lobule.trial.story import _of_markers
from lobule.trial.tabulation import tabulated
from lobule.trial.trial import Trial
from lobule.trial.twins import twins
from lobule.trial.unexplained import unexplained

N = 400
CHRONIC = {"albumin": 30.0, "inr": 1.4, "bilirubin": 40.0, "creatinine": 90.0, "sodium": 136.0, "platelets": 80.0,
           "alt": 50.0, "ast": 60.0, "alp": 90.0, "ggt": 60.0, "ammonia": 60.0, "ascites": 1.5,
           "encephalopathy_grade": 0.2, "il_6": 3.0, "collagen_proportionate_area": 20.0,
           "hepatic_venous_pressure_gradient": 16.0}  # fmt: skip
DESIGN = {
    "population": {"groups": [{"etiology": "hbv", "stage": "decompensated"}], "patients": N},
    "arms": [{"name": "cells", "plan": {"product": "uc-msc", "dose": "1e6 cell/kg"}}, {"name": "placebo"}],
    "patients": 1000, "care": ["antiviral"], "visits": ["0 d", "168 d", "336 d"], "members": 0,
    "assays": [{"name": name} for name in ("albumin", *MARKERS)],
    "endpoints": [
        {"name": "undetectable", "kind": "responder", "output": "hbv_dna", "at": "336 d", "response": "value < 20"},
        {"name": "fall of DNA", "kind": "change", "output": "hbv_dna_log10", "at": "336 d"},
        {"name": "fall of HBsAg", "kind": "change", "output": "hbsag_log10", "at": "336 d"},
        {"name": "AFP", "kind": "change", "output": "afp", "at": "336 d"},
        {"name": "varices", "kind": "responder", "output": "varices", "at": "336 d", "response": "value >= 1"},
    ],
    "analysis": {"primary": "undetectable", "reference": "placebo"},
}  # fmt: skip


def design(**changes):
    return Design.model_validate(DESIGN | changes)


def population(care="", years=np.nan, etiology="hbv"):
    """N people by hand: nobody is solved."""
    table = pd.DataFrame({
        "id": np.arange(N), "etiology": etiology, "age": 50.0, "female": 0, "years": 30.0, "care": care,
        "care_years": years, "days_since_bleeding": np.inf, "hepatic_venous_pressure_gradient": 16.0,
    })  # fmt: skip
    table = table.assign(**markers_of(etiology, 1, table, care))
    table.insert(0, "number", np.arange(N))
    return Population(table, {}, {}, traits(etiology, 1, np.arange(N)))


def courses(design_, hazard=0.0, rescued=None):
    """Nothing moves but the hazards of cancer and of bleeding."""
    days = days_of(design_)
    values = {name: np.full((N, len(days)), CHRONIC.get(name, 0.0), np.float32) for name in OUTPUTS}
    for name in ("cumulative_hcc_hazard", "cumulative_bleeding_hazard"):
        values[name] = np.tile(hazard * days / 336, (N, 1)).astype(np.float32)
    rescued = np.empty((N, len(design_.rescue))) if rescued is None else rescued
    return [Courses(days, values, rescued, {}) for _ in design_.arms]


def began(people, design_=None, arm=0, rescued=None):
    one = design_ or design()
    found = antiviral(one, people, courses(one, rescued=rescued)[arm], arm)
    return found.begin[0], found.end[0]


def test_the_antiviral_counts_from_care_before_from_day_0_from_an_arm_or_from_rescue():
    nobody, treated = population(), population("diuretic, antiviral", 2.0)
    assert began(nobody) == (0.0, np.inf) and began(treated)[0] == pytest.approx(-730.5)
    assert began(nobody, design(care=[])) == (np.inf, np.inf)
    arms = [{"name": "late", "plan": [{"care": "antiviral", "start": "84 d", "until": "168 d"}]}, {"name": "never"}]
    own = design(care=[], arms=arms, analysis={"primary": "undetectable"})
    assert began(nobody, own) == (84.0, 168.0) and began(nobody, own, arm=1) == (np.inf, np.inf)
    saved = design(care=[], rescue=[{"when": "alt > 80", "care": "antiviral"}])
    needed = np.where(np.arange(N) == 0, 168.0, np.nan)[:, None]
    assert began(nobody, saved, rescued=needed) == (168.0, np.inf)
    assert np.isinf(antiviral(saved, nobody, courses(saved, rescued=needed)[0], 0).begin[1:]).all()


def test_the_virus_follows_the_antiviral_of_an_arm_and_comes_back_after_it():
    arms = [{"name": "for a while", "plan": [{"care": "antiviral", "until": "168 d"}]}, {"name": "never"}]
    own = design(care=[], arms=arms, analysis={"primary": "undetectable"})
    for_a_while, never = (of_everybody(own, population(), c, a) for a, c in enumerate(courses(own)))
    at = [int(np.searchsorted(days_of(own), day)) for day in (0, 168, 336)]
    first, low, back = (for_a_while["hbv_dna"][:, k] for k in at)
    assert (low <= np.maximum(first / 500, 1)).all() and (back > low).all()
    assert np.median(back / first) == pytest.approx(1, rel=0.01)
    assert np.ptp(never["hbv_dna"], axis=1).max() == 0 and np.ptp(for_a_while["afp"], axis=1).max() == 0


def test_the_share_undetectable_at_week_48_is_published_and_no_product_changes_it():
    one = design()
    seen = conduct(one, population(), courses(one), 1)
    share = responders(one.endpoint("undetectable"), seen, one)
    assert 0.68 < share.mean() < 0.89  # 70 to 89 % of decompensated and compensated after a year of tenofovir (HN008)
    assert abs(share[seen.arm == 0].mean() - share[seen.arm == 1].mean()) < 0.08
    change = np.diff(values_at(one.endpoint("fall of DNA"), seen, one)[:, [0, -1]])
    assert change.mean() == pytest.approx(-4.3, abs=0.25)
    fell = np.diff(values_at(one.endpoint("fall of HBsAg"), seen, one)[:, [0, -1]])
    assert np.median(fell) == pytest.approx(-0.1, abs=0.03)
    true = unexplained(one, population(), courses(one), courses(one)).set_index(["endpoint", "arm"])
    assert (true["level"] == true["reference_level"]).all()
    effects = twins(one, population(), courses(one)).filter(regex="_effect$")
    assert not effects.to_numpy().any() and "hbv_dna_log10_day_336_effect" in effects


def test_the_same_replicate_is_the_same_and_labs_beside_markers_keep_their_values():
    one = design()
    a, b = (conduct(one, population(), courses(one), 3) for _ in range(2))
    assert all(np.array_equal(a.measured[name], b.measured[name], equal_nan=True) for name in a.measured)
    without = conduct(design(assays=[{"name": "albumin"}], endpoints=[DESIGN["endpoints"][0] | {
        "output": "albumin", "response": "change >= 2"}]), population(), courses(one), 3)  # fmt: skip
    assert np.array_equal(without.rows, a.rows) and np.array_equal(without.measured["albumin"], a.measured["albumin"])


def test_a_value_below_the_limit_of_a_designs_own_assay_is_below_it():
    own = design(assays=[{"name": "hbv_dna", "lower_limit": 29, "error": 0}])
    seen = conduct(own, population("antiviral", 5.0), courses(own), 1).measured["hbv_dna"]
    assert np.mean(seen < 29) > 0.95 and set(np.unique(seen[seen < 29])) == {14.5}


def test_cancer_raises_afp_in_half_and_a_bleeding_shows_varices():
    one = design()
    seen = conduct(one, population(), courses(one, hazard=8.0), 1)
    cancer = np.isfinite(seen.events["hcc"])
    assert cancer.mean() > 0.9
    before, after = seen.measured["afp"][:, 0], seen.measured["afp"][:, -1]
    assert np.mean(before > 20) < 0.2 and np.mean(after[cancer] > 20) == pytest.approx(0.5, abs=0.07)
    bled = seen.events["bleeding"] <= 336
    assert (seen.measured["varices"][bled, -1] >= 1).all()
    assert after_events({"albumin": np.ones((1, 1))}, np.zeros(1), {}).keys() == {"albumin"}


def test_markers_are_strata_subgroups_and_among_whom_an_endpoint_is_asked():
    one = design(randomisation={"method": "stratified", "strata": ["hbv_dna > 1e6"]})
    seen = conduct(one, population(), courses(one), 1)
    assert np.array_equal(seen.stratum == 1, seen.measured["hbv_dna"][:, 0] > 1e6) and 0.2 < seen.stratum.mean() < 0.8
    known = conduct(design(assays=[{"name": "albumin"}], endpoints=[DESIGN["endpoints"][0] | {
        "output": "albumin", "response": "change >= 2"}]), population(), courses(one), 1).baseline()  # fmt: skip
    assert set(MARKERS) <= set(known)  # true values, where they are not measured


def test_tables_of_submission_say_below_20_and_endoscopy():
    one = design(patients=60)
    people, course = population(), courses(one)
    seen = conduct(one, people, course, 1)
    sdtm = tabulated(one, people, seen, list(with_doses(course, one)), "TOY")
    lb, fa = sdtm.tables["LB"].frame, sdtm.tables["FA"].frame
    low = lb[(lb["LBTESTCD"] == "HBVVLD") & lb["LBORRES"].str.startswith("<")]
    assert len(low) and set(low["LBORRES"]) == {"<20"} and low["LBSTRESN"].isna().all()
    assert set(low["LBTEST"]) == {"HBV Viral Load"} and set(low["LBORRESU"]) == {"IU/mL"}
    assert {"HBSAG", "AFP"} <= set(lb["LBTESTCD"])
    assert set(fa["FAOBJ"]) == {"ESOPHAGEAL VARICES"} and set(fa["FATESTCD"]) == {"GRADE"}
    adlb = datasets(one, people, seen, sdtm)["ADLB"].frame
    codes = set(adlb["PARAMCD"])
    assert {"HBVVLD", "HBVDNALG", "HBSAG", "HBSAGLG", "AFP", "VARICES"} <= codes
    assert set(adlb.loc[adlb["AVALC"] == "<20", "AVAL"]) == {10.0}


def with_doses(course, one):
    """Courses of which everybody was given all doses."""
    for a, c in enumerate(course):
        parts = [None] * len(one.care) + one.parts(a)
        given = np.full((N, len(parts), 1), np.nan)
        for k, part in enumerate(parts):
            if part is not None:
                given[:, k, 0] = part.times()[0]
        yield Courses(c.days, c.values, c.rescued, {}, given_on=given)


def test_patients_keep_their_traits_in_a_folder_and_those_of_before_are_refused(tmp_path):
    people = population()
    people = Population(people.table, {"a": np.ones(N)}, {"b": np.ones(N)}, people.traits)
    people.save(tmp_path)
    opened = Population.open(tmp_path)
    assert opened.digest == people.digest
    assert all(np.array_equal(opened.traits[name], value) for name, value in people.traits.items())
    bare = Population(people.table, {}, {})
    assert bare.digest != people.digest
    with pytest.raises(InputError, match="drawn by a version that did not know hbv_dna, hbsag, afp, varices"):
        conduct(design(), bare, courses(design()), 1)


def test_people_without_hepatitis_b_have_nothing_to_detect():
    one = design()
    seen = conduct(one, population(etiology="alcohol"), courses(one), 1)
    assert (seen.measured["hbv_dna"] == 10).all() and (seen.measured["hbsag"] == 0.025).all()
    assert logarithms({"hbv_dna": seen.measured["hbv_dna"]})["hbv_dna_log10"].max() == 1.0


REFUSED = [
    ({"population": {"groups": [{"etiology": "alcohol"}]}}, r"assays\.1\.name: hbv_dna is measured in hepatitis B"),
    ({"population": {"groups": [{"etiology": "alcohol"}]}}, r"endpoints\.1\.output: hbv_dna_log10 is measured in"),
    ({"population": {"groups": [{"etiology": "mash"}], "exclude": ["hbsag > 1"]}}, r"exclude\.0: hbsag is measured in"),
    ({"population": {"groups": [{"etiology": "hbv", "share": 0.5}, {"etiology": "alcohol", "share": 0.5}],
                     "criteria": "hbv_dna > 2000"}}, r"criteria: nobody with alcohol meets hbv_dna > 2000"),
    ({"rescue": [{"when": "hbv_dna > 2000", "care": "diuretic"}]}, r"hbv_dna is read when the courses are there"),
    ({"rescue": [{"when": "age > 60", "care": "diuretic"}]}, r"age does not change in a trial"),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "said"), REFUSED)
def test_what_nobody_has_is_refused_with_its_field(changes, said, tmp_path):
    path = tmp_path / "own.yaml"
    path.write_text(yaml.safe_dump(DESIGN | changes), encoding="utf-8")
    with pytest.raises(InputError) as wrong:
        Trial.read(path)
    told = [f"{'.'.join(map(str, error.field))}: {error}" for error in wrong.value.mistakes]
    assert any(re.search(said, one) for one in told), told


def test_a_mixed_population_may_set_an_upper_limit(tmp_path):
    path = tmp_path / "own.yaml"
    both = [{"etiology": "hbv", "share": 0.5}, {"etiology": "alcohol", "share": 0.5}]
    path.write_text(yaml.safe_dump(DESIGN | {"population": {"groups": both, "criteria": "hbv_dna < 20"}}))
    assert Trial.read(path).design.inclusion() == "hbv_dna < 20"


def test_the_report_says_that_markers_are_assumed_where_they_are_measured():
    (said,) = _of_markers(design())
    assert said.startswith("HBV DNA, HBsAg, AFP, varices: read beside the model")
    albumin = [DESIGN["endpoints"][0] | {"output": "albumin", "response": "change >= 2"}]
    assert _of_markers(design(assays=[{"name": "albumin"}], endpoints=albumin)) == []
