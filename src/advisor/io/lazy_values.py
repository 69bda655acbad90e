"""Values of which each is read when it is first asked for: a case needs a tenth of the rules."""

import pickle
from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

Value = TypeVar("Value")


class LazyValues(Mapping[str, Value]):
    """Values by name, each written by itself. Safe to share between threads."""

    def __init__(self, written: Mapping[str, bytes]) -> None:
        self._written = written
        self._read: dict[str, Value] = {}

    @classmethod
    def of(cls, values: Mapping[str, Value]) -> "LazyValues[Value]":
        """These values, written."""
        return cls({name: pickle.dumps(value, pickle.HIGHEST_PROTOCOL) for name, value in values.items()})

    def __getitem__(self, name: str) -> Value:
        found = self._read.get(name)
        if found is None:  # of two threads that read it at once, both go on with the first one's
            found = self._read.setdefault(name, pickle.loads(self._written[name]))  # noqa: S301 - we wrote it
        return found

    def __contains__(self, name: object) -> bool:
        return name in self._written

    def __iter__(self) -> Iterator[str]:
        return iter(self._written)

    def __len__(self) -> int:
        return len(self._written)

    def __reduce__(self) -> tuple[Any, ...]:
        return LazyValues, (self._written,)
