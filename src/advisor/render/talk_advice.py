"""How to talk about a disagreement, in words, with what the sources say."""

from dataclasses import dataclass

from advisor.loading import Loaded
from advisor.model.sentence import sentence
from advisor.model.talk import Difference


@dataclass(frozen=True, slots=True)
class TalkAdvice:
    """What kind of difference it is, what to ask first, who speaks first, what not to vote on, and what the sources say."""

    difference: Difference
    named: str
    ask_first: str
    speaks_first: str
    no_vote: str
    sources: tuple[str, ...]


def talk_advice(difference: Difference, loaded: Loaded) -> TalkAdvice:
    """How to talk about a difference of this kind."""
    words, rulebook = loaded.wording.phrases["talk"], loaded.rulebook
    sources = [rulebook.sources[name] for name in rulebook.vocabulary.talk.sources.get(difference, ())]
    told = (
        sentence(words["source"], says=each.says, document=rulebook.documents[each.document], section=each.section)
        for each in sources
    )
    first, speaks, vote = (words[f"{difference}-{key}"] for key in ("first", "speaks", "vote"))
    return TalkAdvice(difference, words[difference], first, speaks, vote, tuple(told))
