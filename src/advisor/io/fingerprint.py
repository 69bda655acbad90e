"""Hashes of a rulebook: one over what decides, one over what is said."""

import hashlib
import json
from collections.abc import Mapping as Items
from pathlib import Path

from advisor.io.files import names_below
from advisor.io.located import Mapping, Node, Scalar
from advisor.model.rulebook import Rulebook

KINDS = (".yaml", ".j2")  # templates stood beside the words once, and still do where such a rulebook is kept
SAID = ("because", "language")  # keys of rule files whose values only speak


def of_decisions(files: Items[str, Node]) -> str:
    """SHA-256 over what is written in the files that decide, by name, without sentences, comments and layout.

    The order of keys and lists counts, since advice comes in it.
    """
    return _sha256([[name, _written(node)] for name, node in sorted(files.items())])


def of_words(files: Items[str, bytes], rulebook: Rulebook) -> str:
    """SHA-256 over files of words, by name, and over what rules and sources say in the language that was loaded."""
    spoken = [[name, hashlib.sha256(content).hexdigest()] for name, content in sorted(files.items())]
    reasons = [[rule.id, rule.because] for rule in rulebook.rules.values()]
    sources = [[source.id, source.says, source.document, source.section] for source in rulebook.sources.values()]
    return _sha256([spoken, reasons, sources, list(rulebook.documents.items())])


def of_files(folders: tuple[Path, ...]) -> str:
    """SHA-256 over the names and contents of the files in folders, whatever order they are listed in."""
    digest = hashlib.sha256()
    for folder in folders:
        for name in names_below(folder, KINDS):
            digest.update(f"{folder.name}/{name}".encode())
            with open(f"{folder}/{name}", "rb") as file:  # noqa: PTH123 - as there
                digest.update(hashlib.sha256(file.read()).digest())
    return digest.hexdigest()


def _written(node: Node) -> object:
    if isinstance(node, Scalar):
        return node.text
    if isinstance(node, Mapping):
        return {"": [[key, _written(value)] for key, value in node.entries.items() if key not in SAID]}
    return [_written(item) for item in node.items]


def _sha256(value: object) -> str:
    return hashlib.sha256(json.dumps(value, ensure_ascii=False).encode()).hexdigest()
