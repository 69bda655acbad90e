"""A folder of rules becomes a rulebook, or one report of everything that is wrong in all its files.

The small rulebook that other tests vary is written here.
"""

from pathlib import Path

import pytest

from advisor.io.rulebook_reader import read_rulebook
from advisor.model.advice_parts import RowParts
from advisor.model.conditions import Always, Answered
from advisor.model.problems import InputError
from support.small_rulebooks import ADVICE, BASICS, FOUND, SMALL, TOPIC, changed, problems_of, small_rulebook, write_rules

OTHER = """\
topic: other
rules:
  - {id: ready-is-noted, when: {ready: yes}, then: {mark: a}, because: It is ready., source: [s.one]}
"""


def test_a_topic_exports_what_rules_of_others_test_and_nothing_else(tmp_path: Path) -> None:
    cases = {
        "": [("not-exported", "ready-is-noted", "ready")],
        "exports: [ready]\n": [],
        "exports: [ready, note]\n": [("exported-for-nobody", "topic", "note")],
    }
    for place, (exports, wanted) in enumerate(cases.items()):
        changed = TOPIC.replace("topic: topic\n", f"topic: topic\n{exports}")
        try:
            read_rulebook(write_rules(tmp_path / str(place), {"topic.yaml": changed, "other.yaml": OTHER}))
            found = []
        except InputError as error:
            found = [(each.code, each.about, each.found) for each in error.problems]
        assert found == wanted


PARTS = SMALL[ADVICE]


def _grouped(groups: str) -> dict[str, str]:
    """The small rulebook with the options of one question in groups."""
    return changed(BASICS, "options: [box, bag, none], ", f"options: [box, bag, none], beside: ask.open, groups: {groups}, ")


def test_everything_written_is_read(tmp_path: Path) -> None:
    rulebook = small_rulebook(tmp_path)
    assert (rulebook.version, rulebook.language) == ("1.2.3", "en")
    assert list(rulebook.vocabulary.questions) == [
        "ask.open",
        "ask.step",
        "ask.colour",
        "ask.things",
        "partner.keen",
        "partner.step",
    ]
    assert rulebook.documents == {"d": "A document"}
    assert rulebook.sources["s.one"].section == "First"
    rule = rulebook.rules["open-is-ready"]
    assert rule.conclusions == (("ready", "yes"), ("note", "bring-a-coat"))
    assert (rule.file, rule.line, rule.topic, rule.about) == ("rules/topic.yaml", 6, "topic", "agency")


def test_a_question_knows_its_options_sources_and_relevance(tmp_path: Path) -> None:
    questions = small_rulebook(tmp_path).vocabulary.questions
    assert questions["ask.open"].options == ("yes", "no")
    assert questions["ask.step"].options == ("low", "middle", "high")
    assert questions["ask.step"].essential
    assert not questions["ask.open"].essential
    assert questions["ask.colour"].option_sources["red"] == ("s.two",)
    assert questions["ask.colour"].when == Answered("ask.open", ("yes",))
    assert questions["ask.open"].when == Always()
    assert questions["partner.keen"].asked == "partner"
    assert questions["partner.keen"].group == "partner"


def test_the_options_of_a_question_stand_in_groups(tmp_path: Path) -> None:
    grouped = "beside: ask.open, groups: {yes: [box], no: [bag, none]}, "
    read = small_rulebook(tmp_path, changes=changed(BASICS, "[box, bag, none], ", f"[box, bag, none], {grouped}"))
    things = read.vocabulary.questions["ask.things"]
    assert [things.group_of(option) for option in ("box", "bag", "none")] == ["yes", "no", "no"]
    assert read.vocabulary.questions["ask.colour"].group_of("red") == ""


