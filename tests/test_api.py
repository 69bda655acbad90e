"""The HTTP API: what it answers is what the command line prints, and what is wrong is told all at once."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from starlette.testclient import TestClient
from typer.testing import CliRunner

from advisor.io.scenario_reader import parse_case_file, read_case_file
from advisor.io.scenario_writer import case_file_json
from advisor.loading import Loaded
from advisor.model.advice import Advice
from advisor.model.problems import InputError
from advisor.render.environment import escape_markdown
from advisor.store.database import Store
from advisor.store.records import LOCAL
from advisor.web.api.operations import HTML, JSON, MARKDOWN
from advisor.web.api.responses import acceptable
from advisor.web.http_errors import NotAcceptableError
from conftest import ROOT
from support.api_examples import client
from support.command_line import app
from support.sampling import sampled

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
README = ROOT / "examples" / "readme.yaml"
EXAMPLES = [README, *sorted((ROOT / "examples").glob("h*.yaml"))]
YAML_SENT = {"Content-Type": "application/yaml"}
SCENARIOS = b"""
name: Two ways
answers: {wanted.aim: common-goal}
partners: [{name: Lakeside Shelter, answers: {partner.reach: merge}}]
scenarios:
  Closer: {answers: {wanted.aim: common-outcomes}}
  Alone: {drop: [Lakeside Shelter]}
