"""Where a partnership stands on the scale of dimensions: its rows, and scenarios side by side."""

from collections.abc import Iterator, Sequence

from advisor.explain.comparison import Reading
from advisor.loading import Loaded
from advisor.model.advice import Advice, Row
from advisor.render.drawing import COLUMN, EDGE, Line, Picture, Scale, Shape, Sign, Table, beside, legend, lines_of
from advisor.render.phrasing import Speech

MARKS: tuple[Sign, ...] = ("present", "needed", "attainable", "recommended")  # fields of an advice's dimension
_ROW_MARKS: tuple[Sign, ...] = ("present", "needed", "recommended")
_LABELS, _ROW = 160, 42  # pixels: as wide as the names of rows, as high as one
_SIDE, _BESIDE = 92, 300  # as high as one of the sides of a comparison, as wide as what is said beside it


def scale_of(loaded: Loaded, left: float, wide: float) -> Scale:
    """The scale of dimensions, drawn from `left` on in columns that are so wide."""
    vocabulary, speech = loaded.rulebook.vocabulary, Speech(loaded)
    steps = tuple(vocabulary.findings[vocabulary.advice_parts.recommended].values)
    return Scale(steps, {step: speech.level(step) for step in steps}, left, wide)


def rows_picture(advice: Advice, loaded: Loaded) -> Picture:
    """The row profile: what is recommended on each row, and where it stands today or needs something else."""
    speech = Speech(loaded)
    scale = scale_of(loaded, _LABELS, (COLUMN - _LABELS) / 4)
    bottom = scale.head + _ROW * len(advice.rows)
    shapes, table = scale.columns(bottom), []
    for place, row in enumerate(advice.rows.values()):
        top = scale.head + place * _ROW
        shapes += [_rule(top, COLUMN), beside(EDGE, top + _ROW / 2, lines_of(row.title, _LABELS - EDGE, 2, bold=True), bold=True)]
        shapes += scale.marks(row_marks(row), top + _ROW / 2)
        table.append((row.title, *(speech.level(row_marks(row)[kind]) for kind in _ROW_MARKS)))
    shapes.append(_rule(bottom, COLUMN))
    drawn = [kind for kind in _ROW_MARKS if any(row_marks(row).get(kind) for row in advice.rows.values())]
    shapes += legend(drawn, speech.say, _LABELS + EDGE, 150, bottom + 26)
    head = (speech.say("row"), *(speech.say(f"mark-{kind}") for kind in _ROW_MARKS))
    title = speech.say("rows-picture", case=advice.case)
    return Picture("rows", title, speech.say("rows-desc"), COLUMN, bottom + 46, Table(head, tuple(table)), tuple(shapes))


def row_marks(row: Row) -> dict[Sign, str | None]:
    """On which step of the scale each mark of a row stands; what it needs only where that differs from what is recommended."""
    needed = row.own_need if row.own_need != row.recommended else None
    return {"present": row.present, "needed": needed, "recommended": row.recommended}


def rows_differ(advice: Advice) -> bool:
    """Whether any row stands elsewhere today, or needs something else, than what is recommended for it."""
    return any(len({step for step in row_marks(row).values() if step}) > 1 for row in advice.rows.values())


def comparison_picture(readings: Sequence[Reading], loaded: Loaded) -> Picture:
    """Scenarios side by side on the scale of dimensions, with the decision, structure and paper of each."""
    speech = Speech(loaded)
    scale = scale_of(loaded, 200, 170)
    bottom, width = scale.head + _SIDE * len(readings), int(scale.right) + _BESIDE
    shapes, table = scale.columns(bottom), []
    for place, reading in enumerate(readings):
        advice, top = reading.advice, scale.head + place * _SIDE
        values: dict[Sign, str | None] = {kind: getattr(advice.dimension, kind) for kind in MARKS}
        first = [speech.value(finding, names[0]) for finding, names in _form(advice, loaded) if names]
        said = tuple(line for text in (advice.gate.title, *first) for line in lines_of(text, _BESIDE - 2 * EDGE, 2))
        shapes += [_rule(top, width), beside(EDGE, top + _SIDE / 2, lines_of(reading.label, 180, bold=True), bold=True)]
        shapes += [*scale.marks(values, top + _SIDE / 2), beside(scale.right + EDGE, top + _SIDE / 2, said)]
        form = (*first, *[speech.nothing] * 2)[:2]
        table.append((reading.label, *(speech.level(values[kind]) for kind in MARKS), advice.gate.title, *form))
    shapes += [_rule(bottom, width), *legend(MARKS, speech.say, scale.left + EDGE, 165, bottom + 26)]
    kinds = tuple(speech.say(kind) for kind in ("proceed", "structures", "instruments"))
    head = (speech.say("scenario"), *(speech.say(f"mark-{kind}") for kind in MARKS), *kinds)
    title = speech.say("comparison-picture", labels=[reading.label for reading in readings])
    desc = speech.say("comparison-desc")
    return Picture("comparison", title, desc, width, bottom + 46, Table(head, tuple(table)), tuple(shapes))


def _rule(y: float, width: float) -> Shape:
    return Line(EDGE, y, width, y)


def _form(advice: Advice, loaded: Loaded) -> Iterator[tuple[str, tuple[str, ...]]]:
    parts = loaded.rulebook.vocabulary.advice_parts
    yield parts.structures, advice.structures
    yield parts.instruments, advice.instruments
