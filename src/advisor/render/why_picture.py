"""The justification graph as a picture: the conclusion, the rules under it, and what they rest on, from left to right."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from advisor.explain.why import Because, Why
from advisor.loading import Loaded
from advisor.model.references import QuestionRef, about
from advisor.render.drawing import EDGE, LINE, SMALL, Box, Curve, Label, Picture, Shape, Table, Tone, lines_of
from advisor.render.phrasing import Speech

WIDE, GAP, GUTTER, LINES = 270, 70, 18, 6


@dataclass(frozen=True, slots=True)
class Node:
    """One box: its kind (conclusion, rule, answer, absent), what it says, and where it stands."""

    key: str
    kind: str
    x: float
    y: float
    height: float
    lines: tuple[str, ...]


LOOKS: dict[str, tuple[Tone, float, str, float]] = {  # of each kind: tone, outline, dashes, corners
    "conclusion": ("shade", 2, "", 12),
    "rule": ("ground", 1.2, "", 0),
    "answer": ("ground", 1.2, "7 3", 0),
    "absent": ("light", 1.2, "2 3", 0),
}


def why_picture(tree: Why, loaded: Loaded) -> Picture:
    """The graph under one conclusion of an advice."""
    graph = _Graph(Speech(loaded))
    graph.grow(tree)
    nodes, curves, width, height = graph.placed()
    speech = graph.speech
    said = {key: (kind, text) for key, kind, text in graph.boxes}
    rows = tuple(
        (speech.say(f"kind-{kind}"), text, "; ".join(said[below][1] for below in graph.below.get(key, ())) or speech.say("none"))
        for key, kind, text in graph.boxes
    )
    head = (speech.say("kind"), speech.say("says"), speech.say("rests-on"))
    title = speech.say("why-picture", what=tree.said)
    shapes = (*curves, *(shape for node in nodes for shape in _drawn(node, speech)))
    return Picture("why", title, speech.say("why-desc"), width, height, Table(head, rows), shapes)


def _drawn(node: Node, speech: Speech) -> Iterator[Shape]:
    tone, outline, dashes, corners = LOOKS[node.kind]
    yield Label(node.x + 2, node.y - 5, (speech.say(f"kind-{node.kind}"),), bold=True, size=SMALL)
    yield Box(node.x, node.y, WIDE, node.height, tone, outline, dashes, corners)
    yield Label(node.x + 10, node.y + 20, node.lines)


class _Graph:
    """Boxes and what each rests on, then their places: columns by depth, in a column by what they hang from."""

    def __init__(self, speech: Speech) -> None:
        self.speech = speech
        self.boxes: list[tuple[str, str, str]] = []
        self.below: dict[str, list[str]] = {}

    def grow(self, tree: Why) -> None:
        """Add a conclusion with all it rests on, what is nearest first."""
        whole = {each.conclusion: each for each in _conclusions(tree) if not each.again}
        self._box(tree.conclusion, "conclusion", tree.said)
        todo, seen = [tree.conclusion], {tree.conclusion}
        while todo:
            at = whole[todo.pop(0)]
            for because in at.because:
                for finding in self._rule(at.conclusion, because):
                    if finding not in seen:
                        seen.add(finding)
                        todo.append(finding)

    def _rule(self, above: str, because: Because) -> list[str]:
        rule = f"rule {about(because.rule, because.partner)}"
        new = rule not in self.below
        self._rest(above, rule)
        if not new:
            return []
        self._box(rule, "rule", because.because)
        self.below[rule] = []
        for answer in because.answers:
            key = f"answer {QuestionRef(answer.question, answer.partner)} under {above}"
            said = self.speech.answer(answer.question, answer.answer)
            self._box(key, "answer", f"{self.speech.ask(answer.question, answer.partner)} {said}")
            self._rest(rule, key)
        for finding in because.findings:
            self._box(finding.conclusion, "conclusion", finding.said)
            self._rest(rule, finding.conclusion)
        for missing in because.absent:
            key = f"not {missing.conclusion} under {above}"
            self._box(key, "absent", missing.said)
            self._rest(rule, key)
        return [finding.conclusion for finding in because.findings]

    def _box(self, key: str, kind: str, text: str) -> None:
        if key not in {each for each, _, _ in self.boxes}:
            self.boxes.append((key, kind, text))

    def _rest(self, above: str, below: str) -> None:
        found = self.below.setdefault(above, [])
        if below not in found:
            found.append(below)

    def placed(self) -> tuple[list[Node], list[Curve], int, int]:
        """Boxes and lines in their places, and the size of the whole."""
        columns, chains = self._columns()
        said = {key: (kind, text) for key, kind, text in self.boxes}
        nodes: list[Node] = []
        middle: dict[str, tuple[float, float, float]] = {}  # of each box, or of a gap a line goes through: left, right, height
        tallest = 0.0
        for depth, keys in enumerate(columns):
            x, y = EDGE + depth * (WIDE + GAP), 0.0
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
        drawn = [Curve(tuple(middle[key] for key in chain)) for chain in chains]
        return nodes, drawn, 2 * EDGE + len(columns) * (WIDE + GAP) - GAP, int(tallest) + 24

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


def _conclusions(tree: Why) -> Iterator[Why]:
    """A conclusion and all that it rests on."""
    yield tree
    for because in tree.because:
        for finding in because.findings:
            yield from _conclusions(finding)
