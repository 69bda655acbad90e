"""The justification graph as a picture: the conclusion, the rules under it, and what they rest on, from left to right."""

from dataclasses import dataclass
from itertools import pairwise

from advisor.loading import Loaded
from advisor.model.advice import Advice, Firing
from advisor.render.documents import conclusion
from advisor.render.phrasing import Speech
from advisor.render.pictures import Picture, Table, lines_of

WIDE, GAP, GUTTER, LINE, LINES = 270, 70, 18, 17, 6


@dataclass(frozen=True, slots=True)
class Node:
    """One box: its kind (conclusion, rule, answer, absent), what it says, and where it stands."""

    key: str
    kind: str
    x: float
    y: float
    height: float
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """A line from a box to one that it rests on: left edge, right edge and height of each box or gap it goes through."""

    through: tuple[tuple[float, float, float], ...]


def why(advice: Advice, name: str, loaded: Loaded) -> Picture:
    """The graph under one conclusion of an advice, by its name in the justification."""
    graph = _Graph(advice, loaded)
    graph.grow(name)
    nodes, lines, width, height = graph.placed()
    speech = Speech(loaded)
    said = {key: (kind, text) for key, kind, text in graph.boxes}
    rows = tuple(
        (speech.say(f"kind-{kind}"), text, "; ".join(said[below][1] for below in graph.below.get(key, ())) or speech.say("none"))
        for key, kind, text in graph.boxes
    )
    head = (speech.say("kind"), speech.say("says"), speech.say("rests-on"))
    title = speech.say("why-picture", what=said[name][1])
    drawn = {"nodes": nodes, "lines": lines, "wide": WIDE, "line": LINE}
    return Picture("why", title, speech.say("why-desc"), width, height, Table(head, rows), drawn)


class _Graph:
    """Boxes and what each rests on, then their places: columns by depth, in a column by what they hang from."""

    def __init__(self, advice: Advice, loaded: Loaded) -> None:
        self.advice, self.loaded, self.speech = advice, loaded, Speech(loaded)
        self.boxes: list[tuple[str, str, str]] = []
        self.below: dict[str, list[str]] = {}

    def grow(self, name: str) -> None:
        """Add a conclusion with all it rests on."""
        self._box(name, "conclusion", conclusion(name, self.loaded.wording, self.loaded.rulebook.vocabulary))
        todo, seen = [name], {name}
        while todo:
            at = todo.pop(0)
            for firing in self.advice.justification[at]:
                for finding in self._rule(at, firing):
                    if finding not in seen:
                        seen.add(finding)
                        todo.append(finding)

    def _rule(self, above: str, firing: Firing) -> tuple[str, ...]:
        rule = f"rule {firing.rule}@{firing.partner or ''}"
        new = rule not in self.below
        self._rest(above, rule)
        if not new:
            return ()
        self._box(rule, "rule", firing.because)
        self.below[rule] = []
        for answer in firing.answers:
            key = f"answer {answer.question}@{answer.partner or ''} under {above}"
            said = self.speech.answer(answer.question, answer.answer)
            self._box(key, "answer", f"{self.speech.ask(answer.question, answer.partner)} {said}")
            self._rest(rule, key)
        for finding in firing.findings:
            self._box(finding, "conclusion", self._said(finding))
            self._rest(rule, finding)
        for missing in firing.absent:
            key = f"not {missing} under {above}"
            self._box(key, "absent", self._said(missing))
            self._rest(rule, key)
        return firing.findings

    def _said(self, name: str) -> str:
        return conclusion(name, self.loaded.wording, self.loaded.rulebook.vocabulary)

    def _box(self, key: str, kind: str, text: str) -> None:
        if key not in {each for each, _, _ in self.boxes}:
            self.boxes.append((key, kind, text))

    def _rest(self, above: str, below: str) -> None:
        found = self.below.setdefault(above, [])
        if below not in found:
            found.append(below)

    def placed(self) -> tuple[list[Node], list[Line], int, int]:
        """Boxes and lines in their places, and the size of the whole."""
        columns, chains = self._columns()
        said = {key: (kind, text) for key, kind, text in self.boxes}
        nodes: list[Node] = []
        middle: dict[str, tuple[float, float, float]] = {}  # of each box, or of a gap a line goes through: left, right, height
        tallest = 0.0
        for depth, keys in enumerate(columns):
            x, y = 24.0 + depth * (WIDE + GAP), 84.0
            for key in keys:
                if key not in said:  # room for a line that goes on to a later column
                    y += GUTTER
                    middle[key] = (x, x + WIDE, y - GUTTER / 2)
                    continue
                kind, text = said[key]
                lines = lines_of(text, WIDE - 26, LINES)
                height = len(lines) * LINE + 16
                nodes.append(Node(key, kind, x, y + 24, height, lines))
                middle[key] = (x, x + WIDE, y + 24 + height / 2)
                y += height + 30
            tallest = max(tallest, y)
        drawn = [Line(tuple(middle[key] for key in chain)) for chain in chains]
        return nodes, drawn, 48 + len(columns) * (WIDE + GAP) - GAP, int(tallest) + 24

    def _columns(self) -> tuple[list[list[str]], list[list[str]]]:
        """The keys of each column, and each line as the keys it goes through."""
        depth = self._depths()
        columns: list[list[str]] = [[] for _ in range(max(depth.values()) + 1)]
        for key, _, _ in self.boxes:
            columns[depth[key]].append(key)
        chains = []
        for key, others in self.below.items():
            for other in others:
                passed = [f"{key} > {other} {column}" for column in range(depth[key] + 1, depth[other])]
                for place, gap in enumerate(passed, start=depth[key] + 1):
                    columns[place].append(gap)
                chains.append([key, *passed, other])
        links = [pair for chain in chains for pair in pairwise(chain)]
        for left, right in pairwise(columns):
            order = {key: place for place, key in enumerate(left)}
            above = {key: [order[one] for one, two in links if two == key and one in order] for key in right}
            right.sort(key=lambda key: sum(above[key]) / len(above[key]) if above[key] else len(order))
        return columns, chains

    def _depths(self) -> dict[str, int]:
        """Each box one column right of the last that rests on it."""
        depth = {key: 0 for key, _, _ in self.boxes}
        for _ in range(len(depth)):  # findings that feed each other must not go round for ever
            moved = False
            for key, others in self.below.items():
                for other in others:
                    if depth[other] <= depth[key] < len(depth):
                        depth[other], moved = depth[key] + 1, True
            if not moved:
                break
        return depth
