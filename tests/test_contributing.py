"""What CONTRIBUTING.md says of the code is so."""

import re

from conftest import ROOT


def test_what_it_names_is_there() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    named = [
        path for path in re.findall(r"`([\w.-]+/[\w./-]*)`", text) if not path.startswith(("cli/", "web/", "pages/", "store/"))
    ]
    below = [f"src/advisor/{path}" for path in re.findall(r"`((?:cli|web|store)/[\w./-]+)`", text)]
    linked = [link.partition("#")[0] for link in re.findall(r"\]\(([^)]+)\)", text)]
    assert len([*named, *below, *linked]) > 15
    assert not [
        path for path in (*named, *below, *linked) if not (ROOT / path).exists() and not (ROOT / "src/advisor" / path).exists()
    ]
