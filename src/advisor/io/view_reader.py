"""Reads what a respondent of a consultation answered: a case file that also says who answers in it."""

from collections.abc import Mapping
from pathlib import Path, PurePath

from advisor.io.case_reader import MAX_NAME, case_of
from advisor.io.document import Value, members, parse_document, read_document, text_in
from advisor.io.view_sheet import SHEETS, parse_sheet, read_sheet
from advisor.model.carried_over import not_carried
from advisor.model.consultation import AUDIENCES, SHOWN, SPEAKS, Audience, Respondent, RespondentView, shown_unless_said
from advisor.model.names import composed
from advisor.model.problems import Pointer, Problems
from advisor.model.vocabulary import Vocabulary
from advisor.model.wording import Wording

KEY = "respondent"


def read_view(path: Path, vocabulary: Vocabulary, wording: Wording | None = None) -> RespondentView:
    """The view in a file, YAML or JSON, or a sheet that was filled in (XLSX, CSV). Raises `InputError` with every problem in it.

    Answers in a sheet may be in the words of `wording`.
    """
    problems = Problems(str(path))
    if path.suffix.lower() in SHEETS:
        value = read_sheet(path, vocabulary, wording, problems)
        view = view_of(value, (), path.stem, vocabulary, problems)
        problems.raise_if_any()
        return view
    value = read_document(path, problems)
    return _finish(value, path.stem, vocabulary, problems)


def parse_view(raw: bytes, vocabulary: Vocabulary, *, name: str, as_json: bool = False) -> RespondentView:
    """The view in an encoded text. Raises `InputError` with every problem in it."""
    problems = Problems(name)
    value = parse_document(raw, problems, as_json=as_json)
    return _finish(value, PurePath(name).stem, vocabulary, problems)


def parse_sheet_of(raw: bytes, respondent: Respondent, vocabulary: Vocabulary, wording: Wording, *, name: str) -> RespondentView:
    """The view in a sheet that a respondent filled in who is known already, whatever the sheet says of who it is.

    Raises `InputError` with every problem in it.
    """
    problems = Problems(name)
    value = parse_sheet(raw, vocabulary, wording, problems)
    value[KEY] = {"speaks": SPEAKS[0]}
    view = view_of(value, (), PurePath(name).stem, vocabulary, problems)
    problems.raise_if_any()
    return RespondentView(respondent, view.case)


def _finish(value: Value, name: str, vocabulary: Vocabulary, problems: Problems) -> RespondentView:
    problems.raise_if_any()
    view = view_of(value, (), name, vocabulary, problems)
    problems.raise_if_any()
    return view


def view_of(value: Value, path: Pointer, name: str, vocabulary: Vocabulary, problems: Problems) -> RespondentView:
    """The view that a value says: a case, and under `respondent` who answers. What is wrong is noted in `problems`."""
    about = value.get(KEY) if isinstance(value, dict) else None
    if isinstance(value, dict) and KEY not in value:
        problems.add("missing-key", path, about="case", found=KEY)
    rest = {key: inner for key, inner in value.items() if key != KEY} if isinstance(value, Mapping) else value
    case, left_out = case_of(rest, path, name, vocabulary, problems)
    problems.found += not_carried(left_out, problems.file)
    return RespondentView(respondent_of(about, (*path, KEY), name, problems), case)


def respondent_of(value: Value, path: Pointer, name: str, problems: Problems) -> Respondent:
    """Who answers, as a value says; without a name of their own they are called `name`."""
    given = {} if value is None else members(value, ("speaks",), ("name", "for", "shown"), path, problems, KEY)
    called = composed(text_in(given, "name", path, problems, KEY, name))
    if not 0 < len(called) <= MAX_NAME:
        problems.add("name-too-long", (*path, "name"), about="name", found=len(called), allowed=(str(MAX_NAME),))
    said = text_in(given, "speaks", path, problems, KEY)
    speaks = next((each for each in SPEAKS if each == said), SPEAKS[0])
    if "speaks" in given and said not in SPEAKS:
        problems.add("unknown-value", (*path, "speaks"), about="speaks", found=said, allowed=SPEAKS)
    partner = composed(text_in(given, "for", path, problems, KEY))
    if speaks == "partner" and not partner:
        problems.add("missing-key", path, about=KEY, found="for")
    if speaks != "partner" and partner:
        problems.add("for-a-partner-only", (*path, "for"), about=KEY, found=partner)
    wish = text_in(given, "shown", path, problems, KEY)
    shown = next((each for each in SHOWN if each == wish), shown_unless_said(speaks))
    if wish and wish not in SHOWN:
        problems.add("unknown-value", (*path, "shown"), about="shown", found=wish, allowed=SHOWN)
    return Respondent(called, speaks, partner, shown)


def read_audience(text: str, about: str = "audience") -> Audience:
    """Who is to read what comes of it; `about` is what it was given as. Raises `InputError` for anybody else."""
    problems = Problems("")
    audience = next((each for each in AUDIENCES if each == text), None)
    if audience is None:
        problems.add("unknown-value", about=about, found=text, allowed=AUDIENCES)
        problems.raise_if_any()
    return audience or AUDIENCES[0]
