"""What a trial showed, on its page: the numbers of summary.json, each with its interval."""

import json

import pytest
from tests.studio.test_pages_of_work import APPLICATION
from tests.studio.walking import texts, walked

from lobule.studio.results import Results
from lobule.studio.table import Table
from lobule.studio.trial_shown import SizeCurve, show_trial, size_said, summary

SHARE = {"share": 0.25, "low": 0.1, "high": 0.5, "replicates": 40, "monte_carlo_error": 0.07}
FORMULA = {"arm": "<b>MSC</b>", "assumed": 0.75, "effect": 1.234, "power": 0.8, "evaluable_patients": 128,
           "patients_if_10_percent_lost": 143}  # fmt: skip
WHOLE = {
    "primary": "albumin at week 48",
    "operating_characteristics": {
        "power": SHARE, "type_1_error": SHARE | {"share": 0.04, "low": 0.01, "high": 0.12}, "familywise_error": SHARE,
        "stopping": [{"look": 1, "information": 0.5, "boundary": 2.963, "futility": 0.4, "share_stopped": 0.5,
                      "for_efficacy": 0.1, "for_harm": 0.0, "for_futility": 0.4},
                     {"look": 2, "information": 1.0, "boundary": 1.969, "futility": None, "share_stopped": 0.5,
                      "for_efficacy": 0.2, "for_harm": 0.0, "for_futility": 0.0}],
        "reestimation": {"planned": 100, "largest": 200, "mean": 130, "share_increased": 0.3, "share_at_largest": 0.1,
                         "p5": 100, "median": 110, "p95": 200},
    },
    "sample_size": {"power": 0.8, "patients": 1320, "low": 1028.4, "high": None, "tries": [
        {"patients": 160, **SHARE, "share": 0.4}, {"patients": 80, **SHARE}]},
    "sizes_by_formula": [FORMULA],
    "multiplicity": "Claims at one familywise level.",
    "claims": [{"claim": "H1", "endpoint": "albumin", "arm": "MSC", "adjusted_p": 0.033, "shown_share": 0.6, **SHARE},
               {"claim": "any", "endpoint": "", "arm": "", "adjusted_p": None, "shown_share": 0.7, **SHARE}],
    "estimands": [{"endpoint": "other", "primary": False, "treatment": "not this one"},
                  {"endpoint": "albumin at week 48", "primary": True, "treatment": "MSC against placebo",
                   "population": "all", "variable": "change", "intercurrent_events": "death: hypothetical",
                   "summary": "difference of means", "estimator": "least squares", "adjusted_for": "baseline",
                   "missing_values": "left out"}],
}  # fmt: skip


@pytest.fixture(autouse=True)
def jobs(tmp_path, monkeypatch):
    monkeypatch.setenv("LOBULE_TEST_JOBS", str(tmp_path / "jobs"))


def shown(folder, content):
    """{caption: rows} of the tables that a page shows of a folder, its curves, and all its texts."""
    (folder / "summary.json").write_text(json.dumps(content))
    found = {}

    async def walk(user):
        await user.open("/trial")
        with user.client:
            show_trial(Results(folder))
        here = list(user.client.elements.values())
        found["tables"] = {one._props["caption"]: one._props["rows"] for one in here if isinstance(one, Table)}
        found["curves"] = [one._props for one in here if isinstance(one, SizeCurve)]
        found["texts"] = " ".join(texts(user, ""))

    walked(walk, APPLICATION)
    return found


def test_power_sizes_looks_claims_and_the_estimand_of_the_primary_endpoint_are_shown(tmp_path):
    found = shown(tmp_path, WHOLE)
    tables = found["tables"]
    assert tables["How often, over the replicates"][0] == ["Power", "25 %", "10 % to 50 %", "40"]
    assert tables["How often, over the replicates"][1][1:3] == ["4 %", "1 % to 12 %"]
    assert tables["Power by number of patients, simulated"] == [
        ["80", "25 %", "10 % to 50 %", "40"], ["160", "40 %", "10 % to 50 %", "40"],
    ]  # fmt: skip
    assert tables["Patients of the arm and the reference together"] == [
        ["<b>MSC</b>", "75 %", "1.23", "80 %", "128", "143"]
    ]
    looks = tables["Boundaries of the score, and where trials end"]
    assert looks[0] == ["1", "50 %", "2.963", "0.400", "50 %", "10 % efficacy, 40 % futility"] and looks[1][3] == ""
    assert tables["How often each claim is shown"][0] == ["H1", "albumin", "MSC", "60 %", "10 % to 50 %", "0.033"]
    assert tables["albumin at week 48"][0] == ["Treatment", "MSC against placebo"]
    assert len(tables["albumin at week 48"]) == 8
    assert found["curves"][0]["points"] == [[80, 0.25, 0.1, 0.5], [160, 0.4, 0.1, 0.5]]
    assert "25 % with 80 patients (10 % to 50 %)" in found["curves"][0]["said"]
    assert "A power of 80% needs 1,320 patients (95 % Monte Carlo interval 1,028 to any number)." in found["texts"]
    assert "100 patients were planned and 200 are the most. 30 % of trials take more" in found["texts"]


def test_what_a_folder_does_not_tell_is_left_out(tmp_path):
    assert summary(Results(tmp_path)) == {}
    (tmp_path / "summary.json").write_text("{")
    assert summary(Results(tmp_path)) == {}
    found = shown(tmp_path, {"operating_characteristics": {"power": SHARE}})
    assert set(found["tables"]) - {"Jobs, the newest first"} == {"How often, over the replicates"}
    assert found["curves"] == []
    assert "may be too small" in size_said({"power": 0.8, "patients": None})
    assert size_said({"power": None, "patients": None}) == ""
