"""What comes of a consultation: what stands whoever is right, which disagreement to resolve first, and a map of the answers."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from advisor.analysis.contested import Contest
from advisor.analysis.deadline import Deadline, NotDecidedError
from advisor.analysis.disagreement import Disagreement, Stake
from advisor.engine.conclusions import conclusions_of
from advisor.engine.program import AGENCY, Program, Slot
from advisor.engine.slots import answers_of
from advisor.model.advice_parts import AdviceParts
from advisor.model.consultation import Anonymous, Consultation, Point, Position, Remark, Respondent, RespondentKind
from advisor.model.talk import Difference
from advisor.model.vocabulary import NONE, THAT_IS_ALL, Question, Vocabulary


@dataclass(frozen=True, slots=True)
class SideOutcome:
    """What one respondent would get if right on everything: conclusions that then hold, and those that stay contested."""

    respondent: str
    holds: tuple[str, ...]
    contested: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WeighedPosition:
    """A position, and what it would mean if it is right: what then holds, what is then out, and what stays contested."""

    answer: tuple[str, ...]
    holders: tuple[str, ...]
    kinds: tuple[RespondentKind, ...]
    remarks: tuple[Remark, ...]
    holds: tuple[str, ...]
    falls: tuple[str, ...]
    contested: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WeighedPoint:
    """A disagreement. `left` counts what stays contested once it is resolved, on average over its positions.

    First of what decides (whether to, and how close), then of the form, then of the rest; `turns` is whether it turns
    anything at all. `differences` are the kinds of difference that it is, by which one knows how to talk about it.
    """

    question: str
    partner: str | None
    positions: tuple[WeighedPosition, ...]
    left: tuple[float, ...]
    turns: bool
    differences: tuple[Difference, ...]


@dataclass(frozen=True, slots=True)
class MappedPoint:
    """What was answered to one question: by how many known by name, and how many of them gave the same answer at most.

    `lowest` and `highest` are the ends of what was answered on a scale; "" where the question has none.
    """

    question: str
    partner: str | None
    answered: int
    alike: int
    lowest: str
    highest: str
    positions: tuple[Position, ...]
    silent: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MappedPart:
    """A part of the intake: how many questions several respondents answered alike and how many differently."""

    section: str
    agreed: int
    contested: int
    points: tuple[MappedPoint, ...]


@dataclass(frozen=True, slots=True)
class SeenMarker:
    """A marker of success: who sees it, and who answered and does not, each by name and by kinds of those without one."""

    question: str
    partner: str | None
    marker: str
    seen_by: tuple[str, ...]
    seen_by_kinds: tuple[RespondentKind, ...]
    unseen_by: tuple[str, ...]
    unseen_by_kinds: tuple[RespondentKind, ...]


@dataclass(frozen=True, slots=True)
class MarkersMap:
    """The markers of success one by one, and the questions that they are options of, counted as those of a part are."""

    agreed: int
    contested: int
    points: tuple[MappedPoint, ...]
    markers: tuple[SeenMarker, ...]


@dataclass(frozen=True, slots=True)
class SeenRow:
    """Where a row of the chart stands today, as each respondent sees it, in the order of respondents; "" is not answered."""

    row: str
    steps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Matrix:
    """One question about each partner (a column) as each respondent answers it (a row); an empty answer is none."""

    question: str
    contested: bool
    cells: tuple[tuple[tuple[str, ...], ...], ...]


@dataclass(frozen=True, slots=True)
class ConsultationMap:
    """Questions by respondents: part by part, the markers of success, the rows of the chart, what is seen in each partner."""

    parts: tuple[MappedPart, ...]
    markers: MarkersMap
    rows: tuple[SeenRow, ...]
    matrices: tuple[Matrix, ...]

    @property
    def points(self) -> tuple[MappedPoint, ...]:
        """Every question that somebody answered, part by part, the markers last."""
        return (*(point for part in self.parts for point in part.points), *self.markers.points)

    def of(self, questions: Collection[str]) -> "ConsultationMap":
        """The same of these questions alone; how the rows of the chart are seen stays."""
        kept = [tuple(point for point in part.points if point.question in questions) for part in self.parts]
        parts = (
            MappedPart(part.section, *_counts(points), points) for part, points in zip(self.parts, kept, strict=True) if points
        )
        points = tuple(point for point in self.markers.points if point.question in questions)
        markers = tuple(marker for marker in self.markers.markers if marker.question in questions)
        matrices = tuple(matrix for matrix in self.matrices if matrix.question in questions)
        return ConsultationMap(tuple(parts), MarkersMap(*_counts(points), points, markers), self.rows, matrices)


@dataclass(frozen=True, slots=True)
class ConsultationResult:
    """What comes of a consultation.

    Conclusions are named by their references; `settled` hold whoever is right. `disagreements` are in the order in which
    they are worth resolving; None where the time did not suffice.
    """

    case: str
    partners: tuple[str, ...]
    respondents: tuple[Respondent, ...]
    anonymous: tuple[Anonymous, ...]
    settled: tuple[str, ...]
    contested: tuple[str, ...]
    not_decided: tuple[str, ...]
    sides: tuple[SideOutcome, ...]
    disagreements: tuple[WeighedPoint, ...] | None
    map: ConsultationMap


def tiers(parts: AdviceParts) -> tuple[tuple[str, ...], ...]:
    """The findings that are asked about, the weightiest first: what decides, the form, and the rest."""
    form = (parts.answers, parts.first_structure, parts.structures, parts.first_instrument, parts.instruments)
    rest = (parts.stops, parts.conditions, parts.cautions)
    return tuple(tuple(finding for finding in tier if finding) for tier in (parts.deciding, form, rest))


def disagreement(consultation: Consultation, program: Program, vocabulary: Vocabulary) -> Disagreement:
    """The contested points of a consultation as a question to the program, about all that is told of its advice."""
    partners = [partner.name for partner in consultation.case.partners]
    contests = (
        Contest(_slot(point, partners), tuple(position.answer for position in point.positions))
        for point in consultation.contested
    )
    told = [finding for tier in tiers(vocabulary.advice_parts) for finding in tier]
    conclusions = conclusions_of(vocabulary, program, told)
    return Disagreement(program, answers_of(consultation.case), tuple(contests), conclusions)


def consult(
    consultation: Consultation, program: Program, vocabulary: Vocabulary, deadline: Deadline | None = None
) -> ConsultationResult:
    """What stands in a consultation, what to resolve first, and its map; `program` is for as many partners as its case has."""
    deadline = deadline or Deadline()
    names = tuple(partner.name for partner in consultation.case.partners)
    asked = disagreement(consultation, program, vocabulary)
    standing = asked.standing(deadline=deadline)
    groups = {status: [n for n, each in enumerate(standing) if each == status] for status in set(standing)}
    contested = groups.get("contested", [])
    refs = tuple(str(each.ref(names)) for each in asked.conclusions)
    ranked: tuple[WeighedPoint, ...] | None = None
    sides: tuple[SideOutcome, ...] = ()
    if "not-decided" not in groups:
        try:
            sides = tuple(_sides(consultation, asked, contested, refs, deadline))
            ranked = _ranked(consultation, asked, contested, refs, vocabulary, deadline)
        except NotDecidedError:
            ranked = None
    return ConsultationResult(
        consultation.case.name,
        names,
        consultation.respondents,
        consultation.anonymous,
        _among(refs, groups.get("settled", ())),
        _among(refs, contested),
        _among(refs, groups.get("not-decided", ())),
        sides,
        ranked,
        consultation_map(consultation, vocabulary),
    )


def _among(refs: Sequence[str], places: Iterable[int]) -> tuple[str, ...]:
    return tuple(refs[n] for n in places)


def _slot(point: Point, partners: Sequence[str]) -> Slot:
    return AGENCY if point.partner is None else partners.index(point.partner), point.question


def _sides(
    consultation: Consultation, asked: Disagreement, contested: Sequence[int], refs: Sequence[str], deadline: Deadline
) -> Iterator[SideOutcome]:
    for respondent in consultation.respondents:
        right = {
            contest: answer
            for contest, point in enumerate(consultation.contested)
            for answer, position in enumerate(point.positions)
            if respondent.name in position.holders
        }
        then = asked.standing(right, deadline, contested)
        if "not-decided" in then:
            raise NotDecidedError(deadline.seconds or 0)
        holds, left = (
            [n for n, each in zip(contested, then, strict=True) if each == status] for status in ("settled", "contested")
        )
        yield SideOutcome(respondent.name, _among(refs, holds), _among(refs, left))


def _ranked(
    consultation: Consultation,
    asked: Disagreement,
    contested: Sequence[int],
    refs: Sequence[str],
    vocabulary: Vocabulary,
    deadline: Deadline,
) -> tuple[WeighedPoint, ...]:
    parts = vocabulary.advice_parts
    speaks = {each.name: each.speaks for each in consultation.respondents}
    stakes = [asked.stake(contest, contested, deadline) for contest in range(len(asked.contests))]
    tier_of = {finding: tier for tier, findings in enumerate(tiers(parts)) for finding in findings}

    def left(stake: Stake) -> tuple[float, ...]:
        counts = [0] * len(tiers(parts))
        for prospect in stake.prospects:
            for n in prospect.left:
                counts[tier_of[asked.conclusions[n].finding]] += 1
        return tuple(round(count / len(stake.prospects), 4) for count in counts)

    found = []
    for point, stake in zip(consultation.contested, stakes, strict=True):
        positions = (
            WeighedPosition(
                each.answer,
                each.holders,
                each.kinds,
                each.remarks,
                _among(refs, then.holds),
                _among(refs, then.falls),
                _among(refs, then.left),
            )
            for each, then in zip(point.positions, stake.prospects, strict=True)
        )
        sides = [{*each.kinds, *(speaks[name] for name in each.holders)} for each in point.positions]
        section = vocabulary.questions[point.question].section
        differences = vocabulary.talk.differences(point.question, section, sides)
        found.append(WeighedPoint(point.question, point.partner, tuple(positions), left(stake), stake.turns, differences))
    return tuple(sorted(found, key=lambda point: (not point.turns, point.left)))


def consultation_map(consultation: Consultation, vocabulary: Vocabulary) -> ConsultationMap:
    """Who answered what, part by part. Nothing is averaged."""
    markers = vocabulary.advice_parts.markers
    mapped = [(point, _mapped(point, vocabulary.questions[point.question])) for point in consultation.points]
    parts = []
    for section in vocabulary.sections:
        points = tuple(
            each
            for point, each in mapped
            if vocabulary.questions[point.question].section == section and point.question not in markers
        )
        if points:
            parts.append(MappedPart(section, *_counts(points), points))
    apart = tuple(each for _, each in mapped if each.question in markers)
    seen = tuple(marker for point in apart for marker in _markers(point, vocabulary.questions[point.question]))
    return ConsultationMap(
        tuple(parts),
        MarkersMap(*_counts(apart), apart, seen),
        tuple(_rows(consultation, vocabulary)),
        tuple(_matrices(consultation, vocabulary)),
    )


def _counts(points: Sequence[MappedPoint]) -> tuple[int, int]:
    """How many questions several respondents answered alike, and how many were answered differently."""
    alike = sum(point.answered > 1 and len(point.positions) == 1 for point in points)
    return alike, sum(len(point.positions) > 1 for point in points)


def _markers(point: MappedPoint, question: Question) -> Iterator[SeenMarker]:
    for marker in question.options:
        if marker not in (NONE, THAT_IS_ALL):
            seen = [position for position in point.positions if marker in position.answer]
            unseen = [position for position in point.positions if marker not in position.answer]
            yield SeenMarker(point.question, point.partner, marker, *_holders(seen), *_holders(unseen))


def _holders(positions: Sequence[Position]) -> tuple[tuple[str, ...], tuple[RespondentKind, ...]]:
    names = tuple(name for position in positions for name in position.holders)
    return names, tuple(dict.fromkeys(kind for position in positions for kind in position.kinds))


def _mapped(point: Point, question: Question) -> MappedPoint:
    counts = [len(position.holders) for position in point.positions]
    on_scale = [position.answer[0] for position in point.positions] if question.kind == "scale" else ["", ""]
    ordered = sorted(on_scale, key=question.options.index) if question.kind == "scale" else on_scale
    alike = max(counts, default=0)
    return MappedPoint(point.question, point.partner, sum(counts), alike, ordered[0], ordered[-1], point.positions, point.silent)


def _rows(consultation: Consultation, vocabulary: Vocabulary) -> Iterator[SeenRow]:
    for row, part in vocabulary.advice_parts.rows.items():
        given = [view.case.answers.get(part.present, ()) for view in consultation.views]
        if any(given):
            yield SeenRow(row, tuple(answer[0] if answer else "" for answer in given))


def _matrices(consultation: Consultation, vocabulary: Vocabulary) -> Iterator[Matrix]:
    contested = {point.question for point in consultation.contested if point.partner is not None}
    for question in vocabulary.asked_of("partner"):
        cells = tuple(
            tuple(tuple(partner.answers.get(question.id, ())) for partner in view.case.partners) for view in consultation.views
        )
        if question.kind in ("scale", "choice") and sum(any(row) for row in cells) > 1:
            yield Matrix(question.id, question.id in contested, cells)
