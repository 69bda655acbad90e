"""The tools: what each takes, what it gives, and the use case it asks."""

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from io import StringIO
from typing import Any, TypeVar

from pydantic import TypeAdapter
from rich.console import Console

from advisor.analysis import reports
from advisor.analysis.goals import read_slots
from advisor.documents.catalog import FORMS
from advisor.documents.request import DocumentRequest
from advisor.mcp import replies
from advisor.mcp.arguments import (
    PLACE,
    ArgumentReader,
    Arguments,
    AssessArguments,
    CaseArguments,
    ConsultationArguments,
    DocumentArguments,
    NextArguments,
    QuestionArguments,
    ReachArguments,
    WhatIfArguments,
    WhyArguments,
    WhyNotArguments,
)
from advisor.model.case import Case
from advisor.model.problems import InputError, Problem, nearest
from advisor.render import documents, report
from advisor.render.answer_lines import AnswerLines
from advisor.render.why_tree import why_tree
from advisor.service import Service

WIDTH = 10_000  # of a tree, in characters: no line of it is cut
TEXTUAL = "text/"
Read = TypeVar("Read", bound=Arguments)


@dataclass(frozen=True, slots=True)
class AttachedFile:
    """A file that comes with a reply: its name, its media type, and its bytes in Base64."""

    name: str
    media_type: str
    content: str


@dataclass(frozen=True, slots=True)
class ToolReply:
    """What a tool gives: data in the shape of its schema, and a file where there is one."""

    data: Mapping[str, Any]
    file: AttachedFile | None = None


@dataclass(frozen=True, slots=True)
class AdvisorTool:
    """A tool: its name, the models of what it takes and gives, and what it does with the arguments of a call."""

    name: str
    takes: type[Arguments]
    gives: Any
    call: Callable[[Service, ArgumentReader], ToolReply]

    def reply(self, service: Service, given: Mapping[str, Any]) -> ToolReply:
        """What it gives for these arguments, as plain values. Raises `InputError` with every problem in them."""
        made = self.call(service, ArgumentReader(given, service.vocabulary))
        return ToolReply(TypeAdapter(self.gives).dump_python(made.data, mode="json"), made.file)


def list_questions(service: Service, reader: ArgumentReader) -> ToolReply:
    """What can be asked."""
    asked = _alone(reader, QuestionArguments)
    known = service.vocabulary.questions
    unknown = [Problem(PLACE, 0, "unknown-question", found=each, nearest=nearest(each, known)) for each in asked.ids]
    if problems := [each for each in unknown if each.found not in known]:
        raise InputError(problems)
    listed = service.questions(asked.section, asked.asked, essential=asked.essential and not asked.ids)
    chosen = [each for each in listed if not asked.ids or each.id in asked.ids]
    return ToolReply(replies.questions_reply(chosen, service.loaded))


def assess(service: Service, reader: ArgumentReader) -> ToolReply:
    """The advice on a case."""
    asked, case = _on_case(reader, AssessArguments)
    advice = service.assess(case, marks=True)
    text = documents.markdown(advice, service.loaded, asked.detail)
    return ToolReply(replies.advice_reply(advice, text, service.loaded))


def why(service: Service, reader: ArgumentReader) -> ToolReply:
    """Why something is recommended."""
    asked, case = _on_case(reader, WhyArguments)
    found = service.why(case, asked.of)
    text = StringIO()
    console = Console(file=text, width=WIDTH, highlight=False, emoji=False, force_terminal=False)
    for each in found.why:
        console.print(why_tree(each, service.wording.phrases["why"]))
    return ToolReply({"text": text.getvalue(), "case": found.case, "of": found.of, "why": list(found.why)})


def why_not(service: Service, reader: ArgumentReader) -> ToolReply:
    """What kept a conclusion from being drawn."""
    asked, case = _on_case(reader, WhyNotArguments)
    found = service.why_not(case, asked.goal)
    text = _lines(AnswerLines(service.loaded, case).why_not(found, asked.most))
    return ToolReply({"text": text, **reports.why_not_reports(found, case, asked.most)})


