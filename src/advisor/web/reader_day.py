"""The day it is where the reader is: a script of the pages tells their time zone in a cookie."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from fastapi import Request

COOKIE = "zone"
MAX_ZONE = 64  # characters


def reader_day(request: Request, now: datetime) -> date:
    """The reader's day at a moment; that of the moment's own zone where theirs is not told, or is none that is known here."""
    name = request.cookies.get(COOKIE, "")
    if not 0 < len(name) <= MAX_ZONE:
        return now.date()
    try:
        return now.astimezone(ZoneInfo(name)).date()
    except (LookupError, ValueError, OSError):
        return now.date()
