"""The rulebook and its wording are found, read, hashed, and kept for the next start."""

import os
import shutil
from pathlib import Path

import pytest

from advisor.io import fingerprint
from advisor.io.located import read_yaml
from advisor.io.rulebook_reader import read_rulebook
from advisor.loading import folder_of, load
from advisor.model.problems import InputError, Problems
from conftest import ROOT
from support.small_rulebooks import topic, write_rules
from support.small_wordings import write_words


def write(folder: Path) -> tuple[Path, Path]:
    """A small rulebook with its wording, as `rules` and `prompts`."""
    write_words(folder / "prompts")
    return write_rules(folder), folder / "prompts"


def test_the_rulebook_of_the_checkout_is_found() -> None:
    assert folder_of("rules") == ROOT / "rules"
    assert folder_of("prompts") == ROOT / "prompts"


def hashes(rules: Path, prompts: Path, language: str = "en") -> tuple[str, str]:
    """The hash of what decides and that of what is said."""
    loaded = load(rules, prompts, language=language, cache=rules.parent / "cache")
    return loaded.rulebook.sha256, loaded.wording.sha256


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("rules/topic.yaml", "It is open.", "It stands open."),
        ("rules/sources.yaml", "One thing.", "A single thing."),
        ("prompts/en/questions/basics.yaml", "Is it open?", "Does it stand open?"),
        ("prompts/en/findings/topic.yaml", "Golden", "Of gold"),
        ("prompts/en/phrases/answers.yaml", "Yes", "Indeed"),
    ],
)
def test_a_change_of_a_sentence_changes_the_hash_of_words_alone(file: str, old: str, new: str, tmp_path: Path) -> None:
    decided, said = hashes(*write(tmp_path))
    path = tmp_path / file
    assert old in path.read_text("utf-8")
    path.write_text(path.read_text("utf-8").replace(old, new), "utf-8")
    after = hashes(tmp_path / "rules", tmp_path / "prompts")
    assert after[0] == decided
    assert after[1] != said


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("topic.yaml", "ask.open: yes", "ask.open: no"),
        ("topic.yaml", "source: [s.one]", "source: [s.one, s.two]"),
        ("vocabulary/questions/basics.yaml", "[box, bag, none]", "[bag, box, none]"),
        ("vocabulary/findings.yaml", "keep: highest", "keep: lowest"),
        ("vocabulary/scales.yaml", "middle", "between"),
        ("vocabulary/sections.yaml", "1.2.3", "1.2.4"),
    ],
)
def test_a_change_of_what_decides_changes_the_hash_of_decisions(file: str, old: str, new: str, tmp_path: Path) -> None:
    rules, _ = write(tmp_path)
    before = read_rulebook(rules)
    text = (rules / file).read_text("utf-8")
    assert old in text
    (rules / file).write_text(text.replace(old, new), "utf-8")
    assert decisions_in(rules) != decisions_in(write_rules(tmp_path / "again")) == before.sha256


def test_comments_and_layout_change_no_hash_of_decisions(tmp_path: Path) -> None:
    rules, _ = write(tmp_path)
    before = read_rulebook(rules).sha256
    for path in rules.rglob("*.yaml"):
        path.write_text(f"# A remark.\n\n{path.read_text('utf-8')}\n", "utf-8")
    assert read_rulebook(rules).sha256 == before


def decisions_in(rules: Path) -> str:
    """The hash of decisions, whether or not the rulebook is one."""
    files = {path.relative_to(rules).as_posix(): path for path in rules.rglob("*.yaml") if path.name != "sources.yaml"}
    nodes = {name: read_yaml(path, Problems(name)) for name, path in files.items()}
    return fingerprint.of_decisions({name: node for name, node in nodes.items() if node is not None})


def test_a_second_start_reads_what_was_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rules, prompts = write(tmp_path)
    first = load(rules, prompts, cache=tmp_path / "cache")
    program = first.program(1)
    monkeypatch.setattr("advisor.engine.compiler.compile_program", lambda *_: pytest.fail("compiled again"))
    second = load(rules, prompts, cache=tmp_path / "cache")
    assert (second.rulebook, second.wording) == (first.rulebook, first.wording)
    again = second.program(1)
    assert (again.atoms, again.clauses) == (program.atoms, program.clauses)


def test_a_change_of_a_rule_or_a_word_is_seen_at_once(tmp_path: Path) -> None:
    rules, prompts = write(tmp_path)
    before = load(rules, prompts, cache=tmp_path / "cache").rulebook
    (rules / "topic.yaml").write_text((rules / "topic.yaml").read_text().replace("It is open.", "It stands open."))
    after = load(rules, prompts, cache=tmp_path / "cache").rulebook
    assert after.rules["open-is-ready"].because == "It stands open."
    assert after.sha256 == before.sha256
    words = prompts / "en/phrases/answers.yaml"
    words.write_text(words.read_text().replace("Yes", "Indeed"))
    assert load(rules, prompts, cache=tmp_path / "cache").wording.phrases["answers"]["yes"] == "Indeed"


