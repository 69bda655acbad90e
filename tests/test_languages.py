"""Another language: its words and the rules' reasons stand in files of its own, complete, with the same blanks."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from advisor.loading import Loaded, load
from advisor.model.problems import InputError, Problem
from support.small_rulebooks import write_rules
from support.small_wordings import write_words

REASONS = "open-is-ready: Está abierto.\nkeen-is-gold: '{{ partner }} quiere.'\n"
SOURCES = """\
documents: {d: El documento}
items: {s.one: Una cosa., s.two: Otra cosa., s.three: Al fondo.}
"""
KEEN = """\
  - id: keen-is-gold
    for: each-partner
    when: {partner.keen: yes}
    then: {badge: gold}
    because: "{{ partner }} is keen."
    source: [s.one]
"""


def write(folder: Path) -> Path:
    """A small rulebook in English with its words, and the same in Spanish; the folder of the latter."""
    rules = write_rules(folder)
    topic = rules / "topic.yaml"
    topic.write_text(topic.read_text("utf-8") + KEEN, "utf-8")
    words = write_words(folder / "prompts")
    spanish = words.parent / "es"
    shutil.copytree(words, spanish)
    (spanish / "reasons").mkdir()
    (spanish / "reasons/topic.yaml").write_text(REASONS, "utf-8")
    (spanish / "sources.yaml").write_text(SOURCES, "utf-8")
    return spanish


def loaded_in(folder: Path, language: str) -> Loaded:
    return load(folder / "rules", folder / "prompts", language=language, cache=folder / "cache")


def problems(folder: Path, language: str = "es") -> list[Problem]:
    with pytest.raises(InputError) as raised:
        loaded_in(folder, language)
    return list(raised.value.problems)


def test_a_rule_speaks_the_language_that_is_loaded(tmp_path: Path) -> None:
    write(tmp_path)
    english, spanish = (loaded_in(tmp_path, language) for language in ("en", "es"))
    assert english.rulebook.rules["keen-is-gold"].because == "{{ partner }} is keen."
    assert spanish.rulebook.rules["keen-is-gold"].because == "{{ partner }} quiere."
    assert spanish.rulebook.sources["s.two"].says == "Otra cosa."
    assert spanish.rulebook.documents == {"d": "El documento"}
    assert spanish.rulebook.sha256 == english.rulebook.sha256
    assert spanish.wording.sha256 != english.wording.sha256


def test_a_rulebook_may_be_written_in_another_language_than_english(tmp_path: Path) -> None:
    write_words(tmp_path / "prompts").rename(tmp_path / "prompts/es")
    sections = write_rules(tmp_path) / "vocabulary/sections.yaml"
    sections.write_text(sections.read_text("utf-8") + "language: es\n", "utf-8")
    assert loaded_in(tmp_path, "es").rulebook.rules["open-is-ready"].because == "It is open."


def replacing(name: str, old: str, new: str) -> Callable[[Path], object]:
    def change(folder: Path) -> None:
        text = (folder / name).read_text("utf-8")
        assert old in text
        (folder / name).write_text(text.replace(old, new, 1), "utf-8")

    return change


def renaming(old: str, new: str) -> Callable[[Path], object]:
    return lambda folder: (folder / old).rename(folder / new)


TOPIC = "reasons/topic.yaml"
MISTAKES: dict[str, tuple[Callable[[Path], object], str, str, int]] = {
    "a reason is missing": (replacing(TOPIC, "open-is-ready: Está abierto.\n", ""), "not-worded", "open-is-ready", 0),
    "a reason is left over": (replacing(TOPIC, "keen-is", "keen-was"), "unknown-rule", "keen-was-gold", 2),
    "a reason is empty": (replacing(TOPIC, "Está abierto.", "' '"), "empty-key", "open-is-ready", 1),
    "a blank is missing": (replacing(TOPIC, "{{ partner }} quiere", "Quiere"), "blanks-differ", "Quiere.", 2),
    "a blank is new": (replacing(TOPIC, "Está abierto.", "'{{ name }} está.'"), "blanks-differ", "{{ name }} está.", 1),
    "another topic's rule": (renaming(TOPIC, "reasons/more.yaml"), "unknown-rule", "open-is-ready", 1),
    "no reasons at all": (lambda folder: (folder / TOPIC).unlink(), "not-worded", "keen-is-gold", 0),
    "a source is missing": (replacing("sources.yaml", "s.two: Otra cosa., ", ""), "not-worded", "s.two", 0),
    "a source is left over": (replacing("sources.yaml", "s.two", "s.four"), "unknown-source", "s.four", 2),
    "a document is missing": (replacing("sources.yaml", "d: El documento", ""), "not-worded", "d", 0),
    "no sources at all": (lambda folder: (folder / "sources.yaml").unlink(), "not-worded", "s.one", 0),
}  # fmt: skip


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_language_has_every_sentence_and_no_other(mistake: str, tmp_path: Path) -> None:
    change, code, found, line = MISTAKES[mistake]
    change(write(tmp_path))
    assert (code, found, line) in {(p.code, p.found, p.line) for p in problems(tmp_path)}


LETTER, START, MORE = "documents/letter.yaml", "pages/start.yaml", "pages/more.yaml"
WORDS: dict[str, tuple[Callable[[Path], object], str, str, str]] = {
    "a sentence is missing": (replacing(LETTER, "greeting", "greting"), "not-worded", "greeting", LETTER),
    "a sentence is left over": (replacing(LETTER, "greeting", "greting"), "unknown-key", "greting", LETTER),
    "a file is missing": (lambda folder: (folder / START).unlink(), "not-worded", "cases", START),
    "a file is left over": (renaming(START, "pages/begin.yaml"), "unknown-key", "cases", "pages/begin.yaml"),
    "a blank is another": (replacing(LETTER, "{{ name }}", "{{ nombre }}"), "blanks-differ", "Dear {{ nombre }},", LETTER),
    "markup is missing": (replacing(START, "<a>", ""), "tag-without-match", "a", START),
    "markup is another": (replacing(MORE, "<a>x</a>", "<b>x</b>"), "blanks-differ", "See <b>x</b>", MORE),
}  # fmt: skip


@pytest.mark.parametrize("mistake", WORDS)
def test_a_language_says_what_the_first_says_with_the_same_blanks_and_markup(mistake: str, tmp_path: Path) -> None:
    change, code, found, file = WORDS[mistake]
    spanish = write(tmp_path)
    for folder in (spanish, spanish.parent / "en"):
        (folder / "pages/more.yaml").write_text("more: See <a>x</a>\n")
        replacing("pages/start.yaml", "'{{ number }} case'", "'<a>{{ number }}</a> case'")(folder)
    assert loaded_in(tmp_path, "es").wording.pages.keys() == {"start", "more"}
    change(spanish)
    assert (code, found, f"prompts/es/{file}") in {(p.code, p.found, p.file) for p in problems(tmp_path)}


def test_the_language_of_the_rules_does_not_say_its_reasons_twice(tmp_path: Path) -> None:
    spanish = write(tmp_path)
    shutil.copytree(spanish / "reasons", spanish.parent / "en/reasons")
    assert [p.code for p in problems(tmp_path, "en")] == ["language-of-the-rules"]


def test_an_unknown_language_is_one_line_that_names_those_there_are(tmp_path: Path) -> None:
    write(tmp_path)
    assert problems(tmp_path, "fr") == [Problem("", 0, "unknown-language", found="fr", allowed=("en", "es"))]
