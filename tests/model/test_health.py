"""Health is an exact, stable zero of the right-hand side, for the table's values and for any drawn from its ranges."""

import numpy as np
import pytest

from lobule import engine, model
from lobule.errors import LobuleWarning, ModelError
from lobule.model.assemble import FRAGMENTS, balances, fragment_text, written
from lobule.model.balance import with_balances
from lobule.model.health import counters, drifts, sentence, start_of, warn_where_ill
from lobule.model.parameters import SPECIES, parameter_table, values_for

pytestmark = pytest.mark.science


def start(species, parameters=None):
    compiled = model.compiled(species)
    constants, states = compiled.at_start(parameters)
    return compiled, constants[0], states[0]


def drift(compiled, constants, states):
    """Largest change a day, relative to the state or, for an empty state, to 1; counters left out."""
    change = np.abs(compiled.rates(0.0, states, constants)) / np.where(states > 0, states, 1.0)
    return np.max(np.delete(change, counters(compiled)))


@pytest.mark.parametrize("species", SPECIES)
def test_the_healthy_stay_healthy(species):
    assert drift(*start(species)) < 1e-10
    year = model.compiled(species).solve(times=[0, 365], outputs=["albumin", "alt", "il_6", "inr", "platelets"])
    np.testing.assert_allclose(year.y[0, 1], year.y[0, 0], rtol=1e-6)
    assert year["albumin"][0, 1] == pytest.approx(values_for(species)["albumin_healthy"])


@pytest.mark.parametrize("species", SPECIES)
def test_health_is_stable(species):
    compiled, constants, states = start(species)
    jacobian = compiled.jacobian(0.0, states, constants)
    without = np.delete(np.delete(jacobian, counters(compiled), 0), counters(compiled), 1)
    assert np.max(np.linalg.eigvals(without).real) < -1e-6
    others = np.delete(jacobian, counters(compiled), 0)
    assert np.all(others[:, counters(compiled)] == 0)  # nothing but a counter depends on a counter


@pytest.mark.parametrize("species", SPECIES)
@pytest.mark.parametrize("seed", range(10))
def test_any_virtual_subject_starts_at_a_true_steady_state(seed, species):
    rng = np.random.default_rng(seed)
    varied = {
        p.id: float(rng.uniform(*p.range(species)))
        for p in parameter_table().values()
        if p.between_subjects in ("lognormal", "normal")
    }
    compiled, constants, states = start(species, varied)
    assert np.all(np.isfinite(states))
    if np.any(states < 0):  # a balance that no healthy subject can have, such as more M1 leaving than arriving
        pytest.skip("drawn outside the possible")
    assert drift(compiled, constants, states) < 1e-9


def test_a_small_disturbance_of_health_dies_out():
    compiled, _, states = start("human")
    names = ["tgf_beta", "tnf_alpha", "activated_stellate_cells", "stressed_hepatocytes", "hbv_in_blood"]
    pushed = {n: states[compiled.states.index(n)] * 1.2 for n in names[:3]} | {names[3]: 5.0, names[4]: 1e-9}
    late = compiled.solve(initial=pushed, times=[0, 20 * 365], outputs=["collagen_fold", "tnf_alpha", "hbv_in_blood"])
    np.testing.assert_allclose(late.y[0, 1], [1, 1, 0], atol=1e-3)


@pytest.mark.parametrize("species", SPECIES)
def test_health_does_not_hang_on_the_value_of_any_parameter(species):
    compiled, usual = model.compiled(species), values_for(species)
    doubled = {name: np.full(len(usual), value) for name, value in usual.items()}
    for i, name in enumerate(usual):
        doubled[name][i] *= 2
    constants, states = compiled.at_start(doubled)
    moved = {n: drifts(compiled, balances(), (constants[i], states[i])) for i, n in enumerate(usual)}
    assert {name: list(map(str, found)) for name, found in moved.items() if found} == {}


def changed(old, new):
    """The mouse with one edit of its equations."""
    body = "\n".join(fragment_text(name) for name in FRAGMENTS if name != "functions")
    assert body.count(old) == 1, old
    units = {p.id: p.unit for p in parameter_table().values()}
    text = written("edited", fragment_text("functions"), body.replace(old, new), values_for("mouse"), units)
    return engine.compile(text, model.terms())


@pytest.mark.parametrize(
    "law",
    [
        " {}restorative_switch_rate*restorative_drive/inflammatory_drive",
        " {}stellate_inactivation_rate/inactivation_brake",
        "=> ; {}apoptotic_clearance_rate*apoptotic_hepatocytes;",
        " {}crosslinked_removal_rate*collagen_removal_fold*cross",
    ],
)
def test_who_doubles_one_law_changes_one_thing_and_the_mouse_stays_healthy(law):
    compiled = changed(law.format(""), law.format("2*"))
    assert drifts(compiled, balances()) == []
    usual, states = model.compiled("mouse"), start_of(model.compiled("mouse"))[1]
    assert compiled.states == usual.states
    moved = [n for n, a, b in zip(usual.states, start_of(compiled)[1], states, strict=True) if a != pytest.approx(b)]
    assert set(moved) <= {"inactivated_stellate_cells", "quiescent_stellate_cells", "apoptotic_hepatocytes"}


def test_an_edit_that_makes_the_healthy_ill_is_told_with_what_leaves_its_normal_value(tmp_path, monkeypatch):
    monkeypatch.setenv("LOBULE_CACHE", str(tmp_path))
    compiled = changed("(1 + (nf_kb_drive - 1)/nf_kb_brake", "(2*(1 + (nf_kb_drive - 1)/nf_kb_brake)")
    found = drifts(compiled, balances())
    assert found[0].name == "macrophage_nf_kb"
    said = "a healthy mouse does not stay healthy with these equations; what leaves its normal value: macrophage_nf_kb"
    assert sentence("mouse", found).startswith(said)
    for _ in range(2):  # the second time from what was kept
        with pytest.warns(LobuleWarning, match="macrophage_nf_kb"):
            warn_where_ill(compiled, "mouse", balances())


TOY = """{changes}
substanceOnly species a in c, b in c; a = share*all; b = all;
gain: => a; k1*b; move: a => b; k2*fold*a; fold = 1;
loss: a => ; loss_rate*a;"""


def test_a_balance_is_what_all_laws_of_the_model_leave_over():
    text = with_balances(TOY.format(changes="loss_rate := balance(a);"), "")
    assert "loss_rate := ((k1 - k2*share)/(share));" in text


@pytest.mark.parametrize("wrong", ["loss_rate := balance(nothing);", "other := balance(a);"])
def test_a_balance_that_no_law_can_keep_is_refused(wrong):
    with pytest.raises(ModelError, match="does not move"):
        with_balances(TOY.format(changes=wrong), "")


def test_a_balance_of_products_of_long_sums_is_not_multiplied_out():
    factors = [f"({' + '.join(f'x{i}{j}' for j in range(10))})" for i in range(9)]  # a thousand million terms
    toy = TOY.format(changes="loss_rate := balance(a);") + f"\nmore: => a; {'*'.join(factors)};"
    text = with_balances(toy, "")
    assert text.count("x00") == 2  # in the law, and once in the balance
