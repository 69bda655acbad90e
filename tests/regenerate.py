"""Brings everything that is generated and committed up to date: `make regenerate`."""

from advisor.render.documents import json_schema
from conftest import ROOT
from support import api_examples, embedding_page, python_page, readme, word_template


def main() -> None:
    """Write the API's description, the advice's schema, and what the README and the pages of the documentation show."""
    (ROOT / "docs" / "advice.schema.json").write_text(json_schema(), "utf-8")
    api_examples.main()
    readme.main()
    embedding_page.main()
    python_page.main()
    word_template.main()


if __name__ == "__main__":
    main()
