"""What every route works with, put together once a process."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from starlette.requests import HTTPConnection

from advisor.service import Service
from advisor.store.database import Store
from advisor.web.accounts import Accounts
from advisor.web.keys import Keys
from advisor.web.request_limits import RequestLimits
from advisor.web.reset_mail import ResetMail
from advisor.web.settings import Settings
from advisor.web.templates import Templates

if TYPE_CHECKING:  # it needs its extra
    from advisor.web.openid import Provider


@dataclass
class Load:
    """How many requests this process is answering now."""

    requests: int = 0


@dataclass(frozen=True)
class Site:
    """Settings, saved cases, accounts, use cases, templates, keys, the clock (aware, UTC), what mails links for new
    passwords, how much a caller may ask, the providers of identities by their names in addresses, and the requests under way."""

    settings: Settings
    store: Store
    accounts: Accounts
    service: Service
    templates: Templates
    keys: Keys
    clock: Callable[[], datetime]
    reset_mail: ResetMail
    limits: RequestLimits | None = None
    providers: Mapping[str, "Provider"] = field(default_factory=dict)
    load: Load = field(default_factory=Load)


def site_of(request: HTTPConnection) -> Site:
    """The site that answers this request."""
    found: Site = request.app.state.site
    return found


def origin_of(request: HTTPConnection) -> str | None:
    """The origin that addresses for others begin with: the public one, or on a server that is alone this machine's own.

    None where others reach the server and no public address is set: what a request calls the server may be anything.
    """
    settings = site_of(request).settings
    if settings.origin or not settings.is_alone:
        return settings.origin or None
    return f"{request.url.scheme}://{request.url.netloc}"
