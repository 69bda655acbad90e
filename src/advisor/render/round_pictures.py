"""What became of answers from round to round of a consultation: a table of all of them, and a picture of those on a scale.

Nothing is averaged: the picture has from where to where the answers of each round go.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from advisor.analysis.consultation import ConsultationResult, MappedPoint
from advisor.loading import Loaded
from advisor.render.consultation_view import ConsultationView
from advisor.render.drawing import COLUMN, EDGE, SMALL, Label, Line, Mark, Picture, Shape, Table, beside, lines_of
from advisor.render.phrasing import Speech

_LABELS, _ROUND, _HEAD, _ENDS = (
    170,
    30,
    44,
    40,
)  # pixels: as wide as the names of rounds; as high as a round, a question, the ends


@dataclass(frozen=True, slots=True)
class Round:
    """A round of a consultation: what it is called, and what came of it; None where nobody answered who can be heard."""

    label: str
    result: ConsultationResult | None


@dataclass(frozen=True, slots=True)
class ChangedPoint:
    """A question, about a partner if it is about one, and what was answered in each round; None where nothing can be told."""

    question: str
    partner: str | None
    points: tuple[MappedPoint | None, ...]

    @property
    def moved(self) -> bool:
        """Whether some answer is there in one round and not in another."""
        answers = [{position.answer for position in point.positions} for point in self.points if point is not None]
        return any(each != answers[0] for each in answers)


def changed_points(rounds: Sequence[Round], loaded: Loaded) -> list[ChangedPoint]:
    """The questions that somebody answered, in intake order, those that moved in front."""
    found = [
        {(point.question, point.partner): point for point in each.result.map.points} if each.result else {} for each in rounds
    ]
    places = {name: place for place, name in enumerate(loaded.rulebook.vocabulary.questions)}
    lines = sorted({line for points in found for line in points}, key=lambda line: (places[line[0]], line[1] or ""))
    every = [ChangedPoint(*line, tuple(points.get(line) for points in found)) for line in lines]
    return sorted(every, key=lambda point: not point.moved)


def rounds_table(rounds: Sequence[Round], loaded: Loaded) -> Table:
    """Each question with what was answered in each round, and who answered so."""
    speech = Speech(loaded)
    views = [ConsultationView(each.result, loaded) if each.result else None for each in rounds]

    def told(view: ConsultationView | None, point: MappedPoint | None) -> str:
        if view is None or point is None:
            return speech.nothing
        return "; ".join(f"{speech.answer(point.question, each.answer)} ({view.who(each)})" for each in point.positions)

    rows = tuple(
        (speech.ask(each.question, each.partner), *(told(view, point) for view, point in zip(views, each.points, strict=True)))
        for each in changed_points(rounds, loaded)
    )
    return Table((speech.say("rounds-question"), *(each.label for each in rounds)), rows)


def rounds_picture(rounds: Sequence[Round], case: str, loaded: Loaded) -> Picture | None:
    """For each question on a scale from where to where the answers of each round go; None where there is none."""
    questions = loaded.rulebook.vocabulary.questions
    speech, shapes, rows, y = Speech(loaded), list[Shape](), list[tuple[str, ...]](), 0.0
    for each in changed_points(rounds, loaded):
        options = questions[each.question].options
        if questions[each.question].kind != "scale" or len(options) < 2:
            continue
        asked = speech.ask(each.question, each.partner)
        shapes += [Line(EDGE, y, COLUMN, y), Label(EDGE, y + 18, lines_of(asked, COLUMN - 2 * EDGE, 2, bold=True), bold=True)]
        y += _HEAD
        for around, point in zip(rounds, each.points, strict=True):
            shapes.append(beside(EDGE, y + _ROUND / 2, lines_of(around.label, _LABELS - EDGE, 1)))
            shapes += _range(point, options, y + _ROUND / 2)
            ends = (point.lowest, point.highest) if point else ("", "")
            said = (speech.answer(each.question, (end,)) if end else speech.nothing for end in ends)
            rows.append((asked, around.label, *said))
            y += _ROUND
        low, high = (lines_of(speech.answer(each.question, (end,)), 240, 2, SMALL) for end in (options[0], options[-1]))
        shapes += [Label(_LABELS, y + 10, low, size=SMALL), Label(COLUMN - EDGE, y + 10, high, anchor="end", size=SMALL)]
        y += _ENDS
    if not rows:
        return None
    head = tuple(speech.say(f"rounds-{key}") for key in ("question", "round", "lowest", "highest"))
    title = speech.say("rounds-picture", case=case)
    return Picture("rounds", title, speech.say("rounds-desc"), COLUMN, int(y), Table(head, tuple(rows)), tuple(shapes))


def _range(point: MappedPoint | None, options: Sequence[str], y: float) -> Iterator[Shape]:
    """The scale as a thin line with a stroke for each step, and on it from where to where the answers go."""
    left, right = _LABELS + EDGE, COLUMN - 2 * EDGE
    places = {option: left + (right - left) * place / (len(options) - 1) for place, option in enumerate(options)}
    yield Line(left, y, right, y)
    for x in places.values():
        yield Line(x, y - 5, x, y + 5)
    if point is not None:
        low, high = places[point.lowest], places[point.highest]
        if low != high:
            yield Line(low, y, high, y, 4)
        for x in sorted({low, high}):
            yield Mark("recommended", x, y)
