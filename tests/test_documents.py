"""Documents on every example: what they say, that they are whole in every form, and that the same case gives the same bytes."""

import io
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import docx
import icalendar
import openpyxl
import pikepdf
import pytest
import typst

from advisor.documents import catalog, pdf
from advisor.documents.blocks import DocumentTable, Illustration, Items, Paragraph, text_of
from advisor.documents.catalog import FORMS, KINDS, WRITTEN, compose, make, offered
from advisor.documents.plan import day_in
from advisor.documents.request import DocumentRequest
from advisor.documents.word import DEFAULT
from advisor.engine.forward_chaining import ChainEngine
from advisor.io.case_reader import read_case
from advisor.loading import Loaded
from advisor.model.advice import Advice
from advisor.model.case import MAX_WORDS, Case, Partner
from advisor.model.problems import InputError
from advisor.service import Service
from conftest import ROOT
from support.sampling import sampled
from support.word_template import made as word_template

DAY = date(2026, 11, 28)
EXAMPLES = sorted(path.stem for path in (ROOT / "examples").glob("*.yaml"))
NEWBORNS = "newborns-exposed-before-birth"
DUE = {"before-signing": date(2027, 1, 15), "at-review": date(2027, 6, 1)}


@pytest.fixture(scope="module")
def advised(loaded: Loaded) -> dict[str, tuple[Advice, Case]]:
    """Every example with the advice on it."""
    service = Service(loaded, ChainEngine(loaded.cache))
    cases = {name: read_case(ROOT / "examples" / f"{name}.yaml", loaded.rulebook.vocabulary) for name in EXAMPLES}
    return {name: (service.assess(case, marks=True), case) for name, case in cases.items()}


def written(of: tuple[Advice, Case], loaded: Loaded, kind: str, form: str, **more: Any) -> bytes:
    return make(*of, loaded, DocumentRequest(kind, form, day=DAY, **more))


def opened(content: bytes) -> pikepdf.Pdf:
    return pikepdf.open(io.BytesIO(content))


def words_of(content: bytes) -> str:
    """What a Word file says, in its body and its tables."""
    return " ".join(" ".join(each.text or "" for each in docx.Document(io.BytesIO(content)).element.body.iter(_T)).split())


_T = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}t"


def elements(pdf: pikepdf.Pdf) -> Iterator[pikepdf.Dictionary]:
    """Every element of a PDF's structure."""
    waiting: list[Any] = [pdf.Root.StructTreeRoot]
    while waiting:
        each = waiting.pop()
        if isinstance(each, pikepdf.Dictionary):
            if "/S" in each:
                yield each
            children = each.get("/K")
            waiting += list(children) if isinstance(children, pikepdf.Array) else [children]


@pytest.mark.parametrize("kind", WRITTEN)
@pytest.mark.parametrize("name", sampled(EXAMPLES, 12))
def test_a_document_says_the_same_in_every_form(
    name: str, kind: str, advised: dict[str, tuple[Advice, Case]], loaded: Loaded
) -> None:
    if kind not in offered(*advised[name], loaded):
        with pytest.raises(InputError, match=f"no-{kind}"):
            compose(*advised[name], loaded, DocumentRequest(kind, "pdf", day=DAY))
        return
    document = compose(*advised[name], loaded, DocumentRequest(kind, "pdf", day=DAY))
    said = [section.heading for section in document.sections]
    for section in document.sections:
        for block in section.blocks:
            match block:
                case Paragraph():
                    said.append(text_of(block.text))
                case Items():
                    said += map(text_of, block.items)
                case DocumentTable():
                    assert len(block.widths) == len(block.rows[0])
                    assert {len(row) for row in block.rows} == {len(block.widths)}
                    said += [text_of(cell) for row in block.rows for cell in row]
                case Illustration():
                    assert block.alt
    word = words_of(written(advised[name], loaded, kind, "docx"))
    html = re.sub(r"<[^>]*>", " ", written(advised[name], loaded, kind, "html").decode().partition("<main>")[2])
    plain = " ".join(_unescaped(html).split())
    squeezed = {"docx": _squeezed(word), "html": _squeezed(plain)}
    for form, text in squeezed.items():
        assert [each for each in said if _squeezed(each) not in text] == [], form
    markdown = _squeezed(written(advised[name], loaded, kind, "markdown").decode())
    assert [each for each in said if _squeezed(each) not in markdown] == []
    pdf = opened(written(advised[name], loaded, kind, "pdf"))
    headings = {str(each.S) for each in elements(pdf)}
    assert {"/H1", "/H2", "/L", "/Table", "/TH"} <= headings


