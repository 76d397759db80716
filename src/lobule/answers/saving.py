"""Every answer is saved in one way: README.txt, run.json, tables, pictures, and what else is asked for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from lobule.answers.content import Content
from lobule.errors import InputError, nearest, shown
from lobule.keeping import as_path, kind_of, parquet_bytes, write_table
from lobule.keeping.results import Writer, readme, save_results
from lobule.optional import needs

if TYPE_CHECKING:
    from lobule.report.whole.page import Shown

ALWAYS = ("csv", "png")
FURTHER = ("svg", "pdf", "parquet", "html")
OF_PICTURES = ("png", "svg", "pdf")
PAGE = "report.html"
WHAT = {
    "svg": "the pictures, to be scaled",
    "pdf": "the pictures, for print",
    "parquet": "the tables, with the kinds of their columns",
    "html": "the report: all of it on one page, with methods and sources",
}  # as README.txt says it


def chosen(formats: str | Iterable[str] | None) -> tuple[str, ...]:
    """Further formats, from what a user types or a list of them; what is written anyway may stand among them.

    Raises
    ------
    InputError : there is no such format. NotInstalled : it needs a package that is not there.

    >>> chosen("svg, png, html")
    ('svg', 'html')
    """
    names = [] if formats is None else formats.split(",") if isinstance(formats, str) else list(formats)
    wanted = [str(name).strip().lower().removeprefix(".") for name in names]
    for name in filter(None, wanted):
        if name not in ALWAYS + FURTHER:
            raise InputError(f"no format {shown(name)}. {nearest(name, ALWAYS + FURTHER)}", ["formats"])
    if "parquet" in wanted:
        needs("pyarrow", extra="tables")
    return tuple(dict.fromkeys(name for name in wanted if name in FURTHER))


def save(answer: Content, folder: str | Path, formats: Iterable[str] = (), made_from: Iterable[str] = ()) -> Path:
    """See `Answer.save`."""
    more = chosen(formats)
    known = {"made_from": list(made_from)} | _liver(answer.command)
    of_folder = answer.record.model_copy(update=known)
    contents = _listed(answer, more)
    record = answer.record.model_dump(mode="json") | known | {"said": answer.said, "contents": contents}
    about = readme(answer.title, answer.command, answer.said, contents, answer.record.intended_use)
    return save_results(
        as_path(folder),
        kind_of(answer.command),
        record,
        _writers(answer, more),
        partial(drawn, replace(answer, record=of_folder), more, as_path(folder)),
        about,
    )


def _liver(command: str) -> dict[str, str]:
    """Which liver an answer comes from, as its record says it; nothing where none was asked."""
    from lobule.answers.whole.commands import commands
    from lobule.model.digest import digest

    return {"model": digest()} if command in commands() and commands()[command].liver else {}


def save_file(answer: Content, path: str | Path) -> dict[str, Path]:
    """See `Answer.save_file`."""
    from lobule.keeping import write_files, writing_into
    from lobule.report.style import pictures

    path = as_path(path)
    assert answer.main is not None
    stem = answer.main.rpartition(".")[0]
    written = {answer.main: path}
    with writing_into(path.parent) as folder:
        beside = answer.files.get(answer.main)
        if beside is None:
            table = answer.tables[stem]
            write_table(path, table.frame, table.digits)
        elif beside.at != path:
            beside.write(path)
        for name, picture in answer.pictures.items():
            own = name.replace(stem, path.stem, 1) if name.startswith(stem) else f"{path.stem}-{name}"
            write_files(folder, pictures(picture.draw, f"{own}.png"))
            written[f"{name}.png"] = folder / f"{own}.png"
    return written


def _writers(answer: Content, more: tuple[str, ...]) -> dict[str, Writer]:
    """What writes each table and further file."""
    files: dict[str, Writer] = {}
    for name, table in answer.tables.items():
        for ending in ("csv", *(kind for kind in more if kind == "parquet")):
            files[f"{name}.{ending}"] = partial(write_table, table=table.frame, digits=table.digits)
    return files | {name: beside.write for name, beside in answer.files.items()}


def drawn(answer: Content, more: tuple[str, ...], folder: Path | None = None) -> Mapping[str, bytes]:
    """The pictures in every format that is wanted, each drawn once, and the page, which has them as SVG.

    Parameters
    ----------
    folder : where they go, from which the page looks for the files that the answer was made from
    """
    from lobule.report.style import pictures

    kinds = [kind for kind in OF_PICTURES if kind == "png" or kind in more or (kind == "svg" and "html" in more)]
    scaled: dict[str, bytes] = {}
    for name, picture in answer.pictures.items():
        scaled |= pictures(picture.draw, *(f"{name}.{kind}" for kind in kinds))
    found = {name: content for name, content in scaled.items() if "svg" in more or not name.endswith(".svg")}
    if "html" in more:
        found[PAGE] = page(answer, pictures_of(answer, scaled), folder).encode()
    return found


def parquet(answer: Content) -> dict[str, bytes]:
    """The tables as Parquet, {name of the file: content}."""
    return {f"{name}.parquet": parquet_bytes(table.frame) for name, table in answer.tables.items()}


def pictures_of(answer: Content, found: Mapping[str, bytes]) -> list[Shown]:
    """The pictures of a page: those that were drawn, as SVG where there is one."""
    from lobule.report.whole.page import Shown

    shown = []
    for name, picture in answer.pictures.items():
        kind = next((kind for kind in ("svg", "png") if f"{name}.{kind}" in found), None)
        if kind is not None:
            shown.append(Shown(picture.about, f"{picture.about}. {answer.said}", found[f"{name}.{kind}"], kind))
    return shown


def page(answer: Content, pictures: Sequence[Shown], folder: Path | None = None) -> str:
    """The report of the answer, one page that needs no other file (see `lobule.answers.whole.story`).

    Parameters
    ----------
    folder : of results, from which the files that it was made from are seen; None where it is not yet there
    """
    from lobule.answers.whole.story import report_page

    return report_page(answer, pictures, folder)


def _listed(answer: Content, more: tuple[str, ...]) -> dict[str, str]:
    """What each file holds, in the order of README.txt."""
    tables = {f"{name}.csv": table.about for name, table in answer.tables.items()}
    pictures = {f"{name}.png": picture.about for name, picture in answer.pictures.items()}
    further = {f"*.{kind}": what for kind, what in WHAT.items() if kind in more and kind != "html"}
    page_ = {PAGE: WHAT["html"]} if "html" in more else {}
    files = {_in_one_line(name): beside.about for name, beside in answer.files.items()}
    return tables | files | pictures | further | page_


def _in_one_line(name: str) -> str:
    """Files of a folder are listed together.

    >>> _in_one_line("patients/anna.html"), _in_one_line("index.html")
    ('patients/*.html', 'index.html')
    """
    folder, slash, file = name.rpartition("/")
    return f"{folder}/*.{file.rpartition('.')[2]}" if slash else name
