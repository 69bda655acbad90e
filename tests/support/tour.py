"""A tour of every page in every state a person can bring it to, for tests that look at all of what is shown."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyotp
import pytest
from httpx2 import Response
from starlette.testclient import TestClient

from advisor.io.scenario_reader import read_case_file
from advisor.loading import Loaded
from advisor.model.case import FREE_WORDS, Case, Partner
from advisor.model.scenario import CaseFile, Scenario
from advisor.service.states import States
from advisor.store.database import Store
from advisor.store.records import LOCAL, Person
from advisor.store.retention import RetentionRule
from advisor.web.accounts import new_code
from advisor.web.app import create_app
from advisor.web.settings import read_settings
from support.fresh_databases import migrated
from support.servers import ROOT

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
LATER = datetime(2026, 3, 2, 11, 0, tzinfo=UTC)
ONE, TWO, NEW = "Δ1", "Δ2", "Δ3"  # partners; no name here has a Latin letter, so that none can be taken for a word
PASSWORD = "correct horse battery"
NAMED = "http://localhost:8000"  # where browsers take passkeys
HTMX = {"HX-Request": "true"}


def case_file() -> CaseFile:
    """A case with two partners and three scenarios, one of which builds on another, and words in no Latin letters."""
    answers: dict[str, tuple[str, ...]] = {
        "proposal.ask": ("closer", "records"),
        "today.state": ("running",),
        "today.working": ("well",),
        "wanted.aim": ("common-outcomes",),
        "wanted.obstacle": ("shared-families", "waiting"),
        "wanted.records": ("named",),
        "possible.authority": ("managers",),
        "worry.about": ("money",),
        "present.support": ("networking",),
        "present.purpose": ("cooperation",),
    }
    first = {"partner.category": ("providers",), "partner.pay": ("you-pay",), "partner.reach": ("plan-together",)}
    noted = {("partner.reach", ""): "ϑ1."}
    partners = (Partner(ONE, first, noted), Partner(TWO, {"partner.category": ("families",), "partner.status": ("not-asked",)}))
    words = dict.fromkeys(FREE_WORDS, "λ1.")
    notes = {("proposal.ask", "records"): "ϑ2.", ("wanted.obstacle", "waiting"): "ϑ3.", ("wanted.aim", ""): "ϑ4."}
    scenarios = {
        "β1": Scenario("β1", {"possible.authority": ("head",), "wanted.obstacle": ()}, {ONE: {"partner.reach": ("against",)}}),
        "β2": Scenario("β2", {"wanted.aim": ("exchange",)}, add=(NEW,), drop=(TWO,), on="β1"),
        "β3": Scenario("β3", {"wanted.aim": ("exchange",)}),
    }
    return CaseFile(Case("Ω1", answers, partners, words, notes), scenarios)


@dataclass
class Tour:
    """A visitor with a client, and the store behind it."""

    client: TestClient
    store: Store
    loaded: Loaded
    person: Person

    def begun(self, file: CaseFile, minutes: int = 0) -> str:
        """The id of a case that is saved."""
        return self.store.cases.create(self.person, file, at=AT + timedelta(minutes=minutes)).entry.id

    def save(self, case_id: str, file: CaseFile, **renamed: str) -> None:
        """Somebody saves the case, whatever was saved before."""
        saved = self.store.cases.read(self.person, case_id)
        self.store.cases.save(self.person, case_id, saved.entry.revision, file, at=LATER, renamed=renamed)

    def get(self, path: str, **headers: str) -> Response:
        """A page."""
        return self.client.get(path, headers=headers)

    def post(self, path: str, fields: Mapping[str, str | Sequence[str]], files: object = None) -> Response:
        """Send a form, and see what comes, after going where it leads."""
        return self.client.post(path, data=fields, files=files)  # type: ignore[arg-type]

    def templates(self) -> set[str]:
        """The templates that what was shown so far is made from, by their paths."""
        return {name for _, name in self.client.app.state.site.templates.environment.cache}  # type: ignore[attr-defined]


@contextmanager
def touring(loaded: Loaded, folder: Path, person: Person = LOCAL) -> Iterator[Tour]:
    """The application on a fresh database, without a server around it."""
    made = read_settings(data=folder, database=f"sqlite:///{folder / 'advisor.db'}", secret_key="0123456789" * 4)
    store = migrated(made.database, loaded.rulebook.vocabulary)
    app = create_app(made, loaded=loaded, clock=lambda: LATER)
    with TestClient(app, base_url="http://127.0.0.1:8000", raise_server_exceptions=True) as client:
        yield Tour(client, store, loaded, person)
    store.close()


def every_page(tour: Tour, cases: Mapping[str, CaseFile]) -> Iterator[tuple[str, str]]:
    """Every page without accounts, with a label."""
    for label, response in _outside(tour):
        yield label, response.text
    for label, response in _one_case(tour):
        yield label, response.text
    for name, file in cases.items():
        for label, response in _advised(tour, file):
            yield f"{name}: {label}", response.text


def _outside(tour: Tour) -> Iterator[tuple[str, Response]]:
    yield "start", tour.get("/")
    yield "start without a name", tour.post("/cases", {"name": ""})
    yield "start with a long name", tour.post("/cases", {"name": "Ω" * 201})
    yield "no cases", tour.get("/cases")
    yield "examples", tour.get("/examples")
    yield "import", tour.get("/import")
    yield "import nothing", tour.post("/import", {})
    yield "import a wrong file", tour.post("/import", {}, files={"file": ("1.yaml", b"answers:\n  wanted.aim: 1\n  x: y\n")})
    yield "import a large file", tour.post("/import", {}, files={"file": ("1.yaml", b"#" * 1_048_577)})
    yield "not found", tour.get("/cases/1")
    yield "method not allowed", tour.client.put("/cases")
    yield "cross site", tour.client.post("/cases", data={"name": "Ω"}, headers={"Sec-Fetch-Site": "cross-site"})
    yield "bad cursor", tour.get("/cases?after=1")
    yield "a shared link that is none", tour.get("/shared/1")
    yield "begun", tour.post("/cases", {"name": "Ω0"})
    case = tour.begun(CaseFile(Case("Ω0", {}), {}))
    for path in ("", "/advice", "/memo", "/state", "/next", "/partners", "/goal", "/history", "/links", "/what-if", "/compare"):
        yield f"an empty case{path}", tour.get(f"/cases/{case}{path}")
    yield "an empty case, why", tour.get(f"/cases/{case}/why?of=proceed=form")
    yield "examples opened", tour.post("/examples/readme", {})
    made = [tour.begun(CaseFile(Case(f"Ω{n}", {}), {}), 100 + n) for n in range(60)]
    yield "start with cases", tour.get("/")
    first = tour.get("/cases")
    yield "many cases", first
    for address in re.findall(r'rel="next" href="([^"]+)"', first.text):
        yield "more cases", tour.get(address.replace("&amp;", "&"))
    yield "search", tour.get("/cases?search=Ω7")
    yield "search in vain", tour.get("/cases?search=Ψ")
    yield "all cases at a glance", tour.get("/portfolio")
    yield "none of them", tour.get("/portfolio?contested=yes&overdue=yes&progress=asking")
    yield "archived", tour.post(f"/cases/{made[0]}/archive", {"archived": "yes"})
    yield "archive", tour.get("/cases?archived=true")
    yield "manage what is archived", tour.get(f"/cases/{made[0]}/manage")
    yield "unarchived", tour.post(f"/cases/{made[0]}/archive", {"archived": "no"})
    yield "deleted", tour.post(f"/cases/{made[1]}/delete", {})
    for said in sorted(tour.client.app.state.site.templates.words["said"]):  # type: ignore[attr-defined]
        yield f"said {said}", tour.get(f"/?said={said}")
    for made_id in made:
        if made_id != made[1]:
            tour.store.cases.delete(tour.person, made_id)


def _one_case(tour: Tour) -> Iterator[tuple[str, Response]]:
    file = case_file()
    case = tour.begun(file)
    at = f"/cases/{case}"
    yield "overview", tour.get(at)
    yield "state", tour.get(f"{at}/state")
    yield "state for htmx", tour.get(f"{at}/state", **HTMX)
    yield "manage", tour.get(f"{at}/manage")
    yield "manage without a name", tour.post(f"{at}/name", {"name": ""})
    yield "delete", tour.get(f"{at}/delete")
    for section in tour.loaded.rulebook.vocabulary.sections:
        yield f"section {section}", tour.get(f"{at}/sections/{section}")
        yield f"section of a partner {section}", tour.get(f"{at}/partners/1/sections/{section}")
    for question in tour.loaded.rulebook.vocabulary.questions.values():
        if len(question.options) > 11 or question.essential:
            yield f"question {question.id}", tour.get(f"{at}/questions/{question.id}?been=wanted.aim")
    yield "an answer to be changed", tour.get(f"{at}/questions/wanted.aim?back={at}/answers")
    yield "all answers", tour.get(f"{at}/answers")
    yield from _wrong_answers(tour, at)
    yield "next", tour.get(f"{at}/next")
    yield from _named_partners(tour, at)
    yield "answers set aside", tour.get(f"{at}?aside=1")
    yield "more answers set aside", tour.get(f"{at}?aside=2")
    yield from _meanwhile(tour)
    yield from _enough(tour)
    yield from _looked_at(tour, case)
    yield from _tried(tour, case)
    yield from _shared(tour, case)
    yield from _consulted(tour, case)
    yield from _followed(tour, case)
    yield "history", tour.get(f"{at}/history")


def _wrong_answers(tour: Tour, at: str) -> Iterator[tuple[str, Response]]:
    path = f"{at}/sections/wanted"
    wrong = {
        "an unknown option": {"asked": ["wanted.obstacle"], "wanted.obstacle": ["1"]},
        "none with others": {"asked": ["wanted.obstacle"], "wanted.obstacle": ["none", "waiting"]},
        "unknown with others": {"asked": ["wanted.obstacle"], "wanted.obstacle": ["unknown", "waiting"]},
        "an option twice": {"asked": ["wanted.obstacle"], "wanted.obstacle": ["waiting", "waiting"]},
    }
    for label, fields in wrong.items():
        yield label, tour.post(path, {"revision": "1", **fields})
    two = {"revision": "1", "asked": ["wanted.aim"], "wanted.aim": ["exchange", "common-outcomes"]}
    yield "two answers to one", tour.post(f"{at}/sections/wanted", two)
    yield "no answer to one question", tour.post(f"{at}/questions/wanted.aim", {"revision": "1", "go": "on"})


def _named_partners(tour: Tour, at: str) -> Iterator[tuple[str, Response]]:
    page = f"{at}/partners"
    yield "partners", tour.get(page)
    yield "partners among the questions", tour.get(f"{page}?been=-")
    yield "no name for a partner", tour.post(page, {"names": "", "go": "add"})
    yield "a long name for a partner", tour.post(page, {"names": "Ω" * 201, "go": "add"})
    yield "a name that is taken", tour.post(page, {"names": ONE, "go": "add"})
    yield "a partner added", tour.post(page, {"names": "Δ4", "go": "add"})
    yield "a partner's name", tour.get(f"{page}/3/name")
    yield "a partner's name is taken", tour.post(f"{page}/3/name", {"name": ONE, "revision": "2"})
    yield "a partner renamed", tour.post(f"{page}/3/name", {"name": "Δ5", "revision": "2"})
    yield "a partner to be removed", tour.get(f"{page}/3/remove")
    yield "a partner with answers to be removed", tour.get(f"{page}/1/remove")
    yield "a partner with an answer to be removed", tour.get(f"{page}/2/remove")
    yield "a partner removed", tour.post(f"{page}/3/remove", {"revision": "3"})
    full = tour.begun(CaseFile(Case("Ω2", {}, tuple(Partner(f"Δ{n}", {}) for n in range(40))), {}))
    yield "too many partners", tour.post(f"/cases/{full}/partners", {"names": "Δ41", "go": "add"})


def _meanwhile(tour: Tour) -> Iterator[tuple[str, Response]]:
    """What others did while a form was open."""
    file = case_file()
    base = {"revision": "1", "asked": ["possible.authority"], "possible.authority": ["staff"], "go": "on"}
    other = {**file.case.answers, "possible.authority": ("head",)}
    for by_other in (False, True):
        case = tour.begun(file)
        at = f"/cases/{case}"
        tour.save(case, CaseFile(replace(file.case, answers=other), file.scenarios))
        path = f"{at}/sections/possible"
        yield f"two answers {by_other}", tour.post(path, base)
        yield f"two answers, none chosen {by_other}", tour.post(path, {**base, "deciding": "yes"})
        merged = {"revision": "1", "asked": ["wanted.work"], "go": "on"}
        yield (
            f"merged {by_other}",
            tour.post(f"{at}/sections/wanted", {**merged, "wanted.aim": "exchange", "asked": ["wanted.aim"]}),
        )
        yield f"what was merged {by_other}", tour.get(f"{at}?merged=1-3")
    case = tour.begun(file)
    at = f"/cases/{case}"
    renamed = CaseFile(
        replace(file.case, name="Ω9", partners=(replace(file.case.partners[0], name="Δ7"), file.case.partners[1])), {}
    )
    tour.save(case, renamed, **{ONE: "Δ7"})
    yield "two names", tour.post(f"{at}/partners/1/name", {"name": "Δ8", "revision": "1"})
    yield "two names, none chosen", tour.post(f"{at}/partners/1/name", {"name": "Δ8", "revision": "1", "deciding": "yes"})
    changed = replace(renamed.case.partners[0], answers={"partner.reach": ("against",)})
    tour.save(case, CaseFile(replace(renamed.case, partners=(changed, renamed.case.partners[1])), {}))
    yield "changed before it is removed", tour.post(f"{at}/partners/1/remove", {"revision": "2"})
    tour.save(case, CaseFile(replace(renamed.case, partners=renamed.case.partners[1:]), {}))
    yield "gone before it is renamed", tour.post(f"{at}/partners/1/name", {"name": "Δ8", "revision": "3"})
    answers = {"revision": "3", "asked": ["partner.reach"], "partner.reach": ["exchange"], "go": "on"}
    path = f"{at}/partners/1/sections/partners"
    yield "gone before it is answered", tour.post(path, answers)
    tour.save(case, CaseFile(replace(renamed.case, partners=(*renamed.case.partners[1:], Partner("Δ6", {}))), {}))
    yield "everything that was changed", tour.get(f"{at}?merged=1-5")
    yield "history of everything", tour.get(f"{at}/history")


def _consulted(tour: Tour, case: str) -> Iterator[tuple[str, Response]]:
    """A consultation from its opening to the case as agreed, for whoever leads it and for those who answer."""
    yield "no consultations", tour.get(f"/cases/{case}/consultations")
    opened = tour.post(f"/cases/{case}/consultations", {})
    yield "a consultation", opened
    at = opened.url.path
    yield "consultations", tour.get(f"/cases/{case}/consultations")
    for path in ("/questions", "/close", "/delete", "/stands", "/disagreements", "/map", "/reconcile"):
        yield f"a consultation nobody answered{path}", tour.get(f"{at}{path}")
    for by in ("", "kind"):
        room = tour.get(f"{at}/room?by={by}")
        yield f"hands by {by}", room
        raised = {"line": re.findall(r'name="line" value="([^"]+)"', room.text)[0], "by": by}
        hand = re.findall(r'name="([a-z-]+:[a-z-]+)"', room.text)[0]
        yield f"no hands by {by}", tour.post(f"{at}/room", raised)
        yield f"hands that are no number by {by}", tour.post(f"{at}/room", {**raised, hand: "ϑ"})
    yield "no question", tour.post(f"{at}/questions", {})
    questions = ["today.state", "wanted.aim", "wanted.about", "wanted.obstacle", "partner.trust", "present.purpose"]
    yield "questions", tour.post(f"{at}/questions", {"questions": questions})
    yield "nobody invited", tour.post(f"{at}/respondents", {"name": "", "speaks": "partner", "shown": "x", "days": "1"})
    keys: dict[str, str] = {}
    people = {"Σ1": ("agency", "by-name"), "Σ2": ("partner", "to-specialist"), "Σ9": ("front-line", "")}
    people |= {f"Σ{number}": ("family", "") for number in range(3, 8)}
    for name, (speaks, shown) in people.items():
        invited = tour.post(f"{at}/respondents", {"name": name, "speaks": speaks, "for": TWO, "shown": shown, "days": "14"})
        yield f"invited {name}", invited
        found = re.search(r"/answer/[\w-]+", invited.text)
        assert found
        keys[name] = found[0]
    yield "invited twice", tour.post(f"{at}/respondents", {"name": "Σ1", "speaks": "agency", "days": "14"})
    for number, (name, link) in enumerate(keys.items()):
        yield f"welcome {name}", tour.get(link)
        begun = tour.post(f"{link}/begin", {})
        yield f"begun {name}", begun
        own = begun.url.path
        for page in range(1, 6):
            yield f"asking {name} {page}", tour.get(f"{own}/{page}")
        answers = {"today.state": ("contact", "nothing")[number % 2], "wanted.aim": ("exchange", "common-goal")[number % 2]}
        sent = {"asked": [*answers, "1.partner.trust"], "1.partner.trust": ("low", "fair")[number % 2], **answers}
        yield f"answered {name}", tour.post(f"{own}/1", {**sent, "note:wanted.aim": "ϑ9.", "go": "list"})
        yield f"opened again {name}", tour.get(link)
    yield "answered wrongly", tour.post(f"{own}/1", {"asked": ["wanted.aim"], "wanted.aim": "1"})
    yield "forgotten", tour.post(f"{own}/forget", {})
    yield "opened by a stranger", tour.get(keys["Σ9"])
    yield "invitations", tour.get(at)
    invited_by_name = {each.respondent.name: each.id for each in tour.store.respondents.list(LOCAL, case, at.rpartition("/")[2])}
    respondents = [invited_by_name[name] for name in keys]  # those with names in front: what they say stays to be talked about
    sheet = f"{at}/respondents/{respondents[0]}/sheet"
    yield "a sheet", tour.get(sheet)
    yield "no sheet", tour.post(sheet, {})
    yield "a file that is no sheet", tour.post(sheet, {}, files={"file": ("1.txt", b"1")})
    yield "a large sheet", tour.post(sheet, {}, files={"file": ("1.csv", b"#" * 1_048_577)})
    yield "a wrong sheet", tour.post(sheet, {}, files={"file": ("1.csv", b"1,2,3,4,5\nwanted.aim,,,,1\n")})
    for number, doing in enumerate(("revoke", "renew", "remove")):
        yield f"an invitation, {doing}", tour.post(f"{at}/respondents/{respondents[number - 3]}/{doing}", {"days": "7"})
    yield "revoked", tour.get(keys["Σ1"])
    for path in ("/stands", "/disagreements", "/map", "/reconcile"):
        yield f"a consultation so far{path}", tour.get(f"{at}{path}")
    yield "closed", tour.post(f"{at}/close", {})
    yield "a link of what is closed", tour.get(keys["Σ1"])
    yield "invited too late", tour.post(f"{at}/respondents", {"name": "Σ0", "speaks": "agency", "days": "14"})
    for path in ("/stands", "/disagreements", "/map", "/documents/session.html", "/documents/handout.html"):
        yield f"a consultation{path}", tour.get(f"{at}{path}")
    listed = tour.get(f"{at}/reconcile")
    yield "lines", listed
    for number, address in enumerate(re.findall(r'href="([^"]+/reconcile/line[^"]+)"', listed.text)):
        line = tour.get(address.replace("&amp;", "&"))
        yield f"line {number}", line
        fields = dict(re.findall(r'name="(line|agreed)"[^>]*value="([^"]*)"', line.text)[:1])
        yield f"line {number}, nothing chosen", tour.post(f"{at}/reconcile/line", {**fields, "note": "ϑ" * 601})
        yield f"line {number}, no other answer", tour.post(f"{at}/reconcile/line", {**fields, "agreed": "other"})
        wrong = {**fields, "agreed": "other", "options": ["1"]}
        yield f"line {number}, a wrong answer", tour.post(f"{at}/reconcile/line", wrong)
        chosen = re.findall(r'name="agreed" value="([^"]*)"', line.text)
        agreed = chosen[0] if number % 2 else "keep-open"
        yield f"line {number}, decided", tour.post(f"{at}/reconcile/line", {**fields, "agreed": agreed, "note": "ϑ8."})
        yield f"line {number}, again", tour.get(address.replace("&amp;", "&"))
    yield "what was agreed", tour.get(f"{at}/reconcile")
    yield "saved meanwhile", tour.post(f"{at}/adopt", {"revision": "99"})
    revision = re.search(r'name="revision" value="(\d+)"', tour.get(f"{at}/reconcile").text)
    yield "taken over", tour.post(f"{at}/adopt", {"revision": revision[1] if revision else "0"})
    yield "the record", tour.get(f"{at}/documents/record.html")
    again = tour.post(f"{at}/rounds", {})
    yield "asked again", again
    own = tour.post(f"{re.findall(r'/answer/[^<]+', again.text)[0]}/begin", {}).url.path
    tour.post(
        f"{own}/1", {"asked": ["today.state", "wanted.aim"], "today.state": "running", "wanted.aim": "exchange", "go": "list"}
    )
    yield "asked a third time too early", tour.post(f"{at}/rounds", {})
    yield "rounds", tour.get(at)
    yield "what changed", tour.get(f"{at}/change")
    yield "all rounds deleted?", tour.get(f"{at}/delete")
    yield "a consultation deleted", tour.post(f"{at}/delete", {})


def _enough(tour: Tour) -> Iterator[tuple[str, Response]]:
    """The end of one question after another."""
    stands = {
        "proposal.ask": ("none",),
        "today.state": ("nothing",),
        "today.required": ("no",),
        "possible.law": ("forbids",),
        "possible.law-change": ("no",),
    }
    case = tour.begun(CaseFile(Case("Ω3", stands), {}))
    tour.get(f"/cases/{case}/state")  # the first state takes longest, and a page waits only so long
    yield "the main answer stands", tour.get(f"/cases/{case}/state")
    moment = tour.get(f"/cases/{case}/main-answer")
    while "/main-answer" not in moment.url.path:  # a busy machine takes longer than a page waits
        moment = tour.get(f"/cases/{case}/main-answer")
    yield "the moment it stands", moment
    vocabulary = tour.loaded.rulebook.vocabulary
    been = (
        "~".join(question.id for question in vocabulary.questions.values() if question.asked == "agency")
        + "~partners~main-answer"
    )
    yield "nothing more to ask", tour.get(f"/cases/{case}/next?been={been}")
    yield "left open in this session", tour.get(f"/cases/{case}/state?been={been}")
    known = read_case_file(ROOT / "examples/domestic-violence-networking.yaml", vocabulary).case.answers
    told = {**case_file().case.answers, **{name: answer for name, answer in known.items() if name != "possible.authority"}}
    partnered = tour.begun(CaseFile(replace(case_file().case, answers=told), {}))  # enough for the solver to be quick
    been += "".join(f"~{q.id}" for q in vocabulary.questions.values() if q.asked == "partner")
    yield "nothing more to ask of partners", tour.get(f"/cases/{partnered}/next?been={been}")
    with pytest.MonkeyPatch.context() as slow:
        slow.setattr(States, "get", lambda *_, **__: None)
        yield "nothing more to ask, and not decided in time", tour.get(f"/cases/{partnered}/next?been={been}")
        yield "not decided in time", tour.get(f"/cases/{partnered}/state?been={been}")
    settled = {question.id: (question.options[0],) for question in vocabulary.questions.values() if question.asked == "agency"}
    all_answered = tour.begun(CaseFile(Case("Ω4", settled), {}))
    yield "everything answered", tour.get(f"/cases/{all_answered}")
    yield "all is settled", tour.get(f"/cases/{all_answered}/state")
    yield "nothing left to ask", tour.get(f"/cases/{all_answered}/next?been=main-answer")
    yield "advice that is settled", tour.get(f"/cases/{all_answered}/advice?wait=1")


def _looked_at(tour: Tour, case: str) -> Iterator[tuple[str, Response]]:
    """Advice on one case, and what is asked of it."""
    at = f"/cases/{case}"
    for on in ("", "scenario=β1", "scenario=β2"):
        yield f"advice {on}", tour.get(f"{at}/advice?{on}")
        yield f"advice that waited {on}", tour.get(f"{at}/advice?wait=1&{on}")
        yield f"memo {on}", tour.get(f"{at}/memo?to=Δ1&from=Δ2&{on}")
        advice = tour.get(f"{at}/advice?{on}")
        for address in sorted(set(re.findall(r'href="([^"]+/why\?[^"]+)"', advice.text)))[:6]:
            yield f"why {address}", tour.get(address.replace("&amp;", "&"))
            yield f"why for htmx {address}", tour.get(address.replace("&amp;", "&"), **HTMX)
        for address in sorted(set(re.findall(r'href="([^"]+/why-not\?[^"]+)"', advice.text))):
            yield f"why not {address}", tour.get(address.replace("&amp;", "&"))
    for goal in (
        "dimension=integration",
        "dimension=networking",
        "dimension=collaboration",
        "proceed=end",
        "proceed=do-not-form",
        "nothing=1",
    ):
        yield f"goal {goal}", tour.get(f"{at}/goal?goal={goal}")
        yield f"goal on a scenario {goal}", tour.get(f"{at}/goal?goal={goal}&scenario=β1")
    kept = "keep=possible.authority&keep=wanted.aim&keep=wanted.obstacle"
    yield "goal with what has to stay", tour.get(f"{at}/goal?goal=dimension=integration&{kept}")
    for goal in ("dimension=integration", "dimension=networking", "proceed=end"):
        yield f"route {goal}", tour.get(f"{at}/route?goal={goal}")
    yield "route to nothing", tour.get(f"{at}/route?goal=nothing")
    other = tour.begun(CaseFile(Case("Ω2", {}), {}))
    yield "two cases", tour.get(f"/compare-cases?case={case}&case={other}")
    yield "levers", tour.get(f"{at}/levers")
    yield "levers on a scenario, as a part", tour.get(f"{at}/levers?scenario=β1", **HTMX)
    yield "why not what holds", tour.get(f"{at}/why-not?goal=proceed=continue")
    yield "why not several", tour.get(f"{at}/why-not?goal=partner-limit=networking")
    yield "why not nothing", tour.get(f"{at}/why-not?goal=nothing")


def _tried(tour: Tour, case: str) -> Iterator[tuple[str, Response]]:
    """What if, scenarios and comparisons."""
    at = f"/cases/{case}"
    what_if = f"{at}/what-if"
    for query in (
        "", "wanted.aim=exchange", "wanted.aim=common-outcomes", "show=wanted.aim", "show=wanted.obstacle",
        "on=β1&wanted.aim=exchange",
        f"drop={ONE}", f"add={NEW}", "wanted.aim=1", "on=β9", "find=a", "find=qqq", "possible.authority=head",
        f"partner.reach@{ONE}=against", f"drop={ONE}&add={NEW}",
    ):  # fmt: skip
        yield f"what if {query}", tour.get(f"{what_if}?{query}")
        yield f"what if for htmx {query}", tour.get(f"{what_if}?{query}", **HTMX)
        yield f"picker for htmx {query}", tour.get(f"{what_if}?{query}", **HTMX, **{"HX-Target": "picker"})
    keep = {"wanted.aim": "exchange", "revision": _revision(tour, case)}
    yield "a scenario without a name", tour.post(f"{at}/scenarios", {**keep, "name": ""})
    yield "a scenario with a long name", tour.post(f"{at}/scenarios", {**keep, "name": "β" * 201})
    yield "a scenario of a name that is taken", tour.post(f"{at}/scenarios", {**keep, "name": "β1"})
    yield "nothing to keep", tour.post(f"{at}/scenarios", {"name": "β8", "revision": keep["revision"]})
    yield "on a scenario that is gone", tour.post(f"{at}/scenarios", {**keep, "on": "β9", "name": "β8"})
    yield "kept too late", tour.post(f"{at}/scenarios", {**keep, "name": "β8", "revision": "1"})
    yield "kept", tour.post(f"{at}/scenarios", {**keep, "name": "β8"})
    for name in ("β1", "β2", "β8"):
        yield f"scenario {name}", tour.get(f"{at}/scenarios?name={name}")
    rename = {"revision": _revision(tour, case), "name": "β8"}
    yield "another name, none", tour.post(f"{at}/scenarios/rename", {**rename, "new": ""})
    yield "another name, taken", tour.post(f"{at}/scenarios/rename", {**rename, "new": "β1"})
    yield "renamed too late", tour.post(f"{at}/scenarios/rename", {**rename, "new": "β7", "revision": "1"})
    yield "scenario renamed", tour.post(f"{at}/scenarios/rename", {**rename, "new": "β7"})
    yield "built on", tour.post(f"{at}/scenarios/delete", {"revision": _revision(tour, case), "name": "β1"})
    yield "scenario deleted", tour.post(f"{at}/scenarios/delete", {"revision": _revision(tour, case), "name": "β7"})
    for sides in (
        "",
        "with=β1",
        "with=&with=β1",
        "with=&with=β1&with=β2",
        "with=&with=β1&with=β2&with=β3",
        "with=&with=",
        "with=β1&with=β2",
    ):
        yield f"compare {sides}", tour.get(f"{at}/compare?{sides}")
    many = {f"β{n}": Scenario(f"β{n}", {"wanted.aim": ("exchange",)}) for n in range(9)}
    more = tour.begun(CaseFile(Case("Ω5", {"wanted.aim": ("exchange",)}), many))
    yield "too many to compare", tour.get(f"/cases/{more}/compare?" + "&".join(f"with={name}" for name in ["", *many]))


def _followed(tour: Tour, case: str) -> Iterator[tuple[str, Response]]:
    """What became of the advice, from no day set to all of it done."""
    at = f"/cases/{case}/follow-up"
    first = tour.get(at)
    yield "follow-up", first
    moments = re.findall(r'name="(due\.[^"]+)"', first.text)
    yield "no days", tour.post(f"{at}/days", {})
    yield "wrong days", tour.post(f"{at}/days", dict.fromkeys(moments, "1"))
    yield "days", tour.post(f"{at}/days", dict.fromkeys(moments, "2026-01-31"))
    items = [address.replace("&amp;", "&") for address in re.findall(r'href="([^"]+/follow-up/item[^"]+)"', first.text)]
    for address in items:
        shown = tour.get(address)
        yield f"to do {address}", shown
        found = re.search(r'name="of" value="([^"]+)"', shown.text)
        assert found
        fields = {"of": found[1], "step": "done"}
        for day, evidence in (("", ""), ("2999-01-01", "ϑ" * 1501)):
            yield f"wrongly done {address} {day}", tour.post(f"{at}/item", {**fields, "day": day, "evidence": evidence})
        yield f"done {address}", tour.post(f"{at}/item", {**fields, "day": "2026-01-30", "evidence": "ϑ7."})
        yield f"seen to be done {address}", tour.get(address)
    yield "reopened", tour.post(f"{at}/item", {**fields, "step": "reopened"})
    yield "history", tour.get(address)
    yield "at a glance", tour.get("/portfolio")
    yield "neither", tour.post(f"{at}/item", fields | {"step": "1"})
    yield "no such thing", tour.get(f"{at}/item?of=1")


def _shared(tour: Tour, case: str) -> Iterator[tuple[str, Response]]:
    path = f"/cases/{case}/links"
    yield "links", tour.get(path)
    for label, fields in {
        "nothing chosen": {},
        "two for advice": {"shows": "advice", "with": ["", "β1"], "days": "30"},
        "one to compare": {"shows": "compare", "with": ["β1"], "days": "30"},
        "a scenario that is gone": {"shows": "advice", "with": ["β9"], "days": "30"},
        "no such days": {"shows": "advice", "with": [""], "days": "1000"},
    }.items():
        yield f"a link, {label}", tour.post(path, fields)
    for label, fields in {
        "advice": {"shows": "advice", "with": [""], "days": "30"},
        "advice with its words": {"shows": "advice", "with": [""], "days": "30", "words": "yes"},
        "a scenario": {"shows": "advice", "with": ["β1"], "days": "30"},
        "a comparison": {"shows": "compare", "with": ["", "β1", "β2"], "days": "7"},
        "a comparison of what is alike": {"shows": "compare", "with": ["β3", "β3"], "days": "7"},
    }.items():
        made = tour.post(path, fields)
        yield f"a link to {label}", made
        for secret in re.findall(r"/shared/([\w-]+)", made.text):
            yield f"shared {label}", tour.get(f"/shared/{secret}")
    shown = tour.get(path)
    yield "links made", shown
    for revoke in re.findall(r'action="([^"]+/revoke)"', shown.text)[:1]:
        yield "link revoked", tour.post(revoke, {})
    yield "delete with links", tour.get(f"/cases/{case}/delete")


def _advised(tour: Tour, file: CaseFile) -> Iterator[tuple[str, Response]]:
    """Advice, memo and comparison of one case of many."""
    case = tour.begun(file)
    yield "state", tour.get(f"/cases/{case}/state")  # it waits until the state is known, and the pages after it have it
    yield "overview", tour.get(f"/cases/{case}")
    for scenario in ("", *file.scenarios):
        yield (
            f"advice {scenario}",
            tour.get(f"/cases/{case}/advice", **{})
            if not scenario
            else tour.client.get(f"/cases/{case}/advice", params={"scenario": scenario}),
        )
        yield f"memo {scenario}", tour.client.get(f"/cases/{case}/memo", params={"scenario": scenario})
    if file.scenarios:
        yield "compare", tour.client.get(f"/cases/{case}/compare", params={"with": ["", *list(file.scenarios)[:3]]})


def with_accounts(tour: Tour) -> Iterator[tuple[str, str]]:
    """Every page that is there, or is otherwise, only with accounts; `tour` is on a database that has none yet."""
    people = tour.store.people
    new_code(tour.client.app.state.site.settings.data)  # type: ignore[attr-defined]
    yield "the first account", tour.get("/first-account").text
    yield "the first account with a wrong code", tour.post("/first-account", {"code": "1", "password": "1", "again": "2"}).text
    add = {"role": "administrator", "organization": "Ψ", "password": PASSWORD, "at": AT}
    people.add("1@2.example", "Σ1", **add)  # type: ignore[arg-type]
    other = people.add("2@2.example", "Σ2", **{**add, "role": "leader"})  # type: ignore[arg-type]
    people.add("3@2.example", "Σ3", **{**add, "role": "planner"})  # type: ignore[arg-type]
    people.add("4@2.example", "Σ4", **{**add, "role": "ta-specialist"})  # type: ignore[arg-type]
    tour.store.tokens.create(other, "Σ", at=AT)
    case = tour.store.cases.create(other, case_file(), at=AT).entry.id
    page = "/login"
    yield "login", tour.get(page).text
    with _mailing(tour):
        yield "login where links are mailed", tour.get(page).text
        yield "a password forgotten", tour.get("/forgotten-password").text
    yield "a link was asked for", tour.get(f"{page}?said=link-mailed").text
    yield "nobody to sign in by", tour.get("/sign-in/1").text
    yield "login with a wrong password", tour.post(page, {"email": "1@2.example", "password": "1"}).text
    for _ in range(20):
        tried = tour.post(page, {"email": "4@2.example", "password": "1"})
    yield "too many logins", tried.text
    yield "signed in", tour.post(page, {"email": "1@2.example", "password": PASSWORD}).text
    yield "cases of others", tour.get("/cases").text
    yield "manage another's case", tour.get(f"/cases/{case}/manage").text
    yield "history of another's case", tour.get(f"/cases/{case}/history").text
    yield "links with accounts", tour.get(f"/cases/{case}/links").text
    link = {"shows": "advice", "with": [""], "days": "30"}
    yield "a link with accounts", tour.post(f"/cases/{case}/links", link).text
    mine = tour.store.cases.create(other, case_file(), at=AT).entry.id
    yield "whose case it is", tour.get(f"/cases/{mine}").text
    account = "/account"
    yield "account", tour.get(account).text
    change = {"old": "1", "new": PASSWORD + "1", "again": PASSWORD + "1"}
    yield "a wrong old password", tour.post(f"{account}/password", change).text
    yield "a short password", tour.post(f"{account}/password", {"old": PASSWORD, "new": "1", "again": "1"}).text
    yield "not the same", tour.post(f"{account}/password", {**change, "old": PASSWORD, "again": "1"}).text
    yield "a token without a label", tour.post(f"{account}/tokens", {"label": "", "days": "90"}).text
    yield "a token for no such days", tour.post(f"{account}/tokens", {"label": "Σ", "days": "5"}).text
    yield "a token", tour.post(f"{account}/tokens", {"label": "Σ", "days": "90"}).text
    yield "a token without end", tour.post(f"{account}/tokens", {"label": "Σ0", "days": ""}).text
    shown = tour.get(account)
    yield "account with tokens", shown.text
    for revoke in re.findall(r'action="([^"]+/revoke)"', shown.text)[:1]:
        yield "token revoked", tour.post(revoke, {}).text
    yield from _second_factor(tour)
    yield "people", tour.get("/people").text
    yield from _retention(tour, other)
    yield "a webhook to nowhere", tour.post("/webhooks", {"address": "Σ"}).text
    yield "a webhook over http", tour.post("/webhooks", {"address": "http://192.0.9.1/"}).text
    yield "a webhook to an inner network", tour.post("/webhooks", {"address": "https://10.0.0.1/"}).text
    yield "a webhook to no host", tour.post("/webhooks", {"address": "https://1.invalid/"}).text
    events = ["case.advice-changed", "consultation.closed"]
    yield "a webhook", tour.post("/webhooks", {"address": "https://192.0.9.1/", "events": events}).text
    yield "webhooks", tour.get("/webhooks").text
    webhook = tour.store.webhooks.list("Ψ")[0].id
    yield "nothing told yet", tour.get(f"/webhooks/{webhook}/deliveries").text
    told = tour.store.cases.create(other, case_file(), at=AT).entry.id
    consultation = tour.store.consultations.open(other, told, ["wanted.aim"], at=AT).id
    tour.store.consultations.close(other, told, consultation, at=AT)
    yield "what was told", tour.get(f"/webhooks/{webhook}/deliveries").text
    yield "a webhook ended", tour.post(f"/webhooks/{webhook}/end", {}).text
    service = {"label": "Σ1", "scopes": ["assess", "read", "write", "administer"], "account": other.id, "reference": "Σ2"}
    yield "a service token for nothing", tour.post("/service-tokens", {"label": "Σ1", "days": "90"}).text
    yield "a service token", tour.post("/service-tokens", {**service, "days": "90"}).text
    yield "a service token without end", tour.post("/service-tokens", {**service, "days": ""}).text
    shown = tour.get("/service-tokens")
    yield "service tokens", shown.text
    for revoke in re.findall(r'action="([^"]+/revoke)"', shown.text)[:1]:
        yield "service token revoked", tour.post(revoke, {}).text
    yield "a person", tour.get(f"/people/{other.id}").text
    yield "a wrong name", tour.post(f"/people/{other.id}", {"name": "", "role": "leader"}).text
    yield "a new password", tour.post(f"/people/{other.id}/reset", {}).text
    yield from _organizations(tour, other)
    yield "one who owns cases", tour.post(f"/people/{other.id}/remove", {}).text
    secret = tour.store.resets.open(other.id, at=LATER)
    yield "a link for a new password", tour.get(f"/reset/{secret}").text
    yield "a link for a weak one", tour.post(f"/reset/{secret}", {"new": "1", "again": "1"}).text
    yield "audit", tour.get("/audit").text
    yield "nothing in the audit", tour.get("/audit?q=Ω").text
    yield "deactivated", tour.post(f"/people/{other.id}/active", {"active": "no"}).text
    yield "start with accounts", tour.get("/").text
    ours = tour.store.people.by_email("1@2.example")
    assert ours is not None
    case = tour.store.cases.create(ours, case_file(), at=AT).entry.id
    answers = {**case_file().case.answers, "possible.authority": ("head",)}
    tour.store.cases.save(ours, case, 1, replace(case_file(), case=replace(case_file().case, answers=answers)), at=LATER)
    base = {"revision": "1", "asked": ["possible.authority"], "possible.authority": ["staff"], "go": "on"}
    path = f"/cases/{case}/sections/possible"
    yield "two answers with accounts", tour.post(path, base).text
    yield "signed out", tour.post("/logout", {}).text


def _retention(tour: Tour, owner: Person) -> Iterator[tuple[str, str]]:
    """How long things are kept: cases and consultations that are deleted soon and those on hold, as everybody sees them."""
    store, path = tour.store, "/retention"
    yield "everything is kept", tour.get(path).text
    yield "no months", tour.post(path, {"cases": "Σ", "consultations": "0"}).text
    yield "consultations that outlast cases", tour.post(path, {"cases": "1", "consultations": "2"}).text
    yield "months", tour.post(path, {"cases": "2", "consultations": "1"}).text
    begun = LATER - timedelta(days=100)
    old = store.cases.create(owner, case_file(), at=begun).entry.id
    consultation = store.consultations.open(owner, old, ["wanted.aim"], at=begun).id
    for days in (0, 50):
        assert not list(store.retention.run(at=LATER - timedelta(days=days)))
        yield f"cases that are deleted soon {days}", tour.get("/cases").text
        yield f"deleted soon {days}", tour.get(path).text
        for address in (f"/cases/{old}", f"/cases/{old}/manage", f"/cases/{old}/consultations/{consultation}"):
            yield f"{address} deleted soon {days}", tour.get(address).text
        store.retention.set_rule(RetentionRule(owner.organization, None, 1))
        yield f"a consultation in it is deleted {days}", tour.get("/cases").text
        yield f"a consultation in it {days}", tour.get(f"/cases/{old}").text
        yield f"a consultation {days}", tour.get(f"/cases/{old}/consultations/{consultation}").text
        store.retention.set_rule(RetentionRule(owner.organization, 2, 1))
    for hold in (f"/cases/{old}/consultations/{consultation}/hold", f"/cases/{old}/hold"):
        yield f"{hold} for which there is a form", tour.get(hold).text
        yield f"{hold} without a reason", tour.post(hold, {"reason": ""}).text
        yield f"{hold} placed", tour.post(hold, {"reason": "Σ"}).text
        yield f"{hold} seen", tour.get(hold).text
        for address in (f"/cases/{old}/delete", f"/cases/{old}/consultations/{consultation}/delete"):
            yield f"{hold} and {address}", tour.get(address).text
            yield f"{hold} and {address} anyway", tour.post(address, {}).text
        yield f"{hold} in the list", tour.get("/cases").text
        yield f"{hold} among others", tour.get(path).text
    yield "a hold lifted", tour.post(f"/cases/{old}/hold/lift", {}).text
    store.retention.set_rule(RetentionRule(owner.organization))


def _organizations(tour: Tour, other: Person) -> Iterator[tuple[str, str]]:
    """An organization renamed, and people who belong to several; whoever was signed in is in the end."""
    store, path = tour.store, "/organization/name"
    yield "an organization", tour.get("/organization").text
    yield "an organization without a name", tour.post(path, {"name": ""}).text
    yield "an organization renamed", tour.post(path, {"name": "Ψ1"}).text
    host = store.people.add("5@2.example", "Σ5", "administrator", "Ψ5", PASSWORD, at=AT)
    yield "a name that is taken", tour.post(path, {"name": "Ψ5"}).text
    yield "a wrong invitation", tour.post("/invitations", {"email": "1", "role": "1"}).text
    yield "an invitation", tour.post("/invitations", {"email": "6@2.example", "role": "leader"}).text
    shown = tour.get("/people")
    yield "invitations", shown.text
    yield "an invitation ended", tour.post(re.findall(r'action="(/invitations/[^"]+)"', shown.text)[0], {}).text
    _, theirs = store.invitations.make(host, other.email, "planner", at=LATER)
    _, mine = store.invitations.make(host, "1@2.example", "planner", at=LATER)
    yield "an invitation of another", tour.get(f"/join/{theirs}").text
    yield "joining as another", tour.post(f"/join/{theirs}", {}).text
    yield "one's own invitation", tour.get(f"/join/{mine}").text
    store.second_factors.require(host.organization, True, at=LATER)
    yield "joining without a second factor", tour.post(f"/join/{mine}", {}).text
    store.second_factors.require(host.organization, False, at=LATER)
    yield "joined", tour.post(f"/join/{mine}", {}).text
    case = store.cases.create(host, case_file(), at=AT).entry.id
    store.consultations.open(host, case, ["wanted.aim"], at=AT)
    store.organizations.show_elsewhere(host.organization, True)
    yield "at a glance from elsewhere", tour.get("/portfolio").text
    yield "shown elsewhere", tour.post("/organization/elsewhere/show", {}).text
    yield "hidden elsewhere", tour.post("/organization/elsewhere/hide", {}).text
    yield "in two organizations", tour.get("/account").text
    yield "switched", tour.post("/switch", {"organization": host.organization}).text
    yield "switched back", tour.post("/switch", {"organization": "Ψ"}).text
    store.memberships.join(other.id, host.organization, "leader", at=LATER)
    yield "a person of several organizations", tour.get(f"/people/{other.id}").text
    for each in (other.id, store.people.by_email("1@2.example").id):  # type: ignore[union-attr]
        store.people.remove(each, host.organization)


def _second_factor(tour: Tour) -> Iterator[tuple[str, str]]:
    """A second factor, from none to one that is required; whoever was signed in is in the end."""
    person, path = tour.store.people.by_email("1@2.example"), "/account/second-factor"
    assert person is not None
    factors, password = tour.store.second_factors, {"email": person.email, "password": PASSWORD}
    yield "no second factor", tour.get(path).text
    yield "a second factor with a wrong password", tour.post(path, {"old": "1"}).text
    yield "requiring what one has not", tour.post("/people/second-factor/require", {}).text
    yield "setting it up", tour.post(path, {"old": PASSWORD}).text
    yield "a wrong code", tour.post(f"{path}/confirm", {"code": "1"}).text
    secret = factors.begun(person.id, at=LATER)
    assert secret is not None
    yield "recovery codes", tour.post(f"{path}/confirm", {"code": pyotp.TOTP(secret).at(LATER)}).text
    yield "a second factor", tour.get(path).text
    yield "requiring it", tour.post("/people/second-factor/require", {}).text
    yield "required", tour.get(path).text
    yield "a second factor that has to stay", tour.post(f"{path}/end", {"old": PASSWORD}).text
    other = tour.store.people.by_email("3@2.example")
    assert other is not None
    made = factors.begin(other.id, at=LATER)
    assert made is not None
    factors.confirm(other, pyotp.TOTP(made).at(LATER), at=LATER)
    yield "somebody with a second factor", tour.get(f"/people/{other.id}").text
    yield "signed out to come again", tour.post("/logout", {}).text
    yield "asked for a code", tour.post("/login", password).text
    yield "a code that is wrong", tour.post("/login/code", {"code": "1"}).text
    factors.end(person.id)
    yield "having to set it up", tour.post("/login", password).text
    yield "setting it up to sign in", tour.post("/login/second-factor", {}).text
    yield from _passkeys(tour, person, other)
    factors.require(person.organization, False, at=LATER)
    factors.end(other.id)
    yield "signed in again", tour.post("/login", password).text
    yield "one who has passkeys", tour.get(f"/people/{other.id}").text
    (mine,) = tour.store.passkeys.list(person.id)
    path = f"/account/passkeys/{mine.id}"
    yield "passkeys", tour.get("/account/passkeys").text
    yield "a passkey", tour.get(path).text
    yield "ending a passkey with a wrong password", tour.post(f"{path}/end", {"old": "1"}).text
    with _set_to(tour, public_url=NAMED):
        yield "no passkey any more", tour.post(f"{path}/end", {"old": PASSWORD}).text
        yield "a passkey without a name", tour.post("/account/passkeys", {"label": "", "old": PASSWORD}).text
        yield "making a passkey", tour.post("/account/passkeys", {"label": "Σ", "old": PASSWORD}).text
        yield "a passkey that was not made", tour.post("/account/passkeys/confirm", {"label": "Σ"}).text
    yield "no passkeys here", tour.get("/account/passkeys").text


def _passkeys(tour: Tour, person: Person, other: Person) -> Iterator[tuple[str, str]]:
    """Signing in by passkeys, which two people have from now on."""
    for each in (person, other):
        tour.store.passkeys.add(each.id, "Σ", each.id, b"1", 0, at=LATER)
    with _set_to(tour, public_url=NAMED):
        yield "login with passkeys", tour.get("/login").text
        yield "a wrong passkey", tour.post("/login/passkey", {}).text
        yield "asked for a passkey", tour.post("/login", {"email": person.email, "password": PASSWORD}).text
        yield "a wrong passkey after the password", tour.post("/login/code/passkey", {}).text


@contextmanager
def _mailing(tour: Tour) -> Iterator[None]:
    """As where links for new passwords can be mailed."""
    with _set_to(tour, mail_server="127.0.0.1", mail_from="1@2.example", public_url="http://127.0.0.1:8000"):
        yield


@contextmanager
def _set_to(tour: Tour, **settings: str) -> Iterator[None]:
    """As on a server with other settings."""
    state = tour.client.app.state  # type: ignore[attr-defined]
    before = state.site
    state.site = replace(before, settings=before.settings.model_copy(update=settings))
    yield
    state.site = before


def _revision(tour: Tour, case: str) -> str:
    return str(tour.store.cases.read(tour.person, case).entry.revision)
