"""A trial from its design to its results: population, courses, replicates, tables, report."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass, field, replace
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lobule.arguments import a_path, a_text, one_of
from lobule.errors import InputError, Mistakes, ResultsError, nearest, shortened
from lobule.files.design import Design
from lobule.files.design_checks import check_design
from lobule.files.design_file import read_design
from lobule.keeping import as_path, check_place, read_own, shown, write_table, write_text
from lobule.keeping.record import read_record
from lobule.optional import needs
from lobule.patient import Cohort
from lobule.report.card import card
from lobule.report.records import records
from lobule.simulation import ensemble
from lobule.simulation.program import INTENDED_USE
from lobule.trial import tables
from lobule.trial.account import design_checksum, multiplicity
from lobule.trial.biomarkers import Biomarkers, biomarkers
from lobule.trial.conformance import Conformance, conformance
from lobule.trial.datasets import write_datasets
from lobule.trial.dose_finding import total_doses
from lobule.trial.effect import Estimate
from lobule.trial.estimates import analyse
from lobule.trial.execute import client_of, execute
from lobule.trial.folder import RECORD, begin, finish, input_of, opened, population_of
from lobule.trial.kept import notes
from lobule.trial.measurement import as_text, errors_kept, errors_of, measured_as
from lobule.trial.non_response import bare_units
from lobule.trial.outcome import Outcome
from lobule.trial.population import Population, enrollable, from_cohorts
from lobule.trial.power import Size, power_curve, sample_size
from lobule.trial.replicates import Ledger, Replicate, replicates
from lobule.trial.runs import USUAL, counted_units, units
from lobule.trial.shipped import shipped
from lobule.trial.sizes import size_table
from lobule.trial.store import Store
from lobule.trial.story import story
from lobule.trial.submission import said_of_submission, write_submission
from lobule.trial.work import Step, Work, members, replicated, wanted
from lobule.yaml_files import Tree, checked

if TYPE_CHECKING:
    import pandas as pd

REPORT, SUMMARY = "report.html", "summary.json"
SAME = 1e-4  # relative: by less, a better search for an optimum may move an estimate


@dataclass(frozen=True)
class Trial:
    """A design that can be run.

    >>> Trial.read("uc-msc-hbv-cirrhosis").design.arms[0].name
    'UC-MSC'
    """

    design: Design
    name: str
    inputs: tuple[Mapping[str, str], ...] = field(default=(), repr=False, compare=False)  # files it was read from

    def _repr_html_(self) -> str:
        one = self.design
        facts = {
            "patients": one.patients,
            "arms": ", ".join(arm.name for arm in one.arms),
            "primary endpoint": one.primary.name,
            "until": one.until,
            "replicates": one.replicates,
        }
        return card(one.title or self.name, facts=facts)

    def __post_init__(self) -> None:
        if not isinstance(self.design, Design):
            raise InputError(f"design must be a Design, not {type(self.design).__name__}", ["design"])
        a_text(self.name, "name")
        found = Mistakes()
        check_design(self.design, found)
        found.noted = [
            InputError(f"{self.name}, {'.'.join(map(str, one.field))}: {shortened(str(one))}", one.field)
            for one in found.noted
        ]
        found.tell()
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
            raise InputError(
                f"there is no design {shown(path)}. {nearest(str(path), shipped(), 5)}; lobule trial --list tells them"
            )
        design = read_design(path)
        files = [path, *([design.population.cohort] if design.population.cohort else [])]
        return cls(design, Path(path).stem, tuple(input_of(one) for one in files))

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
        NotInstalled : statsmodels, pyarrow or pyreadstat are not there.
        ResultsError : a folder that holds something else or cannot be written.
        """
        needs("statsmodels", "pyarrow", "pyreadstat", extra="trial")
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
        errors = errors_of(self.design)
        address = people.digest + Work(self.design, people, Store(folder)).digest(USUAL) + as_text(errors)
        # nothing is touched before all is known to be possible
        begin(folder, self.name, self.design, people, self.inputs)
        store = Store.at(folder)
        work = Work(self.design, people, store)
        chosen = members(self.design.members)
        beside = [*counted_units(self.design, people), *bare_units(self.design, people, [USUAL, *chosen])]
        todo = len(people) * len(self.design.arms) * (1 + len(chosen)) + sum(map(len, beside))
        finished = 0

        def one_more(patients: int) -> None:
            nonlocal finished
            finished += patients
            say("patients simulated", finished, todo)

        execute(chain(units(self.design, people, [USUAL, *chosen]), beside), store, cluster, one_more)
        usual = work.courses(USUAL)
        ledger = Ledger(folder, self.design, address)
        found = replicated(self.design, people, work, usual, ledger, say)
        told = notes(self.design, people, usual, errors)
        result = TrialResult(self.name, self.design, people, usual, tuple(found), folder, ledger, notes=told,
                             counted=work.counted(usual))  # fmt: skip
        result.write()
        return result

    @classmethod
    def open(cls, folder: str | Path) -> TrialResult:
        """A trial that was run before, from its folder.

        Raises
        ------
        ResultsError : no trial there, one that is not finished, damaged or edited.
        NotInstalled : statsmodels, pyarrow or pyreadstat are not there.
        """
        needs("statsmodels", "pyarrow", "pyreadstat", extra="trial")
        folder = as_path(folder)
        name, design, record = opened(folder)
        cls(design, name)  # refuses what this version cannot run
        first_edition = record["format"] == 1
        people = population_of(folder, record)
        work = Work(design, people, Store(folder, first_edition), as_recorded=True)
        usual = work.courses(USUAL)
        digest = people.digest_of_first_edition if first_edition else people.digest
        errors = errors_kept(design, record)
        address = digest + work.digest(USUAL) + (as_text(errors) if "errors" in record else "")
        ledger = Ledger(folder, design, address, first_edition=first_edition)
        todo = wanted(design)
        found = [ledger.of(kind, number, member, design.patients) for kind, number, member in todo]
        done = tuple(r for r in found if r is not None)
        if len(done) < len(todo):
            raise ResultsError(
                f"the trial in {shown(folder)} is not finished, or its ledger was cut or edited: {len(done)} of "
                f"{len(todo)} replicates are there; run lobule trial again, which does the others"
            )
        told = notes(design, people, usual, errors)
        counted = work.counted(usual) if "reading" in record["design"] else None  # which earlier versions did not know
        result = TrialResult(name, measured_as(design, errors), people, usual, done, folder, ledger, notes=told,
                             counted=counted, search=_search_in(folder))  # fmt: skip
        if first_edition:
            result.refuse_mixed()
        return result


