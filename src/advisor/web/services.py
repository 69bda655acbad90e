"""What every route works with, put together once a process."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from starlette.requests import HTTPConnection

from advisor.web.counsel import Counsel
from advisor.web.settings import Settings

if TYPE_CHECKING:
    from advisor.store.database import Store
    from advisor.web.auth import Keys
    from advisor.web.templates import Frame


@dataclass(frozen=True)
class Services:
    """Settings, saved cases, advice, pages, keys, and the clock (aware, UTC)."""

    settings: Settings
    store: "Store"
    counsel: Counsel
    frame: "Frame"
    keys: "Keys"
    clock: Callable[[], datetime]


def services(request: HTTPConnection) -> Services:
    """The services of the application that answers this request."""
    found: Services = request.app.state.services
    return found
