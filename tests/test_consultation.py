"""A consultation: views put together, what becomes of them, and what nobody may learn of an anonymous respondent."""

import json
from collections.abc import Mapping, Sequence
from io import BytesIO
from itertools import product
from pathlib import Path
from random import Random
from typing import Any
from zipfile import ZipFile

import pytest

from advisor.analysis.consultation import ConsultationResult, consult, tiers
from advisor.analysis.deadline import Deadline
from advisor.engine.forward_chaining import ChainEngine
from advisor.io.view_reader import parse_view
from advisor.loading import Loaded
from advisor.model.case import Case, Partner
from advisor.model.consultation import Audience, Consultation, Respondent, RespondentView, Shown, Speaks, join
from advisor.model.problems import InputError
from advisor.model.references import ConclusionRef
from advisor.render import report
from advisor.service import Service
from conftest import ROOT
from support.shell import Shell

FILES = sorted((ROOT / "examples" / "consultation").glob("*.yaml"))
CASE = str(ROOT / "examples" / "newborns-exposed-before-birth.yaml")
Told = Mapping[str, tuple[str, ...]]


def view(
    name: str,
    answers: Told | None = None,
    partners: Mapping[str, Told] | None = None,
    *,
    speaks: Speaks = "agency",
    shown: Shown = "by-name",
    partner: str = "",
) -> RespondentView:
    notes = {("today.state", ""): f"A remark of {name}"}
    case = Case(name, answers or {}, tuple(Partner(each, own) for each, own in (partners or {}).items()), {}, notes)
    return RespondentView(Respondent(name, speaks, partner, shown), case)


def told(views: Sequence[RespondentView], loaded: Loaded, audience: Audience = "everybody") -> ConsultationResult:
    return Service(loaded, ChainEngine(loaded.cache)).consult(views, audience=audience)


def answers_of(joined: Consultation, question: str, partner: str | None = None) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    """The positions on a question, with who holds them by name."""
    point = next(point for point in joined.points if (point.question, point.partner) == (question, partner))
    return [(position.answer, position.holders) for position in point.positions]


