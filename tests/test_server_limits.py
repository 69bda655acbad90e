"""How long what is sent may be: in every field of every door, and in what comes before a request is begun with."""

import io
import json
import socket
import sys
import unicodedata
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.testclient import TestClient

from advisor.io.case_reader import parse_case
from advisor.io.scenario_reader import read_changes
from advisor.loading import Loaded
from advisor.model.case import Case
from advisor.model.problems import InputError
from advisor.web.app import create_app
from advisor.web.protocol import ADDRESS, HEAD
from advisor.web.settings import read_settings
from advisor.web.size_limits import FIELD
from conftest import ROOT
from support.fresh_databases import migrated
from support.route_table import filled, routes
from support.servers import Site, serving
from support.shell import Shell
from support.stored_cases import FILE
from support.visits import PASSWORD

MARKS = "\u0300\u0316" * 20_000  # to bring so many into order takes the interpreter half a minute
LONG = "a" * (FIELD + 1)
FEWER = MARKS[:6000]  # as many as a client puts into an address
MOST = 4000  # characters that may be brought into order: of a name, or of all that one may stand for
FIELDS = ("email", "password", "next", "old", "new", "again", "label", "name", "search", "step", "go", "on", "add", "revision")


@pytest.fixture
def ordered(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The lengths of all texts that were to be normalized; only short ones are."""
    lengths: list[int] = []
    normalize = unicodedata.normalize

    def noting(form: str, text: str) -> str:
        lengths.append(len(text))
        return normalize(form, text) if len(text) <= MOST else text  # type: ignore[arg-type]

    monkeypatch.setattr(unicodedata, "normalize", noting)
    return lengths


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory, loaded: Loaded) -> FastAPI:
    folder = tmp_path_factory.mktemp("limits")
    settings = read_settings(data=folder, database=f"sqlite:///{folder / 'advisor.db'}")
    store = migrated(settings.database, loaded.rulebook.vocabulary)
    ann = store.people.add("ann@example.org", "Ann", "administrator", "North", PASSWORD, at=datetime.now(UTC))
    store.passkeys.add(ann.id, "Phone", "AQID", b"key", 0, at=datetime.now(UTC))
    store.close()
    return create_app(settings, loaded=loaded)


@pytest.fixture(scope="module")
def client(app: FastAPI) -> Iterator[TestClient]:
    """Ann, who has signed in."""
    with TestClient(app, "http://127.0.0.1", follow_redirects=False) as made:
        answer = made.post("/login", data={"email": "ann@example.org", "password": PASSWORD})
        assert answer.status_code == 303
        yield made


@pytest.fixture(scope="module")
def given(app: FastAPI) -> dict[str, str]:
    """What the parameters of paths are filled in with."""
    store, ann = app.state.site.store, app.state.site.store.people.by_email("ann@example.org")
    case = store.cases.create(ann, FILE, at=datetime.now(UTC)).entry.id
    names = (
        "case_id",
        "case",
        "section",
        "step",
        "token_id",
        "service_token",
        "webhook",
        "invitation",
        "link_id",
        "person_id",
        "advice",
        "name",
        "secret",
        "key",
        "document",
        "consultation",
        "respondent",
        "provider",
        "session_id",
        "example",
        "rule",
    )
    (passkey,) = store.passkeys.list(ann.id)
    return {
        **dict.fromkeys((*names, "source", "of", "scenario", "format", "kind", "form"), case),
        "number": "1",
        "passkey": passkey.id,
    }


def bearer(app: FastAPI) -> dict[str, str]:
    store = app.state.site.store
    ann = store.people.by_email("ann@example.org")
    return {"Authorization": f"Bearer {store.tokens.create(ann, 'test', at=datetime.now(UTC))[1]}"}


def test_no_parameter_of_an_address_is_taken_at_any_length(
    app: FastAPI, client: TestClient, given: dict[str, str], ordered: list[int]
) -> None:
    taken, tried = [], 0
    for route in app.routes:
        if not isinstance(route, APIRoute) or route.methods != {"GET"}:
            continue
        path = filled(route.path, given)
        for place, name in enumerate(("try", "add", "wanted.aim", "said", *(f.alias for f in route.dependant.query_params))):
            for text, statuses in ((LONG, {422, 404}), *([(FEWER, {414})] if place == 0 else [])):  # how many is one limit
                status = client.get(path, params={name: text * 8 if (name, text) == ("been", LONG) else text}).status_code
                tried += 1
                if status not in statuses | {414}:
                    taken.append(f"{path} {name}: {status}")
    assert tried > 250
    assert not taken
    assert max(ordered, default=0) <= MOST


def test_no_part_of_a_path_is_taken_at_any_length(
    app: FastAPI, client: TestClient, given: dict[str, str], ordered: list[int]
) -> None:
    told = {
        client.request(method, filled(path, {**given, name: quote(LONG)})).status_code
        for method, path, names in routes(app)
        for name in names
    }
    assert told == {404}
    assert max(ordered, default=0) <= MOST


@pytest.mark.long
def test_no_field_of_a_form_is_taken_at_any_length(
    app: FastAPI, client: TestClient, given: dict[str, str], ordered: list[int]
) -> None:
    taken = []
    posts = [filled(path, given) for method, path, _ in routes(app) if method == "POST" and not path.startswith("/api/")]
    assert len(posts) > 25
    for path in posts:
        names = FIELDS if path in ("/login", "/cases", "/account/password") else ("been", LONG)
        for name in names:
            answer = client.post(path, data={name: MARKS})
            if answer.status_code != 422 or len(answer.text) > 60_000:
                taken.append(f"{path} {name[:20]}: {answer.status_code}")
    assert not taken
    assert max(ordered, default=0) <= MOST


def test_neither_is_the_name_of_a_file_nor_a_field_beside_it(client: TestClient, ordered: list[int]) -> None:
    for name, file in ((MARKS, b"{}"), ("case.json", json.dumps({"name": MARKS}).encode())):
        answer = client.post("/import", files={"file": (name, file)})
        assert answer.status_code in (400, 422)
    assert client.post("/import", data={"name": MARKS}, files={"file": ("a", b"")}).status_code == 422
    assert max(ordered, default=0) <= MOST


@pytest.mark.parametrize(("field", "other"), [("email", "password"), ("password", "email")])
def test_who_signs_in_with_too_long_a_text_is_told_and_nothing_is_done_with_it(
    app: FastAPI, ordered: list[int], field: str, other: str
) -> None:
    client = TestClient(app, "http://127.0.0.1", follow_redirects=False)
    told = {}
    for text in (MARKS, MARKS[:FIELD], "\u0300\u0316" * 101):
        answer = client.post("/login", data={field: text, other: "ann@example.org"})
        told[len(text)] = answer.status_code, "characters" in answer.text
    assert told == {40_000: (422, True), FIELD: (422, True), 202: (422, True)}
    assert max(ordered, default=0) <= 200


def test_an_old_password_that_is_too_long_is_a_wrong_one_and_a_new_one_is_refused(client: TestClient, ordered: list[int]) -> None:
    long = MARKS[:300]
    for old, new, field in ((long, PASSWORD, "old"), (PASSWORD, long, "new")):
        answer = client.post("/account/password", data={"old": old, "new": new, "again": new})
        assert answer.status_code == 422
        assert f'id="{field}-error"' in answer.text or f'href="#{field}"' in answer.text
    assert max(ordered) <= 200


@pytest.mark.parametrize(
    ("operation", "body"),
    [
        ("assess", {"name": MARKS}),
        ("assess", {"partners": [{"name": MARKS}]}),
        ("assess", {"notes": MARKS}),
        ("assess", {MARKS: "yes"}),
        ("assess", {"answers": {"wanted.aim": MARKS}}),
        ("assess", {"answers": {MARKS: "yes"}}),
        ("assess", {"scenarios": {MARKS: {}}}),
        ("assess", {"scenarios": {"a": {"add": [MARKS]}}}),
        ("assess", {"scenarios": {"a": {"on": MARKS}}}),
        ("cases", {"name": MARKS}),
        ("cases", {"partners": [{"name": MARKS}]}),
        ("why", {"case": {}, "of": MARKS}),
        ("why", {"saved": MARKS, "of": "proceed"}),
        ("why", {"case": {}, "of": "proceed", "scenario": MARKS}),
        ("why-not", {"case": {}, "goal": MARKS}),
        ("next", {"case": {}, "skip": [MARKS]}),
        ("question", {"case": {}, "question": MARKS}),
        ("first-page", {"saved": MARKS}),
        ("reach", {"case": {}, "goals": [MARKS]}),
        ("reach", {"case": {}, "goals": ["integration"], "keep": [MARKS]}),
        ("what-if", {"case": {}, "change": {"add": [MARKS]}}),
        ("compare", {"case": {}, "with": [MARKS]}),
    ],
)
@pytest.mark.parametrize("media", ["application/json", "application/yaml"])
def test_no_text_in_a_body_is_taken_at_any_length(
    app: FastAPI, client: TestClient, ordered: list[int], operation: str, body: dict[str, object], media: str
) -> None:
    answer = client.post(f"/api/v1/{operation}", content=json.dumps(body), headers={"Content-Type": media, **bearer(app)})
    assert answer.status_code in (400, 422)  # 400: YAML itself has a limit for keys
    assert len(answer.text) < 30_000
    assert max(ordered, default=0) <= MOST


@pytest.mark.parametrize(
    "raw", [b'{"scenarios": {"a": {"notes": "%s"}}}', b'{"scenarios": {"a": {"notes": "%s\\/"}}}', b"scenarios: {a: {notes: %s}}"]
)
def test_a_long_text_in_a_case_is_told_with_its_length(loaded: Loaded, raw: bytes) -> None:
    for long, codes in ((20_000 - 1, []), (20_001, ["text-too-long"])):
        found = []
        try:
            parse_case(raw % (b"n" * long), loaded.rulebook.vocabulary, as_json=raw.startswith(b"{"))
        except InputError as error:
            found = [problem.code for problem in error.problems]
        assert found == codes


@pytest.mark.parametrize("header", ["Authorization", "Accept", "If-None-Match", "Content-Type", "X-Anything"])
def test_no_header_is_taken_at_any_length(app: FastAPI, client: TestClient, header: str) -> None:
    answer = client.get("/api/v1/questions", headers={**bearer(app), header: "Bearer " + "a" * 9000})
    assert answer.status_code == 431
    assert answer.json()["type"].endswith(":headers-too-large")


def test_a_cookie_or_a_token_longer_than_any_of_ours_is_none(app: FastAPI) -> None:
    anew = TestClient(app, "http://127.0.0.1", follow_redirects=False)
    cookie = {"Cookie": f"advisor_session={'a' * 9000}; advisor_visitor={'a' * 9000}"}
    assert anew.get("/cases", headers=cookie).headers["location"].startswith("/login")
    assert anew.get("/api/v1/cases", headers={"Authorization": "Bearer " + "a" * 2000}).status_code == 401


@pytest.mark.parametrize("which", ["email", "name", "organization", "password", "label"])
def test_the_command_line_takes_no_text_at_any_length(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path, ordered: list[int], which: str
) -> None:
    monkeypatch.setenv("ADVISOR_DATA", str(tmp_path))
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{MARKS if which == 'password' else PASSWORD}\n"))
    shell = Shell(monkeypatch, capsys)
    texts = {"email": "ann@example.org", "name": "Ann", "organization": "North", "label": "nightly", which: MARKS}
    if which == "label":
        shell("user", "add", texts["email"], "--name", "Ann", "--role", "leader", "--organization", "N", "--password-stdin")
        ended = shell("user", "token", texts["email"], "--label", texts["label"])
    else:
        named = ("--name", texts["name"], "--role", "leader", "--organization", texts["organization"])
        ended = shell("user", "add", texts["email"], *named, "--password-stdin")
    assert (ended.status, ended.out) == (2, "")
    assert "40000" in ended.err
    assert len(ended.err) < 1000
    assert max(ordered, default=0) <= 200


def test_a_setting_of_blanks_is_read_in_one_go(loaded: Loaded) -> None:
    """Read with a pattern whose parts all fit blanks, it would take the cube of its length."""
    blanks = " " * 200_000
    for setting in (f"{blanks}:{blanks}", f":{blanks}", f"wanted.aim=:{blanks}:{blanks}x", ":" * 200_000):
        with pytest.raises(InputError):
            read_changes([setting], (), (), Case("", {}), loaded.rulebook.vocabulary, "x")
    read = read_changes(["  wanted.aim =  exchange  "], (), (), Case("", {}), loaded.rulebook.vocabulary, "x")
    assert read.answers == {"wanted.aim": ("exchange",)}


def test_nothing_is_normalized_but_where_its_length_is_known() -> None:
    """Whoever adds another place looks at the length first, and adds it here."""
    sources = (ROOT / "src").rglob("*.py")
    found = {path.name for path in sources if "unicodedata" in path.read_text("utf-8")}
    assert found == {"people.py", "organizations.py", "m0016_organizations.py", "cases.py", "names.py", "headings.py"}


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with serving(tmp_path_factory.mktemp("real")) as running:
        yield running


def memory(site: Site) -> int:
    """The most memory the server has held so far, in KiB."""
    status = Path(f"/proc/{site.process.pid}/status").read_text("utf-8")
    return int(status.partition("VmHWM:")[2].split()[0])


def told(site: Site, parts: Iterable[bytes]) -> tuple[bytes, int]:
    """What a connection is answered until it is closed, and how many bytes it took before."""
    host, port = site.address.rpartition("/")[2].split(":")
    sent, answer = 0, b""
    with socket.create_connection((host, int(port)), timeout=60) as line:
        try:
            for part in parts:
                line.sendall(part)
                sent += len(part)
        except ConnectionError:  # closed in the meantime
            pass
        try:
            while more := line.recv(65536):
                answer += more
        except ConnectionError:
            pass
    return answer, sent


def endless(start: bytes, part: bytes) -> Iterator[bytes]:
    """A start, and then the same for as long as it is taken, up to 150 MiB."""
    yield start
    for _ in range(150 * 1024 * 1024 // len(part)):
        yield part


LINE = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n"
CHUNKED = b"POST /cases HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    ("start", "part"),
    [
        (LINE, b"X-Name: " + b"a" * 4000 + b"\r\n"),
        (LINE, b"a:\r\n" * 10_000),
        (LINE + b"X-Name: ", b"a" * 65_536),
        (LINE + b"X", b"a" * 65_536),
        (b"", b"\r\n" * 30_000),
        (CHUNKED + b"1;", b"a" * 65_536),
        (CHUNKED + b"1\r\na\r\n0\r\nX-Name: ", b"a" * 65_536),
        (CHUNKED + b"1\r\na\r\n0\r\n", b"a:" + b"a" * 4000 + b"\r\n"),
        (b"GET /", b"a" * 65_536),
        (b"GET /?", b"a=a&" * 16_384),
    ],
)
def test_what_comes_without_end_is_neither_kept_nor_listened_to(real: Site, start: bytes, part: bytes) -> None:
    before = memory(real)
    answer, sent = told(real, endless(start, part))
    if not start.startswith(b"POST"):  # of those the application may have answered first
        status = 414 if start.startswith(b"GET /") and b"HTTP" not in start else 431
        assert answer.startswith(f"HTTP/1.1 {status} ".encode())
        assert b"connection: close" in answer
        assert json.loads(answer.partition(b"\r\n\r\n")[2])["status"] == status
    assert sent < 100 * 1024 * 1024
    assert memory(real) - before < 16 * 1024
    assert real.client().get("/api/v1/health").status_code == 200


@pytest.mark.parametrize(
    ("size", "status"), [(ADDRESS // 4, 422), (ADDRESS - 100, 414), (ADDRESS + 100, 414), (2 * ADDRESS, 414)]
)
def test_a_long_address_is_refused_by_the_application_and_one_longer_still_before_it(real: Site, size: int, status: int) -> None:
    answer, _ = told(real, [b"GET /cases?search=" + b"a" * size + b" HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"])
    assert answer.startswith(f"HTTP/1.1 {status} ".encode())
    assert (b"<main" in answer) is (size < ADDRESS)


def test_whole_headers_over_the_limit_are_refused_and_those_under_it_are_not(real: Site) -> None:
    line, end = b"X-Name-%d: " + b"a" * 4000 + b"\r\n", b"Connection: close\r\n\r\n"
    fitting = b"".join(line % n for n in range(HEAD // 4096))
    assert told(real, [LINE + fitting + end])[0].startswith(b"HTTP/1.1 200 ")
    assert told(real, [LINE + fitting + line % 99 + line % 100 + end])[0].startswith(b"HTTP/1.1 431 ")
    many = b"".join(b"x-%d: 1\r\n" % n for n in range(300))
    assert told(real, [LINE + many + end])[0].startswith(b"HTTP/1.1 431 ")


def test_one_connection_serves_request_after_request_with_bodies_far_above_the_limit_of_headers(real: Site) -> None:
    with real.client() as client:
        for n in range(8):
            much = json.dumps({"name": f"Case {n}", "scenarios": {"a": {"notes": "n" * 19_000}}, "answers": {}}) + " " * 300_000
            answer = client.post("/api/v1/assess", content=much, headers={"Content-Type": "application/json"})
            assert answer.status_code == 200
