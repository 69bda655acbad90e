"""References: how conclusions, questions and answers are named, each with its one spelling.

`strength=credible@Harbor House` is a name, a sign, a value, and after the first `@` the partner it is about. What the
rulebook names holds none of the signs (`RESERVED`, checked on loading), so a partner may be called anything, and nothing
is escaped. Nowhere else is a reference put together or taken apart. `docs/references.md` describes them for users.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from advisor.model.names import composed, folded, place_of
from advisor.model.problems import Problems
from advisor.model.vocabulary import Finding, Vocabulary

RESERVED = "@=<>!|,"
NO_LEVEL = "none"  # the value of a level that no rule gave
_OWNER, _OR, _NOT = "@", "|", "!="

How = Literal["is", "at_least", "at_most"]
_SIGNS: dict[How, str] = {"at_least": ">=", "at_most": "<=", "is": "="}


@dataclass(frozen=True, slots=True)
class ConclusionRef:
    """A finding with a value, as in `need>=cooperation` or `fit=weak@Harbor House`.

    Without a value it stands for every value of the finding, without a finding for all there is about a partner.
    `partner` is None for a conclusion on the partnership.
    """

    finding: str
    value: str = ""
    partner: str | None = None
    how: How = "is"

    def __str__(self) -> str:
        return about(f"{self.finding}{_SIGNS[self.how]}{self.value}" if self.value else self.finding, self.partner)

    @classmethod
    def parse(cls, text: str) -> "ConclusionRef":
        """The reference that a text spells. Any text does; whether there is such a thing is not looked at."""
        stem, partner = _parted(text)
        for how, sign in _SIGNS.items():
            finding, found, value = stem.partition(sign)
            if found:
                return cls(finding.strip(), value.strip(), partner, how)
        return cls(stem, "", partner)

    def covers(self, other: "ConclusionRef") -> bool:
        """Whether another reference is among those that this one stands for; one without a partner stands for all."""
        return (
            self.finding in ("", other.finding)
            and (not self.value or (self.value, self.how) == (other.value, other.how))
            and (self.partner is None or (other.partner is not None and folded(self.partner) == folded(other.partner)))
        )


@dataclass(frozen=True, slots=True)
class QuestionRef:
    """A question, as in `purpose.aim` or `partner.trust@Harbor House`; `partner` is None for one about the agency."""

    question: str
    partner: str | None = None

    def __str__(self) -> str:
        return about(self.question, self.partner)

    @classmethod
    def parse(cls, text: str) -> "QuestionRef":
        """The reference that a text spells. Any text does; whether there is such a question is not looked at."""
        return cls(*_parted(text))


@dataclass(frozen=True, slots=True)
class AnswerRef:
    """A test on an answer, as in `purpose.aim=exchange|common-goal`: one of the options was given (or, if not `wanted`, none).

    `unknown` as the option is no answer.
    """

    question: str
    options: tuple[str, ...]
    partner: str | None = None
    wanted: bool = True

    def __str__(self) -> str:
        return about(f"{self.question}{'=' if self.wanted else _NOT}{_OR.join(self.options)}", self.partner)

    @classmethod
    def parse(cls, text: str) -> "AnswerRef":
        """The reference that a text spells; any text does."""
        stem, partner = _parted(text)
        wanted = _NOT not in stem
        question, _, options = stem.partition("=" if wanted else _NOT)
        return cls(question.strip(), tuple(option.strip() for option in options.split(_OR)), partner, wanted)


@dataclass(frozen=True, slots=True)
class Setting:
    """An answer to be set, as in `purpose.aim=exchange` or `partner.trust=high@Harbor House`; `answer` as it was typed."""

    question: QuestionRef
    answer: str

    def __str__(self) -> str:
        return about(f"{self.question.question}={self.answer}", self.question.partner)

    @classmethod
    def parse(cls, text: str) -> "Setting | None":
        """The setting that a text spells; None where it spells none."""
        stem, partner = _parted(text)
        question, sign, answer = stem.partition("=")
        return cls(QuestionRef(question.strip(), partner), answer.strip()) if sign and question.strip() else None


def note_name(question: str, option: str) -> str:
    """A note by what it is to: a question, or an option of one, as in `worry.about=money`."""
    return str(AnswerRef(question, (option,))) if option else question


def note_of(name: str) -> tuple[str, str]:
    """The question and the option ("" for all of it) that a note's name is put together from."""
    question, _, option = name.partition("=")
    return question, option


def about(name: str, partner: str | None) -> str:
    """A name of the rulebook's with the partner it is about, if there is one."""
    return name if partner is None else f"{name}{_OWNER}{partner}"


def _parted(text: str) -> tuple[str, str | None]:
    stem, owned, partner = text.partition(_OWNER)
    return stem.strip(), composed(partner) if owned else None


def parse_ref(text: str, vocabulary: Vocabulary) -> ConclusionRef | AnswerRef:
    """A reference that names a conclusion, or else a test on an answer."""
    answer = AnswerRef.parse(text)
    return answer if answer.question in vocabulary.questions else ConclusionRef.parse(text)


