"""`lobule credibility`: the model credibility file, from what is measured now."""

from __future__ import annotations

from lobule.answers.answer import Answer
from lobule.answers.content import Beside
from lobule.answers.record import record_of
from lobule.answers.validate import scoreboard
from lobule.keeping import write_text
from lobule.simulation import ensemble
from lobule.validate.credibility_file import credibility_file

FILE = "credibility.md"


def credibility(*, members: int = ensemble.THIN) -> Answer:
    """Measure, and put the model credibility file (after ASME V&V 40) together; takes some minutes."""
    board = scoreboard(members=members)
    text = credibility_file(board.summaries(), board.counted.summaries() if board.counted else {})
    said = "Assumptions, verification, validation and uncertainty, measured now."
    return Answer(
        title="Model credibility file",
        said=said,
        text=said,
        data={"text": text, "file": FILE},
        record=record_of("credibility", "Model credibility file", options={"members": members}),
        files={FILE: Beside(lambda path: write_text(path, text), "the credibility file, after ASME V&V 40")},
        main=FILE,
    )
