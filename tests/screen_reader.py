"""What a screen reader says on the main pages, by the accessibility tree of real Chromium; written to a file to be read.

python tests/screen_reader.py docs/screen-reader.md
"""

import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

sys.path.insert(0, str(Path(__file__).parent))

from advisor.io.scenario_reader import read_case_file
from advisor.loading import load
from advisor.model.case import Case, Partner
from advisor.model.scenario import CaseFile
from advisor.store.records import LOCAL
from support.servers import ROOT, chromium, serving
from support.visits import store_of

HEAD = """# What a screen reader says

Ten states, read from top to bottom by the accessibility tree of Chromium as a screen reader gets it: role, name, state.
Written by `make screen-reader`; the header and the footer, alike everywhere, are in the first state only.
"""
EXAMPLE = "domestic-violence-waiting-list"


def states(case: str, bare: str) -> Iterator[tuple[str, str, bool]]:
    """Each state: what it is called, where it is, and whether a form is sent empty there first."""
    yield "Start", "/", False
    yield "Your cases", "/cases", False
    yield "A question", f"/cases/{bare}/questions/wanted.aim", False
    yield "One question about every partner", f"/cases/{case}/questions/partner.reach", False
    yield "A form with a mistake", f"/cases/{case}/manage", True
    yield "Check your answers", f"/cases/{bare}/answers", False
    yield "The advice", f"/cases/{case}/advice?wait=1", False
    yield "What would it take", f"/cases/{case}/goal?goal=dimension%3Dcooperation", False
    yield "What if", f"/cases/{case}/what-if", False
    yield "Not found", "/cases/none", False


def said(page: Page, whole: bool) -> str:
    """The tree of a page: all of it, or its main part."""
    return page.locator("body" if whole else "main").aria_snapshot()


def main(target: Path) -> None:
    """Write what is said of each state."""
    loaded, parts = load(), [HEAD]
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder)) as site, sync_playwright() as playwright:
        store, at = store_of(site, loaded), datetime(2026, 3, 2, tzinfo=UTC)
        file = read_case_file(ROOT / "examples" / f"{EXAMPLE}.yaml", loaded.rulebook.vocabulary)
        bare = CaseFile(Case("A new case", {"proposal.ask": ("start",)}, (Partner("Harbor House", {}),)), {})
        ids = [store.cases.create(LOCAL, each, at=at).entry.id for each in (file, bare)]
        page = chromium(playwright).new_page(base_url=site.address, timezone_id="UTC")
        for name, path, mistaken in states(*ids):
            page.goto(path)
            if mistaken:
                page.locator("input[name=name]").fill(" ")
                page.locator("form:has(input[name=name]) button").first.evaluate("each => each.form.noValidate = true")
                page.locator("form:has(input[name=name]) button").first.click()
                page.wait_for_selector("[data-error-summary]")
            page.wait_for_selector(".htmx-request", state="detached")
            text = said(page, len(parts) == 1)
            text = text.replace(loaded.rulebook.sha256[:12], "…")
            for place, each in enumerate(ids, start=1):
                text = text.replace(each, f"CASE-{place}")
            focus = page.evaluate(
                "document.activeElement === document.body ? '' : document.activeElement.textContent.trim().slice(0, 60)"
            )
            where = f"The focus is on “{' '.join(focus.split())}”.\n\n" if focus else ""
            parts.append(f"## {name}\n\nTitle: {page.title()}\n\n{where}```yaml\n{text}\n```\n")
        store.close()
    target.write_text("\n".join(parts), "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
