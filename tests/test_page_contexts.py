"""Each page declares its values, its template takes these and no others, and they are what the API gives."""

import json
from collections.abc import Iterator
from dataclasses import fields
from html import unescape
from typing import Annotated, Any, get_origin, get_type_hints

import pytest
from jinja2 import meta, nodes
from starlette.testclient import TestClient

from advisor.io.scenario_reader import read_case_file
from advisor.loading import Loaded
from advisor.render import documents
from advisor.store.records import LOCAL
from advisor.web import pages
from advisor.web.page import Context, Everywhere
from advisor.web.site import Site
from advisor.web.templates import TEMPLATES, Templates
from conftest import ROOT
from support.api_examples import client
from support.sampling import sampled

pages.routers()  # imports every page
EXAMPLES = ["domestic-violence-waiting-list", "hidden-conflict-of-interest", "only-a-few-answers"]
GOAL = "dimension=integration"
SHARED = {
    *("base.html.j2", "macros.html.j2", "shared/base.html.j2", "intake/base.html.j2", "intake/panel.html.j2"),
    "answering/base.html.j2",
}


def contexts(of: type[Context] = Context) -> Iterator[type[Context]]:
    """Every page that has a template of its own."""
    for each in of.__subclasses__():
        yield from contexts(each)
        if "template" in vars(each):
            yield each


ALL = sorted(contexts(), key=lambda each: each.template)


@pytest.fixture(scope="module")
def templates(loaded: Loaded) -> Templates:
    return Templates(loaded)


def used(name: str, templates: Templates) -> tuple[set[str], set[str]]:
    """The values that a template takes, itself, what it extends and what it includes; and the names it gives itself."""
    tree = templates.environment.parse((TEMPLATES / name).read_text("utf-8"))
    taken, given = set(meta.find_undeclared_variables(tree)), set[str]()
    given |= {each.name for each in tree.find_all(nodes.Name) if each.ctx in ("store", "param")}
    given |= {each.target for each in tree.find_all(nodes.Import)} | {each.name for each in tree.find_all(nodes.Macro)}
    given |= {each if isinstance(each, str) else each[1] for found in tree.find_all(nodes.FromImport) for each in found.names}
    parts: list[nodes.Extends | nodes.Include] = [*tree.find_all(nodes.Extends), *tree.find_all(nodes.Include)]
    for below in parts:
        assert isinstance(below.template, nodes.Const), f"{name}: which template it is has to stand there"
        more = used(below.template.value, templates)
        taken, given = taken | more[0], given | more[1]
    return taken - set(templates.environment.globals), given


def test_every_template_that_is_no_part_of_others_has_one_page_that_declares_its_values() -> None:
    of_pages = [each.template for each in ALL]
    assert len(of_pages) == len(set(of_pages))
    there = {path.relative_to(TEMPLATES).as_posix() for path in TEMPLATES.rglob("*.j2")}
    assert {name for name in there - set(of_pages) if not name.endswith("parts.html.j2")} == SHARED


@pytest.mark.parametrize("context", ALL, ids=lambda context: context.__name__)
def test_a_template_takes_what_its_page_declares_and_nothing_else(context: type[Context], templates: Templates) -> None:
    everywhere = {field.name for field in fields(Everywhere)}
    declared = {field.name for field in fields(context)}
    taken, given = used(context.template, templates)
    assert not declared & everywhere
    assert taken - given <= declared | everywhere
    above = [each for each in context.__mro__[1:] if issubclass(each, Context)]
    assert declared - {field.name for each in above for field in fields(each)} <= taken
    for name, hint in get_type_hints(context, include_extras=True).items():
        if name in declared:
            assert get_origin(hint) is Annotated, f"{context.__name__}.{name} has no line of help"
            assert hint.__metadata__[0].strip()


