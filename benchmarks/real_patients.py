"""Put the results of `lobule benchmark patients` into docs/real_patients.md: tables between two marks, and pictures.

    lobule benchmark patients FOLDER -o results/real/
    python benchmarks/real_patients.py results/real/

Sentences beside the tables are read again by hand: what changed is shown by `git diff docs`.
"""

from __future__ import annotations

import argparse
import re
import shutil
from pathlib import Path

DOCS = Path(__file__).parents[1] / "docs"
PAGE = DOCS / "real_patients.md"
BEGIN, END = "<!-- results: begin -->", "<!-- results: end -->"
PICTURES = {
    "concordance": "Concordance of lobule and of each rival with its interval",
    "calibration": "Forecast survival beside Kaplan-Meier in fifths",
    "next_visit": "Next labs in the band of nine tenths, and errors over those of the last value",
    "fatty_liver": "Survival with fatty liver by age, forecast and seen",
}


def between(page: str, text: str) -> str:
    """A page with this text between the marks.

    >>> between(f"a{BEGIN}old{END}b", "new") == f"a{BEGIN}\\n\\nnew\\n\\n{END}b"
    True
    """
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise SystemExit(f"{PAGE.name} has no marks {BEGIN} and {END}")
    return f"{before}{BEGIN}\n\n{text.strip()}\n\n{END}{after}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("results", type=Path, help="folder that the command wrote")
    results = parser.parse_args().results
    drawn = []
    for name, about in PICTURES.items():
        if (results / f"{name}.png").is_file():
            shutil.copyfile(results / f"{name}.png", DOCS / f"real_{name}.png")
            drawn.append(f"![{about}](real_{name}.png)")
    tables = (results / "tables.md").read_text(encoding="utf-8")
    _, _, tables = tables.partition("\n\n")  # the page has a heading of its own
    text = re.sub(r"^## ", "### ", tables, flags=re.M)
    PAGE.write_text(between(PAGE.read_text(encoding="utf-8"), "\n\n".join([*drawn, text])), encoding="utf-8")
    print(f"{PAGE.relative_to(DOCS.parent)}: tables and {len(drawn)} pictures")


if __name__ == "__main__":
    main()
