"""Each source has one side, drawn by its id alone before anyone looked at a prediction of it."""

import random

import pytest

from lobule.studies.split import (
    CALIBRATION,
    HELD_OUT,
    UNSEEN,
    drawn,
    drawn_sources,
    seen_before,
    set_of,
    split,
)

IDS = ("li2013", "tan2014", "ohara2018", "yan2017", "rong2019", "jiang2018", "damania2018")
SECOND = {source.draw for source in drawn_sources().values()} - {"first"}


def test_the_order_in_which_sources_come_does_not_matter():
    shuffled = list(IDS)
    for seed in range(20):
        random.Random(seed).shuffle(shuffled)
        assert drawn(shuffled) == drawn(IDS)


def test_a_draw_is_half_and_half():
    for number in range(12):
        sets = list(drawn(f"source{k}" for k in range(number)).values())
        assert abs(sets.count(CALIBRATION) - sets.count(HELD_OUT)) == number % 2


def test_one_source_alone_may_come_to_either_side():
    assert {drawn([name])[name] for name in IDS} == {CALIBRATION, HELD_OUT}


@pytest.mark.parametrize("draw", sorted(SECOND))
def test_the_sides_of_the_second_collection_are_those_of_the_rule(draw):
    together = {name: source.set for name, source in drawn_sources().items() if source.draw == draw}
    assert drawn(together) == together


def test_who_was_read_before_the_draw_is_told():
    assert seen_before("li2013") and seen_before("pan2014")
    assert not seen_before("salama2014") and not seen_before("new2027")
    assert all(source.seen for source in drawn_sources().values() if source.draw == "first")


def test_a_source_that_was_not_drawn_is_unseen():
    assert set_of("new2027") == UNSEEN
    assert set(split().values()) == {CALIBRATION, HELD_OUT}
