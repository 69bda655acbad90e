"""Finds the rulebook and the wording, reads them, and keeps what was worked out for the next start."""

import gc
import hashlib
import pickle
import sys
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import platformdirs

from advisor.engine.compiler import compile_program
from advisor.engine.program import Program
from advisor.engine.relevance import Relevance
from advisor.io import fingerprint
from advisor.io.disk_cache import Kept
from advisor.model.conditions import partners_needed
from advisor.model.problems import InputError, Problem
from advisor.model.rulebook import Rulebook
from advisor.model.wording import Wording

_PACKAGE = Path(__file__).parent
SHOWING = ("pages/", "documents/")


def folder_of(name: str) -> Path:
    """Where `rules` or `prompts` are: inside the installed package, or at the top of the checkout."""
    inside = _PACKAGE / name
    return inside if inside.is_dir() else _PACKAGE.parents[1] / name


@dataclass(frozen=True, eq=False)
class Loaded:
    """A rulebook, its wording in one language, and what is kept of both."""

    rulebook: Rulebook
    wording: Wording
    kept: Kept

    @cached_property
    def relevance(self) -> Relevance:
        """Which questions are asked in a case."""
        return Relevance(self.rulebook.vocabulary)

    def program(self, partners: int) -> Program:
        """The rulebook compiled for this many partners."""
        made = self.kept.get(
            f"program-{partners}", lambda: pickle.dumps(compile_program(self.rulebook, partners), pickle.HIGHEST_PROTOCOL)
        )
        program: Program = _unpickle(made)
        return program


def load(rules: Path | None = None, prompts: Path | None = None, *, language: str = "en", cache: Path | None = None) -> Loaded:
    """The rulebook and its wording. Raises `InputError` with every problem in their files, or with the languages there are.

    What is worked out is kept below `cache` (the user's cache folder unless one is given), under a hash of all that
    went in; a folder that cannot be used is done without.
    """
    rules, prompts = rules or folder_of("rules"), prompts or folder_of("prompts")
    words = _words_in(language, prompts)
    files = fingerprint.of_files((rules, words))
    kept = Kept((cache or Path(platformdirs.user_cache_dir("partnership-advisor"))) / f"{_code()}-{files}")
    made = kept.get("rulebook", lambda: _read(rules, words))
    rulebook, wording = _unpickle(made)
    return Loaded(rulebook, wording, kept)


def _words_in(language: str, prompts: Path) -> Path:
    """The folder of a language. Raises `InputError` where there is none among others."""
    there = sorted(path.name for path in prompts.glob("*") if path.is_dir())
    if there and language not in there:
        raise InputError([Problem("", 0, "unknown-language", found=language, allowed=tuple(there))])
    return prompts / language


def files_of(folder: Path) -> dict[str, Path]:
    """The files in `rules` or `prompts/<language>` that advice is made from, by name; pages and documents only show it."""
    found = {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*.yaml"))}
    return {name: path for name, path in found.items() if not name.startswith(SHOWING)}


def _read(rules: Path, words: Path) -> bytes:
    from advisor.io.rulebook_reader import read_rulebook  # here, since a kept rulebook needs no reader
    from advisor.io.wording_reader import read_wording, spoken

    rulebook = read_rulebook(rules)
    needed = max((partners_needed(rule.when) for rule in rulebook.rules.values()), default=2)
    compile_program(rulebook, needed)  # a circle through negation shows with so many, if it is there at all
    wording = read_wording(words, rulebook)
    rulebook = spoken(words, rulebook)
    sha256 = fingerprint.of_words({name: path.read_bytes() for name, path in files_of(words).items()}, rulebook)
    return pickle.dumps((rulebook, replace(wording, sha256=sha256)), pickle.HIGHEST_PROTOCOL)


def _code() -> str:
    """A short hash of the code that makes what is kept, so that a new version makes it anew."""
    digest = hashlib.sha256(str(sys.implementation.cache_tag).encode())  # compiled code is one Python version's
    for path in sorted(_PACKAGE.rglob("*.py")):
        stat = path.stat()
        digest.update(f"{path.relative_to(_PACKAGE)} {stat.st_size} {stat.st_mtime_ns}".encode())
    return digest.hexdigest()[:12]


def _unpickle(content: bytes) -> Any:
    """Our own file, under a hash of all that made it. Thousands of small objects come at once, so none is collected."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        return pickle.loads(content)  # noqa: S301
    finally:
        if enabled:
            gc.enable()
