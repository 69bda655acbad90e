"""Packages of extras: whether they are installed."""

from collections.abc import Iterable
from importlib.util import find_spec

from advisor.model.problems import InputError, Problem


def installed(name: str) -> bool:
    """Whether there is a package of this name."""
    try:
        return find_spec(name) is not None
    except ModuleNotFoundError:  # not even the package above it
        return False


def need_packages(names: Iterable[str], extra: str) -> None:
    """Raise `InputError` where packages that something needs are not installed; `extra` brings them."""
    missing = [Problem("", 0, "extra-not-installed", about=extra, found=name) for name in names if not installed(name)]
    if missing:
        raise InputError(missing)
