"""From a batch to a patient: the shortcut from the state at the start, potency, storage, refusals."""

import numpy as np
import pytest

from lobule import model
from lobule.errors import InputError
from lobule.files.batches import read_batches
from lobule.model.parameters import values_for
from lobule.quality.clinical import Delivery, Use, bias, effects, quantiles
from lobule.quality.delivery import deliver, panel_potency
from lobule.quality.storage import condition, conditions, kept
from lobule.scores.clinic import clinical
from lobule.simulation import ensemble
from lobule.simulation.courses import run_courses
from lobule.therapy.product import Estimate, is_potency, products

MOUSE = """subject: {species: mouse, injury: {cause: ccl4, dose: 0.5 mL/kg, every: 3.5 d, duration: 6 wk}}
plan: {product: uc-msc-ev, dose: 1e10 particle, start: 21 d, every: 7 d, n: 3}
until: 42 d
"""


def usual(use, factors, members=4):
    shape = (len(factors), members)
    constants = {}
    for name, value in use.product.parameters().items():
        scale = np.array(factors) if is_potency(name) else np.ones(len(factors))
        constants[name] = np.broadcast_to((value * scale)[:, None], shape)
    return Delivery(np.full(shape, use.particles), constants)


@pytest.mark.science
@pytest.mark.parametrize("who", ["patient", "mouse"])
def test_the_shortcut_gives_what_the_whole_course_gives(who, tmp_path):
    path = None
    if who == "mouse":
        path = tmp_path / "mouse.yaml"
        path.write_text(MOUSE, encoding="utf-8")
    use = Use.read(path)
    members = 3
    found = effects(use, usual(use, [1.0], members))
    factors = ensemble.factors(members, species=use.subject.species)
    for k in range(members):
        own = {name: float(values[k]) for name, values in factors.items()}
        constants = values_for(use.subject.species) | use.subject.parameters() | use.product.parameters()
        sets = {name: constants[name] * factor for name, factor in own.items()}
        at = [use.subject.history_days + use.days]
        given = bias(members, 1)[k]
        part = use.part
        plan = type(part)(
            part.product, f"{use.particles * given:.15g} particle", part.route, part.start, part.every, part.n
        )
        names = {"treated": use.subject, "untreated": use.subject}
        c = run_courses(names, np.array(at), plans={"treated": plan}, sets=dict.fromkeys(names, sets), rtol=1e-6)
        if who == "mouse":
            gain = c("untreated", use.outcome)[0] - c("treated", use.outcome)[0]
        else:
            outputs = list(model.compiled("human").variables)
            melds = [clinical({o: c(n, o) for o in outputs})["meld"][0] for n in names]
            gain = melds[1] - melds[0]
        assert found.reference[k] == pytest.approx(gain, rel=0.02)
        assert found.batches[0, k] == pytest.approx(found.reference[k], rel=1e-9)


@pytest.mark.science
@pytest.mark.parametrize("reading", ["published", "counted"])
def test_more_potency_never_does_less(reading):
    use = Use.read(reading=reading)
    share = quantiles(effects(use, usual(use, [0, 0.1, 0.3, 1, 3])).share)[:, 1]
    assert share[0] == pytest.approx(0, abs=1e-2) and share[3] == pytest.approx(1, rel=1e-9)
    assert (np.diff(share) > 0).all()


@pytest.mark.science
def test_the_reference_is_told_in_both_readings():
    published, counted = (effects(Use.read(reading=r), usual(Use.read(), [1.0])) for r in ("published", "counted"))
    assert published.counted == pytest.approx(counted.reference, rel=1e-9)
    assert counted.counted is None and counted.unexplained_share is None
    assert published.unexplained_share is None or 0 <= published.unexplained_share <= 1
    assert np.median(counted.reference) < np.median(published.reference)


def test_whole_vesicles_are_as_potent_as_panel_and_assay_say(tmp_path):
    path = tmp_path / "b.csv"
    copies = products["uc-msc-ev"].cargo["mir_223"].value
    path.write_text(
        f"batch,potency_percent,mir_223_copy_per_particle\nusual,100,{copies}\nhalf,50,{copies}\n", encoding="utf-8"
    )
    batched = deliver(read_batches(path), Use.read(), 200)
    found = batched.delivery.constants["vesicle_potency"]
    assert found == pytest.approx(batched.latent * batched.panel_potency[:, None], rel=1e-9)
    assert 0.4 < np.median(found[1]) / np.median(found[0]) < 0.65


def test_panel_potency_is_a_dose_ratio():
    reference = products["uc-msc-ev"]

    def scaled(k):
        cargo = {n: Estimate(e.value * k, e.low * k, e.high * k, e.source, e.grade) for n, e in reference.cargo.items()}
        return type(reference)(**{**vars(reference), "cargo": cargo})

    found = panel_potency([scaled(0.25), scaled(1.0), scaled(2.0)], reference)
    assert found == pytest.approx([0.25, 1.0, 2.0], rel=0.05)


