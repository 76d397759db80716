"""A trial from its design to its results: population, courses, replicates, tables, report."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from lobule import trial
from lobule.arguments import a_path, a_text, one_of
from lobule.errors import InputError, ResultsError, shortened
from lobule.files.design import Design
from lobule.files.design_checks import mistakes
from lobule.files.design_file import read_design
from lobule.keeping import as_path, check_place, shown, write_table, write_text
from lobule.patient import Cohort
from lobule.report.records import records
from lobule.simulation import ensemble
from lobule.simulation.run import INTENDED_USE
from lobule.trial.conduct import COMPLETED, DIED, LOST, TRANSPLANTED, Conducted, conduct
from lobule.trial.datasets import datasets, write_datasets
from lobule.trial.dose_finding import total_doses
from lobule.trial.effect import Estimate
from lobule.trial.estimates import analyse
from lobule.trial.execute import client_of, execute
from lobule.trial.folder import begin, finish, opened, population_of
from lobule.trial.population import Population, enrollable, from_cohorts
from lobule.trial.power import endpoint_table, operating_characteristics, sample_size
from lobule.trial.replicates import Ledger, Replicate, replicates
from lobule.trial.runs import USUAL, Courses, Unit, units
from lobule.trial.store import Store
from lobule.trial.twins import twins
from lobule.yaml_files import Tree, checked

if TYPE_CHECKING:
    import pandas as pd

REPORT = "report.html"
DESIGNS = Path(trial.__file__).parent / "designs"
SHOWN = 1  # the replicate whose tables are written
Step = Callable[[str, int, int], None]


def shipped() -> dict[str, Path]:
    """Designs that come with lobule, by name."""
    return {path.stem: path for path in sorted(DESIGNS.glob("*.yaml"))}


@dataclass(frozen=True)
class Trial:
    """A design that can be run.

    >>> Trial.read("uc-msc-hbv-cirrhosis").design.arms[0].name
    'UC-MSC'
    """

    design: Design
    name: str

    def __post_init__(self) -> None:
        if not isinstance(self.design, Design):
            raise InputError(f"design must be a Design, not {type(self.design).__name__}", ["design"])
        a_text(self.name, "name")
        for field_, mistake in mistakes(self.design):
            raise InputError(f"{self.name}, {'.'.join(map(str, field_))}: {shortened(mistake)}", field_)
        if any(e.how == "dose_response" for e in self.design.endpoints):
            total_doses(self.design)
        if self.design.members > ensemble.size():
            raise InputError(
                f"{self.name}: the ensemble has {ensemble.size()} members, not {self.design.members}", ["members"]
            )

    @classmethod
    def read(cls, path: str | Path) -> Trial:
        """A design file, or the name of a design that comes with lobule.

        Raises
        ------
        InputError : the first mistake of the design, with file, line and field.
        """
        path = a_path(path, "path")
        path = shipped().get(path, path)
        if not os.path.isfile(path):
            known = ", ".join(shipped())
            raise InputError(f"there is no design {shown(path)}; those that come with lobule: {known}")
        return cls(read_design(path), Path(path).stem)

    def changed(self, **changes: Any) -> Trial:
        """The same trial with other patients, replicates or members; what is None stays.

        Raises
        ------
        InputError : no such field, a value that a design file could not hold, a design that contradicts itself.
        """
        given = {name: value for name, value in changes.items() if value is not None}
        for name in given:
            one_of(name, name, Design.model_fields, "field of a design")
        return replace(self, design=checked(Tree(self.name, {**self.design.model_dump(), **given}), Design))

    def run(
        self,
        cohort: Cohort | Sequence[Cohort] | Population | None = None,
        out: str | Path = "trial",
        *,
        cluster: str | None = None,
        progress: Step | None = None,
    ) -> TrialResult:
        """Run the trial, or go on where an earlier run of the same folder was stopped.

        Parameters
        ----------
        cohort : patients to enrol from, in place of the design's population
        out : folder; an older trial in it is continued, whatever of it still holds
        cluster : "dask://host:port" or a scheduler file
        progress : called with a step, what is done of it, and what there is to do

        Raises
        ------
        InputError : a population that cannot be drawn.
        ResultsError : a folder that holds something else or cannot be written.
        """
        folder = check_place(out, "trial")
        if cluster is not None:
            client_of(cluster).close()
        say = progress or (lambda step, done, of: None)
        if cohort is None:
            people = enrollable(self.design, lambda name, done: say(f"histories: {name}", done, 0))
        elif isinstance(cohort, Population):
            people = cohort
        else:
            cohorts = [cohort] if isinstance(cohort, Cohort) else cohort
            if (
                not isinstance(cohorts, (list, tuple))
                or not all(isinstance(one, Cohort) for one in cohorts)
                or not cohorts
            ):
                raise InputError("cohort must be a Cohort, a list of them or a Population", ["cohort"])
            people = from_cohorts(list(cohorts))
        address = people.digest + _Work(self.design, people, Store(folder)).digest(USUAL)
        begin(folder, self.name, self.design, people)  # nothing is touched before all is known to be possible
        store = Store.at(folder)
        work = _Work(self.design, people, store)
        members = _members(self.design.members)
        todo = len(people) * len(self.design.arms) * (1 + len(members))
        finished = 0

        def one_more(patients: int) -> None:
            nonlocal finished
            finished += patients
            say("patients simulated", finished, todo)

        execute(units(self.design, people, [USUAL, *members]), store, cluster, one_more)
        usual = work.courses(USUAL)
        ledger = Ledger(folder, self.design, address)
        found = _replicated(self.design, people, work, usual, ledger, say)
        result = TrialResult(self, folder, people, usual, tuple(found), ledger)
        result.write()
        return result

    @classmethod
    def open(cls, folder: str | Path) -> TrialResult:
        """A trial that was run before, from its folder.

        Raises
        ------
        ResultsError : no trial there, one that is not finished, damaged or edited.
        """
        folder = as_path(folder)
        name, design, record = opened(folder)
        one = cls(design, name)
        first_edition = record["format"] == 1
        people = population_of(folder, record)
        work = _Work(design, people, Store(folder, first_edition))
        usual = work.courses(USUAL)
        digest = people.digest_of_first_edition if first_edition else people.digest
        ledger = Ledger(folder, design, digest + work.digest(USUAL), first_edition=first_edition)
        wanted = _wanted(design)
        found = [ledger.of(kind, number, member, design.patients) for kind, number, member in wanted]
        done = tuple(r for r in found if r is not None)
        if len(done) < len(wanted):
            raise ResultsError(
                f"the trial in {shown(folder)} is not finished, or its ledger was cut or edited: {len(done)} of "
                f"{len(wanted)} replicates are there; run lobule trial again, which does the others"
            )
        result = TrialResult(one, folder, people, usual, done, ledger)
        if first_edition:
            result.refuse_mixed()
        return result


class _Work:
    """Finished courses, member by member, so that memory holds one at a time."""

    def __init__(self, design: Design, people: Population, store: Store) -> None:
        self.design, self.people, self.store = design, people, store

    def of(self, member: int) -> list[Unit]:
        return list(units(self.design, self.people, [member]))

    def digest(self, member: int) -> str:
        """Of all units of a member."""
        return hashlib.sha256("".join(u.key for u in self.of(member)).encode()).hexdigest()[:16]

    def courses(self, member: int) -> list[Courses]:
        """Of the whole population in each arm."""
        arms: list[list[tuple[int, Courses]]] = [[] for _ in self.design.arms]
        for unit in self.of(member):
            block = self.store.read(unit.key)
            if block is None:
                raise ResultsError(
                    f"a block in {shown(self.store.folder)} is missing or damaged; run lobule trial again"
                )
            arms[unit.arm].append((unit.first, block))
        return [Courses.together(blocks) for blocks in arms]


def _members(n: int) -> list[int]:
    """Numbers of n members of the ensemble, evenly spaced, from 1 on."""
    return [] if n == 0 else (1 + np.round(np.linspace(0, ensemble.size() - 1, n)).astype(int)).tolist()


def _wanted(design: Design) -> list[tuple[str, int, int]]:
    """Kind, number and member of every replicate, member by member; each replicate of an assurance has one of them."""
    numbers, members = range(1, design.replicates + 1), _members(design.members)
    usual = [(kind, number, USUAL) for kind in ("trial", "null") for number in numbers]
    return usual + [("assurance", n, member) for k, member in enumerate(members) for n in numbers[k :: len(members)]]


def _replicated(
    design: Design, people: Population, work: _Work, usual: list[Courses], ledger: Ledger, say: Step
) -> list[Replicate]:
    wanted = _wanted(design)
    found: list[Replicate] = []
    count = 0

    def done() -> None:
        nonlocal count
        count += 1
        say("replicates", count, len(wanted))

    for (kind, member), group in groupby(wanted, lambda w: (w[0], w[2])):
        courses = usual if member == USUAL else work.courses(member)
        found += replicates(design, people, courses, kind, [number for _, number, _ in group], member, ledger,
                            all_endpoints=kind == "trial", done=done)  # fmt: skip
    return found


@dataclass(frozen=True)
class TrialResult:
    """What a trial has shown.

    Attributes
    ----------
    trial, folder, population
    courses : of the population in each arm, with the usual parameters
    replicates : all of them
    """

    trial: Trial
    folder: Path
    population: Population
    courses: list[Courses]
    replicates: tuple[Replicate, ...]
    _ledger: Ledger = field(repr=False)

    @property
    def design(self) -> Design:
        """Of the trial."""
        return self.trial.design

    @cached_property
    def shown(self) -> Conducted:
        """The first replicate: the trial as it might turn out."""
        return conduct(self.design, self.population, self.courses, SHOWN)

    @cached_property
    def estimates(self) -> list[Estimate]:
        """All endpoints of the first replicate."""
        return next(list(r.estimates) for r in self.replicates if r.kind == "trial" and r.number == SHOWN)

    def power(self) -> dict[str, Any]:
        """Power, type I error and assurance of the primary endpoint, each with its Monte Carlo error; stopping."""
        return operating_characteristics(self.design, self.replicates)

    def endpoints(self) -> pd.DataFrame:
        """Every endpoint over the replicates (see `power.endpoint_table`)."""
        return endpoint_table(self.design, self.replicates)

    def flow(self) -> dict[str, Any]:
        """CONSORT flow of the first replicate: eligible, randomised, and of each arm how it ended and was analysed."""
        seen, arms = self.shown, []
        for a, arm in enumerate(self.design.arms):
            here = seen.arm == a
            mine = [e for e in self.estimates if e.endpoint == self.design.primary.name]
            analysed = next((e.n for e in mine if e.arm == arm.name), mine[0].n_reference if mine else 0)
            arms.append({"arm": arm.name, "randomised": int(here.sum()),
                         **{reason: int((seen.why[here] == reason).sum())
                            for reason in (LOST, DIED, TRANSPLANTED, COMPLETED)},
                         "rescued": int(np.isfinite(seen.rescued[here]).sum()), "analysed": analysed})  # fmt: skip
        return {"eligible_virtual_patients": len(self.population), "randomised": len(seen), "arms": arms}

    def table_1(self) -> pd.DataFrame:
        """Baseline of the first replicate by arm, as measured: variable, then mean (SD) or n (%) of each arm."""
        import pandas as pd

        seen = self.shown
        who = self.population.table.iloc[seen.rows]
        arms = [(arm.name, seen.arm == a) for a, arm in enumerate(self.design.arms)]
        rows = [{"variable": "n"} | {name: str(int(here.sum())) for name, here in arms}]
        numbers = {"age (years)": who["age"].to_numpy(float), **_labelled(seen)}
        rows += [{"variable": v} | {arm: _mean_sd(values[here]) for arm, here in arms} for v, values in numbers.items()]
        shares = {"female": who["female"].to_numpy(float) == 1}
        shares |= {f"etiology: {e}": (who["etiology"] == e).to_numpy() for e in sorted(set(who["etiology"]))}
        rows += [{"variable": v} | {arm: _count(yes[here]) for arm, here in arms} for v, yes in shares.items()]
        return pd.DataFrame(rows)

    def subgroups(self) -> pd.DataFrame:
        """The primary endpoint in subgroups of the first replicate: subgroup, n, estimate, low, high, p, measure."""
        import pandas as pd

        from lobule.patient.criteria import Criteria

        seen = self.shown
        groups = {"everyone": np.ones(len(seen), bool)}
        for text in self.design.analysis.subgroups:
            met = Criteria.read(text).met(seen.baseline())
            groups |= {text: met, f"not {text}": ~met}
        rows = [
            {"subgroup": name, "arm": e.arm, "n": e.n + e.n_reference, "measure": e.measure, "estimate": e.estimate,
             "low": e.low, "high": e.high, "p": e.p, "reason": e.reason}
            for name, here in groups.items() for e in analyse(self.design, seen.some(here), self.design.primary)
        ]  # fmt: skip
        return pd.DataFrame(rows)

    def safety(self) -> pd.DataFrame:
        """Events of the first replicate: event, grade (highest), subjects of each arm."""
        import pandas as pd

        table = self.tables()["adae"]
        found = []
        for term, rows in table.groupby("AEDECOD"):
            counts = {a.name: rows.loc[rows["TRT01P"] == a.name, "USUBJID"].nunique() for a in self.design.arms}
            found.append({"event": term, "highest_grade": int(rows["AETOXGR"].max()), **counts})
        return pd.DataFrame(found, columns=["event", "highest_grade", *(a.name for a in self.design.arms)])

    def tables(self) -> dict[str, pd.DataFrame]:
        """ADSL, ADLB, ADAE and ADTTE of the first replicate."""
        return datasets(self.design, self.population, self.shown, self.trial.name.upper()[:20])

    def twins(self) -> pd.DataFrame:
        """True individual effects, which no trial sees (see `twins.twins`)."""
        return twins(self.design, self.population, self.courses)

    def beside_published(self) -> pd.DataFrame:
        """What a published trial of this design reported, and the prediction.

        Returns
        -------
        DataFrame: endpoint, arm, source, published, predicted (median of replicates), low, high (90 % of replicates:
            chance of a trial of this size, and the ensemble where it was run), inside, published_direction and
            predicted_direction against the reference (of survival, "up" is longer), significant (share of replicates
            with a significant gain), agrees (in direction; a published "none" when less than half are significant).
        """
        import pandas as pd

        rows = []
        kinds = "assurance" if any(r.kind == "assurance" for r in self.replicates) else "trial"
        table = self.endpoints()
        for row in self.design.published:
            values = [v for r in self.replicates if r.kind == kinds for e, a, v in r.levels
                      if e == row.endpoint and a == row.arm and np.isfinite(v)]  # fmt: skip
            low, middle, high = np.percentile(values, (5, 50, 95)) if values else (np.nan,) * 3
            here = table[(table["endpoint"] == row.endpoint) & (table["arm"] == row.arm)].to_dict("records")
            found = _direction(here[0]) if here else None
            gained = float(here[0]["significant_share"]) if here else None
            agrees = None if row.direction is None or gained is None else (
                gained < 0.5 if row.direction == "none" else found == row.direction)  # fmt: skip
            rows.append({"endpoint": row.endpoint, "arm": row.arm, "source": row.source, "published": row.value,
                         "predicted": middle, "low": low, "high": high,
                         "inside": None if row.value is None else bool(low <= row.value <= high),
                         "published_direction": row.direction, "predicted_direction": found, "significant": gained,
                         "agrees": agrees})  # fmt: skip
        return pd.DataFrame(rows)

    def sample_size(
        self, power: float, done: Callable[[], None] | None = None
    ) -> tuple[int | None, list[dict[str, Any]]]:
        """Smallest number of patients with a wanted power (see `power.sample_size`)."""

        def run(n: int) -> list[Replicate]:
            return replicates(
                self.design, self.population, self.courses, "trial", range(1, self.design.replicates + 1), USUAL,
                self._ledger, n, all_endpoints=False, done=done,
            )  # fmt: skip

        return sample_size(self.design, power, run)

    def summary(self) -> dict[str, Any]:
        """Everything above as plain data."""
        return {
            "title": self.design.title, "name": self.trial.name, "intended_use": INTENDED_USE,
            "primary": self.design.primary.name, "operating_characteristics": self.power(), "flow": self.flow(),
            "endpoints": records(self.endpoints()), "beside_published": records(self.beside_published()),
        }  # fmt: skip

    def biomarkers(self, **options: Any) -> Any:
        """Which measurement predicts response (see `lobule.trial.biomarkers.biomarkers`)."""
        from lobule.trial.biomarkers import biomarkers

        return biomarkers(self, **options)

    def write(self) -> None:
        """Tables, replicates, twins, summary and report into the folder, each listed in its record with its checksum.

        Raises
        ------
        ResultsError : the system refuses.
        """
        tables = self.tables()
        write_datasets(tables, self.folder)
        write_table(self.folder / "twins.parquet", self.twins())
        write_table(self.folder / "replicates.parquet", self.replicate_table())
        write_table(self.folder / "endpoints.csv", self.endpoints())
        write_text(self.folder / "summary.json", json.dumps(self.summary(), indent=2) + "\n")
        self.report(self.folder / REPORT)
        names = [f"{name}.{ending}" for name in tables for ending in ("parquet", "csv")]
        finish(self.folder, [*names, "twins.parquet", "replicates.parquet", "endpoints.csv", "summary.json", REPORT])

    def refuse_mixed(self) -> None:
        """Of the first edition, whose files are not bound to each other: the first replicate, analysed again from the
        blocks, must be the one of the ledger; raises ResultsError."""
        again = [e for endpoint in self.design.endpoints for e in analyse(self.design, self.shown, endpoint)]
        if repr(again) != repr(self.estimates):
            raise ResultsError(
                f"the blocks and the ledger in {shown(self.folder)} do not belong together: some were swapped or "
                "edited, or this version of lobule analyses otherwise; run lobule trial again, which solves them anew"
            )

    def replicate_table(self) -> pd.DataFrame:
        """One row a replicate, endpoint and arm: kind, replicate, member, patients, and the columns of an Estimate."""
        import pandas as pd

        return pd.DataFrame(
            {"kind": r.kind, "replicate": r.number, "member": r.member, "patients": r.patients, **e.__dict__}
            for r in self.replicates for e in r.estimates
        )  # fmt: skip

    def report(self, path: str | Path, sizes: Sequence[dict[str, Any]] = ()) -> Path:
        """One HTML file; `sizes` are the tries of a sample-size search. Raises ResultsError where that fails."""
        from lobule.report.trial import page
        from lobule.trial.story import story

        path = write_text(path, page(story(self, sizes)))
        if sizes and path.resolve() == (self.folder / REPORT).resolve():
            finish(self.folder, [REPORT])
        return path


def _direction(row: Mapping[Any, Any]) -> str:
    """Up or down against the reference; a hazard ratio below 1, or a lower incidence, is more time without event."""
    neutral = 1.0 if "ratio" in row["measure"] else 0.0
    more = row["estimate"] > neutral
    harmful = "hazard" in row["measure"] or "incidence" in row["measure"]
    return "up" if more != harmful else "down"


def _mean_sd(values: np.ndarray) -> str:
    return f"{np.nanmean(values):.3g} ({np.nanstd(values, ddof=1):.2g})" if len(values) > 1 else "-"


def _count(yes: np.ndarray) -> str:
    return f"{int(yes.sum())} ({yes.mean():.0%})" if len(yes) else "-"


def _labelled(seen: Conducted) -> dict[str, np.ndarray]:
    """Baseline labs and scores with their units."""
    from lobule.labs import labs

    found = {}
    for name, values in seen.measured.items():
        unit = labs()[name].unit
        found[f"{name.replace('_', ' ')} ({unit})"] = values[:, 0]
    return found
