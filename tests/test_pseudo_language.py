"""In a language made by a script nothing is left in English: on no page, in no document, from no command, in no error."""

import json
import re
import shutil
from collections.abc import Iterable, Iterator
from contextlib import redirect_stderr
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser
from io import BytesIO, StringIO
from itertools import chain
from pathlib import Path
from textwrap import shorten

import icalendar
import openpyxl
import pytest
from mcp_types import Tool
from typer.testing import CliRunner

from advisor.cli.app import Chosen
from advisor.cli.main import COMMANDS, report
from advisor.documents import memo, subject
from advisor.documents.catalog import DEPTHS, WRITTEN, compose, make
from advisor.documents.html import write as html_of
from advisor.documents.request import DocumentRequest
from advisor.engine.forward_chaining import ChainEngine
from advisor.io.case_editor import save_scenario
from advisor.io.case_writer import case_json, write_case
from advisor.io.examples import read_examples
from advisor.loading import Loaded, load
from advisor.mcp.schemas import described
from advisor.mcp.server import called, server_on
from advisor.mcp.tools import TOOLS
from advisor.model.case import FREE_WORDS, Case
from advisor.model.problems import InputError
from advisor.model.sentence import first_words
from advisor.service import Service
from advisor.web.templates import TEMPLATES
from conftest import ROOT
from support.command_line import app
from support.pseudo_language import LANGUAGE, marked, write_language
from support.tour import NEW, ONE, TWO, Tour, case_file, every_page, touring, with_accounts

ENGLISH = re.compile(r"[A-Za-z]{2,}")  # every letter of the language has an accent
SPOKEN = ("title", "alt", "aria-label", "placeholder", "data-label", "data-says", "data-says-once", "data-failed", "label")
VOID = ("input", "br", "meta", "link", "img", "hr", "rect", "path", "circle", "line")
# What is no word of ours, so that it stays: names in code, dates, and what is listed here.
CODE = ("style", "script", "code", "time")
KEPT = [
    re.compile(marked("Allowed: ").rstrip("⟧") + "[^⟧]*⟧"),  # ids that would be right
    re.compile(marked("Did you mean ").rstrip("⟧") + "[^⟧]*⟧"),
    re.compile(r"\b[0-9a-f]{12,64}\b"),  # hashes
    re.compile(r"\b\d@\d\.example\b"),  # addresses that a user typed
    re.compile(r"\b[a-z0-9-]+\.[a-z-]+\b"),  # ids of questions, names of files
    re.compile(r"=?\b[a-z]+(-[a-z]+)+…?"),  # ids of rules, claims and values
    re.compile(r"\bchain\b|\(pl\)|\{\{ partner \}\}"),  # the engine, the language, a blank
    re.compile(r"\bnothing(=1)?"),  # a goal that a user typed
    re.compile(r"\b(lub|oraz)\b|\b\d+ (stycznia|marca|listopada) \d{4}\b"),  # words that Babel knows in Polish
    re.compile(r"\b(foo|pdf|chian|chain|durable|text|markdown|html|json)\b"),  # what was typed, and what could have been
    re.compile(r"(advisor [a-z]+ )?--[a-z]+( [A-Z]+)?"),  # options
    re.compile(r"\b(case|partner|section)\b(?= ?(\d*|#[^ :]*):)"),  # places in a file
    re.compile(rf"#({'|'.join(FREE_WORDS)}):|\b(words|notes):"),  # keys of a case file
]


LIBRARIES = re.compile(r"No such file or directory|Expecting property name enclosed in double quotes")  # said by others


class Reader(HTMLParser):
    """What a page or a picture says: its text outside of code, and its attributes that are read out."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self._open: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.found += [value for name in SPOKEN if (value := given.get(name))]
        if tag not in VOID:
            self._open.append((tag, given.get("class") or ""))

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if not any(tag in CODE or "advisor-rule" in names for tag, names in self._open):
            self.found.append(" ".join(data.split()))


ROOM = (memo.SAID, memo.NOTED, subject.NOTED)  # characters


def own_words(case: Case) -> Iterator[str]:
    """What somebody wrote beside the answers of a case: whole, by its first words, and as much as a memo's page has room for."""
    notes = (case.notes, *(partner.notes for partner in case.partners))
    for text in (*case.words.values(), *chain.from_iterable(each.values() for each in notes)):
        yield from {text, first_words(text), *(shorten(text, most, placeholder=" …") for most in ROOM)} - {""}


