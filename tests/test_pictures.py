"""Pictures: well-formed SVG with a title, a description and text, and the same data as a table."""

import json
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from advisor.analysis.sensitivity import weigh
from advisor.engine.forward_chaining import ChainEngine
from advisor.explain.comparison import Reading
from advisor.explain.why import tree
from advisor.io.case_reader import read_case
from advisor.loading import Loaded
from advisor.model.case import Case
from advisor.model.references import ConclusionRef
from advisor.model.scenario import Scenario, apply
from advisor.render import change_pictures, partner_pictures, pictures, plan_picture
from advisor.render.drawing import Box, Label, Mark, Picture, lines_of
from advisor.render.why_picture import why_picture
from advisor.service import Service
from support.changed_cases import evaluator
from support.sampling import sampled

EXAMPLES = Path(__file__).parents[1] / "examples"
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="session")
def advisor(loaded: Loaded) -> Service:
    return Service(loaded, ChainEngine(loaded.cache))


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
    left, top, width, height = map(float, root.get("viewBox", "").split())
    for text in root.iter(f"{SVG}text"):
        assert left <= float(text.get("x", 0)) <= left + width
        assert top <= float(text.get("y", 0)) <= top + height
    for box in picture.shapes:
        if isinstance(box, Box):
            assert 0 <= box.x <= box.x + box.width <= picture.width + 0.01
            assert 0 <= box.y <= box.y + box.height <= picture.height + 0.01
    return root


def words(root: ET.Element) -> str:
    return " ".join(" ".join(root.itertext()).split())


@pytest.mark.parametrize("path", sampled(sorted(EXAMPLES.glob("*.yaml"))), ids=lambda path: path.stem)
def test_every_example_can_be_drawn(path: Path, advisor: Service) -> None:
    case = read_case(path, advisor.rulebook.vocabulary)
    advice = advisor.assess(case)
    for draw in (
        pictures.rows_picture,
        partner_pictures.table_picture,
        partner_pictures.closeness_picture,
        plan_picture.plan_picture,
    ):
        drawn(draw(advice, advisor.loaded), advisor)
    for name in advice.justification:
        if name.startswith(("dimension", "proceed", "partner-dimension", "caution")):
            drawn(why_picture(tree(advice, ConclusionRef.parse(name), advisor.loaded), advisor.loaded), advisor)


def marks(picture: Picture) -> list[Mark]:
    return [shape for shape in picture.shapes if isinstance(shape, Mark)]


def test_the_row_profile_has_a_mark_for_each_cell_of_its_table(advisor: Service) -> None:
    picture = pictures.rows_picture(advisor.assess(example("monthly-roundtable", advisor)), advisor.loaded)
    root = drawn(picture, advisor)
    filled = sum(cell != "—" for row in picture.table.rows for cell in row[1:])
    kinds = {mark.kind for mark in marks(picture)}
    assert len(picture.table.rows) == 8
    assert len(marks(picture)) == filled + len(kinds)  # the legend shows each once
    assert "present" in kinds
    assert "Today" in words(root)


def test_a_row_has_a_mark_for_its_need_only_where_that_is_another(advisor: Service) -> None:
    advice = advisor.assess(example("housing-need-above-the-limit", advisor))
    other = [row for row in advice.rows.values() if row.own_need not in (None, row.recommended)]
    needed = [mark for mark in marks(pictures.rows_picture(advice, advisor.loaded)) if mark.kind == "needed"]
    assert other
    assert len(needed) == len(other) + 1
    assert pictures.rows_differ(advice)
    assert not pictures.rows_differ(advisor.assess(example("newborns-exposed-before-birth", advisor)))


def test_marks_differ_in_shape_and_place_not_only_in_color(advisor: Service) -> None:
    found = marks(pictures.rows_picture(advisor.assess(example("foster-youth-school-records", advisor)), advisor.loaded))
    assert len({(mark.x, mark.y) for mark in found}) == len(found)


def test_everybody_who_is_there_or_missing_has_a_place_at_the_table(advisor: Service) -> None:
    advice = advisor.assess(example("newborns-exposed-before-birth", advisor))
    picture = partner_pictures.table_picture(advice, advisor.loaded)
    said = words(drawn(picture, advisor))
    core, beside, missing = ({name for row in picture.table.rows for name in row[n].split("; ")} - {"—"} for n in (1, 2, 3))
    assert core == {partner.name for partner in advice.partners if partner.core}
    assert not beside
    assert missing > {item.title for item in advice.members_missing}
    assert "Mothers in Recovery" in missing
    assert all(name in said for name in core | missing)
    dashed = [shape for shape in picture.shapes if isinstance(shape, Box) and shape.dashes]
    assert len(dashed) == sum(len(row[3].split("; ")) for row in picture.table.rows if row[3] != "—")


