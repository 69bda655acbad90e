"""How much a caller may ask of the API: by token, by address, told in the headers of the IETF draft."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from starlette.testclient import TestClient

from advisor.loading import Loaded
from advisor.web import request_limits
from advisor.web.app import create_app
from advisor.web.request_limits import RequestLimits, Standing
from advisor.web.settings import Settings
from support.fresh_databases import migrated
from support.visits import PASSWORD

QUOTA = 3


class Seconds:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
def api(tmp_path_factory: pytest.TempPathFactory, loaded: Loaded, seconds: Seconds) -> Iterator[TestClient]:
    settings = Settings(data=tmp_path_factory.mktemp("limits"), requests_per_minute=QUOTA)
    store = migrated(settings.database, loaded.rulebook.vocabulary)
    store.people.add("ann@example.org", "Ann", "planner", "North", PASSWORD, at=datetime.now(UTC))
    store.close()
    app = create_app(settings, loaded=loaded)
    assert app.state.site.limits is not None
    app.state.site = replace(app.state.site, limits=RequestLimits(QUOTA, seconds))
    with TestClient(app, "http://127.0.0.1/api/v1/") as made:
        yield made


def token(api: TestClient) -> dict[str, str]:
    store = api.app.state.site.store  # type: ignore[attr-defined]
    return {"Authorization": f"Bearer {store.tokens.create(store.people.list()[0], 't', at=datetime.now(UTC))[1]}"}


def test_each_token_has_a_quota_that_answers_tell_and_a_minute_brings_back(api: TestClient, seconds: Seconds) -> None:
    first, second = token(api), token(api)
    told = []
    for _ in range(QUOTA):
        answer = api.get("cases", headers=first)
        assert (answer.status_code, answer.headers["RateLimit-Policy"]) == (200, f'"minute";q={QUOTA};w=60')
        assert "Retry-After" not in answer.headers
        told.append(answer.headers["RateLimit"])
        seconds.now += 10
    assert told == ['"minute";r=2;t=60', '"minute";r=1;t=50', '"minute";r=0;t=40']
    refused = api.get("cases", headers=first)
    assert (refused.status_code, refused.json()["type"]) == (429, "urn:partnership-advisor:too-many-requests")
    assert [refused.headers[name] for name in ("RateLimit", "Retry-After")] == ['"minute";r=0;t=30', "30"]
    assert api.post("assess", json={}, headers=first).status_code == 429
    assert api.get("cases", headers=second).status_code == 200
    seconds.now += 30
    assert api.get("cases", headers=first).headers["RateLimit"] == '"minute";r=2;t=60'


def test_an_answer_that_fails_counts_and_says_so_too(api: TestClient) -> None:
    answer = api.post("assess", json={"answers": {"no.such": "x"}}, headers=token(api))
    assert (answer.status_code, answer.headers["RateLimit"]) == (422, f'"minute";r={QUOTA - 1};t=60')


def test_whoever_has_no_token_of_ours_is_counted_by_address_whatever_they_send(api: TestClient) -> None:
    asked = [api.get("cases", headers={"Authorization": f"Bearer guess-{n}"}).status_code for n in range(QUOTA)]
    assert asked == [401] * QUOTA
    assert api.get("cases", headers={"Authorization": "Bearer another"}).status_code == 429
    assert api.get("answers/nothing").status_code == 429
    assert api.get("cases", headers=token(api)).status_code == 200  # a token stands for itself


def test_who_watches_the_server_and_pages_are_not_counted(api: TestClient) -> None:
    for path in ("health", "ready", "../../login"):
        answers = [api.get(path) for _ in range(QUOTA + 1)]
        assert {answer.status_code for answer in answers} == {200}
        assert all("RateLimit" not in answer.headers for answer in answers)


def test_no_more_callers_are_remembered_than_there_is_room_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(request_limits, "MOST", 2)
    limits = RequestLimits(5, Seconds())
    assert [limits.count(caller).left for caller in ("a", "b", "c", "b", "a")] == [4, 4, 4, 3, 4]
    assert len(limits._counted) == 2


def test_the_fields_are_as_the_draft_has_them() -> None:
    assert Standing(100, 50, 30).headers == {"RateLimit-Policy": '"minute";q=100;w=60', "RateLimit": '"minute";r=50;t=30'}