def test_a_finding_takes_its_values_from_where_it_says(tmp_path: Path) -> None:
    findings = small_rulebook(tmp_path).vocabulary.findings
    assert list(findings["height"].values) == ["low", "middle", "high"]
    assert list(findings["ready"].values) == ["yes"]
    assert list(findings["twin"].values) == ["a", "b", "c"]
    assert findings["twin"].worded_as == "mark"
    assert list(findings["topic-to-ask"].values) == ["ask.open", "ask.step", "ask.colour", "ask.things"]
    assert list(findings["topic-to-ask-partner"].values) == ["partner.keen", "partner.step"]
    assert findings["note"].values["bring-a-coat"].attributes == {"weight": "light"}
    assert findings["note"].values["bring-a-coat"].sources == ("s.two",)


def test_an_open_set_may_be_given_a_plain_list_of_values(tmp_path: Path) -> None:
    changes = changed(FOUND, ", attributes: {weight: [light, heavy]}", "")
    changes["topic.yaml"] = "topic: topic\ndeclares: {note: [x, y]}\nrules: []\n"
    assert list(read_rulebook(write_rules(tmp_path, changes)).vocabulary.findings["note"].values) == ["x", "y"]


MISTAKES = {
    "an unknown key": (changed("sources.yaml", "kind: rule, use: select", "kinds: rule, use: select"), "unknown-key", "kinds", 4),
    "a source twice": (changed("sources.yaml", "id: s.two", "id: s.one"), "duplicate-id", "s.one", 5),
    "a source of no document": (changed("sources.yaml", "select, document: d", "select, document: e"), "unknown-value", "e", 4),
    "items that are no list": ({"sources.yaml": "documents: {d: x}\nitems: {a: b}\n"}, "list-expected", "", 2),
    "a question type": (changed(BASICS, "type: yes-no", "type: yesno"), "unknown-value", "yesno", 3),
    "who could change it": (changed(BASICS, "changeable: agency", "changeable: me"), "unknown-value", "me", 3),
    "an unknown source of a question": (changed(BASICS, "source: [s.one]", "source: [s.on]"), "unknown-source", "s.on", 3),
    "an unknown source of an option": (changed(BASICS, "red: [s.two]", "red: [s.too]"), "unknown-source", "s.too", 7),
    "an unknown scale": (changed(BASICS, "scale: closeness", "scale: closness"), "unknown-value", "closness", 4),
    "a question twice": (changed(BASICS, "id: ask.step", "id: ask.open"), "duplicate-id", "ask.open", 4),
    "options of a yes-no question": (
        changed(BASICS, "type: yes-no,", "type: yes-no, options: [a, b],"),
        "options-not-wanted",
        "",
        3,
    ),
    "one option only": (changed(BASICS, "[box, bag, none]", "[box]"), "options-expected", "", 11),
    "an option twice": (changed(BASICS, "[box, bag, none]", "[box, box]"), "options-expected", "", 11),
    "no options": (changed(BASICS, "options: [box, bag, none], ", ""), "options-expected", "", 11),
    "groups under what is no option there": (_grouped("{yes: [box], maybe: [bag, none]}"), "unknown-value", "maybe", 11),
    "an option in two groups": (_grouped("{yes: [box, bag], no: [bag, none]}"), "unknown-value", "bag", 11),
    "an option in no group": (_grouped("{yes: [box], no: [none]}"), "not-grouped", "bag", 11),
    "groups of a question that stands beside none": (
        changed(BASICS, "options: [box, bag, none], ", "options: [box, bag, none], groups: {yes: [box]}, "),
        "unknown-value",
        "yes",
        11,
    ),
    "relevance that looks ahead": (
        changed(BASICS, "when: {ask.open: yes}", "when: {ask.things: {includes: box}}"),
        "relevance-looks-ahead",
        "ask.things",
        10,
    ),
    "relevance on a finding": (changed(BASICS, "when: {ask.open: yes}", "when: {ready: yes}"), "unknown-test", "ready", 10),
    "a section misnamed": (changed(BASICS, "section: basics", "section: basic"), "unknown-value", "basic", 1),
    "a section without a file": (
        changed("vocabulary/sections.yaml", "[basics]", "[basics, more]"),
        "section-without-match",
        "more",
        0,
    ),
    "a finding type": (changed(FOUND, "{type: flag}", "{type: flags}"), "unknown-value", "flags", 4),
    "a level without a scale": (changed(FOUND, "scale: closeness, keep: highest", "keep: highest"), "level-needs-scale", "", 2),
    "a level that keeps nothing": (changed(FOUND, ", keep: highest", ""), "level-needs-scale", "", 2),
    "a finding like no other": (changed(FOUND, "like: mark", "like: marks"), "unknown-value", "marks", 6),
    "a finding called like a question": (changed(FOUND, "ready:", "ask.open:"), "duplicate-id", "", 4),
    "a topic misnamed": (changed("topic.yaml", "topic: topic", "topic: tropic"), "unknown-value", "tropic", 1),
    "a value of no open finding": (changed("topic.yaml", "  note:\n", "  mark:\n"), "unknown-finding", "mark", 3),
    "an attribute outside its values": (changed("topic.yaml", "weight: light", "weight: lihgt"), "unknown-value", "lihgt", 4),
    "an attribute missing": (changed("topic.yaml", "weight: light, ", ""), "missing-key", "weight", 4),
    "a value declared twice": (
        {"other.yaml": "topic: other\ndeclares: {note: {bring-a-coat: {weight: heavy}}}\nrules: []\n"},
        "duplicate-id",
        "bring-a-coat",
        4,
    ),
    "rules that are no list": ({"other.yaml": "topic: other\nrules: {a: b}\n"}, "list-expected", "", 2),
    "a topic that is a list": ({"other.yaml": "[topic]\n"}, "mapping-expected", "", 1),
    "a rule twice": (
        {
            "other.yaml": TOPIC.replace("topic: topic", "topic: other").replace(
                "declares:\n  note:\n    bring-a-coat: {weight: light, source: [s.two]}\n", ""
            )
        },
        "duplicate-id",
        "open-is-ready",
        6,
    ),
    "a rule on an unknown source": (
        changed("topic.yaml", "    source: [s.one]", "    source: [s.eno]"),
        "unknown-source",
        "s.eno",
        6,
    ),
    "a first value of an attribute that is none": (
        changed(FOUND, "weight: [light, heavy]}}", "weight: [light, heavy]}, first-of: wieght}"),
        "unknown-value",
        "wieght",
        7,
    ),
    "a first value where the values are not declared": (
        changed(
            FOUND,
            "mark: {type: set, values: [a, b, c]}",
            "mark: {type: set, values: [a, b, c], attributes: {to: [x]}, first-of: to}",
        ),
        "unknown-key",
        "first-of",
        5,
    ),
    "a part that is none": ({ADVICE: f"{PARTS}  stop: mark\n"}, "unknown-key", "stop", 4),
    "a part that is needed": ({ADVICE: "parts: {proceed: mark}\n"}, "missing-key", "recommended", 1),
    "no parts at all": ({ADVICE: "rows: {}\n"}, "missing-key", "parts", 1),
    "a part played by nothing": ({ADVICE: f"{PARTS}  stops: marks\n"}, "unknown-part-finding", "marks", 4),
    "a part played by a finding of another kind": ({ADVICE: f"{PARTS}  stops: height\n"}, "finding-of-another-kind", "height", 4),
    "a part played by a finding about partners": ({ADVICE: f"{PARTS}  stops: badge\n"}, "finding-of-another-kind", "badge", 4),
    "a part of partners played by one about the agency": (
        {ADVICE: f"{PARTS}  partner_role: twin\n"},
        "finding-of-another-kind",
        "twin",
        4,
    ),
    "a part whose values lack attributes": ({ADVICE: f"{PARTS}  actions: note\n"}, "finding-of-another-kind", "note", 4),
    "a part with other values than the one it goes with": (
        {ADVICE: f"{PARTS}  structures: twin\n  first_structure: note\n"},
        "values-of-another-part",
        "note",
        5,
    ),
    "a part that asks what is no question": ({ADVICE: f"{PARTS}  decisive: twin\n"}, "values-of-another-part", "twin", 4),
    "a row on a question that is none": (
        {ADVICE: f"{PARTS}rows: {{one: {{present: ask.stp}}}}\n"},
        "unknown-question",
        "ask.stp",
        4,
    ),
    "a row's own need that is no level": (
        {ADVICE: f"{PARTS}rows: {{one: {{own_need: mark}}}}\n"},
        "finding-of-another-kind",
        "mark",
        4,
    ),
    "a decision that is none": ({ADVICE: f"{PARTS}existing: [a, d]\n"}, "unknown-value", "d", 4),
    "a verdict that stops and is none": ({ADVICE: f"{PARTS}stopping: [gold]\n"}, "unknown-value", "gold", 4),
    "a consulted question that is none": (
        {ADVICE: f"{PARTS}consulted: [ask.colour, ask.stp]\n"},
        "unknown-question",
        "ask.stp",
        4,
    ),
    "markers that are no list of several": (
        {ADVICE: f"{PARTS}markers: [ask.things, ask.colour]\n"},
        "unknown-value",
        "ask.colour",
        4,
    ),
    "a category asked of the agency": (
        {ADVICE: f"{PARTS}category_of_partner: ask.colour\n"},
        "question-about-the-agency",
        "ask.colour",
        4,
    ),
    "a sign of references in a name": (changed(FOUND, "[gold, tin]", "[gold, 't=n']"), "reserved-sign", "t=n", 8),
    "a file that is not YAML": ({"other.yaml": "topic: [\n"}, "not-yaml", "", 2),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_reported_where_it_stands(mistake: str, tmp_path: Path) -> None:
    changes, code, found, line = MISTAKES[mistake]
    reported = [(p.code, p.line) for p in problems_of(tmp_path, changes) if found in p.found]
    assert (code, line) in reported


def test_roles_are_read_with_what_they_say_of_values(tmp_path: Path) -> None:
    advice = f"{PARTS}  partner_role: badge\n  decisive: topic-to-ask\nrows: {{one: {{own_need: height, present: ask.step}}}}\n"
    advice += "existing: [b, c]\nstopping: [c]\n"
    parts = read_rulebook(write_rules(tmp_path, {ADVICE: advice})).vocabulary.advice_parts
    assert (parts.proceed, parts.recommended, parts.partner_role, parts.stops) == ("mark", "height", "badge", "")
    assert (parts.existing, parts.stopping, parts.rows) == (("b", "c"), ("c",), {"one": RowParts("height", "ask.step")})
    assert parts.chief == ("mark", "height")
    assert parts.part_of == {"mark": "proceed", "height": "recommended", "badge": "partner_role", "topic-to-ask": "decisive"}


def test_the_nearest_finding_that_fits_is_named(tmp_path: Path) -> None:
    found = problems_of(tmp_path, {ADVICE: "parts: {proceed: mark, recommended: heigth}\n"})
    assert [(p.file, p.code, p.nearest) for p in found] == [("rules/vocabulary/advice.yaml", "unknown-part-finding", "height")]


def test_a_missing_file_is_reported_by_its_name(tmp_path: Path) -> None:
    rules = write_rules(tmp_path)
    (rules / FOUND).unlink()
    with pytest.raises(InputError) as raised:
        read_rulebook(rules)
    assert ("rules/vocabulary/findings.yaml", "unreadable-file") in {(p.file, p.code) for p in raised.value.problems}


def test_mistakes_in_several_files_are_reported_together(tmp_path: Path) -> None:
    changes = {
        **changed("sources.yaml", "document: d", "document: e"),
        **changed(BASICS, "type: several", "type: sevral"),
        **changed("topic.yaml", "{ask.open: yes}", "{ask.opn: yes}"),
    }
    found = problems_of(tmp_path, changes)
    assert {p.file for p in found} == {"rules/sources.yaml", "rules/vocabulary/questions/basics.yaml", "rules/topic.yaml"}
    assert next(p for p in found if p.found == "ask.opn").nearest == "ask.open"
    assert list(found) == sorted(found)
