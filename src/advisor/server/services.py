"""What every route works with, put together once a process."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from starlette.requests import HTTPConnection

from advisor.server.counsel import Counsel
from advisor.server.settings import Settings

if TYPE_CHECKING:
    from advisor.server.access import Keys
    from advisor.server.accounts import Accounts
    from advisor.server.frame import Frame
    from advisor.store.database import Store


@dataclass(frozen=True)
class Services:
    """Settings, saved cases, accounts, advice, pages, keys, and the clock (aware, UTC)."""

    settings: Settings
    store: "Store"
    accounts: "Accounts"
    counsel: Counsel
    frame: "Frame"
    keys: "Keys"
    clock: Callable[[], datetime]


def services(request: HTTPConnection) -> Services:
    """The services of the application that answers this request."""
    found: Services = request.app.state.services
    return found
