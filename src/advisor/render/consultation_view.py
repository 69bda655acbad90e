"""What comes of a consultation made ready for templates: conclusions in words by part of the advice, and who holds what."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from advisor.analysis.consultation import ConsultationResult, MappedPoint, Matrix, SeenMarker, WeighedPoint, WeighedPosition
from advisor.loading import Loaded
from advisor.model.consultation import Anonymous, Position, RespondentKind
from advisor.model.references import NO_LEVEL, ConclusionRef
from advisor.render.phrasing import Speech
from advisor.render.talk_advice import TalkAdvice, talk_advice
from advisor.render.template_wording import TemplateWording

PARTS = (
    *("proceed", "recommended", "answers", "first_structure", "structures", "first_instrument", "instruments"),
    *("stops", "conditions", "cautions"),
)
_BESIDE = {"first_structure": "structures", "first_instrument": "instruments"}
_ONE_OF = ("proceed", "recommended", "first_structure", "first_instrument")  # parts that come to one value, or a few


@dataclass(frozen=True, slots=True)
class Outcome:
    """One way in which a part of the advice comes out, and the respondents who would get it if they are right."""

    said: str
    names: tuple[str, ...]


class ConsultationView:
    """What comes of a consultation, for templates."""

    def __init__(self, result: ConsultationResult, loaded: Loaded) -> None:
        self.result, self.speech = result, Speech(loaded)
        self._say = TemplateWording(loaded.wording, loaded.wording.documents)
        self._part_of = loaded.rulebook.vocabulary.advice_parts.part_of
        self._wording, self._loaded = loaded.wording, loaded

    def word(self, key: str, **values: object) -> str:
        """A sentence by its group and key."""
        return self._say.word(key, **values)

    # Who answered

    def respondent(self, name: str, speaks: str, partner: str) -> str:
        """Somebody who answered, and for whom."""
        said = self._say.word(f"consultation.answers-{speaks}", partner=partner)
        return self._say.word("consultation.respondent", name=name, said=said)

    def who(self, position: Position | WeighedPosition) -> str:
        """Who holds a position: names, and kinds of respondents without one."""
        return self._who(position.holders, position.kinds)

    def _who(self, names: Iterable[str], kinds: Iterable[RespondentKind]) -> str:
        return self._say.listed([*names, *(self._say.word(f"consultation.among-{kind}") for kind in kinds)])

    def anonymous(self, group: Anonymous) -> str:
        """Respondents without a name: how many there are, and whether what they answered is shown."""
        said = self._say.word(f"consultation.number-{group.speaks}", number=group.number)
        heard, not_heard = ("heard-in-room", "not-heard-in-room") if group.in_room else ("heard", "not-heard")
        heard, not_heard = ("heard-on-paper", "not-heard-on-paper") if group.on_paper else (heard, not_heard)
        return self._say.word(f"consultation.{heard if group.heard else not_heard}", said=said)

    # What stands

    def standing(self, conclusions: Iterable[str]) -> dict[str, list[str]]:
        """Conclusions in words, by the part of the advice; what is a first choice is not told again beside it."""
        found: dict[str, list[str]] = {}
        for ref in map(ConclusionRef.parse, conclusions):
            if ref.value != NO_LEVEL:
                found.setdefault(self._part_of[ref.finding], []).append(self._called(ref))
        for first, beside in _BESIDE.items():
            found[beside] = [said for said in found.get(beside, ()) if said not in found.get(first, ())]
        return {part: found[part] for part in PARTS if found.get(part)}

    def outcomes(self) -> dict[str, list[Outcome]]:
        """For each contested part that comes to one value the ways it may come out, each with who would get it."""
        found: dict[str, list[Outcome]] = {}
        contested = self.standing(self.result.contested)
        for part in _ONE_OF:
            if part in contested and self.result.sides:
                groups: dict[str, list[str]] = {}
                for side in self.result.sides:
                    groups.setdefault(self._outcome(part, side.holds, side.contested), []).append(side.respondent)
                found[part] = [Outcome(said, tuple(names)) for said, names in groups.items()]
        return found

    def _outcome(self, part: str, holds: Sequence[str], contested: Sequence[str]) -> str:
        if sure := self.standing(holds).get(part):
            return self._say.listed(sure)
        if maybe := self.standing(contested).get(part):
            return self._say.word("consultation.open-between", values=self._say.listed(maybe, "or"))
        return self._say.word("consultation.none")

    def only_for_some(self, part: str) -> list[tuple[str, str, str]]:
        """For each contested conclusion of a part in words the names of those who would get it, and of those who might."""
        found = []
        for text in self.result.contested:
            ref = ConclusionRef.parse(text)
            if self._part_of[ref.finding] == part:
                sure = [side.respondent for side in self.result.sides if text in side.holds]
                maybe = [side.respondent for side in self.result.sides if text in side.contested]
                found.append((self._called(ref), self._say.listed(sure), self._say.listed(maybe)))
        return found

    def _called(self, ref: ConclusionRef) -> str:
        title = self.speech.value(ref.finding, ref.value)
        return f"{title} ({ref.partner})" if ref.partner else title

    # What to resolve

    @property
    def turning(self) -> list[WeighedPoint]:
        """The disagreements that can turn something, the one worth resolving first in front."""
        return [point for point in self.result.disagreements or () if point.turns]

    @property
    def idle(self) -> list[WeighedPoint]:
        """The disagreements that turn nothing."""
        return [point for point in self.result.disagreements or () if not point.turns]

    def why(self, question: str) -> str:
        """Why a question is asked; "" where its wording does not say."""
        words = self._wording.questions.get(question)
        return words.why if words else ""

    def talk(self, point: WeighedPoint) -> list[TalkAdvice]:
        """How to talk about a disagreement, for each kind of difference that it is."""
        return [talk_advice(each, self._loaded) for each in point.differences]

    def talk_lines(self, advice: TalkAdvice) -> list[tuple[str, str]]:
        """What it says, line by line, each with its label."""
        told = {"first": advice.ask_first, "speaks": advice.speaks_first, "vote": advice.no_vote}
        told |= {"sources": " ".join(advice.sources)} if advice.sources else {}
        return [(self.word("talk.labelled", label=self.word(f"talk.{key}")), said) for key, said in told.items()]

    def meaning(self, conclusions: Iterable[str], most: int) -> tuple[list[str], int]:
        """The first of some conclusions in words, the weightiest first, and how many more there are."""
        said = [text for texts in self.standing(conclusions).values() for text in texts]
        said = list(dict.fromkeys(said))
        return said[:most], max(0, len(said) - most)

    # The map

    def spread(self, point: MappedPoint) -> str:
        """From where to where the answers on a scale go; "" where they are none, or the same."""
        if point.lowest == point.highest:
            return ""
        ends = (self._wording.option(point.question, end) for end in (point.lowest, point.highest))
        low, high = ends
        return self._say.word("consultation.spread", low=low, high=high)

    def marker(self, marker: SeenMarker) -> tuple[str, str, str]:
        """A marker of success in words, who sees it, and who answered and does not."""
        said = self.speech.answer(marker.question, (marker.marker,))
        named = f"{said} ({marker.partner})" if marker.partner else said
        return (
            named,
            self._who(marker.seen_by, marker.seen_by_kinds) or self.speech.nothing,
            self._who(marker.unseen_by, marker.unseen_by_kinds) or self.speech.nothing,
        )

    def steps(self, steps: Iterable[str]) -> list[str]:
        """Steps of a scale of dimensions in words."""
        return [self.speech.level(step or None) for step in steps]

    def row(self, name: str) -> str:
        """What a row of the chart is called."""
        return self._wording.phrases["rows"][name]

    def section(self, name: str) -> str:
        """What a part of the intake is called."""
        return self._wording.phrases["sections"][name]

    def matrices(self, *, full: bool) -> list[Matrix]:
        """What each sees in each partner: where they differ on a scale or a choice, or everything."""
        return [matrix for matrix in self.result.map.matrices if matrix.contested or full]

    def cells(self, matrix: Matrix) -> list[tuple[str, list[str]]]:
        """The rows of a matrix: a respondent with the answer about each partner."""
        names = [respondent.name for respondent in self.result.respondents]
        told = [
            [self.speech.answer(matrix.question, answer) if answer else self.speech.phrases["absent"] for answer in row]
            for row in matrix.cells
        ]
        return [(name, row) for name, row, given in zip(names, told, matrix.cells, strict=True) if any(given)]
