"""Engines: each answers what follows from a case, as a set of clauses that fired."""

from advisor.engine.base import Engine, EngineError
from advisor.io.disk_cache import DiskCache
from advisor.model.problems import InputError, Problem, nearest

__all__ = ["NAMES", "Engine", "EngineError", "engine"]

NAMES = ("chain", "durable")


def engine(name: str, cache: DiskCache | None = None) -> Engine:
    """The engine of this name; `durable` needs an extra. Raises `InputError` where there is none of this name."""
    if name == "chain":
        from advisor.engine.forward_chaining import ChainEngine

        return ChainEngine(cache)
    if name == "durable":
        from advisor.engine.durable import DurableEngine

        return DurableEngine()
    raise InputError([Problem("", 0, "unknown-engine", found=name, allowed=NAMES, nearest=nearest(name, NAMES))])
