"""What came out of a job, on a page: words, its report, pictures, tables, and everything to take away."""

from __future__ import annotations

from html import escape

from nicegui import ui

from lobule.studio.frame import heading, paragraph
from lobule.studio.jobs import DONE, Job
from lobule.studio.results import PAGE, Results
from lobule.studio.served import address, archive_address
from lobule.studio.table import Table
from lobule.studio.trial_shown import show_trial

MOST_LINKS = 60  # pages that are listed one by one
TALL = 760  # pixels of a report on the page
SHOWN = {"trial": show_trial}  # kinds of jobs whose page shows more of the folder than words, pages and tables


def show_outcome(job: Job) -> None:
    """Build it where one is."""
    results = Results(job.out)
    if job.state == DONE:
        if results.said():
            paragraph(results.said(), "studio-said")
        if job.kind in SHOWN:
            SHOWN[job.kind](results)
        _pages(job, results)
        _pictures(job, results)
        _tables(results)
    if results.names():
        _files(job, results)
    _log(job)


def link(text: str, to: str, *, new: bool = False, name: str = "") -> None:
    """A link; `name` says more than its text to who hears it."""
    found = ui.element("a")
    found._props["href"] = to
    if new:
        found._props |= {"target": "_blank", "rel": "noopener"}
    if name:
        found._props["aria-label"] = name
    with found:
        ui.label(text).style("display: inline")


def _pages(job: Job, results: Results) -> None:
    """The first page inside this one, and links to all of them."""
    pages = results.pages()
    if not pages:
        return
    heading("Report", 2)
    with ui.element("p").classes("studio-bar"):
        for page in pages:
            link(f"Open {page} in a tab", address(job, page), new=True)
    inside(address(job, pages[0]), f"{pages[0]} of {escape(job.title)}")
    below = [name for name in results.names() if name.endswith(PAGE) and "/" in name]
    if below:
        with ui.element("details").props("open" if len(below) <= MOST_LINKS else ""):
            with ui.element("summary"):
                ui.label(f"{len(below)} pages, one each").style("display: inline")
            with ui.element("div").classes("studio-bar"):
                names = [name.rpartition("/")[2].removesuffix(PAGE) for name in below]
                for name, short in zip(below[:MOST_LINKS], names, strict=False):
                    alike = names.count(short) > 1
                    link(name.removesuffix(PAGE) if alike else short, address(job, name), new=True)


def inside(address: str, title: str, tall: int = TALL) -> None:
    """A page of results inside this one, in its sandbox."""
    frame = ui.element("iframe").classes("studio-report").style(f"height: {tall}px")
    frame._props |= {
        "src": address, "title": title, "sandbox": "allow-scripts allow-popups allow-downloads allow-modals",
    }  # fmt: skip


def _pictures(job: Job, results: Results) -> None:
    about = results.about()
    for name in results.pictures():
        with ui.element("figure").classes("studio-figure"):
            image = ui.element("img")
            image._props |= {"src": address(job, name), "alt": about.get(name, name), "loading": "lazy"}
            with ui.element("figcaption").classes("studio-note"):
                ui.label(about.get(name, name))


def _tables(results: Results) -> None:
    """The tables, one at a time."""
    names = results.tables()
    if not names:
        return
    heading("Tables", 2)
    about = results.about()
    chosen = ui.select({name: name for name in names}, value=names[0], label="Table").props("outlined dense")
    grid = Table(names[0])

    def show(name: str) -> None:
        rows = results.rows(name)
        grid.fill(rows.header, rows.rows, rows.more, f"{name}: {about[name]}" if name in about else name)

    chosen.on_value_change(lambda event: show(event.value))
    show(names[0])


def _files(job: Job, results: Results) -> None:
    heading("Take it away", 2)
    with ui.element("p").classes("studio-bar"):
        link("Everything, as a zip", archive_address(job))
    with ui.element("details"):
        with ui.element("summary"):
            ui.label("Single files").style("display: inline")
        with ui.element("ul").classes("studio-list"):
            for name in results.names()[:MOST_LINKS]:
                with ui.element("li"):
                    link(name, f"{address(job, name)}?download")
    paragraph(f"The same on a command line, with the files of the zip: {job.command()}")


def _log(job: Job) -> None:
    with ui.element("details"):
        with ui.element("summary"):
            ui.label("What the command said").style("display: inline")
        with ui.element("pre").classes("studio-log").props('tabindex="0"'):
            ui.label(job.log()).style("display: inline")