def _unescaped(text: str) -> str:
    import html

    return html.unescape(text)


def _squeezed(text: str) -> str:
    """Its letters and numbers: what markup and broken lines leave of it."""
    return re.sub(r"[\W_]+", "", text)


@pytest.mark.parametrize("name", sampled(EXAMPLES))
def test_the_memo_itself_has_one_page(name: str, advised: dict[str, tuple[Advice, Case]], loaded: Loaded) -> None:
    of = advised[name]
    document = compose(*of, loaded, DocumentRequest("memo", "pdf", day=DAY))
    place = next(place for place, section in enumerate(document.sections) if section.new_page)
    alone = replace(document, sections=document.sections[:place])
    assert len(opened(pdf.write(alone, DAY)).pages) == 1
    whole = opened(pdf.write(document, DAY))
    assert _first_page_of(whole, document.sections[place].heading) == 1
    assert len(whole.pages) > 1


def _first_page_of(pdf: pikepdf.Pdf, heading: str) -> int:
    """The page, from 0, that an entry of the outline leads to."""
    with pdf.open_outline() as outline:
        entries = [each for top in outline.root for each in (top, *top.children)]
    found = next(each for each in entries if each.title == heading)
    assert found.destination is not None
    page: Any = found.destination[0] if isinstance(found.destination, pikepdf.Array) else found.destination
    return next(n for n, each in enumerate(pdf.pages) if each.obj.objgen == page.objgen)


