"""Every answer is saved in one way: README.txt, run.json, tables, pictures, and what else is asked for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path

from lobule.answers.content import Content
from lobule.errors import InputError, nearest, shown
from lobule.keeping import as_path, kind_of, parquet_bytes, write_table
from lobule.keeping.results import Writer, readme, save_results
from lobule.optional import needs

ALWAYS = ("csv", "png")
FURTHER = ("svg", "pdf", "parquet", "html")
OF_PICTURES = ("png", "svg", "pdf")
PAGE = "report.html"
WHAT = {
    "svg": "the pictures, to be scaled",
    "pdf": "the pictures, for print",
    "parquet": "the tables, with the kinds of their columns",
    "html": "all of it on one page",
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
    record = answer.record.model_dump(mode="json") | {"made_from": list(made_from)}
    contents = _listed(answer, more)
    record |= {"said": answer.said, "contents": contents}
    about = readme(answer.title, answer.command, answer.said, contents, answer.record.intended_use)
    return save_results(
        as_path(folder),
        kind_of(answer.command),
        record,
        _writers(answer, more),
        partial(drawn, answer, more),
        about,
    )


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


def drawn(answer: Content, more: tuple[str, ...]) -> Mapping[str, bytes]:
    """The pictures in every format that is wanted, each drawn once, and the page."""
    from lobule.report.style import pictures

    kinds = [kind for kind in OF_PICTURES if kind == "png" or kind in more]
    found: dict[str, bytes] = {}
    for name, picture in answer.pictures.items():
        found |= pictures(picture.draw, *(f"{name}.{kind}" for kind in kinds))
    if "html" in more:
        shown_pictures = [
            (found[f"{name}.png"], picture.about) for name, picture in answer.pictures.items() if f"{name}.png" in found
        ]
        found[PAGE] = page(answer, shown_pictures).encode()
    return found


def parquet(answer: Content) -> dict[str, bytes]:
    """The tables as Parquet, {name of the file: content}."""
    return {f"{name}.parquet": parquet_bytes(table.frame) for name, table in answer.tables.items()}


def page(answer: Content, pictures: Sequence[tuple[bytes, str]]) -> str:
    """The answer as one page that needs no other file: words, pictures, tables.

    Parameters
    ----------
    pictures : content of a PNG, caption
    """
    from lobule.report.answer_page import answer_page

    tables = [(name, table.about, table.frame) for name, table in answer.tables.items()]
    heading = answer.title or f"lobule {answer.command}"
    return answer_page(heading, answer.said, pictures, tables, answer.record.intended_use)


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
