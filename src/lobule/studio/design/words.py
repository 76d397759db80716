"""What the choices of a design are called on a page; each group has a name for every word that a design may hold."""

from __future__ import annotations

from collections.abc import Mapping

from lobule.files.design import EVENTS
from lobule.labs import measurable, scores

READINGS = {
    "published": "as published: as strongly as studies report",
    "counted": "as counted: only what copies can do",
}
SCREENING = {"measured": "labs as measured at a screening visit", "exact": "what is true"}
ALLOCATION = {"simple": "simple", "blocked": "in blocks", "stratified": "in blocks, stratified"}
BLINDING = {"double": "double blind", "open": "open label"}
YES = {False: "no", True: "yes, livers are offered by MELD-Na"}
KINDS = {
    "change": "change from baseline", "responder": "share of responders", "time_to_event": "time to an event",
    "ranked": "ranked: the gravest first",
}  # fmt: skip
METHODS = {
    "ancova": "ANCOVA at the visit", "mmrm": "mixed model of all visits (MMRM)", "t_test": "t-test",
    "multiple_imputation": "multiple imputation", "map_prior": "historical controls (MAP prior)",
    "dose_response": "dose response (MCP-Mod)", "risk_difference": "difference of shares; missing is no response",
    "imputed_risk_difference": "difference of shares, imputed", "log_rank": "log-rank test", "cox": "Cox regression",
    "rmst": "mean time without event (RMST)", "cumulative_incidence": "cumulative incidence, events compete",
    "fine_gray": "Fine and Gray, events compete", "win_ratio": "win ratio",
}  # fmt: skip
STRATEGIES = {
    "treatment_policy": "treatment policy: values count", "hypothetical": "hypothetical: as if it had not been",
    "composite": "composite: it is a failure", "while_on_treatment": "while on treatment: until it comes",
    "principal_stratum": "principal stratum: those without it in either arm",
}  # fmt: skip
MISSING = {
    "missing_at_random": "as others of the same arm", "jump_to_reference": "jump to the reference's course",
    "copy_reference": "as if of the reference from the start",
}  # fmt: skip
AFTER_RESCUE = {"treatment_policy": "values count", "hypothetical": "values are missing"}
PROCEDURES = {
    "bonferroni": "Bonferroni", "holm": "Holm", "fixed_sequence": "in a fixed sequence", "fallback": "fallback",
    "serial_gatekeeping": "serial gatekeeping of families", "parallel_gatekeeping": "parallel gatekeeping of families",
    "graph": "a graph of hypotheses",
}  # fmt: skip
SPENDING = {
    "lan_demets_obrien_fleming": "spending as O'Brien and Fleming (Lan, DeMets)",
    "lan_demets_pocock": "spending as Pocock (Lan, DeMets)",
    "hwang_shih_decani": "spending by gamma (Hwang, Shih, DeCani)",
}  # fmt: skip
BOUNDARIES = {"obrien_fleming": "O'Brien and Fleming", "pocock": "Pocock"} | SPENDING
FUTILITY = {"beta_spending": "spends beta", "conditional_power": "conditional power is low"}
UNDER = {"trend": "the trend so far", "design": "the effect of the design"}
SIZE_AGAIN = {
    "blinded_variance": "from the variance, blinded", "promising_zone": "more in a promising zone",
}  # fmt: skip


def outputs() -> dict[str, str]:
    """{name: title} of what an endpoint can be of."""
    return {one.name: _begun(one.title) for one in (*scores().values(), *measurable().values())}


def assays() -> dict[str, str]:
    """{name: title} of what can be measured."""
    return {one.name: _begun(one.title) for one in measurable().values()}


def events() -> dict[str, str]:
    """{name: title} of what can befall a subject."""
    return {one.name: _begun(one.title) for one in EVENTS.values()}


def or_none(words: Mapping[str, str], none: str) -> dict[str, str]:
    """The same choices with one more, of nothing."""
    return {"": none, **words}


def _begun(title: str) -> str:
    return title[:1].upper() + title[1:]