def meant(text: str, vocabulary: Vocabulary, partners: Sequence[str]) -> tuple[ConclusionRef, ...]:
    """What a person's text stands for: a reference, or a short name such as `dimension`, `mou` or a partner's name.

    A name of the rulebook's goes before a partner's, who is meant for certain by `@NAME`. Nothing where it means nothing.
    """
    ref = ConclusionRef.parse(text)
    owner = None if ref.partner is None else place_of(ref.partner, partners)
    if ref.partner is None or owner is not None:
        ref = replace(ref, partner=None if owner is None else partners[owner])
        finding = vocabulary.findings.get(ref.finding)
        if finding is not None and (not ref.value or _has(finding, ref.value)):
            return tuple(replace(ref, value=value, how="is") for value in _from(finding, ref))
        if not ref.finding and ref.partner is not None:
            return (ref,)
        holders = [name for name, each in vocabulary.findings.items() if not ref.value and ref.finding in each.values]
        if holders:
            return tuple(ConclusionRef(name, ref.finding, ref.partner) for name in holders)
    whole = place_of(text, partners)
    return () if whole is None else (ConclusionRef("", "", partners[whole]),)


def read_goal(text: str, vocabulary: Vocabulary, partners: Sequence[str], problems: Problems) -> tuple[ConclusionRef, ...]:
    """What a person asks for, such as `dimension=collaboration`, `need>=cooperation`, `fit=weak@Harbor House` or `mou`.

    Any of the references will do: there are more than one where a finding is about partners and none is named. Notes
    unknown-goal, ambiguous-goal, unknown-value and unknown-partner; there is nothing then.
    """
    ref, findings = ConclusionRef.parse(text), vocabulary.findings
    worded = [finding for finding in findings.values() if finding.worded_as]
    if ref.finding in findings and not ref.value and findings[ref.finding].kind == "flag":
        ref = replace(ref, value=next(iter(findings[ref.finding].values)))
    elif not ref.value and ref.finding in findings:
        allowed = [str(ConclusionRef(ref.finding, value)) for value in findings[ref.finding].values]
        problems.add("ambiguous-goal", found=text, allowed=allowed)
        return ()
    elif not ref.value:
        holders = [each for each in worded if ref.finding in each.values]
        own = [each for each in holders if each.worded_as == each.name] or holders
        levels = [each for each in own if each.kind == "level"]
        recommended = [each for each in levels if each.name == vocabulary.advice_parts.recommended]
        chosen = next((found for found in (own, levels, recommended) if len(found) == 1), [])
        if len(chosen) != 1:
            code = "ambiguous-goal" if own else "unknown-goal"
            problems.add(code, found=text, allowed=[str(ConclusionRef(each.name, ref.finding)) for each in own] or _names(worded))
            return ()
        ref = replace(ref, finding=chosen[0].name, value=ref.finding)
    finding = findings.get(ref.finding)
    if finding is None:
        problems.add("unknown-goal", found=ref.finding, allowed=[each.name for each in worded])
    elif not _has(finding, ref.value):
        problems.add("unknown-value", about=finding.name, found=ref.value, allowed=finding.values)
    elif finding.of == "agency":
        return (replace(ref, partner=None, how=ref.how if finding.kind == "level" else "is"),)
    else:
        ref = replace(ref, how=ref.how if finding.kind == "level" else "is")
        return tuple(replace(ref, partner=name) for name in _owners(ref.partner, partners, problems))
    return ()


def read_questions(
    texts: Iterable[str], vocabulary: Vocabulary, partners: Sequence[str], problems: Problems
) -> tuple[QuestionRef, ...]:
    """The questions that a person names, of every partner where none is named; notes unknown-question, unknown-partner."""
    found = list[QuestionRef]()
    for text in texts:
        ref = QuestionRef.parse(text)
        question = vocabulary.questions.get(ref.question)
        if question is None:
            problems.add("unknown-question", found=ref.question, allowed=vocabulary.questions)
        elif question.asked == "agency":
            found.append(QuestionRef(ref.question))
        else:
            found += [QuestionRef(ref.question, name) for name in _owners(ref.partner, partners, problems)]
    return tuple(dict.fromkeys(found))


def _owners(partner: str | None, partners: Sequence[str], problems: Problems) -> Sequence[str]:
    """The partners that a reference means, each by the name it has in the case."""
    if partner is None:
        return partners
    place = place_of(partner, partners)
    if place is None:
        problems.add("unknown-partner", found=partner, allowed=partners)
    return () if place is None else (partners[place],)


def _has(finding: Finding, value: str) -> bool:
    return value in finding.values or (value == NO_LEVEL and finding.kind == "level")


def _from(finding: Finding, ref: ConclusionRef) -> Sequence[str]:
    """The values that a reference allows: of `at_least` and `at_most` every step from there on."""
    steps = list(finding.values)
    if ref.how == "is" or ref.value not in steps:
        return (ref.value,)
    place = steps.index(ref.value)
    return steps[place:] if ref.how == "at_least" else steps[: place + 1]


def _names(findings: Sequence[Finding]) -> list[str]:
    """Every finding and every value by its name, each once."""
    return list(dict.fromkeys([*(finding.name for finding in findings), *(value for f in findings for value in f.values)]))
