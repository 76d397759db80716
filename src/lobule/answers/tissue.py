"""`lobule tissue`: the lobule in space, as a pathologist sees it, treated beside untreated."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from lobule.answers.answer import Answer
from lobule.answers.content import Beside, Picture, Table
from lobule.answers.record import record_of
from lobule.answers.tissue_words import LEGEND, LIMITS, said_of, text_of, words_of
from lobule.errors import InputError, about, nearest, shown
from lobule.files.scenario import Scenario, read_scenario
from lobule.keeping import write_table, write_text
from lobule.model.digest import digest
from lobule.optional import needs
from lobule.progress import say
from lobule.quantities import amount
from lobule.report.records import records
from lobule.report.tissue_page import Played, tissue_page
from lobule.report.tissue_pictures import sections, zones_over_time
from lobule.simulation.program import versions
from lobule.tissue import STAINS, Frame, Tissue, exports, penetration
from lobule.tissue.histology import Picture as Pixels
from lobule.tissue.histology import View
from lobule.tissue.tissue import FIELD, MEASURED
from lobule.tissue.window import OF_HEPATOCYTES, OF_OTHERS, WHERE, cells_in, places_in

PICTURES = 8  # times at which a run is looked at where none are named
ALSO = {"anndata": ("anndata",), "zarr": ("zarr",), "qupath": ("tifffile",), "parquet": ("pyarrow",)}
NAMES = {"he": "H&E-like", "sirius_red": "picrosirius-red-like", "immunofluorescence": "immunofluorescence-like"}
WINDOW, SCALE = (1100.0, 800.0), 1.0  # um that a picture shows, um a pixel
WHOLE = 1.0  # um a pixel of a whole sheet
FILM_STEP = 900  # ms a frame
Sections = Callable[[], dict[tuple[str, int, str], Pixels]]  # drawn when a file asks for them, once


@dataclass
class Arm:
    """One course of a sheet."""

    name: str
    seed: int
    tissue: Tissue
    frames: list[Frame]
    pathology: list[dict[str, Any]] = field(default_factory=list)
    zones: list[dict[str, Any]] = field(default_factory=list)


def tissue(
    scenario: Path,
    *,
    lobules: int | None = None,
    seed: int | None = None,
    seeds: int | None = None,
    also: str | None = None,
    reading: str | None = None,
) -> Answer:
    """Run a scenario in space: a sheet of lobules with single cells, treated and untreated.

    Parameters
    ----------
    lobules, seed, seeds : in place of those of the scenario's section `tissue`
    also : further files, with commas: anndata (cells, squidpy's conventions), zarr (fields), qupath (OME-TIFF and cell
        table), parquet (cells)
    reading : "published" or "counted", in place of the scenario's own

    Raises
    ------
    InputError : the file, an unknown word of `also`, a sheet that cannot be.
    NotInstalled : a package that `also` needs. SimulationError : a patch that could not be solved.
    """
    wanted = _also(also)
    scene = read_scenario(scenario).in_reading(reading)
    asked = scene.tissue
    number = asked.seeds if seeds is None else seeds
    first = asked.seed if seed is None else seed
    size = asked.lobules if lobules is None else lobules
    arms = [arm for one in range(number) for arm in _arms(scene, size, first + one)]
    for arm in arms:
        _read(arm)
    shown_arms = arms[: len(arms) // number]
    made: Sections = cache(partial(_sections, shown_arms))
    pathology = pd.DataFrame([row for arm in arms for row in arm.pathology])
    zones = pd.DataFrame([row for arm in arms for row in arm.zones])
    title = scene.title or f"{scenario.stem} in space"
    said = said_of(pathology, zones, shown_arms[-1].name, number)
    options = {"lobules": size, "seed": first, "seeds": number, "also": also, "reading": scene.reading}
    return Answer(
        title=title,
        said=said,
        text=text_of(title, said, pathology, zones, shown_arms[-1].tissue),
        data={"pathology": records(pathology), "zones": records(zones)},
        record=record_of("tissue", title, [scenario], options, first),
        tables=_tables(arms, pathology, zones),
        pictures=_pictures(shown_arms, made, zones),
        files=_files(shown_arms, made, wanted, title, said, pathology, zones),
    )


def _also(words: str | None) -> list[str]:
    found = [word.strip().lower() for word in (words or "").split(",") if word.strip()]
    for word in found:
        if word not in ALSO:
            raise InputError(f"no further file {shown(word)}. {nearest(word, ALSO)}", ["also"])
        needs(*ALSO[word], extra="tissue")
    return found


def _pictures_at(scene: Scenario) -> list[str]:
    """Times at which the tissue is looked at."""
    if scene.tissue.pictures is not None:
        return scene.tissue.pictures
    until = amount(scene.until, "time")
    return [f"{day:g} d" for day in sorted({round(day, 2) for day in np.linspace(until / PICTURES, until, PICTURES)})]


def _arms(scene: Scenario, lobules: int, seed: int) -> list[Arm]:
    subject, plan, at = scene.who(), scene.therapy(), _pictures_at(scene)
    found = []
    for name, treated in (("untreated", False), ("treated", True)) if plan else (("untreated", False),):
        one = Tissue(
            subject, plan or None, lobules=lobules, seed=seed, treated=treated, reading=scene.reading,
            hypotheses=scene.hypotheses,
        )  # fmt: skip
        with about("tissue"):
            found.append(Arm(name, seed, one, one.run(scene.until, at)))
    return found


def _read(arm: Arm) -> None:
    """The pathologist's numbers of each frame."""
    seen = arm.tissue.view(FIELD, MEASURED)
    for i, frame in enumerate(arm.frames):
        say("sections that are read", i, len(arm.frames))
        reading = arm.tissue.read(frame, seen)
        key = {"arm": arm.name, "seed": arm.seed, "day": frame.day}
        depth = penetration(frame.fields["ev_in_macrophages"], arm.tissue.sheet)
        arm.pathology.append(key | reading.to_dict() | {"ev_in_macrophages_depth_um": depth})
        arm.zones += [key | row for row in records(arm.tissue.zones(frame))]


