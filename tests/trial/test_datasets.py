"""Tables of SDTM and ADaM of a replicate: dates, doses, intercurrent events; R finds the same estimates."""

from dataclasses import replace
from datetime import datetime

import numpy as np
import pytest
from tests.trial.toys import PLAN, toy_design, toy_trial

from lobule.trial.datasets import datasets
from lobule.trial.estimates import analyse
from lobule.trial.submission import write_submission
from lobule.trial.tabulation import tabulated
from lobule.trial.times import time_codes


def made(n=30, seed=1, **changes):
    design = toy_design(**changes)
    population, seen, courses = toy_trial(design, n, seed)
    sdtm = tabulated(design, population, seen, courses, "TOY")
    adam = datasets(design, population, seen, sdtm)
    return design, seen, sdtm, {name: one.frame for name, one in (sdtm.tables | adam).items()}


def test_the_calendar_begins_on_the_day_of_the_design():
    _, seen, _, tables = made(submission={"start": "2027-03-01", "country": "CHN"})
    assert (tables["ADSL"]["RANDDT"] - np.datetime64("2027-03-01")).dt.days.tolist() == np.floor(seen.enrolled).tolist()
    assert set(tables["DM"]["COUNTRY"]) == {"CHN"} == set(tables["ADSL"]["COUNTRY"])


def test_a_double_blind_placebo_is_given_on_the_days_of_the_product():
    _, seen, _, tables = made()
    ex = tables["EX"]
    placebo = ex[ex["EXTRT"] == "PLACEBO"]
    assert set(placebo["EXDOSE"]) == {0.0} and set(ex[ex["EXTRT"] == "UC-MSC"]["EXDOSE"]) == {1e6}
    assert set(ex["EXSTDY"]) == {1.0, 29.0, 57.0}
    for k, who in enumerate(tables["DM"]["USUBJID"]):
        assert (ex["USUBJID"] == who).sum() == sum(day <= seen.left[k] for day in (0, 28, 56))


def test_an_open_arm_without_a_product_has_standard_care_until_it_is_left():
    _, _, _, tables = made(blinding={"kind": "open"})
    ex, dm = tables["EX"], tables["DM"].set_index("USUBJID")
    care = ex[ex["EXTRT"] == "STANDARD CARE"]
    assert care["EXDOSE"].isna().all() and set(care["EXSTDY"]) == {1.0}
    assert care["EXENDTC"].tolist() == dm.loc[care["USUBJID"], "RFENDTC"].tolist()


def test_a_missed_dose_is_no_record_and_no_per_protocol():
    design = toy_design()
    population, seen, courses = toy_trial(design)
    k = int(np.flatnonzero((seen.arm == 0) & (seen.left > 60) & np.isnan(seen.rescued)
                           & np.isfinite(seen.measured["albumin"][:, 3]))[0])  # fmt: skip
    courses[0].given_on[seen.rows[k], 1, 2] = np.nan
    sdtm = tabulated(design, population, seen, courses, "TOY")
    adsl = datasets(design, population, seen, sdtm)["ADSL"].frame
    assert (sdtm.tables["EX"].frame["USUBJID"] == adsl["USUBJID"][k]).sum() == 2
    assert adsl["FASFL"][k] == "Y" and adsl["PPROTFL"][k] == "N"


def test_treatment_begins_with_the_first_dose_not_with_randomisation():
    arms = [{"name": "MSC", "plan": [PLAN | {"start": "30 d"}]}, {"name": "placebo"}]
    _, _, _, tables = made(arms=arms)
    adsl, adae, lb = tables["ADSL"], tables["ADAE"], tables["LB"]
    dosed = adsl["TRTSDT"].notna()
    assert ((adsl["TRTSDT"] - adsl["RANDDT"]).dt.days[dosed] == 30).all()
    assert adsl["SAFFL"].tolist() == ["Y" if yes else "N" for yes in dosed]
    early = adae["ASTDY"] < 31
    assert early.any() and (adae["TRTEMFL"][early] == "").all()
    assert set(lb[lb["LBLOBXFL"] == "Y"]["VISIT"]) <= {"BASELINE", "WEEK 4", "DAY 31"}
    assert "DAY 31" in set(lb[lb["LBLOBXFL"] == "Y"]["VISIT"])


