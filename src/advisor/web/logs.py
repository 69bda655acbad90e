"""Structured logs: one JSON object a line, about requests and failures, never with what somebody answered."""

import json
import logging
import sys
import traceback
from datetime import UTC, datetime

from starlette.types import Scope

LOGGER = logging.getLogger("advisor")


class Lines(logging.Formatter):
    """A record as one line of JSON. Of an exception the type and the places, not its text, which may hold an answer."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage() if record.name != "advisor" else record.msg,
            **getattr(record, "fields", {}),
        }
        if record.exc_info and record.exc_info[0]:
            frames = traceback.extract_tb(record.exc_info[2])
            line["error"] = record.exc_info[0].__name__
            line["places"] = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames[-12:]]
        return json.dumps(line, ensure_ascii=False)


def configure(level: str) -> None:
    """Send logs to standard error as lines of JSON."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Lines())
    for name, least in (("advisor", level), ("uvicorn", "warning"), ("sqlalchemy", "warning"), ("alembic", "warning")):
        logger = logging.getLogger(name)
        logger.handlers = [handler]
        logger.setLevel(least.upper())
        logger.propagate = False


def request_answered(scope: Scope, route: str, status: int, seconds: float, name: str) -> None:
    """Log one request: the route's pattern, not its path, which may hold the secret of a shared link."""
    fields = {
        "request": name,
        "method": scope["method"],
        "route": route,
        "status": status,
        "ms": round(seconds * 1000, 1),
        "person": scope.get("state", {}).get("person", ""),
    }
    level = logging.ERROR if status >= 500 and status != 503 else logging.INFO
    LOGGER.log(level, "request", extra={"fields": fields})


def audited(number: int, event: str, entry: str) -> None:
    """Log that an entry was added to the audit, with its hash: where the log is kept, it tells whether it is still there."""
    LOGGER.info("audit", extra={"fields": {"number": number, "what": event, "hash": entry}})


def refused_sign_in(provider: str, why: str) -> None:
    """Log that somebody who came from a provider of identities was not let in, and why."""
    LOGGER.warning("sign-in refused", extra={"fields": {"provider": provider, "why": why}})


def dropped_mail() -> None:
    """Log that a link for a password was asked for and is not mailed, since too many wait to be."""
    LOGGER.warning("reset mail dropped")


def failed(error: BaseException, name: str = "") -> None:
    """Log something unforeseen."""
    LOGGER.error("unforeseen", exc_info=error, extra={"fields": {"request": name}})
