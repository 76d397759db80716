"""Every picture of the report room on a few numbers, with anybody's text wherever a text of a user is drawn."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import xarray as xr

from lobule.report.assay import assay_picture
from lobule.report.bars import bars
from lobule.report.batches import charts_picture, effect_picture
from lobule.report.biomarkers import biomarkers_picture
from lobule.report.cohort_pictures import cohort_picture
from lobule.report.comparability import comparability_picture
from lobule.report.diagram import module_diagram
from lobule.report.differences import differences
from lobule.report.dosing import dosing
from lobule.report.dots import dots
from lobule.report.figure import time_courses
from lobule.report.fit import fit_picture
from lobule.report.limits import limits_picture
from lobule.report.many_courses import many_courses
from lobule.report.natural_history import beside, by_class, shares
from lobule.report.operating import operating_picture
from lobule.report.outlook import outlook_picture
from lobule.report.patient_pictures import Curve, Panel, chances_picture, labs_picture
from lobule.report.process import process_picture
from lobule.report.ranking import ranking
from lobule.report.real_people import Level, Point, by_group, held, levels, ordered
from lobule.report.scoreboard import forest
from lobule.report.stability import stability_picture
from lobule.report.table_1 import table_1
from lobule.report.tissue_pictures import SHOWN, sections, zones_over_time
from lobule.report.trial_pictures import (
    curves_picture,
    effects_picture,
    flow_picture,
    forest_picture,
    size_picture,
    spread_picture,
    survival_picture,
)
from lobule.report.validation import validation_picture

DAYS = np.array([0.0, 1.0, 2.0])


def course(text):
    values = ("time", DAYS + 1.0, {"units": "g/L", "long_name": "albumin"})
    data = xr.Dataset({"albumin": values}, {"time": DAYS})
    return time_courses(data, None, data, ["albumin"], text, {"injury": [1.0], "dose": [2.0]}, {"albumin": text})


def assay(text):
    wells = pd.DataFrame({"sample": [text] * 4, "plate": 1, "dose": [0.0, 1e6, 1e7, 1e8], "response": [1.0, 2, 5, 9]})
    curve = SimpleNamespace(low=1.0, high=10.0, ec50=1e7, slope=1.0)
    potencies = pd.DataFrame({"sample": [text], "plate": ["all"], "model": ["parallel lines"], "potency": [1.0],
                              "low": [0.8], "high": [1.3], "valid": [True]})  # fmt: skip
    return assay_picture(text, text, text, wells, {text: curve}, potencies, {text: 1.0})


def chart():
    return SimpleNamespace(centre=1.0, sigma=0.1, values=np.array([1.0, 1.1, 0.9]), alarms=["", "high", ""], baseline=2,
                           logarithmic=True)  # fmt: skip


def effects(text):
    shares = np.array([[0.8, 1.0, 1.2], [0.5, 0.7, 0.9]])
    return effect_picture(shares, [text, "B2"], [text, ""], ["pass", "fail"], 0.3)


def biomarkers(text):
    markers = pd.DataFrame({"marker": [text, "age"], "auc_treated": [0.7, 0.5], "auc_reference": [0.6, 0.5]})
    curves = {
        "calibration": pd.DataFrame({"predicted": [0.1, 0.9], "observed": [0.2, 0.8]}),
        "decision": pd.DataFrame({"threshold": [0.1, 0.9], "model": [0.2, 0.0], "everyone": [0.2, -0.1]}),
        "qini": pd.DataFrame({"share_treated": [0.0, 1.0], "gain": [0.0, 0.1], "random": [0.0, 0.1]}),
        "auc_over_time": pd.DataFrame({"day": [10, 20], "auc": [0.6, 0.7]}),
    }
    return biomarkers_picture(markers, curves)


def comparability(text):
    row = {"attribute": text, "scale": "ratio", "change": 1.1, "change_low": 1.0, "change_high": 1.2,
           "margin_low": 0.8, "margin_high": 1.25, "equivalent": True}  # fmt: skip
    return comparability_picture(pd.DataFrame([row]))


def doses(text):
    multiples = [0.01, 0.1, 1.0, 10.0]
    rows = [{"part": part, "per_dose": 1e9 * m, "total": 3e9 * m, "benefit": 0.1 * m**0.3, "route": text,
             "interval_d": gap, "front": part == "search"}
            for part in ("curve", "surface", "search") for m in multiples for gap in (1.0, 7.0)]  # fmt: skip
    return dosing(pd.DataFrame(rows), text, text, {text: lambda doses: 0.1 * (doses / 1e9) ** 0.3},
                  {text: [3e9]}, (1e9, 5e8, 2e9))  # fmt: skip


def fit(text):
    past, ahead = np.array([[30.0, 31, 32], [29.0, 30, 31]]), DAYS
    plans = {text: {"albumin": past, "survival": past / 40}}
    return fit_picture(DAYS, {"albumin": DAYS + 30}, {"albumin": past}, ahead, plans, {"albumin": "g/L"}, {})


def limits(text):
    curve = pd.DataFrame({"limit": [0.0, 50, 80], "patients_risk": [0.3, 0.1, 0.0], "sponsors_risk": [0.0, 0.1, 0.4],
                          "passing": [1.0, 0.9, 0.5]})  # fmt: skip
    operating = pd.DataFrame({"share_of_effect": [0.5, 1.0], "passing": [0.1, 0.9]})
    shares = pd.DataFrame({"attribute": [text, "potency"], "shapley": [0.4, 0.6]})
    return limits_picture(text, text, 60.0, 0.05, 0.3, curve, operating, shares)


def outlook(text):
    shares = pd.DataFrame({"who": ["MELD 10 to 19"], "risk": "death", "days": [90.0], "published": [0.1], "low": [0.05],
                           "high": [0.2]})  # fmt: skip
    curves = pd.DataFrame({"who": "MELD 10 to 19", "risk": "death", "days": DAYS, "share": 0.1, "patients": 20})
    return outlook_picture({text: (shares, curves)})


def process(text):
    steps = pd.DataFrame({"quantity": [text, text], "step": [text, "filter"], "share": [0.6, 0.4]})
    vessels = pd.DataFrame({"vessel": [text, "flask"], "patients": [10.0, 1.0], "cost_per_dose": [100.0, 1000.0]})
    return process_picture(text, steps, vessels, text, text)


def scoreboard(text):
    row = {"study": text, "endpoint": text, "right": True, "band_low": 0.5, "band_high": 0.9, "predicted_ratio": 0.7,
           "observed_ratio": float("nan"), "observed_low": 0.6, "observed_high": 1.0, "observed": "down"}  # fmt: skip
    return forest(pd.DataFrame([row, row | {"observed_ratio": 0.8}]))


def validation(text):
    levels = pd.DataFrame({"nominal": [0.5, 1.0], "relative_bias": [0.0, 0.2], "bias_low": [-0.1, 0.1],
                           "bias_high": [0.1, 0.3], "intermediate_precision": [0.05, 0.3],
                           "intermediate_precision_high": [0.05, 0.3], "accurate": [True, False],
                           "precise": [True, False]})  # fmt: skip
    points = pd.DataFrame({"nominal": [0.5, 1.0], "measured": [0.5, 1.2]})
    return validation_picture(levels, points, 0.12, 0.2)


def stability(text):
    points = pd.DataFrame({"batch": text, "months": [0.0, 6, 12], "temperature": 5.0, "value": [100.0, 95, 90]})
    lines = pd.DataFrame({"batch": [text], "intercept": [100.0], "slope_per_month": [-0.8]})
    bound = pd.DataFrame({"month": [0.0, 20.0], "low": [99.0, 81.0], "high": [101.0, 87.0]})
    return stability_picture(text, text, points, lines, (80.0, float("inf")), 20.0, bound)


def baseline(text):
    row = {"variable": text, "scale": "log", "difference": 0.1, "matched": True}
    return table_1({text: pd.DataFrame([row, row | {"difference": float("nan")}])}, {})


def colours_of(text):
    return {text: "#0072B2", "placebo": "#7F7F7F"}


def flow(text):
    arm = {"arm": text, "randomised": 2, "died": 1, "transplanted": 0, "lost to follow-up": 0, "rescued": 0,
           "completed": 1, "analysed": 2}  # fmt: skip
    return flow_picture(
        {"eligible_virtual_patients": 4, "randomised": 4, "arms": [arm, arm | {"arm": "placebo"}]}, colours_of(text)
    )


def survival(text):
    arm = {"days": DAYS, "share": DAYS / 4, "low": DAYS / 5, "high": DAYS / 3, "at_risk": [2, 1]}
    return survival_picture(
        {text: {"arms": {text: arm, "placebo": arm}, "ticks": DAYS[:2], "events": "death"}}, colours_of(text)
    )


def subgroups(text):
    row = {"subgroup": text, "arm": text, "n": 4, "estimate": 0.8, "low": 0.5, "high": 1.2, "measure": "hazard ratio"}
    return forest_picture([row, row], "up", (text, text))


def curves(text):
    arms = {text: (DAYS, DAYS + 1, DAYS + 0.5, DAYS + 1.5)}
    return curves_picture({text: {"label": text, "unit": text, "arms": arms}}, colours_of(text))


POINT = Point(0.8, 0.7, 0.9)
LEVEL = Level(0.7, POINT)


def a_lab(text):
    n = len(DAYS)
    return Panel(text, text, DAYS, DAYS + 1.0, np.zeros(n, int), np.zeros(n, bool), np.ones((3, n)), DAYS + 9.0,
                 np.ones((3, n)), (1.0, 2.0))  # fmt: skip


# {name: a builder of one text}; a test proves that none of the report room is missing.
def zones_of_a_tissue():
    rows = [{"arm": "treated", "seed": 1, "day": day, "zone": zone} | dict.fromkeys(SHOWN, 1.0)
            for day in (1, 2) for zone in ("portal", "middle", "central")]  # fmt: skip
    return pd.DataFrame(rows)


PICTURES = {
    "assay_picture": assay,
    "sections": lambda text: sections([(text, np.zeros((40, 60, 3), np.uint8))], 1.0),
    "zones_over_time": lambda text: zones_over_time(zones_of_a_tissue()),
    "beside": lambda text: beside({text: [(1.0, 2.0, True), (-1.0, 0.5, False)]}),
    "by_class": lambda text: by_class({text: {text: [1.0, 2.0]}}, [text, "F1"], [text], {text: [(0, 1.5)]}),
    "by_group": lambda text: by_group({text: {text: LEVEL}}, text),
    "chances_picture": lambda text: chances_picture([Curve(text, DAYS, np.full((3, len(DAYS)), 0.5))], [DAYS[-1]]),
    "cohort_picture": lambda text: cohort_picture(
        {text: np.array([0.2, 0.9])}, text, np.full((3, 2), 0.5), np.array([True, False]), text
    ),
    "held": lambda text: held({text: {text: {text: POINT}}}, {text: (0.8, 0.97)}, {text: 0.9}),
    "labs_picture": lambda text: labs_picture([a_lab(text)], float(DAYS[-1])),
    "levels": lambda text: levels({text: {text: [LEVEL]}}),
    "ordered": lambda text: ordered({text: {text: POINT}}, text, text),
    "bars": lambda text: bars({text: ([text], [0.1], [(0.0, 0.2)])}, text),
    "biomarkers_picture": biomarkers,
    "charts_picture": lambda text: charts_picture(
        {text: chart()}, [text, text, ""], {text: text}, {text: (0.5, 2.0)}, {}
    ),
    "comparability_picture": comparability,
    "curves_picture": curves,
    "differences": lambda text: differences(
        {
            text: [
                {
                    "label": text,
                    "published_difference": 1.0,
                    "published_low": 0.5,
                    "published_high": float("nan"),
                    "model_difference": 0.2,
                    "model_low": 0.1,
                    "model_high": 0.3,
                    "counted_difference": 0.0,
                },
            ]
        }
    ),
    "dosing": doses,
    "dots": lambda text: dots({text: {text: [1.0, 2.0], "untreated": [1.0]}}, [text], [text], text),
    "effect_picture": effects,
    "effects_picture": lambda text: effects_picture({text: {text: DAYS}}, colours_of(text), {text: f" ({text})"}),
    "fit_picture": fit,
    "flow_picture": flow,
    "forest": scoreboard,
    "forest_picture": subgroups,
    "limits_picture": limits,
    "many_courses": lambda text: many_courses(DAYS, {text: {text: DAYS, "cured": DAYS}}, [text], text, ["cured"]),
    "module_diagram": lambda text: module_diagram({text: [text, "b"]}, {text: text, "b": "1"}, {("b", text): 1}, text),
    "outlook_picture": outlook,
    "process_picture": process,
    "ranking": lambda text: ranking([text], {text: [0.5]}, text),
    "shares": lambda text: shares({text: {text: DAYS / 2}}, DAYS, {text: {text: DAYS / 3}}),
    "size_picture": lambda text: size_picture([{"patients": n, "share": 0.5, "low": 0.4, "high": 0.6} for n in (9, 5)]),
    "spread_picture": lambda text: spread_picture(
        {"spread": {text: DAYS}, "measure": text, "primary": text, "replicates": 3, "unit": f" ({text})"},
        colours_of(text),
    ),
    "stability_picture": stability,
    "validation_picture": validation,
    "operating_picture": lambda text: operating_picture(
        pd.DataFrame({"share_of_defects": [0.0, 0.1], "passing": [1.0, 0.2]}), [(0.01, 0.95)]
    ),
    "survival_picture": survival,
    "table_1": baseline,
    "time_courses": course,
}
WITHOUT_TEXT = {
    "size_picture",
    "zones_over_time",
    "validation_picture",
    "operating_picture",
}  # nothing of a user is written on it
