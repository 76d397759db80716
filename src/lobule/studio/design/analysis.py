"""How a design is analysed: claims at one level, looks before the end, its size estimated again, and what is kept."""

from __future__ import annotations

from typing import Any

from lobule.studio.design import words
from lobule.studio.design.rows import entries, named, rows
from lobule.studio.form import Changes, Form
from lobule.studio.state import Field

PLAN: Field = ("analysis", "multiplicity")
FAMILIES: Field = (*PLAN, "families")
LOOKS: Field = ("interim",)
FUTILITY: Field = (*LOOKS, "futility")
AGAIN: Field = ("reestimation",)
GATES = ("serial_gatekeeping", "parallel_gatekeeping")
GAMMA = "hwang_shih_decani"
USUAL_LOOKS = [0.5, 1.0]


def analysis(form: Form) -> None:
    """Reference, covariates, level, subgroups, and claims beside the primary endpoint."""
    state = form.state
    form.choice(
        ("analysis", "reference"), "Arm that others are compared with",
        lambda: words.or_none(named(form.state, "arms"), "the last arm"),
    )  # fmt: skip
    form.choice(("analysis", "covariates"), "Covariates beside the baseline", words.outputs(), several=True)
    form.number(("analysis", "alpha"), "Alpha, two-sided", 0, 0.5, whole=False, usual="0.05")
    form.choice(("analysis", "rescue"), "After rescue", words.AFTER_RESCUE, usual="treatment_policy")
    form.listed(("analysis", "subgroups"), "Subgroups", "meld_na >= 15, female >= 1")
    none = "one claim, of the primary endpoint"
    form.choice(
        (*PLAN, "procedure"), "Several claims at one level", words.or_none(words.PROCEDURES, none),
        writes=lambda value: _procedure(form, value),
    )  # fmt: skip
    procedure = state.get(*PLAN, "procedure")
    if procedure == "graph" or state.get(*PLAN, "hypotheses") is not None:
        form.yaml((*PLAN, "hypotheses"), "Hypotheses of the graph (YAML)")
    if (procedure and procedure != "graph") or state.get(*FAMILIES) is not None:
        rows(form, FAMILIES, "a family", lambda at: _family(form, at), list)


def analysis_shape(form: Form) -> object:
    """What decides which fields there are."""
    state = form.state
    graph = state.get(*PLAN, "hypotheses") is not None
    return str(state.get(*PLAN, "procedure")), len(entries(state, *FAMILIES)), graph


def looks(form: Form) -> None:
    """Interim looks, futility, and the size estimated again."""
    state = form.state
    interim = state.get(*LOOKS) is not None
    form.choice(
        (*LOOKS, "boundary"), "Looks before the end", words.or_none(words.BOUNDARIES, "none"),
        usual=lambda: "obrien_fleming" if form.state.get(*LOOKS) is not None else "",
        writes=lambda value: _boundary(form, value),
    )  # fmt: skip
    if interim:
        form.listed((*LOOKS, "looks"), "At these shares of the information", "0.5, 1", numbers=True)
        if state.get(*LOOKS, "boundary") == GAMMA or state.get(*LOOKS, "gamma") is not None:
            form.number((*LOOKS, "gamma"), "Gamma of the boundary", -40, 40, whole=False, usual="-4")
        _futility(form)
    form.choice(
        (*AGAIN, "method"), "Size estimated again", words.or_none(words.SIZE_AGAIN, "no, it stays as planned"),
        writes=lambda value: _again(form, value),
    )  # fmt: skip
    if state.get(*AGAIN) is not None:
        form.number((*AGAIN, "at"), "At this share of the information", 0, 1, whole=False, usual="0.5")
        form.number((*AGAIN, "largest"), "Patients at most", 2, 100_000)
        form.number((*AGAIN, "power"), "Wanted power", 0.5, 1, whole=False, usual="0.9")
        if state.get(*AGAIN, "method") != "promising_zone" or state.get(*AGAIN, "effect") is not None:
            form.number((*AGAIN, "effect"), "Difference of means that is planned with", 0, 1e9, whole=False)
        if state.get(*AGAIN, "method") != "blinded_variance" or state.get(*AGAIN, "least") is not None:
            form.number(
                (*AGAIN, "least"), "Conditional power from which more are taken", 0.5, 1, whole=False, usual="0.5"
            )


def looks_shape(form: Form) -> object:
    """What decides which fields there are."""
    state = form.state
    said = [(*LOOKS, "boundary"), (*FUTILITY, "kind"), (*FUTILITY, "spending"), (*AGAIN, "method")]
    there = [LOOKS, FUTILITY, AGAIN, (*LOOKS, "gamma"), (*AGAIN, "effect"), (*AGAIN, "least")]
    return str([state.get(*one) for one in said] + [state.get(*one) is not None for one in there])


