"""A replicate as tables after CDISC ADaM: ADSL (subjects), ADLB (labs by visit), ADAE (events), ADTTE (times).

Simulated data, marked so in every row (SIMFL). CNSR is 1 where a time is censored.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from lobule.files.design import EVENTS, Design
from lobule.keeping import write_table, writing_into
from lobule.labs import labs
from lobule.trial.conduct import COMPLETED, DIED, Conducted
from lobule.trial.observed import followed
from lobule.trial.population import Population

if TYPE_CHECKING:
    import pandas as pd

GRADES = (20.0, 5.0, 3.0)  # times the upper limit: CTCAE grades 4, 3, 2 of ALT and AST (recalled)


def datasets(design: Design, population: Population, seen: Conducted, study: str) -> dict[str, pd.DataFrame]:
    """ADSL, ADLB, ADAE and ADTTE of a replicate.

    Parameters
    ----------
    study : STUDYID
    """
    ids = [f"{study}-{i + 1:05d}" for i in range(len(seen))]
    return {
        "adsl": _adsl(design, population, seen, study, ids),
        "adlb": _adlb(design, seen, study, ids),
        "adae": _adae(design, seen, study, ids),
        "adtte": _adtte(design, seen, study, ids),
    }


def _head(design: Design, seen: Conducted, study: str, ids: list[str]) -> dict[str, Any]:
    arms = np.array([a.name for a in design.arms])[seen.arm]
    return {"STUDYID": study, "USUBJID": ids, "TRT01P": arms, "TRT01PN": seen.arm + 1, "SIMFL": "Y"}


def _adsl(design: Design, population: Population, seen: Conducted, study: str, ids: list[str]) -> pd.DataFrame:
    import pandas as pd

    table = population.table.iloc[seen.rows].reset_index(drop=True)
    found = pd.DataFrame(_head(design, seen, study, ids))
    found["TRT01A"] = found["TRT01P"]
    found["ARM"] = found["TRT01P"]
    found["AGE"] = table["age"].round(1)
    found["AGEU"] = "YEARS"
    found["SEX"] = np.where(table["female"] == 1, "F", "M")
    found["ETIOLOGY"] = table["etiology"]
    for bit, text in enumerate(design.randomisation.strata):
        found[f"STRAT{bit + 1}"] = text
        found[f"STRAT{bit + 1}V"] = np.where(seen.stratum >> bit & 1, "Y", "N")
    found["RANDDY"] = seen.enrolled.round(2)
    found["EOSDY"] = seen.left.round(2)
    found["EOSSTT"] = np.where(seen.why == COMPLETED, "COMPLETED", "DISCONTINUED")
    found["DCSREAS"] = np.where(seen.why == COMPLETED, "", np.char.upper(seen.why))
    found["DTHFL"] = np.where(seen.why == DIED, "Y", "")
    found["RESCFL"] = np.where(np.isfinite(seen.rescued), "Y", "")
    found["RESCDY"] = seen.rescued.round(2)
    for flag in ("SAFFL", "ITTFL"):
        found[flag] = "Y"
    found["VPATIENT"] = seen.rows
    return found


def _adlb(design: Design, seen: Conducted, study: str, ids: list[str]) -> pd.DataFrame:
    import pandas as pd

    head = pd.DataFrame(_head(design, seen, study, ids))
    limits = {name: (section.lower_limit if section.lower_limit is not None else labs()[name].lower_limit)
              for name, section in design.measured().items()}  # fmt: skip
    tables = []
    for name, values in seen.measured.items():
        code, label, unit = labs()[name].code, labs()[name].title, labs()[name].unit
        for v, day in enumerate(seen.visits):
            one = head.copy()
            one["PARAMCD"], one["PARAM"], one["AVALU"] = code, f"{label} ({unit})", unit
            one["AVISIT"] = "Baseline" if v == 0 else f"Day {day:g}"
            one["AVISITN"], one["ADY"] = v, day
            one["AVAL"], one["BASE"] = values[:, v], values[:, 0]
            one["CHG"] = values[:, v] - values[:, 0] if v else np.nan
            with np.errstate(divide="ignore", invalid="ignore"):
                percent = 100 * (values[:, v] / values[:, 0] - 1)
            one["PCHG"] = np.where(np.isfinite(percent), percent, np.nan) if v else np.nan
            one["ABLFL"] = "Y" if v == 0 else ""
            one["LLOQFL"] = np.where(values[:, v] <= limits[name], "Y", "") if limits.get(name) else ""
            one["ANL01FL"] = "Y"
            tables.append(one[np.isfinite(values[:, v])])
    return pd.concat(tables, ignore_index=True).sort_values(["USUBJID", "PARAMCD", "AVISITN"], ignore_index=True)


def _adae(design: Design, seen: Conducted, study: str, ids: list[str]) -> pd.DataFrame:
    """Events of the disease, and ALT or AST above three times the upper limit at a visit."""
    import pandas as pd

    head = pd.DataFrame(_head(design, seen, study, ids))
    tables = []
    for name, event in EVENTS.items():
        here = np.isfinite(seen.events[name])
        one = head[here].copy()
        one["AEDECOD"], one["AETOXGR"], one["AESER"] = event.title, event.grade, "Y" if event.serious else "N"
        one["ASTDY"] = seen.events[name][here]
        tables.append(one)
    for name in ("alt", "ast"):
        if name not in seen.measured:
            continue
        folds = seen.measured[name] / labs()[name].upper_normal
        baseline = folds[:, :1]
        for v, day in enumerate(seen.visits[1:], start=1):
            with np.errstate(invalid="ignore"):
                risen = (folds[:, v] >= GRADES[-1]) & (folds[:, v] >= 2 * baseline[:, 0])
            if not risen.any():
                continue
            one = head[risen].copy()
            one["AEDECOD"] = f"{labs()[name].title} increased"
            one["AETOXGR"] = 2 + (folds[risen, v, None] >= np.array(GRADES[:2])).sum(axis=1)
            one["AESER"], one["ASTDY"] = "N", day
            tables.append(one)
    return pd.concat(tables, ignore_index=True).sort_values(["USUBJID", "ASTDY"], ignore_index=True)


def _adtte(design: Design, seen: Conducted, study: str, ids: list[str]) -> pd.DataFrame:
    import pandas as pd

    head = pd.DataFrame(_head(design, seen, study, ids))
    tables = []
    for k, endpoint in enumerate(e for e in design.endpoints if e.kind == "time_to_event"):
        when = followed(endpoint, seen)
        one = head.copy()
        one["PARAMCD"], one["PARAM"] = f"TTE{k + 1}", f"{endpoint.name}: {', '.join(endpoint.events)} (days)"
        one["AVAL"] = when.time
        one["CNSR"] = (~when.event).astype(int)
        one["EVNTDESC"] = np.where(when.event, "EVENT", np.where(when.competing, "DIED BEFORE", "CENSORED"))
        one["COMPFL"] = np.where(when.competing, "Y", "")
        one["STARTDT"] = 0.0
        tables.append(one)
    columns = [*head.columns, "PARAMCD", "PARAM", "AVAL", "CNSR", "EVNTDESC", "COMPFL", "STARTDT"]
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=columns)


def write_datasets(tables: dict[str, pd.DataFrame], folder: Path) -> None:
    """As Parquet and CSV; raises ResultsError when the system refuses."""
    with writing_into(folder):
        for name, table in tables.items():
            write_table(folder / f"{name}.parquet", table)
            write_table(folder / f"{name}.csv", table, digits=6)
