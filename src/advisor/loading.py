"""Finds the rulebook and the wording, reads them, and keeps what was worked out for the next start."""

import gc
import hashlib
import os
import pickle
import sys
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import platformdirs

from advisor.engine.program import Program
from advisor.io import fingerprint
from advisor.io.disk_cache import DiskCache
from advisor.io.files import names_below
from advisor.io.lazy_values import LazyValues
from advisor.model.conditions import partners_needed
from advisor.model.problems import InputError, Problem, nearest
from advisor.model.rulebook import Rulebook
from advisor.model.wording import DEFAULT_LANGUAGE, Wording

if TYPE_CHECKING:
    from advisor.engine.relevance import Relevance
    from advisor.io.sentence_reader import Groups

_PACKAGE = Path(__file__).parent
SHOWING = ("pages/", "documents/", "help/")


def folder_of(name: str) -> Path:
    """Where `rules` or `prompts` are: inside the installed package, or at the top of the checkout."""
    inside = _PACKAGE / name
    return inside if inside.is_dir() else _PACKAGE.parents[1] / name


@dataclass(frozen=True, eq=False)
class Loaded:
    """A rulebook, its wording in one language, what is kept of both, and the folders that they were read from.

    `words` is the folder of the language, `beneath` that of the words that filled in what it does not say, if any could.
    """

    rulebook: Rulebook
    wording: Wording
    cache: DiskCache
    rules: Path
    words: Path
    beneath: Path | None

    @cached_property
    def relevance(self) -> "Relevance":
        """Which questions are asked in a case."""
        from advisor.engine.relevance import Relevance  # here, since advice alone does not need it

        return Relevance(self.rulebook.vocabulary)

    def program(self, partners: int) -> Program:
        """The rulebook compiled for this many partners."""
        program: Program = _unpickle(self.cache.get(f"program-{partners}", lambda: _compiled(self.rulebook, partners)))
        return program


def load(
    rules: Path | None = None,
    prompts: Path | None = None,
    *,
    language: str = DEFAULT_LANGUAGE,
    cache: Path | None = None,
    beneath: Path | None = None,
) -> Loaded:
    """The rulebook and its wording. Raises `InputError` with every problem in their files, or where there are none.

    What the prompts do not say in this language (labels of pages, problems of input) is said as those `beneath` do, the
    project's own unless others are given, so that another rulebook need bring no more than its own words. What is worked
    out is kept below `cache` (the user's cache folder unless one is given), under a hash of all that went in; a folder
    that cannot be used is done without.
    """
    rules, words = _there(rules or folder_of("rules")), wording_folder(language, prompts)
    below = (beneath or folder_of("prompts")) / language
    others = () if below == words or not below.is_dir() else (below,)
    files = fingerprint.of_files((rules, words, *others))
    disk_cache = DiskCache((cache or Path(platformdirs.user_cache_dir("partnership-advisor"))) / f"{_code()}-{files}")
    made = disk_cache.get("rulebook", lambda: _read(rules, words, *others))
    rulebook, wording = _unpickle(made)
    return Loaded(rulebook, wording, disk_cache, rules, words, others[0] if others else None)


def _there(folder: Path) -> Path:
    """The folder. Raises `InputError` where there is none."""
    if not folder.is_dir():
        raise InputError([Problem("", 0, "no-such-folder", found=str(folder))])
    return folder


def wording_folder(language: str = DEFAULT_LANGUAGE, prompts: Path | None = None) -> Path:
    """The folder of a language among others. Raises `InputError` where it is not there, with those that are."""
    prompts = _there(prompts or folder_of("prompts"))
    there = tuple(sorted(path.name for path in prompts.iterdir() if path.is_dir()))
    if language not in there:
        close = nearest(language, there)
        raise InputError([Problem("", 0, "unknown-language", found=language, allowed=there, nearest=close)])
    return prompts / language


def phrases_for(language: str = DEFAULT_LANGUAGE, prompts: Path | None = None) -> "Groups":
    """The single sentences of a language where no rulebook is loaded, or none can be: what a folder does not say is said as
    the project does, in this language or else in the default one. Raises `InputError` where the language is not there.
    """
    project = folder_of("prompts")
    below, words = project / language, wording_folder(language, prompts)
    folders = tuple(dict.fromkeys((below if below.is_dir() else project / DEFAULT_LANGUAGE, words)))
    try:
        return _phrases_in(folders, fingerprint.of_files(tuple(folder / "phrases" for folder in folders)))
    except OSError:  # a file that cannot be opened is told as a problem where it has to be, and by the reader
        return _phrases_in.__wrapped__(folders, "")


@lru_cache(maxsize=2)
def _phrases_in(folders: tuple[Path, ...], _: str) -> "Groups":
    """The sentences of folders, a later one before an earlier; kept for a command that says several."""
    from advisor.io.sentence_reader import merged
    from advisor.io.wording_reader import read_phrases

    return merged(*(read_phrases(folder) for folder in folders))


def files_of(folder: Path) -> dict[str, Path]:
    """The files in `rules` or `prompts/<language>` that advice is made from, by name; pages and documents only show it."""
    found = {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*.yaml"))}
    return {name: path for name, path in found.items() if not name.startswith(SHOWING)}


def phrases_of(folder: Path) -> dict[str, Path]:
    """The files of `prompts/<language>` that hold single sentences, by name."""
    return {name: path for name, path in files_of(folder).items() if name.startswith("phrases/")}


def _compiled(rulebook: Rulebook, partners: int) -> bytes:
    from advisor.engine.compiler import compile_program  # here, since a kept program needs no compiler

    return pickle.dumps(compile_program(rulebook, partners), pickle.HIGHEST_PROTOCOL)


def _read(rules: Path, words: Path, beneath: Path | None = None) -> bytes:
    from advisor.io.rulebook_reader import read_rulebook  # here, since a kept rulebook needs no reader
    from advisor.io.wording_reader import read_phrases, read_wording, spoken

    rulebook = read_rulebook(rules)
    needed = max((partners_needed(rule.when) for rule in rulebook.rules.values()), default=2)
    _compiled(rulebook, needed)  # a circle through negation shows with so many, if it is there at all
    wording = read_wording(words, rulebook, beneath)
    rulebook = spoken(words, rulebook)
    speaking = {name: path.read_bytes() for name, path in files_of(words).items()}
    if beneath and read_phrases(words) != wording.phrases:
        speaking |= {f"{beneath.name}/{name}": path.read_bytes() for name, path in phrases_of(beneath).items()}
    sha256 = fingerprint.of_words(speaking, rulebook)
    rulebook = replace(rulebook, rules=LazyValues.of(rulebook.rules))
    _ = rulebook.tested  # worked out here, and kept with it
    return pickle.dumps((rulebook, replace(wording, sha256=sha256)), pickle.HIGHEST_PROTOCOL)


def _code() -> str:
    """A short hash of the code that makes what is kept, so that a new version makes it anew."""
    digest = hashlib.sha256(str(sys.implementation.cache_tag).encode())  # compiled code is one Python version's
    for name in names_below(_PACKAGE, (".py",)):
        stat = os.stat(f"{_PACKAGE}/{name}")  # noqa: PTH116 - as there
        digest.update(f"{name} {stat.st_size} {stat.st_mtime_ns}".encode())
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
