"""Pictures as values: where everything stands, with the same data as a table. Templates turn them into accessible SVG."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from json import dumps
from textwrap import wrap

from advisor.analysis.sensitivity import Sensitivity
from advisor.explain.comparison import Reading
from advisor.loading import Loaded
from advisor.model.advice import Advice, Row
from advisor.render.documents import document
from advisor.render.phrasing import Speech

MARKS = ("present", "needed", "attainable", "recommended")  # fields of an advice's dimension
BARS = 15  # answers drawn in a sensitivity picture; the table has them all
LETTER = 7.4  # the mean width of a letter at 14 pixels, on the generous side


@dataclass(frozen=True)
class Table:
    """The data of a picture: a heading for each column, and rows of words."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Picture:
    """A picture: its template, title and description, what it is drawn from, its size, and its data as a table."""

    template: str
    title: str
    desc: str
    width: int
    height: int
    table: Table
    values: Mapping[str, object] = field(default_factory=dict)

    @property
    def heading(self) -> tuple[str, ...]:
        """The title as it stands over the picture, in at most two lines."""
        return lines_of(self.title, (self.width - 48) * 14 / 20, 2)

    def svg(self, loaded: Loaded) -> str:
        """The picture as SVG that needs no other file."""
        words = loaded.wording.phrases["scenarios"]
        return document(loaded, f"{self.template}.svg.j2", picture=self, words=words, speech=Speech(loaded), **self.values)

    def json(self) -> str:
        """The picture's data as JSON."""
        rows = [dict(zip(self.table.head, row, strict=True)) for row in self.table.rows]
        content = {"format": "picture/1", "title": self.title, "description": self.desc, "rows": rows}
        return dumps(content, ensure_ascii=False, indent=2) + "\n"


