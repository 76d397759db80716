"""A small answer, without a liver."""

import pandas as pd
from matplotlib.figure import Figure

from lobule.answers.answer import Answer
from lobule.answers.content import Beside, Picture, Table
from lobule.answers.record import record_of
from lobule.keeping import write_text

TABLE = pd.DataFrame({"dose_ug": [1.0, 2.0], "benefit": [0.1, 0.25], "name": ["low", "<b>"]})


def draw():
    figure = Figure(figsize=(2, 1))
    figure.subplots().plot([0, 1])
    return figure


def answer(**changes):
    parts = {
        "title": "A toy & its dose",
        "said": "Two doses were tried.",
        "text": "what a terminal shows",
        "data": {"rows": 2},
        "record": record_of("dose", "A toy & its dose", options={"output": "alt"}, seed=1),
        "tables": {"dosing": Table(TABLE, "one row a dose")},
        "pictures": {"dosing": Picture(draw, "benefit by dose")},
        "files": {"more.txt": Beside(lambda path: write_text(path, "more\n"), "what else there is")},
    }
    return Answer(**(parts | changes))
