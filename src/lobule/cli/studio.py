"""The pages in a browser: studio."""

from __future__ import annotations

from typing import Annotated

import typer

from lobule.cli.applications import START, app, within


@app.command(rich_help_panel=START)
def studio(
    port: Annotated[int, typer.Option(callback=within(1, 65535), help="Where it listens.")] = 8150,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open the first page in a browser.")] = True,
    host: Annotated[str, typer.Option(help="0.0.0.0 lets other machines in, who then need the token.")] = "127.0.0.1",
    token: Annotated[str | None, typer.Option(help="A secret that whoever opens a page must know.")] = None,
) -> None:
    """Open pages in a browser: choose a subject and a therapy, and see treated and untreated follow."""
    from lobule.optional import needs, without_other_arrays

    needs("nicegui", extra="studio")
    without_other_arrays()
    from lobule.studio.server import serve

    serve(port, host=host, browser=browser, token=token)
