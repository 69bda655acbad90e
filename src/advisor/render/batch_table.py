"""The advice on one of many cases in a few cells, and what is in it in rows: for a table that people read."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from advisor.io.csv_table import csv_table
from advisor.loading import Loaded
from advisor.model.advice import Advice
from advisor.model.sentence import upper_first
from advisor.render.brief import Brief
from advisor.render.template_wording import TemplateWording

COLUMNS = ("case", "row", "verdict", "reason", "close", "form", "sign", "first", "cautions", "members", "open")
"""The columns of the summary."""
DETAILS = ("case", "row", "part", "partner", "what", "text", "who", "by", "done")
"""The columns of the details."""
_ITEM = "\u2022 "  # before each of several on lines of their own


@dataclass(frozen=True, slots=True)
class CaseSummary:
    """The cells of a case in the summary, by column, and its rows in the details."""

    cells: list[str]
    details: list[list[str]]


def summary_of(label: str, advice: Advice, loaded: Loaded) -> CaseSummary:
    """What the table says of an advice; `label` is the row or the file of the case."""
    brief, listed = Brief(advice, loaded), loaded.wording.grammar.listed
    parts = loaded.rulebook.vocabulary.advice_parts
    cells = [
        advice.case,
        label,
        advice.gate.title,
        brief.lead,
        upper_first(brief.close) if advice.dimension.recommended else "",
        upper_first(brief.structures) if advice.structures else "",
        upper_first(listed(brief.called(parts.instruments, brief.unsigned), "standard")) if brief.unsigned else "",
        _lines(item.title for item in advice.conditions),
        _lines(item.title for item in advice.cautions),
        _lines(item.title for item in advice.members_missing),
        _lines(dict.fromkeys(each.ask for each in advice.unknown.decisive)),
    ]
    return CaseSummary(cells, [[advice.case, label, *row] for row in _details(advice, brief, loaded)])


def _details(advice: Advice, brief: Brief, loaded: Loaded) -> Iterator[list[str]]:
    """The rows of a case: part, partner, what, its text, who, by when, and when it is done."""
    say = TemplateWording(loaded.wording, loaded.wording.documents)
    phrases, level = loaded.wording.phrases, loaded.rulebook.vocabulary.advice_parts.recommended
    for answer in advice.proposal:
        yield _row(say, "advice.your-question", upper_first(answer.asked), f"{answer.title}. {answer.text}".strip())
    for item in advice.guidance:
        yield _row(say, "advice.besides", item.title, item.text)
    for item in brief.stops:
        yield _row(say, "advice.the-partnership", item.title, item.text)
    for partner in advice.partners:
        found = [*partner.absent, *partner.role]
        aim = say.word("advice.aim-for", level=brief.called(level, [partner.dimension])[0]) if partner.dimension else ""
        said = [item.title for item in found] or ([aim] if aim else [])
        if said:
            held = "; ".join(item.title for item in partner.held)
            yield _row(say, "spreadsheet.part-partner", upper_first(said[0]), held, partner=partner.name)
    for condition in advice.conditions:
        who, by = phrases["who"][condition.who], brief.by[condition.by]
        yield _row(say, "advice.settle-first", condition.title, condition.text, who=who, by=by, done=condition.done)
    for caution in advice.cautions:
        yield _row(say, "advice.cautions", caution.title, caution.text)
    for worry in advice.worries:
        yield _row(say, "advice.worries", worry.title, worry.text)
    for action in advice.actions:
        who, when = phrases["who"][action.who], brief.when[action.when]
        yield _row(say, "advice.to-do", action.title, action.text, who=who, by=when, done=action.done)
    for member in advice.members_missing:
        yield _row(say, "advice.who-is-missing", member.title, brief.called_for(member.id))
    for clash in advice.contradictions:
        yield _row(say, "advice.contradictions", clash.title, clash.text, partner=clash.partner or "")


def _row(
    say: TemplateWording, part: str, what: str, text: str, *, partner: str = "", who: str = "", by: str = "", done: str = ""
) -> list[str]:
    return [say.word(part).rstrip(":"), partner, upper_first(what), text, upper_first(who), upper_first(by), upper_first(done)]


def _lines(texts: Iterable[str]) -> str:
    """Texts on a line each; a single one as it is."""
    found = [upper_first(text) for text in texts]
    return "\n".join(f"{_ITEM}{text}" for text in found) if len(found) > 1 else "".join(found)


def heads(columns: Sequence[str], loaded: Loaded) -> list[str]:
    """What columns are called."""
    return [loaded.wording.documents["spreadsheet"][f"column-{column}"] for column in columns]


def written_csv(found: Iterable[CaseSummary], loaded: Loaded) -> bytes:
    """The summary as CSV, as spreadsheet programs open it."""
    return csv_table([heads(COLUMNS, loaded), *(each.cells for each in found)])
