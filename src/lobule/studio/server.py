"""The server of the studio: it answers at once, and prepares the model in a thread meanwhile."""

from __future__ import annotations

import threading
from pathlib import Path
from types import ModuleType

from nicegui import app, core, ui
from starlette.requests import Request

from lobule import report
from lobule.errors import InputError
from lobule.studio import documents, drop, served
from lobule.studio.frame import framed
from lobule.studio.guard import Guard, is_here
from lobule.studio.jobs import ROOT, Jobs
from lobule.studio.owner import Owner, owner_of
from lobule.studio.pages import pages
from lobule.studio.panels import asked
from lobule.studio.ready import ready
from lobule.studio.session import Session
from lobule.studio.worker import Told, Worker

HOST, PORT = "127.0.0.1", 8150
RECONNECT = 10.0  # seconds that a page may be without its socket before it is forgotten
OWN = Path(__file__).parent / "static"


def mount(worker: Worker, token: str | None = None, any_host: bool = False, jobs: Jobs | None = None) -> None:
    """Add guard, files and pages to the framework's application."""
    work = Jobs(ROOT) if jobs is None else jobs
    app.router.routes[:0] = [*drop.routes(), *served.routes(work)]
    app.add_middleware(Owner)
    app.add_middleware(Guard, token=token, any_host=any_host)
    core.sio.eio.cors_allowed_origins = []  # the guard has looked at the origin already; nobody is told more
    app.add_static_files("/static/studio", OWN)
    app.add_static_files("/static/uplot", Path(report.__file__).parent / "static")
    if (docs := documents.folder()) is not None:
        app.add_static_files(documents.PICTURES, docs)
    for page in pages():
        ui.page(page.PATH, title=f"{page.TITLE}, lobule studio")(_shown(page, worker, work))


def _shown(page: ModuleType, worker: Worker, jobs: Jobs):  # type: ignore[no-untyped-def]  # the framework reads its arguments
    async def shown(request: Request) -> None:
        query = "&".join(part for part in request.url.query.split("&") if not part.startswith("token="))
        session = Session(worker, page.PATH, query, ui.context.client, jobs, owner_of(request))
        with framed(session, page, pages()):
            page.build(session)

    return shown


def warm(worker: Worker) -> threading.Event:
    """Simulate the ready example, so that the model is there when somebody asks; tells when it is done."""
    done = threading.Event()

    def told(what: Told) -> None:
        if what.whole:
            done.set()

    worker.ask("warm", ready(), asked("mouse"), told)
    return done


def serve(port: int = PORT, *, host: str = HOST, browser: bool = True, token: str | None = None) -> None:
    """Serve the pages until somebody stops it.

    Parameters
    ----------
    host : where it listens; others than this machine need a token
    browser : open the first page in the user's browser
    token : that whoever opens a page must know, as `?token=` of its first link

    Raises
    ------
    InputError : other machines would reach it without a token; a port that is taken.
    """
    if token is None and not is_here(host):
        raise InputError(
            f"pages that others than this machine reach need a secret: --token with --host {host}", ["token"]
        )
    _free(host, port)
    worker, jobs = Worker(), Jobs(ROOT)
    mount(worker, token, any_host=not is_here(host), jobs=jobs)
    jobs.start()
    warm(worker)
    shown = f"/?token={token}" if token else "/"
    print(
        f"lobule studio: http://{'127.0.0.1' if host in ('0.0.0.0', '::') else host}:{port}{shown} (Ctrl+C ends it)",
        flush=True,
    )
    ui.run(
        host=host, port=port, show=shown if browser else False, reload=False, title="lobule studio", language="en-US",
        dark=None, show_welcome_message=False, reconnect_timeout=RECONNECT, message_history_length=12, tailwind=False,
        access_log=False,
    )  # fmt: skip


def _free(host: str, port: int) -> None:
    import socket

    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except (OSError, OverflowError) as error:
            why = getattr(error, "strerror", None) or error
            raise InputError(f"port {port} of {host}: {why}; choose another with --port", ["port"]) from error
