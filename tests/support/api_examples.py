"""The API's description in `docs/openapi.json`, its examples asked and answered anew: `make regenerate`."""

import json
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml
from starlette.testclient import TestClient

from advisor.loading import Loaded, load
from advisor.web.api import openapi_document
from advisor.web.app import create_app
from advisor.web.settings import Settings
from support.fresh_databases import migrated

ROOT = Path(__file__).parents[2]
OPENAPI = ROOT / "docs" / "openapi.json"
CASE, ADVICE = "a" * 26, "b" * 26  # instead of ids, which are random
CONSULTATION, RESPONDENT, KEY = "c" * 26, "d" * 26, "k" * 43
TOKEN, SECRET = "e" * 26, "s" * 43
WEBHOOK, SIGNING = "f" * 26, "whsec_" + "s" * 43 + "="
ROUND, ASKED, ASKED_KEY = "g" * 26, "h" * 26, "m" * 43
_ID = re.compile(r"\b(?:[a-z2-7]{26}|k{43})\b")
_BEARER = {"Authorization": "Bearer TOKEN"}  # sent by an administrator; from the first of these on there are accounts
_JSON = "application/json"


@dataclass(frozen=True)
class Example:
    """A request to be sent, and what it shows."""

    operation: str
    name: str
    summary: str
    method: str
    path: str
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)


def case_of(name: str) -> Any:
    """An example case as JSON has it."""
    return yaml.load((ROOT / "examples" / f"{name}.yaml").read_text("utf-8"), yaml.BaseLoader)


