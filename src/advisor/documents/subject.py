"""What a document is about: the advice on a case, in the words of one language."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from textwrap import shorten

from advisor.documents.blocks import Run, Text, joined, plain, strong
from advisor.documents.request import DocumentRequest
from advisor.loading import Loaded
from advisor.model.advice import Action, Advice, Item, Open
from advisor.model.advice_parts import AdviceParts
from advisor.model.case import Case, quotable
from advisor.model.sentence import upper_first
from advisor.render.brief import Brief
from advisor.render.drawing import Picture
from advisor.render.plan_picture import owner
from advisor.render.template_wording import TemplateWording

NOTED = 64  # characters of a note beside a title


@dataclass(frozen=True)
class Lookahead:
    """What was looked for beside the advice: open questions that can turn the decision, and what other answers would do."""

    turning: tuple[Open, ...] = ()
    levers: Picture | None = None


@dataclass(frozen=True)
class DocumentSubject:
    """A case with the advice on it, the document that somebody wants on it, and what was looked for beside the advice."""

    advice: Advice
    case: Case
    loaded: Loaded
    request: DocumentRequest
    lookahead: Lookahead = Lookahead()

    @cached_property
    def _words(self) -> TemplateWording:
        return TemplateWording(self.loaded.wording, self.loaded.wording.documents)

    @cached_property
    def quotable(self) -> Case:
        """The case without what she keeps to herself."""
        return quotable(self.case, self.loaded.wording.phrases["advice"]["private"])

    @cached_property
    def brief(self) -> Brief:
        """The advice as a leader reads it."""
        return Brief(self.advice, self.loaded)

    @property
    def parts(self) -> AdviceParts:
        """Which finding plays which part."""
        return self.loaded.rulebook.vocabulary.advice_parts

    @property
    def stopping(self) -> bool:
        """Whether the advice lets nothing go on."""
        return self.advice.proceed in self.parts.stopping

    @property
    def ending(self) -> bool:
        """Whether the advice ends what there is."""
        return self.advice.proceed in self.parts.ending

    @property
    def undecided(self) -> bool:
        """Whether too little is known for a verdict."""
        return not self.advice.dimension.recommended and not self.stopping

    @property
    def name(self) -> str:
        """The case, and its scenario where it is one."""
        name, scenario = self.case.name, self.request.scenario
        return self.say("document.in-scenario", case=name, scenario=scenario) if scenario else name

    @property
    def partners(self) -> list[str]:
        """The partners that work in it, by name."""
        return [partner.name for partner in self.advice.partners if partner.dimension and not partner.absent]

    def say(self, key: str, **values: object) -> str:
        """A sentence by its group and key, with its blanks filled in."""
        return self._words.word(key, **values)

    def has(self, word: str) -> bool:
        """Whether the leader said this in her own words."""
        return bool(self.quotable.words.get(word))

    def own(self, word: str) -> str:
        """What the leader said in her own words, "" where she did not."""
        return self.quotable.words.get(word, "")

    @property
    def soonest(self) -> str:
        """By when a condition is met that is met at once."""
        finding = self.loaded.rulebook.vocabulary.findings.get(self.parts.conditions)
        return finding.attributes["by"][0] if finding else ""

    def noted(self, item: Item) -> str:
        """A title, with the beginning of her note to what it rests on."""
        said = [self.say("advice.quote", note=shortened(note, NOTED)) for note in self.brief.beside(item)[:1]]
        return ": ".join((upper_first(item.title), *said))

    def listed(self, names: Iterable[str]) -> str:
        """Names in one phrase, the last joined with `and`."""
        return self._words.listed(names, "standard")

    def level(self, step: str | None) -> str:
        """What a dimension is called, "" for none."""
        return self.called(self.parts.recommended, step) if step else ""

    def called(self, finding: str, value: str) -> str:
        """What a value of a finding is called."""
        return self.loaded.wording.title(self.loaded.rulebook.vocabulary.findings[finding].worded_as, value)

    def who(self, name: str) -> str:
        """Who somebody is that does something or decides something."""
        return owner(name, self.loaded)

    def when(self, action: Action) -> str:
        """When an action is done, by its day where that is known."""
        return self.dated(self.brief.when[action.when], action.when)

    def dated(self, said: str, moment: str) -> str:
        """A moment by its day where that was given, else in words."""
        return self.say("document.by-day", day=self.on(self.request.due[moment])) if moment in self.request.due else said

    def on(self, day: date) -> str:
        """A day as the language writes it."""
        from babel.dates import format_date  # here, since only dated documents need it

        return format_date(day, "long", self.loaded.wording.language)

    def date(self) -> Text:
        """The day of the document, or a place for it."""
        return plain(self.on(self.request.day)) if self.request.day else (Run("", "blank"),)


def sentence(text: str) -> str:
    """A title as a sentence."""
    text = upper_first(text.strip())
    return text if text.endswith((".", "?", "!", "…", "”")) else f"{text}."


def shortened(text: str, most: int) -> str:
    """The leader's own words, as much as there is room for, in characters."""
    return shorten(text, most, placeholder=" …")


def because(item: Item) -> str:
    """Why something is said, in the case's facts; "" where it goes without."""
    return upper_first(item.reasons[0].because) if item.reasons else ""


def entry(item: Item, *, reason: bool = True) -> Text:
    """A title that stands out, what there is to say of it, and why it is said."""
    return strong(sentence(item.title), item.text, because(item) if reason else "")


def blank(said: str) -> Text:
    """A place to fill in, and with what."""
    return (Run(said, "blank"),)


def quoted(subject: DocumentSubject, premises: Sequence[str]) -> Text:
    """The leader's own words, as she wrote them."""
    return joined(*(plain(subject.say("advice.quote", note=note)) for note in premises))
