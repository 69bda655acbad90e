"""Where a request came from: its own address, unless a trusted proxy says another."""

from pathlib import Path

import pytest
from starlette.testclient import TestClient

from advisor.loading import Loaded
from advisor.model.problems import InputError
from advisor.web.app import create_app
from advisor.web.settings import read_settings
from support.fresh_databases import migrated
from support.stored_cases import AT, FILE
from support.visits import PASSWORD, add_person

CALLER, PROXY = "198.51.100.7", "192.0.2.1"


@pytest.mark.parametrize(
    ("trusted", "peer", "told", "found"),
    [
        ("", PROXY, CALLER, PROXY),
        ("", "127.0.0.1", CALLER, "127.0.0.1"),
        (PROXY, PROXY, CALLER, CALLER),
        ("192.0.2.0/24 10.0.0.1", PROXY, CALLER, CALLER),
        (PROXY, "192.0.2.2", CALLER, "192.0.2.2"),
        (PROXY, PROXY, f"203.0.113.66, {CALLER}", CALLER),  # what the caller itself sent comes first, and is not believed
        ("192.0.2.0/24", PROXY, f"{CALLER}, 192.0.2.9", CALLER),
    ],
)
def test_the_callers_address_comes_from_trusted_proxies_alone(
    tmp_path: Path, loaded: Loaded, trusted: str, peer: str, told: str, found: str
) -> None:
    settings = read_settings(None, data=tmp_path, public_url="http://advisor.example.org", trusted_proxies=trusted)
    store = migrated(settings.database, loaded.rulebook.vocabulary)
    add_person(store, "ann", "leader")
    with TestClient(create_app(settings, loaded=loaded), settings.public_url, client=(peer, 1), follow_redirects=False) as client:
        client.post("/login", data={"email": "ann@example.org", "password": "wrong"}, headers={"X-Forwarded-For": told})
    (entry,) = store.audit.list(None).items
    assert entry.came_from == found
    store.close()


@pytest.mark.parametrize("wrong", ["proxy.example", "10.0.0.0/33", "10.0.0.5/24", "*"])
def test_what_is_no_address_or_network_is_told(wrong: str) -> None:
    with pytest.raises(InputError) as raised:
        read_settings(None, trusted_proxies=f"10.0.0.1 {wrong}")
    (problem,) = raised.value.problems
    assert (problem.code, problem.about) == ("wrong-setting", "trusted_proxies")
    assert wrong in problem.allowed[0]


def test_a_link_is_made_from_the_public_address_whatever_a_request_calls_the_server(tmp_path: Path, loaded: Loaded) -> None:
    for number, (more, address) in enumerate(
        (({"public_url": "https://advisor.example.org"}, "https://advisor.example.org/shared/"), ({"host": "0.0.0.0"}, ""))
    ):
        settings = read_settings(None, data=tmp_path / str(number), **more)
        store = migrated(settings.database, loaded.rulebook.vocabulary)
        ann = add_person(store, "ann", "leader")
        case = store.cases.create(ann, FILE, at=AT).entry.id
        base = "https://advisor.example.org" if number == 0 else "http://evil.example"
        with TestClient(create_app(settings, loaded=loaded), base, follow_redirects=False) as client:
            assert client.post("/login", data={"email": ann.email, "password": PASSWORD}).status_code == 303
            made = client.post(f"/cases/{case}/links", data={"shows": "advice", "with": "", "days": "30"})
        assert made.status_code == (200 if address else 422)
        assert (address or "ADVISOR_PUBLIC_URL") in made.text
        assert "http://evil.example/shared" not in made.text
        store.close()


def test_probes_are_answered_under_any_name_and_nothing_else_is(tmp_path: Path, loaded: Loaded) -> None:
    settings = read_settings(None, data=tmp_path, public_url="https://advisor.example.org")
    store = migrated(settings.database, loaded.rulebook.vocabulary)
    add_person(store, "ann", "leader")
    store.close()
    with TestClient(create_app(settings, loaded=loaded), "http://10.1.2.3:8000", follow_redirects=False) as client:
        assert client.get("/api/v1/health").status_code == 200
        assert client.get("/api/v1/ready").status_code == 200
        assert client.get("/login").status_code == 421
