"""HTTP as uvicorn speaks it, with limits: no request keeps more in memory than so much before it is begun with."""

from collections.abc import Mapping
from http import HTTPStatus

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from advisor.model.wording import Wording
from advisor.web.http_errors import MEDIA_TYPE, problem
from advisor.web.logs import LOGGER

ADDRESS = 32 * 1024  # bytes; above what an application takes, which can say so on a page
HEAD = 64 * 1024  # bytes of a request without its body
HEADERS = 200
REFUSALS = "refusals"  # under which name the application's state holds what refused requests are answered
_PIECE = 16 * 1024  # what is parsed at once; a limit is found out this much late at most
_CODES = {400: "malformed", 414: "address-too-long", 431: "headers-too-large"}


class TooLongError(Exception):
    """The address of a request is too long, or its headers are."""


class LimitedProtocol(HttpToolsProtocol):
    """One connection. A request over a limit is refused, and the connection closed."""

    _status = 400
    _waiting = 0  # bytes since the request under way last got on
    _size = 0  # bytes of its headers, and of what trails its body

    def data_received(self, data: bytes) -> None:
        """Parse what came, in pieces."""
        for start in range(0, len(data), _PIECE):
            if self.transport.is_closing():
                return
            piece = data[start : start + _PIECE]
            self._waiting += len(piece)
            super().data_received(piece)
            if self._waiting > HEAD and not self.transport.is_closing():
                self._status = 431
                self.send_400_response("")

    def on_message_begin(self) -> None:
        """A request begins."""
        self._size = 0
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        """A part of the address. Raises `TooLongError`, which the parser turns into a refusal."""
        super().on_url(url)
        if len(self.url) > ADDRESS:
            self._status = 414
            raise TooLongError

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header, or one that trails the body. Raises `TooLongError`."""
        super().on_header(name, value)
        self._size += len(name) + len(value)
        if self._size > HEAD or len(self.headers) > HEADERS:
            self._status = 431
            raise TooLongError

    def on_headers_complete(self) -> None:
        """The headers are there."""
        self._waiting = 0
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """A part of the body."""
        self._waiting = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """The request is there."""
        self._waiting = 0
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002  (uvicorn's own words)
        """Refuse what cannot be parsed, or is too long; where an answer is under way, by closing only."""
        LOGGER.warning("refused", extra={"fields": {"status": self._status}})
        if self.cycle is None or self.cycle.response_complete:
            self.transport.write(self.app_state[REFUSALS][self._status])
        self.transport.close()


def refusals(wording: Wording) -> Mapping[int, bytes]:
    """The answers to requests that are not begun with, by status, as they are sent."""
    return {status: _answer(status, code, wording) for status, code in _CODES.items()}


def _answer(status: int, code: str, wording: Wording) -> bytes:
    body = bytes(problem(status, code, wording).body)
    head = f"content-type: {MEDIA_TYPE}\r\ncontent-length: {len(body)}\r\nconnection: close\r\n\r\n"
    return STATUS_LINE[HTTPStatus(status)] + head.encode() + body
