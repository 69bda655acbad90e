"""What stands before every route: hosts, other sites, sizes, headers; and what is logged."""

import json
import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient
from starlette.types import Message

from advisor.loading import Loaded
from advisor.web import logs
from advisor.web.app import create_app
from advisor.web.middleware import HEADERS
from advisor.web.settings import read_settings
from support.event_loop import run_apart
from support.fresh_databases import migrated

SECRET_ANSWER = "Zebulon Shelter"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory, loaded: Loaded) -> FastAPI:
    folder = tmp_path_factory.mktemp("middleware")
    settings = read_settings(data=folder, database=f"sqlite:///{folder / 'advisor.db'}", max_body_kib=64)
    store = migrated(settings.database, loaded.rulebook.vocabulary)
    store.close()
    return create_app(settings, loaded=loaded)


@pytest.fixture(scope="module")
def client(app: FastAPI) -> Iterator[TestClient]:
    with TestClient(app, "http://127.0.0.1", raise_server_exceptions=False, follow_redirects=False) as made:
        yield made


@pytest.mark.parametrize("path", ["/", "/cases", "/nowhere", "/api/v1/health", "/api/v1/nowhere", "/static/styles.css"])
def test_every_answer_has_the_headers_that_keep_a_browser_safe(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS
    assert "unsafe" not in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "", "localhost.evil.example", "[::1"])
def test_on_this_machine_only_its_own_names_are_answered(client: TestClient, host: str) -> None:
    assert client.get("/", headers={"Host": host}).status_code == 421


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost", "[::1]:9"])
def test_a_port_makes_no_difference(client: TestClient, host: str) -> None:
    assert client.get("/", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
@pytest.mark.parametrize("path", ["/cases", "/api/v1/cases", "/api/v1/assess"])
def test_what_another_site_sends_is_refused(client: TestClient, path: str, headers: dict[str, str]) -> None:
    answer = client.post(path, json={"name": "From elsewhere"}, headers=headers)
    assert answer.status_code == 403
    assert answer.json()["type"].endswith(":cross-site")
    assert "From elsewhere" not in client.get("/cases").text


def test_more_than_the_limit_is_refused_whether_it_says_so_or_not(client: TestClient) -> None:
    much = b'{"name": "' + b"x" * 70_000 + b'"}'
    told = client.post("/api/v1/assess", content=much, headers={"Content-Type": "application/json"})
    untold = client.post(
        "/api/v1/assess", content=iter([much[:40_000], much[40_000:]]), headers={"Content-Type": "application/json"}
    )
    assert [told.status_code, untold.status_code] == [413, 413]
    assert untold.json()["type"].endswith(":too-large")


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "same-origin", "Origin": "null"},  # a page that names no referrer
        {"Sec-Fetch-Site": "none"},  # an address typed, a bookmark
        {"Origin": "http://127.0.0.1"},  # a browser before 2023, or an address of plain http
        {},  # a program, or a browser that leaves the origin out where the page is ours
    ],
)
def test_what_our_own_pages_and_programs_send_is_taken(client: TestClient, headers: dict[str, str]) -> None:
    assert client.post("/cases", data={"name": "From here"}, headers=headers).status_code == 303


@pytest.mark.parametrize(
    ("host", "origin", "status"),
    [
        ("localhost:8000", "http://localhost:8000", 303),
        ("localhost:8000", "http://localhost:3000", 403),  # another program on this machine
        ("localhost:8000", "http://localhost", 403),
        ("localhost:8000", "http://127.0.0.1:8000", 403),
        ("[::1]:8000", "http://[::1]:8000", 303),
        ("localhost", "http://localhost.evil.example", 403),
        ("localhost", "http://evil.example/localhost", 403),
        ("localhost", "localhost", 403),
        ("localhost", "", 403),
    ],
)
def test_where_only_an_origin_is_named_it_has_to_be_ours_to_the_port(
    client: TestClient, host: str, origin: str, status: int
) -> None:
    assert client.post("/cases", data={"name": "x"}, headers={"Host": host, "Origin": origin}).status_code == status


def test_behind_a_proxy_the_public_address_is_ours(tmp_path: Path, loaded: Loaded) -> None:
    database = f"sqlite:///{tmp_path / 'advisor.db'}"
    settings = read_settings(data=tmp_path, database=database, public_url="https://advice.example.org")
    store = migrated(settings.database, loaded.rulebook.vocabulary)
    store.people.add("a@example.org", "A", "leader", "North", "correct horse battery", at=datetime.now(UTC))
    with TestClient(create_app(settings, loaded=loaded), "http://127.0.0.1:8000", follow_redirects=False) as client:
        statuses = [
            client.post("/cases", data={"name": "x"}, headers={"Origin": origin}).status_code
            for origin in ("https://advice.example.org", "http://advice.example.org", "https://other.example.org")
        ]
    assert statuses == [303, 403, 403]


