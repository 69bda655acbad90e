"""Finds the rulebook and the wording, reads them, and keeps the result for the next start."""

import contextlib
import hashlib
import os
import pickle
import tempfile
from pathlib import Path

import platformdirs

from advisor.program import compile_program
from advisor.rulebook import Rulebook
from advisor.rulebook_reader import hash_of, read_rulebook
from advisor.wording import Wording, read_wording

_PACKAGE = Path(__file__).parent


def folder_of(name: str) -> Path:
    """Where `rules` or `prompts` are: inside the installed package, or at the top of the checkout."""
    inside = _PACKAGE / name
    return inside if inside.is_dir() else _PACKAGE.parents[1] / name


def load(
    rules: Path | None = None, prompts: Path | None = None, *, language: str = "en", cache: Path | None = None
) -> tuple[Rulebook, Wording]:
    """The rulebook and its wording. Raises `InputError` with every problem in their files.

    What was read is kept in `cache` (the user's cache folder unless one is given) under a hash of all that went in;
    a cache that cannot be written or read is done without.
    """
    rules = rules or folder_of("rules")
    words = (prompts or folder_of("prompts")) / language
    sha256 = hash_of((rules, words))
    kept = (cache or Path(platformdirs.user_cache_dir("partnership-advisor"))) / f"rulebook-{_code()}-{sha256}.pickle"
    with contextlib.suppress(OSError, pickle.PickleError, EOFError, AttributeError, ImportError, IndexError):
        loaded: tuple[Rulebook, Wording] = pickle.loads(kept.read_bytes())  # noqa: S301 - our own file, by hash
        return loaded
    rulebook = read_rulebook(rules, sha256)
    compile_program(rulebook, 2)  # a circle through negation shows with two partners, if it is there at all
    wording = read_wording(words, rulebook)
    with contextlib.suppress(OSError):
        _keep(kept, pickle.dumps((rulebook, wording), protocol=pickle.HIGHEST_PROTOCOL))
    return rulebook, wording


def _code() -> str:
    """A short hash of the code that made the cached objects, so that a new version reads anew."""
    digest = hashlib.sha256()
    for path in sorted(_PACKAGE.glob("*.py")):
        stat = path.stat()
        digest.update(f"{path.name} {stat.st_size} {stat.st_mtime_ns}".encode())
    return digest.hexdigest()[:12]


def _keep(path: Path, content: bytes) -> None:
    """Write whole or not at all, and drop what earlier versions left."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
    Path(name).replace(path)
    for old in path.parent.glob("rulebook-*.pickle"):
        if old != path:
            old.unlink(missing_ok=True)
