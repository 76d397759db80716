"""Files of results, for pages and over HTTP: of the job's own folder alone, whatever is asked."""

import io
import sys
import zipfile
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from lobule.studio.jobs import Job, Jobs
from lobule.studio.owner import COOKIE, Owner, owner_of
from lobule.studio.results import Results
from lobule.studio.served import address, archive_address, routes

README = """A title
lobule batch

It came out well, and this
is how.

limits.csv      each batch beside each limit
                of the specification
batches.html    the report

Research software.
"""
SCRIPT = (
    "import os; os.makedirs('out/patients'); w = lambda n, t: open('out/' + n, 'w').write(t);"
    "w('README.txt', 'A\\nb\\n\\nsaid\\n\\nx'); w('report.html', '<script>1</script>'); w('a.csv', 'x\\n1\\n');"
    "w('patients/anna & co.html', 'a'); w('kept.npz', 'n'); os.symlink('/etc/passwd', 'out/out.csv')"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "out"
    (place / "patients").mkdir(parents=True)
    (place / ".hidden").mkdir()
    for name, text in {
        "README.txt": README, "batches.html": "<p>", "index.html": "", "limits.csv": "a,b\n1,2\n", "x.npz": "",
        "patients/anna.html": "", ".hidden/a.csv": "", ".b.csv": "",
    }.items():  # fmt: skip
        (place / name).write_text(text, encoding="utf-8")
    (tmp_path / "secret.csv").write_text("s")
    (place / "link.csv").symlink_to(tmp_path / "secret.csv")
    (place / "up").symlink_to(tmp_path, target_is_directory=True)
    return place


def test_what_can_be_had_is_listed_and_the_page_to_begin_with_is_first(folder: Path) -> None:
    results = Results(folder)
    assert results.names() == ["README.txt", "batches.html", "index.html", "limits.csv", "patients/anna.html"]
    assert results.pages() == ["index.html", "batches.html"]
    assert results.tables() == ["limits.csv"]
    assert results.said() == "It came out well, and this is how."
    assert results.about() == {"limits.csv": "each batch beside each limit of the specification",
                               "batches.html": "the report"}  # fmt: skip


@pytest.mark.parametrize(
    "name",
    ["", "/", "..", "../secret.csv", "link.csv", "up/secret.csv", "x.npz", ".b.csv", ".hidden/a.csv", "/etc/passwd",
     "patients", "patients/../limits.csv", "patients\\anna.html", "limits.csv\0", f"{'a' * 5000}.csv",
     "limits.csv/", "./limits.csv"],
)  # fmt: skip
def test_nothing_else_can_be_had(folder: Path, name: str) -> None:
    assert Results(folder).file(name) is None


def test_the_beginning_of_a_table_is_shown_and_the_rest_is_counted(folder: Path) -> None:
    (folder / "long.csv").write_text("a,b\n" + "".join(f"{k},{'x' * 300}\n" for k in range(10)), encoding="utf-8")
    rows = Results(folder).rows("long.csv", 4)
    assert (rows.header, len(rows.rows), rows.more) == (["a", "b"], 4, 6)
    assert len(rows.rows[0][1]) < 210
    (folder / "broken.csv").write_bytes(b"a\n\xff\n")
    assert Results(folder).rows("broken.csv").rows == []


@pytest.fixture
def job(tmp_path: Path) -> tuple[Jobs, Job]:
    jobs = Jobs(tmp_path / "jobs", command=(sys.executable, "-c"))
    name = jobs.submit("toy", "<b>title</b>", [SCRIPT], {})
    while not (found := jobs.job(name)).over:  # type: ignore[union-attr]
        pass
    assert found is not None and found.state == "done", found
    return jobs, found


def test_pages_come_in_a_sandbox_and_everything_else_as_a_download(job: tuple[Jobs, Job]) -> None:
    client = TestClient(Starlette(routes=routes(job[0])))
    page = client.get(address(job[1], "report.html"))
    assert page.text == "<script>1</script>" and page.headers["content-disposition"].startswith("inline")
    policy = page.headers["content-security-policy"]
    assert policy.startswith("sandbox ") and "allow-same-origin" not in policy and "default-src 'none'" in policy
    table = client.get(address(job[1], "a.csv"))
    assert table.headers["content-disposition"].startswith("attachment")
    assert client.get(address(job[1], "patients/anna & co.html")).text == "a"
    for answer in (page, table):
        assert answer.headers["x-content-type-options"] == "nosniff" and answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "name", ["out.csv", "kept.npz", "../asked.json", "%2e%2e/asked.json", "..%2fasked.json", "no.csv"]
)
def test_over_http_nothing_else_can_be_had(job: tuple[Jobs, Job], name: str) -> None:
    client = TestClient(Starlette(routes=routes(job[0])))
    assert client.get(f"/jobs/{job[1].id}/files/{name}").status_code == 404
    assert client.get(f"/jobs/{'0' * 32}/files/a.csv").status_code == 404
    assert client.get("/jobs/../files/a.csv").status_code == 404


def test_everything_comes_as_an_archive_with_what_was_asked(tmp_path: Path) -> None:
    jobs = Jobs(tmp_path, command=(sys.executable, "-c"))
    name = jobs.submit("toy", "a/b\r\n\"x'", [SCRIPT], {"table.csv": b"a"})
    while not jobs.job(name).over:  # type: ignore[union-attr]
        pass
    found = jobs.job(name)
    assert found is not None
    answer = TestClient(Starlette(routes=routes(jobs))).get(archive_address(found))
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert sorted(archive.namelist()) == ["asked/command.txt", "asked/table.csv", "out/README.txt", "out/a.csv",
                                              "out/patients/anna & co.html", "out/report.html"]  # fmt: skip
    assert "\n" not in answer.headers["content-disposition"] and "/" not in answer.headers["content-disposition"]


def test_every_browser_has_a_word_of_its_own_and_keeps_it() -> None:
    from starlette.requests import Request
    from starlette.responses import PlainTextResponse
    from starlette.routing import Route

    def who(request: Request) -> PlainTextResponse:
        return PlainTextResponse(owner_of(request))

    app = Owner(Starlette(routes=[Route("/", who)]))
    one, other = TestClient(app), TestClient(app)
    first = one.get("/")
    assert "HttpOnly" in first.headers["set-cookie"] and "SameSite=Strict" in first.headers["set-cookie"]
    assert one.get("/").text == first.text != other.get("/").text
    assert "set-cookie" not in one.get("/").headers
    forged = TestClient(app, cookies={COOKIE: "me"})
    assert forged.get("/").text != "me"
