"""All words on one page, for people who know the field or the language and do not run code."""

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from pathlib import Path

from markupsafe import Markup, escape

from advisor.analysis.deadline import Deadline
from advisor.io.examples import read_examples
from advisor.io.files import write_file
from advisor.io.wording_reader import KINDS
from advisor.loading import Loaded
from advisor.model.advice_parts import PARTS
from advisor.model.problems import InputError, Problem
from advisor.model.sentence import Inflected, sentence
from advisor.render.documents import document
from advisor.render.template_wording import TemplateWording
from advisor.review.baseline import read_baseline
from advisor.review.cases import showing_cases, without_answers
from advisor.review.entries import BETWEEN, ERRORS, Entries, TextEntry
from advisor.review.screens import Screen
from advisor.review.texts import IN_CODE, SOURCES, PlacedText, Ref, read_texts
from advisor.review.turning import turned_by
from advisor.service import Service

PAGE = "index.html"
_KINDS = ("pages", ERRORS, "documents", "phrases", "help", SOURCES)


def write_review(
    service: Service, folder: Path, *, since: str = "", seconds: float | None = None, screens: Sequence[Screen] = ()
) -> Path:
    """Write the page into a folder, which is made where it is not there, and return where it is.

    With `since`, a git revision or a folder, what is new or changed is marked. `seconds` is the most time to look for
    small cases; `screens` are pages as rendered into the same folder. Raises `InputError` where there is no such version, or
    the page cannot be written.
    """
    made = review(service, since=since, seconds=seconds, screens=screens)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        found = error.strerror or type(error).__name__
        raise InputError([Problem(str(folder), 0, "unwritable-file", about=folder.name, found=found)]) from None
    path = folder / PAGE
    write_file(path, made.encode())
    return path


def review(service: Service, *, since: str = "", seconds: float | None = None, screens: Sequence[Screen] = ()) -> str:
    """The page as HTML that needs no other file but those it leads to."""
    loaded = service.loaded
    rulebook, wording = loaded.rulebook, loaded.wording
    words = TemplateWording(wording, wording.documents)
    below = _below(loaded)
    texts = {**below, **read_texts(loaded.rules, loaded.words, rulebook.language)}
    before = read_baseline(since, loaded.rules.parent, wording.language, rulebook.language, below) if since else None
    examples = read_examples(loaded.rules.parent / "examples", rulebook.vocabulary)
    cases = showing_cases(service, examples.values(), Deadline(seconds))
    turned = turned_by(service.ground(without_answers(rulebook)))
    entries = Entries(loaded, texts, cases, turned, before)
    questions, conclusions = list(entries.questions()), list(entries.conclusions())
    by_part = {part: list(found) for part, found in groupby(conclusions, lambda each: each.part)}
    others = list(entries.others())
    text = document(
        loaded,
        "review.html.j2",
        rulebook=rulebook,
        wording=wording,
        before=before,
        gone=before.gone(texts) if before else (),
        sections=[(s, [each for each in questions if each.question.section == s]) for s in rulebook.vocabulary.sections],
        parts=[(part, by_part[part]) for part in (*PARTS, BETWEEN) if part in by_part],
        screens=[
            (name, list(found)) for name, found in groupby(sorted(screens, key=lambda each: each.page), lambda each: each.page)
        ],
        turning={part for each in questions for part in (*each.turns, *each.further)},
        topics=sorted({each.topic for each in conclusions}),
        worded_topics=wording.documents.get("topics", {}),
        kinds=[(kind, _groups(each for each in others if each.kind == kind)) for kind in _KINDS],
        forms=[(name, sentence(text, number="#")) for name, text in _forms(words.text("review.left"))],
        wording_of=lambda given: [wording.option(given.question, option) for option in given.options],
        marked=marked,
    )
    return re.sub(r"\n\s*\n+", "\n", text)


def _forms(text: str) -> Iterable[tuple[str, str]]:
    """The forms of a sentence that counts, by their plural category."""
    return text.forms.items() if isinstance(text, Inflected) else (("other", text),)


def _below(loaded: Loaded) -> dict[Ref, PlacedText]:
    """The texts that the words of another rulebook do not bring, which are those beneath them."""
    if loaded.beneath is None:
        return {}
    found = read_texts(loaded.rules, loaded.beneath, loaded.rulebook.language)
    return {ref: text for ref, text in found.items() if text.kind in KINDS}


def _groups(texts: Iterable[TextEntry]) -> Mapping[str, Sequence[TextEntry]]:
    found: dict[str, list[TextEntry]] = {}
    for text in texts:
        found.setdefault(text.group, []).append(text)
    return found


def marked(text: str) -> Markup:
    """A text in which blanks and markup are told from words."""
    pieces = IN_CODE.split(text)
    return Markup("").join(Markup("<code>{}</code>").format(each) if n % 2 else escape(each) for n, each in enumerate(pieces))
