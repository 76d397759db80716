"""Rules that tables of submission must keep (conformance.csv), and where a folder breaks them.

A rule names the tables that it is about, says in words what must hold and where that is published, and which check of
`lobule.cdisc.checks` finds the places, with the words that it needs.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from lobule.arguments import a_path
from lobule.cdisc.checks import ALL
from lobule.cdisc.submitted import Submitted, read_submitted
from lobule.errors import ResultsError
from lobule.keeping import shown
from lobule.rows import Row, read_rows

if TYPE_CHECKING:
    import pandas as pd

TABLE = Path(__file__).parent / "conformance.csv"
DEFINE = "define"


class Rule(Row):
    """One rule.

    Attributes
    ----------
    id; dataset : every, ADaM, SDTM, BDS, findings, define, or names with spaces; rule : in words; source : where it is
        published; check, words : what finds where it is broken
    """

    id: str
    dataset: str
    rule: str
    source: str
    check: str
    words: str = ""


@dataclass(frozen=True)
class Finding:
    """A place where a rule is broken: rule, table, and where in it."""

    rule: Rule
    table: str
    place: str


@dataclass(frozen=True)
class Conformance:
    """What was checked: the tables with their records, rules that were about one of them, and all findings."""

    tables: dict[str, int]
    rules: tuple[Rule, ...]
    findings: tuple[Finding, ...]

    @property
    def conforms(self) -> bool:
        """No rule is broken."""
        return not self.findings

    def table(self) -> pd.DataFrame:
        """A row a rule: id, dataset, rule, source, findings (how many), first (where, table and place)."""
        import pandas as pd

        found: dict[str, list[Finding]] = {rule.id: [] for rule in self.rules}
        for one in self.findings:
            found[one.rule.id].append(one)
        return pd.DataFrame(
            {"id": rule.id, "dataset": rule.dataset, "rule": rule.rule, "source": rule.source,
             "findings": len(found[rule.id]),
             "first": f"{found[rule.id][0].table}: {found[rule.id][0].place}" if found[rule.id] else ""}
            for rule in self.rules
        )  # fmt: skip


@cache
def rules() -> tuple[Rule, ...]:
    """All rules, in the order of the table."""
    return read_rows(TABLE, Rule)


def conformance(folder: str | Path) -> Conformance:
    """Check the tables of a trial's folder, or of any folder with transport files.

    Raises
    ------
    ResultsError : no such folder, no transport file in it, a damaged one. NotInstalled : pyreadstat is not there.
    """
    path = Path(a_path(folder, "folder"))
    if not path.is_dir():
        raise ResultsError(f"there is no folder {shown(path)}")
    return checked(read_submitted(path))


def checked(given: Submitted) -> Conformance:
    """Check tables that were read."""
    about = {rule.id: list(_about(given, rule)) for rule in rules()}
    findings = [one for rule in rules() for name in about[rule.id] for one in _broken(given, rule, name)]
    return Conformance(
        {name: len(table) for name, table in given.tables.items()},
        tuple(rule for rule in rules() if about[rule.id]), tuple(findings),
    )  # fmt: skip


def _about(given: Submitted, rule: Rule) -> Iterator[str]:
    if rule.dataset == DEFINE:
        yield from dict.fromkeys(str(path.parent) for path in given.files.values())
    else:
        yield from given.of(rule.dataset)


def _broken(given: Submitted, rule: Rule, name: str) -> Iterator[Finding]:
    table = f"{Path(name).name}/define.xml" if rule.dataset == DEFINE else name
    for place in ALL[rule.check](given, name, rule.words.split()):
        yield Finding(rule, table, place)
