"""Who asks: a random word that a browser keeps, so that nobody sees the jobs of another."""

from __future__ import annotations

import re
import secrets
from collections.abc import Awaitable, Callable, MutableMapping
from http.cookies import CookieError, SimpleCookie
from typing import Any

from starlette.requests import Request

COOKIE = "lobule_owner"
KEPT = 5 * 365 * 24 * 3600  # seconds; for as long as results may lie there
WORD = re.compile(r"[0-9a-f]{32}")
KEY = "lobule.owner"  # of the scope of a request
Scope = MutableMapping[str, Any]


class Owner:
    """An ASGI middleware that gives every browser its word."""

    def __init__(self, app: Callable[..., Awaitable[None]]) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        """Read the word, or give one."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        known = _kept(scope)
        scope[KEY] = known or secrets.token_hex(16)

        async def told(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start" and known is None:
                cookie = f"{COOKIE}={scope[KEY]}; Max-Age={KEPT}; HttpOnly; SameSite=Strict; Path=/"
                message = {**message, "headers": [*message.get("headers", []), (b"set-cookie", cookie.encode())]}
            await send(message)

        await self.app(scope, receive, told)


def owner_of(request: Request) -> str:
    """The word of whoever asks; one that owns nothing where there is none."""
    return str(request.scope.get(KEY) or _kept(request.scope) or "nobody")


def _kept(scope: Scope) -> str | None:
    headers = [value.decode("latin-1") for name, value in scope.get("headers", []) if name.lower() == b"cookie"]
    try:
        found = SimpleCookie("; ".join(headers)).get(COOKIE)
    except CookieError:
        return None
    return found.value if found is not None and WORD.fullmatch(found.value) else None