def test_a_partner_stands_where_the_advice_has_it_with_what_holds_it(advisor: Service) -> None:
    advice = advisor.assess(example("housing-need-above-the-limit", advisor))
    picture = partner_pictures.closeness_picture(advice, advisor.loaded)
    held = {partner.name: partner.held[0].title for partner in advice.partners if partner.held}
    assert held
    for name, _, note in picture.table.rows:
        assert held.get(name, "—") == note
    (mark,) = marks(picture)[:-2]  # the last two are the legend's
    steps = advisor.vocabulary.findings[advisor.vocabulary.advice_parts.recommended].values
    columns = [shape.x + shape.width / 2 for shape in picture.shapes if isinstance(shape, Box)]
    assert mark.x == columns[list(steps).index(str(advice.partners[0].dimension))]


def test_each_action_stands_once_where_its_owner_and_its_time_meet(advisor: Service) -> None:
    for path in sorted(EXAMPLES.glob("*.yaml")):
        advice = advisor.assess(read_case(path, advisor.rulebook.vocabulary))
        picture = plan_picture.plan_picture(advice, advisor.loaded)
        cards = [shape for shape in picture.shapes if isinstance(shape, Box) and shape.outline]
        assert len(cards) == len(picture.table.rows) == len(advice.actions)
        said = [" ".join(shape.lines) for shape in picture.shapes if isinstance(shape, Label) and shape.size == 12]
        assert sorted(each.lower() for each in said) == sorted(action.title.lower() for action in advice.actions)
        for one in cards:
            for two in cards:
                assert one is two or one.x != two.x or one.y + one.height <= two.y or two.y + two.height <= one.y


def test_a_lever_leads_where_the_advice_goes_with_that_answer(advisor: Service) -> None:
    case = example("housing-need-above-the-limit", advisor)
    found = advisor.sensitivity(case)
    picture = change_pictures.levers_picture(found, advisor.assess(case), advisor.loaded)
    drawn(picture, advisor)
    law = next(flip.change for flip in found.flips if flip.change.question == "possible.law" and flip.change.now == ("forbids",))
    after = advisor.assess(apply(case, Scenario("x", {law.question: law.now})))
    assert after.proceed in advisor.vocabulary.advice_parts.stopping
    asked = advisor.loaded.wording.asked("possible.law")
    assert [row[2] for row in picture.table.rows if row[0] == asked] == ["not at all"]
    reach = advisor.loaded.wording.asked("partner.reach")
    assert {row[2] for row in picture.table.rows if row[0].startswith(reach)} == {"not at all", "networking", "collaboration"}
    ends = [mark for mark in marks(picture) if mark.kind == "then"][:-1]
    assert len(ends) == min(len(picture.table.rows), change_pictures.LEVERS)


def test_a_route_leads_to_its_goal(advisor: Service) -> None:
    case = example("housing-need-above-the-limit", advisor)
    picture = advisor.picture(case, "route", "dimension=collaboration")
    drawn(picture, advisor)
    assert [row[0] for row in picture.table.rows] == ["Today", "Step 1"]
    assert [row[2] for row in picture.table.rows] == ["cooperation", "collaboration"]
    first, last = marks(picture)
    assert last.x > first.x


def test_a_picture_beside_text_has_no_title_of_its_own_and_no_style(advisor: Service) -> None:
    picture = partner_pictures.table_picture(advisor.assess(example("monthly-roundtable", advisor)), advisor.loaded)
    alone, beside = (ET.fromstring(picture.svg(advisor.loaded, alone=each)) for each in (True, False))
    assert alone.find(f"{SVG}style") is not None
    assert beside.find(f"{SVG}style") is None
    assert float(alone.get("height", 0)) == float(beside.get("height", 0)) + picture.top
    assert sum(picture.heading[0] in words(text) for text in alone.iter(f"{SVG}text")) == 1
    assert not any(picture.heading[0] in words(text) for text in beside.iter(f"{SVG}text"))


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
    picture = change_pictures.sensitivity_picture(found, advisor.loaded)
    root = drawn(picture, advisor)
    bars = [rect for rect in root.iter(f"{SVG}rect") if rect.get("height") == "20"]
    lost = [int(row[1]) for row in picture.table.rows[: change_pictures.BARS]]
    striped = [float(bar.get("width", 0)) for bar in bars if "stripes" in bar.get("fill", "")]
    assert sorted(striped, key=float) == sorted(170 * n / change_pictures.most(found) for n in lost if n)


def test_a_picture_of_nothing_is_still_a_picture(advisor: Service) -> None:
    empty = Case("Empty", {})
    drawn(pictures.rows_picture(advisor.assess(empty), advisor.loaded), advisor)
    drawn(change_pictures.sensitivity_picture(weigh(empty, evaluator(advisor.loaded, 0)), advisor.loaded), advisor)


def test_boxes_of_a_graph_do_not_lie_on_each_other(advisor: Service) -> None:
    advice = advisor.assess(example("regional-professional-development", advisor))
    for name in advice.justification:
        picture = why_picture(tree(advice, ConclusionRef.parse(name), advisor.loaded), advisor.loaded)
        nodes = [shape for shape in picture.shapes if isinstance(shape, Box)]
        assert len(nodes) == len(picture.table.rows)
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
