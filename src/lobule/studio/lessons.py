"""The steps of the tour: what one sees, why, and the rows of evidence that it stands on; each is a state of a page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lobule.studio.state import State

CCL4 = {"cause": "ccl4", "duration": "6 wk"}
VESICLES = {"product": "uc-msc-ev", "dose": "1e10 particle", "route": "iv", "start": "21 d", "every": "7 d", "n": 3}


@dataclass(frozen=True)
class Lesson:
    """A step.

    Attributes
    ----------
    title : of the step
    said : sentences: what is known, and where to look
    data : the scenario that the page shows
    sources : ids of rows of evidence
    page : where it is looked at
    """

    title: str
    said: str
    data: dict[str, Any]
    sources: tuple[str, ...]
    page: str = "/"

    @property
    def state(self) -> State:
        """The state of the page."""
        return State(self.data)


def _mouse(title: str, injury: dict[str, Any] | None, plan: list[dict[str, Any]], until: str) -> dict[str, Any]:
    subject = {"species": "mouse"} | ({"injury": injury} if injury else {})
    return {"title": title, "subject": subject, **({"plan": plan} if plan else {}), "until": until,
            "sample_every": "6 h"}  # fmt: skip


def _patient(title: str, years: int, plan: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    subject = {"species": "human", "etiology": "hbv", "years": years, **more}
    return {"title": title, "subject": subject, **({"plan": plan} if plan else {}), "until": "180 d",
            "sample_every": "1 d"}  # fmt: skip


LESSONS = (
    Lesson(
        "A liver that works",
        "Hepatocytes make albumin and clotting factors, take up bilirubin and turn ammonia into urea. In health "
        "nothing moves: every curve is flat, and has to be, whatever the rest of the tour does.",
        _mouse("A healthy mouse", None, [], "28 d"),
        ("pk-K001", "D1"),
    ),
    Lesson(
        "Hepatocytes fail",
        "An overdose of paracetamol kills hepatocytes within hours: their ALT leaks into blood and peaks within a day, "
        "and within a week those that are left have divided and function is back. An acute injury heals by itself if "
        "enough of the liver is alive.",
        _mouse("Paracetamol, once", {"cause": "acetaminophen"}, [], "10 d"),
        ("A2", "A3"),
    ),
    Lesson(
        "When the injury does not stop",
        "Twenty-five years of hepatitis B: scar and pressure are those of cirrhosis, and albumin and INR still "
        "look normal, because the reserve is large. Raise the years of disease to 35 and to 40: function is lost "
        "faster and faster. What labs show late, the liver knows early.",
        _patient("Hepatitis B for 25 years, untreated", 25, []),
        ("D1", "D2", "C1"),
    ),
    Lesson(
        "M1: macrophages that inflame",
        "Dying hepatocytes and gut products wake Kupffer cells and call monocytes in. As M1 they give off "
        "TNF-alpha, IL-6 and IL-1 beta, which injure further and wake stellate cells, which lay down collagen. In "
        "the plane both kinds rise in the first weeks, M1 more than M2, and stay above health while the injury "
        "lasts.",
        _mouse("CCl4 twice a week", CCL4, [], "42 d"),
        ("A6", "A4"),
    ),
    Lesson(
        "M2: the same cells, restoring",
        "M1 and M2 are states, not kinds: they turn in both directions. Without CCl4, from week 6 on, M1 are gone "
        "first and M2 after them, and enzymes take the young part of the scar away within weeks; what is "
        "cross-linked stays much longer.",
        _mouse("CCl4 for six weeks, then rest", CCL4, [], "98 d"),
        ("A6", "A7"),
    ),
    Lesson(
        "Vesicles: where a dose goes",
        "Of vesicles given into a vein most are in liver, spleen and lung within the hour, and in the liver it is "
        "macrophages that eat them. So a macrophage gets many, and a hepatocyte or stellate cell few: look at the map "
        "of where they are over time.",
        _mouse("One dose of vesicles", CCL4, [{**VESICLES, "n": 1}], "28 d"),
        ("P1", "P3"),
    ),
    Lesson(
        "What exosomes carry",
        "Vesicles bring microRNA and proteins of the cell that made them: miR-223 brakes NLRP3 and IL-6, miR-148a "
        "KLF6, miR-125b Smo in stellate cells (in macrophages both signs are published). Counted copies are few; "
        "the page sets what arrives beside what would be needed, and says what no count explains.",
        _mouse("Vesicles in CCl4 fibrosis", CCL4, [VESICLES], "63 d"),
        ("K002", "K022", "K015", "K010", "T5", "T6"),
        "/cargo",
    ),
    Lesson(
        "Why the dose matters",
        "Uptake and answer saturate: each tenfold of the dose adds less than the one before. Move the slider down "
        "from here, a decade at a time, and see how much of the effect is left.",
        _mouse("Ten times the vesicles", CCL4, [{**VESICLES, "dose": "1e11 particle"}], "63 d"),
        ("T1", "T3"),
    ),
    Lesson(
        "Why the time matters",
        "In an acute injury a dose within the first hours spares hepatocytes; given after the peak it comes too "
        "late, since what would die is dead. Change the time of the first dose from 2 h to 2 d and compare the "
        "highest ALT with that of the untreated.",
        _mouse("Vesicles two hours after paracetamol", {"cause": "acetaminophen"},
               [{"product": "uc-msc-ev", "dose": "1e10 particle", "route": "iv", "start": "2 h", "n": 1}], "10 d"),
        ("T2", "A3"),
    ),
    Lesson(
        "In a patient, beside standard care",
        "People get the antiviral first: what is new must add to it. In trials cells move MELD by about two points and "
        "albumin by a few grams where the liver has failed, next to nothing where it has not, and it fades within "
        "months. The sentence above the curves says what is assumed.",
        _patient("Cells beside an antiviral", 25,
                 [{"product": "uc-msc", "dose": "1e6 cell/kg", "route": "iv", "start": "7 d", "every": "28 d", "n": 3}],
                 treated_with=["antiviral"]),
        ("C11", "C13", "T11", "T13", "T14"),
    ),
)  # fmt: skip
