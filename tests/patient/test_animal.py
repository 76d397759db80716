"""Animals: schedules of injury, and what is refused."""

import pytest

import lobule as lb
from lobule.errors import InputError


def test_six_weeks_twice_a_week_are_twelve_doses():
    assert lb.Animal("mouse", injury="ccl4", weeks=6).injury_times() == [3.5 * i for i in range(12)]


def test_weeks_and_duration_say_the_same():
    by_weeks, by_days = lb.Animal(injury="ccl4", weeks=4), lb.Animal(injury="ccl4", duration="28 d")
    assert by_weeks.injury_times() == by_days.injury_times()


def test_without_a_length_the_injury_is_given_once():
    assert lb.Animal(injury="ccl4", injury_dose="1 mL/kg").injury_times() == [0.0]


def test_a_diet_lasts_and_ends():
    always = list(lb.Animal(injury="high_fat_diet").events())
    eight = list(lb.Animal(injury="high_fat_diet", weeks=8).events())
    assert [(e.time, e.value) for e in always] == [(0.0, 1.0)]
    assert [(e.time, e.value) for e in eight] == [(0.0, 1.0), (56.0, 0.0)]


def test_a_resection_takes_its_share():
    events = list(lb.Animal("rat", injury="partial_hepatectomy", injury_dose="70 %").events())
    assert {event.kind for event in events} == {"multiply"}
    assert all(event.value == pytest.approx(0.3) for event in events)


def test_a_healthy_animal_has_no_events():
    assert len(lb.Animal("mouse").events()) == 0


def test_an_animal_survives_its_plain_form():
    animal = lb.Animal("mouse", injury="ccl4", weeks=6, body_weight="22 g")
    assert lb.Animal(**animal.to_dict()) == animal


def test_strain_sex_and_age_change_what_their_table_says():
    from lobule.model.parameters import values_for

    usual = values_for("mouse")
    old_female = lb.Animal("mouse", strain="BALB/c", sex="f", age="60 wk").parameters()
    assert old_female["stressed_activation_gain"] == pytest.approx(1.3 * 0.85 * usual["stressed_activation_gain"])
    assert old_female["fresh_removal_rate"] == pytest.approx(0.85 * 0.6 * usual["fresh_removal_rate"])
    young = lb.Animal("mouse", strain="C57BL/6", sex="m", age="8 wk")
    assert young.parameters() == lb.Animal("mouse").parameters()


def test_old_mice_keep_more_of_their_scar():
    """bio-C016: scar resolves within four days in young mice, not in old ones."""
    left = {}
    for age in ("8 wk", "80 wk"):
        run = lb.simulate(lb.Animal("mouse", injury="ccl4", weeks=2, age=age), until="42 d", sample_every="7 d")
        scar = run["collagen_proportionate_area"]
        left[age] = float((scar[-1] - scar[0]) / (scar.max() - scar[0]))
    assert left["80 wk"] > left["8 wk"] + 0.02


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"species": "human"}, 'Patient\\("human"'),
        ({"injury": "hbv"}, "not a cause for a mouse"),
        ({"injury": "bile_duct_ligation", "injury_every": "2 d"}, "is not repeated"),
        ({"injury": "partial_hepatectomy", "injury_dose": "100 %"}, "leaves nothing"),
        ({"strain": "BALB"}, 'Did you mean "BALB/c"'),
        ({"species": "rat", "strain": "C57BL/6"}, "no strain"),
        ({"sex": "male"}, "no sex"),
        ({"age": "-1 wk"}, "is negative"),
        ({"age": "400 wk"}, "outside 0 to"),
        ({"age": "3 kg"}, "does not fit"),
        ({"varied": {"alt_helthy": 2}}, 'Did you mean "alt_healthy"'),
        ({"varied": {"alt_healthy": -2}}, "0 or more"),
        ({"species": "mous"}, 'Did you mean "mouse"'),
        ({"injury": "ccl"}, 'Did you mean "ccl4"'),
        ({"weeks": 6}, "but no injury"),
        ({"injury": "ccl4", "weeks": 6, "duration": "42 d"}, "not both"),
        ({"injury": "ccl4", "weeks": -1}, "above 0"),
        ({"injury": "ccl4", "weeks": float("nan")}, "above 0"),
        ({"injury": "ccl4", "injury_dose": "5 mg/kg"}, 'unit "mg/kg" does not fit'),
        ({"injury": "ccl4", "weeks": 6, "injury_every": "0 h"}, "at least a minute"),
        ({"injury": "ccl4", "weeks": 600, "injury_every": "1 h"}, "at most 1000"),
        ({"body_weight": "2 g"}, "outside 15 to 40 g"),
        ({"body_weight": "25"}, "has no unit"),
    ],
)
def test_wrong_animals_are_refused_in_a_sentence(arguments, message):
    with pytest.raises(InputError, match=message):
        lb.Animal(**arguments)
