"""Writes scenarios: one into its case file, where everything else stays as it is, comments included; or a case with all."""

import json
from pathlib import Path
from typing import Any

import yaml

from advisor.io.case_writer import case_json, case_yaml, json_text, quoted
from advisor.io.files import write_file
from advisor.io.scenario_reader import KEY, parse_case_file
from advisor.model.conditions import Answers
from advisor.model.problems import InputError, Problems
from advisor.model.scenario import CaseFile, Scenario
from advisor.model.vocabulary import UNKNOWN, Vocabulary


def save_scenario(path: Path, scenario: Scenario, vocabulary: Vocabulary) -> None:
    """Add a scenario to a YAML case file, whole or not at all. Raises `InputError` where that cannot be done.

    JSON has no place to add to without writing the file anew, so it is refused, and so is a name that is taken.
    """
    problems = Problems(str(path))
    if path.suffix == ".json":
        problems.add("scenario-in-json", found=scenario.name)
        problems.raise_if_any()
    try:
        before = path.read_bytes()
    except OSError as error:
        problems.add("unreadable-file", found=error.strerror or type(error).__name__)
        raise InputError(problems.found) from None
    held = parse_case_file(before, vocabulary, name=str(path))
    if scenario.name in held.scenarios:
        problems.add("duplicate-scenario", found=scenario.name)
        problems.raise_if_any()
    after = with_scenario(before, scenario, vocabulary)
    if after is None or not _adds_only(after, before, scenario, vocabulary):
        problems.add("scenario-not-added", found=scenario.name)
        problems.raise_if_any()
    assert after is not None
    write_file(path, after)


def with_scenario(raw: bytes, scenario: Scenario, vocabulary: Vocabulary) -> bytes | None:
    """A case file's text with the scenario added at the end of its scenarios; None where there is no place for it."""
    text = raw.decode("utf-8-sig")
    root = yaml.compose(text, Loader=yaml.CSafeLoader)
    if not isinstance(root, yaml.MappingNode) or root.flow_style:
        return None
    lines = text.splitlines(keepends=True)
    feed = "\r\n" if lines and lines[0].endswith("\r\n") else "\n"
    margin = root.start_mark.column
    places = [(key.value, key.start_mark.line, value) for key, value in root.value]
    held = next((value for key, _, value in places if key == KEY), None)
    if held is None:
        at, block, deeper = len(lines), ["", " " * margin + f"{KEY}:"], margin + 2
    else:
        if isinstance(held, yaml.MappingNode) and held.flow_style:
            return None
        start = next(line for key, line, _ in places if key == KEY)
        following = [line for _, line, _ in places if line > start]
        at, block = _last_line(lines, min(following, default=len(lines))), []
        deeper = held.value[0][0].start_mark.column if isinstance(held, yaml.MappingNode) else margin + 2
    block += [" " * deeper + line for line in scenario_yaml(scenario, vocabulary)]
    if at and not lines[at - 1].endswith("\n"):
        lines[at - 1] += feed
    lines[at:at] = [line.rstrip() + feed for line in block]
    mark = b"\xef\xbb\xbf" if raw.startswith(b"\xef\xbb\xbf") else b""
    return mark + "".join(lines).encode()


def case_file_yaml(file: CaseFile, vocabulary: Vocabulary) -> str:
    """A case with its scenarios as YAML, answers in intake order."""
    lines = [f"  {line}" for scenario in file.scenarios.values() for line in scenario_yaml(scenario, vocabulary)]
    return case_yaml(file.case, vocabulary) + "".join(f"{line}\n" for line in ([f"{KEY}:", *lines] if lines else []))


def case_file_json(file: CaseFile, vocabulary: Vocabulary) -> str:
    """A case with its scenarios as JSON, answers in intake order."""
    content = json.loads(case_json(file.case, vocabulary))
    if file.scenarios:
        content[KEY] = {scenario.name: _content(scenario, vocabulary) for scenario in file.scenarios.values()}
    return json_text(content)


def _content(scenario: Scenario, vocabulary: Vocabulary) -> dict[str, Any]:
    """A scenario as JSON says it: what it does not change is left out, an answer it takes away is `unknown`."""

    def answers(given: Answers) -> dict[str, str | list[str]]:
        several = {name for name in given if given[name] and vocabulary.questions[name].kind == "several"}
        known = (name for name in vocabulary.questions if name in given)
        return {name: list(given[name]) if name in several else (*given[name], UNKNOWN)[0] for name in known}

    content = {
        "on": scenario.on,
        "add": list(scenario.add),
        "drop": list(scenario.drop),
        "answers": answers(scenario.answers),
        "partners": {name: answers(given) for name, given in scenario.partners.items() if given},
    }
    return {key: value for key, value in content.items() if value}


def scenario_yaml(scenario: Scenario, vocabulary: Vocabulary) -> list[str]:
    """A scenario as lines of YAML, answers in intake order."""
    lines = [f"{quoted(scenario.name)}:"]
    if scenario.on is not None:
        lines.append(f"  on: {quoted(scenario.on)}")
    for key, names in (("add", scenario.add), ("drop", scenario.drop)):
        if names:
            lines += [f"  {key}:", *(f"    - {quoted(name)}" for name in names)]
    if scenario.answers:
        lines += ["  answers:", *(f"    {line}" for line in _answers(scenario.answers, vocabulary))]
    if any(scenario.partners.values()):
        lines.append("  partners:")
        for name, answers in scenario.partners.items():
            if answers:
                lines += [f"    {quoted(name)}:", *(f"      {line}" for line in _answers(answers, vocabulary))]
    if len(lines) == 1:
        lines[0] += " {}"
    return lines


def _answers(answers: Answers, vocabulary: Vocabulary) -> list[str]:
    """Every option is a plain word of the vocabulary, so it is written as it is; no answer is written `unknown`."""
    lines = []
    for name, question in vocabulary.questions.items():
        if name in answers:
            several = question.kind == "several" and answers[name]
            lines.append(f"{name}: [{', '.join(answers[name])}]" if several else f"{name}: {(*answers[name], 'unknown')[0]}")
    return lines


def _last_line(lines: list[str], stop: int) -> int:
    """One past the last line before `stop` that is neither blank nor a comment."""
    while stop and (not lines[stop - 1].strip() or lines[stop - 1].lstrip().startswith("#")):
        stop -= 1
    return stop


def _adds_only(after: bytes, before: bytes, scenario: Scenario, vocabulary: Vocabulary) -> bool:
    """Whether the new text reads back as the old one, notes and all, and the scenario besides."""
    try:
        new, old = (parse_case_file(text, vocabulary).scenarios for text in (after, before))
    except InputError:
        return False
    return new == {**old, scenario.name: scenario} and _besides(after) == _besides(before)


def _besides(raw: bytes) -> list[tuple[str, str]]:
    """Everything in a file but its scenarios, as events without their places."""
    root = yaml.compose(raw.decode("utf-8-sig"), Loader=yaml.CSafeLoader)
    assert isinstance(root, yaml.MappingNode)
    return [(key.value, yaml.serialize(value)) for key, value in root.value if key.value != KEY]
