"""`lobule trial`: clinical trials simulated from their designs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import count
from pathlib import Path
from typing import Any

from lobule.answers.answer import Answer
from lobule.answers.record import record_of
from lobule.cdisc.tables import plain as as_written
from lobule.errors import InputError
from lobule.keeping import write_table, write_text
from lobule.keeping.results import README, readme
from lobule.optional import needs
from lobule.progress import say
from lobule.simulation.effect import unexplained
from lobule.simulation.program import INTENDED_USE
from lobule.simulation.reading import a_reading
from lobule.studies.split import set_of
from lobule.trial.asked import check_sizes, numbers_of, one_question, wanted_power
from lobule.trial.compared import chances_table, compared, pairs_table
from lobule.trial.estimands import told
from lobule.trial.power import WHY
from lobule.trial.principal import sentences
from lobule.trial.procedures import not_events
from lobule.trial.shipped import shipped, source_of
from lobule.trial.story import headline
from lobule.trial.trial import Trial, TrialResult

COMPARISON = "comparison.html"
FILES = {
    "report.html": "the report: flow, endpoints, power, error, tables",
    "summary.json": "the same for programs",
    "endpoints.csv": "every endpoint over the replicates",
    "estimands.csv": "the estimand of each endpoint (ICH E9(R1)), how it is estimated and what is adjusted for",
    "claims.csv": "claims at one familywise level, where the design has several",
    "borrowing.csv": "error and power of what borrows from historical controls, where an endpoint does",
    "principal.csv": "principal strata: true effect, estimate and bounds, where an endpoint has one",
    "monitoring.csv": "what a monitoring board would see at each look, where the design has interim looks",
    "sensitivity.csv": "changes of one replicate by multiple imputation: at random, by reference, tipping point",
    "adsl, adlb, adae, adtte": "subjects, labs, events, times to events of one replicate (CDISC), CSV and Parquet",
    "sdtm, adam": "tables of submission of that replicate: transport files (.xpt), Dataset-JSON and define.xml each",
    "replicates.parquet": "one row a replicate and estimate",
    "twins.parquet": "each virtual patient under each arm",
    "trial.json": "what was asked and how it was computed; the other files keep what is done",
}


def trial(
    *designs: str,
    place: Callable[[str, bool], Path],
    power: float | None = None,
    patients: int | None = None,
    replicates: int | None = None,
    members: int | None = None,
    cluster: str | None = None,
    reading: str | None = None,
    sizes: str | Sequence[int] | None = None,
) -> Answer:
    """Run one trial, or several to be compared; what is done is kept in their folders, and a trial goes on there.

    Parameters
    ----------
    designs : design files, or names of those that come with lobule
    place : gives the folder of a trial, from its name and whether several are run
    power : whose sample size is searched
    sizes : numbers of patients, "80, 160" or a list, whose power is simulated from the same courses
    patients, replicates, members : in place of the design's
    cluster : address of a Dask scheduler
    reading : "published" or "counted", in place of the design's

    Raises
    ------
    InputError : no design, two of one name, or anything in them. NotInstalled : what trials need is not there.
    """
    if not designs:
        raise InputError("name a design file, or one that comes with lobule: lobule trial --list")
    needs("statsmodels", "pyarrow", "pyreadstat", extra="trial")
    word = None if reading is None else a_reading(reading)
    trials = [
        Trial.read(d).changed(patients=patients, replicates=replicates, members=members, reading=word) for d in designs
    ]
    if len({one.name for one in trials}) < len(trials):
        raise InputError("two designs have the same file name; rename one")
    asked = numbers_of(sizes)
    one_question(power, asked)
    for one in trials:
        if power is not None:
            wanted_power(one.design, power)
        if asked:
            check_sizes(one.design, asked)
    if cluster is not None:
        needs("distributed", extra="cluster")
    folders = {one.name: place(one.name, len(trials) > 1) for one in trials}
    done = {one.name: _run(one, folders[one.name], cluster, power, asked) for one in trials}
    summaries = {name: summary for name, (_, summary) in done.items()}
    texts = ["\n".join(_lines(result, summary, folders[name])) for name, (result, summary) in done.items()]
    options = {"power": power, "sizes": asked or None, "patients": patients, "replicates": replicates,
               "members": members, "reading": reading}  # fmt: skip
    if len(done) > 1:
        texts.append("\n".join(_compared({name: result for name, (result, _) in done.items()}, folders)))
    title = "; ".join(str(summary["title"] or name) for name, summary in summaries.items())
    return Answer(
        title=title,
        said=" ".join(_sentences(result) for result, _ in done.values()),
        text="\n".join(texts),
        data=next(iter(summaries.values())) if len(done) == 1 else summaries,
        record=record_of("trial", title, designs, options),
    )


def listed() -> Answer:
    """The designs that come with lobule."""
    titles = {name: Trial.read(name).design.title for name in shipped()}
    sets = {name: "no result" if "no result" in title else set_of(source_of(name)) for name, title in titles.items()}
    text = "\n".join(f"  {name:<29} {sets[name]:<12} {title}" for name, title in titles.items())
    text += "\n\nA set is calibration (it may have moved a parameter), held-out (none) or no result (registered alone)."
    text += "\nPublished beside predicted: lobule trial --published. What a design may say: lobule trial --outputs."
    return Answer("Designs", f"{len(titles)} designs come with lobule.", text, titles, record_of("trial", "Designs"))


def _run(
    one: Trial, folder: Path, cluster: str | None, power: float | None, sizes: Sequence[int]
) -> tuple[TrialResult, dict[str, Any]]:
    counted = count(1)
    result = one.run(out=folder, cluster=cluster, progress=say)
    say("tables and report")
    if power is not None:
        result = result.sized(result.sample_size(power, lambda: say("replicates for the sample size", next(counted))))
    elif sizes:
        result = result.sized(result.power_curve(sizes, lambda: say("replicates of each size", next(counted))))
    summary = result.summary()
    title = summary["title"] or one.name
    write_text(folder / README, readme(title, "trial", _sentences(result), FILES, INTENDED_USE, record=None))
    return result, summary


def _sentences(result: TrialResult) -> str:
    return " ".join(f"{line.rstrip('.')}." for line in headline(result))


def _lines(result: TrialResult, summary: Mapping[str, Any], folder: Path) -> list[str]:
    """What a terminal shows of one trial."""
    lines = [summary["title"] or summary["name"], *(f"  {line}" for line in headline(result)), *_estimand(result),
             "\nOne replicate:"]  # fmt: skip
    for arm in summary["flow"]["arms"]:
        rest = ", ".join(f"{v} {k}" for k, v in arm.items() if k not in ("arm", "randomised"))
        lines.append(f"  {arm['arm']}: {arm['randomised']} randomised, {rest}")
    lines.append(f"\nEndpoints over the replicates, as {summary['reading']} (median, 5 to 95 %):")
    shares = {(row["endpoint"], row["arm"]): row["unexplained_share"] for row in summary["unexplained"] or ()}
    lines += [_endpoint(row, shares) for row in summary["endpoints"]]
    lines += [f"  {line}" for line in sentences(result.design, result.principal())]
    lines += [_claim(row) for row in summary["claims"]]
    lines += [_look(row) for row in summary["operating_characteristics"].get("stopping", [])]
    lines += [_beside(row) for row in summary["beside_published"]]
    lines.append(_safety(result))
    if result.search is not None:
        lines.append(f"\n{result.search.said or 'Power by number of patients:'}")
        lines += [
            f"  {one['patients']:>6} patients: {one['share']:.1%} ({one['low']:.1%} to {one['high']:.1%})"
            for one in result.search.tries
        ]
    where = f"\nReport: {folder / 'report.html'}; tables: adsl, adlb, adae, adtte, replicates, twins in {folder}"
    return [*lines, where, result.submission_said(), f"Check them: lobule trial check {folder}", INTENDED_USE]


def _estimand(result: TrialResult) -> list[str]:
    """Of the primary endpoint; those of the others are in the report."""
    rows = told(result.design, result.design.primary)
    return ["\nEstimand of the primary endpoint (of the others: report.html, estimands.csv):",
            *(f"  {name + ':':<21} {text}" for name, text in rows)]  # fmt: skip


def _safety(result: TrialResult) -> str:
    """Who had an event in the replicate that is shown, and what nobody can have."""
    table = result.tables()["adae"]
    counts = [f"{table.loc[table['TRTA'] == as_written(arm.name), 'USUBJID'].nunique()} {arm.name}"
              for arm in result.design.arms]  # fmt: skip
    return (
        f"\nSubjects with an adverse event in that replicate: {', '.join(counts)}. Events the model does not have: "
        f"{'; '.join(one.event for one in not_events())} (reasons: lobule trial --outputs)"
    )


def _endpoint(row: Mapping[str, Any], shares: Mapping[tuple[str, str], float | None]) -> str:
    """An endpoint over the replicates; `shares` of its effects that counting does not reach, by endpoint and arm."""
    if row["estimate"] is None:
        return f"  {row['endpoint']}, {row['arm']}: not estimable"
    star = " (primary)" if row["primary"] else ""
    of = (row["endpoint"], row["arm"])
    return (
        f"  {row['endpoint']}{star}, {row['arm']} against {row['reference']}: {row['measure']} {row['estimate']:.3g} "
        f"({row['low']:.3g} to {row['high']:.3g}), significant in {row['significant_share']:.0%}"
        + (f"; {unexplained(shares[of])}" if of in shares else "")
    )


def _look(row: Mapping[str, Any]) -> str:
    low = "" if row["futility"] is None else f", futility below {row['futility']:.3f}"
    why = ", ".join(f"{row[f'for_{name}']:.0%} for {name}" for name in WHY)
    return (f"  look {row['look']} at {row['information']:.0%}: boundary {row['boundary']:.3f}{low}; ends "
            f"{row['share_stopped']:.0%} of trials ({why})")  # fmt: skip


def _claim(row: Mapping[str, Any]) -> str:
    what = f"{row['endpoint']}, {row['arm']}" if row["endpoint"] else "of all claims"
    first = "" if row["adjusted_p"] is None else f"; adjusted p of the first replicate {row['adjusted_p']:.3g}"
    return f"  claim {row['claim']} ({what}): shown in {row['shown_share']:.0%}{first}"


def _beside(row: Mapping[str, Any]) -> str:
    told = "" if row["published"] is None else f"published {row['published']:.3g}, "
    shown = "" if row["predicted"] is None else f"{row['predicted']:.3g} ({row['low']:.3g} to {row['high']:.3g})"
    way = ""
    if row["published_direction"]:
        way = (
            f"; published direction {row['published_direction']}, predicted {row['predicted_direction']} "
            f"(significant in {row['significant']:.0%})"
        )
    return f"  {row['endpoint']}, {row['arm']}: {told}predicted {shown}{way} [{row['source']}]"


def _compared(results: Mapping[str, TrialResult], folders: Mapping[str, Path]) -> list[str]:
    """A page and tables of all designs in the folder that holds theirs; what a terminal shows of it."""
    from lobule.report.designs import page

    place = next(iter(folders.values())).parent
    write_text(place / COMPARISON, page(compared(results)))
    write_table(place / "chances.csv", chances_table(results))
    pairs = pairs_table(results)
    write_table(place / "pairs.csv", pairs)
    lines = ["Comparison:"]
    for name, rows in chances_table(results).groupby("design", sort=False):
        told = [f"{row['what'].split(',')[0]} {row['share']:.1%} ({row['low']:.1%} to {row['high']:.1%})"
                for row in rows.to_dict("records")]  # fmt: skip
        lines.append(f"  {name:<28} " + ", ".join(told))
    lines += [
        f"  power of {row['first']} less that of {row['second']}: {100 * row['difference_of_power']:+.1f} points "
        f"({100 * row['low']:+.1f} to {100 * row['high']:+.1f})" for row in pairs.to_dict("records")
    ]  # fmt: skip
    return [*lines, f"Report: {place / COMPARISON}; tables: chances.csv, pairs.csv in {place}"]
