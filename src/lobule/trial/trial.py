"""A trial from its design to its results: population, courses, replicates, tables, report."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from lobule import ensemble, trial
from lobule.errors import InputError
from lobule.files.design import Design
from lobule.files.design_checks import mistakes
from lobule.files.design_file import read_design
from lobule.patient import Cohort
from lobule.report.records import records
from lobule.run import INTENDED_USE
from lobule.simulation import versions
from lobule.trial.conduct import COMPLETED, DIED, LOST, TRANSPLANTED, Conducted, conduct
from lobule.trial.datasets import datasets, write_datasets
from lobule.trial.dose_finding import total_doses
from lobule.trial.estimates import Estimate, analyse
from lobule.trial.execute import execute
from lobule.trial.population import Population, enrollable, from_cohorts
from lobule.trial.power import endpoint_table, operating_characteristics, sample_size
from lobule.trial.replicates import Ledger, Replicate, replicates
from lobule.trial.runs import USUAL, Courses, Unit, units
from lobule.trial.store import Store
from lobule.trial.twins import twins

if TYPE_CHECKING:
    import pandas as pd

RECORD = "trial.json"
FORMAT = 1
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
        for field_, text in mistakes(self.design):
            raise InputError(f"{self.name}, {'.'.join(map(str, field_))}: {text}")
        if any(e.how == "dose_response" for e in self.design.endpoints):
            total_doses(self.design)
        if self.design.members > ensemble.size():
            raise InputError(f"{self.name}: the ensemble has {ensemble.size()} members, not {self.design.members}")

    @classmethod
    def read(cls, path: str | Path) -> Trial:
        """A design file, or the name of a design that comes with lobule.

        Raises
        ------
        InputError : the first mistake of the design, with file, line and field.
        """
        if str(path) in shipped():
            path = shipped()[str(path)]
        if not Path(path).is_file():
            raise InputError(f"there is no design {path}; those that come with lobule: {', '.join(shipped())}")
        return cls(read_design(path), Path(path).stem)

    def changed(self, **changes: Any) -> Trial:
        """The same trial with other patients, replicates or members."""
        return replace(self, design=self.design.model_copy(update={k: v for k, v in changes.items() if v is not None}))

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
        InputError : a folder that holds something else or cannot be written; a population that cannot be drawn.
        """
        folder = _folder(Path(out), self)
        say = progress or (lambda step, done, of: None)
        if cohort is None:
            people = enrollable(self.design, lambda name, done: say(f"histories: {name}", done, 0))
        elif isinstance(cohort, Population):
            people = cohort
        else:
            people = from_cohorts([cohort] if isinstance(cohort, Cohort) else list(cohort))
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
        ledger = Ledger(folder, self.design, people.digest + work.digest(USUAL))
        found = _replicated(self.design, people, work, usual, members, ledger, say)
        result = TrialResult(self, folder, people, usual, tuple(found), ledger)
        result.write()
        return result

    @classmethod
    def open(cls, folder: str | Path) -> TrialResult:
        """A trial that was run before, from its folder.

        Raises
        ------
        InputError : no trial there, one that is not finished, or damaged.
        """
        folder = Path(folder)
        try:
            record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
            one = cls(Design.model_validate(record["design"]), str(record["name"]))
        except OSError as error:
            raise InputError(f"{folder} holds no trial ({RECORD} is missing)") from error
        except (ValueError, KeyError, TypeError) as error:
            raise InputError(f"{folder / RECORD} is damaged: {error}") from error
        people = Population.open(folder)
        work = _Work(one.design, people, Store(folder))
        usual = work.courses(USUAL)
        ledger = Ledger(folder, one.design, people.digest + work.digest(USUAL))
        if not any(r.kind == "trial" and r.number == SHOWN for r in ledger.done.values()):
            raise InputError(f"the trial in {folder} is not finished; run lobule trial again")
        wanted = set(range(1, one.design.replicates + 1))
        members = {USUAL, *_members(one.design.members)}
        found = [r for r in ledger.done.values()
                 if r.number in wanted and r.member in members and r.patients == one.design.patients]  # fmt: skip
        return TrialResult(one, folder, people, usual, tuple(found), ledger)


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
                raise InputError(f'a block in "{self.store.folder}" is missing or damaged; run lobule trial again')
            arms[unit.arm].append((unit.first, block))
        return [Courses.together(blocks) for blocks in arms]


