"""Brings everything that is generated and committed up to date: `make regenerate`."""

import api_examples
import embedding
import python_page
import readme
import word_template
from advisor.render.documents import json_schema
from conftest import ROOT


def main() -> None:
    """Write the API's description, the advice's schema, and what the README and the pages of the documentation show."""
    (ROOT / "docs" / "advice.schema.json").write_text(json_schema(), "utf-8")
    api_examples.main()
    readme.main()
    embedding.main()
    python_page.main()
    word_template.main()


if __name__ == "__main__":
    main()