def next_question(service: Service, reader: ArgumentReader) -> ToolReply:
    """The question worth most."""
    asked, case = _on_case(reader, NextArguments)
    skip = read_slots(asked.skip, service.vocabulary, [partner.name for partner in case.partners])
    found = service.next_question(case, skip)
    text = _lines(AnswerLines(service.loaded, case).next_question(found))
    return ToolReply(replies.next_reply(reports.next_report(found, case), text, service.loaded))


def what_if(service: Service, reader: ArgumentReader) -> ToolReply:
    """What a change would do."""
    asked = reader.plain(WhatIfArguments)
    if not (reader.has("case") and reader.has("change")):
        _finish(reader, asked)
    before = reader.case(asked.scenario if asked else "")
    change = reader.change(before, service.wording.phrases["scenarios"]["what-if"])
    _finish(reader, asked)
    told = report.comparison(service.what_if(before, change), service.loaded, service.engine.name)
    return ToolReply(replies.what_if_reply(told.value, told.to_markdown()))


def reach(service: Service, reader: ArgumentReader) -> ToolReply:
    """The smallest changes that reach some goals."""
    asked, case = _on_case(reader, ReachArguments)
    found = service.reach(case, asked.goals, asked.keep)
    text = _lines(AnswerLines(service.loaded, case).reach(found))
    return ToolReply(replies.reach_reply(reports.reach_report(found, asked.goals, case), text))


def draft_document(service: Service, reader: ArgumentReader) -> ToolReply:
    """A document on a case."""
    asked, case = _on_case(reader, DocumentArguments)
    wanted = DocumentRequest(
        asked.kind,
        asked.form,
        asked.scenario,
        asked.to,
        asked.sender,
        asked.day,
        asked.due,
        asked.instrument,
        detail=asked.detail,
    )
    made = service.document(service.assess(case, marks=True), case, wanted)
    form = FORMS[asked.form]
    data = {"kind": asked.kind, "form": asked.form, "media_type": form.media_type}
    if form.media_type.startswith(TEXTUAL):
        return ToolReply({"text": made.decode(), **data})
    file = AttachedFile(f"{asked.kind}.{form.ending}", form.media_type, base64.b64encode(made).decode())
    return ToolReply({"text": "", **data}, file)


def consultation_map(service: Service, reader: ArgumentReader) -> ToolReply:
    """What several respondents answered about one case, put together."""
    asked = reader.plain(ConsultationArguments)
    views = reader.views() if reader.has("views") else []
    asked = _finish(reader, asked)
    found = service.consult(views, name=asked.name, audience=asked.audience)
    told = report.consultation(found, service.loaded, service.engine.name)
    return ToolReply(replies.consultation_reply(found, told.to_markdown()))


TOOLS = {
    tool.name: tool
    for tool in (
        AdvisorTool("list_questions", QuestionArguments, replies.QuestionsReply, list_questions),
        AdvisorTool("assess", AssessArguments, replies.AdviceReply, assess),
        AdvisorTool("why", WhyArguments, replies.WhyReply, why),
        AdvisorTool("why_not", WhyNotArguments, replies.WhyNotReply, why_not),
        AdvisorTool("next_question", NextArguments, replies.NextReply, next_question),
        AdvisorTool("what_if", WhatIfArguments, replies.WhatIfReply, what_if),
        AdvisorTool("reach", ReachArguments, replies.ReachReply, reach),
        AdvisorTool("draft_document", DocumentArguments, replies.DocumentReply, draft_document),
        AdvisorTool("consultation_map", ConsultationArguments, replies.ConsultationReply, consultation_map),
    )
}

CaseRead = TypeVar("CaseRead", bound=CaseArguments)


def _alone(reader: ArgumentReader, model: type[Read]) -> Read:
    return _finish(reader, reader.plain(model))


def _on_case(reader: ArgumentReader, model: type[CaseRead]) -> tuple[CaseRead, Case]:
    """The arguments and the case. Raises `InputError` with every problem of both."""
    asked = reader.plain(model)
    case = reader.case(asked.scenario if asked else "") if reader.has("case") else None
    asked = _finish(reader, asked)
    assert case is not None
    return asked, case


def _finish(reader: ArgumentReader, asked: Read | None) -> Read:
    """The arguments, if nothing is wrong with any. Raises `InputError` with all that is."""
    reader.problems.raise_if_any()
    assert asked is not None
    return asked


def _lines(lines: Any) -> str:
    return "".join(f"{line}\n" for line in lines)
