"""The structure of the code: imports go one way, and knowledge stays out of Python."""

import ast
import re
from collections.abc import Iterator
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
    "documents",
    "sweep",
    "service",
    "review",
    "facade",
    "store",
    "web",
    "screens",
    "mcp",
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


def test_a_class_name_stands_for_one_thing() -> None:
    """Private and nested classes too. The facade gives its users a case and an advice under the names that they have inside."""
    places: dict[str, list[str]] = {}
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ClassDef):
                places.setdefault(node.name, []).append(_name(path))
    twice = {name: sorted(modules) for name, modules in places.items() if len(modules) > 1}
    assert twice == {"Advice": ["facade", "model.advice"], "Case": ["facade", "model.case"]}


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


# Words that name a finding and also something else, each with the files that mean the other thing.
ALSO_MEANS = {
    "fields of the published advice": {
        ("explain/aspects.py", word) for word in ("proceed", "attainable", "present", "conditional", "dimension")
    }
    | {("render/pictures.py", word) for word in ("present", "attainable", "proceed")}
    | {("render/drawing.py", word) for word in ("present", "attainable")}
    | {("render/comparison_view.py", "proceed"), ("render/consultation_view.py", "proceed"), ("analysis/reports.py", "ask")}
    | {("mcp/replies.py", word) for word in ("ask", "proceed", "dimension")},
    "attributes of another form": {
        (file, word) for file in ("model/advice_parts.py", "explain/firings.py") for word in ("dimension", "structure")
    },
    "topics of the published comparison": {
        (file, word)
        for file in ("explain/aspects.py", "render/comparison_view.py")
        for word in (
            "dimension",
            "structure",
            "instrument",
            "category",
            "member",
            "condition",
            "worry",
            "caution",
            "action",
        )
    },
    "a field of the published why-not": {("analysis/reports.py", "condition")},
    "keys of rules/vocabulary/advice.yaml, and the attribute of members": {
        ("io/advice_parts_reader.py", word) for word in ("existing", "proceed", "present", "category")
    }
    | {("model/advice_parts.py", "category"), ("render/partner_pictures.py", "category")}
    | {("advise/builder.py", "category")}
    | {("model/advice_parts.py", word) for word in ("barred", "harmful", "idle", "misplaced", "refused", "urgent")},
    "how a question is put, in a file of words": {("io/wording_reader.py", "ask"), ("render/intake_listing.py", "ask")},
    "blanks of sentences": {
        ("model/conditions.py", "condition"),
        ("render/intake_listing.py", "condition"),
        ("render/answer_lines.py", "ask"),
    }
    | {("advise/builder.py", word) for word in ("dimension", "structure", "instrument")}
    | {("web/api/closed_values.py", word) for word in ("proceed", "dimension", "attainable", "present")}
    | {("web/webhook_sender.py", word) for word in ("proceed", "dimension")},
    "that a rule stopped firing": {("render/comparison_view.py", "stopped")},
    "a phrase for a partner in the core": {("render/comparison_view.py", "in-core")},
    "that a rule is not there": {("analysis/difference.py", "absent")},
    "a part of the papers for a session": {("documents/session.py", "idle")},
    "an answer that somebody gave": {
        (f"{module}.py", "answer")
        for module in (
            "analysis/reports",
            "render/rulebook_difference",
            "render/why_picture",
            "store/contents",
            "store/records",
            "web/api/records",
            "web/pages/intake/overview",
            "web/pages/intake/case_fields",
        )
    },
    "an answer to a request": {("web/api/description.py", "answer")},
    "a phrase for what is not there, and what a picture shows of it": {
        *((f"render/{module}.py", "absent") for module in ("comparison_view", "consultation_view", "phrasing", "why_picture")),
        ("render/why_tree.py", "absent"),
    },
    "what was changed in a case": {
        ("analysis/reports.py", "changes"),
        ("store/cases.py", "changes"),
        ("store/migrations/versions/m0001_cases.py", "changes"),
        ("web/api/records.py", "changes"),
    },
    "a category that nobody covers, and a field that was not sent": {
        ("explain/aspects.py", "missing"),
        ("web/api/bodies.py", "missing"),
        ("mcp/arguments.py", "missing"),
    },
    "a request, a message or a program that is turned away": {
        (f"{module}.py", "refused")
        for module in (
            "engine/durable",
            "engine/durable_worker",
            "web/api/description",
            "web/error_responses",
            "web/page",
            "web/protocol",
        )
    },
    "that a sweep is at work": {("cli/sweep.py", "running")},
    "a kind of mask": {("engine/bit_parallel.py", "bound")},
}


def literals(path: Path) -> Iterator[str]:
    """The texts that stand in a module, those with blanks cut at them."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def test_no_finding_and_no_question_is_named_in_python(rulebook: Rulebook) -> None:
    """What plays which part is declared in rules/vocabulary/advice.yaml; another rulebook has other names."""
    vocabulary, words = rulebook.vocabulary, {pair for pairs in ALSO_MEANS.values() for pair in pairs}
    names = {*vocabulary.findings, *vocabulary.questions}
    stems = tuple(f"{name}{sign}" for name in names for sign in "=:")
    found, used = [], set()
    for path in SOURCE.rglob("*.py"):
        file = path.relative_to(SOURCE).as_posix()
        for text in literals(path):
            if text in names or (text.startswith(stems) and " " not in text):
                used.add((file, text))
                found += [] if (file, text) in words else [f"{file}: {text}"]
    assert not found
    assert words <= used, "no longer needed"


def test_no_value_that_somebody_decided_on_is_named_in_python(rulebook: Rulebook) -> None:
    """No caution, action, stop or decision is named in the code."""
    vocabulary, parts = rulebook.vocabulary, rulebook.vocabulary.advice_parts
    findings = (parts.cautions, parts.actions, parts.conditions, parts.stops, parts.members, parts.cells, parts.gaps)
    names = {value for name in findings for value in vocabulary.findings[name].values}
    names |= {*vocabulary.findings[parts.proceed].values} - {"change", "end", "form"}  # also plain words of interviews and pages
    assert not [f"{path.name}: {text}" for path in SOURCE.rglob("*.py") for text in literals(path) if text in names]


def test_templates_name_parts_of_the_advice_and_no_findings(rulebook: Rulebook) -> None:
    """A template says `parts.structures` where it takes a finding; words in quotes are words, or topics of a comparison."""
    names = {*rulebook.vocabulary.findings, *rulebook.vocabulary.questions}
    found = []
    for path in sorted([*(ROOT / "prompts").rglob("*.j2"), *SOURCE.rglob("*.j2")]):
        text = path.read_text("utf-8")
        taken = re.findall(r"""(?:ref|name|settled|others|value|entry|short)\([^)]*?["']([a-z.-]+)["']""", text)
        taken += re.findall(r"""(?:findings|questions)\[["']([a-z.-]+)["']""", text)
        taken += [each for each in re.findall(r"""["']([a-z.-]+)["']""", text) if "-" in each or "." in each]
        found += [f"{path.name}: {each}" for each in taken if each in names]
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
