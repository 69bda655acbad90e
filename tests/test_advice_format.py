"""The page on the advice's format names every member there is, and the documentation only questions that are asked."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from advisor.loading import Loaded
from advisor.model.advice import FORMAT
from conftest import ROOT

PAGE = (ROOT / "docs" / "advice-format.md").read_text("utf-8")
SCHEMA = json.loads((ROOT / "docs" / "advice.schema.json").read_text("utf-8"))
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").glob("*.md")])
IN_CODE = re.compile(r"`[^`\n]+`|```.*?```", re.DOTALL)
RELEASED = re.compile(r"```yaml\nsince: .*?```", re.DOTALL)  # an example of what became of earlier questions
PLAIN = {"reasons", "title", "text", "id"}  # said of every item once


def section(title: str) -> str:
    return PAGE.partition(f"## {title}\n")[2].partition("\n## ")[0]


def named(text: str) -> set[str]:
    """Every word in code."""
    return {word for code in re.findall(r"`([^`\n]+)`", text) for word in re.findall(r"[a-z_]+", code)}


def test_the_page_names_each_member_of_the_advice_and_no_other() -> None:
    rows = re.findall(r"^\| (.+?) \|", section("The whole"), re.MULTILINE)[2:]
    members = {name for row in rows for name in re.findall(r"`([a-z_]+)`", row)}
    assert members == set(SCHEMA["properties"])
    assert f"`{FORMAT}`" in PAGE


@pytest.mark.parametrize(
    "name",
    ["Premise", "Precondition", "Caution", "Action", "ProposalAnswer", "Worry", "Contradiction", "Dimension", "PartnerAdvice"],
)
def test_the_page_names_what_each_kind_of_item_has(name: str) -> None:
    found: dict[str, Any] = SCHEMA["$defs"][name]
    assert set(found["properties"]) - PLAIN <= named(section("What an item has"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_names_only_questions_that_are_asked(page: Path, loaded: Loaded) -> None:
    vocabulary = loaded.rulebook.vocabulary
    text = RELEASED.sub("", page.read_text("utf-8"))
    groups = {question.group for question in vocabulary.questions.values()}
    pattern = re.compile(rf"\b(?:{'|'.join(sorted(groups))})\.[a-z][a-z-]*(?![\w(.-])")
    named_here = {name for code in IN_CODE.findall(text) for name in pattern.findall(code)}
    refused = set(re.findall(r"there is no question ([\w.-]+)\.", text))
    assert {name for name in named_here - refused if name not in vocabulary.questions and not name.endswith(".name")} == set()
    assert not [name for name in vocabulary.released if name not in vocabulary.questions and name in text]
