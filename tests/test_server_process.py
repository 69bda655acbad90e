"""`advisor serve`: where it listens, what stops it before it starts, and how it ends."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import httpx
import pytest

from advisor.loading import Loaded
from advisor.store.database import Store
from support.servers import ROOT, serving


def start(folder: Path, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """A start that is expected to be refused."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ADVISOR_")}
    environment |= {"ADVISOR_DATA": str(folder), "ADVISOR_PORT": "0", **settings}
    command = [sys.executable, "-m", "advisor", "serve", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, cwd=ROOT, timeout=120)


def test_without_accounts_it_opens_nothing_elsewhere_but_the_form_for_the_first(tmp_path: Path) -> None:
    with serving(tmp_path, arguments=("--host", "0.0.0.0")) as site:
        port = site.address.rpartition(":")[2]
        with httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
            assert client.get("/cases").headers["location"] == "/first-account"
            assert client.get("/api/v1/cases").status_code == 403
            assert client.get("/first-account").status_code == 200


def test_with_accounts_it_listens_elsewhere_and_asks_everybody_to_sign_in(tmp_path: Path, loaded: Loaded) -> None:
    store = Store(f"sqlite:///{tmp_path / 'advisor.db'}", loaded.rulebook.vocabulary)
    store.upgrade()
    from advisor.web.app import now

    store.people.add("a@example.org", "A", "administrator", "An agency", "a long enough password", at=now())
    store.close()
    with serving(tmp_path, arguments=("--host", "0.0.0.0")) as site:
        port = site.address.rpartition(":")[2]
        with httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
            assert client.get("/cases").headers["location"].startswith("/login")
            assert client.get("/api/v1/cases").status_code == 401
            assert client.get("/api/v1/health").status_code == 200


def test_a_wrong_setting_stops_the_start(tmp_path: Path) -> None:
    refused = start(tmp_path, "--port", "99999", ADVISOR_WORKERS="none")
    assert refused.returncode == 2
    assert "port" in refused.stderr
    assert "workers" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_port_that_is_taken_is_told(tmp_path: Path) -> None:
    with serving(tmp_path) as site:
        port = site.address.rpartition(":")[2]
        refused = start(tmp_path, "--port", port)
    assert refused.returncode == 2
    assert f"127.0.0.1:{port}" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_database_that_cannot_be_reached_is_told(tmp_path: Path) -> None:
    refused = start(tmp_path, "--database", "postgresql://nobody@127.0.0.1:1/none")
    assert refused.returncode == 2
    assert "Traceback" not in refused.stderr


@pytest.mark.parametrize("workers", ["1", pytest.param("2", marks=pytest.mark.long)])
def test_when_it_is_stopped_requests_under_way_are_finished(tmp_path: Path, workers: str) -> None:
    """A question that takes the solver seconds is asked; the stop comes while it is worked on."""
    partners = [{"name": f"Partner {n}"} for n in range(24)]
    body = {"case": {"name": "Slow", "partners": partners}}
    answers: list[int] = []
    with serving(tmp_path, arguments=("--workers", workers)) as site:

        def ask() -> None:
            with site.client() as client:
                answers.append(client.post("/api/v1/next", json=body).status_code)

        asking = threading.Thread(target=ask)
        asking.start()
        time.sleep(0.5)
        assert not answers, "the question was answered before the stop"
        site.process.send_signal(signal.SIGTERM)
        asking.join(60)
        assert site.process.wait(60) == 0
    assert answers == [200]


def test_what_it_prints_is_where_it_is(tmp_path: Path) -> None:
    with serving(tmp_path) as site:
        assert site.client().get("/").status_code == 200
        assert site.address.startswith("http://127.0.0.1:")
