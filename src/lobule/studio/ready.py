"""Ready examples: what a page shows before anybody has touched it, one a species, and usual doses."""

from __future__ import annotations

from typing import Any

from lobule.model.causes import causes
from lobule.studio.state import State

YEARS = 20.0  # of a disease, where another one is chosen
LASTS = "6 wk"  # of an injury that goes on
READY: dict[str, dict[str, Any]] = {
    "mouse": {
        "subject": {"species": "mouse", "injury": {"cause": "ccl4", "duration": "6 wk"}},
        "plan": [{"product": "uc-msc-ev", "dose": "1e10 particle", "route": "iv", "start": "21 d", "every": "7 d",
                  "n": 3}],
        "until": "63 d",
        "sample_every": "6 h",
    },
    "rat": {
        "subject": {"species": "rat", "injury": {"cause": "ccl4", "duration": "6 wk"}},
        "plan": [{"product": "uc-msc-ev", "dose": "1e11 particle", "route": "iv", "start": "21 d", "every": "7 d",
                  "n": 3}],
        "until": "63 d",
        "sample_every": "6 h",
    },
    "human": {
        "subject": {"species": "human", "etiology": "hbv", "years": 25, "treated_with": ["antiviral"]},
        "plan": [{"product": "uc-msc-ev", "dose": "1e12 particle", "route": "iv", "start": "7 d", "every": "7 d",
                  "n": 4}],
        "until": "180 d",
        "sample_every": "1 d",
    },
}  # fmt: skip
DOSES = {
    ("vesicles", "mouse"): "1e10 particle", ("vesicles", "rat"): "1e11 particle",
    ("vesicles", "human"): "1e12 particle",
    ("cells", "mouse"): "1e6 cell", ("cells", "rat"): "3e6 cell", ("cells", "human"): "1e8 cell",
    ("medium", "mouse"): "0.2 mL", ("medium", "rat"): "1 mL", ("medium", "human"): "50 mL",
}  # fmt: skip


def ready(species: str = "mouse") -> State:
    """The ready example of a species."""
    return State(READY[species])


def tissue() -> State:
    """The ready example in space, of which a sheet is there that plays at once."""
    sheet = {"lobules": 7, "seed": 1, "pictures": ["1 d", "7 d", "21 d", "28 d", "35 d", "42 d"]}
    return ready("mouse").having((("until",), "42 d"), (("tissue",), sheet))


def causes_of(species: str) -> dict[str, str]:
    """{name: title} of what can be chosen as the harm: injuries of animals, diseases of years of people."""
    people = species == "human"
    return {one.name: one.title for one in causes().values()
            if species in one.species and not (people and one.kind in ("dose", "resection"))}  # fmt: skip


def precipitants() -> dict[str, str]:
    """{name: title} of what can strike a patient beside the disease."""
    return {one.name: one.title for one in causes().values() if "human" in one.species and one.kind == "dose"}


def with_cause(state: State, name: str | None) -> State:
    """The same subject with another harm, in its usual dose; None for a healthy liver."""
    if state.get("subject", "species") == "human":
        gone = [
            (("subject", field), None) for field in ("intensity", "stage", "meld", "wishes", "treated_years", "varied")
        ]
        years = (state.get("subject", "years") or YEARS) if name else None
        care = state.get("subject", "treated_with") if name else None
        return state.having(*gone, (("subject", "etiology"), name), (("subject", "years"), years),
                            (("subject", "treated_with"), care))  # fmt: skip
    if name is None:
        return state.having((("subject", "injury"), None))
    goes_on = causes()[name].every is not None or causes()[name].kind == "switch"
    injury = {"cause": name} | ({"duration": LASTS} if goes_on else {})
    return state.having((("subject", "injury"), injury))
