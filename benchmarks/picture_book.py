"""The picture book of every cause: docs/causes.md and the pictures in docs/causes/, from the model that is here.

    python benchmarks/picture_book.py            # all of it, about half a minute
    python benchmarks/picture_book.py hbv ccl4   # a look at some causes: pictures alone, into /tmp or where --to says

What still looks odd is written by hand after looking, a sentence a cause, in benchmarks/picture_book.csv, with the
digest of the model that was looked at (printed at the end); the page is made anew from it, and says where the model has
changed since.
"""

from __future__ import annotations

import argparse
import csv
import io
import tempfile
import textwrap
from pathlib import Path

from PIL import Image

from lobule.model import label
from lobule.model.causes import causes
from lobule.model.digest import digest
from lobule.report.many_courses import many_courses
from lobule.report.style import picture_bytes
from lobule.validate.picture_book import Drawn, drawn, sheets, unit

ROOT = Path(__file__).parents[1]
PAGE, PICTURES, ODD = ROOT / "docs" / "causes.md", ROOT / "docs" / "causes", Path(__file__).with_suffix(".csv")
WIDTH = 120  # characters of a line of the page
COLOURS = 64  # of a picture's palette, so that all together stay small
SHRUNK = 0.62  # of the size at which a picture is drawn
EARLIER = " (Looked at on an earlier state of the model.)"
LABELS = {"alive": "alive", "collagen_proportionate_area": "collagen"}
WHAT = {
    "hours": "three days", "weeks": "24 weeks", "years": "fifty years",
}  # fmt: skip
HEAD = """# Every cause, as pictures

Untreated courses of every cause that the model has: the usual mouse, rat and person; for chronic disease also the
middle half of 60 virtual patients, and the usual one with the cause taken away. Cytokines are folds of health. Made by
`python benchmarks/picture_book.py` from the model that is here; what still looks odd was written by hand after looking
(`benchmarks/picture_book.csv`).
"""


def content(one: Drawn) -> bytes:
    """A sheet as a small PNG."""
    values = {LABELS.get(name, label(name)): lines for name, lines in one.values.items()}
    bands = {LABELS.get(name, label(name)): ends for name, ends in one.bands.items()}
    head = f"{one.sheet.cause.title}, {WHAT[one.sheet.scale]}"
    figure = lambda: many_courses(  # noqa: E731
        one.times, values, [unit(name) for name in one.values], head, one.sheet.dashed, bands
    )
    image = Image.open(io.BytesIO(picture_bytes(figure, "png"))).convert("RGB")
    size = round(image.width * SHRUNK), round(image.height * SHRUNK)
    small = image.resize(size, Image.Resampling.LANCZOS)
    kept = io.BytesIO()
    small.quantize(COLOURS, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).save(
        kept, "png", optimize=True
    )
    return kept.getvalue()


def odd() -> dict[str, str]:
    """{cause: what still looks odd}, as it was written after looking."""
    with ODD.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {row["cause"]: row["odd"] + ("" if row["model"] == digest() else EARLIER) for row in rows}


def page(pictures: dict[str, list[str]]) -> str:
    """The page of docs: {cause: names of its pictures}."""
    parts, told = [HEAD], odd()
    for name, files in pictures.items():
        one = causes()[name]
        dose = f" {one.dose}{f' every {one.every}' if one.every else ''}." if one.kind != "infection" else ""
        parts.append(f"## {one.title[0].upper()}{one.title[1:]}\n")
        parts.append(f"`{name}` of {', '.join(one.species)}, a {one.kind}.{dose}\n")
        parts += [f"![{one.title}, {WHAT[file.rpartition('_')[2][:-4]]}](causes/{file})\n" for file in files]
        parts.append(textwrap.fill(f"Still odd: {told.get(name, 'not looked at yet.')}", WIDTH) + "\n")
    return "\n".join(parts)


def main() -> None:
    """Draw what is asked for."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("causes", nargs="*", help="some causes; all, with the page, when left out")
    asked.add_argument("--to", type=Path, help="folder of the pictures of some causes")
    given = asked.parse_args()
    chosen = [sheet for sheet in sheets() if not given.causes or sheet.cause.name in given.causes]
    folder = PICTURES if not given.causes else given.to or Path(tempfile.mkdtemp())
    folder.mkdir(parents=True, exist_ok=True)
    pictures: dict[str, list[str]] = {}
    for one in drawn(chosen):
        name = f"{one.sheet.cause.name}_{one.sheet.scale}.png"
        (folder / name).write_bytes(content(one))
        pictures.setdefault(one.sheet.cause.name, []).append(name)
    if not given.causes:
        for old in {path.name for path in folder.glob("*.png")} - {name for each in pictures.values() for name in each}:
            (folder / old).unlink()
        PAGE.write_text(page(pictures), encoding="utf-8")
    size = sum((folder / name).stat().st_size for each in pictures.values() for name in each)
    print(f"{sum(map(len, pictures.values()))} pictures in {folder}, {size / 1e6:.2f} MB; model {digest()}")


if __name__ == "__main__":
    main()