def _tables(arms: list[Arm], pathology: pd.DataFrame, zones: pd.DataFrame) -> dict[str, Table]:
    courses = pd.DataFrame([
        {"arm": arm.name, "seed": arm.seed, **row} for arm in arms for row in records(arm.tissue.courses)
    ])  # fmt: skip
    return {
        "pathology": Table(pathology, "what a pathologist would count: collagen, septa, nodules, stages; a row a time"),
        "zones": Table(zones, "necrosis, cells and vesicles by third of the tissue, portal to central"),
        "courses": Table(courses, "means over the sheet at the end of each window of the computation"),
    }


def _window(one: Tissue) -> View:
    return one.view((0.0, 0.0, *_size(one)), SCALE)


def _size(one: Tissue) -> tuple[float, float]:
    """Width and height of the window, in whole pixels."""
    width, height = (float(int(side / SCALE) * SCALE) for side in np.minimum(WINDOW, one.sheet.size))
    return width, height


def _sections(arms: list[Arm]) -> dict[tuple[str, int, str], Pixels]:
    """The same window of each arm at each time in each stain; arms have one sheet."""
    seen = _window(arms[0].tissue)
    wanted = [(arm, i, stain) for arm in arms for i in range(len(arm.frames)) for stain in STAINS]
    found = {}
    for k, (arm, i, stain) in enumerate(wanted):
        say("sections that are drawn", k, len(wanted))
        found[arm.name, i, stain] = STAINS[stain](seen, arm.tissue.sheet, arm.frames[i])
    return found


def _pictures(arms: list[Arm], made: Sections, zones: pd.DataFrame) -> dict[str, Picture]:
    def drawn(stain: str) -> list[tuple[str, Pixels]]:
        return [
            (f"{arm.name}, day {arm.frames[-1].day:g}", made()[arm.name, len(arm.frames) - 1, stain]) for arm in arms
        ]

    found = {
        stain: Picture(partial(lambda stain: sections(drawn(stain), SCALE), stain), f"sections, {name}, last day")
        for stain, name in NAMES.items()
    }
    found["zones"] = Picture(partial(zones_over_time, zones), "necrosis, macrophages and scar by zone over time")
    return found