@dataclass(frozen=True, slots=True)
class Mark:
    """One mark on a scale: what it stands for, and where."""

    kind: str
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Label:
    """Lines of text from a place downwards."""

    x: float
    y: float
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar to either side of the middle, with what is written beside it."""

    label: Label
    y: float
    lost: int
    gained: int
    note: tuple[str, ...]


def lines_of(text: str, width: float, most: int = 3) -> tuple[str, ...]:
    """Text broken to lines that fit a width in pixels; what is past `most` lines ends in an ellipsis."""
    lines = wrap(text, max(int(width / LETTER), 8)) or [""]
    return tuple(lines) if len(lines) <= most else (*lines[: most - 1], lines[most - 1][:-1] + "…")


def rows_picture(advice: Advice, loaded: Loaded) -> Picture:
    """The row profile: where each of the eight rows stands on the four dimensions."""
    speech, steps = Speech(loaded), _steps(loaded)
    marks, labels, table, top, height = [], [], [], 118, 58
    for place, row in enumerate(advice.rows.values()):
        y = top + place * height + height / 2
        lines = lines_of(row.title, 165, 2)
        labels.append(Label(24, y + 5 - 9 * (len(lines) - 1), lines))
        values = row_marks(row, advice)
        marks += _marks(values, steps, 220, 170, y)
        table.append((row.title, *(speech.level(values[kind]) for kind in MARKS)))
    head = (speech.say("row"), *(speech.say(f"mark-{kind}") for kind in MARKS))
    drawn = {"marks": marks, "labels": labels, "columns": _columns(steps, speech, 220, 170), "top": top, "row_height": height}
    title = speech.say("rows-picture", case=advice.case)
    size = 220 + 170 * len(steps) + 24, top + height * len(labels) + 64
    return Picture("rows", title, speech.say("rows-desc"), *size, Table(head, tuple(table)), drawn)


def comparison_picture(readings: Sequence[Reading], loaded: Loaded) -> Picture:
    """Scenarios side by side on the scale of dimensions, with the decision, structure and paper of each."""
    speech, steps = Speech(loaded), _steps(loaded)
    marks, labels, notes, table, top, height = [], [], [], [], 118, 92
    for place, reading in enumerate(readings):
        advice, y = reading.advice, top + place * height + height / 2
        values = {kind: getattr(advice.dimension, kind) for kind in MARKS}
        name = lines_of(reading.label, 165)
        labels.append(Label(24, y + 5 - 9 * (len(name) - 1), name))
        first = [speech.value(finding, names[0]) for finding, names in _form(advice, loaded) if names]
        said = (advice.gate.title, *first)
        note = tuple(line for text in said for line in lines_of(text, 270, 2))
        notes.append(Label(930, y + 5 - 9 * (len(note) - 1), note))
        marks += _marks(values, steps, 220, 170, y)
        form = (*first, *[speech.say("absent")] * 2)[:2]
        table.append((reading.label, *(speech.level(values[kind]) for kind in MARKS), advice.gate.title, *form))
    kinds = tuple(speech.say(kind) for kind in ("proceed", "structures", "instruments"))
    head = (speech.say("scenario"), *(speech.say(f"mark-{kind}") for kind in MARKS), *kinds)
    drawn = {
        "marks": marks, "labels": labels, "notes": notes, "top": top, "row_height": height,
        "columns": _columns(steps, speech, 220, 170),
    }  # fmt: skip
    title = speech.say("comparison-picture", labels=[reading.label for reading in readings])
    size = 1230, top + height * len(labels) + 64
    return Picture("rows", title, speech.say("comparison-desc"), *size, Table(head, tuple(table)), drawn)


def sensitivity_picture(found: Sensitivity, loaded: Loaded) -> Picture:
    """Bars for the answers that most hangs on: what falls away and what comes in when each changes alone."""
    speech = Speech(loaded)
    chief = loaded.rulebook.vocabulary.roles.chief
    bars, table, y = list[Bar](), [], 118.0
    most = max((max(len(flip.lost), len(flip.gained)) for flip in found.flips), default=1)
    for (partner, question), flips in found.most(chief):
        lost, gained = max(len(flip.lost) for flip in flips), max(len(flip.gained) for flip in flips)
        turned = {o.finding for flip in flips for o in flip.lost if o.finding in chief}
        named = [speech.kind(finding).lower() for finding in chief if finding in turned]
        note = speech.say("bars-turns", what=named) if named else ""
        table.append((speech.ask(question, partner), str(lost), str(gained), ", ".join(named) or speech.say("absent")))
        if len(bars) < BARS:
            label, beside = lines_of(speech.ask(question, partner), 325, 3), lines_of(note, 250, 3)
            height = max(len(label), len(beside)) * 18 + 14
            bars.append(Bar(Label(24, y + 14, label), y, lost, gained, beside))
            y += height
    head = (
        speech.say("rests-on"),
        speech.say("bars-lost"),
        speech.say("bars-gained"),
        speech.say("bars-turns", what=[]).strip(" :"),
    )
    drawn = {"bars": bars, "most": most, "middle": 580, "reach": 170, "bottom": y}
    title = speech.say("sensitivity-title", case=found.case)
    return Picture("sensitivity", title, speech.say("bars-desc"), 1060, int(y) + 30, Table(head, tuple(table)), drawn)


def row_marks(row: Row, advice: Advice) -> dict[str, str | None]:
    """On which step of the scale each mark of a row stands."""
    marks = {kind: getattr(advice.dimension, kind) for kind in MARKS}
    return {**marks, "present": row.present, "needed": row.own_need or marks["needed"], "recommended": row.recommended}


def _steps(loaded: Loaded) -> tuple[str, ...]:
    vocabulary = loaded.rulebook.vocabulary
    return tuple(vocabulary.findings[vocabulary.roles.recommended].values)


def _form(advice: Advice, loaded: Loaded) -> tuple[tuple[str, tuple[str, ...]], ...]:
    roles = loaded.rulebook.vocabulary.roles
    return (roles.structures, advice.structures), (roles.instruments, advice.instruments)


def _marks(values: Mapping[str, str | None], steps: Sequence[str], left: int, wide: int, y: float) -> list[Mark]:
    """Each kind of mark has a place of its own within a column, so that none hides another."""
    found = []
    for place, kind in enumerate(MARKS):
        step = values[kind]
        if step is not None:
            found.append(Mark(kind, left + steps.index(step) * wide + wide * (place + 0.5) / len(MARKS), y))
    return found


def _columns(steps: Sequence[str], speech: Speech, left: int, wide: int) -> list[Label]:
    return [Label(left + place * wide, 0, (speech.level(step),)) for place, step in enumerate(steps)]
