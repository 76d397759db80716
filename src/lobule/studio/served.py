"""Results of jobs over HTTP: files of the job's own folder alone, as a download or locked into a sandbox.

A page of results, or the ready tissue, runs its own scripts and nothing else: it has no origin, so that it reads
neither the studio nor the machine, and it loads nothing from anywhere. Since a page without origin sends no cookies
along its links, whoever knows the id of a job, 128 random bits that are told to its owner alone, has its files.
"""

from __future__ import annotations

import tempfile
from pathlib import PurePosixPath
from urllib.parse import quote

from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import FileResponse, Response, StreamingResponse
from starlette.routing import Route

from lobule.files.naming import file_name
from lobule.studio.incoming import EXAMPLES
from lobule.studio.jobs import Job, Jobs
from lobule.studio.results import TYPES, Results

SHOWN = (".png",)  # what cannot act; everything else that is no page is a download
SANDBOX = "sandbox allow-scripts allow-popups allow-downloads allow-modals; default-src 'none'; "
POLICY = SANDBOX + (
    "script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:; font-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
NO_PAGE = "sandbox; default-src 'none'; frame-ancestors 'none'"
TISSUE = "/ready/tissue.html"
IN_MEMORY = 8 << 20  # bytes of an archive above which it goes through a temporary file
PIECE = 1 << 16


def address(job: Job, name: str) -> str:
    """Where a file of a job is had."""
    return f"/jobs/{job.id}/files/{quote(name)}"


def archive_address(job: Job) -> str:
    """Where all files of a job are had."""
    return f"/jobs/{job.id}/results.zip"


def routes(jobs: Jobs) -> list[Route]:
    """What answers requests for files of jobs."""

    def file(request: Request) -> Response:
        job = jobs.job(request.path_params["job"])
        name = request.path_params["name"]
        path = None if job is None else Results(job.out).file(name)
        if path is None:
            return _nothing()
        kind = path.suffix
        inline = kind in SHOWN or (kind == ".html" and "download" not in request.query_params)
        headers = {"content-security-policy": POLICY if kind == ".html" else NO_PAGE, **_common()}
        return FileResponse(
            path, media_type=TYPES[kind], headers=headers, filename=PurePosixPath(name).name,
            content_disposition_type="inline" if inline else "attachment",
        )  # fmt: skip

    def archive(request: Request) -> Response:
        job = jobs.job(request.path_params["job"])
        if job is None or not job.out.is_dir():
            return _nothing()
        whole = tempfile.SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115  (closed when it is sent)
        Results(job.out).zip_into(whole, job.inputs() | {"command.txt": job.command().encode()})
        whole.seek(0)
        name = f"{file_name(f'{job.kind} {job.title}'[:50])}.zip"
        headers = {"content-disposition": f'attachment; filename="{name.encode("ascii", "ignore").decode()}"'}
        return StreamingResponse(
            iter(lambda: whole.read(PIECE), b""), media_type="application/zip", headers=headers | _common(),
            background=BackgroundTask(whole.close),
        )  # fmt: skip

    return [
        Route("/jobs/{job}/files/{name:path}", file),
        Route("/jobs/{job}/results.zip", archive),
        Route(TISSUE, _tissue),
    ]


def _tissue(request: Request) -> Response:
    """The ready tissue, in the sandbox of a page of results."""
    headers = {"content-security-policy": POLICY, **_common()}
    return FileResponse(EXAMPLES / "tissue.html", media_type=TYPES[".html"], headers=headers)


def _common() -> dict[str, str]:
    return {"x-content-type-options": "nosniff", "cache-control": "no-store", "referrer-policy": "no-referrer"}


def _nothing() -> Response:
    return Response("there is no such file", status_code=404, media_type="text/plain", headers=_common())