def examples() -> list[Example]:
    """All examples, in the order in which they are sent."""
    case, roundtable = case_of("readme"), case_of("only-a-few-answers")
    views = [
        {"respondent": {"name": "The county", "speaks": "agency"}, **case},
        {
            "respondent": {"name": "The shelter", "speaks": "partner", "for": "Lakeside Shelter"},
            "answers": {"wanted.aim": "common-goal", "wanted.work": "plan-together"},
            "partners": [{"name": "Lakeside Shelter", "answers": {"partner.reach": "plan-together"}}],
        },
    ]
    two = {"case": case, "with": [{"case": roundtable}]}
    saved, match = f"/cases/{CASE}", {"If-Match": "ETAG"}
    consulted = f"{saved}/consultations/{CONSULTATION}"
    somebody = f"{consulted}/respondents/{RESPONDENT}"
    asked = {"name": "The shelter", "speaks": "partner", "for": "Lakeside Shelter"}
    answers = {"answers": {"wanted.aim": "common-goal"}, "partners": [{"name": "Lakeside Shelter"}]}
    wrong = {"answers": {"wanted.aim": "to help", "wanted.obstacles": ["waiting"]}, "partners": [{"answers": {}}]}
    return [
        Example("health", "alive", "The server is alive.", "GET", "/health"),
        Example("ready", "ready", "The server can answer.", "GET", "/ready"),
        Example("questions", "section", "The questions of one section.", "GET", "/questions?section=people"),
        Example("assess", "case", "The advice on a case.", "POST", "/assess", case),
        Example("assess", "brief", "The advice in brief.", "POST", "/assess?detail=brief", case),
        Example("assess", "markdown", "The advice to read.", "POST", "/assess", case, {"Accept": "text/markdown"}),
        Example("assess", "wrong", "Everything wrong with a case, at once.", "POST", "/assess", wrong),
        Example("assess", "image", "What cannot be answered.", "POST", "/assess", case, {"Accept": "image/png"}),
        Example("why", "dimension", "Why networking is enough.", "POST", "/why", {"case": case, "of": "dimension"}),
        Example(
            "whyNot", "closer", "Why not closer.", "POST", "/why-not", {"case": case, "goal": "dimension=cooperation", "most": 1}
        ),
        Example("settle", "few", "What a few answers settle.", "POST", "/settle", {"case": roundtable}),
        Example("askQuestion", "aim", "A question to put.", "POST", "/question", {"case": roundtable, "question": "wanted.aim"}),
        Example("firstPage", "case", "What is read first.", "POST", "/first-page", {"case": case}),
        Example("componentWords", "all", "What the web component says.", "GET", "/words"),
        Example("nextQuestion", "few", "What to ask after a few answers.", "POST", "/next", {"case": roundtable}),
        Example("nextStep", "first", "What an interview begins with.", "POST", "/next-step", {"case": {}}),
        Example(
            "reach",
            "closer",
            "What cooperation would take.",
            "POST",
            "/reach",
            {"case": case, "goals": ["dimension=cooperation"]},
        ),
        Example(
            "whatIf",
            "goal",
            "Were there a common goal and joint plans.",
            "POST",
            "/what-if",
            {"case": case, "change": {"answers": {"wanted.aim": "common-goal", "wanted.work": "plan-together"}}},
        ),
        Example("compare", "two", "Two cases side by side.", "POST", "/compare", two),
        Example("compare", "picture", "Two cases, drawn.", "POST", "/compare", two, {"Accept": "image/svg+xml"}),
        Example("sensitivity", "case", "What hangs on each answer.", "POST", "/sensitivity", {"case": roundtable}),
        Example("roadmap", "closer", "The way to cooperation.", "POST", "/roadmap", {"case": case, "goal": "cooperation"}),
        Example("picture", "rows", "What the picture of the rows shows.", "POST", "/picture", {"case": case}),
        Example(
            "document", "memo", "A decision memo.", "POST", "/document", {"case": case, "kind": "memo", "format": "markdown"}
        ),
        Example("mergeViews", "two", "What stands whoever is right.", "POST", "/consultations/merge", {"views": views}),
        Example("createCase", "case", "A case is saved.", "POST", "/cases", case),
        Example("listCases", "first", "The saved cases.", "GET", "/cases?limit=1"),
        Example("readCase", "case", "A saved case.", "GET", saved),
        Example("readCase", "yaml", "A saved case as a case file.", "GET", saved, None, {"Accept": "application/yaml"}),
        Example("changeCase", "answer", "One answer changed.", "PATCH", saved, {"answers": {"wanted.aim": "common-goal"}}, match),
        Example("replaceCase", "again", "The whole case saved anew.", "PUT", saved, case, match),
        Example("replaceCase", "late", "Somebody else was first.", "PUT", saved, case, {"If-Match": '"1-000000000000"'}),
        Example("replaceCase", "blind", "No version was named.", "PUT", saved, case),
        Example("caseHistory", "all", "Every save of a case.", "GET", f"{saved}/history?limit=1"),
        Example("readRevision", "first", "A case as it was saved first.", "GET", f"{saved}/history/1"),
        Example("adviseOnCase", "markdown", "The advice to read.", "GET", f"{saved}/advice", None, {"Accept": "text/markdown"}),
        Example("listAdvice", "kept", "The advice that was kept.", "GET", f"{saved}/advice/kept"),
        Example("replayAdvice", "same", "The same, to the byte.", "POST", f"{saved}/advice/{ADVICE}/replay"),
        Example("archiveCase", "away", "Out of the way.", "PUT", f"{saved}/archived", {"archived": True}),
        Example("readFollowUp", "days", "What is to be done.", "GET", f"{saved}/follow-up"),
        Example(
            "noteStep",
            "due",
            "A day is set.",
            "POST",
            f"{saved}/follow-up",
            {"kind": "due", "about": "first-month", "day": "2027-01-31"},
        ),
        Example("portfolio", "overdue", "The cases in which something is overdue.", "GET", "/portfolio?overdue=true"),
        Example("openConsultation", "two", "Two questions.", "POST", f"{saved}/consultations", {"questions": ["wanted.aim"]}),
        Example("listConsultations", "all", "The consultations on a case.", "GET", f"{saved}/consultations"),
        Example("readConsultation", "one", "One consultation.", "GET", consulted),
        Example(
            "chooseQuestions",
            "more",
            "One question more.",
            "PUT",
            f"{consulted}/questions",
            {"questions": ["wanted.aim", "partner.trust"]},
        ),
        Example("inviteRespondent", "partner", "Somebody of a partner is asked.", "POST", f"{consulted}/respondents", asked),
        Example("listRespondents", "all", "Who was asked.", "GET", f"{consulted}/respondents"),
        Example("renewInvitation", "longer", "A new link.", "POST", f"{somebody}/renew", {"days": 30}),
        Example("beginAnswers", "first", "Somebody begins.", "POST", f"/answers/{KEY}/begin"),
        Example("saveAnswers", "aim", "One answer is saved.", "PUT", f"/answers/{KEY}", answers),
        Example("readAnswers", "so-far", "What was answered so far.", "GET", f"/answers/{KEY}"),
        Example("enterAnswers", "paper", "Answers from paper.", "PUT", f"{somebody}/answers", answers),
        Example(
            "countHands",
            "families",
            "Hands of family members, counted in a room.",
            "PUT",
            f"{consulted}/hands",
            {"question": "wanted.aim", "raised": {"family": {"exchange": 2, "common-goal": 5}}},
        ),
        Example("revokeInvitation", "ended", "The link is ended.", "POST", f"{somebody}/revoke"),
        Example("consultationResult", "named", "What comes of it.", "GET", f"{consulted}/result"),
        Example("closeConsultation", "closed", "It is closed.", "POST", f"{consulted}/close"),
        Example(
            "decide",
            "agreed",
            "An answer is agreed on.",
            "POST",
            f"{consulted}/decisions",
            {"question": "wanted.aim", "options": ["common-goal"], "note": "All share it."},
        ),
        Example("listDecisions", "all", "What was decided.", "GET", f"{consulted}/decisions"),
        Example("consultationDocument", "packet", "The packet.", "GET", f"{consulted}/documents/session.markdown"),
        Example("exportConsultation", "all", "All of it.", "GET", f"{consulted}/export"),
        Example("adoptAgreed", "late", "Somebody saved the case since.", "POST", f"{consulted}/adopt", {"revision": 1}),
        Example("adoptAgreed", "confirmed", "The case as agreed.", "POST", f"{consulted}/adopt", {"revision": 3}),
        Example("removeRespondent", "late", "After the close nobody is taken out.", "DELETE", somebody),
        Example("openRound", "again", "The same people are asked again.", "POST", f"{consulted}/rounds", {"days": 14}),
        Example("deleteConsultation", "gone", "Deleted for good.", "DELETE", consulted),
        Example("deleteCase", "gone", "Deleted for good.", "DELETE", saved),
        Example("readCase", "missing", "A case that is not there.", "GET", saved),
        Example("rulebook", "used", "The rulebook in use.", "GET", "/rulebook"),
        Example("rules", "topic", "The first rules.", "GET", "/rulebook/rules?limit=2"),
        Example("rule", "one", "One rule.", "GET", "/rulebook/rules/nothing-has-to-be-signed"),
        Example("sources", "first", "The first sources.", "GET", "/rulebook/sources?limit=2"),
        Example("source", "one", "One source.", "GET", "/rulebook/sources/purpose.shared_outcomes"),
        Example(
            "createToken",
            "portal",
            "A token for a portal.",
            "POST",
            "/tokens",
            {"label": "Portal", "scopes": ["assess"], "reference": "unit 7", "days": 90},
            _BEARER,
        ),
        Example("listTokens", "all", "The service tokens.", "GET", "/tokens", None, _BEARER),
        Example(
            "createWebhook",
            "portal",
            "A portal is told of changed advice.",
            "POST",
            "/webhooks",
            {"address": "https://192.0.9.1/told", "events": ["case.advice-changed"]},
            _BEARER,
        ),
        Example("listWebhooks", "all", "The webhooks.", "GET", "/webhooks", None, _BEARER),
        Example("listDeliveries", "none", "Nothing was told yet.", "GET", f"/webhooks/{WEBHOOK}/deliveries", None, _BEARER),
        Example("endWebhook", "ended", "It is ended.", "DELETE", f"/webhooks/{WEBHOOK}", None, _BEARER),
        Example("revokeToken", "ended", "It is ended.", "DELETE", f"/tokens/{TOKEN}", None, _BEARER),
    ]


