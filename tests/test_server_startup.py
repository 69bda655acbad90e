"""An application that another server started: on a database without tables it says that it is not ready, until it is."""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest
from starlette.testclient import TestClient

from advisor.loading import Loaded
from advisor.store.database import Store
from advisor.web.app import create_app
from advisor.web.settings import Settings
from advisor.web.startup import AGAIN
from conftest import ROOT
from support.fresh_databases import migrated

EVERYTHING = ("/", "/cases", "/examples", "/login", "/static/none.css", "/api/v1/questions", "/api/v1/cases")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data=tmp_path)


def test_on_an_unmigrated_database_every_route_but_health_says_in_words_that_it_is_not_ready(
    settings: Settings, loaded: Loaded
) -> None:
    with TestClient(create_app(settings, loaded=loaded), base_url="http://127.0.0.1") as client:
        assert client.get("/api/v1/health").json() == {"status": "alive"}
        assert client.get("/api/v1/ready").json()["reason"] == "not-migrated"
        for path in EVERYTHING:
            answer = client.get(path)
            assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5"), path
            told = answer.json() if path.startswith("/api/") else answer.text
            assert "not ready yet" in (told["title"] if isinstance(told, dict) else told), path
        assessed = client.post("/api/v1/assess", json={"answers": {}})
        assert (assessed.status_code, assessed.json()["reason"]) == (503, "not-migrated")


def test_once_the_database_is_up_to_date_everything_is_answered_and_the_rulebook_is_kept(
    settings: Settings, loaded: Loaded
) -> None:
    with TestClient(create_app(settings, loaded=loaded), base_url="http://127.0.0.1") as client:
        assert client.get("/").status_code == 503
        store = Store(settings.database, loaded.rulebook.vocabulary)
        store.upgrade()
        time.sleep(AGAIN)
        assert client.get("/").status_code == 200
        assert client.post("/api/v1/assess", json={"answers": {}}).status_code == 200
        assert store.advices.rulebook(loaded.rulebook.sha256, loaded.wording.sha256)
        store.close()


def test_under_another_server_it_starts_and_says_so(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "uvicorn", "--factory", "advisor.web.app:from_environment", "--port", str(port)]
    environment = {**os.environ, "ADVISOR_DATA": str(tmp_path)}
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.DEVNULL)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
            for _ in range(600):
                assert process.poll() is None
                try:
                    health = client.get("/api/v1/health")
                except httpx.TransportError:
                    time.sleep(0.1)
                    continue
                break
            assert health.status_code == 200
            assert client.get("/").status_code == 503
    finally:
        process.terminate()
        process.wait(30)


def test_without_built_assets_the_api_answers_and_each_page_says_why_it_is_not_there(
    settings: Settings, loaded: Loaded, tmp_path: Path
) -> None:
    migrated(settings.database, loaded.rulebook.vocabulary).close()
    app = create_app(settings, loaded=loaded, static=tmp_path / "nothing")
    with TestClient(app, base_url="http://127.0.0.1") as client:
        assert client.post("/api/v1/assess", json={"answers": {}}).status_code == 200
        for path in ("/", "/cases", "/examples", "/cases/1/memo"):
            answer = client.get(path)
            assert (answer.status_code, answer.headers["Content-Type"]) == (503, "text/plain; charset=utf-8"), path
            assert answer.text.strip() == loaded.wording.phrases["serving"]["api-only"]
        assert client.get("/api/v1/nothing").status_code == 404
        assert client.get("/nothing").status_code == 404
        assert client.get("/api/v1/assess").status_code == 405
