"""The rulebook: every rule with the vocabulary and the source register it stands on, as one value."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from advisor.model.conditions import Condition, answers_in
from advisor.model.vocabulary import Scope, Vocabulary


@dataclass(frozen=True)
class Source:
    """An item of a source register: what a source document says, in our words, and where.

    `noted` is the day on which a law was looked up, "" for what is no law.
    """

    id: str
    says: str
    use: str
    document: str
    section: str
    noted: str = ""


@dataclass(frozen=True)
class Rule:
    """A rule: when its condition holds, its conclusions do, for the reason and on the sources given.

    `conclusions` are pairs of finding and value. A rule `about` partners is tried for each of them. `because` is in the
    language that was loaded. `family` is the id that is written for several rules, "" for one that is written by itself.
    """

    id: str
    topic: str
    about: Scope
    when: Condition
    conclusions: tuple[tuple[str, str], ...]
    because: str
    sources: tuple[str, ...]
    file: str
    line: int
    family: str = ""

    @property
    def worded_as(self) -> str:
        """The id under which its reason is said in another language."""
        return self.family or self.id


@dataclass(frozen=True)
class Rulebook:
    """Everything that decides. `sha256` is over what decides alone: no sentence, such as a rule's reason, changes it.

    `language` is the one in which rules and sources speak where they stand.
    """

    version: str
    sha256: str
    vocabulary: Vocabulary
    rules: Mapping[str, Rule]
    sources: dict[str, Source]
    documents: dict[str, str]
    language: str = "en"

    @cached_property
    def tested(self) -> Counter[tuple[str, str]]:
        """How many rules test for an option of a question."""
        return Counter(answer for rule in self.rules.values() for answer in answers_in(rule.when))
