"""Templates hold markup and no words: each sentence is asked for by its key, and each key is used, with its blanks."""

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from advisor.io.sentence_reader import blanks, merged
from advisor.model.rulebook import Rulebook
from advisor.model.wording import Wording
from advisor.render import environment
from advisor.web import templates as pages
from conftest import ROOT
from support.template_words import Asked, asked, said_without_asking

PAGES = sorted(pages.TEMPLATES.rglob("*.j2"))
DOCUMENTS = sorted(environment.TEMPLATES.rglob("*.j2"))
ELEMENTS = {f"<{name}>" for name in pages.ELEMENTS}


def name_of(template: Path) -> str:
    return template.relative_to(ROOT / "src/advisor").as_posix()


@pytest.mark.parametrize("template", [*PAGES, *DOCUMENTS], ids=name_of)
def test_a_template_says_nothing_of_its_own(template: Path) -> None:
    assert said_without_asking(template) == []


def groups(wording: Wording, kind: str) -> Mapping[str, Mapping[str, str]]:
    return merged(wording.phrases, wording.pages if kind == "pages" else wording.documents)


def of(kind: str) -> list[Asked]:
    return [each for template in (PAGES if kind == "pages" else DOCUMENTS) for each in asked(template)]


@pytest.mark.parametrize("kind", ["pages", "documents"])
def test_a_sentence_that_is_asked_for_is_there_and_has_the_blanks_it_is_given(kind: str, wording: Wording) -> None:
    there = {f"{group}.{key}": text for group, keys in groups(wording, kind).items() for key, text in keys.items()}
    wrong = []
    for each in of(kind):
        found = [key for key in there if key.startswith(each.key)] if each.prefix else [each.key]
        for key in found:
            wanted = {blank.strip("<>") for blank in blanks(there.get(key, "?")) - ELEMENTS}
            if key not in there or wanted != (each.values & wanted if each.prefix else each.values):
                wrong.append((each.template, key, wanted, set(each.values)))
        if not found:
            wrong.append((each.template, each.key, set(), set(each.values)))
    assert wrong == []


def test_a_sentence_that_a_module_asks_for_is_there(wording: Wording) -> None:
    there = groups(wording, "pages")
    found = {
        (path.name, *key.split("."))
        for path in (ROOT / "src/advisor/web").rglob("*.py")
        for key in re.findall(r'\bword\(\s*"([a-z-]+\.[a-z0-9-]+)"', path.read_text("utf-8"))
    }
    assert len(found) > 15
    assert [each for each in sorted(found) if each[2] not in there.get(each[1], {})] == []


def strings_in_code() -> Iterator[str]:
    """The texts that stand in the modules, such as keys of sentences and codes of problems."""
    for path in sorted((ROOT / "src/advisor").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value


def strings_in_component() -> Iterator[str]:
    """The texts in the scripts of the web component; one with a blank is cut there."""
    for path in sorted((ROOT / "src/advisor/web/assets/component").glob("*.js")):
        yield from re.findall(r"""["`]([a-z-]+)(?:["`]|\$\{)""", path.read_text("utf-8"))


@pytest.mark.parametrize("kind", ["pages", "documents"])
def test_no_sentence_is_left_over(kind: str, wording: Wording, rulebook: Rulebook) -> None:
    """One is used where a template asks for it, or a module: by its key, or as `f"group.{code}"` with the code elsewhere.

    A module may also put a beginning such as `group.note-` before a code, or before a word that the rulebook declares.
    """
    own = wording.pages if kind == "pages" else wording.documents
    code = {*strings_in_code(), *strings_in_component()}
    parts = tuple(each for each in code if each.endswith("-"))
    keys = {each.key for each in of(kind) if not each.prefix} | code
    beginnings = tuple({each.key for each in of(kind) if each.prefix})
    begun = [each for each in code if each.endswith("-") and each.partition(".")[0] in own]
    ends = code.union(*(words for each in rulebook.vocabulary.findings.values() for words in each.attributes.values()))
    unused = [
        f"{group}.{key}"
        for group, sentences in own.items()
        for key in sentences
        if f"{group}.{key}" not in keys
        and not f"{group}.{key}".startswith(beginnings)
        and not (f"{group}." in code and key in code)
        and not (group in code and (key in code or key.startswith(parts)))
        and not any(f"{group}.{key}".startswith(each) and f"{group}.{key}".removeprefix(each) in ends for each in begun)
    ]
    assert unused == []
