"""Every document of every example and of a case with ten partners, to be looked at: `python tests/documents_look.py FOLDER`.

Beside the files stand pictures of their pages, those of Word files and workbooks as LibreOffice shows them: `FOLDER/sheets`
has one for each document, with its pages side by side. What is printed says how many pages each has, and on which the annex
of a memo begins.
"""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pypdfium2
from PIL import Image

from advisor.documents.catalog import FORMS, KINDS
from advisor.documents.request import DocumentRequest
from advisor.engine.forward_chaining import ChainEngine
from advisor.io.case_reader import read_case
from advisor.loading import Loaded, load
from advisor.model.advice import Advice
from advisor.model.case import Case, Partner
from advisor.model.problems import InputError
from advisor.service import Service

ROOT = Path(__file__).parents[1]
DAY = date(2026, 11, 28)
DUE = {"before-signing": date(2027, 1, 15)}
OFFICE = ("docx", "xlsx")  # what LibreOffice is to show
SCALE, GAP, ACROSS = 0.8, 12, 4  # of a page in points, between pages in pixels, pages in a row


def main(folder: Path) -> None:
    """Write them all."""
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "sheets").mkdir(parents=True)
    loaded = load()
    service = Service(loaded, ChainEngine(loaded.cache))
    annexes = {}
    for name, case in _cases(loaded):
        advice = service.assess(case, marks=True)
        for kind in _write(folder, name, advice, case, service):
            print(f"{name}: no {kind}")
        memo = service.compose(advice, case, DocumentRequest("memo", "pdf"))
        annexes[f"{name}.memo"] = next(section.heading for section in memo.sections if section.new_page)
    for ending in OFFICE:
        _convert(folder, ending)
    for pdf in sorted(folder.glob("*.pdf")):
        pages = pypdfium2.PdfDocument(pdf)
        _sheet(pages).save(folder / "sheets" / f"{pdf.stem}.png")
        document = pdf.stem.removesuffix(".docx").removesuffix(".xlsx")
        print(pdf.stem, len(pages), f"annex on {_begins(pages, annexes[document])}" if document in annexes else "")


def _cases(loaded: Loaded) -> Iterator[tuple[str, Case]]:
    vocabulary = loaded.rulebook.vocabulary
    for path in sorted((ROOT / "examples").glob("*.yaml")):
        yield path.stem, read_case(path, vocabulary)
    case = read_case(ROOT / "examples" / "newborns-exposed-before-birth.yaml", vocabulary)
    name = "The Association of County Offices North of the Long River, District "
    partners = tuple(Partner(f"{name}{n}", case.partners[n % len(case.partners)].answers) for n in range(10))
    yield "ten-partners", replace(case, name="Ten partners with long names", partners=partners)


def _write(folder: Path, name: str, advice: Advice, case: Case, service: Service) -> Iterator[str]:
    """Write the documents of a case; yields the kinds that it has not."""
    for kind, forms in KINDS.items():
        for form in forms:
            try:
                content = service.document(advice, case, DocumentRequest(kind, form, day=DAY, due=DUE))
            except InputError:
                yield kind
                break
            (folder / f"{name}.{kind}.{FORMS[form].ending}").write_bytes(content)


def _convert(folder: Path, ending: str) -> None:
    """What LibreOffice makes of the files with an ending, as PDF beside them."""
    office = shutil.which("soffice") or "soffice"
    shown = folder / ending
    found = sorted(map(str, folder.glob(f"*.{ending}")))
    subprocess.run([office, "--headless", "--convert-to", "pdf", "--outdir", str(shown), *found], check=True, capture_output=True)
    for path in shown.glob("*.pdf"):
        path.rename(folder / f"{path.stem}.{ending}.pdf")
    shown.rmdir()


def _sheet(pages: pypdfium2.PdfDocument) -> Image.Image:
    """All pages of a document in one picture."""
    drawn = [page.render(scale=SCALE).to_pil() for page in pages]
    wide, high = max(each.width for each in drawn) + GAP, max(each.height for each in drawn) + GAP
    across = min(ACROSS, len(drawn))
    sheet = Image.new("RGB", (GAP + wide * across, GAP + high * -(-len(drawn) // across)), "#8a9097")
    for place, page in enumerate(drawn):
        sheet.paste(page, (GAP + place % across * wide, GAP + place // across * high))
    return sheet


def _begins(pages: pypdfium2.PdfDocument, heading: str) -> int:
    """The page, from 1, that begins with a heading; 0 where none does."""
    for number, page in enumerate(pages, start=1):
        if page.get_textpage().get_text_range().lstrip().startswith(heading):
            return number
    return 0


if __name__ == "__main__":
    main(Path(sys.argv[1]))