@pytest.fixture
def advisor(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(monkeypatch, capsys)


@pytest.fixture(scope="module")
def files(loaded: Loaded) -> list[RespondentView]:
    return [parse_view(path.read_bytes(), loaded.rulebook.vocabulary, name=path.name) for path in FILES]


def test_a_slot_that_some_leave_open_counts_as_the_others_answered_it(loaded: Loaded) -> None:
    one = view("One", {"wanted.aim": ("exchange",), "today.state": ("contact",)}, {"Harbor House": {"partner.trust": ("low",)}})
    two = view("Two", {"today.state": ("nothing",)}, {"HARBOR HOUSE": {"partner.reach": ("exchange",)}, "Court": {}})
    joined = join([one, two], loaded.rulebook.vocabulary)
    assert joined.case.answers == {"wanted.aim": ("exchange",)}
    assert [partner.name for partner in joined.case.partners] == ["Harbor House", "Court"]
    assert joined.case.partners[0].answers == {"partner.trust": ("low",), "partner.reach": ("exchange",)}
    assert answers_of(joined, "today.state") == [(("nothing",), ("Two",)), (("contact",), ("One",))]
    assert [point.question for point in joined.contested] == ["today.state"]
    assert joined.points[0].silent == ("Two",)


def test_one_partner_is_one_however_its_name_is_typed(loaded: Loaded) -> None:
    views = [view(f"R{n}", {}, {name: {}}) for n, name in enumerate(("Muñoz Clinic", "Mun\u0303oz Clinic", "MUÑOZ CLINIC"))]
    assert [partner.name for partner in join(views, loaded.rulebook.vocabulary).case.partners] == ["Muñoz Clinic"]


def test_lists_are_taken_whole_and_never_mixed(loaded: Loaded) -> None:
    """Where one side is right the other's list is not: what would need both lists at once holds for nobody."""
    given = [("waiting",), ("unaware", "that-is-all")]
    joined = join([view(f"R{n}", {"wanted.obstacle": answer}) for n, answer in enumerate(given)], loaded.rulebook.vocabulary)
    assert [answer for answer, _ in answers_of(joined, "wanted.obstacle")] == sorted(
        given, key=lambda each: loaded.rulebook.vocabulary.questions["wanted.obstacle"].options.index(each[0])
    )


def test_what_stands_is_what_the_advice_says_in_every_combination(files: list[RespondentView], loaded: Loaded) -> None:
    """The example from the outside: drawn combinations of its answers, each assessed as a case of its own."""
    service, vocabulary = Service(loaded, ChainEngine(loaded.cache)), loaded.rulebook.vocabulary
    joined = join(files, vocabulary)
    found = consult(joined, loaded.program(len(joined.case.partners)), vocabulary)
    findings = [finding for tier in tiers(vocabulary.advice_parts) for finding in tier]
    draw, seen = Random(1), set[str]()
    for _ in range(150):
        agency = dict(joined.case.answers)
        about = {partner.name: dict(partner.answers) for partner in joined.case.partners}
        for point in joined.contested:
            (agency if point.partner is None else about[point.partner])[point.question] = draw.choice(point.positions).answer
        case = Case("", agency, tuple(Partner(name, own) for name, own in about.items()))
        inference = service.infer(case)
        held = set()
        for finding in findings:
            if vocabulary.findings[finding].kind == "level":
                held.add(str(ConclusionRef(finding, inference.level(finding) or "none")))
            else:
                held |= {str(ConclusionRef(finding, value)) for value in inference.values(finding)}
        assert set(found.settled) <= held <= {*found.settled, *found.contested}
        seen |= held
    assert len(found.contested) > 10
    assert len(seen & set(found.contested)) > 0.8 * len(found.contested)


def test_each_side_gets_what_it_would_get_alone(loaded: Loaded) -> None:
    """Where every respondent answers everything that is disputed, being right leaves nothing open: it is their own advice."""
    base = {"today.state": ("contact",), "wanted.records": ("none",), "possible.law": ("allows",)}
    own = [
        {"wanted.aim": ("exchange",), "wanted.work": ("exchange",), "possible.authority": ("staff",)},
        {"wanted.aim": ("common-outcomes",), "wanted.work": ("change-practice",), "possible.authority": ("head",)},
    ]
    partner = {"Harbor House": {"partner.category": ("providers",), "partner.role": ("works",), "partner.reach": ("merge",)}}
    views = [view(f"R{n}", {**base, **each}, partner) for n, each in enumerate(own)]
    found = told(views, loaded)
    for side, each in zip(found.sides, views, strict=True):
        advice = Service(loaded, ChainEngine(loaded.cache)).assess(each.case)
        assert not side.contested
        assert f"dimension={advice.dimension.recommended}" in side.holds
    assert {side.holds for side in found.sides} == {found.sides[0].holds, found.sides[1].holds}
    assert found.sides[0].holds != found.sides[1].holds


def test_disagreements_that_turn_nothing_come_last_and_the_weightiest_first(files: list[RespondentView], loaded: Loaded) -> None:
    found = told(files, loaded)
    assert found.disagreements is not None
    turns = [point.turns for point in found.disagreements]
    assert turns == sorted(turns, reverse=True)
    assert True in turns
    assert False in turns
    left = [point.left for point in found.disagreements if point.turns]
    assert left == sorted(left)
    for point in found.disagreements:
        for position in point.positions:
            assert {*position.holds, *position.falls, *position.contested} == {*found.contested}
            assert point.turns or not (position.holds or position.falls)


def test_without_time_nothing_is_said_that_was_not_decided(files: list[RespondentView], loaded: Loaded) -> None:
    joined = join(files, loaded.rulebook.vocabulary)
    exact = consult(joined, loaded.program(3), loaded.rulebook.vocabulary)
    hasty = consult(joined, loaded.program(3), loaded.rulebook.vocabulary, Deadline(0.0))
    assert hasty.disagreements is None or hasty.disagreements == exact.disagreements
    assert set(hasty.settled) <= set(exact.settled)
    assert set(hasty.contested) <= set(exact.contested)
    assert hasty.map == exact.map


def test_the_map_shows_spread_and_agreement_and_averages_nothing(loaded: Loaded) -> None:
    trust: list[Told] = [{"partner.trust": (step,)} for step in ("broken", "fair", "fair")]
    views = [view(f"R{n}", {"present.purpose": ("networking",)} if n else {}, {"Court": own}) for n, own in enumerate(trust)]
    found = told(views, loaded).map
    point = next(point for part in found.parts for point in part.points if point.question == "partner.trust")
    assert (point.answered, point.alike, point.lowest, point.highest) == (3, 2, "broken", "fair")
    assert [(row.row, row.steps) for row in found.rows] == [("purpose", ("", "networking", "networking"))]
    (matrix,) = found.matrices
    assert matrix.cells == ((("broken",),), (("fair",),), (("fair",),))
    assert matrix.contested


def test_what_somebody_wrote_beside_an_answer_stands_with_the_position(files: list[RespondentView], loaded: Loaded) -> None:
    found = told(files, loaded)
    remarks = {
        position.answer: [(remark.respondent, remark.text) for remark in position.remarks]
        for point in found.disagreements or ()
        for position in point.positions
        if point.question == "possible.records-law"
    }
    said = "Our own law forbids it, and the state's counsel was never asked to read it."
    assert remarks == {("some",): [], ("unclear",): [], ("forbids",): [("Red River", said)]}
    assert f"Red River: “{said}”" in report.consultation(found, loaded, "chain").to_markdown()


# Who may see what

MANY: list[tuple[str, ...]] = [("low",), ("low",), ("fair",), ("broken",), ("low",)]


def families(answers: Sequence[tuple[str, ...]], shown: Shown = "anonymous") -> list[RespondentView]:
    return [
        view(f"Secret {n}", {"today.state": ("asleep",)}, {"Court": {"partner.trust": each}}, speaks="family", shown=shown)
        for n, each in enumerate(answers)
    ]


def everything(found: ConsultationResult, loaded: Loaded) -> str:
    """All that anybody can read of it."""
    told = report.consultation(found, loaded, "chain")
    return "\n".join((told.to_json(), told.to_markdown(full=True), told.to_html(full=True), told.to_text(full=True)))


def test_of_fewer_than_five_anonymous_respondents_nothing_can_be_learned(loaded: Loaded) -> None:
    """Whatever they answer, every word of what comes out is the same."""
    agency = view("County", {"today.state": ("contact",)}, {"Court": {"partner.trust": ("high",)}})
    for number in range(1, 5):
        texts = {
            everything(told([agency, *families(answers)], loaded), loaded)
            for answers in (MANY[:number], [("high",)] * number, [("broken",)] * number)
        }
        assert len(texts) == 1
        assert "Secret" not in texts.pop()


def test_of_five_positions_are_shown_without_names_or_numbers(loaded: Loaded) -> None:
    agency = view("County", {"today.state": ("contact",)}, {"Court": {"partner.trust": ("high",)}})
    found = told([agency, *families(MANY)], loaded)
    point = next(point for point in found.disagreements or () if point.question == "partner.trust")
    assert {position.answer: (position.holders, position.kinds) for position in point.positions} == {
        ("broken",): ((), ("family",)),
        ("low",): ((), ("family",)),
        ("fair",): ((), ("family",)),
        ("high",): (("County",), ()),
    }
    assert "Secret" not in everything(found, loaded)
    shuffled = families([MANY[4], MANY[3], MANY[0], MANY[1], MANY[2]])
    assert everything(told([agency, *shuffled], loaded), loaded) == everything(found, loaded)
    fewer_of_one = families([("low",), ("broken",), ("fair",), ("broken",), ("fair",)])
    assert everything(told([agency, *fewer_of_one], loaded), loaded) == everything(found, loaded)


def test_an_answer_that_all_give_would_give_each_away_and_is_not_shown(loaded: Loaded) -> None:
    """All five say `asleep`: to show it would tell of each what they said."""
    joined = join([view("County", {"today.state": ("contact",)}), *families(MANY)], loaded.rulebook.vocabulary)
    assert answers_of(joined, "today.state") == [(("contact",), ("County",))]


def test_a_question_that_fewer_than_five_of_them_answered_is_not_shown(loaded: Loaded) -> None:
    joined = join([view("County"), *families([*MANY[:4], ()])], loaded.rulebook.vocabulary)
    assert not [point for point in joined.points if point.question == "partner.trust"]


def test_two_of_five_who_compare_notes_learn_no_answer_of_another(loaded: Loaded) -> None:
    """Every way in which five anonymous respondents can answer a question or leave it open, and all that is seen of it.

    Whoever knows two of the five answers, and sees what comes out, finds two or more answers possible for each of the others.
    """
    question, county = "people.indian-children", view("County", {"people.indian-children": ("yes",)})
    options = ("", *loaded.rulebook.vocabulary.questions[question].options)
    possible: dict[tuple[str, tuple[str, str]], list[set[str]]] = {}
    for answers in product(options, repeat=5):
        own = [
            view(f"S{n}", {question: (each,)} if each else {}, speaks="family", shown="anonymous")
            for n, each in enumerate(answers)
        ]
        joined = join([county, *own], loaded.rulebook.vocabulary)
        seen = repr((joined.case, joined.anonymous, joined.points, joined.views))
        others = possible.setdefault((seen, (answers[0], answers[1])), [set(), set(), set()])
        for other, answer in zip(others, answers[2:], strict=True):
            other.add(answer)
    assert len({seen for seen, _ in possible}) > 4
    assert not [known for known, others in possible.items() if any(len(other) < 2 for other in others)]


def test_a_partner_that_only_they_name_is_not_there_until_five_do(loaded: Loaded) -> None:
    some = [view(f"S{n}", {}, {"Secret Clinic": {}} if n < 4 else {}, speaks="front-line", shown="anonymous") for n in range(6)]
    assert not join([view("County"), *some], loaded.rulebook.vocabulary).case.partners
    more = [view(f"S{n}", {}, {"Known Clinic": {}}, speaks="front-line", shown="anonymous") for n in range(5)]
    assert [each.name for each in join([view("County"), *more], loaded.rulebook.vocabulary).case.partners] == ["Known Clinic"]


def test_a_name_for_the_specialist_is_told_to_nobody_else(loaded: Loaded) -> None:
    views = [view("County", {}, {"Court": {}}), *families(MANY[:2], "to-specialist")]
    assert "Secret 1" in everything(told(views, loaded, "specialist"), loaded)
    assert "Secret" not in everything(told(views, loaded), loaded)


def test_those_with_another_promise_do_not_make_up_the_five(loaded: Loaded) -> None:
    """Three anonymous and three named to the specialist are six, and yet the three could be told apart by her."""
    views = [view("County", {}, {"Court": {}}), *families(MANY[:3]), *families(MANY[:3], "to-specialist")]
    audiences: tuple[Audience, ...] = ("everybody", "specialist")
    for audience in audiences:
        joined = join(views, loaded.rulebook.vocabulary, audience=audience)
        assert not [point for point in joined.points if any(position.kinds for position in point.positions)]


# What is wrong


@pytest.mark.parametrize(
    ("about", "code"),
    [
        ("{speaks: nobody}", "unknown-value"),
        ("{speaks: partner}", "missing-key"),
        ("{speaks: family, for: Court}", "for-a-partner-only"),
        ("{speaks: family, shown: sometimes}", "unknown-value"),
        ("{name: A}", "missing-key"),
        ("[agency]", "mapping-expected"),
    ],
)
def test_who_answers_has_to_be_said(about: str, code: str, loaded: Loaded) -> None:
    with pytest.raises(InputError) as error:
        parse_view(
            f"answers: {{wanted.aim: exchange}}\nrespondent: {about}\n".encode(), loaded.rulebook.vocabulary, name="v.yaml"
        )
    (problem,) = error.value.problems
    assert (problem.code, problem.line) == (code, 2)


def test_a_case_without_a_respondent_is_no_view(loaded: Loaded) -> None:
    with pytest.raises(InputError) as error:
        parse_view(b"answers: {wanted.aim: exchanges}", loaded.rulebook.vocabulary, name="v.yaml")
    assert [problem.code for problem in error.value.problems] == ["missing-key", "unknown-option"]


def test_views_that_do_not_fit_together_are_told_of_all_at_once(loaded: Loaded) -> None:
    views = [view("A"), view("a"), view("B", speaks="partner", partner="Nobody", partners={"Court": {}})]
    with pytest.raises(InputError) as error:
        join(views, loaded.rulebook.vocabulary)
    assert [problem.code for problem in error.value.problems] == ["duplicate-respondent", "unknown-partner"]
    with pytest.raises(InputError):
        join([], loaded.rulebook.vocabulary)


# The command line


@pytest.mark.parametrize("form", ["text", "markdown", "html", "json"])
def test_files_are_merged_in_each_format(form: str, advisor: Shell, loaded: Loaded, files: list[RespondentView]) -> None:
    done = advisor("consult", "merge", *map(str, FILES), "--format", form)
    assert done.status == 0
    expected = report.consultation(told(files, loaded), loaded, "chain")
    if form == "json":
        assert done.out == expected.to_json()
        assert json.loads(done.out)["format"] == "consultation/1.1"
    elif form == "markdown":
        assert done.out == expected.to_markdown()
    elif form == "html":
        assert done.out == expected.to_html()
    else:
        assert "New Day" in done.out


def test_everything_wrong_with_all_files_is_told_at_once(advisor: Shell, tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ("one.yaml", "two.yaml")]
    paths[0].write_text("respondent: {speaks: agency}\nanswers: {wanted.aim: exchanges}\n", "utf-8")
    paths[1].write_text("answers: {wanted.aims: exchange}\n", "utf-8")
    done = advisor("consult", "merge", *map(str, paths))
    assert (done.status, done.out) == (2, "")
    assert [line.partition(":")[0].rpartition("/")[2] for line in done.err.splitlines()[:3]] == [
        "one.yaml",
        "two.yaml",
        "two.yaml",
    ]


def test_an_audience_that_is_none_is_refused(advisor: Shell) -> None:
    done = advisor("consult", "merge", str(FILES[0]), "--for", "specialists")
    assert done.status == 2
    assert "Did you mean specialist?" in done.err


# The form


def filled(path: Path, answers: Mapping[str, str]) -> None:
    """Type answers into a form, each where its row is."""
    if path.suffix == ".csv":
        import csv

        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.reader(file))
        for row in rows:
            row[4] = answers.get(row[0], "")
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, delimiter=";").writerows(rows)
        assert set(answers) <= {row[0] for row in rows}
        return
    import openpyxl

    book = openpyxl.load_workbook(path)
    sheet: Any = book.worksheets[0]
    there = {sheet.cell(number, 1).value: number for number in range(1, sheet.max_row + 1)}
    for about, answer in answers.items():
        sheet.cell(there[about], 5).value = answer
    book.save(path)


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_a_form_that_is_filled_in_is_a_view(kind: str, advisor: Shell, loaded: Loaded, tmp_path: Path) -> None:
    path = tmp_path / f"form.{kind}"
    done = advisor("consult", "sheet", CASE, "--all", "-o", str(path))
    assert done.status == 0
    option = loaded.wording.option
    filled(
        path,
        {
            "respondent.name": "Dana",
            "respondent.speaks": "For a partner",
            "respondent.for": "red river nation",
            "respondent.shown": "The specialist who leads it",
            "wanted.aim": option("wanted.aim", "common-goal"),
            "wanted.obstacle=waiting": "x",
            "wanted.obstacle=that-is-all": "X",
            "today.required": "no",
            "wanted.duties": option("wanted.duties", "yes"),
            "partner.trust@Red River Nation": option("partner.trust", "low"),
        },
    )
    from advisor.io.view_reader import read_view

    read = read_view(path, loaded.rulebook.vocabulary, loaded.wording)
    assert read.respondent == Respondent("Dana", "partner", "red river nation", "to-specialist")
    assert read.case.answers == {
        "wanted.aim": ("common-goal",),
        "today.required": ("no",),
        "wanted.obstacle": ("waiting", "that-is-all"),
        "wanted.duties": ("yes",),
    }
    trusted = {partner.name: dict(partner.answers) for partner in read.case.partners}
    assert trusted["Red River Nation"] == {"partner.trust": ("low",)}
    assert advisor("consult", "merge", str(FILES[0]), str(path), "--for", "specialist").status == 0


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_what_is_wrong_with_a_form_is_told_by_its_row(kind: str, advisor: Shell, loaded: Loaded, tmp_path: Path) -> None:
    path = tmp_path / f"form.{kind}"
    advisor("consult", "sheet", CASE, "--section", "wanted", "-o", str(path))
    filled(path, {"respondent.speaks": "family", "wanted.records": "some", "wanted.obstacle=waiting": "perhaps"})
    from advisor.io.view_reader import read_view

    with pytest.raises(InputError) as error:
        read_view(path, loaded.rulebook.vocabulary, loaded.wording)
    assert {problem.code for problem in error.value.problems} == {"unknown-option", "mark-expected"}
    assert all(problem.line > 5 for problem in error.value.problems)