def test_a_memo_of_ten_partners_with_long_names_and_long_words_fits_its_page(loaded: Loaded) -> None:
    case = read_case(ROOT / "examples" / f"{NEWBORNS}.yaml", loaded.rulebook.vocabulary)
    long = "The Association of County Offices North of the Long River, District "
    partners = tuple(Partner(f"{long}{n}", case.partners[n % 3].answers) for n in range(10))
    words = dict.fromkeys(case.words, ("It takes many words to say this. " * 40)[: MAX_WORDS // 2])
    case = replace(case, partners=partners, words=words)
    service = Service(loaded, ChainEngine(loaded.cache))
    wanted = DocumentRequest("memo", "pdf", day=DAY, due={"before-signing": DAY})
    pdf = opened(service.document(service.assess(case, marks=True), case, wanted))  # with what is not known, and days
    assert _first_page_of(pdf, loaded.wording.documents["document"]["partners"]) == 1


def test_a_pdf_is_tagged_and_says_so(advised: dict[str, tuple[Advice, Case]], loaded: Loaded) -> None:
    pdf = opened(written(advised[NEWBORNS], loaded, "memo", "pdf"))
    root = pdf.Root
    assert bool(root.MarkInfo.Marked)
    assert str(root.Lang) == "en"
    assert bool(root.ViewerPreferences.DisplayDocTitle)
    with pdf.open_metadata() as told:
        assert told["pdfuaid:part"] == "1"
        assert told["dc:title"] == f"Decision memo: {advised[NEWBORNS][1].name}"
        assert str(told["xmp:CreateDate"]).startswith("2026-11-28")
    figures = [each for each in elements(pdf) if str(each.S) == "/Figure"]
    assert figures
    assert all(str(each.get("/Alt", "")) for each in figures)
    kinds = [str(each.S) for each in elements(pdf)]
    assert {"/H1", "/H2", "/H3", "/L", "/LI", "/Table", "/TR", "/TH", "/TD"} <= set(kinds)
    assert kinds.count("/H1") == 1


def test_each_row_of_a_table_has_a_head_that_says_so(advised: dict[str, tuple[Advice, Case]], loaded: Loaded) -> None:
    pdf = opened(written(advised[NEWBORNS], loaded, "memo", "pdf"))
    rows = [list(each.K) for each in elements(pdf) if str(each.S) == "/TR"]
    beneath = [row for row in rows if any(str(cell.S) == "/TD" for cell in row)]
    assert len(beneath) > 30
    for row in beneath:
        assert [str(cell.S) for cell in row] == ["/TH", *["/TD"] * (len(row) - 1)]
        assert [str(each.Scope) for each in row[0].A if "/Scope" in each] == ["/Row"]
    document = compose(*advised[NEWBORNS], loaded, DocumentRequest("memo", "pdf"))
    tables = [block for section in document.sections for block in section.blocks if isinstance(block, DocumentTable)]
    assert len(beneath) == sum(len(table.rows) for table in tables)


def test_a_word_file_has_styles_repeated_heads_and_whole_rows(advised: dict[str, tuple[Advice, Case]], loaded: Loaded) -> None:
    content = written(advised[NEWBORNS], loaded, "memo", "docx")
    document = docx.Document(io.BytesIO(content))
    assert document.core_properties.title == f"Decision memo: {advised[NEWBORNS][1].name}"
    assert (document.core_properties.language, document.core_properties.created.date()) == ("en", DAY)
    assert document.paragraphs[0].style.name == "Title"  # type: ignore[union-attr]
    headings = [each.text for each in document.paragraphs if each.style and each.style.name == "Heading 1"]
    assert headings == [
        section.heading for section in compose(*advised[NEWBORNS], loaded, DocumentRequest("memo", "docx")).sections
    ]
    for table in document.tables[1:]:
        assert "w:tblHeader" in table.rows[0]._tr.xml
        assert all("w:cantSplit" in row._tr.xml for row in table.rows)
    pictures = re.findall(r'<wp:docPr [^>]*descr="([^"]+)"', document.element.xml)
    assert len(pictures) == 3
    assert all(len(each.split()) > 10 for each in pictures)
    footer = document.sections[0].footer.paragraphs[0]._p.xml
    assert "PAGE" in footer
    assert "NUMPAGES" in footer


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_case_gives_the_same_bytes(kind: str, advised: dict[str, tuple[Advice, Case]], loaded: Loaded) -> None:
    for form in KINDS[kind]:
        more = {"due": DUE} if kind == "plan" else {}
        first, second = (written(advised[NEWBORNS], loaded, kind, form, **more) for _ in range(2))
        assert first == second, form


@pytest.mark.parametrize("form", sampled([*FORMS], 3))
def test_another_process_on_another_day_gives_the_same_bytes(
    form: str, advised: dict[str, tuple[Advice, Case]], loaded: Loaded, tmp_path: Path
) -> None:
    kind = next(kind for kind, forms in KINDS.items() if form in forms)
    path = tmp_path / "made"
    arguments = ["document", str(ROOT / "examples" / f"{NEWBORNS}.yaml"), "--kind", kind, "--format", form, "-o", str(path)]
    arguments += ["--date", "2026-11-28", *(part for name, day in DUE.items() for part in ("--due", f"{name}={day}"))]
    subprocess.run([sys.executable, "-m", "advisor", *arguments], check=True, env=_environment(), capture_output=True)
    wanted = DocumentRequest(kind, form, day=DAY, due=DUE)
    assert path.read_bytes() == Service(loaded, ChainEngine(loaded.cache)).document(*advised[NEWBORNS], wanted)


def _environment() -> dict[str, str]:
    import os

    return {**os.environ, "PYTHONHASHSEED": "7", "TZ": "Pacific/Auckland"}


def test_a_memo_names_open_questions_that_can_turn_its_decision(advised: dict[str, tuple[Advice, Case]], loaded: Loaded) -> None:
    service = Service(loaded, ChainEngine(loaded.cache))
    for name in (NEWBORNS, "hidden-conflict-of-interest"):
        advice, case = advised[name]
        named = service.turning(advice, case)
        document = service.compose(advice, case, DocumentRequest("memo", "pdf"))
        section = next(each for each in document.sections if each.name == "unknown")
        listed = [text_of(item) for block in section.blocks if isinstance(block, Items) for item in block.items]
        stated = loaded.wording.phrases["not-known"]
        assert listed == [stated.get(each.question, said) for said, each in zip(listed, named, strict=True)]
        assert all(said.startswith(each.ask) for said, each in zip(listed, named, strict=True) if each.question not in stated)
        if name == NEWBORNS:
            first = service.next_question(case).ask
            assert first is not None
            assert first.decisive
            assert named[0].question == first.question
            assert len({(each.question, each.partner) for each in named}) == 2
        else:
            assert advice.settled[f"proceed={advice.proceed}"] == "settled"
            assert not named


def test_a_memo_considers_what_was_asked_and_is_declined_each_with_its_reason(loaded: Loaded) -> None:
    answers = {
        "wanted.aim": ("common-goal",),
        "wanted.work": ("plan-together",),
        "possible.authority": ("head",),
        "proposal.ask": ("hand-over", "other-hands", "choose"),
        "proposal.harm": ("hand-over",),
    }
    notes = {
        ("proposal.ask", "hand-over"): "give it to the hospital",
        ("proposal.ask", "other-hands"): "give it to the library",
        ("proposal.harm", "hand-over"): "Nobody there speaks Spanish.",
    }
    case = Case("Two takers", answers, notes=notes)
    said = words_of(written((Service(loaded, ChainEngine(loaded.cache)).assess(case), case), loaded, "memo", "docx"))
    assert "Give it to the other, on the terms given here." in said.partition("Why now")[0]
    considered = re.match(
        r" Option Why not Give it to the hospital No[^“]*“Nobody there speaks Spanish.”(.{30})", _considered(said)
    )
    assert considered
    assert "library" not in considered[1]  # what has a yes is no option that was left


def _considered(said: str) -> str:
    return said.partition("Options considered")[2]


def test_each_question_among_the_answers_to_another_can_be_stated_as_not_known(loaded: Loaded) -> None:
    among = {question.id for question in loaded.rulebook.vocabulary.questions.values() if question.options_of}
    assert set(loaded.wording.phrases["not-known"]) == among


def test_what_is_crowded_is_smaller_in_word_too(advised: dict[str, tuple[Advice, Case]], loaded: Loaded) -> None:
    service = Service(loaded, ChainEngine(loaded.cache))
    for name, crowded in ((NEWBORNS, True), ("readme", False)):
        document = docx.Document(io.BytesIO(service.document(*advised[name], DocumentRequest("memo", "docx"))))
        annex = next(n for n, each in enumerate(document.paragraphs) if each.paragraph_format.page_break_before)
        sizes = [[run.font.size for each in part for run in each.runs] for part in _parted(document.paragraphs, annex)]
        assert any(size is not None for size in sizes[0]) is crowded
        assert all(size is None for size in sizes[1])


def _parted(paragraphs: list[Any], place: int) -> tuple[list[Any], list[Any]]:
    return paragraphs[:place], paragraphs[place:]


# The plan


def test_the_plan_is_a_workbook_by_owner_with_days_only_where_they_are_known(
    advised: dict[str, tuple[Advice, Case]], loaded: Loaded
) -> None:
    advice, case = advised[NEWBORNS]
    case = replace(case, words={**case.words, "needed-by": "March 1", "result": "=cmd: half as many by 2027-12-31"})
    book = openpyxl.load_workbook(io.BytesIO(written((advice, case), loaded, "plan", "xlsx", due=DUE)))
    assert book.sheetnames == ["Actions", "To settle", "Days"]
    head, *rows = book["Actions"].iter_rows(values_only=True)
    assert head == ("Who", "What", "When", "Day", "Done when", "Done on")
    assert sorted(str(row[1]).rstrip(".") for row in rows) == sorted(item.title for item in advice.actions)
    owners = [row[0] for row in rows]
    assert owners == sorted(owners, key=owners.index)
    dated = {row[2]: row[3] for row in rows}
    assert str(dated["Before anything is signed"])[:10] == "2027-01-15"
    assert (dated["This week"], dated["In the first month"]) == (None, None)
    assert len(list(book["To settle"].iter_rows())) == len(advice.conditions) + 1
    days = [
        tuple(str(cell)[:32] for cell in row if cell is not None) for row in book["Days"].iter_rows(min_row=2, values_only=True)
    ]
    assert ("Answer needed", "March 1") in days
    assert ("Result sought", "=cmd: half as many by 2027-12-31", "2027-12-31 00:00:00") in days
    assert all(cell.data_type != "f" for sheet in book for row in sheet.iter_rows() for cell in row)
    assert [sheet.freeze_panes for sheet in book] == ["A2"] * 3
    for sheet in book:
        for row in list(sheet.iter_rows())[1:]:
            said = [cell for cell in row if isinstance(cell.value, str)]
            longest = max(len(cell.value) / sheet.column_dimensions[cell.column_letter].width for cell in said)
            assert (sheet.row_dimensions[row[0].row].height or 0) >= 15 * longest


def test_a_calendar_has_an_entry_for_each_day_that_is_known(advised: dict[str, tuple[Advice, Case]], loaded: Loaded) -> None:
    advice, case = advised[NEWBORNS]
    case = replace(case, words={**case.words, "needed-by": "by 2027-02-01, before the budget"})
    calendar: Any = icalendar.Calendar.from_ical(written((advice, case), loaded, "plan", "ics", due=DUE))
    events = {event.decoded("dtstart"): event for event in calendar.walk("VEVENT")}
    assert sorted(events) == [date(2027, 1, 15), date(2027, 2, 1), date(2027, 6, 1)]
    signing = events[DUE["before-signing"]]
    assert str(signing["summary"]) == f"Before anything is signed: Action plan: {case.name}"
    for item in [each for each in advice.actions if each.when == "before-signing"]:
        assert item.title in str(signing["description"])
    assert len({str(event["uid"]) for event in events.values()}) == 3
    assert {event.decoded("dtstamp").date() for event in events.values()} == {DAY}


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("by 2027-02-01", date(2027, 2, 1)),
        ("2027-02-30", None),
        ("March 1", None),
        ("2027-02-01 or 2027-03-01", None),
        ("12027-02-013", None),
        ("", None),
    ],
)
def test_a_day_is_read_only_where_it_is_written_out(text: str, day: date | None) -> None:
    assert day_in(text) == day


