"""Rows of studies as arms: what a table says, what is assumed, what cannot be simulated."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lobule import studies
from lobule.errors import InputError
from lobule.evidence import table_path
from lobule.model.causes import causes
from lobule.model.parameters import parameter_table
from lobule.quantities import amount
from lobule.studies import treatments
from lobule.studies.arms import arm_of
from lobule.studies.endpoints import endpoint, endpoints
from lobule.studies.injuries import injury_models
from lobule.studies.rows import pairs_of, rows_of
from lobule.studies.split import CALIBRATION, HELD_OUT, UNSEEN, set_of, split
from lobule.studies.tables import read_contrasts, read_studies
from lobule.studies.treatments import (
    KNOCK_OUT,
    NAMED,
    RECIPIENT,
    TRANSFECTED,
    ModificationRule,
    rules,
    who_is_changed,
)
from lobule.therapy import products

FOLDER = Path(studies.__file__).parent
STUDIES = read_studies(table_path("studies"))[0]
CONTRASTS = read_contrasts(table_path("contrasts"))[0]


def row(study, **changes):
    return replace(next(o for o in STUDIES if o.study_id == study), **changes)


def test_what_a_study_says_is_used():
    arm = arm_of(row("li2013"))
    assert arm.species == "mouse"
    assert arm.plan.dose == "250 ug"
    assert arm.plan.route == "intrahepatic"
    assert arm.plan.times() == [42.0]
    assert arm.readout == 63
    assert len(arm.injuries[0].times) == 12  # six weeks, twice a week
    assert arm.dose_known


def test_what_a_study_does_not_say_is_assumed_and_listed():
    arm = arm_of(row("jiangw2018_chronic"))
    assert not arm.dose_known
    assert {"dose", "number of doses", "8 weeks of injury", "day of the readout"} <= set(arm.assumptions)
    assert arm.plan.n == 3


def test_a_dose_before_the_injury_moves_the_injury():
    arm = arm_of(row("hucmsc_pre_galn_pre"), lethal=True)
    assert arm.plan.times() == [0.0]
    assert arm.injuries[0].times == (0.5,)
    assert arm.readout == pytest.approx(2.5)
    assert arm.survives


def test_an_engineered_product_is_that_of_the_library():
    assert arm_of(row("chenl2018_exo223")).plan.name == "mir-223-loaded-ev"
    assert arm_of(row("chenl2018_exo223i")).without == ("mir_223",)
    assert arm_of(row("takeuchi2021_gsev")).plan.name == "ifn-gamma-primed-ev"
    assert arm_of(row("meier2015_bdl")).plan.name == "encapsulated-bm-msc"
    assert arm_of(row("mardpour2019_gel")).plan.route == "hydrogel"
    assert arm_of(row("zagazig_hucb_combo")).second is not None


@pytest.mark.parametrize(
    ("words", "component"),
    [
        ("miR-21 antagomir", "mir_21"),
        ("knockdown of GPX1", "gpx1"),
        ("anxa1 silenced", "annexin_a1"),
        ("TSG-6 siRNA knockdown", "tsg_6"),
    ],
)
def test_a_component_that_a_study_takes_away_is_taken_out_in_whatever_order_it_says_so(words, component):
    arm = arm_of(row("chenl2018_exo223i", modification=words))
    assert (arm.without, arm.strength, arm.mechanism) == ((component,), 1.0, False)


def test_a_knock_out_donor_lacks_the_component_and_a_transfected_one_whatever_it_carries_over():
    never = arm_of(row("chenl2018_exo223i", modification="miR-223 -/- donor"))
    less = arm_of(row("chenl2018_exo223i", modification="miR-223 inhibitor"))
    assert (never.without, never.strength, never.mechanism) == (("mir_223",), 1.0, False)
    assert (less.without, less.strength, less.mechanism) == (("mir_223",), 1.0, False)
    assert any("is not carried over" in a for a in less.assumptions)
    assert not any("is not carried over" in a for a in never.assumptions)


@pytest.mark.parametrize(
    ("words", "who"),
    [
        ("exosomes in macrophage-depleted mice", RECIPIENT),
        ("MSC, clodronate", RECIPIENT),
        ("EV plus miR-17 antagomir to the mice", RECIPIENT),
        ("rats lacking spleen", RECIPIENT),
        ("MSC of TLR3 knockout mice EV", RECIPIENT),  # whose mice they are is not told; not simulated rather than wrong
        ("let-7b deficient MSC", KNOCK_OUT),
        ("IL-10 -/- MSC", KNOCK_OUT),
        ("CRISPR GPX1", KNOCK_OUT),
        ("GPX1 knock-down", TRANSFECTED),
        ("miR-1246-inhibited exosome", TRANSFECTED),
        ("hypoxia-primed", None),
        ("", None),
    ],
)
def test_three_words_tell_who_is_changed(words, who):
    assert who_is_changed(words) == who


def test_a_product_that_its_class_makes_stronger_is_no_mechanism_and_a_loaded_one_is():
    assert not arm_of(row("takeuchi2021_gsev")).mechanism  # primed: stronger by its class
    assert arm_of(row("chenl2018_exo223")).mechanism  # loaded: more copies


def test_the_two_readings_of_an_arm_are_two_arms_with_one_untreated_twin():
    published, counted = (replace(arm_of(row("rong2019_ev")), reading=name) for name in ("published", "counted"))
    assert published.key != counted.key
    assert published.untreated().key == counted.untreated().key


def test_a_row_of_the_table_makes_a_treated_recipient_act_on_both_of_its_arms(monkeypatch):
    acts = ModificationRule(pattern="clodronate", who=RECIPIENT, sets="kupffer_cells_healthy=0.1")
    monkeypatch.setattr(treatments, "rules", lambda: (acts, *rules()))
    arm = arm_of(row("rong2019_ev", modification="clodronate"))
    assert arm.recipient == arm.untreated().recipient == (("kupffer_cells_healthy", 0.1),)
    assert arm.plan is not None and arm.untreated().plan is None
    assert arm.key != arm_of(row("rong2019_ev")).key


def test_another_animal_is_one_of_the_model_with_doses_by_weight():
    pig = arm_of(row("rong2019_ev", species="pig", product="msc", dose_value=3e7, dose_unit="cells"))
    assert (pig.species, pig.plan.dose, pig.mechanism) == ("rat", "1e+06 cell/kg", False)
    assert {"a rat stands for it; doses by body weight", "30 kg of body weight"} <= set(pig.assumptions)
    by_weight = arm_of(row("rong2019_ev", species="rhesus monkey", product="msc", dose_value=1e6, dose_unit="cells/kg"))
    assert by_weight.plan.dose == "1e+06 cell/kg"


@pytest.mark.parametrize("species", ["rodent", "rodent (unnamed)", "not reported", "mice or rats"])
def test_a_rodent_that_is_not_named_is_a_mouse_and_no_class_prior(species):
    arm = arm_of(row("rong2019_ev", species=species))
    assert (arm.species, arm.mechanism) == ("mouse", True)
    assert "the rodent is not named; a mouse is simulated" in arm.assumptions


@pytest.mark.parametrize(
    ("words", "known"),
    [
        ("Western diet, 24 weeks", "hfd_nash"),
        ("western_diet", "hfd_nash"),
        ("CCl4 (chronic)", "ccl4_chronic"),
        ("acute CCl4", "ccl4_acute"),
        ("bile duct ligation", "bdl"),
        ("D-GalN + LPS", "lps_galn"),
        ("70 % hepatectomy", "partial_hepatectomy"),
        ("liver fibrosis, toxin", "fibrosis_mouse"),
        ("db/db obese", "hfd_nafld"),
    ],
)
def test_an_injury_in_other_words_is_the_one_they_mean(words, known):
    arm = arm_of(row("rong2019_ev", species="mouse", injury_model=words, injury_detail=""))
    assert arm.injuries == arm_of(row("rong2019_ev", species="mouse", injury_model=known, injury_detail="")).injuries
    assert f"{words} as {known}" in arm.assumptions


def test_mononuclear_cells_are_half_as_strong_as_mesenchymal_ones():
    arm = arm_of(row("rong2019_ev", product="other_cells", modification="bone marrow mononuclear cells (not MSC)"))
    assert (arm.plan.kind, arm.strength, arm.mechanism) == ("cells", 0.5, False)


def test_a_modification_that_the_model_lacks_is_a_class_prior():
    arm = arm_of(row("yaoj2019_mnsodkd"))
    assert dict(arm.sets)["product_strength"] < 1
    assert not arm.mechanism
    assert any("does not have" in a for a in arm.assumptions)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"species": "unicorn"}, "no animal model of a unicorn"),
        ({"species": "sheep_fetal"}, "a foetus has no injured liver; .*write species: mouse or rat"),
        ({"injury_model": "bdll", "injury_detail": ""}, 'Did you mean "bdl"'),
        ({"injury_model": "schistosomiasis fibrosis"}, "granulomas.*write injury_model: ccl4_chronic"),
        ({"product": "other_cells", "modification": "monocytes"}, "infused immune cells.*write product: BM-MNC"),
        ({"product": "other_cells", "modification": "oval cells"}, "no other cells than mesenchymal and mononuclear"),
        ({"modification": "EV in TLR4 -/- mice"}, "write a row of modifications.csv with who = treated recipient"),
        ({"modification": "MyD88 knock-out MSC EV"}, "no component of the model's cargo"),
        ({"product": "pill"}, 'no product of the kind "pill"'),
        ({"route": "oral"}, 'cannot be given "oral"'),
        ({"dose_value": 3.0, "dose_unit": "cups"}, 'a dose in "cups" cannot be read'),
        ({"dose_value": 1e20, "dose_unit": "particles"}, "volume would be over a tenth"),
    ],
)
def test_what_cannot_be_simulated_says_why(changes, message):
    with pytest.raises(InputError, match=message):
        arm_of(row("rong2019_ev", **changes))


def test_arms_of_the_same_study_differ():
    pairs, _ = pairs_of(CONTRASTS, STUDIES)
    assert len(pairs) >= 70
    assert [p.contrast.contrast_id for p in pairs if p.arms[0].key == p.arms[1].key] == []


def test_nothing_is_lost_between_tables_and_arms():
    rows, left = rows_of(STUDIES)
    assert len(rows) + len(left) == len(STUDIES)
    assert all(n.reason for n in left)
    assert len(rows) >= 440


def test_the_tables_name_what_exists():
    for injury in injury_models().values():
        for name in injury.causes:
            assert name in causes()
            doses = [ask(species) for ask in (injury.dose, injury.lethal_dose) for species in ("mouse", "rat")]
            for dose in doses if len(injury.causes) == 1 else ():
                assert dose is None or amount(dose, causes()[name].unit_kind) > 0
    for rule in rules():
        assert all(name in products for name in rule.product)
        assert rule.without in (None, NAMED) or f"{rule.without}_copies_per_particle" in parameter_table()
        assert all(name in parameter_table() for name, _ in rule.sets)
        assert rule.strength == 1 or rule.note
    assert all(e.good in ("up", "down") and 0 < e.spread < 1 for e in endpoints().values())
    with pytest.raises(InputError, match="no hyaluronic acid"):
        endpoint("hyaluronic_acid")


def test_every_study_of_the_split_has_one_set_and_others_are_unseen():
    assert set(split().values()) == {CALIBRATION, HELD_OUT}
    held_out = sum(which == HELD_OUT for which in split().values())
    assert 0.4 <= held_out / len(split()) <= 0.6
    assert set_of("a study of next year") == UNSEEN
    lines = (FOLDER / "split.csv").read_text(encoding="utf-8").splitlines()
    assert len(lines) == len(set(lines)) == len(split()) + 1


def test_class_ranges_are_rows_that_can_be_simulated():
    classes, problems = read_studies(FOLDER / "class_ranges.csv")
    assert problems == []
    rows, left = rows_of(classes)
    assert left == []
    assert all(r.observation.ratio_low < r.observation.ratio < r.observation.ratio_high for r in rows)
    assert all(r.arm.dose_known for r in rows)
    assert not {r.observation.source_id for r in rows} & set(split())


ODD = {
    "species": ["rat", "dog", ""], "injury_model": ["bdl", "apap", "hepatic_ir_ph", "zzz", "partial_hepatectomy"],
    "injury_detail": ["0 wk", "999 wk", "99% PH", "100 % hepatectomy", "start at 5 wk of age"],
    "product": ["cm", "msc", "none", "drug"],
    "modification": ["knock", "+", ")(", "hydrogel", "MSC + exosome", "native"],
    "dose_value": [0.0, 1e-30, 1e30, None], "dose_unit": ["", "mg", "cells", "mL", "particles/kg", "x"],
    "n_doses": [0, 1000, None], "interval_d": [0.0, 1e-9, 1000.0], "route": ["", "ip", "im", "subcutaneous"],
    "first_dose_day": [-100.0, 0.0, 1e4], "readout_day": [0.0, 0.001, 1e5], "endpoint": ["survival", "x"],
}  # fmt: skip


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_no_row_crashes_the_translation(data):
    base = data.draw(st.sampled_from(STUDIES[::17]))
    names = data.draw(st.lists(st.sampled_from(sorted(ODD)), unique=True, max_size=5))
    odd = replace(base, **{name: data.draw(st.sampled_from(ODD[name])) for name in names})
    rows, left = rows_of([odd])
    assert len(rows) + len(left) == 1
    assert all(row.arm.readout > 0 for row in rows)
