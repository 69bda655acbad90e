"""Partners: who is at the table and who is missing, and how close each comes."""

from collections.abc import Iterator

from advisor.loading import Loaded
from advisor.model.advice import Advice, PartnerAdvice
from advisor.render.drawing import COLUMN, EDGE, LINE, Box, Label, Line, Mark, Picture, Shape, Table, beside, lines_of
from advisor.render.phrasing import Speech
from advisor.render.pictures import scale_of

SEATS = ("core", "beside", "away")
_LABELS = 168  # pixels that the names of categories and partners are wide
_SEAT = (COLUMN - _LABELS - EDGE) / len(SEATS)
_GAP, _HEAD = 6, 30
_NOTE = 150  # pixels that what holds a partner back is wide


def table_picture(advice: Advice, loaded: Loaded) -> Picture:
    """Who is at the table and who is missing, by category: in the core, beside it, and not there."""
    speech = Speech(loaded)
    shapes: list[Shape] = []
    for place, seat in enumerate(SEATS):
        x = _LABELS + place * _SEAT
        shapes.append(Label(x + _SEAT / 2, 20, (speech.say(f"seat-{seat}"),), bold=True, anchor="middle"))
    y, table = float(_HEAD), []
    for title, seats in _seats(advice, loaded):
        drawn, height = _seated(seats, y)
        label = lines_of(title, _LABELS - EDGE, 4, bold=True)
        height = max(height, len(label) * LINE + 2 * _GAP)
        shapes += [Line(EDGE, y, COLUMN - EDGE, y), Label(EDGE, y + _GAP + 16, label, bold=True), *drawn]
        table.append((title, *("; ".join(seats[seat]) or speech.nothing for seat in SEATS)))
        y += height
    shapes.append(Line(EDGE, y, COLUMN - EDGE, y))
    head = (speech.say("seat-category"), *(speech.say(f"seat-{seat}") for seat in SEATS))
    title = speech.say("table-picture", case=advice.case)
    return Picture("table", title, speech.say("table-desc"), COLUMN, int(y) + EDGE, Table(head, tuple(table)), tuple(shapes))


def _seats(advice: Advice, loaded: Loaded) -> Iterator[tuple[str, dict[str, list[str]]]]:
    """Each category with who of it sits where; last who is of none that is called for."""
    speech, parts = Speech(loaded), loaded.rulebook.vocabulary.advice_parts
    of_members = loaded.rulebook.vocabulary.findings[parts.members].values if advice.members_missing else {}
    missing: dict[str, list[str]] = {}
    for item in advice.members_missing:
        missing.setdefault(of_members[item.id].attributes["category"], []).append(item.title)
    for name, category in advice.categories.items():
        of_it = [partner for partner in advice.partners if partner.category == name]
        absent = missing.get(name, [])
        if category.missing and not absent:
            absent = [speech.say("seat-nobody")]
        yield category.title, _placed(of_it, absent)
    other = [partner for partner in advice.partners if partner.category not in advice.categories]
    for none in dict.fromkeys(
        [*(partner.category for partner in other), *(each for each in missing if each not in advice.categories)]
    ):
        title = speech.value(parts.categories, none) if none else speech.say("seat-other")
        yield title, _placed([partner for partner in other if partner.category == none], missing.get(none or "", []))


def _placed(partners: list[PartnerAdvice], missing: list[str]) -> dict[str, list[str]]:
    there = [partner for partner in partners if not partner.absent]
    return {
        "core": [partner.name for partner in there if partner.core],
        "beside": [partner.name for partner in there if not partner.core],
        "away": [*(partner.name for partner in partners if partner.absent), *missing],
    }


def _seated(seats: dict[str, list[str]], top: float) -> tuple[list[Shape], float]:
    """Who sits where in one row, from `top` on, and how high that row is."""
    shapes: list[Shape] = []
    tallest = 0.0
    for place, seat in enumerate(SEATS):
        x, y = _LABELS + place * _SEAT + _GAP, top + _GAP
        for name in seats[seat]:
            lines = lines_of(name, _SEAT - 2 * _GAP - 16, 5)
            height = len(lines) * LINE + 10
            tone, dashes = "accent" if seat == "core" else "ground", "5 4" if seat == "away" else ""
            shapes.append(Box(x, y, _SEAT - 2 * _GAP, height, tone, 1.5, dashes, 0 if seat == "away" else 8))  # type: ignore[arg-type]
            shapes.append(Label(x + 8, y + 19, lines, on_accent=seat == "core"))
            y += height + _GAP
        tallest = max(tallest, y - top)
    return shapes, tallest


def closeness_picture(advice: Advice, loaded: Loaded) -> Picture:
    """How close each partner comes, what another is there for, and what holds one back."""
    speech = Speech(loaded)
    holds = any(partner.held for partner in advice.partners)
    scale = scale_of(loaded, _LABELS, (COLUMN - _LABELS - (_NOTE if holds else 0)) / 4)
    rows: list[tuple[PartnerAdvice, tuple[str, ...], tuple[str, ...], float]] = []
    for partner in advice.partners:
        name, note = (
            lines_of(partner.name, _LABELS - EDGE, 4, bold=True),
            lines_of(_held(partner), _NOTE - EDGE, 6) if holds else (),
        )
        rows.append((partner, name, note, max(len(name), len(note), 1) * LINE + 18))
    bottom = scale.head + sum(height for *_, height in rows)
    shapes, y, table = scale.columns(bottom), float(scale.head), []
    if holds:
        shapes.append(
            beside(scale.right + EDGE, scale.head / 2, lines_of(speech.say("held_by"), _NOTE - EDGE, 2, bold=True), bold=True)
        )
    for partner, name, note, height in rows:
        middle, part = y + height / 2, _part(partner, speech)
        shapes += [Line(EDGE, y, COLUMN - EDGE, y), beside(EDGE, middle, name, bold=True)]
        if partner.dimension and not partner.absent:
            shapes += [Line(scale.left, middle, scale.center(partner.dimension), middle, 3)]
            shapes.append(Mark("recommended" if partner.core else "then", scale.center(partner.dimension), middle))
        else:
            shapes.append(beside(scale.left + EDGE, middle, lines_of(part, scale.right - scale.left - 2 * EDGE, 2)))
        if note:
            shapes.append(beside(scale.right + EDGE, middle, note))
        table.append((partner.name, part, *([_held(partner) or speech.nothing] if holds else [])))
        y += height
    shapes.append(Line(EDGE, bottom, COLUMN - EDGE, bottom))
    for place, kind in enumerate(("recommended", "then")):
        x = scale.left + EDGE + place * 190
        shapes += [Mark(kind, x, bottom + 26), Label(x + 20, bottom + 31, (speech.say(f"seat-{SEATS[place]}"),))]  # type: ignore[arg-type]
    head = (speech.say("partner"), speech.say("part"), *([speech.say("held_by")] if holds else []))
    title = speech.say("closeness-picture", case=advice.case)
    desc = speech.say("closeness-desc")
    return Picture("closeness", title, desc, COLUMN, int(bottom) + 46, Table(head, tuple(table)), tuple(shapes))


def _part(partner: PartnerAdvice, speech: Speech) -> str:
    if partner.absent:
        return partner.absent[0].title
    if partner.role:
        return partner.role[0].title
    if not partner.dimension:
        return speech.nothing
    return speech.say("part-core" if partner.core else "part-beside", level=speech.level(partner.dimension))


def _held(partner: PartnerAdvice) -> str:
    return "; ".join(item.title for item in partner.held)
