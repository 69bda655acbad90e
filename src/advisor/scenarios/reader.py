"""Reads the scenarios of a case file, and changes typed on the command line, with all problems at once."""

import re
from collections.abc import Mapping as Mapped
from collections.abc import Sequence as Listed
from dataclasses import replace
from pathlib import Path

from advisor.case import MAX_PARTNERS, Case
from advisor.case_reader import MAX_NAME, case_of, read_answer
from advisor.conditions import Answers
from advisor.documents import Mapping, Node, Scalar, Sequence, fields, parse_bytes, read, text_of, words
from advisor.problems import Problems
from advisor.scenarios.scenario import MAX_SCENARIOS, CaseFile, Scenario, names_after
from advisor.vocabulary import Scope, Vocabulary

KEY = "scenarios"
_SETTING = re.compile(r"(?:(?P<partner>.+):)?(?P<question>[^:=]+)=(?P<value>.*)", re.DOTALL)  # no two parts fit the same


def read_case_file(path: Path, vocabulary: Vocabulary) -> CaseFile:
    """The case in a file with its scenarios. Raises `InputError` with every problem in either."""
    problems = Problems(str(path))
    return _finish(read(path, problems), path.stem, vocabulary, problems)


def parse_case_file(raw: bytes, vocabulary: Vocabulary, *, name: str = "case", as_json: bool = False) -> CaseFile:
    """The case in an encoded text with its scenarios. Raises `InputError` with every problem in either."""
    problems = Problems(name)
    return _finish(parse_bytes(raw, problems, as_json=as_json), name, vocabulary, problems)


def _finish(node: Node | None, name: str, vocabulary: Vocabulary, problems: Problems) -> CaseFile:
    file = case_file_of(node, name, vocabulary, problems) if node is not None else CaseFile(Case(name, {}), {})
    problems.raise_if_any()
    return file


def case_file_of(node: Node, name: str, vocabulary: Vocabulary, problems: Problems) -> CaseFile:
    """The case that a node says with its scenarios; whatever is wrong with either is noted in `problems`."""
    given = node.entries.get(KEY) if isinstance(node, Mapping) else None
    if isinstance(node, Mapping):
        node = replace(node, entries={key: value for key, value in node.entries.items() if key != KEY})
    case = case_of(node, name, vocabulary, problems)
    return CaseFile(case, scenarios_of(given, case, vocabulary, problems))


def scenarios_of(node: Node | None, case: Case, vocabulary: Vocabulary, problems: Problems) -> dict[str, Scenario]:
    """The scenarios that a node says, by name; whatever is wrong with them is noted in `problems`."""
    if node is None or (isinstance(node, Scalar) and node.is_null):
        return {}
    if not isinstance(node, Mapping):
        problems.add("mapping-expected", node.line, about=KEY)
        return {}
    if len(node.entries) > MAX_SCENARIOS:
        problems.add("too-many-scenarios", node.line, found=len(node.entries), allowed=(str(MAX_SCENARIOS),))
        return {}
    found = {name: _scenario(name, value, vocabulary, problems) for name, value in node.entries.items()}
    for name in found:
        if not 0 < len(name) <= MAX_NAME:
            problems.add("name-too-long", node.line_of(name), about=KEY, found=len(name), allowed=(str(MAX_NAME),))
    for name in _in_order(found, node, problems):
        _check_partners(found, name, node, case, problems)
    return found


def read_changes(
    settings: Listed[str], add: Listed[str], drop: Listed[str], case: Case, vocabulary: Vocabulary, name: str
) -> Scenario:
    """The scenario that settings such as `Q=V` and `Partner:Q=V` say. Raises `InputError` with every problem in them.

    A `several` answer is written `a,b` or `[a, b]`; `unknown` takes an answer away.
    """
    answers: dict[str, tuple[str, ...]] = {}
    partners: dict[str, dict[str, tuple[str, ...]]] = {}
    noted = []
    names = {partner.name.casefold(): partner.name for partner in case.partners} | {n.casefold(): n for n in add}
    for setting in settings:
        problems = Problems(f"--set {setting}")
        noted.append(problems)
        match = _SETTING.fullmatch(setting)
        if match is None:
            problems.add("setting-expected", found=setting)
            continue
        partner = (match["partner"] or "").strip()
        scope: Scope = "partner" if partner else "agency"
        if partner and partner.casefold() not in names:
            problems.add("unknown-partner", found=partner, allowed=tuple(names.values()))
        question = match["question"].strip()
        given = _answer(question, _typed(match["value"].strip()), scope, partner, 0, vocabulary, problems)
        if given is None:
            continue
        into = partners.setdefault(names.get(partner.casefold(), partner), {}) if partner else answers
        if question in into:
            problems.add("set-twice", found=question, about=partner)
        into[question] = given
    scenario = Scenario(name, answers, partners, tuple(add), tuple(drop))
    problems = Problems("--add-partner, --drop-partner")
    noted.append(problems)
    _check_names(scenario, [partner.name for partner in case.partners], 0, problems)
    together = Problems("")
    together.found = [problem for each in noted for problem in each.found]
    together.raise_if_any()
    return scenario


