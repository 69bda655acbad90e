"""What tests of the store share: people of two organizations, a quick case, and a store with something in each table."""

from datetime import UTC, datetime, timedelta

import pyotp

from advisor.model.case import Case, Partner
from advisor.model.consultation import Respondent
from advisor.model.scenario import CaseFile, Scenario
from advisor.store.database import Store
from advisor.store.follow_ups import NewStep
from advisor.store.idempotency import Claim, KeptResponse
from advisor.store.outbox import EVENTS
from advisor.store.records import Bearer, Person, Verdict
from advisor.store.retention import RetentionRule

AT = datetime(2026, 1, 5, 9, 30, 0, 123456, tzinfo=UTC)

ANN = Person("ann", "ann@county.example", "Ann", "leader", "county")
BEN = Person("ben", "ben@county.example", "Ben", "leader", "county")
PAT = Person("pat", "pat@county.example", "Pat", "planner", "county")
TAS = Person("tas", "tas@county.example", "Tas", "ta-specialist", "county")
ADA = Person("ada", "ada@county.example", "Ada", "administrator", "county")
ELSEWHERE = (
    Person("eve", "eve@other.example", "Eve", "leader", "other"),
    Person("ed", "ed@other.example", "Ed", "administrator", "other"),
    Person("ann", "ann@county.example", "Ann", "administrator", "other"),  # the same id does not help
)

CASE = Case(
    "Waiting for treatment",
    {"wanted.obstacle": ("shared-families", "waiting"), "wanted.duties": ("no",)},
    (Partner("Harbor House", {"partner.vision": ("yes",)}), Partner("Tribal Court", {})),
)
SCENARIOS = {
    "lift": Scenario(
        "lift", {"possible.authority": ("head",), "wanted.obstacle": ()}, {"Harbor House": {"partner.reach": ("merge",)}}
    ),
    "wider": Scenario("wider", add=("Shelter",), drop=("Tribal Court",), on="lift"),
}
FILE = CaseFile(CASE, SCENARIOS)


def later(minutes: float) -> datetime:
    """A time so many minutes after `AT`."""
    return AT + timedelta(minutes=minutes)


def named(name: str, *partners: str) -> CaseFile:
    """A small case of this name with partners of these names."""
    return CaseFile(Case(name, {"wanted.duties": ("no",)}, tuple(Partner(partner, {}) for partner in partners)), {})


def holder(bearer: Bearer | None) -> Person | None:
    """Whose account a token is for."""
    return None if bearer is None else bearer.person


def fill(store: Store, ann: Person) -> None:
    """Something of a person's in every table that lasts, with names and bytes that are hard to write."""
    case = store.cases.create(ann, FILE, at=AT).entry.id
    store.webhooks.create(ann.organization, "https://portal.example/told", EVENTS, at=AT)
    store.cases.save(ann, case, 1, named("Ünï\u2028\U0001f600"), at=later(1))
    store.advices.keep(ann, case, 2, content=bytes(range(256)), rulebook="0", wording="", engine="chain", marks=True, at=AT)
    store.advices.keep_rulebook("0", "", "1.0.0", b"\x00\xff")
    store.verdicts.keep("0", [Verdict(case, 2, "form", "networking")])
    store.links.create(ann, case, "advice", (), at=AT, expires=later(9))
    consultation = store.consultations.open(ann, case, ["wanted.duties"], at=AT).id
    _, secret = store.respondents.invite(ann, case, consultation, Respondent("Someone", "agency"), at=AT, expires=later(9))
    store.respondents.begin(secret, at=AT)
    store.respondents.save(secret, {("wanted.duties", None): (("yes",), "why")}, at=AT)
    store.hands.count(ann, case, consultation, ("wanted.duties", None), {"family": {"yes": 3}}, at=AT)
    store.consultations.decide(ann, case, consultation, "left-open", at=AT, question="wanted.duties")
    claim = store.idempotency.claim(ann.id, "key", b"request", at=AT)
    assert isinstance(claim, Claim)
    store.idempotency.keep(claim, KeptResponse(201, {"ETag": "1"}, b"\x00"), case)
    store.follow_ups.add(ann, case, [NewStep("done", "condition=counsel", "Ünï", AT.date(), "\u2028")], at=AT)
    store.reminders.claim(case, "due:soon:2026-01-05", at=AT)
    store.tokens.create(ann, "ci", at=AT)
    key = store.second_factors.begin(ann.id, at=AT)
    assert key
    store.second_factors.confirm(ann, pyotp.TOTP(key).at(AT), at=AT)
    store.second_factors.require(ann.organization, True, at=AT)
    store.passkeys.add(ann.id, "Ünï", "AQID", b"\x00\xff", 3, at=AT)
    store.passkeys.spend(b"\x00", at=AT)
    store.sessions.begin(ann, at=AT)
    store.resets.open(ann.id, at=AT)
    store.identities.keep(ann, "https://issuer.example", "1", at=AT)
    store.retention.set_rule(RetentionRule(ann.organization, cases=24, consultations=12))
    assert list(store.retention.run(at=AT + timedelta(days=360))) == []
    held = store.cases.create(ann, named("Held"), at=AT).entry.id
    store.holds.place(ann.organization, held, "", "Ünï\u2028\x00", by=ann.id, at=AT)
    store.memberships.claim(ann.id, "https://issuer.example", [ann.organization], granted=None, otherwise=None, at=AT)
    store.invitations.make(ann, "bo@elsewhere.example", "leader", at=AT)
    store.audit.record("case-made", at=AT, actor=ann.id, subjects={"case": case})