@pytest.mark.parametrize("content", [b"", b"not what was written", b"\x80\x05."])
def test_a_damaged_keep_is_made_again(content: bytes, tmp_path: Path) -> None:
    rules, prompts = write(tmp_path)
    load(rules, prompts, cache=tmp_path / "cache").program(1)
    kept = [path for path in (tmp_path / "cache").rglob("*") if path.is_file()]
    assert {path.name for path in kept} >= {"rulebook", "program-1"}
    for path in kept:
        path.write_bytes(content)
    loaded = load(rules, prompts, cache=tmp_path / "cache")
    assert loaded.program(1).partners == 1


def test_a_cache_that_cannot_be_used_is_done_without(tmp_path: Path) -> None:
    rules, prompts = write(tmp_path)
    (tmp_path / "file").write_text("")
    assert load(rules, prompts, cache=tmp_path / "file").rulebook.version == "1.2.3"


def test_the_hash_of_files_is_of_names_and_contents_and_nothing_else(tmp_path: Path) -> None:
    rules, _ = write(tmp_path)
    first = fingerprint.of_files((rules,))
    (rules / "notes.txt").write_text("not read")
    os.utime(rules / "topic.yaml", (0, 0))
    assert fingerprint.of_files((rules,)) == first
    shutil.copytree(rules, tmp_path / "elsewhere" / "rules")
    assert fingerprint.of_files((tmp_path / "elsewhere" / "rules",)) == first
    (rules / "topic.yaml").rename(rules / "topics.yaml")
    assert fingerprint.of_files((rules,)) != first


def test_a_circle_through_not_is_found_on_loading(tmp_path: Path) -> None:
    rules, prompts = write(tmp_path)
    (rules / "topic.yaml").write_text(topic("each-partner {not: {badge: gold}} => {badge: gold}"))
    words = prompts / "en/findings/topic.yaml"
    words.write_text(words.read_text().replace("note: {bring-a-coat: Bring a coat}\n", ""))
    with pytest.raises(InputError) as raised:
        load(rules, prompts, cache=tmp_path / "cache")
    assert [p.code for p in raised.value.problems] == ["circle-through-not"]


def test_a_circle_that_takes_several_partners_is_found_on_loading(tmp_path: Path) -> None:
    """Found out only in a case with so many partners, it would be an error in the middle of somebody's advice."""
    rules, prompts = write(tmp_path)
    (rules / "topic.yaml").write_text(topic("{not: {at_least: 5, partners: {mark: a}}} => {mark: a}"))
    words = prompts / "en/findings/topic.yaml"
    words.write_text(words.read_text().replace("note: {bring-a-coat: Bring a coat}\n", ""))
    with pytest.raises(InputError) as raised:
        load(rules, prompts, cache=tmp_path / "cache")
    assert [p.code for p in raised.value.problems] == ["circle-through-not"]


def test_a_rulebook_that_cannot_be_read_is_not_kept(tmp_path: Path) -> None:
    rules, prompts = write(tmp_path)
    good = (rules / "topic.yaml").read_text()
    (rules / "topic.yaml").write_text(good.replace("ask.open", "ask.opn"))
    for _ in range(2):
        with pytest.raises(InputError):
            load(rules, prompts, cache=tmp_path / "cache")
    (rules / "topic.yaml").write_text(good)
    assert "open-is-ready" in load(rules, prompts, cache=tmp_path / "cache").rulebook.rules


def test_folders_that_are_not_there_are_bad_input(tmp_path: Path) -> None:
    with pytest.raises(InputError) as raised:
        load(tmp_path / "rules", tmp_path / "prompts", cache=tmp_path / "cache")
    assert [(p.code, p.found) for p in raised.value.problems] == [("no-such-folder", str(tmp_path / "rules"))]


def test_a_reason_with_a_blank_that_nothing_fills_is_refused_on_loading(tmp_path: Path) -> None:
    """Found out only when the rule fires, it would be an error in the middle of somebody's advice."""
    rules, prompts = write(tmp_path)
    (rules / "topic.yaml").write_text((rules / "topic.yaml").read_text().replace("It is open.", "'{{ partnr }} is open.'"))
    with pytest.raises(InputError) as raised:
        load(rules, prompts, cache=tmp_path / "cache")
    assert [p.about for p in raised.value.problems] == ["open-is-ready"]