def _typed(text: str) -> Node:
    """A value as it was typed: a word, or words with commas between."""
    inner = text[1:-1] if text.startswith("[") and text.endswith("]") else text
    parts = [Scalar(part.strip(), 0) for part in inner.split(",")]
    return Sequence(0, list(parts)) if inner != text or len(parts) > 1 else parts[0]


def _scenario(name: str, node: Node, vocabulary: Vocabulary, problems: Problems) -> Scenario:
    optional = ("on", "answers", "partners", "add", "drop", "notes")
    root = fields(node, (), optional, problems, f"scenario {name}")
    partners: dict[str, Answers] = {}
    given = root.entries.get("partners")
    if isinstance(given, Mapping):
        for partner, answers in given.entries.items():
            partners[partner] = _answers(answers, "partner", partner, vocabulary, problems)
    elif given is not None and not (isinstance(given, Scalar) and given.is_null):
        problems.add("mapping-expected", given.line, about=f"scenario {name}: partners")
    return Scenario(
        name,
        _answers(root.entries.get("answers"), "agency", "", vocabulary, problems),
        partners,
        _names(root.entries.get("add"), f"scenario {name}: add", problems),
        _names(root.entries.get("drop"), f"scenario {name}: drop", problems),
        text_of(root, "on", problems, f"scenario {name}") or None,
    )


def _names(node: Node | None, about: str, problems: Problems) -> tuple[str, ...]:
    if node is None or (isinstance(node, Scalar) and node.is_null):
        return ()
    return tuple(name.strip() for name in words(node, problems, about))


def _answers(node: Node | None, asked: Scope, partner: str, vocabulary: Vocabulary, problems: Problems) -> Answers:
    if node is None or (isinstance(node, Scalar) and node.is_null):
        return {}
    if not isinstance(node, Mapping):
        problems.add("mapping-expected", node.line, about=partner or "answers")
        return {}
    found: dict[str, tuple[str, ...]] = {}
    for name, value in node.entries.items():
        answer = _answer(name, value, asked, partner, node.line_of(name), vocabulary, problems)
        if answer is not None:
            found[name] = answer
    return found


def _answer(
    name: str, value: Node, asked: Scope, partner: str, line: int, vocabulary: Vocabulary, problems: Problems
) -> tuple[str, ...] | None:
    """An answer as it counts; empty where it takes one away, None where a problem was noted."""
    question, before = vocabulary.questions.get(name), len(problems.found)
    if question is None:
        problems.add("unknown-question", line, about=partner, found=name, allowed=[q.id for q in vocabulary.asked_of(asked)])
    elif question.asked != asked:
        code = "partner-to-name" if question.asked == "partner" else "question-about-the-agency"
        problems.add(code, line, about=partner, found=name)
    else:
        answer = read_answer(value, question, partner, problems)
        return answer if len(problems.found) == before else None
    return None


def _in_order(found: dict[str, Scenario], node: Mapping, problems: Problems) -> list[str]:
    """The scenarios whose foundations are sound. One on a name that is none, or in a circle, is noted."""
    sound: list[str] = []
    for name, scenario in found.items():
        if scenario.on is not None and scenario.on not in found:
            problems.add("unknown-scenario", node.line_of(name), about=name, found=scenario.on, allowed=tuple(found))
            continue
        chain, at = [name], scenario.on
        while at in found and at not in chain:
            chain.append(at)
            at = found[at].on
        if at == name:
            problems.add("scenario-circle", node.line_of(name), about=name, found=" → ".join([*chain, name]))
        elif at is None:
            sound.append(name)
    return sound


def _check_partners(found: Mapped[str, Scenario], name: str, node: Mapping, case: Case, problems: Problems) -> None:
    names = [partner.name for partner in case.partners]
    for below in CaseFile(case, found).lineage(name)[:-1]:
        names = names_after(names, below)
    line = node.line_of(name)
    _check_names(found[name], names, line, problems)
    after = names_after(names, found[name])
    for partner in found[name].partners:
        if partner.casefold() not in {each.casefold() for each in after}:
            problems.add("unknown-partner", line, about=name, found=partner, allowed=after)


def _check_names(scenario: Scenario, names: Listed[str], line: int, problems: Problems) -> None:
    """That partners left out are there, and that added ones are new, named, and not too many."""
    here = [name.casefold() for name in names]
    for name in scenario.drop:
        if name.casefold() not in here:
            problems.add("unknown-partner", line, about=scenario.name, found=name, allowed=names)
    kept = [name for name in here if name not in {name.casefold() for name in scenario.drop}]
    for name in scenario.add:
        if not 0 < len(name.strip()) <= MAX_NAME:
            problems.add("name-too-long", line, about="name", found=len(name), allowed=(str(MAX_NAME),))
        if name.casefold() in kept:
            problems.add("duplicate-partner", line, found=name)
        kept.append(name.casefold())
    if len(kept) > MAX_PARTNERS:
        problems.add("too-many-partners", line, found=len(kept), allowed=(str(MAX_PARTNERS),))
