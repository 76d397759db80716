"""`lobule trial check`: do the tables of submission of a trial keep the published rules."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from lobule.answers.answer import Answer
from lobule.answers.content import Table
from lobule.answers.record import record_of
from lobule.errors import InputError, shown
from lobule.optional import needs
from lobule.report.records import records
from lobule.trial.conformance import Conformance, Finding, conformance

PLACES = 3  # of a broken rule that a terminal shows
WIDTH = 88  # characters of the words of a rule
TITLE = "Conformance of tables of submission"


def trial_check(*folders: str) -> Answer:
    """Check the tables of a trial's folder, or of any folder with transport files; no is the answer to a broken rule.

    Parameters
    ----------
    folders : one

    Raises
    ------
    InputError : none, or several. ResultsError : nothing to check there. NotInstalled : pyreadstat is not there.
    """
    if len(folders) != 1:
        raise InputError("name the folder of one trial: lobule trial check results/trial-NAME")
    needs("pyreadstat", extra="trial")
    found = conformance(folders[0])
    said = _said(found)
    findings = [{"rule": one.rule.id, "table": one.table, "place": one.place} for one in found.findings]
    data = {"conforms": found.conforms, "tables": found.tables, "rules": records(found.table()), "findings": findings}
    return Answer(
        TITLE, said, "\n".join([f"{TITLE}: {shown(folders[0])}", *_lines(found), said]), data,
        record_of("trial check", TITLE, folders), agrees=found.conforms,
        tables={"conformance": Table(found.table(), "one row a rule: its source, findings, and the first place")},
    )  # fmt: skip


def _said(found: Conformance) -> str:
    about = f"{len(found.rules)} rules on {len(found.tables)} tables of {sum(found.tables.values()):,} records"
    if found.conforms:
        return f"{about}: all are kept."
    broken = len({one.rule.id for one in found.findings})
    return f"{about}: {broken} broken, {len(found.findings):,} findings."


def _lines(found: Conformance) -> Iterator[str]:
    """Tables, all rules with their findings, then where each broken rule is broken first."""
    yield "tables: " + ", ".join(f"{name} {n:,}" for name, n in found.tables.items())
    yield ""
    yield f"{'rule':<5} {'findings':>8}  {'dataset':<16} what must hold"
    for row in records(found.table()):
        words = row["rule"] if len(row["rule"]) <= WIDTH else row["rule"][: WIDTH - 1].rstrip(" ,") + "…"
        yield f"{row['id']:<5} {row['findings'] or 'ok':>8}  {row['dataset']:<16} {words}"
    yield ""
    for rule, some in groupby(found.findings, lambda one: one.rule):
        yield from _broken(rule.id, rule.rule, rule.source, list(some))


def _broken(name: str, rule: str, source: str, some: Sequence[Finding]) -> Iterator[str]:
    yield f"{name}: {rule} ({source})"
    yield from (f"  {one.table}: {one.place}" for one in some[:PLACES])
    if len(some) > PLACES:
        yield f"  and {len(some) - PLACES:,} more"
