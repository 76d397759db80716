"""Nobody but this machine's own pages gets in; what is sent is bounded; nothing is loaded from elsewhere."""

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from lobule.studio.guard import Guard, is_here

OWN = "http://127.0.0.1:8150"


async def page(request):
    return PlainTextResponse(str(len(await request.body())))


async def socket(connection):
    await connection.accept()
    await connection.send_text("hello")
    await connection.close()


def client(base=OWN, **options):
    routes = [Route("/", page, methods=["GET", "POST"]), WebSocketRoute("/socket", socket)]
    return TestClient(Guard(Starlette(routes=routes), **options), base_url=base)


@pytest.mark.parametrize("base", [OWN, "http://localhost:1", "http://[::1]:1"])
def test_this_machine_is_let_in(base):
    assert client(base).get("/").status_code == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "192.168.0.2:8150", "", "[", "localhost@evil"]
)
def test_another_host_is_refused(host):
    assert client().get("/", headers={"host": host}).status_code == 400


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "http://127.0.0.1:9", "http://localhost:8150", "[", ""]
)
def test_another_origin_is_refused(origin):
    assert client().post("/", headers={"origin": origin}).status_code == 403
    with pytest.raises(WebSocketDisconnect), client().websocket_connect("/socket", headers={"origin": origin}):
        pass


def test_its_own_pages_reach_the_socket():
    headers = {"origin": OWN, "host": "127.0.0.1:8150"}
    with client().websocket_connect("/socket", headers=headers) as connection:
        assert connection.receive_text() == "hello"


def test_a_site_that_embeds_or_asks_from_elsewhere_is_refused_but_a_link_to_it_works():
    assert client().get("/", headers={"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors"}).status_code == 403
    assert client().get("/", headers={"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}).status_code == 200


def test_a_large_body_is_refused_whether_or_not_it_says_its_length():
    small = client(most_bytes=1000)
    assert small.post("/", content=b"x" * 1000).text == "1000"
    assert small.post("/", content=b"x" * 1001).status_code == 413
    with pytest.raises(Exception):  # noqa: B017  # the connection ends
        small.post("/", content=iter([b"x" * 600] * 3)).raise_for_status()


def test_every_answer_forbids_what_no_page_needs():
    for answer in (client().get("/"), client().get("/", headers={"host": "evil.example"})):
        assert "default-src 'self'" in answer.headers["content-security-policy"]
        assert "frame-ancestors" in answer.headers["content-security-policy"]
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert "http:" not in answer.headers["content-security-policy"]


def test_a_token_is_asked_once_and_then_kept():
    secret = client(token="s3cret", any_host=True, base="http://lab.example:8150")
    assert secret.get("/").status_code == 401
    assert secret.get("/?token=wrong").status_code == 401
    first = secret.get("/?token=s3cret")
    assert first.status_code == 200
    assert "HttpOnly" in first.headers["set-cookie"] and "SameSite=Strict" in first.headers["set-cookie"]
    assert secret.get("/").status_code == 200
    with pytest.raises(WebSocketDisconnect), client(token="s3cret").websocket_connect("/socket"):
        pass


def test_other_hosts_are_let_in_only_with_a_token():
    assert client(any_host=True).get("/", headers={"host": "lab.example"}).status_code == 400


@pytest.mark.parametrize(
    ("host", "here"), [("127.0.0.1", True), ("127.8.0.1", True), ("0.0.0.0", False), ("a.b", False)]
)
def test_what_counts_as_this_machine(host, here):
    assert is_here(host) is here
