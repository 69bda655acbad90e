"""The time that a question may take."""

from dataclasses import dataclass, field
from time import monotonic


class NotDecidedError(Exception):
    """The time allowed ran out before the solver had an answer."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"{seconds:g}")
        self.seconds = seconds


@dataclass(frozen=True, slots=True)
class Deadline:
    """Until when an answer is wanted; `seconds` None is without end."""

    seconds: float | None = None
    started: float = field(default_factory=monotonic)

    @property
    def left(self) -> float | None:
        """The seconds left, never below 0; None without end."""
        return None if self.seconds is None else max(0.0, self.started + self.seconds - monotonic())

    def within(self, seconds: float) -> "Deadline":
        """A deadline from now on in so many seconds, and no later than this one."""
        return Deadline(seconds if self.left is None else min(seconds, self.left))

    def check(self) -> None:
        """Raise `NotDecidedError` if the time is over."""
        if self.seconds is not None and not self.left:
            raise NotDecidedError(self.seconds)