"""


@pytest.fixture(scope="module")
def api(loaded: Loaded, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    with client(loaded, tmp_path_factory.mktemp("api")) as made:
        made.base_url = made.base_url.join("/api/v1/")
        yield made


@pytest.fixture(scope="module")
def case(loaded: Loaded) -> Any:
    return json.loads(case_file_json(read_case_file(README, loaded.rulebook.vocabulary), loaded.rulebook.vocabulary))


def printed(*arguments: str) -> str:
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    return result.stdout


def saved(api: TestClient, content: bytes) -> tuple[str, str]:
    answer = api.post("cases", content=content, headers=YAML_SENT)
    assert answer.status_code == 201
    return answer.json()["id"], answer.headers["ETag"]


def codes(answer: Any) -> list[str]:
    return [problem["code"] for problem in answer.json()["problems"]]


@pytest.mark.parametrize("path", sampled(EXAMPLES), ids=lambda path: path.stem)
def test_advice_is_byte_for_byte_what_the_command_line_prints(api: TestClient, loaded: Loaded, path: Path) -> None:
    as_json = case_file_json(read_case_file(path, loaded.rulebook.vocabulary), loaded.rulebook.vocabulary)
    plain, marked = (printed("assess", str(path), "--format", "json", *more) for more in (["--no-marks"], []))
    for content, kind in ((path.read_bytes(), "application/yaml"), (as_json.encode(), "application/json; charset=utf-8")):
        assert api.post("assess", content=content, headers={"Content-Type": kind}).text == plain
        assert api.post("assess?marks=true", content=content, headers={"Content-Type": kind}).text == marked


def test_advice_is_told_as_markdown_and_html_like_the_command_line(api: TestClient) -> None:
    for kind, form in ((MARKDOWN, "markdown"), (HTML, "html")):
        answer = api.post("assess?marks=true", content=README.read_bytes(), headers={**YAML_SENT, "Accept": kind})
        assert answer.headers["Content-Type"] == f"{kind}; charset=utf-8"
        assert answer.text == printed("assess", str(README), "--format", form)


@pytest.mark.parametrize(
    ("path", "asked", "command"),
    [
        ("why", {"of": "dimension"}, ["why", "dimension", "--format", "json"]),
        ("settle", {}, ["settle", "--format", "json"]),
        ("next", {}, ["next", "--format", "json"]),
        ("why-not", {"goal": "integration"}, ["why-not", "integration", "--format", "json"]),
        ("reach", {"goals": ["dimension=cooperation"]}, ["reach", "--goal", "dimension=cooperation", "--format", "json"]),
        ("what-if", {"change": {"answers": {"wanted.aim": "common-goal"}}}, ["whatif", "--set", "wanted.aim=common-goal"]),
        ("sensitivity", {}, ["sensitivity"]),
        ("roadmap", {"goal": "cooperation"}, ["roadmap", "--goal", "cooperation"]),
        ("picture", {"what": "why", "of": "proceed"}, ["picture", "--what", "why", "--of", "proceed"]),
    ],
)
def test_a_question_is_answered_as_on_the_command_line_for_a_case_sent_or_saved(
    api: TestClient, case: Any, path: str, asked: dict[str, Any], command: list[str]
) -> None:
    form = ["--format", "json"] if path in ("what-if", "sensitivity", "roadmap", "picture") else []
    expected = printed(command[0], str(README), *command[1:], *form)
    assert api.post(path, json={"case": case, **asked}).text == expected
    name, _ = saved(api, README.read_bytes())
    assert api.post(path, json={"saved": name, **asked}).text == expected


@pytest.mark.parametrize(
    ("path", "asked", "command"),
    [
        ("compare", {"with": [""]}, ["compare", str(README), str(README)]),
        ("sensitivity", {}, ["sensitivity", str(README)]),
        ("picture", {}, ["picture", str(README)]),
        ("roadmap", {"goal": "cooperation"}, ["roadmap", str(README), "--goal", "cooperation"]),
    ],
)
def test_what_a_planner_asks_is_a_document_and_a_picture_too(
    api: TestClient, case: Any, path: str, asked: dict[str, Any], command: list[str], tmp_path: Path
) -> None:
    if path == "compare":
        asked = {"with": [{"case": case}]}
    for kind, form in (("text/markdown", "markdown"), ("text/html", "html")):
        answer = api.post(path, json={"case": case, **asked}, headers={"Accept": kind})
        assert (answer.status_code, answer.text) == (200, printed(*command, "--format", form))
    drawn = api.post(path, json={"case": case, **asked}, headers={"Accept": "image/svg+xml"})
    printed(*command, "--svg", str(tmp_path / "picture.svg"))
    assert (drawn.headers["Content-Type"], drawn.text) == ("image/svg+xml", (tmp_path / "picture.svg").read_text("utf-8"))


def test_views_are_merged_as_on_the_command_line(api: TestClient) -> None:
    files = sorted((ROOT / "examples" / "consultation").glob("*.yaml"))
    views = [yaml.load(path.read_text("utf-8"), yaml.BaseLoader) for path in files]
    for kind, form in ((MARKDOWN, "markdown"), (HTML, "html"), ("application/json", "json")):
        answer = api.post("consultations/merge", json={"views": views}, headers={"Accept": kind})
        assert answer.text == printed("consult", "merge", *map(str, files), "--format", form)
    told = api.post("consultations/merge", json={"views": views, "audience": "specialist", "name": "Ours"})
    assert told.json()["case"] == "Ours"
    assert "A mother" not in told.text


def test_everything_wrong_with_all_views_is_told_at_once(api: TestClient) -> None:
    views = [{"respondent": {"speaks": "agency"}, "answers": {"wanted.aim": "exchanges"}}, {"answers": {}}]
    answer = api.post("consultations/merge", json={"views": views})
    assert answer.status_code == 422
    assert [(each["code"], each["pointer"]) for each in answer.json()["problems"]] == [
        ("unknown-option", "/views/0/answers/wanted.aim"),
        ("missing-key", "/views/1"),
    ]
    assert codes(api.post("consultations/merge", json={"views": []})) == ["wrong-value"]
    assert codes(api.post("consultations/merge", json={"views": [], "audience": "me"})) == ["wrong-value", "unknown-value"]


def test_scenarios_are_compared_as_on_the_command_line(api: TestClient, tmp_path: Path) -> None:
    path = tmp_path / "two.yaml"
    path.write_bytes(SCENARIOS)
    name, _ = saved(api, SCENARIOS)
    answer = api.post("compare", json={"saved": name, "with": ["Closer", "Alone"]})
    assert answer.text == printed("compare", str(path), "--format", "json")
    turned = api.post("compare", json={"saved": name, "scenario": "Closer", "with": [""]}).json()
    assert turned["labels"] == ["Closer", answer.json()["labels"][0]]
    apart = api.post("compare", json={"saved": name, "with": [{"saved": name, "scenario": "Alone"}]}).json()
    assert apart["labels"] == ["Two ways", "Alone"]


@pytest.mark.parametrize("path", sampled(EXAMPLES), ids=lambda path: path.stem)
def test_advice_in_brief_is_what_its_markdown_shows_as_data(api: TestClient, loaded: Loaded, path: Path) -> None:
    content = path.read_bytes()
    full = api.post("assess", content=content, headers=YAML_SENT).json()
    answer = api.post("assess?detail=brief", content=content, headers=YAML_SENT)
    brief = answer.json()
    shown = api.post("assess?detail=brief", content=content, headers={**YAML_SENT, "Accept": MARKDOWN}).text
    assert (brief["format"], brief["verdict"]["proceed"]) == ("brief/1", full["proceed"])
    assert brief["dimension"]["recommended"] == full["dimension"]["recommended"]
    assert [each["id"] for each in brief["structures"]] == full["structures"]
    assert [each["id"] for each in brief["instruments"]] == full["instruments"]
    assert [each["verdict"] for each in brief["answers"]] == [each["verdict"] for each in full["proposal"]]
    assert (brief["conditions_in_all"], brief["cautions_in_all"]) == (len(full["conditions"]), len(full["cautions"]))
    titles = [each["title"] for part in ("answers", "conditions", "cautions", "actions") for each in brief[part]]
    assert titles
    for title in (brief["verdict"]["title"], brief["verdict"]["reason"], *titles):
        assert escape_markdown(title).casefold() in " ".join(shown.split()).casefold(), title
    known = {*loaded.rulebook.vocabulary.findings[loaded.rulebook.vocabulary.advice_parts.actions].values}
    assert {each["id"] for each in brief["actions"]} <= known
    assert len(answer.content) < len(api.post("assess", content=content, headers=YAML_SENT).content) / 4


def test_saved_advice_is_told_in_brief_too(api: TestClient) -> None:
    case, _ = saved(api, README.read_bytes())
    brief = api.get(f"cases/{case}/advice?detail=brief")
    assert brief.json() == api.post("assess?detail=brief", content=README.read_bytes(), headers=YAML_SENT).json()
    assert brief.headers["Content-Location"] == api.get(f"cases/{case}/advice").headers["Content-Location"]


def test_a_scenario_is_assessed_as_the_case_it_makes(api: TestClient, loaded: Loaded) -> None:
    closer = parse_case_file(SCENARIOS, loaded.rulebook.vocabulary).under("Closer").answers
    named = api.post("assess?scenario=Closer", content=SCENARIOS, headers=YAML_SENT).json()
    plain = json.loads(case_file_json(parse_case_file(SCENARIOS, loaded.rulebook.vocabulary), loaded.rulebook.vocabulary))
    plain["answers"] = {question: answer[0] for question, answer in closer.items()}
    del plain["scenarios"]
    assert named == api.post("assess", json=plain).json()
    missing = api.post("assess?scenario=Closest", content=SCENARIOS, headers=YAML_SENT)
    assert (missing.status_code, codes(missing), missing.json()["problems"][0]["nearest"]) == (
        422,
        ["no-such-scenario"],
        "Closer",
    )


def test_why_goes_down_to_answers_and_sources(api: TestClient, case: Any) -> None:
    found = api.post("why", json={"case": case, "of": "dimension"}).json()
    seen, answers, sources = list(found["why"]), 0, 0
    for each in seen:
        assert each["again"] or each["because"]
        for firing in each["because"]:
            seen += firing["findings"]
            answers, sources = answers + len(firing["answers"]), sources + len(firing["sources"])
            assert firing["answers"] or firing["findings"] or firing["absent"] or firing["sources"]
    assert answers
    assert sources
    wrong = api.post("why", json={"case": case, "of": "dimensions"})
    assert (wrong.status_code, wrong.json()["problems"][0]["nearest"]) == (422, "dimension")


def test_the_next_question_leads_to_an_end_when_each_is_skipped_or_answered(api: TestClient, case: Any) -> None:
    skipped: list[str] = []
    asked = api.post("next", json={"case": case}).json()["ask"]
    for _ in range(3):
        name = asked["question"] + (f"@{asked['partner']}" if asked["partner"] else "")
        assert name not in skipped
        skipped.append(name)
        asked = api.post("next", json={"case": case, "skip": skipped}).json()["ask"]


def test_all_problems_of_a_body_are_told_at_once_and_are_those_of_the_command_line(api: TestClient, loaded: Loaded) -> None:
    wrong = b'{\n "answers": {"wanted.aim": "to help",\n "no.such": 1},\n "partners": [{"answers": []}], "extra": 0}'
    with pytest.raises(InputError) as raised:
        parse_case_file(wrong, loaded.rulebook.vocabulary, as_json=True)
    for path in ("assess", "cases"):
        answer = api.post(path, content=wrong, headers={"Content-Type": JSON})
        assert answer.status_code == 422
        assert answer.headers["Content-Type"] == "application/problem+json"
        told = [{key: value for key, value in problem.items() if key != "text"} for problem in answer.json()["problems"]]
        assert told == [{f: _plain(getattr(p, f)) for f in p.__slots__} for p in raised.value.problems]
    both = api.post("next", content=b'{"seconds": "soon", "case": ' + wrong + b', "skp": []}', headers={"Content-Type": JSON})
    assert set(codes(both)) >= {"wrong-value", "unknown-key", "unknown-option", "unknown-question", "missing-key"}
    assert next(p for p in both.json()["problems"] if p["found"] == "skp")["nearest"] == "skip"


def _plain(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value


@pytest.mark.parametrize(
    ("content", "kind", "status", "code"),
    [
        (b"{", JSON, 400, "malformed"),
        (b"", JSON, 400, "malformed"),
        (b"\xff", JSON, 400, "malformed"),
        (b"a: [", "application/yaml", 400, "malformed"),
        (b"[]", JSON, 422, "invalid"),
        (b"{}", "text/plain", 415, "wrong-media-type"),
        (b"{}", "", 415, "wrong-media-type"),
    ],
)
def test_what_cannot_be_read_is_refused_for_what_it_is(
    api: TestClient, content: bytes, kind: str, status: int, code: str
) -> None:
    for path in ("assess", "why", "cases"):
        answer = api.post(path, content=content, headers={"Content-Type": kind})
        assert (answer.status_code, answer.json()["type"]) == (status, f"urn:partnership-advisor:{code}")


def test_limits_on_body_partners_and_scenarios_hold(api: TestClient) -> None:
    assert api.post("assess", content=b" " * 2_000_000, headers={"Content-Type": JSON}).status_code == 413
    partners = api.post("assess", json={"partners": [{"name": f"P{n}"} for n in range(41)]})
    assert (partners.status_code, codes(partners)) == (422, ["too-many-partners"])
    for path in ("cases", "assess"):
        scenarios = api.post(path, json={"scenarios": {f"S{n}": {} for n in range(51)}})
        assert (scenarios.status_code, codes(scenarios)) == (422, ["too-many-scenarios"])


def test_an_unknown_parameter_is_refused_with_the_nearest(api: TestClient, case: Any) -> None:
    answer = api.post("assess?mark=true", json=case)
    assert (answer.status_code, answer.json()["problems"][0]["nearest"]) == (422, "marks")


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        ("", JSON),
        ("*/*", JSON),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", HTML),
        ("text/*", MARKDOWN),
        ("text/*;q=0.5, text/html", HTML),
        ("application/json;q=0.1, text/markdown;q=0.2", MARKDOWN),
        ("text/markdown;q=0, */*", JSON),
        ("image/png", None),
        ("application/json;q=0", None),
        ("application/json;q=much", None),
    ],
)
def test_the_form_that_is_liked_best_is_answered(accept: str, chosen: str | None) -> None:
    if chosen is None:
        with pytest.raises(NotAcceptableError):
            acceptable(accept, (JSON, MARKDOWN, HTML))
    else:
        assert acceptable(accept, (JSON, MARKDOWN, HTML)) == chosen


def test_the_second_of_two_editors_is_told_and_loses_nothing(api: TestClient, case: Any) -> None:
    name, tag = saved(api, README.read_bytes())
    first = api.patch(f"cases/{name}", json={"answers": {"wanted.aim": "common-goal"}}, headers={"If-Match": tag})
    assert first.status_code == 200
    for send in (api.put, api.patch):
        body = case if send == api.put else {"answers": {"wanted.duties": "yes"}}
        second = send(f"cases/{name}", json=body, headers={"If-Match": tag})
        assert second.status_code == 412
        assert second.headers["ETag"] == first.headers["ETag"]
        assert second.json()["current"] == first.json()
        assert second.json()["saved_by"] == "local"
    again = api.patch(f"cases/{name}", json={"answers": {"wanted.duties": "yes"}}, headers={"If-Match": first.headers["ETag"]})
    answers = again.json()["case"]["answers"]
    assert (answers["wanted.aim"], answers["wanted.duties"]) == ("common-goal", "yes")
    changes = [revision["changes"] for revision in api.get(f"cases/{name}/history").json()["items"]]
    assert [[(c["question"], c["was"], c["now"]) for c in each] for each in changes[:2]] == [
        [("wanted.duties", ["no"], ["yes"])],
        [("wanted.aim", ["exchange"], ["common-goal"])],
    ]
    assert api.get(f"cases/{name}/history/1").json()["case"] == case


@pytest.mark.parametrize("as_sent", ['W/"{}"', '"{}-gzip"', 'W/"{}--gzip"', '"{};br"', '"x", "{}"'])
def test_a_version_is_known_as_proxies_send_it_on(api: TestClient, case: Any, as_sent: str) -> None:
    name, tag = saved(api, README.read_bytes())
    sent = as_sent.format(tag.strip('"'))
    assert api.put(f"cases/{name}", json={**case, "name": "Other"}, headers={"If-Match": sent}).json()["revision"] == 2
    late = api.put(f"cases/{name}", json=case, headers={"If-Match": sent})
    assert (late.status_code, late.json()["type"]) == (412, "urn:partnership-advisor:changed")
    now = api.get(f"cases/{name}").headers["ETag"]
    assert api.get(f"cases/{name}", headers={"If-None-Match": as_sent.format(now.strip('"'))}).status_code == 304


def test_what_is_no_version_of_ours_is_told_from_one_that_is_past(api: TestClient, case: Any) -> None:
    name, tag = saved(api, README.read_bytes())
    for wrong in ('"x"', "1", '""', '"1-zzzzzzzzzzzz"'):
        for answer in (
            api.put(f"cases/{name}", json=case, headers={"If-Match": wrong}),
            api.delete(f"cases/{name}", headers={"If-Match": wrong}),
        ):
            assert (answer.status_code, answer.json()["type"]) == (412, "urn:partnership-advisor:not-our-tag")
            assert answer.headers["ETag"] == tag
            assert "saved_by" not in answer.json()
    assert api.get(f"cases/{name}").json()["revision"] == 1
    assert api.delete(f"cases/{name}", headers={"If-Match": f"W/{tag}"}).status_code == 204


def test_a_change_needs_the_version(api: TestClient, case: Any) -> None:
    name, tag = saved(api, README.read_bytes())
    assert api.put(f"cases/{name}", json=case).status_code == 428
    assert api.patch(f"cases/{name}", json={}).status_code == 428
    assert api.put(f"cases/{name}", json=case, headers={"If-Match": f'"x", {tag}'}).status_code == 200
    assert api.delete(f"cases/{name}", headers={"If-Match": '"x"'}).status_code == 412
    assert api.put(f"cases/{name}", json={**case, "name": "Other"}, headers={"If-Match": "*"}).json()["revision"] == 2


def test_what_is_known_already_is_not_sent_again(api: TestClient) -> None:
    name, tag = saved(api, README.read_bytes())
    for path in (f"cases/{name}", f"cases/{name}/advice", "questions", "rulebook", "rulebook/rules", "openapi.json"):
        first = api.get(path)
        known = api.get(path, headers={"If-None-Match": f'"other", W/{first.headers["ETag"]}'})
        assert (known.status_code, known.content, known.headers["ETag"]) == (304, b"", first.headers["ETag"])
    api.put(f"cases/{name}/archived", json={"archived": True})
    assert api.get(f"cases/{name}", headers={"If-None-Match": tag}).json()["archived"]


def test_a_partner_in_use_by_a_scenario_cannot_be_left_out_alone(api: TestClient) -> None:
    name, tag = saved(api, SCENARIOS)
    answer = api.patch(f"cases/{name}", json={"drop": ["Lakeside Shelter"]}, headers={"If-Match": tag})
    assert (answer.status_code, codes(answer)) == (422, ["unknown-partner"])
    changed = api.patch(f"cases/{name}", json={"answers": {"wanted.aim": "unknown"}, "add": ["B"]}, headers={"If-Match": tag})
    assert changed.json()["case"]["answers"] == {}
    assert [partner["name"] for partner in changed.json()["case"]["partners"]] == ["Lakeside Shelter", "B"]


def test_free_words_and_notes_come_back_and_stand_in_the_history(api: TestClient) -> None:
    sent = {
        "name": "Beds",
        "words": {"agency": "Kent County", "proposal": "Beds on the day"},
        "answers": {"proposal.ask": ["start", "pay"], "wanted.aim": "exchange"},
        "notes": {"wanted.aim": "So we said", "proposal.ask": {"pay": "400,000 a year"}},
        "partners": [{"name": "A", "answers": {"partner.reach": "merge"}, "notes": {"partner.reach": "It wrote"}}],
    }
    made = api.post("cases", json=sent)
    assert made.status_code == 201
    held = made.json()["case"]
    assert (held["words"], held["notes"]) == (sent["words"], sent["notes"])
    assert held["partners"][0]["notes"] == {"partner.reach": "It wrote"}
    changed = api.patch(
        f"cases/{made.json()['id']}", json={"answers": {"wanted.aim": "purchase"}}, headers={"If-Match": made.headers["ETag"]}
    )
    assert changed.json()["case"]["notes"] == {"proposal.ask": {"pay": "400,000 a year"}}, "no note to an answer that was changed"
    changes = api.get(f"cases/{made.json()['id']}/history").json()["items"]
    assert [(c["kind"], c["question"], c["was"]) for c in changes[0]["changes"]] == [
        ("answer", "wanted.aim", ["exchange"]),
        ("note", "wanted.aim", ["So we said"]),
    ]
    assert {(c["kind"], c["question"]) for c in changes[1]["changes"]} >= {("words", "agency"), ("note", "proposal.ask=pay")}
    assert "400,000 a year" in api.post("assess", json=sent).text


def test_everything_wrong_with_words_and_notes_is_told_at_once(api: TestClient) -> None:
    wrong = {"words": {"agenzy": "a"}, "notes": {"wanted.aim": "x" * 601, "wanted.aims": "a", "proposal.ask": {"strt": "a"}}}
    answer = api.post("assess", json=wrong)
    assert answer.status_code == 422
    assert sorted(codes(answer)) == ["unknown-key", "unknown-key", "unknown-question", "words-too-long"]


def test_old_answers_are_carried_over_and_those_that_have_no_place_are_problems(api: TestClient) -> None:
    old = {"answers": {"purpose.aim": "exchange", "support.authority": "agency-heads"}}
    now = {"answers": {"wanted.aim": "exchange", "possible.authority": "head"}}
    assert api.post("assess", json=old).text == api.post("assess", json=now).text
    more = {"answers": {**old["answers"], "purpose.written": "yes"}, "scenarios": {"a": {"answers": {"work.depth": "merge"}}}}
    for path, body in (("assess", more), ("cases", more), ("next", {"case": more})):
        answer = api.post(path, json=body)
        assert (answer.status_code, codes(answer)) == (422, ["not-carried"])
    assert "purpose.written was asked by an earlier rulebook" in answer.json()["problems"][0]["text"]


def test_a_saved_case_comes_back_as_the_file_it_was(api: TestClient, loaded: Loaded) -> None:
    name, _ = saved(api, SCENARIOS)
    answer = api.get(f"cases/{name}", headers={"Accept": "application/yaml"})
    assert answer.headers["Content-Type"] == "application/yaml"
    vocabulary = loaded.rulebook.vocabulary
    assert parse_case_file(answer.content, vocabulary) == parse_case_file(SCENARIOS, vocabulary)
    assert api.post("cases", json=api.get(f"cases/{name}").json()["case"]).status_code == 201


def test_lists_are_walked_page_by_page(api: TestClient, loaded: Loaded) -> None:
    made = {saved(api, f"name: Walk {n}".encode())[0] for n in range(5)}
    for path, expected in (
        ("cases?search=walk&limit=2", made),
        ("rulebook/rules?limit=100", set(loaded.rulebook.rules)),
        ("rulebook/sources?limit=100", set(loaded.rulebook.sources)),
    ):
        found: list[str] = []
        at: str | None = path
        while at:
            answer = api.get(at)
            page = answer.json()
            assert page["total"] == len(expected)
            assert (answer.headers.get("Link") == f'<{page["next"]}>; rel="next"') is (page["next"] is not None)
            found += [item["id"] for item in page["items"]]
            at = page["next"] and page["next"].removeprefix("/api/v1/")
        assert len(found) == len(expected)
        assert set(found) == expected
    for path in ("cases?after=x", "rulebook/rules?after=x", "rulebook/sources?after=x", f"cases/{min(made)}/history?after=x"):
        assert api.get(path).status_code == 422
    assert api.get("cases?limit=101").status_code == 422


def test_archived_cases_are_listed_apart_and_deleted_ones_nowhere(api: TestClient) -> None:
    name, _ = saved(api, b"name: Put away")
    assert api.put(f"cases/{name}/archived", json={"archived": True}).json()["archived"]
    assert api.get("cases?search=put+away").json()["total"] == 0
    assert api.get("cases?search=put+away&archived=true").json()["total"] == 1
    assert api.delete(f"cases/{name}").status_code == 204
    assert api.get("cases?search=put+away&archived=true").json()["total"] == 0
    assert api.get(f"cases/{name}").status_code == 404


def test_advice_on_a_saved_case_is_kept_once_and_replayed_to_the_byte(api: TestClient) -> None:
    name, tag = saved(api, README.read_bytes())
    first, again = (api.get(f"cases/{name}/advice") for _ in range(2))
    assert first.text == printed("assess", str(README), "--format", "json")
    assert first.headers["Content-Location"] == again.headers["Content-Location"]
    api.patch(f"cases/{name}", json={"answers": {"wanted.duties": "yes"}}, headers={"If-Match": tag})
    assert api.get(f"cases/{name}/advice").text != first.text
    kept = api.get(f"cases/{name}/advice/kept").json()
    assert {each["revision"] for each in kept["items"]} == {1, 2}
    there = first.headers["Content-Location"].removeprefix("/api/v1/")
    assert api.get(there).content == first.content
    replayed = api.post(f"{there}/replay").json()
    assert replayed["identical"]
    assert replayed["kept"] == replayed["replayed"]


def test_advice_by_a_rulebook_that_was_not_kept_cannot_be_replayed(api: TestClient) -> None:
    name, _ = saved(api, README.read_bytes())
    store: Store = api.app.state.site.store  # type: ignore[attr-defined]
    kept = store.advices.keep(LOCAL, name, 1, content=b"{}", rulebook="0" * 64, wording="1", engine="chain", marks=False, at=NOW)
    answer = api.post(f"cases/{name}/advice/{kept.id}/replay")
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:partnership-advisor:not-replayable")


def test_questions_are_filtered_by_section_by_whom_they_are_about_and_by_weight(api: TestClient, loaded: Loaded) -> None:
    every = loaded.rulebook.vocabulary.questions.values()
    for query, wanted in (
        ("", list(every)),
        ("?asked=partner", [q for q in every if q.asked == "partner"]),
        ("?section=proposal", [q for q in every if q.section == "proposal"]),
        ("?essential=true&asked=agency", [q for q in every if q.essential and q.asked == "agency"]),
    ):
        found = api.get(f"questions{query}").json()
        assert [question["id"] for question in found["questions"]] == [question.id for question in wanted]
        assert {section["id"] for section in found["sections"]} == {question.section for question in wanted}
    assert api.get("questions?section=proposals").json()["problems"][0]["nearest"] == "proposal"


def test_every_rule_is_shown_as_it_stands(api: TestClient, loaded: Loaded) -> None:
    for rule in list(loaded.rulebook.rules.values())[::25]:
        shown = api.get(f"rulebook/rules/{rule.id}").json()
        assert (shown["topic"], shown["because"], tuple(shown["sources"])) == (rule.topic, rule.because, rule.sources)
        assert shown["when"]["test"] == type(rule.when).__name__.lower()
    assert api.get("rulebook").json()["counts"]["rules"] == len(loaded.rulebook.rules)
    assert api.get("rulebook/rules/none").status_code == api.get("rulebook/sources/none").status_code == 404


def test_a_wrong_method_is_told_which_are_right(api: TestClient) -> None:
    for path, allowed in (("cases", "GET, HEAD, POST"), ("cases/a", "DELETE, GET, HEAD, PATCH, PUT"), ("assess", "POST")):
        answer = api.request("OPTIONS", path)
        assert (answer.status_code, answer.headers["Allow"]) == (405, allowed)
    assert api.get("nothing").json()["type"] == "urn:partnership-advisor:not-found"


def test_what_others_own_is_not_there_and_a_revoked_token_ends(loaded: Loaded, tmp_path: Path, case: Any) -> None:
    with client(loaded, tmp_path) as api:
        store: Store = api.app.state.site.store  # type: ignore[attr-defined]
        people = {
            name: store.people.add(f"{name}@example.org", name, role, organization, "a long enough password", at=NOW)
            for name, role, organization in (
                ("ana", "leader", "one"),
                ("ben", "leader", "one"),
                ("cy", "planner", "one"),
                ("dee", "administrator", "two"),
            )
        }
        tokens = {name: store.tokens.create(person, "test", at=NOW) for name, person in people.items()}
        bearer = {name: {"Authorization": f"Bearer {secret}"} for name, (_, secret) in tokens.items()}
        made = api.post("/api/v1/cases", json=case, headers=bearer["ana"])
        name, tag = made.json()["id"], made.headers["ETag"]
        kept = api.get(f"/api/v1/cases/{name}/advice", headers=bearer["ana"]).headers["Content-Location"]
        routes = [
            ("GET", f"cases/{name}", None),
            ("PUT", f"cases/{name}", case),
            ("PATCH", f"cases/{name}", {}),
            ("PUT", f"cases/{name}/archived", {"archived": True}),
            ("GET", f"cases/{name}/history", None),
            ("GET", f"cases/{name}/history/1", None),
            ("GET", f"cases/{name}/advice", None),
            ("GET", f"cases/{name}/advice/kept", None),
            ("GET", kept.removeprefix("/api/v1/"), None),
            ("POST", kept.removeprefix("/api/v1/") + "/replay", None),
            *(("POST", path, {"saved": name, **more}) for path, more in ASKED.items()),
            ("DELETE", f"cases/{name}", None),
        ]
        for method, path, body in routes:
            for who, status in (("ben", 404), ("dee", 404), (None, 401)):
                headers = {**(bearer[who] if who else {}), "If-Match": tag}
                assert api.request(method, f"/api/v1/{path}", json=body, headers=headers).status_code == status, path
        assert api.get(f"/api/v1/cases/{name}", headers=bearer["cy"]).json()["owner_name"] == "ana"
        assert api.get("/api/v1/cases", headers=bearer["dee"]).json()["total"] == 0
        for path in ("questions", "rulebook", "cases"):
            refused = api.get(f"/api/v1/{path}")
            assert (refused.status_code, refused.headers["WWW-Authenticate"]) == (401, "Bearer")
        assert api.post("/api/v1/assess", json=case).status_code == 401
        assert api.get("/api/v1/health").status_code == api.get("/api/v1/ready").status_code == 200
        store.tokens.revoke(people["ana"], tokens["ana"][0].id, at=NOW)
        assert api.get(f"/api/v1/cases/{name}", headers=bearer["ana"]).status_code == 401
        assert api.post("/api/v1/assess", json=case, headers=bearer["ana"]).status_code == 401


ASKED: dict[str, dict[str, Any]] = {
    "why": {"of": "dimension"},
    "why-not": {"goal": "integration"},
    "settle": {},
    "next": {},
    "reach": {"goals": ["integration"]},
    "what-if": {"change": {}},
    "compare": {"with": [""]},
}


def test_a_server_whose_database_is_not_there_says_so_and_lives(loaded: Loaded, tmp_path: Path) -> None:
    with client(loaded, tmp_path) as api:
        store: Store = api.app.state.site.store  # type: ignore[attr-defined]
        store.downgrade("base")
        ready = api.get("/api/v1/ready")
        assert (ready.status_code, ready.json()["reason"]) == (503, "not-migrated")
        assert int(ready.headers["Retry-After"]) > 0
        assert api.get("/api/v1/health").status_code == 200
        listed = api.get("/api/v1/cases")
        assert (listed.status_code, listed.json()["type"]) == (503, "urn:partnership-advisor:unavailable")
        assert int(listed.headers["Retry-After"]) > 0


def test_the_advice_of_the_api_is_what_the_published_schema_says(api: TestClient) -> None:
    """The schema of the document and `docs/advice.schema.json` are of the same type."""
    described = api.get("openapi.json").json()["components"]["schemas"]["Advice"]
    assert set(described["properties"]) == set(Advice.__slots__)
