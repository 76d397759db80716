"""The subjects of a replicate as tables of submission name them: identifiers, dates, arms."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lobule.cdisc.calendar import Dates, dates, study_day
from lobule.files.design import Design
from lobule.trial.conduct import Conducted

SITE = "001"  # one virtual site
LONGEST_ARM_CODE = 20


@dataclass(frozen=True)
class Subjects:
    """Subjects in order of enrolment.

    Attributes
    ----------
    study : STUDYID; subject, unique : SUBJID, USUBJID
    randomised, ended : (n,) dates of day 1 and of the end of observation
    arm, arm_code : (n,) words of the design
    """

    study: str
    subject: NDArray[np.str_]
    unique: NDArray[np.str_]
    randomised: Dates
    ended: Dates
    arm: NDArray[np.str_]
    arm_code: NDArray[np.str_]

    @classmethod
    def of(cls, design: Design, seen: Conducted, study: str) -> Subjects:
        """Those of a replicate; the calendar begins on `submission.start` of the design."""
        subject = np.array([f"{i + 1:05d}" for i in range(len(seen))])
        randomised = dates(design.submission.start, seen.enrolled)
        return cls(
            study, subject, np.array([f"{study}-{SITE}-{one}" for one in subject]), randomised,
            dates(randomised, seen.left), np.array([arm.name for arm in design.arms])[seen.arm],
            np.array(arm_codes([arm.name for arm in design.arms]))[seen.arm],
        )  # fmt: skip

    def __len__(self) -> int:
        return len(self.subject)

    def on(self, who: NDArray[np.int64], days: NDArray[np.float64]) -> Dates:
        """Dates of days after randomisation, one of each of `who`; NaT where a day is not finite."""
        return dates(self.randomised[who], days)

    def study_day(self, who: NDArray[np.int64], when: Dates) -> NDArray[np.float64]:
        """Days from randomisation, which is day 1; there is no day 0."""
        return study_day(when, self.randomised[who])


def arm_codes(names: list[str]) -> list[str]:
    """Short codes of arms, all different.

    >>> arm_codes(["UC-MSC 1e6", "placebo"])
    ['UCMSC1E6', 'PLACEBO']
    """
    found: list[str] = []
    for k, name in enumerate(names, start=1):
        code = re.sub(r"[^A-Z0-9]", "", name.upper())[:LONGEST_ARM_CODE] or f"ARM{k}"
        found.append(code if code not in found else f"{code[: LONGEST_ARM_CODE - 2]}{k:02d}")
    return found


def numbered(who: NDArray[np.int64]) -> NDArray[np.int64]:
    """1, 2, ... within each subject, in the order of the rows, which lie together by subject."""
    starts = np.r_[True, who[1:] != who[:-1]] if len(who) else np.empty(0, bool)
    first = np.maximum.accumulate(np.where(starts, np.arange(len(who)), 0))
    return np.arange(len(who)) - first + 1