def test_what_is_no_form_is_refused(advisor: Shell, loaded: Loaded, tmp_path: Path) -> None:
    from advisor.io.view_reader import read_view

    broken = BytesIO()
    with ZipFile(broken, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types>")
    for name, content, code in (
        ("a.xlsx", b"PK", "not-xlsx"),
        ("b.xlsx", broken.getvalue(), "not-xlsx"),
        ("a.csv", b"\xff\xfe", "not-utf-8"),
    ):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(InputError) as error:
            read_view(tmp_path / name, loaded.rulebook.vocabulary)
        assert [problem.code for problem in error.value.problems] == [code]
    done = advisor("consult", "sheet", CASE, "-o", str(tmp_path / "form.ods"))
    assert done.status == 2
    assert not (tmp_path / "form.ods").exists()


def test_markers_of_success_stand_apart_each_with_who_sees_it(loaded: Loaded) -> None:
    """Those without a name among them, as far as what they answered is shown."""
    marker, other, third = "lasting", "improves", "united-in-crisis"
    views = [
        view("One", {"today.markers": (marker, other, "that-is-all"), "today.state": ("running",)}),
        view("Two", {"today.markers": ("none",), "today.state": ("running",)}),
        view("Three", {"today.state": ("running",)}),
    ]
    given = [(marker,), (marker,), (marker, third), (marker, third), (marker,)]
    views += [view(f"Parent {n}", {"today.markers": each}, speaks="family", shown="anonymous") for n, each in enumerate(given)]
    found = told(views, loaded)
    seen = {each.marker: each for each in found.map.markers.markers}
    options = loaded.rulebook.vocabulary.questions["today.markers"].options
    assert list(seen) == [option for option in options if option not in ("none", "that-is-all")]
    assert (seen[marker].seen_by, seen[marker].seen_by_kinds) == (("One",), ("family",))
    assert (seen[marker].unseen_by, seen[marker].unseen_by_kinds) == (("Two",), ())
    assert (seen[third].seen_by_kinds, seen[third].unseen_by, seen[third].unseen_by_kinds) == (
        ("family",),
        ("One", "Two"),
        ("family",),
    )
    assert [point.question for point in found.map.markers.points] == ["today.markers"]
    assert (found.map.markers.agreed, found.map.markers.contested) == (0, 1)
    assert "today.markers" not in {point.question for part in found.map.parts for point in part.points}
    assert [point.question for point in found.map.points].count("today.markers") == 1
    text = report.consultation(found, loaded, "chain").to_markdown()
    assert "| It holds steady and lasts | One, some family members | Two |" in text
    assert "| Markers of success | 0 | 1 |" in text
    assert found.map.of(["today.state"]).markers.markers == ()
