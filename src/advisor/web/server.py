"""Starts the server: everything is checked before it listens, and requests under way are finished before it stops."""

import contextlib
import json
import os
import signal
import sys
import tempfile
from pathlib import Path

import uvicorn
from pydantic import SecretStr
from uvicorn.supervisors import Multiprocess

from advisor.io.packages import installed
from advisor.io.server_socket import address_of, listen
from advisor.loading import Loaded, load
from advisor.model.problems import InputError, Problem
from advisor.model.sentence import sentence
from advisor.store.database import Store, UnavailableError
from advisor.web import logs
from advisor.web.accounts import forget_code, had_accounts, marker, new_code
from advisor.web.keys import keys_of
from advisor.web.protocol import LimitedProtocol
from advisor.web.settings import PREFIX, Settings
from advisor.web.templates import Templates


def serve(settings: Settings) -> None:
    """Listen until told to stop. Raises `InputError` where it must not, or cannot, begin."""
    _check_extras(settings)
    loaded = load(settings.rules, settings.prompts, language=settings.language)
    built = Templates(loaded).built
    _make_folder(settings.data)
    keys_of(settings)
    accounts = _prepare(settings, loaded)
    listening = listen(settings.host, settings.port)
    address = settings.public_url or address_of(listening)
    _export(settings)
    config = uvicorn.Config(
        "advisor.web.app:from_environment",
        factory=True,
        workers=settings.workers,
        http=LimitedProtocol,
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=False,  # the application believes the proxies of its settings
        timeout_graceful_shutdown=settings.stop_seconds,
        lifespan="on",
    )
    if settings.metrics and settings.workers > 1:
        from advisor.web.telemetry import SHARED  # here, since it needs its extra

        os.environ[SHARED] = tempfile.mkdtemp(prefix="advisor-metrics-")
    logs.configure(settings.log_level)
    words = loaded.wording.phrases["serving"]
    forget_code(settings.data)
    closed = accounts or not settings.is_alone
    sys.stdout.write(sentence(words["listening"], address=address, accounts=closed) + "\n")
    if closed and not accounts:
        sys.stdout.write(sentence(words["first-account"], address=address, code=new_code(settings.data)) + "\n")
    if not built:
        sys.stdout.write(words["api-only"] + "\n")
    sys.stdout.flush()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())  # uvicorn raises the signal again once it has stopped
    server = uvicorn.Server(config)
    if settings.workers > 1:
        Multiprocess(config, sockets=[listening]).run()
    else:
        with contextlib.suppress(KeyboardInterrupt):
            server.run(sockets=[listening])
    if not server.started and settings.workers == 1:
        raise SystemExit(1)


def _check_extras(settings: Settings) -> None:
    """That what the settings ask for is installed."""
    wanted = [("psycopg", "postgres")] if settings.database.startswith("postgresql") else []
    wanted += [("prometheus_client", "telemetry")] if settings.metrics else []
    wanted += [("opentelemetry.sdk", "telemetry")] if settings.traces else []
    wanted += [("authlib", "oidc"), ("httpx2", "oidc")] if settings.providers else []
    missing = [
        Problem("settings", 0, "extra-not-installed", found=name, about=extra) for name, extra in wanted if not installed(name)
    ]
    if missing:
        raise InputError(missing)


def _prepare(settings: Settings, loaded: Loaded) -> bool:
    """Bring the database up to date, and say whether it holds accounts. Raises `InputError` where they are lost."""
    store = Store(settings.database, loaded.rulebook.vocabulary)
    try:
        store.upgrade()
        accounts, had = store.people.any(), had_accounts(store, settings.data)
    except UnavailableError as error:
        reason = type(error.__cause__).__name__ if error.__cause__ else ""
        raise InputError([Problem("settings", 0, "database-unavailable", found=reason)]) from None
    finally:
        store.close()
    if had and not accounts:
        raise InputError([Problem("settings", 0, "accounts-lost", found=str(marker(settings.data)))])
    return accounts


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise InputError([Problem(str(folder), 0, "unwritable-file", about="data", found=error.strerror or "")]) from None


def _export(settings: Settings) -> None:
    """Hand the settings on to the server processes."""
    for name in Settings.model_fields:
        value = getattr(settings, name)
        if value is not None:
            os.environ[PREFIX + name.upper()] = _written(value)


def _written(value: object) -> str:
    """A setting as it is read from the environment."""
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    if not isinstance(value, dict):
        return str(value)
    plain = {key: {name: each for name, each in given if each is not None} for key, given in value.items()}
    return json.dumps(plain, default=lambda each: each.get_secret_value() if isinstance(each, SecretStr) else str(each))