@dataclass(frozen=True)
class TrialResult(Outcome):
    """What a trial has shown, and the folder it is kept in (see `Outcome`)."""

    folder: Path
    _ledger: Ledger = field(repr=False)
    search: Size | None = field(default=None, kw_only=True)  # of a sample size, or power by size, that was asked for

    @property
    def trial(self) -> Trial:
        """That was run."""
        return Trial(self.design, self.name)

    def _repr_html_(self) -> str:
        from lobule.report.trial import curves_picture, of_arms

        told = story(self)
        return card(
            told["title"],
            " ".join(told["headline"]),
            self.endpoints(),
            draw=lambda: curves_picture(told["curves"], of_arms(told)),
        )

    def flow(self) -> dict[str, Any]:
        """CONSORT flow of the first replicate (see `tables.flow`)."""
        return tables.flow(self)

    def table_1(self) -> pd.DataFrame:
        """Baseline of the first replicate by arm (see `tables.table_1`)."""
        return tables.table_1(self)

    def subgroups(self) -> pd.DataFrame:
        """The primary endpoint in subgroups of the first replicate (see `tables.subgroups`)."""
        return tables.subgroups(self)

    def safety(self) -> pd.DataFrame:
        """Events of the first replicate: event, grade (highest), subjects of each arm."""
        return tables.safety(self)

    def beside_published(self) -> pd.DataFrame:
        """What a published trial of this design reported, and the prediction (see `tables.beside_published`)."""
        return tables.beside_published(self)

    def replicate_table(self) -> pd.DataFrame:
        """One row a replicate, endpoint and arm (see `tables.replicate_table`)."""
        return tables.replicate_table(self)

    def sample_size(self, power: float, done: Callable[[], None] | None = None) -> Size:
        """Smallest number of patients with a wanted power (see `power.sample_size`)."""
        return sample_size(self.design, power, lambda n: self._of_size(n, done))

    def power_curve(self, sizes: Iterable[int], done: Callable[[], None] | None = None) -> Size:
        """Power of trials of some sizes, from the courses that are there (see `power.power_curve`)."""
        return power_curve(self.design, sizes, lambda n: self._of_size(n, done))

    def _of_size(self, n: int, done: Callable[[], None] | None) -> list[Replicate]:
        return replicates(
            self.design, self.population, self.courses, "trial", range(1, self.design.replicates + 1), USUAL,
            self._ledger, n, all_endpoints=False, done=done,
        )  # fmt: skip

    def summary(self) -> dict[str, Any]:
        """Everything above as plain data."""
        return {
            "title": self.design.title, "name": self.name, "intended_use": INTENDED_USE,
            "primary": self.design.primary.name, "reading": self.design.reading,
            "non_responders": self.design.population.non_responders,
            "unexplained": None if self.counted is None else records(self.unexplained()),
            "principal_strata": records(self.principal()),
            "estimands": records(self.estimands()), "claims": records(self.claims()),
            "operating_characteristics": self.power(), "flow": self.flow(), "endpoints": records(self.endpoints()),
            "beside_published": records(self.beside_published()), "multiplicity": multiplicity(self.design),
            "design_sha256": design_checksum(self.design), "seed": self.design.seed,
            "sizes_by_formula": records(size_table(self.design, list(self.replicates))),
        } | ({} if self.search is None else {"sample_size": self.search.plain()})  # fmt: skip

    def biomarkers(self, **options: Any) -> Biomarkers:
        """Which measurement predicts response (see `lobule.trial.biomarkers.biomarkers`)."""
        return biomarkers(self, **options)

    def write(self) -> None:
        """Tables, replicates, twins, summary and report into the folder, each listed in its record with its checksum.

        Raises
        ------
        ResultsError : the system refuses.
        """
        datasets = self.tables()
        write_datasets(datasets, self.folder)
        write_table(self.folder / "twins.parquet", self.twins())
        write_table(self.folder / "replicates.parquet", self.replicate_table())
        write_table(self.folder / "endpoints.csv", self.endpoints())
        write_table(self.folder / "estimands.csv", self.estimands())
        write_table(self.folder / "sensitivity.csv", self.sensitivity)
        at_times = [("claims.csv", self.claims), ("monitoring.csv", self.monitoring),
                    ("borrowing.csv", self.borrowing), ("principal.csv", self.principal)]  # fmt: skip
        at_times = [(name, make) for name, make in at_times if not make().empty]
        for name, make in at_times:
            write_table(self.folder / name, make())
        write_text(self.folder / SUMMARY, json.dumps(self.summary(), indent=2) + "\n")
        self.report(self.folder / REPORT)
        names = [f"{name}.{ending}" for name in datasets for ending in ("parquet", "csv")]
        names += ["twins.parquet", "replicates.parquet", "endpoints.csv", "estimands.csv"]
        names += ["sensitivity.csv", *(name for name, _ in at_times), SUMMARY]
        title = self.design.title or self.name
        names += write_submission(self.folder, self.sdtm, self.adam, title, Store(self.folder).solved_last())
        finish(self.folder, [*names, REPORT])

    def submission_said(self) -> str:
        """Which replicate the tables of submission are of, and where they lie."""
        return said_of_submission(self.study, self.design, len(self.shown))

    def conformance(self) -> Conformance:
        """Do the tables of submission keep the published rules (see `conformance.conformance`)."""
        return conformance(self.folder)

    def refuse_mixed(self) -> None:
        """Of the first edition, whose files are not bound to each other: the first replicate, analysed again from the
        blocks, must be the one of the ledger; raises ResultsError."""
        again = [e for endpoint in self.design.endpoints for e in analyse(self.design, self.shown, endpoint)]
        if not _alike(again, self.estimates):
            raise ResultsError(
                f"the blocks and the ledger in {shown(self.folder)} do not belong together: some were swapped or "
                "edited, or this version of lobule analyses otherwise; run lobule trial again, which solves them anew"
            )

    def sized(self, search: Size) -> TrialResult:
        """The same result with a search for its sample size, in its summary and report."""
        found = replace(self, search=search)
        write_text(self.folder / SUMMARY, json.dumps(found.summary(), indent=2) + "\n")
        found.report(self.folder / REPORT)
        finish(self.folder, [SUMMARY, REPORT])
        return found

    def report(self, path: str | Path) -> Path:
        """One HTML file. Raises ResultsError where it cannot be written."""
        from lobule.report.trial import page

        return write_text(path, page(story(self, self.search, read_record(self.folder / RECORD))))


def _search_in(folder: Path) -> Size | None:
    """The search for a sample size that a finished trial tells, if there was one."""
    found = json.loads(read_own(folder / SUMMARY) or b"{}").get("sample_size")
    if found is None or "low" not in found:  # earlier versions gave no interval
        return None
    ends = {name: none if found[name] is None else float(found[name])
            for name, none in (("low", math.nan), ("high", math.inf))}  # fmt: skip
    return Size(found["power"], found["patients"], tries=tuple(found["tries"]), **ends)


def _alike(some: Sequence[Estimate], others: Sequence[Estimate]) -> bool:
    """The same estimates, to the digits that a better search for an optimum may move."""

    def same(a: Any, b: Any) -> bool:
        if isinstance(a, float) and isinstance(b, float):
            return math.isclose(a, b, rel_tol=SAME, abs_tol=SAME) or (math.isnan(a) and math.isnan(b))
        return bool(a == b)

    return len(some) == len(others) and all(
        same(a, b) for x, y in zip(some, others, strict=True) for a, b in zip(astuple(x), astuple(y), strict=True)
    )
