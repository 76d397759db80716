"""Tables of a trial: flow, table 1, subgroups, safety, beside what was published, and all replicates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from lobule.cdisc.tables import plain
from lobule.labs import labs
from lobule.patient.criteria import Criteria
from lobule.statistics.interaction import interaction
from lobule.trial.conduct import COMPLETED, DIED, LOST, TRANSPLANTED, Conducted
from lobule.trial.estimates import analyse
from lobule.trial.groups import in_words
from lobule.trial.outcome import Outcome

OF_SUBGROUPS = ("subgroup", "arm", "n", "measure", "estimate", "low", "high", "p", "interaction", "interaction_low",
                "interaction_high", "interaction_p", "reason")  # fmt: skip


def flow(of: Outcome) -> dict[str, Any]:
    """CONSORT flow of the first replicate: eligible, randomised, and of each arm how it ended and was analysed."""
    seen, arms = of.shown, []
    for a, arm in enumerate(of.design.arms):
        here = seen.arm == a
        mine = [e for e in of.estimates if e.endpoint == of.design.primary.name]
        analysed = next((e.n for e in mine if e.arm == arm.name), mine[0].n_reference if mine else 0)
        arms.append({"arm": arm.name, "randomised": int(here.sum()),
                     **{reason: int((seen.why[here] == reason).sum())
                        for reason in (LOST, DIED, TRANSPLANTED, COMPLETED)},
                     "rescued": int(np.isfinite(seen.rescued[here]).sum()), "analysed": analysed})  # fmt: skip
    return {"eligible_virtual_patients": len(of.population), "randomised": len(seen), "arms": arms}


def table_1(of: Outcome) -> pd.DataFrame:
    """Baseline of the first replicate by arm, as measured: variable, then mean (SD) or n (%) of each arm."""
    seen = of.shown
    who = of.population.table.iloc[seen.rows]
    arms = [(arm.name, seen.arm == a) for a, arm in enumerate(of.design.arms)]
    rows = [{"variable": "n"} | {name: str(int(here.sum())) for name, here in arms}]
    numbers = {"age (years)": who["age"].to_numpy(float), **_labelled(seen)}
    rows += [{"variable": v} | {arm: _mean_sd(values[here]) for arm, here in arms} for v, values in numbers.items()]
    shares = {"female": who["female"].to_numpy(float) == 1}
    shares |= {f"etiology: {e}": (who["etiology"] == e).to_numpy() for e in sorted(set(who["etiology"]))}
    rows += [{"variable": v} | {arm: _count(yes[here]) for arm, here in arms} for v, yes in shares.items()]
    return pd.DataFrame(rows)


def subgroups(of: Outcome) -> pd.DataFrame:
    """The primary endpoint in subgroups of the first replicate, and whether two halves differ.

    Returns
    -------
    DataFrame: subgroup (in words), arm, n, measure, estimate, low, high, p, interaction (difference of the effects of a
        group and its opposite, or ratio of two ratios), interaction_low, interaction_high, interaction_p (see
        `lobule.statistics.interaction`; on the first of the two rows), reason.
    """
    seen, rows = of.shown, _in_group(of, "everyone", np.ones(len(of.shown), bool))
    for text in of.design.analysis.subgroups:
        met = Criteria.read(text).met(seen.baseline())
        halves = [_in_group(of, in_words(text), met), _in_group(of, in_words(text, turned=True), ~met)]
        for one, other in zip(*halves, strict=True):
            both = [(row["estimate"], row["low"], row["high"]) for row in (one, other)]
            found = interaction(*both, ratio="ratio" in (one["measure"] or other["measure"]))
            one |= {f"interaction{end}": v for end, v in zip(("", "_low", "_high", "_p"), found, strict=True)}
            rows += [one, other]
    return pd.DataFrame(rows, columns=list(OF_SUBGROUPS))


def _in_group(of: Outcome, name: str, here: np.ndarray) -> list[dict[str, Any]]:
    return [
        {"subgroup": name, "arm": e.arm, "n": e.n + e.n_reference, "measure": e.measure, "estimate": e.estimate,
         "low": e.low, "high": e.high, "p": e.p, "reason": e.reason}
        for e in analyse(of.design, of.shown.some(here), of.design.primary)
    ]  # fmt: skip


def safety(of: Outcome) -> pd.DataFrame:
    """Events of the first replicate: event, grade (highest), subjects of each arm."""
    table = of.tables()["adae"]
    found = []
    for term, rows in table.groupby("AEDECOD"):
        counts = {a.name: rows.loc[rows["TRTP"] == plain(a.name), "USUBJID"].nunique() for a in of.design.arms}
        found.append({"event": term, "highest_grade": int(rows["ATOXGRN"].max()), **counts})
    return pd.DataFrame(found, columns=["event", "highest_grade", *(a.name for a in of.design.arms)])


def safety_overview(of: Outcome) -> pd.DataFrame:
    """Subjects of the safety population with an event that began under treatment, by the arm whose treatment they had:
    what, then "n (share)" of each arm."""
    tables, rows = of.tables(), []
    treated = tables["adsl"][tables["adsl"]["SAFFL"] == "Y"]
    events = tables["adae"][tables["adae"]["TRTEMFL"] == "Y"]
    kinds = {"any adverse event": events["AESEQ"] > 0, "a serious one": events["AESER"] == "Y",
             "one of grade 3 or more": events["ATOXGRN"] >= 3, "a fatal one": events["AESDTH"] == "Y"}  # fmt: skip
    sizes = {arm.name: int((treated["TRT01A"] == plain(arm.name)).sum()) for arm in of.design.arms}
    rows.append({"subjects": "safety population: treated"} | {name: str(n) for name, n in sizes.items()})
    for kind, yes in kinds.items():
        row = {"subjects": kind}
        for name, n in sizes.items():
            with_one = events.loc[yes & (events["TRTA"] == plain(name)), "USUBJID"].nunique()
            row[name] = f"{with_one} ({with_one / n:.0%})" if n else "-"
        rows.append(row)
    return pd.DataFrame(rows)


def beside_published(of: Outcome) -> pd.DataFrame:
    """What a published trial of this design reported, and the prediction.

    Returns
    -------
    DataFrame: endpoint, arm, source, published, predicted (median of replicates), low, high (90 % of replicates:
        chance of a trial of this size, and the ensemble where it was run), inside, published_direction and
        predicted_direction against the reference (of survival, "up" is longer), significant (share of replicates
        with a significant gain), agrees (in direction; a published "none" when less than half are significant).
    """
    rows = []
    kinds = "assurance" if any(r.kind == "assurance" for r in of.replicates) else "trial"
    table = of.endpoints()
    for row in of.design.published:
        values = [v for r in of.replicates if r.kind == kinds for e, a, v in r.levels
                  if e == row.endpoint and a == row.arm and np.isfinite(v)]  # fmt: skip
        low, middle, high = np.percentile(values, (5, 50, 95)) if values else (np.nan,) * 3
        here = table[(table["endpoint"] == row.endpoint) & (table["arm"] == row.arm)].to_dict("records")
        found = direction(here[0]) if here else None
        gained = float(here[0]["significant_share"]) if here else None
        agrees = None if row.direction is None or gained is None else (
            gained < 0.5 if row.direction == "none" else found == row.direction)  # fmt: skip
        rows.append({"endpoint": row.endpoint, "arm": row.arm, "source": row.source, "published": row.value,
                     "predicted": middle, "low": low, "high": high,
                     "inside": None if row.value is None else bool(low <= row.value <= high),
                     "published_direction": row.direction, "predicted_direction": found, "significant": gained,
                     "agrees": agrees})  # fmt: skip
    return pd.DataFrame(rows)


def replicate_table(of: Outcome) -> pd.DataFrame:
    """One row a replicate, endpoint and arm: kind, replicate, member, patients, and the columns of an Estimate."""
    return pd.DataFrame(
        {"kind": r.kind, "replicate": r.number, "member": r.member, "patients": r.patients, **e.__dict__}
        for r in of.replicates for e in r.estimates
    )  # fmt: skip


def direction(row: Mapping[Any, Any]) -> str:
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
    found = {}
    for name, values in seen.measured.items():
        unit = labs()[name].unit
        found[f"{name.replace('_', ' ')} ({unit})"] = values[:, 0]
    return found