def test_a_value_below_the_limit_of_detection_is_reported_so_and_analysed_at_the_limit():
    _, _, _, tables = made()
    lb, adlb = tables["LB"], tables["ADLB"]
    below = lb["LBSTRESC"].str.startswith("<")
    assert below.sum() >= 2 and lb["LBSTRESN"][below].isna().all() and set(lb["LBSTRESC"][below]) == {"<2"}
    imputed = adlb[adlb["DTYPE"] == "LLOD"]
    assert len(imputed) == below.sum() and set(imputed["AVAL"]) == {2.0} and set(imputed["SRCVAR"]) == {"LBSTRESC"}


def test_values_after_a_rescue_are_not_analysed_where_they_are_hypothetical():
    _, seen, _, tables = made()
    adlb = tables["ADLB"]
    late = adlb["USUBJID"].isin(tables["ADSL"]["USUBJID"][np.isfinite(seen.rescued)]) & (adlb["ADY"] > 29)
    albumin = adlb["PARAMCD"] == "ALB"
    assert late.any() and (adlb["ANL01FL"][late & albumin] == "").all()
    assert (adlb["ANL01FL"][~late & albumin] == "Y").all()
    policy = made(analysis={"primary": "albumin", "reference": "placebo"})[3]["ADLB"]
    assert (policy["ANL01FL"] == "Y").all()


def test_the_last_value_before_an_event_stands_in_place_of_later_ones_while_on_treatment():
    endpoint = {"name": "albumin", "kind": "change", "output": "albumin", "at": "84 d",
                "intercurrent": {"rescue": "while_on_treatment"}}  # fmt: skip
    _, seen, _, tables = made(endpoints=[endpoint], analysis={"primary": "albumin", "reference": "placebo"})
    adlb = tables["ADLB"]
    k = int(np.flatnonzero(np.isfinite(seen.rescued) & np.isfinite(seen.measured["albumin"][:, 3]))[0])
    mine = adlb[(adlb["USUBJID"] == tables["ADSL"]["USUBJID"][k]) & (adlb["PARAMCD"] == "ALB")]
    last = mine[mine["AVISITN"] == 3].set_index("DTYPE")
    assert last["ANL01FL"].to_dict() == {"": "", "LOCF": "Y"}
    assert last["AVAL"]["LOCF"] == mine[(mine["AVISITN"] == 1)]["AVAL"].iloc[0]
    assert last["SRCDOM"]["LOCF"] == "" and last["CHG"]["LOCF"] == last["AVAL"]["LOCF"] - last["BASE"]["LOCF"]


def test_no_value_is_dated_after_its_subject_left_and_one_carried_forward_has_the_date_of_its_measurement():
    for strategy, derivation in (("while_on_treatment", "LOCF"), ("composite", "WC")):
        endpoint = {"name": "albumin", "kind": "change", "output": "albumin", "at": "84 d", "failure": 20,
                    "intercurrent": {"death": strategy, "rescue": strategy}}  # fmt: skip
        if derivation == "LOCF":
            del endpoint["failure"]
        _, _, _, tables = made(n=80, endpoints=[endpoint], analysis={"primary": "albumin", "reference": "placebo"})
        adlb, adsl = tables["ADLB"], tables["ADSL"].set_index("USUBJID")
        ends = adsl.loc[adlb["USUBJID"], "EOSDT"].to_numpy()
        assert not (adlb["ADT"].to_numpy() > ends).any()
        put = adlb[adlb["DTYPE"] == derivation]
        assert len(put) and put["ADT"].isna().equals(put["ADY"].isna())
        if derivation == "WC":
            assert put["ADT"].isna().all() and set(put["AVAL"]) == {20.0}
            continue
        measured = adlb[adlb["SRCDOM"] != ""].set_index(["USUBJID", "PARAMCD", "ADT"])["AVAL"]
        assert [measured[key] for key in zip(put["USUBJID"], put["PARAMCD"], put["ADT"], strict=True)] == put[
            "AVAL"
        ].tolist()


