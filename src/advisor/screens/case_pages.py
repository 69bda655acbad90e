"""The pages of one case: the intake, the advice, what if, scenarios, links, and the end of the case."""

import re
from collections.abc import Iterator
from dataclasses import replace
from html import unescape

from advisor.model.case import Case
from advisor.model.references import ConclusionRef
from advisor.model.scenario import CaseFile
from advisor.screens.showcase import Showcase
from advisor.screens.visitor import ScreenVisitor, Seen

OTHER_WAY = 1000  # days that no link works for


def nothing_answered(visitor: ScreenVisitor, shown: Showcase) -> Iterator[Seen]:
    """A case of which nothing is known yet."""
    at = visitor.begun(CaseFile(Case(shown.file.case.name, {}), {}))
    pages = (
        "",
        "/state",
        "/words",
        "/next",
        "/answers",
        "/partners",
        "/advice",
        "/memo",
        "/what-if",
        "/compare",
        "/goal",
        "/levers",
    )
    for page in (*pages, "/history", "/links", "/consultations", "/manage"):
        yield "empty", visitor.get(f"{at}{page}")


def intake(visitor: ScreenVisitor, shown: Showcase) -> Iterator[Seen]:
    """The questions, answered and answered wrongly."""
    vocabulary, single, several = visitor.loaded.rulebook.vocabulary, shown.single, shown.several
    at = visitor.begun(shown.file)
    for page in ("", "/state", "/words", "/answers", "/partners", "/next"):
        yield "filled", visitor.get(f"{at}{page}")
    for section in vocabulary.sections:
        if any(question.section == section for question in vocabulary.asked_of("agency")):
            yield "filled", visitor.get(f"{at}/sections/{section}")
        if any(question.section == section for question in vocabulary.asked_of("partner")):
            yield "filled", visitor.get(f"{at}/partners/1/sections/{section}")
    for question in (single, several):
        yield "filled", visitor.get(f"{at}/questions/{question.id}")
    yield "to-change", visitor.get(f"{at}/questions/{single.id}", back=f"{at}/answers")
    yield "errors", visitor.post(f"{at}/questions/{single.id}", {"revision": "1", "go": "on"})
    sent = {"revision": "1", "asked": [single.id, several.id], single.id: list(single.options[:2])}
    yield "errors", visitor.post(f"{at}/sections/{single.section}", {**sent, several.id: ["unknown", several.options[0]]})
    been = "~".join([*(question.id for question in vocabulary.questions.values()), "partners", "main-answer"])
    yield "enough", visitor.get(f"{at}/main-answer")
    yield "nothing-left", visitor.get(f"{at}/next", been=been)
    yield (
        "saved",
        visitor.post(f"{at}/sections/{single.section}", {**sent, single.id: shown.other, several.id: several.options[0]}),
    )
    yield from _partners(visitor, shown)


def _partners(visitor: ScreenVisitor, shown: Showcase) -> Iterator[Seen]:
    file = shown.file
    at, first = visitor.begun(file), file.case.partners[0].name
    page = f"{at}/partners"
    yield "errors", visitor.post(page, {"names": first, "go": "add"})
    yield "saved", visitor.post(page, {"names": f"{first} 2", "go": "add"})
    last = len(file.case.partners) + 1
    yield "filled", visitor.get(f"{page}/1/name")
    yield "errors", visitor.post(f"{page}/{last}/name", {"name": first, "revision": visitor.revision(at)})
    yield "filled", visitor.get(f"{page}/1/remove")
    yield "empty", visitor.get(f"{page}/{last}/remove")
    yield "removed", visitor.post(f"{page}/{last}/remove", {"revision": visitor.revision(at)})
    yield "not-found", visitor.get(f"{page}/{last + 5}/name")


def saved_by_others(visitor: ScreenVisitor, shown: Showcase) -> Iterator[Seen]:
    """What others saved while a form was open."""
    single, file = shown.single, shown.file
    given = file.case.answers[single.id][0]
    third = next(option for option in single.options if option not in (given, shown.other))
    at = visitor.begun(file)
    visitor.save(at, shown.answered(shown.other))
    path, sent = f"{at}/sections/{single.section}", {"revision": "1", "asked": [single.id], single.id: third, "go": "on"}
    yield "conflict", visitor.post(path, sent)
    yield "conflict-errors", visitor.post(path, {**sent, "deciding": "yes"})
    yield "conflict", visitor.post(f"{at}/questions/{single.id}", sent)
    yield "merged", visitor.get(at, merged="1-2")
    yield "filled", visitor.get(f"{at}/history")
    yield "restored", visitor.post(f"{at}/history/1/restore", {"revision": visitor.revision(at)})
    renamed = replace(file.case.partners[0], name=f"{file.case.partners[0].name} 2")
    at = visitor.begun(file)
    case = replace(file.case, partners=(renamed, *file.case.partners[1:]))
    entry = visitor.store.cases.read(visitor.person, at.rpartition("/")[2]).entry
    visitor.store.cases.save(
        visitor.person, entry.id, entry.revision, CaseFile(case, {}), at=visitor.clock.tick(),
        renamed={file.case.partners[0].name: renamed.name},
    )  # fmt: skip
    visitor.get(f"{at}/state")
    yield "conflict", visitor.post(f"{at}/partners/1/name", {"name": f"{renamed.name} 3", "revision": "1"})
    visitor.save(at, CaseFile(replace(case, partners=case.partners[1:]), {}))
    yield "gone", visitor.post(f"{at}/partners/1/remove", {"revision": "1"})


