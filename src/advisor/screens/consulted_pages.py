"""The pages of a consultation, for whoever leads it and for those who answer."""

import re
from collections.abc import Iterator
from html import unescape

from advisor.screens.showcase import Showcase
from advisor.screens.visitor import ScreenVisitor, Seen

READ = ("/stands", "/disagreements", "/map", "/reconcile")


def consulted(visitor: ScreenVisitor, shown: Showcase) -> Iterator[Seen]:
    """A consultation from its opening to its end."""
    case, single, several = visitor.begun(shown.file), shown.single, shown.several
    yield from _followed(visitor, case)
    at = visitor.post(f"{case}/consultations").url.path
    yield "empty", visitor.get(at)
    for page in ("/questions", "/close", "/delete", *READ):
        yield "empty", visitor.get(f"{at}{page}")
    yield "errors", visitor.post(f"{at}/questions")
    yield "filled", visitor.get(f"{case}/consultations")
    visitor.post(f"{at}/questions", {"questions": [single.id, several.id, shown.of_partner.id]})
    yield "errors", visitor.post(f"{at}/respondents", {"name": "", "speaks": "agency", "shown": "by-name", "days": "14"})
    links = []
    partner = shown.file.case.partners[0].name
    for name, speaks in ((visitor.word("leader"), "agency"), (partner, "partner"), (visitor.word("family"), "family")):
        fields = {"name": name, "speaks": speaks, "for": partner, "shown": "by-name", "days": "14"}
        invited = visitor.post(f"{at}/respondents", fields)
        yield "made", invited
        links += re.findall(r"/answer/[\w-]+", invited.text)[:1]
    for number, link in enumerate(links[:2]):
        yield "opened", visitor.get(link)
        own = visitor.post(f"{link}/begin").url.path
        yield "empty", visitor.get(f"{own}/1")
        answer = (shown.file.case.answers[single.id][0], shown.other)[number]
        sent: dict[str, str | list[str]] = {
            "asked": [single.id],
            single.id: answer,
            f"note:{single.id}": visitor.word("note"),
            "go": "list",
        }
        yield "saved", visitor.post(f"{own}/1", sent)
        yield "errors", visitor.post(f"{own}/1", {"asked": [single.id], single.id: "none-such"})
        yield "opened-again", visitor.get(link)
    yield "filled", visitor.get(at)
    respondents = re.findall(r"/respondents/(\w+)/sheet", visitor.get(at).text)
    sheet = f"{at}/respondents/{respondents[0]}/sheet"
    yield "empty", visitor.get(sheet)
    yield "errors", visitor.post(sheet)
    yield "wrong-file", visitor.post(sheet, file=("sheet.csv", b"1,2,3\n"))
    yield "empty", visitor.get(f"{at}/room")
    yield "errors", visitor.post(f"{at}/room", {"line": single.id, f"room:{shown.other}": "many"})
    for page in READ:
        yield "so-far", visitor.get(f"{at}{page}")
    for doing in ("renew", "revoke"):
        yield doing, visitor.post(f"{at}/respondents/{respondents[-1]}/{doing}", {"days": "7"})
    yield "revoked", visitor.get(links[2])
    yield "filled", visitor.get(f"{at}/close")
    yield "closed", visitor.post(f"{at}/close")
    yield "closed", visitor.get(links[0])
    yield "conflict", visitor.post(f"{at}/respondents", {"name": partner, "speaks": "agency", "days": "14"})
    for page in READ:
        yield "filled", visitor.get(f"{at}{page}")
    yield from _reconciled(visitor, at, shown.other)
    yield "filled", visitor.get(f"{at}/change")
    yield "filled", visitor.get(f"{at}/delete")
    yield "deleted", visitor.post(f"{at}/delete")


def _followed(visitor: ScreenVisitor, case: str) -> Iterator[Seen]:
    """What became of what the advice asks for."""
    page = visitor.get(f"{case}/follow-up")
    yield "filled", page
    for item in re.findall(r'href="([^"]+/follow-up/item[^"]+)"', page.text)[:1]:
        yield "empty", visitor.get(unescape(item))


def _reconciled(visitor: ScreenVisitor, at: str, other: str) -> Iterator[Seen]:
    """A line agreed on, with the `other` answer where that is proposed, and taken over into the case."""
    lines = re.findall(r'href="([^"]+/reconcile/line[^"]+)"', visitor.get(f"{at}/reconcile").text)
    for address in lines[:1]:
        line = visitor.get(unescape(address))
        yield "empty", line
        fields = dict(re.findall(r'name="(line)"[^>]*value="([^"]*)"', line.text)[:1])
        yield "errors", visitor.post(f"{at}/reconcile/line", fields)
        proposed = re.findall(r'name="agreed" value="([^"]*)"', line.text)
        for agreed in sorted(proposed, key=lambda each: each != other)[:1]:
            yield "saved", visitor.post(f"{at}/reconcile/line", {**fields, "agreed": agreed, "note": visitor.word("note")})
        yield "filled", visitor.get(unescape(address))
    yield "conflict", visitor.post(f"{at}/adopt", {"revision": "99"})
    for revision in re.findall(r'name="revision" value="(\d+)"', visitor.get(f"{at}/reconcile").text)[:1]:
        yield "taken-over", visitor.post(f"{at}/adopt", {"revision": revision})
