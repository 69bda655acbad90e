"""What an integrator does with the client that openapi-python-client makes: the address and a token are given."""

import json
import sys

from advisor_client import AuthenticatedClient
from advisor_client.api.advice import assess, why
from advisor_client.api.cases import change_case, create_case, delete_case, list_cases
from advisor_client.api.open_questions import next_question
from advisor_client.api.questions import questions
from advisor_client.api.what_if import what_if
from advisor_client.models import (
    Advice,
    AdviceBrief,
    Answers,
    AssessDetail,
    CandidatePartner,
    CaseFile,
    CasePage,
    Change,
    ComparisonReport,
    Listing,
    NextBody,
    NextReport,
    Problem,
    SavedRecord,
    WhatIfBody,
    WhyBody,
    WhyReport,
)


def answers(**given: str | list[str]) -> Answers:
    """Answers by question; two underscores stand for the dot of an id."""
    made = Answers()
    for name, answer in given.items():
        made[name.replace("__", ".").replace("_", "-")] = answer
    return made


client = AuthenticatedClient(base_url=sys.argv[1], token=sys.argv[2])
case = CaseFile(
    name="A common goal",
    answers=answers(
        today__state="nothing",
        wanted__aim="common-goal",
        wanted__work="plan-together",
        wanted__duties="no",
        possible__authority="managers",
        worry__about=["money"],
    ),
    partners=[CandidatePartner(name="Lakeside Shelter", answers=answers(partner__reach="plan-together"))],
)

listed = questions.sync(client=client)
assert isinstance(listed, Listing)
conditional = [each for each in listed.questions if each.when]

advice = assess.sync(client=client, body=case)
assert isinstance(advice, Advice), advice

brief = assess.sync(client=client, body=case, detail=AssessDetail.BRIEF)
assert isinstance(brief, AdviceBrief), brief
assert brief.dimension.recommended == advice.dimension.recommended

found = next_question.sync(client=client, body=NextBody(case=case))
assert isinstance(found, NextReport), found

reasons = why.sync(client=client, body=WhyBody(case=case, of="dimension"))
assert isinstance(reasons, WhyReport), reasons

change = Change(answers=answers(wanted__aim="exchange"))
compared = what_if.sync(client=client, body=WhatIfBody(case=case, change=change))
assert isinstance(compared, ComparisonReport), compared

created = create_case.sync_detailed(client=client, body=case)
assert isinstance(created.parsed, SavedRecord), created.parsed
saved, tag = created.parsed, created.headers["ETag"]

changed = change_case.sync(saved.id, client=client, body=change, if_match=tag)
assert isinstance(changed, SavedRecord), changed

late = change_case.sync(saved.id, client=client, body=change, if_match=tag)
assert isinstance(late, Problem), late

page = list_cases.sync(client=client)
assert isinstance(page, CasePage), page

gone = delete_case.sync_detailed(saved.id, client=client)

report = {
    "conditional": sorted({str(each.when.test) for each in conditional if each.when}),
    "dimension": advice.dimension.recommended,
    "asked": found.ask is not None,
    "why": len(reasons.why) > 0,
    "differs": len(compared.differences) > 0,
    "revisions": [saved.revision, changed.revision],
    "late": late.status,
    "listed": [each.name for each in page.items],
    "aim": changed.case.answers["wanted.aim"] if changed.case.answers else None,
    "gone": int(gone.status_code),
}
sys.stdout.write(json.dumps(report))