# Templates of an office's own


def template(*lines: str, styles: bool = True) -> bytes:
    made = docx.Document()
    if not styles:
        for name in ("Heading 1", "Heading 2", "List Bullet", "List Number"):
            style = made.styles[name].element
            style.getparent().remove(style)
    for line in lines:
        made.add_paragraph(line)
    content = io.BytesIO()
    made.save(content)
    return content.getvalue()


def test_an_office_fills_in_a_template_of_its_own(advised: dict[str, tuple[Advice, Case]], loaded: Loaded) -> None:
    own = template(
        "County letterhead", "{{ title }}", "Date: {{ date }}", "{{p conditions }}", "{{p open_questions }}", "{{p risks }}"
    )
    said = words_of(written(advised[NEWBORNS], loaded, "memo", "docx", template=own, place="own.docx"))
    assert said.startswith("County letterhead Decision memo: Treatment before birth")
    assert "Date: November 28, 2026" in said
    assert said.index("Before anything is signed") < said.index("Main risks")
    assert "Options considered" not in said


@pytest.mark.parametrize("kind", WRITTEN)
def test_a_template_without_our_styles_has_everything_too(
    kind: str, advised: dict[str, tuple[Advice, Case]], loaded: Loaded
) -> None:
    own = written(advised[NEWBORNS], loaded, kind, "docx", template=template("{{p body }}", styles=False))
    ours = written(advised[NEWBORNS], loaded, kind, "docx", template=template("{{p body }}"))
    assert len(words_of(own)) > 1000
    plain = [re.sub(r"\b\d+\. |• ", "", words_of(each)) for each in (own, ours)]
    assert _squeezed(plain[0]) == _squeezed(plain[1])


