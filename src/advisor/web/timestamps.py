"""How a moment is told to programs."""

from datetime import datetime


def time_of(at: datetime) -> str:
    """A time in UTC as answers, exports and webhooks show it: 2027-01-31T09:30:00Z."""
    return at.isoformat().replace("+00:00", "Z")
