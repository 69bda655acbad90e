"""Which of many alike are tried in each run; `make long` tries the rest."""

from collections.abc import Sequence
from typing import Any

import pytest


def sampled(values: Sequence[Any], every: int = 4) -> list[Any]:
    """All values for `pytest.mark.parametrize`: the first and each `every`th after it in each run, the others in a long one."""
    return [value if place % every == 0 else _left_for_long(value) for place, value in enumerate(values)]


def _left_for_long(value: Any) -> Any:
    return pytest.param(*(value if isinstance(value, tuple) else (value,)), marks=pytest.mark.long)