@pytest.mark.parametrize("before", ["", "/tools/advisor"])
def test_under_a_path_of_another_site_other_origins_may_call_the_api_and_nothing_else(
    before: str, tmp_path: Path, loaded: Loaded
) -> None:
    database, other = f"sqlite:///{tmp_path / 'advisor.db'}", "https://portal.example.org"
    address = "https://advice.example.org/tools/advisor"
    settings = read_settings(data=tmp_path, database=database, public_url=address, allowed_origins=other)
    store = migrated(settings.database, loaded.rulebook.vocabulary)
    store.people.add("a@example.org", "A", "leader", "North", "correct horse battery", at=datetime.now(UTC))
    with TestClient(create_app(settings, loaded=loaded), "http://127.0.0.1:8000", follow_redirects=False) as client:
        called = client.post(f"{before}/api/v1/assess", json={}, headers={"Origin": other})
        sent = client.post(f"{before}/cases", data={"name": "x"}, headers={"Origin": other})
    assert (called.status_code, called.headers["Access-Control-Allow-Origin"]) == (401, other)
    assert sent.status_code == 403
    assert "Access-Control-Allow-Origin" not in sent.headers


def test_nobody_is_given_a_cookie_who_does_not_sign_in(app: FastAPI) -> None:
    assert "set-cookie" not in TestClient(app, "http://127.0.0.1").get("/").headers


def test_logs_tell_of_requests_but_never_what_was_answered(client: TestClient, capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("debug")
    case = {"name": SECRET_ANSWER, "partners": [{"name": SECRET_ANSWER, "answers": {"partner.desire": SECRET_ANSWER}}]}
    client.post("/api/v1/assess", json=case)
    made = client.post("/api/v1/cases", json={"name": SECRET_ANSWER, "partners": [{"name": SECRET_ANSWER}]})
    client.get(f"/cases/{made.headers['location'].rpartition('/')[2]}/what-if?partner={SECRET_ANSWER}")
    client.get(f"/cases?search={SECRET_ANSWER}")
    client.get(f"/shared/{SECRET_ANSWER}")
    logging.getLogger("advisor").handlers.clear()
    written = capsys.readouterr().err
    lines = [json.loads(line) for line in written.splitlines()]
    assert {line["event"] for line in lines} == {"request"}
    assert {"/api/v1/assess", "/shared/{secret}"} <= {line["route"] for line in lines}
    assert "Zebulon" not in written


def test_something_unforeseen_is_answered_safely_and_logged_without_its_text(
    app: FastAPI, client: TestClient, capsys: pytest.CaptureFixture[str]
) -> None:
    def failing() -> None:
        raise ValueError(SECRET_ANSWER)

    app.add_api_route("/api/v1/failing", failing)
    app.router.routes.insert(0, app.router.routes.pop())
    logs.configure("info")
    answer = client.get("/api/v1/failing")
    logging.getLogger("advisor").handlers.clear()
    written = capsys.readouterr().err
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert "Zebulon" not in answer.text + written
    first = json.loads(written.splitlines()[0])
    assert first["error"] == "ValueError"
    assert any("test_server_middleware" in place for place in first["places"])


@pytest.mark.parametrize("path", ["/cases", "/api/v1/assess"])
def test_a_client_that_goes_away_is_no_error_of_ours(path: str, app: FastAPI, capsys: pytest.CaptureFixture[str]) -> None:
    headers = [(b"host", b"127.0.0.1"), (b"content-type", b"application/x-www-form-urlencoded"), (b"content-length", b"9")]
    if path.startswith("/api"):
        headers[1] = (b"content-type", b"application/json")
    scope: dict[str, object] = {"type": "http", "http_version": "1.1", "method": "POST", "path": path, "raw_path": path.encode()}
    scope |= {"root_path": "", "scheme": "http", "query_string": b"", "headers": headers}
    scope |= {"client": ("127.0.0.1", 1), "server": ("127.0.0.1", 80), "state": {}}
    messages: Iterator[Message] = iter([{"type": "http.request", "body": b"name=", "more_body": True}])

    async def receive() -> Message:
        return next(messages, {"type": "http.disconnect"})

    async def send(_: Message) -> None:
        pass

    logs.configure("info")
    run_apart(app(scope, receive, send))
    logging.getLogger("advisor").handlers.clear()
    (line,) = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert line["status"] in (400, 499)
    assert line["level"].lower() == "info"


@pytest.mark.parametrize("charset", ["punycode", "undefined", "unicode_escape", "utf-7", "utf-16", "utf-8; charset=punycode"])
@pytest.mark.parametrize("kind", ["multipart/form-data; boundary=X; charset={}", "application/x-www-form-urlencoded; charset={}"])
def test_a_form_in_any_encoding_but_utf_8_is_not_begun_with(client: TestClient, kind: str, charset: str) -> None:
    body = b'--X\r\nContent-Disposition: form-data; name="name"\r\n\r\n-' + b"a" * 50_000 + b"\r\n--X--\r\n"
    answer = client.post("/cases", content=body, headers={"Content-Type": kind.format(charset)})
    assert answer.status_code == 415


def test_a_form_in_utf_8_is_taken(client: TestClient) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded; charset=UTF-8"}
    answer = client.post("/cases", content="name=Plain", headers=headers)
    assert answer.status_code == 303


def test_a_chain_of_scenarios_too_long_for_a_case_is_refused_at_once(client: TestClient) -> None:
    chained = {f"s{n}": {"on": f"s{n + 1}"} if n < 999 else {} for n in range(1000)}
    answer = client.post("/api/v1/assess", json={"name": "Chained", "scenarios": chained})
    assert answer.status_code == 422
    assert [problem["code"] for problem in answer.json()["problems"]] == ["too-many-scenarios"]


def test_of_very_many_wrong_members_some_are_told(client: TestClient) -> None:
    answer = client.post("/api/v1/why", json={"of": "proceed", "case": {}, **{f"k{n}": n for n in range(3000)}})
    assert answer.status_code == 422
    assert len(answer.json()["problems"]) == 100


@pytest.mark.parametrize("path", ["/", "/api/v1/health", "/api/v1/questions", "/api/v1/nowhere"])
def test_head_answers_what_get_does_without_the_body(client: TestClient, path: str) -> None:
    whole, head = client.get(path), client.head(path)
    assert (head.status_code, head.content) == (whole.status_code, b"")
    for name in ("content-type", "content-length", "etag", "cache-control"):
        assert head.headers.get(name) == whole.headers.get(name)


def test_the_api_is_packed_for_whoever_takes_it_so_and_a_page_is_not(client: TestClient) -> None:
    packed = client.get("/api/v1/questions", headers={"Accept-Encoding": "gzip"})
    plain = client.get("/api/v1/questions", headers={"Accept-Encoding": "identity"})
    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert packed.content == plain.content
    assert int(packed.headers["content-length"]) * 3 < int(plain.headers["content-length"])
    assert "Accept-Encoding" in packed.headers["vary"]
    assert "content-encoding" not in client.get("/", headers={"Accept-Encoding": "gzip"}).headers


PORTAL = "https://portal.example.org"


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory, loaded: Loaded) -> Iterator[TestClient]:
    """A server that pages of a portal may call and frame."""
    folder = tmp_path_factory.mktemp("embedded")
    settings = read_settings(data=folder, allowed_origins=f"{PORTAL} http://localhost:9", frame_ancestors=PORTAL)
    store = migrated(settings.database, loaded.rulebook.vocabulary)
    store.close()
    with TestClient(create_app(settings, loaded=loaded), "http://127.0.0.1") as made:
        yield made


