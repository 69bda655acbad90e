"""Small rulebooks written for a test, read, and what is wrong with them."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from advisor.io.rulebook_reader import read_rulebook
from advisor.model.problems import InputError, Problem
from advisor.model.rulebook import Rulebook

SOURCES = """\
documents:
  d: A document
items:
  - {id: s.one, says: One thing., kind: rule, use: select, document: d, section: First}
  - {id: s.two, says: Another thing., kind: rule, use: advise, document: d, section: Second}
  - {id: s.three, says: Background., kind: rule, use: reference, document: d, section: Third}
"""
QUESTIONS = """\
section: basics
questions:
  - {id: ask.open, type: yes-no, changeable: agency, source: [s.one]}
  - {id: ask.step, type: scale, scale: closeness, changeable: together, source: [s.one], essential: true}
  - id: ask.colour
    type: choice
    options: {red: [s.two], green: [], blue: []}
    changeable: fixed
    source: [s.one]
    when: {ask.open: yes}
  - {id: ask.things, type: several, options: [box, bag, none], changeable: fixed, source: [s.one]}
  - {id: partner.keen, type: yes-no, asked: partner, changeable: fixed, source: [s.one]}
  - id: partner.step
    type: scale
    scale: closeness
    asked: partner
    changeable: fixed
    source: [s.one]
    when: {partner.keen: yes}
"""
FINDINGS = """\
findings:
  height: {type: level, scale: closeness, keep: highest}
  cap: {type: level, scale: closeness, keep: lowest}
  ready: {type: flag}
  mark: {type: set, values: [a, b, c]}
  twin: {type: set, like: mark}
  note: {type: set, open: true, attributes: {weight: [light, heavy]}}
  badge: {type: set, of: partner, values: [gold, tin]}
  reach: {type: level, of: partner, scale: closeness, keep: highest}
  topic-to-ask: {type: set, values: questions}
  topic-to-ask-partner: {type: set, of: partner, values: partner-questions}
"""
TOPIC = """\
topic: topic
declares:
  note:
    bring-a-coat: {weight: light, source: [s.two]}
rules:
  - id: open-is-ready
    when: {ask.open: yes}
    then: {ready: yes, note: bring-a-coat}
    because: It is open.
    source: [s.one]
"""
SMALL = {
    "sources.yaml": SOURCES,
    "vocabulary/scales.yaml": "scales:\n  closeness: [low, middle, high]\n",
    "vocabulary/sections.yaml": "version: 1.2.3\nsections: [basics]\n",
    "vocabulary/questions/basics.yaml": QUESTIONS,
    "vocabulary/findings.yaml": FINDINGS,
    "vocabulary/advice.yaml": "parts:\n  proceed: mark\n  recommended: height\n",
    "topic.yaml": TOPIC,
}


def write_rules(folder: Path, changes: Mapping[str, str] | None = None) -> Path:
    """Write the small rulebook with some of its files changed; the folder is called `rules`."""
    rules = folder / "rules"
    for name, text in {**SMALL, **(changes or {})}.items():
        path = rules / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return rules


def topic(*rules: str) -> str:
    """A topic file of rules written as `[each-partner] CONDITION => CONCLUSIONS`: r1 on line 3, r2 on line 6 and so on."""
    lines = ["topic: topic", "rules:"]
    for place, text in enumerate(rules, start=1):
        when, _, then = text.removeprefix("each-partner ").partition(" => ")
        scope = ", for: each-partner" if text.startswith("each-partner ") else ""
        name = "{{ partner }}" if scope else "it"
        lines += [
            f"  - {{id: r{place}, source: [s.one], because: 'Since {name} is so.'{scope},",
            f"     when: {when},",
            f"     then: {then}}}",
        ]
    return "\n".join(lines) + "\n"


def small_rulebook(folder: Path, *rules: str, changes: Mapping[str, str] | None = None) -> Rulebook:
    """The small rulebook with these rules instead of its own, and with these files changed."""
    return read_rulebook(write_rules(folder, {**({"topic.yaml": topic(*rules)} if rules else {}), **(changes or {})}))


def problems_of(folder: Path, changes: Mapping[str, str]) -> tuple[Problem, ...]:
    with pytest.raises(InputError) as raised:
        read_rulebook(write_rules(folder, changes))
    return raised.value.problems


def changed(name: str, old: str, new: str) -> dict[str, str]:
    assert old in SMALL[name]
    return {name: SMALL[name].replace(old, new, 1)}


BASICS, FOUND, ADVICE = "vocabulary/questions/basics.yaml", "vocabulary/findings.yaml", "vocabulary/advice.yaml"