@pytest.mark.parametrize("visits", [["0 d", "1 h", "6 h", "1 d"], ["0 d", "30 min", "84 d"]])
def test_nothing_after_the_first_dose_is_the_last_value_before_it_though_the_day_is_the_same(visits):
    arms = [{"name": "MSC", "plan": [PLAN | {"every": "12 h"}]}, {"name": "placebo"}]
    endpoint = {"name": "albumin", "kind": "change", "output": "albumin", "at": visits[-1]}
    _, _, sdtm, tables = made(arms=arms, visits=visits, until=visits[-1], endpoints=[endpoint],
                              analysis={"primary": "albumin", "reference": "placebo"})  # fmt: skip
    lb, ex = tables["LB"], tables["EX"]
    assert set(lb[lb["LBLOBXFL"] == "Y"]["VISIT"]) == {"BASELINE"}
    assert not any("." in name.replace("0.5", "") for name in lb["VISIT"]) and lb["VISIT"].str.startswith("HOUR").any()
    assert ex.duplicated(["USUBJID", "EXTRT", "EXSTDTC"]).any()  # several doses a day
    assert not ex.duplicated([*sdtm.tables["EX"].dataset.key_variables]).any()


def test_no_action_is_taken_with_a_treatment_that_is_over_and_a_fatal_event_has_grade_5():
    for changes in ({}, {"blinding": {"kind": "open"}}):
        _, _, _, tables = made(n=120, **changes)
        ae, dm = tables["AE"], tables["DM"].set_index("USUBJID")
        last = dm.loc[ae["USUBJID"], "RFXENDTC"].to_numpy()
        fatal = (ae["AEOUT"] == "FATAL").to_numpy()
        after = (ae["AESTDTC"].to_numpy() > last) | (last == "")
        assert (ae["AEACN"][after | fatal] == "NOT APPLICABLE").all() and after.any() and fatal.any()
        before = (ae["AESTDTC"].to_numpy() < last) & ~fatal
        assert (ae["AEACN"][before] == "DOSE NOT CHANGED").all() and before.any()
        assert (ae["AETOXGR"] == "5").tolist() == fatal.tolist()


def test_tables_hold_where_nothing_befell_anybody():
    design = toy_design(assays=[{"name": "albumin"}], endpoints=[{"name": "albumin", "kind": "change",
                        "output": "albumin", "at": "84 d"}], blinding={"kind": "open"})  # fmt: skip
    population, seen, courses = toy_trial(design)
    never = {name: np.full(len(seen), np.inf) for name in seen.events}
    sdtm = tabulated(design, population, replace(seen, events=never), [replace(c, given_on=c.given_on * np.nan)
                                                                      for c in courses], "TOY")  # fmt: skip
    adae = datasets(design, population, seen, sdtm)["ADAE"].frame
    assert "AE" not in sdtm.tables and len(adae) == 0
    assert {"AEDECOD", "ATOXGRN", "TRTP", "TRTA", "USUBJID"} <= set(adae)


def test_a_death_that_competes_and_a_rescue_that_censors_are_told_apart():
    endpoint = {
        "name": "cancer",
        "kind": "time_to_event",
        "events": ["hcc"],
        "intercurrent": {"rescue": "hypothetical"},
    }
    _, _, _, tables = made(n=80, endpoints=[endpoint], analysis={"primary": "cancer", "reference": "placebo"})
    adtte = tables["ADTTE"]
    told = dict.fromkeys(zip(adtte["CNSR"], adtte["EVNTDESC"], adtte["CNSDTDSC"], adtte["SRCDOM"], adtte["SRCVAR"],
                             strict=True))  # fmt: skip
    assert set(told) == {
        (0.0, "HEPATOCELLULAR CARCINOMA", "", "AE", "AESTDTC"), (2.0, "DEATH", "DATE OF DEATH", "AE", "AESTDTC"),
        (1.0, "RESCUE", "DATE OF RESCUE", "ADSL", "RESCDT"), (1.0, "LOST TO FOLLOW-UP", "END OF STUDY DATE", "ADSL",
                                                             "EOSDT"),
        (1.0, "LIVER TRANSPLANTATION", "DATE OF LIVER TRANSPLANTATION", "AE", "AESTDTC"),
        (1.0, "COMPLETED THE STUDY", "END OF STUDY DATE", "ADSL", "EOSDT"),
    }  # fmt: skip


