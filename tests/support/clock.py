"""A clock that is set."""

from dataclasses import dataclass
from datetime import datetime

from support.stored_cases import AT


@dataclass
class Clock:
    """The time it is, until it is set to another."""

    now: datetime = AT

    def __call__(self) -> datetime:
        return self.now
