"""The rulebook and its wording are found, read, hashed, and kept for the next start."""

import os
import shutil
from pathlib import Path

import pytest

from advisor.loading import folder_of, hash_of, load
from advisor.model.problems import InputError
from conftest import ROOT
from test_rulebook_reader import topic, write_rules
from test_wording import write_words


def write(folder: Path) -> tuple[Path, Path]:
    """A small rulebook with its wording, as `rules` and `prompts`."""
    write_words(folder / "prompts")
    return write_rules(folder), folder / "prompts"


def test_the_rulebook_of_the_checkout_is_found() -> None:
    assert folder_of("rules") == ROOT / "rules"
    assert folder_of("prompts") == ROOT / "prompts"


def test_a_rulebook_is_stamped_with_the_hash_of_all_that_decides_and_speaks(tmp_path: Path) -> None:
    rules, prompts = write(tmp_path)
    loaded = load(rules, prompts, cache=tmp_path / "cache")
    assert loaded.rulebook.sha256 == hash_of((rules, prompts / "en"))
    assert loaded.wording.language == "en"


def test_a_second_start_reads_what_was_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rules, prompts = write(tmp_path)
    first = load(rules, prompts, cache=tmp_path / "cache")
    program = first.program(1)
    monkeypatch.setattr("advisor.loading.compile_program", lambda *_: pytest.fail("compiled again"))
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
    assert after.sha256 != before.sha256
    page = prompts / "en/templates/page.j2"
    page.write_text("changed")
    assert load(rules, prompts, cache=tmp_path / "cache").wording.templates["page.j2"] == "changed"


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


def test_the_hash_is_of_names_and_contents_and_nothing_else(tmp_path: Path) -> None:
    rules, _ = write(tmp_path)
    first = hash_of((rules,))
    (rules / "notes.txt").write_text("not read")
    os.utime(rules / "topic.yaml", (0, 0))
    assert hash_of((rules,)) == first
    shutil.copytree(rules, tmp_path / "elsewhere" / "rules")
    assert hash_of((tmp_path / "elsewhere" / "rules",)) == first
    (rules / "topic.yaml").rename(rules / "topics.yaml")
    assert hash_of((rules,)) != first


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
