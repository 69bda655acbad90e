"""`docs/security.md` names tests that are there, and leaves out no chapter."""

import re

from conftest import ROOT

PAGE = (ROOT / "docs" / "security.md").read_text("utf-8")
JUDGED = ("met", "partly", "not", "does not apply", "by others")


def test_every_test_that_is_named_is_there() -> None:
    named = set(re.findall(r"`(tests/\w+\.py)`", PAGE))
    assert len(named) > 20
    assert {each for each in named if not (ROOT / each).is_file()} == set()


def test_every_chapter_is_there_and_every_section_is_judged() -> None:
    heads = " ".join(re.findall(r"^## (.+)$", PAGE, re.MULTILINE))
    assert [number for number in range(1, 18) if not re.search(rf"\bV{number}\b", heads)] == []
    rows = [line.split("|") for line in PAGE.splitlines() if re.match(r"\| \d", line)]
    assert len(rows) > 40
    assert {row[2].strip() for row in rows} <= set(JUDGED)
    for row in rows:
        if row[2].strip() == "partly":
            assert "**Not:**" in row[3] or "same user" in row[3] or "as its address says" in row[3], row