@pytest.mark.parametrize(
    ("made", "problems"),
    [
        (
            template("{{ titel }}", "{{p body }}", "{{ x.y }}"),
            [("unknown-placeholder", "titel", "title"), ("unknown-placeholder", "x", "")],
        ),
        (template("{{ title }}"), [("template-places-nothing", "own.docx", "")]),
        (
            template("{% for x in %}", "{{p body }}"),
            [("template-wrong", "Expected an expression, got 'end of statement block'", "")],
        ),
        (template("{{ title.__class__.__mro__ }}", "{{p body }}"), [("template-wrong", None, "")]),
        (b"no archive", [("template-no-word-file", "own.docx", "")]),
        (DEFAULT.read_bytes()[:2000], [("template-no-word-file", "own.docx", "")]),
    ],
)
def test_a_bad_template_is_told_by_its_placeholder(
    made: bytes, problems: list[tuple[str, str | None, str]], advised: dict[str, tuple[Advice, Case]], loaded: Loaded
) -> None:
    with pytest.raises(InputError) as raised:
        written(advised[NEWBORNS], loaded, "memo", "docx", template=made, place="own.docx")
    found = [(each.code, each.found, each.nearest) for each in raised.value.problems]
    assert [
        (code, said if wanted else None, near) for (code, said, near), (_, wanted, _) in zip(found, problems, strict=True)
    ] == problems
    assert {each.file for each in raised.value.problems} == {"own.docx"}


