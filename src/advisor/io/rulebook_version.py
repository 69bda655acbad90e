"""A rulebook as it stands in a folder, or as it stood at a git revision, with every sentence said about it."""

import io
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from advisor.io.located import Mapping, Node, Scalar, Sequence, read_yaml
from advisor.io.rulebook_reader import read_rulebook
from advisor.model.problems import InputError, Problem, Problems
from advisor.model.rulebook import Rulebook

RULES, PROMPTS = "rules", "prompts"
WORDS = ("questions", "findings")  # what is said about what the rulebook asks and concludes; all else is said by the advisor


@dataclass(frozen=True, slots=True)
class RulebookVersion:
    """A rulebook, and its sentences by where they stand; None where only rules were there to be read."""

    rulebook: Rulebook
    sentences: dict[str, str] | None


def read_version(name: str, checkout: Path) -> RulebookVersion:
    """The rulebook in a folder (of rules, or with `rules` and `prompts` in it), or at a git revision of a checkout.

    Raises `InputError` where there is none of this name, and with every problem in its files.
    """
    with folders_of(name, checkout) as (rules, prompts):
        return read_folders(rules, prompts)


@contextmanager
def folders_of(name: str, checkout: Path) -> Iterator[tuple[Path, Path | None]]:
    """The folders of rules and of words (None where there are rules alone) of a version named as for `read_version`.

    They are there for the time of a `with` block. Raises `InputError` where there is none of this name.
    """
    folder = Path(name)
    if (folder / RULES).is_dir():
        yield folder / RULES, folder / PROMPTS
        return
    if folder.is_dir():
        yield folder, None
        return
    with tempfile.TemporaryDirectory() as made:
        top = Path(made)
        if not _extract(name, RULES, checkout, top):
            raise InputError([Problem("", 0, "no-such-rulebook", found=name)])
        _extract(name, PROMPTS, checkout, top)
        yield top / RULES, top / PROMPTS


def read_folders(rules: Path, prompts: Path | None = None) -> RulebookVersion:
    """The rulebook in one folder and its sentences in another. Raises `InputError` with every problem in their files."""
    rulebook = read_rulebook(rules, advises=False)
    return RulebookVersion(rulebook, dict(_sentences(prompts)) if prompts and prompts.is_dir() else None)


def _extract(revision: str, folder: str, checkout: Path, to: Path) -> bool:
    """Write a folder as it was at a revision; False where git knows neither."""
    command = ["git", "-C", str(checkout), "archive", "--format=tar", "--end-of-options", revision, folder]
    try:
        done = subprocess.run(command, capture_output=True, check=False)  # noqa: S603 - no shell, and the revision is no option
    except FileNotFoundError:
        return False
    if done.returncode:
        return False
    with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
        archive.extractall(to, filter="data")
    return True


def _sentences(prompts: Path) -> Iterator[tuple[str, str]]:
    """Each sentence by its file and key."""
    problems = Problems(PROMPTS)
    for path in sorted(path for words in WORDS for path in prompts.glob(f"*/{words}/*.yaml")):
        yield from _leaves(read_yaml(path, problems), path.relative_to(prompts).as_posix())
    problems.raise_if_any()


def _leaves(node: Node | None, place: str) -> Iterator[tuple[str, str]]:
    if isinstance(node, Scalar):
        yield place, node.text
    elif isinstance(node, Mapping):
        for key, value in node.entries.items():
            yield from _leaves(value, f"{place}: {key}")
    elif isinstance(node, Sequence):
        for number, item in enumerate(node.items, start=1):
            yield from _leaves(item, f"{place}: {number}")


def sentences_changed(old: RulebookVersion, new: RulebookVersion) -> tuple[str, ...] | None:
    """Where sentences differ, or stand on one side only; None where one side has rules alone."""
    if old.sentences is None or new.sentences is None:
        return None
    places = dict.fromkeys((*old.sentences, *new.sentences))
    return tuple(place for place in places if old.sentences.get(place) != new.sentences.get(place))
