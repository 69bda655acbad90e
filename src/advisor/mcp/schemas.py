"""The schemas of what tools take and give, described in the words of a language."""

from collections.abc import Mapping
from typing import Any

from mcp_types import Tool, ToolAnnotations
from pydantic import TypeAdapter

from advisor.mcp.tools import AdvisorTool

Schema = dict[str, Any]
_NAMING = ("properties", "$defs")  # below them stand names, not keywords
_FROM_PYTHON = ("title", "description")  # what pydantic takes from the names and docstrings of classes


def described(tool: AdvisorTool, words: Mapping[str, str]) -> Tool:
    """A tool as it is listed; `words` are those of `phrases/assistants.yaml`.

    An argument is worded under `TOOL ARGUMENT`, a member of what is given under `TOOL gives MEMBER`, else without the tool.
    """
    takes = bare(tool.takes.model_json_schema())
    gives = bare(TypeAdapter(tool.gives).json_schema(mode="serialization"))
    for name, schema in takes.get("properties", {}).items():
        schema["description"] = worded(words, tool.name, name)
    for name, schema in gives["properties"].items():
        schema["description"] = worded(words, tool.name, f"gives {name}")
    return Tool(
        name=tool.name,
        title=words[f"{tool.name} title"],
        description=words[tool.name],
        input_schema=takes,
        output_schema=gives,
        annotations=ToolAnnotations(read_only_hint=True, idempotent_hint=True, open_world_hint=False),
    )


def worded(words: Mapping[str, str], tool: str, name: str) -> str:
    """What is said of an argument of a tool, or of a member of what it gives."""
    return words.get(f"{tool} {name}") or words[name]


def bare(schema: Any) -> Any:
    """A schema without what pydantic takes from names and docstrings in Python."""
    if isinstance(schema, list):
        return [bare(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: {name: bare(each) for name, each in inner.items()} if key in _NAMING else bare(inner)
        for key, inner in schema.items()
        if key not in _FROM_PYTHON
    }
