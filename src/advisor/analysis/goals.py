"""What a user asks about, read: goals as in `dimension=collaboration`, and questions by name."""

import re
from collections.abc import Sequence

from advisor.engine.conclusions import Conclusion, conclude, owners_of
from advisor.engine.program import AGENCY, Program
from advisor.model.problems import Problems
from advisor.model.vocabulary import Vocabulary

_GOAL = re.compile(r"^(?P<finding>[^=:<>@]+?)(?P<sign>>=|<=|=|:)(?P<value>[^@]+)(@(?P<partner>.+))?$")


def read_goals(
    texts: Sequence[str], vocabulary: Vocabulary, program: Program, partners: Sequence[str], file: str = ""
) -> tuple[tuple[Conclusion, ...], ...]:
    """What was asked for, as in `dimension=collaboration`, `need>=cooperation`, `fit=weak@Harbor House` or `mou`.

    Each goal is a list of conclusions, any of which will do: more than one where a finding is about partners and none
    is named. Raises `InputError` with every problem: unknown-goal, ambiguous-goal, unknown-value, unknown-partner.
    """
    problems = Problems(file)
    goals = [_read(text.strip(), vocabulary, program, partners, problems) for text in texts]
    problems.raise_if_any()
    return tuple(goals)


def read_slots(texts: Sequence[str], vocabulary: Vocabulary, partners: Sequence[str], file: str = "") -> set[tuple[int, str]]:
    """Questions by name, `question@Partner` for one partner's and `question` for every partner's.

    Raises `InputError` with every problem: unknown-question, unknown-partner.
    """
    problems, found = Problems(file), set[tuple[int, str]]()
    folded = [name.casefold() for name in partners]
    for text in texts:
        name, _, partner = (part.strip() for part in text.partition("@"))
        question = vocabulary.questions.get(name)
        if question is None:
            problems.add("unknown-question", found=name, allowed=vocabulary.questions)
        elif partner and partner.casefold() not in folded:
            problems.add("unknown-partner", found=partner, allowed=partners)
        elif question.asked == "agency":
            found.add((AGENCY, name))
        else:
            found |= {(n, name) for n in ([folded.index(partner.casefold())] if partner else range(len(partners)))}
    problems.raise_if_any()
    return found


def _bare_names(vocabulary: Vocabulary) -> tuple[str, ...]:
    """Every finding and every value, each once."""
    worded = [finding for finding in vocabulary.findings.values() if finding.worded_as]
    return tuple(dict.fromkeys([*(finding.name for finding in worded), *(value for f in worded for value in f.values)]))


def _read(
    text: str, vocabulary: Vocabulary, program: Program, partners: Sequence[str], problems: Problems
) -> tuple[Conclusion, ...]:
    match = _GOAL.match(text)
    name, sign, value, partner = "", "=", text, ""
    if match:
        name, sign, value, partner = (match[key] or "" for key in ("finding", "sign", "value", "partner"))
    if not match:
        value, _, partner = text.partition("@")
        holders = [f.name for f in vocabulary.findings.values() if f.worded_as and value in f.values and f.worded_as == f.name]
        holders = holders or [f.name for f in vocabulary.findings.values() if value in f.values and f.worded_as]
        levels = [holder for holder in holders if vocabulary.findings[holder].kind == "level"]
        name = next((each[0] for each in (levels, holders) if len(each) == 1), "")
        if not name:
            allowed = tuple(f"{holder}={value}" for holder in holders) or _bare_names(vocabulary)
            problems.add("ambiguous-goal" if holders else "unknown-goal", found=text, allowed=allowed)
            return ()
    finding = vocabulary.findings.get(name.strip())
    if finding is None:
        problems.add("unknown-goal", found=name, allowed=[f.name for f in vocabulary.findings.values() if f.worded_as])
        return ()
    value = value.strip()
    none = value == "none" and finding.kind == "level"
    if value not in finding.values and not none:
        problems.add("unknown-value", about=finding.name, found=value, allowed=finding.values)
        return ()
    owners = list(owners_of(finding, program.partners))
    if partner and finding.of == "partner":
        folded = [name.casefold() for name in partners]
        if partner.strip().casefold() not in folded:
            problems.add("unknown-partner", found=partner, allowed=partners)
            return ()
        owners = [folded.index(partner.strip().casefold())]
    how = {">=": "at_least", "<=": "at_most"}.get(sign, "is") if finding.kind == "level" else "is"
    return tuple(conclude(program, finding, None if none else value, owner, how) for owner in owners)