class Strangers:
    """Names that are nobody's words: ids, places in the source documents, and the examples, which are cases of somebody's."""

    def __init__(self, loaded: Loaded) -> None:
        rulebook, vocabulary = loaded.rulebook, loaded.rulebook.vocabulary
        sections = {source.section for source in rulebook.sources.values()}
        examples = read_examples(ROOT / "examples", vocabulary).values()
        told = {text for each in examples for text in (each.story, each.source, each.file.case.name) if text}
        names = {partner.name for each in examples for partner in each.file.case.partners}
        said = {text for each in examples for text in own_words(each.file.case)}
        said |= {text[:1].upper() + text[1:] for text in said}
        self.names = sorted(sections | told | names | said, key=len, reverse=True)
        self.ids = {*vocabulary.questions, *vocabulary.findings, *vocabulary.sections, *rulebook.rules, *rulebook.sources}
        self.ids |= {option for question in vocabulary.questions.values() for option in question.options}
        self.ids |= {value for finding in vocabulary.findings.values() for value in finding.values}
        self.ids |= {"unknown", "answers", "partners", "name", "select", "advise"}  # keys and words of files

    def left_in(self, texts: Iterable[str], *, ids: bool = False) -> list[str]:
        """The words in some texts that are English; with `ids` those are passed over that somebody may have to type."""
        text = " ".join(" ".join(text for text in dict.fromkeys(texts) if ENGLISH.search(text)).split())
        for name in self.names:
            text = text.replace(name, "")
        text = LIBRARIES.sub("", text)
        if ids:
            text = _WORD.sub(lambda found: "" if found[0] in self.ids else found[0], text.replace("\\_", "_"))
        for pattern in KEPT:
            text = pattern.sub(" ", text)
        return [text[max(found.start() - 40, 0) : found.end() + 40] for found in ENGLISH.finditer(text)]


_WORD = re.compile(r"[\w-]+(\.[\w-]+)*")


@pytest.fixture(scope="module")
def prompts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_language(tmp_path_factory.mktemp("prompts"))


@pytest.fixture(scope="module")
def pseudo(prompts: Path) -> Loaded:
    return load(prompts=prompts, language=LANGUAGE, cache=prompts / "cache/partnership-advisor")


@pytest.fixture(scope="module")
def strangers(pseudo: Loaded) -> Strangers:
    return Strangers(pseudo)


def said_by(html: str) -> list[str]:
    reader = Reader()
    reader.feed(html)
    return reader.found


def check(pages: Iterator[tuple[str, str]], strangers: Strangers) -> int:
    """Look at all pages; how many there were. Those that failed are told together."""
    seen, wrong, clean = 0, {}, set[str]()  # much stands on every page, and is looked at once
    for label, html in pages:
        seen += 1
        said = [text for text in (spoken(json.loads(html)) if html.startswith("{") else said_by(html)) if text not in clean]
        if found := strangers.left_in(said):
            wrong[label] = found
        else:
            clean.update(said)
    assert wrong == {}
    return seen


@pytest.mark.long  # what a page says for itself is shown by the templates, `test_templates.py`
def test_no_page_has_english_on_it(pseudo: Loaded, strangers: Strangers, tmp_path_factory: pytest.TempPathFactory) -> None:
    shown = set[str]()
    for pages, least in ((lambda tour: every_page(tour, {}), 350), (with_accounts, 25)):
        with touring(pseudo, tmp_path_factory.mktemp("tour")) as tour:
            assert check(pages(tour), strangers) >= least
            shown |= tour.templates()
    assert shown == {path.relative_to(TEMPLATES).as_posix() for path in TEMPLATES.rglob("*.j2")}


