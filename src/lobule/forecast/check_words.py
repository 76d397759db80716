"""What a check of a fit says: which lab or sign is off, on which day, and what that could mean."""

from __future__ import annotations

import math

import numpy as np

from lobule.files.suspects import NEAR, factors
from lobule.forecast.posterior import Posterior, Residual
from lobule.forecast.said import sign_in_words, value_in
from lobule.forecast.verdict import FEW, LONE, POOR, UNUSUAL, Check
from lobule.labs import labs
from lobule.model.causes import causes
from lobule.statistics.weighted import weights_without

MOST_TIMES = 9.2  # logarithm of how many times as likely another cause is told to be
WORDS = {
    "albumin": "nephrotic loss, malnutrition, an infusion of albumin",
    "bilirubin": "an obstruction, haemolysis, Gilbert's syndrome, an acute injury",
    "inr": "an anticoagulant, lack of vitamin K, another reagent",
    "platelets": "a disease of the blood, no spleen, an infection",
    "ast": "muscle, an acute injury, a second disease of the liver",
    "alt": "an acute injury, a second disease of the liver",
    "alp": "bone, pregnancy, another scale of the laboratory",
    "ggt": "alcohol, drugs that induce it",
    "creatinine": "a disease of the kidney, muscle mass",
    "sodium": "diuretics, infusions",
    "ascites": "the heart, a tumour, a thrombosis of hepatic or portal veins",
    "encephalopathy_grade": "drugs, withdrawal of alcohol, an infection, a shunt",
    "edema": "the heart, the kidney, veins, drugs",
    "varices": "a thrombosis of the portal vein",
    "histology": "another place of the biopsy, scar that went back since",
}


def warnings_of(found: Check, posterior: Posterior) -> list[str]:
    """Sentences without a full stop, the gravest first; none where nothing is unusual."""
    said = []
    if found.of_another:
        name, gain = found.better
        said.append(f"the labs, age and sex are {np.exp(min(gain, MOST_TIMES)):.0f} times as likely in "
                    f"{causes()[name].title}: is it {causes()[posterior.pool.of.etiology].title}?")  # fmt: skip
    poor, named = found.beyond(POOR), found.beyond(UNUSUAL)
    for name in [*named, *(lab for lab in found.odd if lab not in named)]:
        many = "hardly any" if name in poor else "few"
        if name in found.of_signs:
            said.append(f"{sign_in_words(posterior.person, name)}: {many} virtual people with such labs have that: it "
                        f"could be {WORDS[name]}")  # fmt: skip
        else:
            chance = found.of_values[name]
            places = found.odd.get(name) or (int(np.argmin(chance)),)
            said += [_of_value(posterior, name, k, "hardly any" if chance[k] * len(chance) < POOR else many)
                     for k in places]  # fmt: skip
    if found.typed:
        said.append("the forecast starts from a value that looks mistyped")
    if found.overall < POOR and not poor:
        said.append("no lab stands out, but all of them together are unlike those of virtual people")
    if found.worse < 2 * found.least:
        said.append(f"got worse faster than {_nearly_all(found.worse)} of the virtual people who were like this one at "
                    "the first visit: something acute, or a second disease?")  # fmt: skip
    if found.size < FEW:
        many = "one virtual person alone is" if found.size < LONE else "few virtual people are"
        then = "so that others were made nearby" if posterior.made else "the bands are rough"
        said.append(f"{many} like this one (worth {found.size:.0f}): {then}")
    return said


def _of_value(posterior: Posterior, lab: str, k: int, many: str) -> str:
    one, person = posterior.residuals[lab], posterior.person
    usual = foreseen(one, k)
    value = value_in(person, lab, math.exp(float(one.measured.logs[k])), int(one.measured.sides[k]))
    how = mistyped(lab, float(one.measured.logs[k]) - usual)
    typed = f"a typing error ({how}), " if how else ""
    return (f"{labs()[lab].label} {value} on {person.when(float(one.measured.days[k]))}: {many} virtual people who are "
            f"like this one otherwise have that, {value_in(person, lab, math.exp(usual))} would be usual: it could be "
            f"{typed}{WORDS[lab]}")  # fmt: skip


def mistyped(lab: str, off: float) -> str:
    """How a value so far off (on the logarithm) may have been mistyped; "" where it is no such factor."""
    return next((how for factor, how in factors(lab).items() if abs(abs(off) - math.log(factor)) < NEAR), "")


def _nearly_all(worse: float) -> str:
    return "99.9 %" if worse < 0.001 else f"{100 * (1 - worse):.1f} %"


def foreseen(one: Residual, k: int) -> float:
    """Logarithm of what a value would have been, as its earlier ones and all else that is known say."""
    course = one.measured.logs - one.off
    weights = weights_without(one.chance[:, k])
    before = np.zeros(len(course))
    if k:
        state = one.states()[:, k - 1]
        before = state[:, 0] + state[:, 1] * one.measured.keeps[k]
    return float(weights @ (course[:, k] + before))
