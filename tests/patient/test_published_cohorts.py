"""Virtual cohorts beside published ones: who they are, and what becomes of them untreated."""

import pytest

import lobule as lb
from lobule.patient import cohort
from lobule.patient.outlook import outlook
from lobule.patient.published import targets

POOL = 2000  # lives drawn of each etiology: a third of the usual ones, and the same for both tests
# What is known to miss, and why (docs/patients.md). Both ways: a row that comes close leaves this table
MISSED = {
    "N134": "deaths within 90 days at MELD 15 to 19: between the US waiting list and Leipzig, nearer to the US",
    "N136": "the same at MELD 20 to 24",
}
MISSED_OF_ONE = {
    "hbv": {
        "N012": "untreated compensated cirrhosis kills too many in five years, 40 % for 16 %",
        "N010": "decompensation differs little between etiologies here",
    },
    "hcv": {"N032": "decompensation differs little between etiologies here"},
    "mash": {"N085": "decompensation differs little between etiologies here"},
}
AT_THE_EDGE = {"N045", "N137"}  # eight to twelve points off with a few dozen patients: on either side of close
FEWEST_JUDGED = 20  # patients of a class, below which a share is not judged here


@pytest.fixture(scope="module", autouse=True)
def kept(tmp_path_factory):
    """A cache of their own and a smaller pool for these tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LOBULE_CACHE", str(tmp_path_factory.mktemp("cache")))
        patch.setattr(cohort, "SMALLEST_POOL", POOL)
        yield


@pytest.mark.science
@pytest.mark.parametrize("name", ["alcohol-cirrhosis", "hbv-decompensated", "hcv-cirrhosis"])
def test_cohorts_match_the_published_table_1(name):
    """Matched variables within 0.3 standard deviations in 150 patients; ALT and AST are not matched, because
    published cohorts are mostly abstinent or treated."""
    target = targets()[name]
    drawn = lb.Cohort.sample(150, target.etiologies[0], stage=target.stage, like=name)
    table = drawn.table_1().query("matched").set_index("variable")
    assert (table["difference"].abs() <= 0.3).all()
    assert drawn.effective_size > 150


@pytest.mark.science
@pytest.mark.parametrize("etiology", ["alcohol", "hbv", "hcv", "mash", "autoimmune"])
def test_untreated_outlook_stands_beside_published_populations(etiology):
    """C3 and C4: Child-Pugh A and B, the US waiting list and five years of compensated cirrhosis are met; what misses
    is known, with its reason. Untreated people: a cohort that imitates a published one goes on with its care."""
    table = outlook(lb.Cohort.sample(400, etiology, like=None))
    table = table[table["patients"] >= FEWEST_JUDGED]
    judged = table[~table["evidence"].isin(AT_THE_EDGE)]
    assert {"N043", "N044", "N104", "N046", "N047", "N048", "N034"} <= set(judged["evidence"])
    missed = set(judged.loc[~judged["close"].astype(bool), "evidence"])
    assert missed == set(MISSED) | set(MISSED_OF_ONE.get(etiology, {}))
    waiting = judged[judged["condition"] == "waiting list / hospitalised"]
    assert waiting["model"].is_monotonic_increasing