def test_codes_of_times_say_what_is_waited_for_and_differ():
    events = [["death"], ["death", "transplantation"], ["hcc"], ["hcc"], ["decompensation", "aclf"]]
    wanted = [{"name": str(k), "kind": "time_to_event", "events": some} for k, some in enumerate(events)]
    endpoints = toy_design(endpoints=wanted, analysis={"primary": "0"}).endpoints
    assert time_codes(endpoints) == ["OS", "TFS", "TTHCC", "TTHCC04", "TTDECOAC"]


def test_r_finds_the_same_estimates_in_the_transport_files(tmp_path, in_r):
    endpoints = [
        {"name": "albumin", "kind": "change", "output": "albumin", "at": "84 d"},
        {"name": "survival", "kind": "time_to_event", "events": ["death"], "method": "cox"},
    ]
    design = toy_design(endpoints=endpoints, analysis={"primary": "albumin", "reference": "placebo",
                                                       "covariates": ["bilirubin"]})  # fmt: skip
    population, seen, courses = toy_trial(design, n=120)
    sdtm = tabulated(design, population, seen, courses, "TOY")
    adam = datasets(design, population, seen, sdtm)
    write_submission(tmp_path, sdtm, adam, design.title, datetime(2026, 11, 27))
    (change,), (hazard,) = (analyse(design, seen, endpoint) for endpoint in design.endpoints)
    found = in_r(
        """
        library(survival)
        adsl <- haven::read_xpt(file.path(a[1], "adsl.xpt")); adlb <- haven::read_xpt(file.path(a[1], "adlb.xpt"))
        adtte <- foreign::read.xport(file.path(a[1], "adtte.xpt"))
        base <- function(code) { d <- adlb[adlb$PARAMCD == code & adlb$ABLFL == "Y", ]; setNames(d$AVAL, d$USUBJID) }
        d <- adlb[adlb$PARAMCD == "ALB" & adlb$AVISIT == "Week 12" & adlb$ANL01FL == "Y", ]
        d$BILI <- base("BILI")[d$USUBJID]; d$STRAT1R <- setNames(adsl$STRAT1R, adsl$USUBJID)[d$USUBJID]
        f <- lm(CHG ~ I(TRTP == "MSC") + BASE + BILI + STRAT1R, d)
        os <- adtte[adtte$PARAMCD == "OS", ]
        os$BILI <- base("BILI")[os$USUBJID]; os$STRAT1R <- setNames(adsl$STRAT1R, adsl$USUBJID)[os$USUBJID]
        h <- coxph(Surv(AVAL, CNSR == 0) ~ I(TRTP == "MSC") + BILI + strata(STRAT1R), os)
        k <- survfit(Surv(AVAL, CNSR == 0) ~ TRTP, os)
        found <- list(difference = coef(f)[[2]], low = confint(f)[2, 1], high = confint(f)[2, 2], n = nobs(f),
                      hazard = exp(coef(h)[[1]]), p = summary(h)$coefficients[1, "Pr(>|z|)"],
                      last = as.vector(tapply(k$surv, rep(names(k$strata), k$strata), min)),
                      days = sum(adsl$EOSDT - adsl$RANDDT), dated = inherits(adsl$RANDDT, "Date"))
        """,
        tmp_path / "adam",
    )
    assert [found[name] for name in ("difference", "low", "high")] == pytest.approx(
        [change.estimate, change.low, change.high], rel=1e-8
    )
    assert found["n"] == change.n + change.n_reference
    assert [found["hazard"], found["p"]] == pytest.approx([hazard.estimate, hazard.p], rel=1e-5)
    from lobule.statistics.survival import kaplan_meier
    from lobule.trial.observed import followed

    when = followed(design.endpoints[1], seen)
    shares = [kaplan_meier(when.time[seen.arm == a], when.event[seen.arm == a]).share[-1] for a in (0, 1)]
    assert found["last"] == pytest.approx(shares, rel=1e-9)  # MSC before placebo
    assert found["days"] == np.floor(seen.left).sum() and found["dated"] == 1
