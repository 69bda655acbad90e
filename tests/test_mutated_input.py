"""What is sent to every door, changed at random, is answered or refused: never an error of the server's own, never half a save.

A few hundred in each run, thousands by `make soak`; a seed names each, so that one that fails can be sent again.
"""

import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.testclient import TestClient

from advisor.io.scenario_writer import case_file_json
from advisor.loading import Loaded
from advisor.store.records import LOCAL
from advisor.web.app import create_app
from advisor.web.settings import Settings
from conftest import ROOT
from support.fresh_databases import migrated
from support.route_table import filled, routes
from support.stored_cases import AT, FILE

FEW, MANY = range(60), range(1_000, 3_000)
SIGNS = [
    *(bytes([n]) for n in (0, 9, 10, 13, 27, 127, 128, 192, 237, 254, 255)),
    *(b"\xed\xa0\x80", b"\xe2\x80\xae", b"\xcc\x80" * 9, b"%00", b"%ff", b"%", b"&", b"=", b"{{7*7}}", b"<script>", b"../"),
    *(b"'", b'"', b"\\", b"[", b"]", b"{", b"}", b":", b",", b"- ", b"#", b"&a ", b"*a", b"\\ud800"),
    *(b"-1", b"1e999", b"NaN", b"null", b"true", b"9" * 40, b"unknown", b"none", b"that-is-all"),
]
REFUSED = {400, 403, 404, 405, 406, 409, 411, 412, 413, 414, 415, 422, 428, 431}
LATER = {429, 503}  # too many wrong passwords; a hard question that is not decided in time
HARD = ("/reach", "/goal", "/route", "/roadmap", "/levers", "/next")  # seconds each, whatever is changed


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory, loaded: Loaded) -> FastAPI:
    settings = Settings(data=tmp_path_factory.mktemp("mutated"))
    migrated(settings.database, loaded.rulebook.vocabulary).close()
    return create_app(settings, loaded=loaded)


@pytest.fixture(scope="module")
def client(app: FastAPI) -> Iterator[TestClient]:
    with TestClient(app, "http://localhost", raise_server_exceptions=False, follow_redirects=False) as made:
        yield made


@pytest.fixture
def case(app: FastAPI, client: TestClient) -> str:  # noqa: ARG001 - it has begun
    """A case that is saved."""
    store = app.state.site.store
    made: str = store.cases.create(LOCAL, FILE, at=AT).entry.id
    return made


def changed(chance: random.Random, raw: bytes) -> bytes:
    """Bytes with one to five changes: what is cut out, doubled, put elsewhere, flipped, or set in between."""
    made = bytearray(raw)
    for _ in range(chance.randint(1, 5)):
        start = chance.randint(0, len(made))
        end = min(len(made), start + chance.randint(0, 20))
        match chance.randrange(5):
            case 0:
                del made[start:end]
            case 1:
                made[start:start] = made[start:end] * chance.randint(1, 30)
            case 2:
                piece = made[start:end]
                del made[start:end]
                place = chance.randint(0, len(made))
                made[place:place] = piece
            case 3 if start < len(made):
                made[start] ^= 1 << chance.randrange(8)
            case _:
                made[start:end] = chance.choice(SIGNS)
    return bytes(made)


def bodies(case: str, loaded: Loaded) -> list[tuple[str, str, str, bytes]]:
    """What is sent to the API: method, path, media type and body."""
    file = case_file_json(FILE, loaded.rulebook.vocabulary)
    yaml = (ROOT / "examples" / "domestic-violence-liaisons.yaml").read_bytes()
    change = json.dumps({"answers": {"wanted.aim": "exchange"}, "partners": [{"name": "Harbor House", "answers": {}}]}).encode()
    asked = json.dumps({"case": json.loads(file), "of": "closeness=coordination"}).encode()
    what_if = json.dumps({"case": json.loads(file), "change": {"add": ["A"]}}).encode()
    return [
        ("POST", "/api/v1/assess", "application/json", file.encode()),
        ("POST", "/api/v1/assess", "application/yaml", yaml),
        ("POST", "/api/v1/cases", "application/json", file.encode()),
        ("POST", "/api/v1/cases", "application/yaml", yaml),
        ("PUT", f"/api/v1/cases/{case}", "application/json", file.encode()),
        ("PATCH", f"/api/v1/cases/{case}", "application/json", change),
        ("POST", "/api/v1/why", "application/json", asked),
        ("POST", "/api/v1/what-if", "application/json", what_if),
    ]


