"""A trial that was run: its design, patients, courses and replicates, and what follows from them at once."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from lobule.cdisc.tables import plain
from lobule.errors import InputError
from lobule.files.design import Design
from lobule.trial.borrowing import borrowing
from lobule.trial.claims import familywise_error, shown_claims
from lobule.trial.conduct import Conducted
from lobule.trial.datasets import datasets, frames
from lobule.trial.effect import Estimate
from lobule.trial.estimands import estimands
from lobule.trial.imputed import sensitivity
from lobule.trial.monitoring import monitoring
from lobule.trial.population import Population
from lobule.trial.power import endpoint_table, operating_characteristics
from lobule.trial.principal import strata
from lobule.trial.reestimated import conducted
from lobule.trial.replicates import Replicate
from lobule.trial.runs import Courses
from lobule.trial.tabulation import Tabulated, tabulated
from lobule.trial.twins import twins
from lobule.trial.unexplained import unexplained

if TYPE_CHECKING:
    import pandas as pd

    from lobule.cdisc.tables import Table

SHOWN = 1  # the replicate whose tables are written


@dataclass(frozen=True)
class Outcome:
    """What a trial has shown.

    Attributes
    ----------
    name, design, population
    courses : of the population in each arm, with the usual parameters
    replicates : all of them
    notes : what differs, in a trial that an earlier version kept
    counted : courses of each arm as counted, with the usual parameters; None where the trial itself is as counted, no
        arm has a product, or an earlier version kept it
    """

    name: str
    design: Design
    population: Population
    courses: list[Courses]
    replicates: tuple[Replicate, ...]
    notes: tuple[str, ...] = field(default=(), kw_only=True)
    counted: list[Courses] | None = field(default=None, kw_only=True, repr=False)

    @cached_property
    def shown(self) -> Conducted:
        """The first replicate: the trial as it might turn out."""
        return conducted(self.design, self.population, self.courses, SHOWN)

    @cached_property
    def estimates(self) -> list[Estimate]:
        """All endpoints of the first replicate."""
        return next(list(r.estimates) for r in self.replicates if r.kind == "trial" and r.number == SHOWN)

    def power(self) -> dict[str, Any]:
        """Power, type I error and assurance of the primary endpoint, each with its Monte Carlo error; stopping."""
        return dict(self._power)

    @cached_property
    def _power(self) -> dict[str, Any]:
        error = familywise_error(self.design, self.replicates)
        found = operating_characteristics(self.design, self.replicates)
        return found if error is None else found | {"familywise_error": error}

    def endpoints(self) -> pd.DataFrame:
        """Every endpoint over the replicates (see `power.endpoint_table`), with the reading, and the share of its true
        effect that the counted reading does not reach (see `unexplained`)."""
        return self._endpoints.copy()

    @cached_property
    def _endpoints(self) -> pd.DataFrame:
        table = endpoint_table(self.design, self.replicates).assign(reading=self.design.reading)
        if self.counted is None:
            return table
        shares = self.unexplained().set_index(["endpoint", "arm"])["unexplained_share"]
        found = [shares.get((row["endpoint"], row["arm"])) for row in table.to_dict("records")]
        return table.assign(unexplained_share=np.array(found, float))

    def estimands(self) -> pd.DataFrame:
        """The estimand of each endpoint and how it is estimated (see `estimands.estimands`)."""
        return estimands(self.design)

    def monitoring(self) -> pd.DataFrame:
        """What a monitoring board would see of the first replicate at each look (see `monitoring.monitoring`)."""
        return monitoring(self.design, self.shown)

    def borrowing(self) -> pd.DataFrame:
        """Error and power of what borrows from historical controls, by the true control (see `borrowing.borrowing`)."""
        return borrowing(self.design, self.replicates)

    def claims(self) -> pd.DataFrame:
        """The claims at one familywise level and how often each is shown (see `claims.shown_claims`)."""
        return shown_claims(self.design, self.replicates)

    @cached_property
    def sensitivity(self) -> pd.DataFrame:
        """How the answer on each change hangs on what is missing, of the first replicate (see
        `imputed.sensitivity`)."""
        return sensitivity(self.design, self.shown)

    def principal(self) -> pd.DataFrame:
        """Principal strata: the true effect, and what the trial's data tell of it (see `principal.strata`)."""
        return self._principal.copy()

    @cached_property
    def _principal(self) -> pd.DataFrame:
        shown = {(e.endpoint, e.arm): e.estimate for e in self.estimates}
        return strata(self.design, self.population, self.courses, self.shown, self._endpoints, shown)

    def unexplained(self) -> pd.DataFrame:
        """What of each endpoint's true effect the counted reading does not reach (see `unexplained.unexplained`).

        Raises
        ------
        InputError : the counted reading was not solved beside this trial.
        """
        if self.counted is None:
            raise InputError("this trial has no counted reading beside it, so that no share of its effects is known")
        return unexplained(self.design, self.population, self.courses, self.counted)

    @property
    def study(self) -> str:
        """STUDYID: of the design, else the name of its file."""
        return self.design.submission.study or re.sub(r"[^A-Z0-9_-]", "-", plain(self.name).upper())[:20]

    @cached_property
    def sdtm(self) -> Tabulated:
        """Tables of SDTM of the first replicate (see `tabulation.tabulated`)."""
        return tabulated(self.design, self.population, self.shown, self.courses, self.study)

    @cached_property
    def adam(self) -> dict[str, Table]:
        """Tables of ADaM of the first replicate, with what Define-XML says of them (see `datasets.datasets`)."""
        return datasets(self.design, self.population, self.shown, self.sdtm)

    def tables(self) -> dict[str, pd.DataFrame]:
        """ADSL, ADLB, ADAE and ADTTE of the first replicate."""
        return frames(self.adam)

    def twins(self) -> pd.DataFrame:
        """True individual effects, which no trial sees (see `twins.twins`)."""
        return twins(self.design, self.population, self.courses)