def kept(form: Form) -> None:
    """Seeds, what tables of submission say, and what such a trial reported."""
    form.number(("seed",), "Seed of everything but the patients", 0, 2**63 - 1, usual="1")
    form.number(("population", "seed"), "Seed of the patients", 0, 2**63 - 1, usual="1")
    with form.group("Tables of submission"):
        form.text(("submission", "study"), "Short name of the study", "LOB-01")
        form.text(("submission", "start"), "Day of the first patient", "2026-01-05")
        form.text(("submission", "country"), "Country, three letters", "ZZZ")
    form.yaml(("published",), "What such a trial reported (YAML)")


def _futility(form: Form) -> None:
    state = form.state
    form.choice(
        (*FUTILITY, "kind"), "It ends for futility where", words.or_none(words.FUTILITY, "never"),
        writes=lambda value: [(FUTILITY, None)] if value is None else [((*FUTILITY, "kind"), value)],
    )  # fmt: skip
    kind = state.get(*FUTILITY, "kind")
    if state.get(*FUTILITY) is None:
        return
    if kind != "conditional_power":
        form.choice((*FUTILITY, "spending"), "Beta is spent", words.SPENDING, usual=GAMMA)
        if state.get(*FUTILITY, "spending") in (None, GAMMA):
            form.number((*FUTILITY, "gamma"), "Gamma of the spending", -40, 40, whole=False, usual="-2")
    if kind != "beta_spending":
        form.number((*FUTILITY, "below"), "Conditional power below", 0, 1, whole=False, usual="0.2")
        form.choice((*FUTILITY, "under"), "Conditional power goes on with", words.UNDER, usual="trend")
    form.number((*FUTILITY, "power"), "Power of the effect that it is for", 0.5, 1, whole=False, usual="0.9")


def _family(form: Form, at: Field) -> None:
    label = f"Family {int(at[-1]) + 1}: endpoints in order"
    form.choice(at, label, lambda: named(form.state, "endpoints"), several=True)


def _procedure(form: Form, value: str | None) -> Changes:
    """Another procedure: gatekeeping has several families, a graph hypotheses, the others one family."""
    if value is None:
        return [(PLAN, None)]
    state = form.state
    held = state.get(*PLAN)
    plan: dict[str, Any] = {**(held if isinstance(held, dict) else {}), "procedure": value}
    found = [one for one in plan.pop("families", None) or [] if isinstance(one, list)]
    names = [name for family in found for name in family] or _claimed(form)
    if value == "graph":
        plan.setdefault("hypotheses", _hypotheses(form, names))
        return [(PLAN, plan)]
    plan.pop("hypotheses", None)
    if value in GATES:
        plan["families"] = found if len(found) > 1 else [names[:1], names[1:]] if len(names) > 1 else [names]
    else:
        plan["families"] = [names]
    return [(PLAN, plan)]


def _claimed(form: Form) -> list[str]:
    """Endpoints that can be claimed, the primary one first."""
    known = [one for one in entries(form.state, "endpoints") if isinstance(one, dict) and one.get("name")]
    names = [str(one["name"]) for one in known if one.get("method") != "dose_response"]
    primary = form.state.get("analysis", "primary")
    return sorted(names, key=lambda name: name != primary)


def _hypotheses(form: Form, names: list[str]) -> list[dict[str, Any]]:
    """Claims that hand on what they have to the next one."""
    arms = list(named(form.state, "arms"))
    reference = form.state.get("analysis", "reference") or (arms[-1] if arms else None)
    others = [arm for arm in arms if arm != reference]
    pairs = [(name, arm) for name in names for arm in others]
    found = []
    for k, (name, arm) in enumerate(pairs):
        one = {"name": f"H{k + 1}", "endpoint": name, "arm": arm, "weight": 1 if k == 0 else 0}
        found.append(one | ({"passes": {f"H{k + 2}": 1}} if k + 1 < len(pairs) else {}))
    return found


def _boundary(form: Form, value: str | None) -> Changes:
    if value is None:
        return [(LOOKS, None)]
    if form.state.get(*LOOKS) is None:
        return [(LOOKS, {"looks": list(USUAL_LOOKS), "boundary": value})]
    return [((*LOOKS, "boundary"), value), *([] if value == GAMMA else [((*LOOKS, "gamma"), None)])]


def _again(form: Form, value: str | None) -> Changes:
    """Another way; the largest size is twice the planned one, until somebody says another."""
    if value is None:
        return [(AGAIN, None)]
    held, patients = form.state.get(*AGAIN), form.state.get("patients")
    largest = 2 * patients if isinstance(patients, int) else 400
    own = {"effect"} if value == "promising_zone" else {"least"}
    plan = {"largest": largest, **(held if isinstance(held, dict) else {}), "method": value}
    return [(AGAIN, {key: one for key, one in plan.items() if key not in own})]
