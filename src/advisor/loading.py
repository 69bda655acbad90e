"""Finds the rulebook and the wording, reads them, and keeps what was worked out for the next start."""

import gc
import hashlib
import pickle
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import platformdirs

from advisor.engine.program import Program, compile_program
from advisor.io.disk_cache import Kept
from advisor.model.conditions import PartnerCount, parts
from advisor.model.problems import InputError, Problem, nearest
from advisor.model.rulebook import Rulebook
from advisor.model.wording import Wording

_PACKAGE = Path(__file__).parent


def folder_of(name: str) -> Path:
    """Where `rules` or `prompts` are: inside the installed package, or at the top of the checkout."""
    inside = _PACKAGE / name
    return inside if inside.is_dir() else _PACKAGE.parents[1] / name


@dataclass(frozen=True, slots=True, eq=False)
class Loaded:
    """A rulebook, its wording in one language, what is kept of both, and the folders that they were read from."""

    rulebook: Rulebook
    wording: Wording
    kept: Kept
    rules: Path
    prompts: Path

    def program(self, partners: int) -> Program:
        """The rulebook compiled for this many partners."""
        made = self.kept.get(
            f"program-{partners}", lambda: pickle.dumps(compile_program(self.rulebook, partners), pickle.HIGHEST_PROTOCOL)
        )
        program: Program = _unpickle(made)
        return program


def load(rules: Path | None = None, prompts: Path | None = None, *, language: str = "en", cache: Path | None = None) -> Loaded:
    """The rulebook and its wording. Raises `InputError` with every problem in their files, or where there are none.

    What the prompts do not say in this language (labels of pages, problems of input) is said as the project's own do,
    so that another rulebook need bring no more than its own words. What is worked out is kept below `cache` (the user's
    cache folder unless one is given), under a hash of all that went in; a folder that cannot be used is done without.
    """
    rules, prompts = _there(rules or folder_of("rules")), _there(prompts or folder_of("prompts"))
    words, project = _words_in(language, prompts), folder_of("prompts") / language
    under = None if project == words or not project.is_dir() else project
    sha256 = hash_of((rules, words))
    everything = hash_of((rules, words, under)) if under else sha256
    kept = Kept((cache or Path(platformdirs.user_cache_dir("partnership-advisor"))) / f"{_code()}-{everything}")
    made = kept.get("rulebook", lambda: _read(rules, words, under, sha256))
    rulebook, wording = _unpickle(made)
    return Loaded(rulebook, wording, kept, rules, prompts)


def _there(folder: Path) -> Path:
    """The folder. Raises `InputError` where there is none."""
    if not folder.is_dir():
        raise InputError([Problem("", 0, "no-such-folder", found=str(folder))])
    return folder


def _words_in(language: str, prompts: Path) -> Path:
    """The folder of a language. Raises `InputError` where there is none, with those there are."""
    there = tuple(sorted(path.name for path in prompts.iterdir() if path.is_dir()))
    if language not in there:
        close = nearest(language, there)
        raise InputError([Problem("", 0, "unknown-language", found=language, allowed=there, nearest=close)])
    return prompts / language


def hash_of(folders: tuple[Path, ...]) -> str:
    """SHA-256 over the names and contents of the files that decide and speak, whatever order they are listed in."""
    digest = hashlib.sha256()
    for folder in folders:
        for path in files_of(folder):
            digest.update(f"{folder.name}/{path.relative_to(folder).as_posix()}".encode())
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def files_of(folder: Path) -> list[Path]:
    """The files in `rules` or `prompts/<language>` that advice is made from, by name; pages only show it."""
    pages = folder / "pages"
    return sorted(p for p in folder.rglob("*") if p.suffix in (".yaml", ".j2") and pages not in p.parents)


def _read(rules: Path, words: Path, under: Path | None, sha256: str) -> bytes:
    from advisor.io.rulebook_reader import read_rulebook  # here, since a kept rulebook needs no reader
    from advisor.io.wording_reader import read_wording

    rulebook = read_rulebook(rules, sha256)
    compile_program(rulebook, most_counted(rulebook))  # a circle through negation shows with so many, if it is there at all
    return pickle.dumps((rulebook, read_wording(words, rulebook, under)), pickle.HIGHEST_PROTOCOL)


def most_counted(rulebook: Rulebook) -> int:
    """How many partners it takes for every condition of the rules to be able to hold; two at least."""
    counts = [part.least for rule in rulebook.rules.values() for part in parts(rule.when) if isinstance(part, PartnerCount)]
    return max([2, *counts])


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