@pytest.fixture(scope="module")
def both(loaded: Loaded, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """Pages and API of one application."""
    with client(loaded, tmp_path_factory.mktemp("both")) as made:
        yield made


@pytest.fixture
def shown(both: TestClient, monkeypatch: pytest.MonkeyPatch) -> dict[str, dict[str, Any]]:
    """The values that templates are filled in with, by template, as it happens."""
    found: dict[str, dict[str, Any]] = {}
    environment = both.app.state.site.templates.environment  # type: ignore[attr-defined]
    render = environment.template_class.render

    def watched(template: Any, *values: Any, **named: Any) -> str:
        found[template.name] = {**(values[0] if values else {}), **named}
        return str(render(template, *values, **named))

    monkeypatch.setattr(environment.template_class, "render", watched)
    return found


@pytest.mark.parametrize("name", sampled(EXAMPLES))
def test_a_page_and_the_api_give_the_same_values_for_the_same_thing(
    name: str, both: TestClient, shown: dict[str, dict[str, Any]], loaded: Loaded
) -> None:
    site: Site = both.app.state.site  # type: ignore[attr-defined]
    file = read_case_file(ROOT / "examples" / f"{name}.yaml", loaded.rulebook.vocabulary)
    case = site.store.cases.create(LOCAL, file, at=site.clock()).entry.id

    def asked(path: str, **of: Any) -> Any:
        answer = both.post(f"/api/v1/{path}", json={"saved": case, **of})
        assert answer.status_code == 200, answer.text
        return answer.json()

    def seen(path: str, template: str, **query: str) -> dict[str, Any]:
        answer = both.get(f"/cases/{case}/{path}", params=query)
        assert answer.status_code == 200, answer.text
        return {"text": unescape(answer.text), **shown[template]}

    page, advice = seen("advice", "advice/page.html.j2", wait="true"), both.get(f"/api/v1/cases/{case}/advice").json()
    assert json.loads(documents.json(page["told"].advice)) == advice
    assert advice["gate"]["title"] in page["text"]
    if page["state"] is not None:  # it was worked out in time
        ask, told = page["state"].outcome.ask, asked("next")["ask"]
        assert (ask and ask.question) == (told and told["question"])
    conclusion = next(iter(advice["justification"]))
    node, tree = seen("why", "why/page.html.j2", of=conclusion)["node"], asked("why", of=conclusion)["why"][0]
    assert (node.conclusion, node.said) == (tree["conclusion"], tree["said"])
    assert [each.rule for each in node.because] == [each["rule"] for each in tree["because"]]
    found, told = seen("why-not", "why/not.html.j2", goal=GOAL)["found"], asked("why-not", goal=GOAL, most=4)["why_not"]
    assert [each.holds for each in found] == [each["holds"] for each in told]
    assert [near.distance for each in found for near in each.rules] == [
        near["distance"] for each in told for near in each["rules"]
    ]
    reached, reach = seen("goal", "goal/page.html.j2", goal=GOAL)["found"], asked("reach", goals=[GOAL])
    assert (reached.reached, len(reached.paths)) == (reach["reached"], len(reach["paths"]))
    assert list(reached.cost) == list(reach["cost"].values())
    question = next(iter(file.case.answers))
    result = seen("what-if", "whatif/page.html.j2", **{question: "unknown"})["result"].comparison
    compared = asked("what-if", change={"answers": {question: "unknown"}})
    assert [(each.topic, each.id, list(each.values)) for each in result.differences] == [
        (each["topic"], each["id"], each["values"]) for each in compared["differences"]
    ]


def test_where_the_time_does_not_suffice_a_page_comes_without_marks_and_the_api_says_so(
    both: TestClient, shown: dict[str, dict[str, Any]], loaded: Loaded, monkeypatch: pytest.MonkeyPatch
) -> None:
    site: Site = both.app.state.site  # type: ignore[attr-defined]
    file = read_case_file(ROOT / "examples" / "readme.yaml", loaded.rulebook.vocabulary)
    case = site.store.cases.create(LOCAL, file, at=site.clock()).entry.id
    monkeypatch.setattr(site.service, "seconds", 0.0)
    for path in ("advice", "memo"):
        assert both.get(f"/cases/{case}/{path}").status_code == 200
    assert shown["advice/page.html.j2"]["told"].advice.settled == {}
    assert both.get(f"/cases/{case}/goal", params={"goal": GOAL}).status_code == 200
    assert shown["goal/page.html.j2"]["late"]
    late = both.get(f"/api/v1/cases/{case}/advice")
    assert (late.status_code, late.headers["Retry-After"]) == (503, "5")
    assert late.json()["type"] == "urn:partnership-advisor:out-of-time"
    monkeypatch.undo()
    assert both.get(f"/api/v1/cases/{case}/advice").json()["settled"]
    kept = both.get(f"/api/v1/cases/{case}/advice/kept").json()["items"]
    assert sorted(each["marks"] for each in kept) == [False, True]
    for each in kept:
        assert both.post(f"/api/v1/cases/{case}/advice/{each['id']}/replay").json()["identical"]