def test_our_template_is_what_its_script_makes() -> None:
    ours, script = (zipfile.ZipFile(io.BytesIO(each)) for each in (DEFAULT.read_bytes(), word_template()))
    assert ours.namelist() == script.namelist()
    assert [name for name in ours.namelist() if ours.read(name) != script.read(name)] == []


# What is wrong


@pytest.mark.parametrize(
    ("wanted", "code", "nearest"),
    [
        (DocumentRequest("memmo", "pdf"), "unknown-document", "memo"),
        (DocumentRequest("memo", "xlsx"), "unknown-format", ""),
        (DocumentRequest("plan", "pdf"), "unknown-format", ""),
        (DocumentRequest("memo", "pdf", template=b"x"), "template-without-word", ""),
        (DocumentRequest("plan", "ics"), "no-days", ""),
        (DocumentRequest("plan", "ics", due={"before-signin": DAY}), "unknown-moment", "before-signing"),
    ],
)
def test_what_cannot_be_made_is_told(
    wanted: DocumentRequest, code: str, nearest: str, advised: dict[str, tuple[Advice, Case]], loaded: Loaded
) -> None:
    with pytest.raises(InputError) as raised:
        make(*advised[NEWBORNS], loaded, wanted)
    assert [(each.code, each.nearest) for each in raised.value.problems] == [(code, nearest)]


def test_a_letter_that_no_font_has_is_told(
    advised: dict[str, tuple[Advice, Case]], loaded: Loaded, monkeypatch: pytest.MonkeyPatch
) -> None:
    bare = typst.Fonts(include_system_fonts=False)
    monkeypatch.setattr(pdf, "_fonts", lambda: bare)
    advice, case = advised["readme"]
    with pytest.raises(InputError) as raised:
        written((advice, replace(case, name="A case of 漢")), loaded, "memo", "pdf")
    assert [(each.code, each.found) for each in raised.value.problems] == [("no-font", "漢")]


@pytest.mark.parametrize(
    ("form", "missing"),
    [("docx", {"docxtpl", "typst"}), ("pdf", {"pikepdf", "typst"}), ("xlsx", {"openpyxl"}), ("ics", {"icalendar"})],
)
def test_an_extra_that_is_not_installed_is_named(form: str, missing: set[str], monkeypatch: pytest.MonkeyPatch) -> None:
    from advisor.io import packages

    monkeypatch.setattr(packages, "installed", lambda _: False)
    monkeypatch.setattr(catalog, "installed", lambda _: False)
    kind = "plan" if form in ("xlsx", "ics") else "memo"
    with pytest.raises(InputError) as raised:
        catalog.check(DocumentRequest(kind, form))
    assert {(each.code, each.about, each.found) for each in raised.value.problems} == {
        ("extra-not-installed", "documents", name) for name in missing
    }
    assert form not in catalog.forms_of(kind)
