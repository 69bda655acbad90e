"""What `docs/embedding.md` shows is what happens."""

from pathlib import Path

from support.embedding_page import PAGE, filled
from support.servers import Site


def test_every_example_shows_what_the_server_answers(site: Site, tmp_path: Path) -> None:
    """If this fails after a change of rules or wording, run `make regenerate` and read the difference."""
    text = PAGE.read_text("utf-8")
    assert text.count("<!-- answer -->") == text.count("```sh") + text.count("```python") > 10
    assert filled(text, site, tmp_path) == text