# Commands, with every document and picture


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, loaded: Loaded, prompts: Path) -> Path:
    """The case of the tour as a file with its scenarios, files with something wrong, a sweep, and words as they once were."""
    made = tmp_path_factory.mktemp("files")
    file, vocabulary = case_file(), loaded.rulebook.vocabulary
    write_case(made / "1.yaml", file.case, vocabulary)
    for scenario in file.scenarios.values():
        save_scenario(made / "1.yaml", scenario, vocabulary)
    (made / "2.yaml").write_text("answers:\n  wanted.aim: 1\n  a.b: c\npartners:\n- answers: {}\nfoo: 1\n")
    (made / "3.yaml").write_text(
        f"name: Ω\ncase: {{answers: {{today.required: no}}, partners: [{{name: {ONE}, answers: {{}}}}]}}\n"
        f"vary: {{wanted.aim: all, possible.authority: all, 'partner.trust@{ONE}': all}}\n"
    )
    (made / "4.csv").write_text("name,wanted.aim\nΩ,exchange\nΨ,1\n")
    (made / "6.yaml").write_text(
        "respondent: {name: Ω, speaks: agency}\n"
        "answers: {wanted.aim: exchange, today.state: contact, present.purpose: networking}\n"
        f"partners: [{{name: {ONE}, answers: {{partner.trust: low, partner.reach: exchange}}}}]\n"
    )
    (made / "7.yaml").write_text(
        f"respondent: {{name: Ψ, speaks: partner, for: {ONE}}}\n"
        "answers: {wanted.aim: common-outcomes, wanted.work: change-practice}\n"
        f"partners: [{{name: {ONE}, answers: {{partner.trust: fair, partner.reach: merge}}}}]\n"
    )
    for number in range(5):
        answers = f"{{today.state: {('contact', 'nothing')[number % 2]}}}"
        (made / f"8{number}.yaml").write_text(f"respondent: {{speaks: family}}\nanswers: {answers}\n")
    once = made / "Ξ" / "prompts" / LANGUAGE
    shutil.copytree(prompts / LANGUAGE, once)
    shutil.copytree(ROOT / "rules", made / "Ξ" / "rules")
    (once / "help/settings.yaml").unlink()
    (once / "pages/said.yaml").write_text("saved: á\nnothing: á\n", "utf-8")
    return made


CASE, FAMILIES = "1.yaml", [f"8{number}.yaml" for number in range(5)]
DOCUMENTS = [
    ["assess", CASE],
    ["assess", CASE, "--format", "markdown", "--full"],
    ["assess", CASE, "--format", "html"],
    ["assess", CASE, "--brief"],
    ["check", CASE],
    ["check", "2.yaml"],
    ["why", CASE, "dimension"],
    ["settle", CASE],
    ["next", CASE],
    ["why-not", CASE, "integration"],
    ["why-not", CASE, "proceed=continue"],
    ["why-not", CASE, "proceed=form"],
    ["reach", CASE, "--goal", "dimension=collaboration"],
    ["reach", CASE, "--goal", "dimension=networking"],
    ["reach", CASE, "--goal", "proceed=form"],
    ["reach", CASE, "--goal", "dimension=integration", "--keep", "possible.authority"],
    ["whatif", CASE, "--set", "wanted.aim=exchange", "--add-partner", NEW, "--drop-partner", TWO, "--format", "markdown"],
    ["whatif", CASE, "--set", "wanted.aim=common-outcomes", "--format", "markdown"],
    ["compare", CASE, "--format", "markdown", "--svg", "1.svg"],
    ["compare", CASE, "--format", "html"],
    ["sensitivity", CASE, "--format", "markdown", "--svg", "2.svg"],
    ["sensitivity", CASE, "--format", "html", "--full"],
    ["roadmap", CASE, "--goal", "dimension=integration", "--format", "markdown"],
    ["roadmap", CASE, "--goal", "dimension=integration", "--format", "html"],
    ["picture", CASE, "--format", "markdown", "--svg", "3.svg"],
    ["picture", CASE, "--what", "why", "--format", "html", "--svg", "4.svg"],
    ["picture", CASE, "--what", "table", "--svg", "5.svg"],
    ["picture", CASE, "--what", "closeness", "--svg", "6.svg"],
    ["picture", CASE, "--what", "plan", "--svg", "7.svg"],
    ["picture", CASE, "--what", "levers", "--svg", "8.svg"],
    ["picture", CASE, "--what", "route", "--of", "dimension=integration"],
    ["document", CASE],
    ["document", CASE, "--kind", "plan", "-o", "1.xlsx"],
    ["consult", "merge", "6.yaml", "7.yaml", "--format", "markdown", "--full"],
    ["consult", "merge", "6.yaml", "7.yaml", *FAMILIES, "--format", "html", "--full"],
    ["consult", "merge", "6.yaml", *FAMILIES[:2], "--format", "markdown"],
    ["consult", "merge", "6.yaml", "7.yaml", "--format", "markdown", "--limit", "0"],
    ["consult", "merge", "6.yaml", "6.yaml", CASE, "--for", "1"],
    ["consult", "merge", "6.yaml", "6.yaml"],
    ["consult", "sheet", CASE, "-o", "9.csv"],
    ["consult", "sheet", CASE, "-o", "9.xlsx", "--all"],
    ["questions"],
    ["questions", "--template"],
    ["rules", "check"],
    ["rules", "coverage"],
    ["rules", "prove", "--limit", "0"],
    ["rules", "diff", "Ξ/rules", "--limit", "0"],
    ["sweep", "3.yaml", "-o", "Ψ", "--workers", "1", "--report", "1.html", "--maps", "maps"],
    ["batch", "4.csv", "-o", "Ω", "--problems", "1.csv"],
    ["review", "-o", "Φ", "--since", "Ξ", "--no-pages"],
    ["words", "export", "-o", "5.xlsx"],
    ["words", "import", "5.xlsx"],
    ["words", "import", "4.csv"],
    ["user", "list"],
    ["user", "tokens", "1@2.example"],
    ["organization", "list"],
    ["organization", "rename", "Σ", "Ω"],
    ["audit", "list"],
    ["audit", "verify"],
    ["backup", "make", "Σ"],
    ["backup", "verify", "Σ"],
    ["rotate-key"],
    ["remind"],
    ["webhook", "list"],
    ["webhook", "end", "1"],
    ["webhook", "add", "Ω", "1", "--event", "1"],
    ["retention", "set", "Ω", "--cases", "1"],
    ["retention", "list"],
    ["retention", "run"],
    ["retention", "hold", "1", "--reason", "Σ"],
    ["retention", "lift", "1"],
    ["retention", "holds"],
    ["assess", "2.yaml"],
    ["assess", CASE, "--format", "pdf"],
    ["assess", CASE, "--engine", "chian"],
    ["document", CASE, "--kind", "foo"],
    ["document", CASE, "--date", "foo", "--due", "foo", "--due", "foo=1"],
    ["document", CASE, "--kind", "plan", "--format", "ics"],
    ["document", CASE, "--format", "docx", "--template", "2.yaml"],
    ["assess", "0.yaml"],
    ["why", CASE, "1"],
    ["whatif", CASE, "--set", "1"],
    ["compare", CASE, "Ω"],
    ["reach", CASE, "--goal", "1"],
    ["rules", "show", "1"],
    ["questions", "--section", "1"],
]