def _members(n: int) -> list[int]:
    """Numbers of n members of the ensemble, evenly spaced, from 1 on."""
    return [] if n == 0 else (1 + np.round(np.linspace(0, ensemble.size() - 1, n)).astype(int)).tolist()


def _replicated(
    design: Design, people: Population, work: _Work, usual: list[Courses], members: list[int], ledger: Ledger, say: Step
) -> list[Replicate]:
    n = design.replicates
    found: list[Replicate] = []
    total, count = n * (3 if members else 2), 0

    def done() -> None:
        nonlocal count
        count += 1
        say("replicates", count, total)

    found += replicates(design, people, usual, "trial", range(1, n + 1), USUAL, ledger, done=done)
    found += replicates(design, people, usual, "null", range(1, n + 1), USUAL, ledger, all_endpoints=False, done=done)
    for k, member in enumerate(members):
        numbers = range(1 + k, n + 1, len(members))
        if not numbers:
            continue
        courses = work.courses(member)
        found += replicates(
            design, people, courses, "assurance", numbers, member, ledger, all_endpoints=False, done=done
        )
    return found


def _folder(out: Path, trial: Trial) -> Path:
    """Make or take over a folder; write what is run there."""
    if out.exists() and not (out / RECORD).is_file() and (not out.is_dir() or any(out.iterdir())):
        raise InputError(f"{out} exists and holds no trial; choose another name")
    record = {
        "format": FORMAT, "name": trial.name, "design": trial.design.model_dump(mode="json"),
        "intended_use": INTENDED_USE, "versions": versions(),
    }  # fmt: skip
    try:
        out.mkdir(parents=True, exist_ok=True)
        fresh = out / f"{RECORD}.part"
        fresh.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
        fresh.replace(out / RECORD)
    except OSError as error:
        raise InputError(f'cannot write into "{out}": {error.strerror}') from error
    return out


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
        """Tables, replicates, twins, summary and report into the folder; raises InputError when the disk refuses."""
        write_datasets(self.tables(), self.folder)
        try:
            self.population.save(self.folder)
            self.twins().to_parquet(self.folder / "twins.parquet", index=False)
            self.replicate_table().to_parquet(self.folder / "replicates.parquet", index=False)
            self.endpoints().to_csv(self.folder / "endpoints.csv", index=False)
            text = json.dumps(self.summary(), indent=2) + "\n"
            (self.folder / "summary.json").write_text(text, encoding="utf-8")
        except OSError as error:
            raise InputError(f'cannot write into "{self.folder}": {error.strerror}') from error
        self.report(self.folder / "report.html")

    def replicate_table(self) -> pd.DataFrame:
        """One row a replicate, endpoint and arm: kind, replicate, member, patients, and the columns of an Estimate."""
        import pandas as pd

        return pd.DataFrame(
            {"kind": r.kind, "replicate": r.number, "member": r.member, "patients": r.patients, **e.__dict__}
            for r in self.replicates for e in r.estimates
        )  # fmt: skip

    def report(self, path: str | Path, sizes: Sequence[dict[str, Any]] = ()) -> Path:
        """One HTML file; `sizes` are the tries of a sample-size search. Raises InputError when it cannot be written."""
        from lobule.report.trial import page
        from lobule.trial.story import story

        path = Path(path)
        try:
            path.write_text(page(story(self, sizes)), encoding="utf-8")
        except OSError as error:
            raise InputError(f'cannot write "{path}": {error.strerror}') from error
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
    from lobule.patient.assays import SCORES, assays

    found = {}
    for name, values in seen.measured.items():
        unit = SCORES[name][2] if name in SCORES else assays()[name].unit
        found[f"{name.replace('_', ' ')} ({unit})"] = values[:, 0]
    return found