def advised(visitor: ScreenVisitor, shown: Showcase) -> Iterator[Seen]:
    """The advice on a case, why it is so, and what would make it another."""
    at, single = visitor.begun(shown.file), shown.single
    advice = visitor.get(f"{at}/advice", wait="1")
    yield "filled", advice
    for depth in ("line", "full"):
        yield f"depth-{depth}", visitor.get(f"{at}/advice", wait="1", depth=depth)
    yield "scenario", visitor.get(f"{at}/advice", wait="1", scenario=shown.scenario)
    yield "filled", visitor.get(f"{at}/memo")
    for why in re.findall(r'href="([^"]+/why\?[^"]+)"', advice.text)[:2]:
        yield "filled", visitor.get(unescape(why))
    parts, levels = visitor.loaded.rulebook.vocabulary.advice_parts, visitor.loaded.rulebook.vocabulary.findings
    for value in levels[parts.recommended].values:
        for page in ("goal", "route", "why-not"):
            yield "filled", visitor.get(f"{at}/{page}", goal=str(ConclusionRef(parts.recommended, value)))
    for page in ("goal", "route", "why-not"):
        yield "not-found", visitor.get(f"{at}/{page}", goal="none=none")
    yield "filled", visitor.get(f"{at}/levers")
    other = visitor.begun(shown.answered(shown.other))
    yield "filled", visitor.get("/compare-cases", case=[path.rpartition("/")[2] for path in (at, other)])
    yield "empty", visitor.get(f"{at}/what-if")
    yield "filled", visitor.get(f"{at}/what-if", **{single.id: shown.other})
    yield "errors", visitor.get(f"{at}/what-if", **{single.id: "none-such"})
    keep = {single.id: shown.other, "revision": visitor.revision(at)}
    yield "errors", visitor.post(f"{at}/scenarios", {**keep, "name": shown.scenario})
    yield "conflict", visitor.post(f"{at}/scenarios", {**keep, "name": f"{shown.scenario} 2", "revision": "0"})
    yield "saved", visitor.post(f"{at}/scenarios", {**keep, "name": f"{shown.scenario} 2"})
    yield "filled", visitor.get(f"{at}/scenarios", name=shown.scenario)
    yield "filled", visitor.get(f"{at}/branches", name=shown.scenario)
    rename = {"revision": visitor.revision(at), "name": shown.scenario}
    yield "errors", visitor.post(f"{at}/scenarios/rename", {**rename, "new": ""})
    yield "filled", visitor.get(f"{at}/compare", **{"with": ["", shown.scenario]})
    yield "too-few", visitor.get(f"{at}/compare", **{"with": [shown.scenario]})
    yield "deleted", visitor.post(f"{at}/scenarios/delete", rename)


def given_out(visitor: ScreenVisitor, shown: Showcase) -> Iterator[Seen]:
    """Links to advice, and what those see who follow one."""
    at = visitor.begun(shown.file)
    page = f"{at}/links"
    yield "errors", visitor.post(page, {"shows": "advice", "with": [""], "days": str(OTHER_WAY)})
    for state, fields in (
        ("advice", {"shows": "advice", "with": [""], "days": "30", "words": "yes"}),
        ("comparison", {"shows": "compare", "with": ["", shown.scenario], "days": "7"}),
    ):
        made = visitor.post(page, fields)
        yield "made", made
        for secret in re.findall(r"/shared/([\w-]+)", made.text)[:1]:
            yield state, visitor.get(f"/shared/{secret}")
    listed = visitor.get(page)
    yield "filled", listed
    yield "filled", visitor.get(f"{at}/delete")
    for revoke in re.findall(r'"([^"]+/revoke)"', listed.text)[:1]:
        yield "revoked", visitor.post(revoke)
    for path in re.findall(r"/shared/[\w-]+", made.text)[:1]:
        visitor.store.cases.delete(visitor.person, at.rpartition("/")[2])
        yield "deleted", visitor.get(path)


def managed(visitor: ScreenVisitor, shown: Showcase) -> Iterator[Seen]:
    """A case renamed, copied, put away and deleted."""
    at = visitor.begun(shown.file)
    yield "filled", visitor.get(f"{at}/manage")
    yield "errors", visitor.post(f"{at}/name", {"name": ""})
    yield "saved", visitor.post(f"{at}/name", {"name": f"{shown.file.case.name} 2"})
    yield "copied", visitor.post(f"{at}/copy", {})
    yield "empty", visitor.get(f"{at}/delete")
    yield "deleted", visitor.post(f"{at}/delete")