@contextmanager
def client(loaded: Loaded, folder: Path) -> Iterator[TestClient]:
    """The application on a fresh database in a folder, on a day that does not end."""
    settings = Settings(data=folder)
    store = migrated(settings.database, loaded.rulebook.vocabulary)
    store.close()
    with TestClient(create_app(settings, loaded=loaded, clock=lambda: datetime(2026, 1, 5, 9, tzinfo=UTC))) as made:
        made.base_url = made.base_url.copy_with(scheme="http", host="localhost")
        yield made


def answered(loaded: Loaded, folder: Path) -> dict[str, list[dict[str, Any]]]:
    """Every example with its answer, by operation; ids are those above."""
    found: dict[str, list[dict[str, Any]]] = {}
    ids: dict[str, str] = {}
    with client(loaded, folder) as asking:
        for example in examples():
            found.setdefault(example.operation, []).append(_answered(example, asking, ids))
    return found


def _answered(example: Example, asking: TestClient, ids: dict[str, str]) -> dict[str, Any]:
    path = "/api/v1" + _ID.sub(lambda found: ids.get(found[0], found[0]), example.path)
    headers = dict(example.headers)
    if headers.get("If-Match") == "ETAG":
        headers["If-Match"] = asking.get(path).headers["ETag"]
    if headers == _BEARER:
        headers = {"Authorization": f"Bearer {_administrator(asking, ids)}"}
    got = asking.request(example.method, path, json=example.body, headers=headers)
    assert got.status_code < 500, got.text
    if example.operation == "createCase":
        ids[CASE] = got.json()["id"]
    if example.operation == "openConsultation":
        ids[CONSULTATION] = got.json()["id"]
    if example.operation == "openRound":
        made = got.json()["invitations"][0]
        ids |= {ROUND: got.json()["consultation"]["id"], ASKED: made["invitation"]["id"], ASKED_KEY: made["key"]}
    if example.operation in ("inviteRespondent", "renewInvitation"):
        ids |= {RESPONDENT: got.json()["invitation"]["id"], KEY: got.json()["key"]}
    if example.operation == "createToken":
        ids |= {TOKEN: got.json()["token"]["id"], SECRET: got.json()["secret"]}
    if example.operation == "createWebhook":
        ids |= {WEBHOOK: got.json()["webhook"]["id"], SIGNING: got.json()["secret"]}
    if kept := got.headers.get("Content-Location"):
        ids[ADVICE] = kept.rpartition("/")[2]
    text = got.text
    for shown, real in ids.items():
        text = text.replace(real, shown)
    kind = got.headers.get("Content-Type", "").partition(";")[0]
    record: dict[str, Any] = {
        "name": example.name,
        "summary": example.summary,
        "method": example.method,
        "path": f"/api/v1{example.path}",
    }
    if example.headers:
        record["headers"] = {**headers, **example.headers} if example.headers == _BEARER else headers
    if example.body is not None:
        record["request"] = example.body
    answer = json.loads(text) if kind.endswith("json") else text
    return {**record, "status": got.status_code, "type": kind, **({"answer": answer} if text else {})}


def _administrator(asking: TestClient, secrets: dict[str, str]) -> str:
    """The secret of an administrator's token, whose account is made the first time."""
    if "administrator" not in secrets:
        store, at = asking.app.state.site.store, asking.app.state.site.clock()  # type: ignore[attr-defined]
        person = store.people.add("ada@county.example", "Ada", "administrator", "county", None, at=at)
        secrets["administrator"] = store.tokens.create(person, "examples", at=at)[1]
    return secrets["administrator"]


def published(loaded: Loaded, folder: Path) -> str:
    """The document as it is published."""
    return json.dumps(openapi_document(loaded, answered(loaded, folder)), ensure_ascii=False, indent=1) + "\n"


def main() -> None:
    """Write the document anew."""
    with tempfile.TemporaryDirectory() as folder:
        OPENAPI.write_text(published(load(), Path(folder)), "utf-8")
