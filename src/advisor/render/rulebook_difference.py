"""What differs between two rulebooks, as lines of text and as JSON."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from advisor.analysis.difference import Differing, RulebookDifference, Side
from advisor.model.case import Case
from advisor.model.references import NO_LEVEL, ConclusionRef
from advisor.model.sentence import sentence

FORMAT = "rulebook-difference/1"


def values(found: RulebookDifference, sentences: Sequence[str] | None) -> dict[str, Any]:
    """The difference as JSON has it; `sentences` are the places of those that changed, None where they were not compared."""
    return {"format": FORMAT, "decides_alike": found.decides_alike, **asdict(found), "sentences": sentences}


class DifferenceLines:
    """Says what differs, with the phrases of `phrases/difference.yaml`."""

    def __init__(self, phrases: Mapping[str, str]) -> None:
        self.phrases = phrases

    def lines(self, found: RulebookDifference, sentences: Sequence[str] | None, seconds: float | None) -> Iterator[str]:
        """Decisions first, then what else changed; `sentences` as in `values`, `seconds` the time that was allowed."""
        key = "alike" if found.decides_alike else "differ"
        yield self._say(key, equal=found.equal, differing=len(found.differing), partners=found.partners)
        if found.not_decided:
            names = [_name(finding, value) for finding, value in found.not_decided]
            yield self._say("not-decided", names=names, seconds=f"{seconds or 0:g}")
        yield from self._lists({"only-old": found.conclusions.old, "only-new": found.conclusions.new})
        yield from self._lists({"attributes": found.attributes})
        for case in dict.fromkeys(_key(each.case) for each in found.differing):
            yield from self._in_case([each for each in found.differing if _key(each.case) == case])
        yield from self._lists(
            {
                "questions-old": found.questions.old,
                "questions-new": found.questions.new,
                "options-old": found.options.old,
                "options-new": found.options.new,
                "asked-otherwise": found.asked_otherwise,
                "rules-old": found.rules.old,
                "rules-new": found.rules.new,
                "rewritten": found.rewritten,
                "texts": found.texts,
                "sentences": sentences or (),
            }
        )
        if sentences is None:
            yield self._say("no-sentences")

    def _say(self, key: str, **blanks: object) -> str:
        return sentence(self.phrases[key], **blanks)

    def _lists(self, lists: Mapping[str, Sequence[str]]) -> Iterator[str]:
        return (self._say(key, names=names) for key, names in lists.items() if names)

    def _in_case(self, differing: Sequence[Differing]) -> Iterator[str]:
        case = differing[0].case
        yield ""
        yield f"{self._say('in-case')} {self._say('partners', count=len(case.partners))}"
        answers = [("", case.answers), *((partner.name, partner.answers) for partner in case.partners)]
        said = [self._say("answer", question=q, options=o, partner=name) for name, given in answers for q, o in given.items()]
        yield from (f"  {line}" for line in said or [self._say("no-answers")])
        for each in differing:
            yield _name(each.finding, each.value)
            yield from self._side("old", each, each.old)
            yield from self._side("new", each, each.new)

    def _side(self, name: str, differing: Differing, side: Side) -> Iterator[str]:
        key = "concluded" if side.holds else "not-concluded"
        if side.level:
            key = "came-to" if side.value else "came-to-none"
        yield "  " + self._say(key, side=self._say(name), finding=differing.finding, value=side.value)
        for rule in side.rules:
            yield "    " + self._say("rule", rule=rule.rule, partner=rule.partner, because=rule.because)
        for missing in side.missing:
            yield "    " + self._say(missing.fate, rule=missing.rule)


def _name(finding: str, value: str | None) -> str:
    return str(ConclusionRef(finding, value or NO_LEVEL))


def _key(case: Case) -> tuple[object, ...]:
    return tuple(case.answers.items()), tuple(tuple(partner.answers.items()) for partner in case.partners)
