"""The model describes itself: who owns what, who reads whom."""

from lobule import model
from lobule.model.assemble import fragment_text
from lobule.model.structure import GROUPS, fragments
from lobule.trial.runs import LATER


def test_every_state_and_reaction_has_one_owner():
    compiled = model.compiled("mouse")
    states = [s for f in fragments().values() for s in f.states]
    assert sorted(states) == sorted(compiled.states)
    assert sorted(r for f in fragments().values() for r in f.reactions) == sorted(compiled.reactions)


def test_every_fragment_stands_in_the_diagram_once():
    shown = [name for group in GROUPS.values() for name in group]
    assert len(set(shown)) == len(shown)
    assert set(shown) == set(fragments()) - {"compartments"}


def test_headers_say_what_is_owned():
    for fragment in fragments().values():
        header = " ".join(line.lstrip("/ ") for line in fragment_text(fragment.name).split("\n\n")[0].splitlines())
        owned = header.split("Owns:")[1].split("Reads:")[0]
        for state in fragment.states:
            prefix = state.split("_")[0] + "_"
            assert any(words in owned for words in (state, f"{prefix} amounts", f"{prefix} hazards", f"{prefix} cargo"))


def test_what_the_second_edition_follows_of_patients_has_a_label_and_a_unit():
    compiled = model.compiled("human")
    units = model.units_of(compiled)
    assert [name for name in LATER if name not in compiled.labels] == []
    assert {name: units[name] for name in LATER if name not in ("alp", "ggt")} == dict.fromkeys(LATER[2:], "1")
    assert units["alp"] == units["ggt"] == "U/L"
