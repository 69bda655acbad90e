"""Writes a case with its scenarios, as YAML or JSON."""

import json
from typing import Any

from advisor.io.case_writer import case_json, case_yaml, json_text, quoted
from advisor.io.document import Bare
from advisor.io.scenario_reader import KEY
from advisor.model.conditions import Answers
from advisor.model.scenario import CaseFile, Scenario
from advisor.model.vocabulary import UNKNOWN, Question, Vocabulary


def case_file_yaml(file: CaseFile, vocabulary: Vocabulary) -> str:
    """A case with its scenarios as YAML, answers in intake order."""
    lines = [f"  {line}" for scenario in file.scenarios.values() for line in scenario_yaml(scenario, vocabulary)]
    return case_yaml(file.case, vocabulary) + "".join(f"{line}\n" for line in ([f"{KEY}:", *lines] if lines else []))


def case_file_json(file: CaseFile, vocabulary: Vocabulary) -> str:
    """A case with its scenarios as JSON, answers in intake order."""
    content = json.loads(case_json(file.case, vocabulary))
    if file.scenarios:
        content[KEY] = {scenario.name: scenario_content(scenario, vocabulary) for scenario in file.scenarios.values()}
    return json_text(content)


def scenario_content(scenario: Scenario, vocabulary: Vocabulary) -> dict[str, Any]:
    """A scenario as JSON says it: what it does not change is left out, an answer it takes away is `unknown`."""
    content = {
        "on": scenario.on,
        "add": list(scenario.add),
        "drop": list(scenario.drop),
        "answers": answers_content(scenario.answers, vocabulary),
        "partners": {name: answers_content(given, vocabulary) for name, given in scenario.partners.items() if given},
    }
    return {Bare(key): value for key, value in content.items() if value}


def answers_content(given: Answers, vocabulary: Vocabulary) -> dict[str, Bare | list[Bare]]:
    """Answers as JSON says them, in intake order; one that is taken away is `unknown`."""

    def content(question: Question) -> Bare | list[Bare]:
        options = [Bare(option) for option in given[question.id]]
        return options if options and question.kind == "several" else (*options, Bare(UNKNOWN))[0]

    return {name: content(question) for name, question in vocabulary.questions.items() if name in given}


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
