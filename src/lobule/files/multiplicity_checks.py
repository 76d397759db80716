"""What contradicts itself in the claims that a design makes at one familywise level."""

from __future__ import annotations

from lobule.errors import InputError, Mistakes, nearest
from lobule.files.design import Design
from lobule.files.plan_of_analysis import Multiplicity

GATES = ("serial_gatekeeping", "parallel_gatekeeping")
SAME = 1e-6
FIELD = ("analysis", "multiplicity")


def check_multiplicity(design: Design, plan: Multiplicity, found: Mistakes) -> None:
    """Note every mistake."""
    if design.interim is not None:
        raise InputError("claims share alpha at the end of a trial without interim looks; take out one of both")
    graph = plan.procedure == "graph"
    if graph == bool(plan.families) or graph != bool(plan.hypotheses):
        raise InputError("a graph has hypotheses, every other procedure has families of endpoints")
    if not graph and (len(plan.families) > 1) != (plan.procedure in GATES):
        raise InputError("several families belong to gatekeeping, which needs them; the others have one")
    known = [e.name for e in design.endpoints]
    used: list[str] = []
    for i, family in enumerate(plan.entries("families")):
        for j, name in enumerate(family):
            with found.at(*FIELD, "families", i, j):
                _endpoint(design, name, known)
                if name in used:
                    raise InputError(f'"{name}" stands twice')
                used.append(name)
        with found.at(*FIELD, "families", i):
            if not family:
                raise InputError("a family without endpoints")
    if graph:
        _graph(design, plan, known, found)


def _endpoint(design: Design, name: str, known: list[str]) -> None:
    if name not in known:
        raise InputError(f'no endpoint "{name}". {nearest(name, known)}')
    if design.endpoint(name).how == "dose_response":
        raise InputError(f'"{name}" is tested over all arms at once; its p is adjusted already')


def _graph(design: Design, plan: Multiplicity, known: list[str], found: Mistakes) -> None:
    names = [one.name for one in plan.hypotheses]
    others = [arm.name for a, arm in enumerate(design.arms) if a != design.reference]
    for i, one in enumerate(plan.entries("hypotheses")):
        with found.at(*FIELD, "hypotheses", i):
            _endpoint(design, one.endpoint, known)
            if one.name in names[:i]:
                raise InputError(f'two hypotheses are called "{one.name}"')
            if (one.arm is None and len(others) > 1) or (one.arm is not None and one.arm not in others):
                raise InputError(f"a hypothesis names an arm that is compared: {', '.join(others)}")
        with found.at(*FIELD, "hypotheses", i, "passes"):
            if one.name in one.passes or not set(one.passes) <= set(names):
                raise InputError(f"a hypothesis passes its level to others of the graph: {', '.join(names)}")
            if sum(one.passes.values()) > 1 + SAME:
                raise InputError(f"it passes {sum(one.passes.values()):g} of its level, more than there is")
    with found.at(*FIELD, "hypotheses"):
        total = sum(one.weight for one in plan.hypotheses)
        if total > 1 + SAME or total <= 0:
            raise InputError(f"the weights add up to {total:g}; together they are above 0 and at most 1")
