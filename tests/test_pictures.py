"""Pictures: well-formed SVG with a title, a description and text, and the same data as a table."""

import json
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from advisor.analysis.sensitivity import weigh
from advisor.engine.chain import ChainEngine
from advisor.explain.comparison import Reading
from advisor.explain.why import tree
from advisor.io.case_reader import read_case
from advisor.loading import Loaded
from advisor.model.case import Case
from advisor.model.references import ConclusionRef
from advisor.model.scenario import Scenario, apply
from advisor.render import pictures
from advisor.render.pictures import MARKS, Picture, lines_of
from advisor.render.why_picture import why_picture
from advisor.service import Service
from support.changed_cases import evaluator

EXAMPLES = Path(__file__).parents[1] / "examples"
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="session")
def advisor(loaded: Loaded) -> Service:
    return Service(loaded, ChainEngine())


def example(name: str, advisor: Service) -> Case:
    return read_case(EXAMPLES / f"{name}.yaml", advisor.rulebook.vocabulary)


def drawn(picture: Picture, advisor: Service) -> ET.Element:
    """The picture as a tree, after checking what holds for every picture."""
    root = ET.fromstring(picture.svg(advisor.loaded))
    title, desc = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
    assert title is not None
    assert desc is not None
    assert root.get("role") == "img"
    assert root.get("aria-labelledby") == f"{title.get('id')} {desc.get('id')}"
    assert title.text == picture.title
    assert desc.text
    assert all(len(row) == len(picture.table.head) for row in picture.table.rows)
    for text in root.iter(f"{SVG}text"):
        assert 0 <= float(text.get("x", 0)) <= picture.width
        assert 0 <= float(text.get("y", 0)) <= picture.height
    return root


def words(root: ET.Element) -> str:
    return " ".join(" ".join(root.itertext()).split())


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_example_can_be_drawn(path: Path, advisor: Service) -> None:
    case = read_case(path, advisor.rulebook.vocabulary)
    advice = advisor.assess(case)
    drawn(pictures.rows_picture(advice, advisor.loaded), advisor)
    for name in advice.justification:
        if name.startswith(("dimension", "proceed", "partner-dimension", "caution")):
            drawn(why_picture(tree(advice, ConclusionRef.parse(name), advisor.loaded), advisor.loaded), advisor)


def test_the_row_profile_has_a_mark_for_each_cell_of_its_table(advisor: Service) -> None:
    picture = pictures.rows_picture(advisor.assess(example("monthly-roundtable", advisor)), advisor.loaded)
    root = drawn(picture, advisor)
    filled = sum(cell != "—" for row in picture.table.rows for cell in row[1:])
    shapes = len(list(root.iter(f"{SVG}circle"))) + len(list(root.iter(f"{SVG}path")))
    squares = sum(shape.get("width") == "18" for shape in root.iter(f"{SVG}rect"))
    assert len(picture.table.rows) == 8
    assert shapes + squares == filled + len(MARKS)  # the legend shows each once
    assert "Today" in words(root)


def test_marks_differ_in_shape_and_place_not_only_in_color(advisor: Service) -> None:
    picture = pictures.rows_picture(advisor.assess(example("foster-youth-school-records", advisor)), advisor.loaded)
    marks = picture.values["marks"]
    assert isinstance(marks, list)
    assert len({(mark.x, mark.y) for mark in marks}) == len(marks)


def test_scenarios_side_by_side(advisor: Service) -> None:
    case = example("housing-need-above-the-limit", advisor)
    stopped = apply(case, Scenario("x", {"possible.law": ("forbids",)}))
    sides = [Reading(label, advisor.infer(c), advisor.assess(c)) for label, c in (("As it is", case), ("Forbidden <&>", stopped))]
    picture = pictures.comparison_picture(sides, advisor.loaded)
    assert "Forbidden <&>" in words(drawn(picture, advisor))
    assert picture.table.rows[0][4] == "cooperation"
    assert picture.table.rows[1][4:] == ("—", advisor.assess(stopped).gate.title, "—", "—")


def test_sensitivity_bars_are_as_long_as_their_numbers_say(advisor: Service) -> None:
    case = example("housing-need-above-the-limit", advisor)
    found = weigh(case, evaluator(advisor.loaded, len(case.partners)))
    picture = pictures.sensitivity_picture(found, advisor.loaded)
    root = drawn(picture, advisor)
    bars = [rect for rect in root.iter(f"{SVG}rect") if rect.get("height") == "20"]
    lost = [int(row[1]) for row in picture.table.rows[: pictures.BARS]]
    striped = [float(bar.get("width", 0)) for bar in bars if "stripes" in bar.get("fill", "")]
    assert sorted(striped, key=float) == sorted(170 * n / picture.values["most"] for n in lost if n)  # type: ignore[operator]


def test_a_picture_of_nothing_is_still_a_picture(advisor: Service) -> None:
    empty = Case("Empty", {})
    drawn(pictures.rows_picture(advisor.assess(empty), advisor.loaded), advisor)
    drawn(pictures.sensitivity_picture(weigh(empty, evaluator(advisor.loaded, 0)), advisor.loaded), advisor)


def test_boxes_of_a_graph_do_not_lie_on_each_other(advisor: Service) -> None:
    advice = advisor.assess(example("regional-professional-development", advisor))
    for name in advice.justification:
        nodes = why_picture(tree(advice, ConclusionRef.parse(name), advisor.loaded), advisor.loaded).values["nodes"]
        assert isinstance(nodes, list)
        for one in nodes:
            for two in nodes:
                apart = one is two or one.x != two.x or one.y + one.height <= two.y or two.y + two.height <= one.y
                assert apart, (name, one, two)


def test_names_cannot_break_out_of_a_picture(advisor: Service) -> None:
    case = Case("</title><script>alert(1)</script>", {})
    assert "<script>" not in pictures.rows_picture(advisor.assess(case), advisor.loaded).svg(advisor.loaded)


def test_the_table_is_there_as_json_too(advisor: Service) -> None:
    picture = pictures.rows_picture(advisor.assess(example("monthly-roundtable", advisor)), advisor.loaded)
    assert [tuple(row.values()) for row in json.loads(picture.json())["rows"]] == list(picture.table.rows)


@pytest.mark.parametrize("text", ["", "a", "one two three " * 30, "x" * 400])
def test_lines_fit_their_width(text: str) -> None:
    lines = lines_of(text, 200, 3)
    assert 1 <= len(lines) <= 3
    assert all(len(line) <= 28 for line in lines)