def _files(
    arms: list[Arm], made: Sections, also: list[str], title: str, said: str, pathology: pd.DataFrame,
    zones: pd.DataFrame,
) -> dict[str, Beside]:  # fmt: skip
    files = {
        "tissue.html": Beside(
            lambda path: write_text(path, _page(arms, made, title, said, pathology, zones)),
            "a page that plays the sections",
        ),
        "film.gif": Beside(partial(_film, arms=arms, made=made), "the sections over time, picrosirius-red-like"),
        "cells.csv": Beside(partial(_cells, arms=arms), "every cell of the last day: kind, state, place, zone"),
    }
    last = arms[-1]
    scan = partial(_scan, last)
    if "parquet" in also:
        files["cells.parquet"] = Beside(partial(_cells, arms=arms), "cells.csv as Parquet")
    if "anndata" in also:
        files["cells.h5ad"] = Beside(
            lambda path: exports.write_anndata(path, last.tissue.growing, last.frames[-1], scan("he", WHOLE), WHOLE),
            f"cells of the {last.name} sheet on the last day, as squidpy reads them",
        )
    if "zarr" in also:
        files["fields.zarr.zip"] = Beside(
            lambda path: exports.write_zarr(path, last.tissue.growing, last.frames), "fields over time, for xarray"
        )
    if "qupath" in also:
        files["section.ome.tiff"] = Beside(
            lambda path: exports.write_ome_tiff(path, scan("he", WHOLE), WHOLE, last.name), "H&E-like, for QuPath"
        )
        files["section_cells.csv"] = Beside(
            lambda path: write_table(
                path, exports.qupath_table(last.tissue.growing, last.frames[-1], "section.ome.tiff")
            ),
            "cells of that section with QuPath's columns",
        )
    return files


def _scan(arm: Arm, stain: str, scale: float) -> Pixels:
    """The whole sheet on the last day."""
    return arm.tissue.picture(arm.frames[-1], stain, None, scale)


def _cells_of(arms: list[Arm]) -> pd.DataFrame:
    parts = []
    for arm in arms:
        table = arm.tissue.cells(arm.frames[-1])
        table.insert(0, "arm", arm.name)
        parts.append(table)
    return pd.concat(parts, ignore_index=True)


def _cells(path: Path, arms: list[Arm]) -> None:
    write_table(path, _cells_of(arms))


def _film(path: Path, arms: list[Arm], made: Sections) -> None:
    from PIL import Image

    frames = [
        Image.fromarray(np.concatenate([made()[arm.name, i, "sirius_red"][::2, ::2] for arm in arms], axis=1))
        for i in range(len(arms[0].frames))
    ]
    frames[0].save(path, format="GIF", save_all=True, append_images=frames[1:], duration=FILM_STEP, loop=0)


def _page(arms: list[Arm], made: Sections, title: str, said: str, pathology: pd.DataFrame, zones: pd.DataFrame) -> str:
    size = _size(arms[0].tissue)
    frames = [
        [{"pictures": {stain: _data_url(made()[arm.name, i, stain]) for stain in NAMES},
          "words": words_of(arm.pathology[i]), **cells_in(arm.tissue.growing, frame, size)}
         for i, frame in enumerate(arm.frames)]
        for arm in arms
    ]  # fmt: skip
    days = [frame.day for frame in arms[0].frames]
    played = Played(
        [arm.name for arm in arms], days, NAMES, size, places_in(arms[0].tissue.growing, size),
        list(OF_HEPATOCYTES.values()), list(OF_OTHERS.values()), WHERE, frames,
    )  # fmt: skip
    of_seed = zones[(zones["seed"] == arms[0].seed) & (zones["day"] == days[-1])]
    return tissue_page(title, said, played, (records(pathology), records(of_seed)), LEGEND, (*LIMITS, _made(arms)))


def _made(arms: list[Arm]) -> str:
    """What a page says of how it was made."""
    return f"Made with lobule {versions()['lobule']}, model {digest()}, seed {arms[0].seed}."


def _data_url(picture: Pixels) -> str:
    from PIL import Image

    file = io.BytesIO()
    Image.fromarray(picture).save(file, format="WEBP", quality=70)
    return f"data:image/webp;base64,{base64.b64encode(file.getvalue()).decode()}"