def test_every_command_is_gone_through() -> None:
    """The interview is asked below, and what `serve` and `mcp` say in pages and to assistants."""
    assert {arguments[0] for arguments in DOCUMENTS} == {*COMMANDS} - {"interview", "serve", "mcp"}


SLOWEST = ("review", "rules diff", "rules prove", "words export", "words import")  # every text of the rulebook: in a long run


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(each, marks=pytest.mark.long) if " ".join(each).startswith(SLOWEST) or place % 3 else each
        for place, each in enumerate(DOCUMENTS)
    ],
    ids=" ".join,
)
def test_no_command_speaks_english(
    arguments: list[str], folder: Path, prompts: Path, strangers: Strangers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    output = run(arguments, prompts, folder)
    made = (
        [path for path in folder.rglob("*") if path.suffix in (".svg", ".html")]
        if arguments[0] in ("sweep", "compare", "sensitivity", "picture", "review")
        else []
    )
    said = [*lines_of(output.replace(str(folder), "")), *(text for path in made for text in said_by(path.read_text("utf-8")))]
    assert said
    assert strangers.left_in(said, ids=True) == []


_SVG = re.compile(r"<svg.*?</svg>", re.DOTALL)  # its lines are cut; what is drawn is looked at by its table


@pytest.mark.parametrize("kind", WRITTEN)
def test_no_document_has_english_in_it(kind: str, pseudo: Loaded, strangers: Strangers) -> None:
    """On every example and on the case of the tour, undecided and whole, dated and not, in every depth."""
    service = Service(pseudo, ChainEngine(pseudo.cache))
    examples = read_examples(ROOT / "examples", pseudo.rulebook.vocabulary).values()
    said = set[str]()
    for case in (case_file().case, *(example.file.case for example in examples)):
        advice = service.assess(case, marks=True)
        if kind not in service.offered(advice, case):
            continue
        for wanted in (
            DocumentRequest(kind, "html", "β1", day=date(2026, 11, 28), due={"before-signing": date(2027, 1, 15)}),
            *(DocumentRequest(kind, "html", detail=detail) for detail in DEPTHS[kind]),
        ):
            said.update(said_by(_SVG.sub("", html_of(compose(advice, case, pseudo, wanted)).decode())))
    assert len(said) > 500
    assert strangers.left_in(said) == []


def test_no_plan_has_english_in_it(pseudo: Loaded, strangers: Strangers) -> None:
    service, case = Service(pseudo, ChainEngine(pseudo.cache)), case_file().case
    case = replace(case, words={**case.words, "needed-by": "λ 2027-02-01", "result": "λ 2027-03-01"})
    wanted = {form: DocumentRequest("plan", form, due={"before-signing": date(2027, 1, 15)}) for form in ("xlsx", "ics")}
    made = {form: make(service.assess(case), case, pseudo, each) for form, each in wanted.items()}
    book = openpyxl.load_workbook(BytesIO(made["xlsx"]))
    said = [*book.sheetnames, *(str(cell) for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row if cell)]
    assert len(said) > 20
    events = icalendar.Calendar.from_ical(made["ics"]).walk("VEVENT")
    said += [str(event.get(name, "")) for event in events for name in ("summary", "description")]
    assert strangers.left_in(text for text in said if text != "None") == []


def run(arguments: list[str], prompts: Path, folder: Path, typed: str = "") -> str:
    """A command in the language, with what is wrong told as the command line does."""
    language = {"ADVISOR_PROMPTS": str(prompts), "ADVISOR_LANGUAGE": LANGUAGE, "XDG_CACHE_HOME": str(prompts / "cache")}
    result = CliRunner(env={**language, "ADVISOR_DATA": str(folder), "COLUMNS": "2000"}).invoke(app, arguments, input=typed)
    if isinstance(result.exception, InputError):
        with redirect_stderr(StringIO()) as told:
            report(result.exception, Chosen(None, prompts, LANGUAGE))
        return told.getvalue()
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.output


def lines_of(output: str) -> list[str]:
    return said_by(output) if "</" in output else [output]


def test_no_english_is_spoken_in_an_interview(prompts: Path, strangers: Strangers, tmp_path: Path) -> None:
    typed = ["?", "99", "1", "?", "1", "<", "1", "1,2", ONE, ONE, "-9", "7", "", *["1"] * 12, "q"]
    for name in ("1.yaml", "1.yaml"):
        said = run(["interview", str(tmp_path / name)], prompts, tmp_path, "".join(f"{line}\n" for line in typed))
        assert strangers.left_in([said.replace(str(tmp_path), "")], ids=True) == []


# What click writes around help: the usage, headings, its own option, defaults in brackets, and names in the first column.
OF_CLICK = re.compile(
    r"^Usage: .*$|^[A-Z][a-z]+:$|Show this message and exit\.|\[[^\]]*\]"
    r"|^ {2,4}(--?[a-z-]+(, --?[a-z-]+)*|[a-z-]+|[A-Z]+)( [A-Z]+)?(?= |$)"
    r"|ADVISOR_[A-Z_]+|sqlite|postgresql|FILE",
    re.MULTILINE,
)


@pytest.mark.parametrize(
    "command", ["", "assess", "whatif", "document", "rules", "rules prove", "user", "user add", "serve", "mcp"]
)
def test_help_is_in_the_language(command: str, prompts: Path, folder: Path, strangers: Strangers) -> None:
    said = run([*command.split(), "--help"], prompts, folder)
    assert len(said) > 100
    assert strangers.left_in([OF_CLICK.sub("", said)]) == []


# What an assistant is told and given


def test_no_assistant_is_spoken_to_in_english(pseudo: Loaded, strangers: Strangers) -> None:
    service = Service(pseudo, ChainEngine(pseudo.cache))
    server = server_on(service)
    listed = [described(tool, pseudo.wording.phrases["assistants"]) for tool in TOOLS.values()]
    said = [server.title or "", server.instructions or "", *(text for tool in listed for text in described_by(tool))]
    case = json.loads(case_json(case_file().case, pseudo.rulebook.vocabulary))
    view = {"respondent": {"name": "Ω", "speaks": "agency"}, "answers": {"wanted.aim": "exchange"}}
    for name, arguments in (
        ("list_questions", {"essential": False}),
        ("assess", {"case": case, "detail": "full"}),
        ("why", {"case": case, "of": "dimension"}),
        ("why_not", {"case": case, "goal": "integration"}),
        ("next_question", {"case": case}),
        ("what_if", {"case": case, "change": {"answers": {"wanted.aim": "exchange"}, "drop": [TWO]}}),
        ("reach", {"case": case, "goals": ["dimension=collaboration"]}),
        ("draft_document", {"case": case, "kind": "memo"}),
        ("consultation_map", {"views": [view]}),
    ):
        result = called(service, name, arguments).model_dump(by_alias=True)
        assert not result["isError"], result
        data = result["structuredContent"]
        said += [*spoken(data), data.get("text", ""), *data.get("sections", {}).values()]
    for name, arguments in (("foo", {}), ("assess", {"detail": "1", "foo": 1}), ("why_not", {"most": 0, "goal": []})):
        refused = called(service, name, arguments).model_dump(by_alias=True)
        assert refused["isError"]
        said += [_IN_CALLS.sub("", each["text"]) for each in refused["content"]]
    assert len(said) > 400
    assert strangers.left_in(said, ids=True) == []


_ARGUMENTS = {name for tool in TOOLS.values() for name in tool.takes.model_fields}
_KEYWORDS = (
    "type|string|integer|minimum|maximum|minLength|maxLength|arguments|line|paragraph|full"  # of schemas, and what is typed
)
_IN_CALLS = re.compile(rf"\b({'|'.join(sorted({*_ARGUMENTS, *TOOLS}, key=len, reverse=True))}|{_KEYWORDS})\b")


def described_by(tool: Tool) -> Iterator[str]:
    """Everything that is said of a tool in words."""
    yield tool.title or ""
    yield tool.description or ""
    for schema in (tool.input_schema, tool.output_schema or {}):
        yield from spoken(schema, ("title", "description"))


# The API

SAID = ("title", "text", "detail", "because", "ask", "help", "why", "said", "says", "when", "label", "message")


def spoken(value: object, fields: tuple[str, ...] = SAID) -> Iterator[str]:
    """What a JSON answer says in words, by the names of its fields."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key in fields and isinstance(inner, str):
                yield inner
            yield from spoken(inner, fields)
    elif isinstance(value, list):
        for inner in value:
            yield from spoken(inner, fields)


def test_the_api_answers_in_the_language(pseudo: Loaded, strangers: Strangers, tmp_path: Path) -> None:
    with touring(pseudo, tmp_path) as tour:
        said = list(_answers(tour))
    assert len(said) > 200
    assert strangers.left_in(said, ids=True) == []


def _answers(tour: Tour) -> Iterator[str]:
    root = "/api/v1"
    case = {
        "name": "Ω",
        "answers": {"wanted.aim": "exchange"},
        "partners": [{"name": ONE, "answers": {"partner.reach": "plan-together"}}],
    }
    asked = {
        "assess": case,
        "why": {"case": case, "of": "dimension"},
        "why-not": {"case": case, "goal": "dimension=integration"},
        "settle": {"case": case},
        "next": {"case": case},
        "reach": {"case": case, "goals": ["dimension=integration"]},
        "what-if": {"case": case, "change": {"answers": {"wanted.aim": "common-outcomes"}}},
    }
    for path, body in asked.items():
        yield from spoken(tour.client.post(f"{root}/{path}", json=body).json())
    for path in ("questions", "rulebook/rules", "rulebook/sources", "rulebook/sources/nothing", "nothing", "cases?after=1"):
        yield from spoken(tour.client.get(f"{root}/{path}").json())
    wrong = {"answers": {"wanted.aim": "1", "a": ["b"]}, "partners": [{"answers": {}}]}
    yield from spoken(tour.client.post(f"{root}/assess", json=wrong).json())
    yield from spoken(tour.client.post(f"{root}/assess", content=b"{", headers={"Content-Type": "application/json"}).json())
    yield from spoken(tour.client.post(f"{root}/assess", json=case, headers={"Accept": "image/png"}).json())
    yield from spoken(tour.client.post(f"{root}/assess", content=b"x", headers={"Content-Type": "text/html"}).json())
    yield tour.client.post(f"{root}/assess", json=case, headers={"Accept": "text/markdown"}).text
