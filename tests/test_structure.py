"""The structure of the code: imports go one way, and knowledge stays out of Python."""

import ast

from advisor.rendering import json_schema
from advisor.rulebook import Rulebook
from conftest import ROOT

SOURCE = ROOT / "src" / "advisor"

# From the ground up; a module imports only from its own line (never in a circle) and from lines above it.
FLOORS = (
    ("problems", "conditions", "kept", "advice", "stratification"),
    ("documents", "vocabulary", "wording"),
    ("rulebook", "case"),
    ("case_json",),
    ("rule_reader", "rulebook_reader", "wording_reader", "case_reader", "case_writer", "coverage", "program"),
    ("engines", "loading", "interview"),
    ("inference", "rendering", "intake", "reasons"),
    ("justification", "space", "sweep"),
    ("firings",),
    ("assessment",),
    ("scenarios",),
    ("store",),
    ("server",),
    ("cli",),
)


def modules() -> dict[str, set[str]]:
    """Each top-level module or package with the others it imports."""
    found: dict[str, set[str]] = {}
    for path in SOURCE.rglob("*.py"):
        parts = path.relative_to(SOURCE).with_suffix("").parts
        if parts[0] in ("__init__", "__main__"):
            continue
        names = found.setdefault(parts[0], set())
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("advisor"):
                tail = node.module.split(".")[1:]
                names.update(tail[:1] or [alias.name for alias in node.names])
        names.discard(parts[0])
    return found


def test_imports_go_one_way() -> None:
    floor = {name: level for level, names in enumerate(FLOORS) for name in names}
    upward = [
        f"{name} imports {other}"
        for name, others in modules().items()
        for other in others
        if floor.get(other, len(FLOORS)) > floor.get(name, len(FLOORS))
    ]
    assert not upward


def test_no_module_has_grown_a_second_concept() -> None:
    long = [f"{path.name}: {n}" for path in SOURCE.rglob("*.py") if (n := path.read_text("utf-8").count("\n")) > 400]
    assert not long


def test_no_judgment_about_partnerships_stands_in_python(rulebook: Rulebook) -> None:
    """No question, caution or action is named in the code; the names of findings it gathers are its interface."""
    findings = rulebook.vocabulary.findings
    names = {value for name in ("caution", "action", "condition", "stop") for value in findings[name].values}
    names |= {q for q in rulebook.vocabulary.questions if not q.startswith("partner.category")}
    texts = {path: path.read_text("utf-8") for path in SOURCE.rglob("*.py")}
    found = [f"{path.name}: {name}" for path, text in texts.items() for name in names if f'"{name}"' in text]
    assert not found


def test_the_published_schema_is_the_one_the_code_gives() -> None:
    assert (ROOT / "docs" / "advice.schema.json").read_text("utf-8") == json_schema()


def test_every_question_and_rule_says_where_it_comes_from(rulebook: Rulebook) -> None:
    assert not [q.id for q in rulebook.vocabulary.questions.values() if not q.sources and not q.option_sources]
    assert not [rule.id for rule in rulebook.rules.values() if not (rule.sources and rule.because)]


def test_nothing_names_a_registry_or_a_path_of_one_machine() -> None:
    hosts = ("files." + "pythonhosted", "pypi." + "org", "registry." + "npmjs", "/work" + "/main")
    kinds = {".md", ".toml", ".txt", ".py", ".yaml", ".json", ".j2"}
    folders = ("src", "docs", "benchmarks", "rules", "prompts", "examples")
    found = [*ROOT.glob("*.*"), *(path for folder in folders for path in (ROOT / folder).rglob("*.*"))]
    read = [ROOT / "Makefile", ROOT / ".ci" / "run", *(path for path in found if path.suffix in kinds)]
    bad = [str(path) for path in read if any(host in path.read_text("utf-8") for host in hosts)]
    assert not bad