def test_measured_potency_is_believed_as_far_as_the_assay_goes(tmp_path):
    path = tmp_path / "b.csv"
    path.write_text("batch,potency_percent,storage_temperature_degC,storage_time_d,storage_buffer\n"
                    "full,100,,,\nhalf,50,,,\nopen,,,,\nwarm,100,4,2,PBS\ndead,0,,,\n", encoding="utf-8")  # fmt: skip
    batched = deliver(read_batches(path), Use.read(), 400)
    middle, width = np.median(batched.latent, axis=1), np.log(batched.latent).std(axis=1)
    assert middle[0] == pytest.approx(1, rel=0.05) and 0.5 < middle[1] < 0.6
    assert width[2] > 2 * width[0] and batched.measured.tolist() == [True, True, False, True, True]
    assert batched.kept == pytest.approx([1, 1, 1, 0.49, 1], rel=0.01) and middle[4] < 0.05
    assert np.median(batched.delivery.particles[3]) == pytest.approx(0.49e10, rel=0.05)


def test_doses_in_protein_and_vials_follow_the_batch(tmp_path):
    path = tmp_path / "b.csv"
    path.write_text(
        "batch,particles_per_ug,particles\nunits,particle/ug,particle\nA,7.1e9,1e10\nB,7.1e8,3e10\n", encoding="utf-8"
    )
    batches, use = read_batches(path), Use.read()
    vial = np.median(deliver(batches, use, 50, per_vial=True).delivery.particles, axis=1)
    assert vial[1] / vial[0] == pytest.approx(3, rel=0.15)
    scenario = tmp_path / "s.yaml"
    scenario.write_text(MOUSE.replace("1e10 particle", "1 ug"), encoding="utf-8")
    protein = np.median(deliver(batches, Use.read(scenario), 50).delivery.particles, axis=1)
    assert protein[0] / protein[1] == pytest.approx(10, rel=0.15)


def test_storage_conditions_have_sources_and_order():
    for row in conditions():
        assert row.grade == "assumed" or row.source
    assert kept(-80, 90, "PBS", 1) < kept(-80, 90, "PBS with trehalose", 1) < kept(-80, 0, "PBS with trehalose", 0)
    assert kept(4, 2, "LoBind tube", 0) == pytest.approx(1 - 0.195, rel=0.01)  # pk-K119
    assert condition(-20, "PBS").loss_per_day < condition(4, "PBS").loss_per_day < condition(25, "PBS").loss_per_day


@pytest.mark.parametrize(
    "old, new, words",
    [
        ("product: uc-msc-ev, dose: 1e10 particle", "product: uc-msc, dose: 1e6 cell", "batches are of vesicles"),
        ("plan: {product: uc-msc-ev, dose: 1e10 particle, start: 21 d, every: 7 d, n: 3}\n", "", "one product"),
    ],
)
def test_uses_that_are_refused(tmp_path, old, new, words):
    path = tmp_path / "s.yaml"
    path.write_text(MOUSE.replace(old, new), encoding="utf-8")
    with pytest.raises(InputError, match=words):
        Use.read(path)


def test_doses_with_a_condition_are_decided_under_each_batch_by_each_member(tmp_path):
    def found(condition):
        path = tmp_path / "s.yaml"
        path.write_text(MOUSE.replace("n: 3}", f"n: 3{condition}}}").replace("42 d", "34 d"), encoding="utf-8")
        use = Use.read(path)
        return effects(use, usual(use, [1.0, 0.5], 2))

    always, plain = found(", when: alt > 0 U/L"), found("")
    assert np.array_equal(always.batches, plain.batches)
    path = tmp_path / "s.yaml"
    path.write_text(MOUSE, encoding="utf-8")
    mouse, own, constants = Use.read(path).subject, ensemble.factors(2), values_for("mouse")
    sets = {str(k): {name: constants[name] * float(v[k]) for name, v in own.items()} for k in range(2)}
    days = mouse.history_days + np.array([21.0, 28.0])
    scar = run_courses(dict.fromkeys(sets, mouse), days, sets=sets)
    for k, member in enumerate(sets):
        before, after = scar(member, "collagen_proportionate_area")
        assert before < after
        once = found(f", when: collagen_proportionate_area > {(before + after) / 2:.9g} %")  # not on day 21, on day 28
        assert (once.batches[:, k] > 0).all() and (once.batches[:, k] < plain.batches[:, k]).all()


def test_outcomes_that_are_refused(tmp_path):
    path = tmp_path / "s.yaml"
    path.write_text(MOUSE, encoding="utf-8")
    with pytest.raises(InputError, match="MELD is of patients"):
        Use.read(path, "meld")
    with pytest.raises(InputError, match='Did you mean "albumin"'):
        Use.read(path, "albumine")


def test_a_use_in_which_the_product_does_nothing(tmp_path):
    path = tmp_path / "s.yaml"
    path.write_text(MOUSE.replace("1e10 particle", "1 particle"), encoding="utf-8")
    use = Use.read(path)
    with pytest.raises(InputError, match="nothing for a batch to lose"):
        effects(use, usual(use, [1.0]))
