"""What stands before every page: who may ask, from where, how much may be sent, and what a browser may load.

The framework lets in every origin and every host, which would hand the pages of this machine to any site that its user
visits; this guard is asked before the framework is, for pages, files and the socket alike.
"""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable, MutableMapping
from http.cookies import CookieError, SimpleCookie
from ipaddress import ip_address
from typing import Any
from urllib.parse import parse_qs, urlsplit

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

HERE = ("127.0.0.1", "localhost", "::1")
MOST_BYTES = 32 << 20  # of what is sent in one piece, such as a table of patients
COOKIE = "lobule_studio"
# The framework compiles templates in the browser, which needs 'unsafe-eval'; nothing is loaded from elsewhere.
POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-src 'self'; frame-ancestors 'self'"
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "SAMEORIGIN",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}


def is_here(host: str) -> bool:
    """Whether a host is this machine alone."""
    if host in HERE:
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


class Guard:
    """An ASGI middleware.

    Parameters
    ----------
    app : what it stands before
    token : that whoever asks must know, once as `?token=`, then by a cookie; None asks nobody
    any_host : under whatever name this machine is reached, which needs a token; else only as loopback
    most_bytes : of a body, counted as it comes in
    """

    def __init__(
        self, app: App, token: str | None = None, any_host: bool = False, most_bytes: int = MOST_BYTES
    ) -> None:
        self.app, self.token, self.most_bytes = app, token, most_bytes
        self.any_host = any_host and token is not None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let it through, or say why not."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        refused = self._refused(headers)
        if refused is not None:
            await _refuse(scope, receive, send, 400 if refused == BAD_HOST else 403, refused)
            return
        known, cookie = self._known(scope, headers)
        if not known:
            await _refuse(scope, receive, send, 401, "this page needs the link with its token")
            return
        if scope["type"] == "websocket":
            await self.app(scope, receive, send)
            return
        if int(headers.get("content-length", "0") or 0) > self.most_bytes:
            await _refuse(scope, receive, send, 413, f"at most {self.most_bytes >> 20} MB can be sent")
            return
        await self.app(scope, self._counted(receive), _dressed(send, cookie))

    def _refused(self, headers: MutableMapping[str, str]) -> str | None:
        """Why the host or the origin may not ask."""
        host = headers.get("host", "")
        if not (self.any_host or is_here(_name(host))):
            return BAD_HOST
        origin = headers.get("origin")
        if origin is not None and urlsplit(origin).netloc.lower() != host.lower():
            return BAD_ORIGIN
        return BAD_ORIGIN if headers.get("sec-fetch-site") == "cross-site" and _acts(headers) else None

    def _known(self, scope: Scope, headers: MutableMapping[str, str]) -> tuple[bool, str | None]:
        """Whether who asks knows the token; the cookie to set, where it came in the link."""
        if self.token is None:
            return True, None
        given = parse_qs(scope.get("query_string", b"").decode("latin-1")).get("token", [""])[0]
        if _same(given, self.token):
            return True, f"{COOKIE}={self.token}; HttpOnly; SameSite=Strict; Path=/"
        try:
            kept = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
        except CookieError:
            kept = None
        return kept is not None and _same(kept.value, self.token), None

    def _counted(self, receive: Receive) -> Receive:
        """What comes in, until it is too much: then as if who sends had gone away."""
        come = 0

        async def counted() -> Message:
            nonlocal come
            message = await receive()
            come += len(message.get("body", b""))
            return {"type": "http.disconnect"} if come > self.most_bytes else message

        return counted


BAD_HOST = "the studio answers on this machine alone; lobule studio --host and --token open it to others"
BAD_ORIGIN = "a page of another site may not use the studio"


def _acts(headers: MutableMapping[str, str]) -> bool:
    """A request that is no link somebody followed."""
    return headers.get("sec-fetch-mode") != "navigate"


def _name(host: str) -> str:
    """The name in a Host header, without its port."""
    try:
        return (urlsplit(f"//{host}").hostname or "").lower()
    except ValueError:
        return ""


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())


def _dressed(send: Send, cookie: str | None) -> Send:
    """With the headers that every answer has; one that has a policy of its own keeps it."""

    async def dressed(message: Message) -> None:
        if message["type"] == "http.response.start":
            there = list(message.get("headers", []))
            names = {name.lower() for name, _ in there}
            more = [(k.encode(), v.encode()) for k, v in HEADERS.items() if k.encode() not in names]
            more += [(b"set-cookie", cookie.encode())] if cookie else []
            message = {**message, "headers": [*there, *more]}
        await send(message)

    return dressed


async def _refuse(scope: Scope, receive: Receive, send: Send, status: int, text: str) -> None:
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 1008})
        return
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"connection", b"close")]
    dressed = _dressed(send, None)
    await dressed({"type": "http.response.start", "status": status, "headers": headers})
    await dressed({"type": "http.response.body", "body": text.encode()})
