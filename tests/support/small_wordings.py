"""A language written for a test."""

from collections.abc import Mapping
from pathlib import Path

QUESTIONS = """\
ask.open: {ask: Is it open?}
ask.step: {ask: How high?, options: {low: Low, middle: In between, high: High}}
ask.colour:
  ask: Which colour?
  help: Look at it.
  why: Colours matter.
  options: {red: Red, green: Green, blue: Blue}
ask.things: {ask: What is there?, options: {box: A box, bag: A bag, none: Nothing}}
partner.keen: {ask: Are they keen?}
partner.step: {ask: How far?, options: {low: Low, middle: Middle, high: High}}
"""
FINDINGS = """\
closeness: {low: down low, middle: {title: halfway, text: Between the two.}, high: up high}
mark: {a: An a, b: A b, c: A c}
badge: {gold: Golden, tin: Of tin}
note: {bring-a-coat: Bring a coat}
"""
WORDS = {
    "questions/basics.yaml": QUESTIONS,
    "findings/topic.yaml": FINDINGS,
    "phrases/answers.yaml": '"yes": Yes\n"no": No\n',
    "documents/letter.yaml": "greeting: 'Dear {{ name }},'\n",
    "pages/start.yaml": "cases: {count: number, one: '{{ number }} case', other: '{{ number }} cases'}\n",
}


def write_words(folder: Path, changes: Mapping[str, str] | None = None) -> Path:
    for name, text in {**WORDS, **(changes or {})}.items():
        path = folder / "en" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return folder / "en"
