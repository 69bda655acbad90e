"""Where a page of a list begins: an opaque cursor that holds the time and id of the last entry before it, or a place."""

import base64
import binascii
from datetime import UTC, datetime, timedelta

from advisor.store.errors import BadCursorError

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DIGITS = 9


def cursor_after(at: datetime, id: str) -> str:  # noqa: A002
    """The cursor of the page that follows this entry."""
    return base64.urlsafe_b64encode(f"{(at - _EPOCH) // timedelta(microseconds=1)}.{id}".encode()).decode().rstrip("=")


def read_cursor(cursor: str) -> tuple[datetime, str]:
    """The entry a page follows. Raises `BadCursorError` for what is no cursor."""
    try:
        text = base64.urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4)).decode("ascii")
        at, _, id = text.partition(".")  # noqa: A001
        found = _EPOCH + timedelta(microseconds=int(at)), id
    except (ValueError, OverflowError, binascii.Error):
        raise BadCursorError(cursor) from None
    if cursor_after(*found) != cursor or not found[1].isalnum():  # a NUL in it would be too much for PostgreSQL
        raise BadCursorError(cursor)
    return found


def read_place(cursor: str) -> int:
    """How many entries of a list come before a page. Raises `BadCursorError` for what is no such number."""
    if not cursor.isdecimal() or not cursor.isascii() or len(cursor) > _DIGITS:
        raise BadCursorError(cursor)
    return int(cursor)
