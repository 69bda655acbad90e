"""A language made by a script, in which every word is marked: what reads as English somewhere does not come from `prompts/`.

`python tests/support/pseudo_language.py FOLDER` writes it, to be looked at with `--prompts FOLDER --language pl`.
"""

import re
import shutil
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from advisor.io.rulebook_reader import LAW, SOURCES
from advisor.io.sentence_reader import SentenceReader
from advisor.io.wording_reader import KINDS

ROOT = Path(__file__).parents[2]
LANGUAGE = "pl"  # any whose numbers have more forms than English ones; its own words are in no test
_PLAIN = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_MARKED = str.maketrans(_PLAIN, "åƀćđéƒğħíĵķĺṁñóþʠŕšţúṽŵẋýžÅƁĆĐÉƑĞĦÍĴĶĹṀÑÓÞɊŔŠŢÚṼŴẊÝŽ")
_KEPT = re.compile(r"(\{\{.*?\}\}|\{%.*?%\}|</?[a-z]+>)", re.DOTALL)
_QUOTED = re.compile(r"'[^']*'")
_TYPED = re.compile(r"phrases/interview\.words-.*")  # words that are typed, which have no brackets about them


def marked(text: str) -> str:
    """A sentence in the language: letters with accents in brackets; blanks, tags and conditions as they are."""
    pieces = (_in_code(piece) if _KEPT.fullmatch(piece) else piece.translate(_MARKED) for piece in _KEPT.split(text))
    return f"⟦{''.join(pieces)}⟧"


def _in_code(piece: str) -> str:
    """A blank, with the words that it is filled with where they stand in it, such as ' or '."""
    return _QUOTED.sub(lambda quoted: quoted[0].translate(_MARKED), piece) if " join(" in piece else piece


def write_language(folder: Path, rules: Path = ROOT / "rules", prompts: Path = ROOT / "prompts") -> Path:
    """The language as a folder of words beside a copy of the English ones; the folder that holds both."""
    shutil.copytree(prompts / "en", folder / "en")
    for path in sorted((prompts / "en").rglob("*.yaml")):
        name = path.relative_to(prompts / "en")
        _write(folder / LANGUAGE / name, dict(_said(name.with_suffix("").as_posix(), _read(path))))
    for path in sorted(rules.glob("*.yaml")):
        if path.name not in (SOURCES, LAW):
            reasons = {rule["id"]: marked(rule["because"]) for rule in _read(path)["rules"]}
            _write(folder / LANGUAGE / "reasons" / path.name, reasons)
    registers = [_read(rules / name) for name in (SOURCES, LAW) if (rules / name).exists()]
    items = {item["id"]: marked(item["says"]) for register in registers for item in register["items"]}
    documents = {name: marked(title) for register in registers for name, title in register["documents"].items()}
    _write(folder / LANGUAGE / SOURCES, {"items": items, "documents": documents})
    return folder


def _said(name: str, root: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for key, value in root.items():
        if name.startswith(KINDS):
            yield key, value.translate(_MARKED) if _TYPED.fullmatch(f"{name}.{key}") else _entry(value)
        else:
            yield key, _everything(value)


def _entry(value: Any) -> Any:
    """A sentence, or one with forms: the forms that the language needs besides are as the general one."""
    if isinstance(value, str):
        return marked(value)
    made = {name: text if name == "count" else marked(text) for name, text in value.items() if name != "with"}
    if "count" in value:
        made |= {name: marked(value["other"]) for name in _categories() if name not in made}
    if "with" in value:
        made["with"] = {name: _entry(part) for name, part in value["with"].items()}
    return made


def _everything(value: Any) -> Any:
    return {key: _everything(inner) for key, inner in value.items()} if isinstance(value, dict) else marked(value)


def _categories() -> list[str]:
    return [name for name, _ in SentenceReader(Path(LANGUAGE)).grammar().plural]


def _read(path: Path) -> Any:
    return yaml.load(path.read_text("utf-8"), yaml.CBaseLoader)


def _write(path: Path, content: Mapping[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    text = yaml.dump(dict(content), Dumper=yaml.CSafeDumper, allow_unicode=True, sort_keys=False, width=10_000)
    path.write_text(text, "utf-8")


if __name__ == "__main__":
    write_language(Path(sys.argv[1]))
