"""Values of which each is read when it is first asked for."""

import pickle

import pytest

from advisor.io.lazy_values import LazyValues


class Counted:
    """A value that tells how often it was read."""

    read = 0

    def __init__(self, name: str) -> None:
        self.name = name

    def __setstate__(self, state: dict[str, str]) -> None:
        Counted.read += 1
        self.__dict__.update(state)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Counted) and self.name == other.name

    def __hash__(self) -> int:
        return hash(self.name)


def test_a_value_is_read_when_it_is_asked_for_and_stays_the_same_object() -> None:
    values = {name: Counted(name) for name in ("a", "b", "c")}
    kept = LazyValues.of(values)
    assert (list(kept), len(kept), "b" in kept, "d" in kept, Counted.read) == (["a", "b", "c"], 3, True, False, 0)
    assert kept["b"] is kept["b"]
    assert Counted.read == 1
    assert kept == values == pickle.loads(pickle.dumps(kept))
    with pytest.raises(KeyError):
        kept["d"]
