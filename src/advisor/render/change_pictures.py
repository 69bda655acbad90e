"""What another answer would do: points that come and go, answers that would move the result, and the route to a goal."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from advisor.analysis.sensitivity import Flip, Sensitivity
from advisor.loading import Loaded
from advisor.model.advice import Advice
from advisor.model.advice_parts import AdviceParts
from advisor.render.drawing import COLUMN, EDGE, LINE, Box, Label, Line, Mark, Picture, Scale, Shape, Table, beside, lines_of
from advisor.render.phrasing import Speech
from advisor.render.pictures import scale_of

if TYPE_CHECKING:
    from advisor.analysis.roadmap import Roadmap, RoadmapStep  # its solver takes long to import, and only a roadmap needs it

BARS = 15  # answers drawn in a sensitivity picture; the table has them all
LEVERS = 8  # changes drawn in a picture of levers; the table has them all
STOPPED = "not-at-all"  # the place on the scale of what does not go on
_MIDDLE, _REACH, _NOTES = 580, 170, 790  # pixels: where bars begin, how far they reach, where what is said of them stands
_LABELS = 300  # pixels that the name of a change is wide


def sensitivity_picture(found: Sensitivity, loaded: Loaded) -> Picture:
    """Bars for the answers that most hangs on: what falls away and what comes in when each changes alone."""
    speech = Speech(loaded)
    chief = loaded.rulebook.vocabulary.advice_parts.chief
    longest = most(found)
    shapes: list[Shape] = [
        Label(_MIDDLE - 12, 16, (f"← {speech.say('bars-lost')}",), bold=True, anchor="end"),
        Label(_MIDDLE + 12, 16, (f"{speech.say('bars-gained')} →",), bold=True),
    ]
    table, y = [], 44.0
    for (partner, question), flips in found.most(chief):
        lost, gained = max(len(flip.lost) for flip in flips), max(len(flip.gained) for flip in flips)
        turned = {o.finding for flip in flips for o in flip.lost if o.finding in chief}
        named = [speech.kind(finding).lower() for finding in chief if finding in turned]
        note = speech.say("bars-turns", what=named) if named else ""
        table.append((speech.ask(question, partner), str(lost), str(gained), ", ".join(named) or speech.nothing))
        if len(table) <= BARS:
            label, said = lines_of(speech.ask(question, partner), 325, 3), lines_of(note, 250, 3)
            shapes += [Line(EDGE, y - 8, 1048, y - 8), Label(EDGE, y + 14, label), Label(_NOTES, y + 14, said)]
            shapes += _bar(lost, gained, longest, y)
            y += max(len(label), len(said)) * LINE + 14
    shapes.append(Line(_MIDDLE, 28, _MIDDLE, y, 2))
    turns = speech.say("bars-turns", what=[]).strip(" :")
    head = (speech.say("rests-on"), speech.say("bars-lost"), speech.say("bars-gained"), turns)
    title = speech.say("sensitivity-title", case=found.case)
    return Picture("sensitivity", title, speech.say("bars-desc"), 1060, int(y) + 30, Table(head, tuple(table)), tuple(shapes))


def most(found: Sensitivity) -> int:
    """How many points fall away or come in at the most when one answer changes."""
    return max((max(len(flip.lost), len(flip.gained)) for flip in found.flips), default=1)


def _bar(lost: int, gained: int, longest: int, y: float) -> Iterator[Shape]:
    left, right = _REACH * lost / longest, _REACH * gained / longest
    if lost:
        yield Box(_MIDDLE - left, y, left, 20, "striped", 1)
    if gained:
        yield Box(_MIDDLE, y, right, 20, "accent", 1)
    yield Label(_MIDDLE - left - 6, y + 15, (str(lost),), anchor="end")
    yield Label(_MIDDLE + right + 6, y + 15, (str(gained),))


def levers_picture(found: Sensitivity, advice: Advice, loaded: Loaded) -> Picture:
    """The few answers that would move the result if they alone were another one, and to where."""
    speech, parts = Speech(loaded), loaded.rulebook.vocabulary.advice_parts
    now = _place(advice.proceed, advice.dimension.recommended, parts)
    scale, shapes, table, y = _scale(loaded), list[Shape](), [], 0.0
    for (partner, question), flips in found.most(parts.chief):
        for then, options in _moves(flips, now, advice, parts).items():
            instead = speech.say("lever-or", answers=[speech.answer(question, option) for option in options])
            asked = speech.ask(question, partner)
            table.append((asked, instead, _called(then, speech)))
            if len(table) <= LEVERS:
                label = (*lines_of(asked, _LABELS - EDGE, 3), *lines_of(speech.say("lever", answer=instead), _LABELS - EDGE, 3))
                height = len(label) * LINE + 16
                middle = scale.head + y + height / 2
                shapes += [Line(EDGE, scale.head + y, COLUMN, scale.head + y), beside(EDGE, middle, label)]
                shapes += _move(scale, now, then, middle)
                y += height
    bottom = scale.head + y
    shapes = [*scale.columns(bottom), *shapes, Line(EDGE, bottom, COLUMN, bottom)]
    for place, kind in enumerate(("recommended", "then")):
        x = _LABELS + EDGE + place * 180
        said = speech.say("lever-now" if kind == "recommended" else "lever-then")
        shapes += [Mark(kind, x, bottom + 26), Label(x + 20, bottom + 31, (said,))]  # type: ignore[arg-type]
    head = (speech.say("lever-answer"), speech.say("lever-instead"), speech.say("lever-result"))
    title, desc = speech.say("levers-picture", case=found.case), speech.say("levers-desc")
    return Picture("levers", title, desc, COLUMN, int(bottom) + 46, Table(head, tuple(table)), tuple(shapes))


def _moves(flips: Sequence[Flip], now: str, advice: Advice, parts: AdviceParts) -> dict[str, list[tuple[str, ...]]]:
    """Each place that other values of an answer lead to, with these values."""
    found: dict[str, list[tuple[str, ...]]] = {}
    for flip in flips:
        gained = {outcome.finding: outcome.value for outcome in flip.gained if outcome.partner is None}
        proceed = gained.get(parts.proceed) or advice.proceed
        then = _place(proceed, gained.get(parts.recommended, advice.dimension.recommended), parts)
        if then != now:
            found.setdefault(then, []).append(flip.change.now)
    return found


def route_picture(found: "Roadmap", loaded: Loaded) -> Picture:
    """The route to a goal: what changes at each step, and how close the advice then is."""
    speech, parts = Speech(loaded), loaded.rulebook.vocabulary.advice_parts
    scale, shapes, table, y = _scale(loaded), list[Shape](), [], 0.0
    before: tuple[float, float] | None = None
    for number, step in enumerate((found.start, *found.steps)):
        name = speech.say("roadmap-step", number=number) if number else speech.say("mark-present")
        changes = [_change(step, place, speech) for place in range(len(step.changes))] if number else []
        lines = tuple(line for text in changes for line in lines_of(text, _LABELS - EDGE, 4))
        height = (1 + len(lines)) * LINE + 16
        place = _place(step.proceed, step.dimension, parts)
        at = scale.center(place), scale.head + y + height / 2
        shapes.append(Line(EDGE, scale.head + y, COLUMN, scale.head + y))
        shapes.append(Label(EDGE, scale.head + y + 22, (name,), bold=True))
        shapes.append(Label(EDGE, scale.head + y + 22 + LINE, lines))
        if before:
            shapes.append(Line(*before, *at, 3))
        shapes.append(Mark("recommended", *at))
        table.append((name, "; ".join(changes) or speech.nothing, _called(place, speech)))
        before, y = at, y + height
    bottom = scale.head + y
    over = [shape for shape in shapes if isinstance(shape, Mark)]
    under = [shape for shape in shapes if not isinstance(shape, Mark)]
    shapes = [*scale.columns(bottom), *under, *over, Line(EDGE, bottom, COLUMN, bottom)]
    head = (speech.say("route-step"), speech.say("route-changes"), speech.say("lever-result"))
    title = speech.say("route-picture", case=found.case)
    desc = speech.say("route-desc") if found.reachable else speech.say("route-none")
    return Picture("route", title, desc, COLUMN, int(bottom) + EDGE, Table(head, tuple(table)), tuple(shapes))


def _change(step: "RoadmapStep", place: int, speech: Speech) -> str:
    change = step.changes[place].change
    turned = speech.turn(change.question, change.was, change.now)
    return speech.say("route-change", ask=speech.ask(change.question, change.partner), answer=turned)


def _scale(loaded: Loaded) -> Scale:
    """The scale of dimensions with a place before it for what does not go on."""
    of = scale_of(loaded, _LABELS, (COLUMN - _LABELS) / 5)
    said = Speech(loaded).say("scale-stopped")
    return Scale((STOPPED, *of.steps), {STOPPED: said, **of.titles}, of.left, of.wide)


def _place(proceed: str, step: str | None, parts: AdviceParts) -> str:
    return STOPPED if step is None or proceed in parts.stopping else step


def _called(place: str, speech: Speech) -> str:
    return speech.say("scale-stopped") if place == STOPPED else speech.level(place)


def _move(scale: Scale, now: str, then: str, y: float) -> Iterator[Shape]:
    start, end = scale.center(now), scale.center(then)
    side = 1 if end > start else -1
    yield Line(start, y, end - side * 14, y, 2.5, arrow=True)
    yield Mark("then", end, y)
    yield Mark("recommended", start, y)