def unforeseen(sent: dict[int, Callable[[], Any]]) -> list[str]:
    """Of requests by seed those that were neither answered nor refused."""
    wrong = []
    for seed, ask in sent.items():
        answer = ask()
        later = answer.status_code in LATER and "retry-after" in answer.headers
        if not (answer.status_code < 400 or answer.status_code in REFUSED or later):
            wrong.append(f"{seed}: {answer.request.method} {answer.request.url} {answer.status_code} {answer.text[:200]}")
    return wrong


def send_bodies(client: TestClient, case: str, loaded: Loaded, seeds: range) -> list[str]:
    kinds = bodies(case, loaded)

    def asking(seed: int) -> Callable[[], Any]:
        method, path, media, body = kinds[seed % len(kinds)]
        headers = {"Content-Type": media, **({"If-Match": "*"} if method in ("PUT", "PATCH") else {})}
        return lambda: client.request(method, path, content=changed(random.Random(seed), body), headers=headers)

    return unforeseen({seed: asking(seed) for seed in seeds})


def send_forms(client: TestClient, app: FastAPI, case: str, seeds: range) -> list[str]:
    """Forms of every page that takes one, with fields that some of them have."""
    given = {**dict.fromkeys(_parameters(app), case), "number": "1", "step": "wanted.aim", "section": "wanted"}
    paths = [filled(path, given) for method, path, _ in routes(app) if method == "POST" and not path.startswith("/api/")]
    paths = [path for path in paths if not path.endswith(("/delete", "/example"))]
    fields = {"revision": "1", "asked": ["wanted.aim", "partner.vision"], "wanted.aim": "exchange", "partner.vision": "yes"}
    fields |= {
        "name": "Someone",
        "go": "on",
        "sure": "no",
        "on": "",
        "label": "x",
        "days": "3",
        "been": "wanted.aim",
        "words": "So",
    }
    form = urlencode(fields, doseq=True).encode()
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "same-origin"}

    def asking(seed: int) -> Callable[[], Any]:
        return lambda: client.post(paths[seed % len(paths)], content=changed(random.Random(seed), form), headers=headers)

    return unforeseen({seed: asking(seed) for seed in seeds})


def send_queries(client: TestClient, app: FastAPI, case: str, seeds: range) -> list[str]:
    """Addresses of every page and every answer of the API that is read, each with its own parameters."""
    given = {**dict.fromkeys(_parameters(app), case), "number": "1", "step": "wanted.aim", "section": "wanted"}
    found = [route for route in app.routes if isinstance(route, APIRoute) and route.methods == {"GET"}]
    found = [route for route in found if not any(part in route.path for part in HARD)]

    def asking(seed: int) -> Callable[[], Any]:
        chance = random.Random(seed)
        route = found[seed % len(found)]
        names = [each.alias for each in route.dependant.query_params] or ["try"]
        query = urlencode([(name, chance.choice(["1", "2026-01", "wanted.aim", "exchange", "true", ""])) for name in names])
        raw = quote(changed(chance, query.encode()), safe="%&=+")  # a client sends nothing else as it is
        path = filled(route.path, given)
        return lambda: client.get(f"{path}?{raw}")

    return unforeseen({seed: asking(seed) for seed in seeds})


def _parameters(app: FastAPI) -> set[str]:
    return {name for _, _, names in routes(app) for name in names}


def whole(app: FastAPI) -> None:
    """Every case that came of it is there as a whole: each of its revisions can be read, and none is missing between."""
    store, after = app.state.site.store, ""
    while True:
        page = store.cases.list(LOCAL, after=after, limit=50)
        for entry in page.items:
            for number in range(1, entry.revision + 1):
                store.cases.at_revision(LOCAL, entry.id, number)
        if not page.following:
            return
        after = page.following


def everything(client: TestClient, app: FastAPI, case: str, loaded: Loaded, seeds: range) -> None:
    assert send_bodies(client, case, loaded, seeds) == []
    assert send_forms(client, app, case, seeds) == []
    assert send_queries(client, app, case, seeds) == []
    whole(app)


def test_whatever_is_changed_in_what_is_sent_it_is_answered_or_refused(
    client: TestClient, app: FastAPI, case: str, loaded: Loaded
) -> None:
    everything(client, app, case, loaded, FEW)


@pytest.mark.long
def test_whatever_is_changed_thousands_of_times(client: TestClient, app: FastAPI, case: str, loaded: Loaded) -> None:
    everything(client, app, case, loaded, MANY)


def test_changes_are_the_same_in_every_run_and_change_something() -> None:
    raw = Path(__file__).read_bytes()
    made = [changed(random.Random(seed), raw) for seed in FEW]
    assert made == [changed(random.Random(seed), raw) for seed in FEW]
    assert len({*made}) == len(FEW)