def test_a_page_of_an_allowed_site_may_call_the_api_and_nothing_else(embedded: TestClient) -> None:
    sent = {"Origin": PORTAL, "Sec-Fetch-Site": "cross-site"}
    asked = {**sent, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type, if-match"}
    before = embedded.options("/api/v1/assess", headers=asked)
    assert (before.status_code, before.headers["Access-Control-Allow-Origin"]) == (200, PORTAL)
    for body, status in (({"answers": {}}, 200), ({"answers": 1}, 422)):
        answer = embedded.post("/api/v1/assess", json=body, headers=sent)
        assert (answer.status_code, answer.headers["Access-Control-Allow-Origin"]) == (status, PORTAL)
        assert "Access-Control-Allow-Credentials" not in answer.headers
    page = embedded.post("/cases", headers=sent)
    assert page.status_code == 403
    assert "Access-Control-Allow-Origin" not in page.headers


@pytest.mark.parametrize("origin", ["https://evil.example", f"{PORTAL}.evil.example", "http://portal.example.org", "null"])
def test_a_page_of_any_other_site_may_not(embedded: TestClient, origin: str) -> None:
    sent = {"Origin": origin, "Sec-Fetch-Site": "cross-site"}
    answer = embedded.post("/api/v1/assess", json={}, headers=sent)
    assert answer.status_code == 403
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_a_site_that_may_frame_the_pages_is_named(embedded: TestClient) -> None:
    answer = embedded.get("/")
    assert f"frame-ancestors 'self' {PORTAL}" in answer.headers["Content-Security-Policy"]
    assert "X-Frame-Options" not in answer.headers
