"""The examples that come with the advisor: case files with a comment on top that tells the story."""

from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

from advisor.io.scenario_reader import parse_case_file
from advisor.model.scenario import CaseFile
from advisor.model.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class Example:
    """An example: its file's name without the ending, its story in paragraphs ("" where it has none), and the case."""

    id: str
    story: str
    source: str
    file: CaseFile


def read_examples(folder: Path, vocabulary: Vocabulary) -> dict[str, Example]:
    """All examples by id, in the order of their cases' names. Raises `InputError` where one cannot be read."""
    found = [_read(path, vocabulary) for path in folder.glob("*.yaml")]
    return {example.id: example for example in sorted(found, key=lambda example: example.file.case.name.casefold())}


def _read(path: Path, vocabulary: Vocabulary) -> Example:
    raw = path.read_bytes()
    comment = [line.lstrip("# ") for line in takewhile(lambda line: line.startswith("#"), raw.decode("utf-8").splitlines())]
    story, _, source = " ".join(comment).partition(_SOURCE)
    return Example(path.stem, story.strip(), source.strip(), parse_case_file(raw, vocabulary, name=path.name))


_SOURCE = "From: "  # what follows in the comment says which part of the source documents the example is after
