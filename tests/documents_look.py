"""Every document of every example in a folder, to be looked at: `python tests/documents_look.py FOLDER`.

Word files stand beside what LibreOffice Writer makes of them.
"""

import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

from advisor.documents.making import FORMS, KINDS, DocumentRequest, make
from advisor.engine.chain import ChainEngine
from advisor.io.case_reader import read_case
from advisor.loading import load
from advisor.model.problems import InputError
from advisor.service import Service

ROOT = Path(__file__).parents[1]
DAY = date(2026, 11, 28)
DUE = {"before-signing": date(2027, 1, 15)}


def main(folder: Path) -> None:
    """Write them all."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    loaded = load()
    service = Service(loaded, ChainEngine(loaded.cache))
    for path in sorted((ROOT / "examples").glob("*.yaml")):
        case = read_case(path, loaded.rulebook.vocabulary)
        advice = service.assess(case, marks=True)
        for kind, forms in KINDS.items():
            for form in forms:
                try:
                    content = make(advice, case, loaded, DocumentRequest(kind, form, day=DAY, due=DUE))
                except InputError as error:
                    print(f"{path.stem}: {kind}: {error.problems[0].code}")
                    break
                (folder / f"{path.stem}.{kind}.{FORMS[form].ending}").write_bytes(content)
    (folder / "word").mkdir()
    words = sorted(map(str, folder.glob("*.docx")))
    command = [
        shutil.which("soffice") or "soffice",
        "--headless",
        "--convert-to",
        "pdf",
        "--outdir",
        str(folder / "word"),
        *words,
    ]
    subprocess.run(command, check=True, capture_output=True)
    print(f"{len(list(folder.rglob('*.*')))} files in {folder}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
