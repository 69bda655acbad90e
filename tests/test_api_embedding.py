"""What a part of another site's page asks the API."""

import re

import httpx

from advisor.model.sentence import Inflected
from advisor.model.wording import Wording


def test_every_site_may_read_the_words_and_nothing_else(client: httpx.Client, wording: Wording) -> None:
    other = {"Origin": "https://portal.example.org"}
    words = client.get("/api/v1/words", headers=other)
    assert words.headers["Access-Control-Allow-Origin"] == "*"
    assert words.json() == {"language": "en", "words": dict(wording.pages["embedded"])}
    assert client.get("/api/v1/words", headers={"If-None-Match": words.headers["ETag"]}).status_code == 304
    assert "Access-Control-Allow-Origin" not in client.get("/api/v1/questions", headers=other).headers


def test_a_word_has_only_what_the_component_fills_in(wording: Wording) -> None:
    for key, text in wording.pages["embedded"].items():
        assert not isinstance(text, Inflected), key
        bare = re.sub(r"\{\{ \w+ \}\}|</?hidden>", "", text)
        assert not re.search(r"[{}<>]", bare), key


def test_the_script_is_for_every_site_and_asked_for_anew_each_time(client: httpx.Client) -> None:
    script = client.get("/static/embed/partnership-advisor.js")
    assert script.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert script.headers["Access-Control-Allow-Origin"] == "*"
    assert script.headers["Cache-Control"] == "no-cache"
    assert script.headers["X-Content-Type-Options"] == "nosniff"
    own = client.get("/static/advisor.js")
    assert own.headers["Cross-Origin-Resource-Policy"] == "same-origin"


def test_a_question_about_a_partner_has_to_name_one(client: httpx.Client) -> None:
    case = {"partners": [{"name": "Harbor House"}, {"name": "Another"}]}
    asked = client.post("/api/v1/question", json={"case": case, "question": "partner.role@another"}).json()
    assert asked["name"] == "partner.role@Another"
    for question, code in (
        ("partner.role", "partner-to-name"),
        ("partner.role@Nobody", "unknown-partner"),
        ("no.such", "unknown-question"),
    ):
        answer = client.post("/api/v1/question", json={"case": case, "question": question})
        assert (answer.status_code, answer.json()["problems"][0]["code"]) == (422, code)


def next_step(client: httpx.Client, **asked: object) -> tuple[str, str | None, str | None]:
    told = client.post("/api/v1/next-step", json=asked).json()
    return told["step"], told["question"], told["partner"]


def test_the_next_step_is_the_situation_then_the_partners_then_one_page_after_the_other(client: httpx.Client) -> None:
    assert next_step(client, case={}) == ("question", "you.kind", None)
    situation = ["you.kind", "proposal.ask", "wanted.aim", "wanted.work", "wanted.about"]
    assert next_step(client, case={}, skip=situation) == ("partners", None, None)
    assert next_step(client, case={}, skip=situation, named=True)[0] == "question"
    case = {"partners": [{"name": "Harbor House"}, {"name": "Another"}]}
    about = {"case": case, "skip": [*situation, "partner.role@Harbor House"], "after": "partner.role@harbor house"}
    assert next_step(client, **about) == ("question", "partner.role", "Another")  # the same page, about everybody
    settled = client.post("/api/v1/next-step", json={"case": {"answers": {"wanted.aim": "exchange"}}, "after": "no.such"})
    assert (settled.status_code, settled.json()["problems"][0]["code"]) == (422, "unknown-question")


def test_the_first_page_of_a_saved_case_is_that_of_the_case_sent(client: httpx.Client) -> None:
    case = {"name": "A roundtable", "answers": {"wanted.aim": "exchange"}}
    saved = client.post("/api/v1/cases", json=case).json()["id"]
    pages = [client.post("/api/v1/first-page", json=body).json() for body in ({"case": case}, {"saved": saved})]
    assert pages[0] == pages[1]
    assert pages[0]["answers"][0]["question"] == "wanted.aim"
