"""A consultation: what several respondents answered about one case, and what they differ on.

`join` puts their views together. Whoever answers without a name is heard only among at least `LEAST` of the same kind.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal, TypeAlias

from advisor.model.case import MAX_PARTNERS, Case, Partner
from advisor.model.names import folded, place_of
from advisor.model.problems import Problems
from advisor.model.vocabulary import Vocabulary

LEAST = 5  # anonymous respondents of a kind, below which nothing is shown of what they answered
MAX_VIEWS = 60

Speaks = Literal["agency", "partner", "family", "front-line"]
RespondentKind = Literal["agency", "partner", "family", "front-line", "room"]
"""What respondents without a name are counted by: for whom they speak, or `room` for all in a room whose hands were counted."""
Shown = Literal["by-name", "to-specialist", "anonymous"]
Audience = Literal["everybody", "specialist"]
Options = tuple[str, ...]

SPEAKS: tuple[Speaks, ...] = ("agency", "partner", "family", "front-line")
RESPONDENT_KINDS: tuple[RespondentKind, ...] = (*SPEAKS, "room")
SHOWN: tuple[Shown, ...] = ("by-name", "to-specialist", "anonymous")
AUDIENCES: tuple[Audience, ...] = ("everybody", "specialist")


def shown_unless_said(speaks: Speaks) -> Shown:
    """Who may see the name of a respondent who did not choose: families and front-line staff are anonymous."""
    return "anonymous" if speaks in ("family", "front-line") else "by-name"


@dataclass(frozen=True, slots=True)
class Respondent:
    """Somebody who answers: for the agency, for a partner (by name), as a family member or as a front-line worker."""

    name: str
    speaks: Speaks
    partner: str = ""
    shown: Shown = "by-name"

    def named_for(self, audience: Audience) -> bool:
        """Whether this audience may see who it is."""
        return self.shown == "by-name" or (self.shown == "to-specialist" and audience == "specialist")


@dataclass(frozen=True, slots=True)
class RespondentView:
    """What one respondent answered about a case; where it came `on_paper`, whoever typed it in has seen it."""

    respondent: Respondent
    case: Case
    on_paper: bool = False


@dataclass(frozen=True, slots=True)
class Hands:
    """How many hands of one kind were raised in a room for each option of a question, about the partnership or a partner."""

    kind: RespondentKind
    question: str
    partner: str | None
    raised: Mapping[str, int]

    @property
    def number(self) -> int:
        """How many hands there were."""
        return sum(self.raised.values())

    @property
    def answers(self) -> tuple[Options, ...]:
        """An answer for each hand."""
        return tuple((option,) for option, number in self.raised.items() for _ in range(number))


@dataclass(frozen=True, slots=True)
class Remark:
    """What a respondent known by name wrote beside an answer."""

    respondent: str
    text: str


@dataclass(frozen=True, slots=True)
class Position:
    """An answer, who gave it by name, of which kinds somebody gave it without one, and what those known by name said to it."""

    answer: Options
    holders: tuple[str, ...]
    kinds: tuple[RespondentKind, ...] = ()
    remarks: tuple[Remark, ...] = ()


@dataclass(frozen=True, slots=True)
class Point:
    """What was answered to one question, about the partnership or about a partner: one position, or several that differ.

    `silent` are the respondents known by name who left it open.
    """

    question: str
    partner: str | None
    positions: tuple[Position, ...]
    silent: tuple[str, ...] = ()

    @property
    def contested(self) -> bool:
        """Whether the answers differ."""
        return len(self.positions) > 1


@dataclass(frozen=True, slots=True)
class Anonymous:
    """Respondents of one kind without a name, and whether there are enough of them for their answers to be shown.

    Those `in_room` raised hands; `number` is how many did so where most did. Those `on_paper` were typed in by who leads.
    """

    speaks: RespondentKind
    number: int
    heard: bool
    in_room: bool = False
    on_paper: bool = False


@dataclass(frozen=True)
class Consultation:
    """Views put together: the case with what nobody disputes, every point that somebody answered, and who answered.

    `views` are those known by name; they all have the partners of the case, in its order.
    """

    case: Case
    views: tuple[RespondentView, ...]
    anonymous: tuple[Anonymous, ...]
    points: tuple[Point, ...]

    @property
    def respondents(self) -> tuple[Respondent, ...]:
        """Who answered and is known by name."""
        return tuple(view.respondent for view in self.views)

    @cached_property
    def contested(self) -> tuple[Point, ...]:
        """The points on which the answers differ, in intake order."""
        return tuple(point for point in self.points if point.contested)


def too_few(respondents: Iterable[Respondent]) -> dict[Speaks, int]:
    """For whom fewer than `LEAST` speak without any name, and how many do: nothing that they answer would be shown."""
    asked = Counter(each.speaks for each in respondents if each.shown == "anonymous")
    return {speaks: asked[speaks] for speaks in SPEAKS if 0 < asked[speaks] < LEAST}


def join(
    views: Sequence[RespondentView],
    vocabulary: Vocabulary,
    *,
    name: str = "",
    audience: Audience = "everybody",
    hands: Sequence[Hands] = (),
) -> Consultation:
    """Put views together as an audience may see them. Raises `InputError` where they do not fit together.

    A question that some left open counts as the others answered it. The case is called `name`, or as the first view calls it.
    Hands have no names; they are counted apart from those who answered without one, since whoever counted knows them. So are
    answers without a name that came on paper.
    """
    problems = Problems("")
    if not 0 < len(views) <= MAX_VIEWS:
        problems.add("views-expected", found=len(views), allowed=(str(MAX_VIEWS),))
        problems.raise_if_any()
    named = [view for view in views if view.respondent.named_for(audience)]
    names = {folded(view.respondent.name): view.respondent.name for view in reversed(named)}
    for known, times in Counter(folded(view.respondent.name) for view in named).items():
        if times > 1:
            problems.add("duplicate-respondent", found=names[known])
    groups = _groups(views, audience)
    heard = [group for group in groups.values() if len(group) >= LEAST]
    partners = _partners(named, heard)
    for respondent in (view.respondent for view in named):
        if respondent.speaks == "partner" and place_of(respondent.partner, partners) is None:
            problems.add("unknown-partner", about=respondent.name, found=respondent.partner, allowed=partners)
    if len(partners) > MAX_PARTNERS:
        problems.add("too-many-partners", found=len(partners), allowed=(str(MAX_PARTNERS),))
    problems.raise_if_any()
    aligned = tuple(replace(view, case=_with_partners(view.case, partners)) for view in named)
    behind = [[replace(view, case=_with_partners(view.case, partners)) for view in group] for group in heard]
    points = tuple(_points(aligned, behind, hands, partners, vocabulary))
    first = named[0].case if named else Case("", {})
    agreed = _agreed(points, partners)
    case = replace(agreed, name=name or first.name, words=first.words)
    return Consultation(case, aligned, (*_anonymous(groups), *_in_room(hands)), points)


_Groups: TypeAlias = dict[tuple[Speaks, Shown, bool], list[RespondentView]]


def _groups(views: Iterable[RespondentView], audience: Audience) -> _Groups:
    """Those without a name by what they speak as, what they were promised, and how their answers came.

    None of these may tell of another: whoever typed in four answers would read the fifth.
    """
    found: _Groups = {}
    for view in views:
        if not view.respondent.named_for(audience):
            found.setdefault((view.respondent.speaks, view.respondent.shown, view.on_paper), []).append(view)
    return found


def _anonymous(groups: _Groups) -> Iterator[Anonymous]:
    for speaks in SPEAKS:
        for on_paper in (False, True):
            own = [len(group) for (kind, _, paper), group in groups.items() if kind == speaks and paper is on_paper]
            if own:
                yield Anonymous(speaks, sum(own), max(own) >= LEAST, on_paper=on_paper)


def _in_room(hands: Iterable[Hands]) -> Iterator[Anonymous]:
    for kind in RESPONDENT_KINDS:
        own = [each.number for each in hands if each.kind == kind and each.number]
        if own:
            yield Anonymous(kind, max(own), max(own) >= LEAST, in_room=True)


def _partners(named: Iterable[RespondentView], heard: Iterable[Sequence[RespondentView]]) -> list[str]:
    """The partners by name, as they were first written; one that nobody named openly has to be named by enough others."""
    found: dict[str, str] = {}
    for view in named:
        for partner in view.case.partners:
            found.setdefault(folded(partner.name), partner.name)
    for group in heard:
        times = Counter(folded(partner.name) for view in group for partner in view.case.partners)
        for view in group:
            for partner in view.case.partners:
                if times[folded(partner.name)] >= LEAST:
                    found.setdefault(folded(partner.name), partner.name)
    return list(found.values())


def _with_partners(case: Case, names: Sequence[str]) -> Case:
    own = {folded(partner.name): partner for partner in case.partners}
    partners = (own.get(folded(name), Partner(name, {})) for name in names)
    return replace(case, partners=tuple(replace(partner, name=name) for partner, name in zip(partners, names, strict=True)))


def _points(
    named: Sequence[RespondentView],
    heard: Sequence[Sequence[RespondentView]],
    hands: Sequence[Hands],
    partners: Sequence[str],
    vocabulary: Vocabulary,
) -> Iterator[Point]:
    openly = [(view.respondent.name, _answers(view.case)) for view in named]
    said = {view.respondent.name: _remarks(view) for view in named}
    without_names = [(group[0].respondent.speaks, [_answers(view.case) for view in group]) for group in heard]
    for question in vocabulary.questions.values():
        for owner in partners if question.asked == "partner" else (None,):
            key = (question.id, owner)
            holders: dict[Options, list[str]] = {}
            kinds: dict[Options, list[RespondentKind]] = {}
            for name, answers in openly:
                if key in answers:
                    holders.setdefault(answers[key], []).append(name)
            unnamed: list[tuple[RespondentKind, Sequence[Options]]] = [
                (speaks, [answers[key] for answers in group if key in answers]) for speaks, group in without_names
            ]
            unnamed += [(each.kind, each.answers) for each in hands if (each.question, each.partner) == key]
            for kind, given in unnamed:
                for answer in set(given) if tells_of_nobody(given) else ():
                    kinds.setdefault(answer, []).append(kind)
            every = sorted({*holders, *kinds}, key=lambda answer: [question.options.index(option) for option in answer])
            if every:
                told = []
                for answer in every:
                    who = tuple(holders.get(answer, ()))
                    remarks = tuple(remark for name in who for remark in said[name].get(key, ()))
                    told.append(Position(answer, who, tuple(dict.fromkeys(kinds.get(answer, ()))), remarks))
                silent = tuple(name for name, answers in openly if key not in answers)
                yield Point(question.id, owner, tuple(told), silent)


def _answers(case: Case) -> dict[tuple[str, str | None], Options]:
    """The answers of a case by question and partner."""
    found: dict[tuple[str, str | None], Options] = {(name, None): tuple(given) for name, given in case.answers.items() if given}
    for partner in case.partners:
        found |= {(name, partner.name): tuple(given) for name, given in partner.answers.items() if given}
    return found


def _remarks(view: RespondentView) -> dict[tuple[str, str | None], list[Remark]]:
    """What a respondent wrote beside answers, by question and partner."""
    found: dict[tuple[str, str | None], list[Remark]] = {}
    for owner, notes in ((None, view.case.notes), *((partner.name, partner.notes) for partner in view.case.partners)):
        for (question, _), text in notes.items():
            found.setdefault((question, owner), []).append(Remark(view.respondent.name, text))
    return found


def tells_of_nobody(answers: Sequence[Options]) -> bool:
    """Whether these anonymous answers to a question may be shown: enough of them, and not all the same."""
    return len(answers) >= LEAST and len(set(answers)) > 1


def _agreed(points: Iterable[Point], partners: Sequence[str]) -> Case:
    """A case with what is answered in one way only."""
    about: dict[str | None, dict[str, Options]] = {owner: {} for owner in (None, *partners)}
    for point in points:
        if not point.contested:
            about[point.partner][point.question] = point.positions[0].answer
    return Case("", about[None], tuple(Partner(name, about[name]) for name in partners))
