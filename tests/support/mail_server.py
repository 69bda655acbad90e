"""A real mail server on this machine, which takes mail from whoever signs in to it, in the open or under TLS."""

import queue
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session


@dataclass
class Inbox:
    """What a mail server took, whom it refuses, by which version of TLS each message came, and who tried to sign in."""

    taken: list[EmailMessage] = field(default_factory=list)
    secured: list[str | None] = field(default_factory=list)
    signed_in: list[bytes] = field(default_factory=list)
    refuses: str = ""
    _coming: "queue.Queue[EmailMessage]" = field(default_factory=queue.Queue)

    async def handle_RCPT(  # noqa: N802  (named by aiosmtpd)
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if address == self.refuses:
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        assert isinstance(envelope.content, bytes)
        assert server.transport is not None
        secure = server.transport.get_extra_info("ssl_object")
        self.secured.append(secure.version() if secure else None)
        self.taken.append(message_from_bytes(envelope.content, policy=default))
        self._coming.put(self.taken[-1])
        return "250 OK"

    def empty(self) -> None:
        """Throw away what came."""
        self.taken.clear()
        self._coming = queue.Queue()

    def next(self) -> EmailMessage:
        """The next message, once it is there."""
        return self._coming.get(timeout=30)


@contextmanager
def receiving(inbox: Inbox, *, starttls: ssl.SSLContext | None = None, tls: ssl.SSLContext | None = None) -> Iterator[Controller]:
    """A server that takes mail into this inbox: only after STARTTLS, or under TLS from the first byte, where it has a context."""

    def authenticate(*given: object) -> AuthResult:
        if isinstance(given[-1], LoginPassword):
            inbox.signed_in.append(given[-1].login)
        right = isinstance(given[-1], LoginPassword) and (given[-1].login, given[-1].password) == (b"advisor", b"secret")
        return AuthResult(success=right, handled=right)  # or nothing is answered to a wrong one

    controller = Controller(
        inbox,
        "127.0.0.1",
        _free_port(),
        ssl_context=tls,
        tls_context=starttls,
        require_starttls=starttls is not None,
        authenticator=authenticate,
        auth_required=True,
        auth_require_tls=starttls is not None,
    )
    controller.start()
    yield controller
    controller.stop()


def mail_settings(server: Controller, **other: object) -> dict[str, Any]:
    """The settings by which mail is sent to a server."""
    given: dict[str, object] = {"mail_server": "127.0.0.1", "mail_port": server.port, "mail_security": "none"}
    return {**given, "mail_user": "advisor", "mail_password": "secret", "mail_from": "advisor@example.org", **other}


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port
