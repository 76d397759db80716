"""Make the sheet that plays on the studio's page of tissue before anybody has asked for one.

    python benchmarks/ready_tissue.py

It is the page of `lobule tissue` on a smaller window, of the scenario that the studio has ready; anew with each
calibration, for the page says when it is of another edition of the model.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from lobule.answers import tissue as command
from lobule.keeping import write_text
from lobule.progress import listening
from lobule.studio.incoming import EXAMPLES
from lobule.studio.ready import tissue

WINDOW = (640.0, 520.0)  # um: a lobule and its neighbours, in a file that a package can carry


def main() -> None:
    """Make it."""
    command.WINDOW = WINDOW
    with tempfile.TemporaryDirectory() as folder, listening(lambda *told: print(*told)):
        scenario = write_text(Path(folder) / "scenario.yaml", tissue().having((("title",), TITLE)).yaml())
        answer = command.tissue(scenario)
        answer.files["tissue.html"].write(EXAMPLES / "tissue.html")
    print(answer.said)


TITLE = "Carbon tetrachloride in a mouse, and vesicles on days 21, 28 and 35"

if __name__ == "__main__":
    main()
