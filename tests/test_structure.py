"""The structure of the code: imports go one way, and knowledge stays out of Python."""

import ast
from pathlib import Path
from typing import get_args

from advisor.engine.stratification import components
from advisor.model.conditions import Condition
from advisor.model.rulebook import Rulebook
from advisor.render.documents import json_schema
from conftest import ROOT

SOURCE = ROOT / "src" / "advisor"

# From the ground up; a module imports only from its own package and from packages above it in this list.
FLOORS = [
    "model",
    "io",
    "engine",
    "loading",
    "interview",
    "explain",
    "analysis",
    "advise",
    "render",
    "sweep",
    "service",
    "facade",
    "store",
    "web",
    "cli",
]


def imports() -> dict[str, set[str]]:
    """Each module with the modules of this project that it imports, by name below `advisor`."""
    paths = {_name(path): path for path in SOURCE.rglob("*.py")}
    found: dict[str, set[str]] = {}
    for name, path in paths.items():
        found[name] = set()
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "advisor":
                package = node.module.partition(".")[2]
                targets = (f"{package}.{alias.name}".strip(".") for alias in node.names)
                found[name] |= {target if target in paths else package for target in targets} - {name}
    return found


def _name(path: Path) -> str:
    parts = path.relative_to(SOURCE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def test_imports_go_one_way() -> None:
    floor = {name: level for level, name in enumerate(FLOORS)}
    upward = [
        f"{name} imports {other}"
        for name, others in imports().items()
        for other in others
        if name not in ("", "__main__") and floor[other.partition(".")[0]] > floor[name.partition(".")[0]]
    ]
    assert not upward


def test_no_modules_import_each_other_in_a_circle() -> None:
    found = imports()
    numbers = {name: number for number, name in enumerate(found)}
    below = {numbers[name]: {numbers[other] for other in others} for name, others in found.items()}
    names = list(found)
    circles = [[names[n] for n in circle] for circle in components(len(names), below) if len(circle) > 1]
    assert not circles


def test_three_modules_tell_kinds_of_conditions_apart() -> None:
    """`docs/rule-language.md` names them under "Adding a kind of condition"; others may make a condition, not look into it."""
    kinds = {kind.__name__ for kind in get_args(Condition)}
    told_in: dict[str, set[str]] = {kind: set() for kind in kinds}
    for path in SOURCE.rglob("*.py"):
        tree = ast.parse(path.read_text("utf-8"))
        imported = {
            alias.asname or alias.name: alias.name
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom) and node.module == "advisor.model.conditions"
            for alias in node.names
        }
        local = {kind: kind for kind in kinds} if _name(path) == "model.conditions" else imported
        for node in ast.walk(tree):
            looked_into: list[ast.expr] = []
            if isinstance(node, ast.MatchClass):
                looked_into = [node.cls]
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("isinstance", "issubclass"):
                looked_into = [each for each in ast.walk(node.args[1]) if isinstance(each, ast.expr)]
            for each in looked_into:
                if isinstance(each, ast.Name) and local.get(each.id) in kinds:
                    told_in[local[each.id]].add(_name(path))
    assert {kind: modules for kind, modules in told_in.items() if not modules} == {}
    assert set().union(*told_in.values()) == {"model.conditions", "io.rule_reader", "engine.compiler"}


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
