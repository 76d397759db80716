"""The digest of the model: a number or an equation moves it, words do not."""

from lobule.model import FRAGMENTS
from lobule.model.assemble import fragment_text
from lobule.model.digest import digest, statements
from lobule.model.parameters import SPECIES, values_for

FAT = 'fat\' = gain*(1 - fat);  // burnt\nfat has percent; fat is "liver fat";'


def test_words_units_and_blanks_do_not_count():
    assert statements(FAT) == ["fat'=gain*(1-fat)"]
    assert statements(FAT.replace("burnt", "spent").replace("liver fat", "steatosis")) == statements(FAT)
    assert statements("fat' = \\\n  gain * (1 - fat);  fat has fold;") == statements(FAT)


def test_a_number_or_a_name_counts():
    for changed in (FAT.replace("1 -", "2 -"), FAT.replace("gain", "loss"), FAT + " spleen' = 0;"):
        assert statements(changed) != statements(FAT)


def test_names_that_stand_side_by_side_are_not_run_together():
    assert statements("species S in liver; function response(x, y)") == ["species S in liver", "function response(x,y)"]


def test_every_state_of_every_fragment_is_in_it():
    for name in FRAGMENTS:
        assert statements(fragment_text(name)), name


def test_a_value_of_any_species_moves_it(monkeypatch):
    before = digest()
    assert len(before) == 16
    for changed in SPECIES:

        def values(species, changed=changed):
            return values_for(species) | ({"alt_healthy": 31.5} if species == changed else {})

        monkeypatch.setattr("lobule.model.digest.values_for", values)
        assert digest.__wrapped__() != before
    monkeypatch.setattr("lobule.model.digest.values_for", values_for)
    assert digest.__wrapped__() == before
