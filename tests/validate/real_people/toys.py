"""People whose fate is known by construction, and a forecaster that knows it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from lobule.validate.real_people import rivals

RISE = 0.15  # of the logarithm of bilirubin a year


def hazard(bilirubin, age):
    """A year, of bilirubin in mg/dL."""
    return 0.04 * bilirubin * np.exp(0.03 * (age - 50))


def table(n=120, seed=1, name="b", use=True):
    """A baseline table in the layout of real ones."""
    source = np.random.default_rng(seed)
    age = source.uniform(30, 75, n)
    bilirubin = np.exp(source.normal(0.6, 0.9, n))
    died = source.exponential(1 / hazard(bilirubin, age)) * 365.25
    ended = source.uniform(4, 11, n) * 365.25
    frame = pd.DataFrame({
        "key": [f"{name}-{k}" for k in range(n)], "days": np.minimum(died, ended).round().clip(1),
        "died": (died < ended).astype(int), "transplanted": 0, "age_years": age, "sex": np.where(age > 40, "f", "m"),
        "albumin_g_per_dL": 4.2 - 0.1 * bilirubin.clip(0, 10) + source.normal(0, 0.2, n),
        "bilirubin_mg_per_dL": bilirubin, "prothrombin_time_s": source.normal(10.8, 0.6, n),
        "platelets_1e9_per_L": source.normal(240, 60, n).clip(40), "edema": (bilirubin > 6) * 0.5,
    })  # fmt: skip
    if use:
        frame["use"] = np.where(source.random(n) < 0.5, "test", "train")
    return frame


def visits(n=60, seed=2, name="b"):
    """A table of visits of other people, whose bilirubin rises."""
    source = np.random.default_rng(seed)
    first = table(n, seed, name)
    rows = []
    for person in first.to_dict("records"):
        for k in range(5):
            day = 200.0 * k
            if day < person["days"]:
                noise = source.normal(0, 0.2, 2)
                value = person["bilirubin_mg_per_dL"] * np.exp(RISE * day / 365.25 + noise[0])
                rows.append({**person, "day": day, "bilirubin_mg_per_dL": value,
                             "albumin_g_per_dL": person["albumin_g_per_dL"] * np.exp(noise[1] / 3)})  # fmt: skip
    return pd.DataFrame(rows)


def forecaster(people, etiology, at_days):
    """Forecasts that know the hazard and the rise; a fit is poor where somebody has no bilirubin or another disease."""
    rows, fits = [], []
    for person in people.persons:
        days = at_days[person.name] if isinstance(at_days, dict) else at_days
        course = person.course
        values = course.values.get("bilirubin")
        now = 1.0 if values is None else float(values[-1]) / 17.104
        for day in days:
            alive = float(np.exp(-hazard(now, person.age or 50.0) * day / 365.25))
            rows.append((person.name, day, "survival", alive, alive - 0.1, alive + 0.1, alive))
            for lab, suffix, width in (("bilirubin", "_umol_per_L", 0.4), ("albumin", "_g_per_L", 0.15)):
                seen = course.values.get(lab)
                if seen is not None:
                    middle = float(np.exp(np.log(seen).mean() + (RISE * day / 365.25 if lab == "bilirubin" else 0.0)))
                    rows.append(
                        (person.name, day, lab + suffix, middle, middle / np.exp(width), middle * np.exp(width), middle)
                    )
        poor = values is None or person.etiology != etiology
        fits.append({"patient": person.name, "effective_size": 100, "fit": "poor" if poor else "good"})
    ahead = pd.DataFrame(rows, columns=["patient", "at_d", "quantity", "median", "low_5", "high_95", "mean"])
    return ahead, pd.DataFrame(fits)


@pytest.fixture(autouse=True, scope="module")
def small_forests():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rivals, "TREES", 10)
        yield
