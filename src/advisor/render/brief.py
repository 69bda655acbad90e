"""What a leader reads first of an advice: the verdict with its reason, the answer to give, and the little that matters most.

One `Brief` is for one rendering: it shows each of her notes once, where it first belongs.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import TypeVar

from advisor.loading import Loaded
from advisor.model.advice import (
    Action,
    Advice,
    Caution,
    Dimension,
    Item,
    OwnPaper,
    PartnerAdvice,
    Precondition,
    Premise,
    ProposalAnswer,
    Worry,
)
from advisor.model.advice_parts import NO, RULED_OUT, AdviceParts
from advisor.model.references import ConclusionRef
from advisor.model.sentence import first_words, lower_first, sentence, upper_first
from advisor.model.vocabulary import NONE

MOST = 6  # conditions, actions and terms that a brief has
_MOSTLY = 0.7  # of the words of a note that another text has, to say the same
MOST_CAUTIONS = 5  # cautions that it has
FEW_CAUTIONS = 3  # cautions up to which those are shown that rest on nothing that she noted
FEW = 4  # actions up to which those are shown, and below which those that less hangs on are shown too
_TELLING = 1  # answers behind a clause whose notes may stand beside it
_SOON = 2  # of the moments at which something is done, those of this week
_BESIDE = 3  # notes of hers that stand beside what is said of a section, or of a partner
_SEVERAL = 3  # answers from which on they are told at a glance as well

Kind = TypeVar("Kind", bound=Item)


def _words_of(text: str) -> set[str]:
    """The words of a text that carry its meaning: figures, and words of four letters or more."""
    return {word for word in re.findall(r"\w+", text.casefold()) if len(word) > 3 or word.isdigit()}


class Brief:
    """The first page of an advice in words. Not to be shared: it remembers which notes were shown."""

    def __init__(self, advice: Advice, loaded: Loaded) -> None:
        self.advice, self._loaded = advice, loaded
        self._parts: AdviceParts = loaded.rulebook.vocabulary.advice_parts
        self._words = loaded.wording.phrases["advice"]
        self._asked = {answer.asked for answer in advice.proposal}
        self._shown = set(self._asked)
        self._quoted: list[str] = []
        self._guided = set[str]()
        self.has_marks = False

    def quotes(self, premises: Iterable[Premise], most: int = 1) -> list[str]:
        """The notes to these answers that were not shown before, at most so many."""
        found: list[str] = []
        for premise in premises:
            if premise.note and premise.note not in self._shown and len(found) < most:
                self._shown.add(premise.note)
                found.append(premise.note)
        self._quoted += found
        return found

    def quotes_of(self, item: Item | Dimension, most: int) -> list[str]:
        """The notes to the most telling of the answers that something rests on; none of the others where these were shown.

        A condition is carried elsewhere by itself, so its first note stands beside it although it was shown before.
        """
        telling = [premise for premise in item.premises if premise.note and premise.note not in self._asked][:most]
        again = [telling[0].note] if telling and isinstance(item, Precondition) else []
        return self.quotes(telling, most) or again

    def beside(self, item: Item) -> list[str]:
        """Her notes to the answers that a piece of guidance rests on, though shown elsewhere as well; not beside two pieces."""
        noted = dict.fromkeys(premise.note for premise in item.premises if premise.note and premise.note not in self._asked)
        found = [note for note in noted if note not in self._guided][:_BESIDE]
        self._guided.update(found)
        return found

    def spared(self, premises: Iterable[Premise]) -> list[str]:
        """A note to these answers that no condition, worry, caution or action wants to show."""
        advice = self.advice
        kept = {
            p.note for item in (*advice.conditions, *advice.worries, *advice.cautions, *advice.actions) for p in item.premises
        }
        return self.quotes(premise for premise in premises if premise.note not in kept)

    def spared_of(self, item: Item) -> list[str]:
        """As `spared`, of the most telling answers that something rests on: a note to another would say something else."""
        return self.spared(item.premises[:_TELLING])

    def told(self, *sections: str, partner: str | None = None) -> list[str]:
        """The notes to answers of these sections, or to those about a partner, that nothing in the advice rests on."""
        questions = self._loaded.rulebook.vocabulary.questions
        kept = (each for each in self.advice.told if each.partner == partner)
        return self.quotes((each for each in kept if partner or questions[each.question].section in sections), _BESIDE)

    @property
    def deciding(self) -> list[str]:
        """The notes on what decides the verdict: on what ends it, and on why to change it."""
        gate = self.advice.gate
        ends = self.quotes((p for item in gate.stops for p in item.premises), _BESIDE) if self._stopping else []
        return [*ends, *self.spared(p for item in gate.change_reasons for p in item.premises)]

    def is_settled(self, name: str) -> bool:
        """Whether a conclusion is settled; that one was is remembered, so that the mark is explained."""
        found = self.advice.settled.get(name) == "settled"
        self.has_marks = self.has_marks or found
        return found

    @property
    def unquoted(self) -> list[str]:
        """The notes that nothing shown rests on, or that only what is not shown rests on; to be asked for last."""
        shown = {*self.conditions, *self.cautions, *self.actions}
        cut = [item for item in (*self.advice.conditions, *self.advice.cautions, *self.advice.actions) if item not in shown]
        kept = [item for item in self.advice.items() if item not in cut]
        taken = {premise.note for item in kept for premise in item.premises}
        left = [premise for item in cut for premise in item.premises if premise.note not in taken]
        every = [
            premise
            for premise in (*left, *self.advice.dimension.premises, *self.advice.told)
            if not self._said_already(premise.note)
        ]
        return self.quotes(every, len(every))

    def _said_already(self, note: str) -> bool:
        """Whether something that is shown says the same: most of its words in one of the texts."""
        words = _words_of(note)
        said = (*self._quoted, *self.advice.words.values())
        return any(len(words & _words_of(text)) >= _MOSTLY * len(words) for text in said)

    @property
    def verdict(self) -> str:
        """The verdict in a few words; where nothing exists yet, what does not go ahead of what is asked stands before it."""
        gate = self.advice.gate
        if self.advice.proceed in self._parts.stopping:
            return gate.title
        if self.advice.proceed in self._parts.existing:
            turned = next((f"verdict-what-you-have-{key}" for key in self._main_turned_down), "")
            return self._said(turned, rest=lower_first(gate.title)) if turned in self._words else gate.title
        if not self._is_declined:
            key = f"verdict-but-the-rest-{self._turned_down}"
            return self._said(key, rest=self._with_the_rest) if self._turned_down else gate.title
        mildest = next((key for key, asked in self._by_verdict.items() if asked), NO)
        return self._words.get(f"verdict-at-best-{mildest}", self._words["verdict-not-as-asked"])

    @property
    def lead(self) -> str:
        """Why the verdict is what it is, in a sentence or two, and that what is refused is no part of what goes ahead."""
        return " ".join(filter(None, (self.reason, self._not_held, self._left_out)))

    @property
    def reason(self) -> str:
        """Why the verdict is what it is, in a sentence or two."""
        advice, parts = self.advice, self._parts
        if advice.proceed in parts.stopping and advice.gate.stops:
            return advice.gate.stops[0].reasons[0].because
        if advice.gate.change_reasons:
            reasons = self._listed(item.title for item in advice.gate.change_reasons)
            return f"{self._said('reasons-to-change', reasons=reasons)} {self.hold}".strip()
        return self.hold or advice.gate.text

    @property
    def hold(self) -> str:
        """What is held back until the gravest condition is met; empty where nothing is."""
        until = [condition for condition in self.advice.conditions if condition.until]
        grave = self._gravest(until)
        return self._held_until(grave if self.advice.gate.change_reasons else grave or until)

    @property
    def goes_if(self) -> list[str]:
        """What has a yes on conditions, each by its short name."""
        answers = self.advice.proposal
        return [self._named(answer) for answer in answers if self.goes_ahead(answer) and not self._is_plain(answer)]

    @property
    def goes_now(self) -> list[str]:
        """What has a plain yes beside what she asks about above all, each by its short name."""
        return [self._named(answer) for answer in self.advice.proposal if self._is_plain(answer) and not answer.main]

    @property
    def _not_held(self) -> str:
        """That what has a plain yes waits for none of the conditions, where there are conditions."""
        held = self.advice.proceed not in self._parts.stopping and any(item.until for item in self.advice.conditions)
        return self._words["plain-yes-goes-now"] if held and any(map(self._is_plain, self.advice.proposal)) else ""

    @property
    def _left_out(self) -> str:
        """That what is refused is no part of what goes ahead, where something is refused and something goes ahead."""
        advice, parts = self.advice, self._parts
        if advice.proceed in parts.stopping:
            return ""
        if advice.proceed in parts.existing and self._is_declined:
            return self._words["declined"]
        return self._words["not-part-of-it"] if any(answer.verdict in RULED_OUT for answer in advice.proposal) else ""

    def _held_until(self, conditions: list[Precondition]) -> str:
        """What is held back until the first of these conditions is met: what it names, or everything; empty without any."""
        if not conditions:
            return ""
        first = conditions[0]
        untils = [self._said("until", until=first.until)]
        own = f"hold-{first.by}"
        if own in self._words:
            return self._said(own, untils=untils[0])
        if len(self.advice.conditions) > 1:
            untils.append(self._words["until-the-rest"])
        return self._said("sign-nothing" if self._signs and not self._waits_for_nothing else "hold", untils=self._listed(untils))

    @cached_property
    def by(self) -> Mapping[str, str]:
        """How it is said by when a condition is met."""
        return self._moments("by")

    @cached_property
    def when(self) -> Mapping[str, str]:
        """How it is said when something is done."""
        return self._moments("when")

    @property
    def _signs(self) -> bool:
        """Whether anything is still to be signed."""
        return any(instrument != NONE for instrument in self.unsigned)

    @property
    def _documents(self) -> list[ProposalAnswer]:
        """The answers to what is asked to be signed."""
        return [answer for answer in self.advice.proposal if answer.to in self._parts.document]

    @property
    def _waits_for_nothing(self) -> bool:
        """Whether what is to be signed has a plain yes; where nothing is, whether what she asks about above all has one."""
        return any(map(self._is_plain, self._documents or self.main))

    @property
    def main(self) -> list[ProposalAnswer]:
        """The answer to what she asks about above all; none where she did not say what that is."""
        return [answer for answer in self.advice.proposal if answer.main]

    def _is_plain(self, answer: ProposalAnswer) -> bool:
        """Whether what is asked has a yes without a condition."""
        return self._parts.at_a_glance(answer.to, answer.verdict) in self._parts.granted[:1]

    def _moments(self, name: str) -> Mapping[str, str]:
        """What reads otherwise where nothing is to be signed, or nothing waits for it, reads so."""
        phrases = self._loaded.wording.phrases
        waits = self._signs and not self._waits_for_nothing
        return phrases[name] if waits else {**phrases[name], **phrases[f"{name}-without-signing"]}

    def _gravest(self, conditions: Iterable[Precondition]) -> list[Precondition]:
        vocabulary = self._loaded.rulebook.vocabulary
        gravest = vocabulary.weightiest(self._parts.conditions, "severity")
        return [condition for condition in conditions if condition.severity == gravest]

    @cached_property
    def _free_words(self) -> Mapping[str, str]:
        """Her free words, to stand within a sentence."""
        return {name: text.rstrip(".") for name, text in self.advice.words.items()}

    def _in_words(self, *told: tuple[str, str, str]) -> str:
        """Sentences on the free words that were said; each is the sentence's key, the free word's name, and its blank."""
        words = self._free_words
        return " ".join(self._said(key, **{blank: words[name]}) for key, name, blank in told if name in words)

    @property
    def opening(self) -> str:
        """For whom it is, what the partnership is for, and who decides by when."""
        who = ("for", "agency", "agency"), ("purpose", "purpose", "purpose")
        return self._in_words(*who, ("needed-by", "needed-by", "date"), ("decides", "decides", "who"))

    @property
    def on_the_table(self) -> str:
        """What she wants to know, what is proposed, and by whom."""
        asked = "you-want-to-know", "question", "question"
        return self._in_words(asked, ("you-ask", "proposal", "proposal"), ("put-by", "proposed-by", "who"))

    @property
    def in_short(self) -> str:
        """The answers at a glance, by verdict, in her words where a few will do, then the verdict; empty where there are few.

        What she asks about above all is answered first and as a whole, and so is what has no short name.
        """
        if len(self.advice.proposal) < _SEVERAL:
            return ""
        said = [*self.choices, *self._offered_instead, *self._at_a_glance(*self._by_verdict)]
        return " ".join((self._on_the_whole, *said) if self._stopping else (*said, self._on_the_whole))

    @property
    def choices(self) -> list[str]:
        """The answer to what she asks about above all, and to what has no short name, where that is a yes or a no."""
        of = [answer for answer in self.advice.proposal if answer.main or not self._named(answer)]
        told = {answer: self._parts.at_a_glance(answer.to, answer.verdict) for answer in of}
        return [f"{upper_first(each.title)}." for each, key in told.items() if each.main or key in (*self._parts.granted, NO)]

    @property
    def _offered_instead(self) -> list[str]:
        """What she could offer in place of what she asks about above all, where that does not go ahead as it is asked."""
        offers = "offer" in self._free_words and not all(map(self.goes_ahead, self.main))
        return [self._said("say-offer", offer=self._free_words["offer"])] if offers else []

    def _at_a_glance(self, *verdicts: str) -> list[str]:
        return [self._said(f"in-short-{key}", what=self._listed(asked)) for key in verdicts if (asked := self._by_verdict[key])]

    @cached_property
    def _by_verdict(self) -> Mapping[str, list[str]]:
        """The short names of what is asked, by how the answer is told."""
        told: dict[str, list[str]] = {key: [] for key in (*self._parts.told_as, NO)}
        for answer in self.advice.proposal:
            if (name := self._named(answer)) and not answer.main:
                told[self._parts.at_a_glance(answer.to, answer.verdict)].append(name)
        return told

    @property
    def _stopping(self) -> bool:
        """Whether nothing is to go on."""
        return self.advice.proceed in self._parts.stopping

    @property
    def _on_the_whole(self) -> str:
        """The verdict on the partnership, and to what end it is to change."""
        gate = self.advice.gate
        if self.declined:
            return self.declined
        if self._turned_down:
            return self._said("in-short-with-the-rest", rest=self._with_the_rest)
        reasons = "" if self._stopping else self._listed(reason.title for reason in gate.change_reasons)
        goes_on = self.advice.proceed in self._parts.existing and not self._stopping
        key = "in-short-to-what-end" if reasons else "in-short-what-exists" if goes_on else "in-short-on-the-whole"
        return self._said(key, verdict=lower_first(gate.title), reasons=reasons)

    @property
    def not_granted(self) -> str:
        """What is asked and does not go ahead as it is asked, at a glance."""
        return " ".join(self._at_a_glance(*(key for key in self._by_verdict if key not in self._parts.granted)))

    @property
    def declined(self) -> str:
        """That nothing of what is asked is taken as it is asked; empty where something is, or nothing is to go on at all."""
        if not self._is_declined or self._stopping:
            return ""
        if self.advice.proceed in self._parts.existing:
            return self._words["in-short-declined"]
        return self._said("in-short-not-as-asked", verdict=lower_first(self.verdict))

    @property
    def _is_declined(self) -> bool:
        """Whether there is a verdict, and nothing of what is asked goes ahead."""
        asked = self.advice.proposal
        judged = asked and self.advice.dimension.recommended and self._parts.granted
        return bool(judged) and not any(map(self.goes_ahead, asked))

    @property
    def _with_the_rest(self) -> str:
        """What becomes of what else is asked, where what she asks about above all is turned down."""
        gate, own = self.advice.gate, f"the-rest-{self.advice.proceed}"
        return self._said(own if own in self._words else "the-rest", verdict=lower_first(gate.title))

    @cached_property
    def _turned_down(self) -> str:
        """How what she asks about above all is turned down at a glance, where nothing exists yet; empty where it is not."""
        if self.advice.proceed in (*self._parts.existing, *self._parts.stopping):
            return ""
        return next(iter(self._main_turned_down), "")

    @property
    def _main_turned_down(self) -> list[str]:
        """How what she asks about above all is turned down at a glance; empty where it is not."""
        return [self._parts.at_a_glance(each.to, each.verdict) for each in self.main if not self.goes_ahead(each)]

    @property
    def _something_is_refused(self) -> bool:
        """Whether something is asked for that does not go ahead, so that something else could be offered."""
        return not all(map(self.goes_ahead, self.advice.proposal))

    def goes_ahead(self, answer: ProposalAnswer) -> bool:
        """Whether what is asked has a yes, if on conditions."""
        return self._parts.at_a_glance(answer.to, answer.verdict) in self._parts.granted

    def _named(self, answer: ProposalAnswer) -> str:
        """What is called that is asked, in short; empty where it has no short name."""
        name = self._loaded.wording.asked_in_short(answer.to, "")
        own = any(premise.note == answer.asked for premise in answer.premises)
        first = first_words(answer.asked) if own else ""
        return self._said("quote", note=first) if name and first else name

    @property
    def named_besides(self) -> str:
        """Whom she names who is not at the table."""
        return self._in_words(("you-name", "who-else", "who"))

    @property
    def terms(self) -> tuple[Item, ...]:
        """What the agreement has to say, the clauses that decide most first."""
        return self.advice.terms[:MOST]

    @property
    def papers(self) -> list[tuple[str, OwnPaper]]:
        """What takes a paper of its own: each thing by its short name, and the paper; then those of the whole."""
        answers = self._asked_by_option
        return [
            (self._said("paper-for", what=self._named(answers[paper.to]), paper=paper.title), paper)
            if paper.to in answers
            else (upper_first(self._said("paper-of-the-whole", paper=paper.title)), paper)
            for paper in self.advice.own_papers
        ]

    @cached_property
    def _asked_by_option(self) -> dict[str, ProposalAnswer]:
        return {answer.to: answer for answer in self.advice.proposal}

    @property
    def to_write(self) -> str:
        """What she says has to stand in what is signed, has to be changed in what is in force, or has to be noted down."""
        if not (self.unsigned or self.advice.in_force) or not self.advice.dimension.recommended:
            return ""
        if self._signs and (self._waits_for_nothing or not self.advice.conditions):
            return ""  # it is signed as it stands
        if self._something_is_refused:
            return ""  # her words name what is refused beside what goes ahead
        said = "terms" if self._signs else "terms-to-amend" if self.advice.in_force else "terms-to-note"
        return self._in_words((said, "terms", "terms"))

    @property
    def spoken(self) -> list[str]:
        """What has to be settled in writing, whom to tell, what to offer instead, and what to keep."""
        words = self._free_words
        said = [self.to_write] if self.to_write else []
        if "tell" in words:
            said.append(self._said("say-first", who=words["tell"]))
        if "offer" in words and self._something_is_refused:
            said.append(self._said("say-offer", offer=words["offer"]))
        if "keep" in words:
            said.append(self._said("say-keep", what=words["keep"]))
        return said

    @property
    def spoken_besides(self) -> list[str]:
        """As `spoken`, but for what the answer at a glance says already."""
        said = self._offered_instead if self.in_short else []
        return [each for each in self.spoken if each not in said]

    @property
    def stops(self) -> tuple[Item, ...]:
        """What stops the partnership, but for the one that the lead names."""
        advice, parts = self.advice, self._parts
        return advice.gate.stops[1 if advice.proceed in parts.stopping else 0 :]

    @property
    def supports(self) -> tuple[Item, ...]:
        """What speaks for it by answers beside which she wrote why; nothing where nothing of what is asked goes ahead."""
        return () if self._is_declined else tuple(filter(self._is_noted, self.advice.gate.supports))

    @property
    def undecided(self) -> bool:
        """Whether there is no verdict yet, and answers would give one."""
        advice, parts = self.advice, self._parts
        stopped = advice.proceed in parts.stopping
        return bool(advice.unknown.decisive) and not advice.dimension.recommended and not stopped

    @property
    def away(self) -> list[PartnerAdvice]:
        """The partners that are not there yet, where a partnership is recommended, is turned down or comes to its end."""
        wanted = self.advice.dimension.recommended or self.advice.proceed in self._parts.stopping
        return [partner for partner in self.advice.partners if partner.absent and wanted]

    @property
    def who_is_missing(self) -> str:
        """What the list of those who are not there is called: of what is turned down nobody is missing."""
        return self._said("who-is-to-be-heard" if self.not_close else "who-is-missing")

    @property
    def conditions(self) -> tuple[Precondition, ...]:
        """Those that a brief has, the gravest first."""
        return self.advice.conditions[:MOST]

    @property
    def cautions(self) -> tuple[Caution, ...]:
        """Those that a brief has, the gravest first."""
        return tuple(self._telling(self.advice.cautions, FEW_CAUTIONS)[:MOST_CAUTIONS])

    def _telling(self, items: Sequence[Kind], few: int) -> list[Kind]:
        """Those that rest on an answer that she noted something to; others only up to so few in all."""
        noted = [item for item in items if self._is_noted(item)]
        others = [item for item in items if item not in noted][: max(few - len(noted), 0)]
        return [item for item in items if item in noted or item in others]

    def _is_noted(self, item: Item) -> bool:
        """Whether something rests on an answer to which she noted what makes her say so."""
        return any(premise.note and premise.note not in self._asked for premise in item.premises)

    @property
    def worries(self) -> list[Worry]:
        """Those that the advice takes up nowhere else."""
        return [worry for worry in self.advice.worries if not self._is_elsewhere(worry)]

    def _is_elsewhere(self, worry: Worry) -> bool:
        return worry.standing == self._loaded.rulebook.vocabulary.lightest(self._parts.worries, "standing")

    @property
    def actions(self) -> tuple[Action, ...]:
        """Those that most hangs on, in the order in which they are due; others only where there are few of them."""
        vocabulary = self._loaded.rulebook.vocabulary
        weightiest = vocabulary.weightiest(self._parts.actions, "weight")
        core = [action for action in self.advice.actions if action.weight == weightiest]
        return tuple(self._telling(core if len(core) >= FEW else self.advice.actions, FEW)[:MOST])

    @property
    def is_cut(self) -> bool:
        """Whether the advice has more conditions, cautions or actions than a brief."""
        advice = self.advice
        whole = advice.conditions, advice.cautions, advice.actions
        return sum(map(len, whole)) > len(self.conditions) + len(self.cautions) + len(self.actions)

    @property
    def soon(self) -> tuple[Action, ...]:
        """This week's actions; where there are none, the first one."""
        return self.this_week or self.actions[:1]

    @property
    def this_week(self) -> tuple[Action, ...]:
        """This week's actions."""
        vocabulary = self._loaded.rulebook.vocabulary
        moments = vocabulary.findings[self._parts.actions].attributes["when"][:_SOON] if self.advice.actions else ()
        return tuple(action for action in self.actions if action.when in moments)

    def called_for(self, member: str) -> str:
        """Why a member is called for."""
        parts = self._parts
        firings = self.advice.justification.get(str(ConclusionRef(parts.members, member)), ())
        return firings[0].because if firings else ""

    def called(self, finding: str, values: Iterable[str]) -> list[str]:
        """What values of a finding are called."""
        known = self._loaded.rulebook.vocabulary.findings[finding]
        return [self._loaded.wording.title(known.worded_as, value) for value in values]

    @property
    def _held_back(self) -> bool:
        """Whether what is wanted takes more than what is recommended."""
        dimension = self.advice.dimension
        return bool(dimension.needed) and dimension.needed != dimension.recommended

    @property
    def close(self) -> str:
        """How close, and whether only for now."""
        title = self.advice.dimension.title
        return self._said("for-now", level=title) if self._held_back else title

    @property
    def not_close(self) -> str:
        """That nothing new is recommended, and what there is today stays; empty where something is recommended or ends."""
        dimension, parts = self.advice.dimension, self._parts
        if dimension.recommended or self.advice.proceed not in parts.stopping or self.advice.proceed in parts.existing:
            return ""
        stays = self.called(parts.recommended, [dimension.present]) if dimension.present else []
        return " ".join([self._said("none-new"), *(self._said("stays", level=level) for level in stays)])

    @property
    def why_close(self) -> str:
        """Why as close as that; empty where more is wanted than can be had."""
        return "" if self._held_back else self._why_needed

    @property
    def needs_more(self) -> str:
        """What is wanted takes more, and why; empty where it does not."""
        if not self._held_back:
            return ""
        (level,) = self.called(self._parts.recommended, [str(self.advice.dimension.needed)])
        return f"{self._said('needs-more', level=level)} {self._why_needed}".strip()

    @property
    def stands_at(self) -> str:
        """How close it is today, where it is to be otherwise; of the least that there is, nothing is said."""
        dimension, (least, *_) = self.advice.dimension, self._loaded.rulebook.vocabulary.findings[self._parts.recommended].values
        if not dimension.present or dimension.present in (least, dimension.recommended):
            return ""
        return self._said("stands-at", level=self.called(self._parts.recommended, [dimension.present])[0])

    @property
    def _why_needed(self) -> str:
        reasons = self.advice.dimension.reasons
        return reasons[-1].because if reasons else ""

    @property
    def structures(self) -> str:
        """The structure to choose, and what stands beside it."""
        first, *rest = self.called(self._parts.structures, self.advice.structures)
        return self._said("beside-it", first=first, rest=self._listed(rest)) if rest else first

    @property
    def in_force(self) -> str:
        """What is in force, and whether it stays as it is."""
        called = self.called(self._parts.instruments, self.advice.in_force)
        return self._said(self._stands, instruments=self._listed(called))

    @property
    def _stands(self) -> str:
        """How it is said what becomes of what is in force."""
        parts = self._parts
        if self.advice.proceed in parts.ending:
            return "ends"
        return "kept" if self.advice.proceed in parts.existing and not self.advice.gate.change_reasons else "amend"

    @property
    def unsigned(self) -> list[str]:
        """The instruments that are still to be signed."""
        return [instrument for instrument in self.advice.instruments if instrument not in self.advice.in_force]

    @property
    def to_sign(self) -> str:
        """What is to be signed: what is ready, where that has a plain yes; something in the place of what is turned down.

        Empty where papers of their own carry what goes ahead, and nothing else is to be signed: a document that has a plain no
        has nothing in its place, one that is not signed as it stands has another of its kind.
        """
        documents = self._documents
        refused = bool(documents) and all(self._parts.at_a_glance(each.to, each.verdict) == NO for each in documents)
        if (refused or not self._signs) and any(paper.to in self._asked_by_option for paper in self.advice.own_papers):
            return ""
        key = "sign"
        if self._signs and any(map(self._is_plain, documents)):
            key = "sign-what-is-ready"
        elif self._signs and not any(map(self.goes_ahead, documents)):
            key = next(iter(self._in_place_of(self.main)), key)
        return self._said(key, instruments=self._listed(self.called(self._parts.instruments, self.unsigned)))

    def _in_place_of(self, answers: Iterable[ProposalAnswer]) -> list[str]:
        """For each answer that turns something down, how it is said what is signed in its place."""
        keys = (f"sign-in-place-of-{self._parts.at_a_glance(answer.to, answer.verdict)}" for answer in answers)
        return [key for key in keys if key in self._words]

    def _listed(self, texts: Iterable[str]) -> str:
        return self._loaded.wording.grammar.listed(list(texts), "standard")

    def _said(self, key: str, **values: object) -> str:
        return sentence(self._words[key], **values)
