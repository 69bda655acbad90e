"""Counting in months."""

import calendar
from datetime import date


def months_after(day: date, months: int) -> date:
    """The same day some months later, or the last of that month where it has no such day."""
    years, month = divmod(day.month - 1 + months, 12)
    last = calendar.monthrange(day.year + years, month + 1)[1]
    return date(day.year + years, month + 1, min(day.day, last))
