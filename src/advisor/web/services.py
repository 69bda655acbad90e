"""What every route works with, put together once a process."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from starlette.requests import HTTPConnection

from advisor.service import Service
from advisor.web.settings import Settings

if TYPE_CHECKING:
    from advisor.store.database import Store
    from advisor.web.auth import Keys
    from advisor.web.templates import Frame


@dataclass
class Load:
    """How many requests this process is answering now."""

    requests: int = 0


@dataclass(frozen=True)
class Services:
    """Settings, saved cases, use cases, pages, keys, the clock (aware, UTC), and the requests under way."""

    settings: Settings
    store: "Store"
    service: Service
    frame: "Frame"
    keys: "Keys"
    clock: Callable[[], datetime]
    load: Load = field(default_factory=Load)


def services(request: HTTPConnection) -> Services:
    """The services of the application that answers this request."""
    found: Services = request.app.state.services
    return found
