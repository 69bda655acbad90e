"""The pages that are there only with accounts, signed out and signed in."""

import re
from collections.abc import Iterator

import pyotp

from advisor.screens.showcase import Showcase
from advisor.screens.visitor import STEP, ScreenVisitor, Seen
from advisor.store.outbox import EVENTS
from advisor.store.records import Person
from advisor.web.accounts import new_code

PASSWORD = "correct horse battery"  # noqa: S105 - of accounts that are gone with the pages
TRIES = 20  # more than are let through


def with_accounts(visitor: ScreenVisitor, shown: Showcase) -> Iterator[Seen]:
    """From the first account on; there is none before."""
    new_code(visitor.data)
    first = {"code": "1", "password": "1", "again": "2"}
    yield "empty", visitor.get("/first-account")
    yield "errors", visitor.post("/first-account", first)
    people, organization = visitor.store.people, visitor.word("organization")

    def add(email: str, role: str) -> None:
        people.add(email, visitor.word(role), role, organization, PASSWORD, at=visitor.clock.tick())

    for role in ("administrator", "leader", "planner", "ta-specialist"):
        add(f"{role}@example.org", role)
    leader, administrator = people.by_email("leader@example.org"), people.by_email("administrator@example.org")
    assert leader is not None
    assert administrator is not None
    visitor.person = leader
    theirs = visitor.begun_unseen(shown.file)
    yield "signed-out", visitor.get("/login")
    yield "signed-out", visitor.get("/cases")
    yield "gone", visitor.get("/first-account")
    with visitor.mailing():
        yield "empty", visitor.get("/forgotten-password")
        yield "errors", visitor.post("/forgotten-password", {"email": "¿" * 201})
    yield "errors", visitor.post("/login", {"email": "administrator@example.org", "password": "1"})
    for _ in range(TRIES):
        tried = visitor.post("/login", {"email": "ta-specialist@example.org", "password": "1"})
    yield "locked", tried
    yield "signed-in", visitor.post("/login", {"email": "administrator@example.org", "password": PASSWORD})
    yield "with-accounts", visitor.get("/cases")
    for page in ("", "/manage", "/history", "/links"):
        yield "of-another", visitor.get(f"{theirs}{page}")
    yield from _own_account(visitor)
    yield from _people(visitor, leader.id)
    yield "not-found", visitor.get("/people/none")
    yield from _organization(visitor)
    yield "filled", visitor.get("/audit")
    yield "filled", visitor.get("/portfolio")
    yield from _elsewhere(visitor, administrator)
    yield from _other_systems(visitor, administrator)
    yield "found-nothing", visitor.get("/audit", q="¿?")
    visitor.person = administrator
    own = visitor.begun(shown.file)
    yield from _retention(visitor, own, administrator, shown.single.id)
    visitor.save(own, shown.answered(shown.other))
    third = next(
        option for option in shown.single.options if option not in (shown.other, *shown.file.case.answers[shown.single.id])
    )
    sent = {"revision": "1", "asked": [shown.single.id], shown.single.id: third, "go": "on"}
    yield "conflict-of-two", visitor.post(f"{own}/sections/{shown.single.section}", sent)
    yield "signed-out", visitor.post("/logout")
    visitor.post("/login", {"email": "planner@example.org", "password": PASSWORD})
    yield "not-allowed", visitor.get("/people")
    yield from _second_factor(visitor, organization)
    yield "not-found", visitor.get(theirs)


def _retention(visitor: ScreenVisitor, case: str, person: Person, question: str) -> Iterator[Seen]:
    """How long things are kept, and holds on a case and on a consultation of it."""
    yield "empty", visitor.get("/retention")
    yield "errors", visitor.post("/retention", {"cases": "0"})
    opened = visitor.store.consultations.open(person, case.rpartition("/")[2], [question], at=visitor.clock.tick())
    for hold in (f"{case}/consultations/{opened.id}/hold", f"{case}/hold"):
        yield "empty", visitor.get(hold)
        yield "errors", visitor.post(hold, {"reason": ""})
        visitor.post(hold, {"reason": visitor.word("token")})
        yield "filled", visitor.get(hold)
        visitor.post(f"{hold}/lift")
    yield "filled", visitor.get("/retention")


def _second_factor(visitor: ScreenVisitor, organization: str) -> Iterator[Seen]:
    """What somebody sees who has to have a second factor, before they have one and after."""
    person = visitor.store.people.by_email("planner@example.org")
    assert person is not None
    factors, password = visitor.store.second_factors, {"email": person.email, "password": PASSWORD}
    visitor.post("/logout")
    factors.require(organization, True, at=visitor.clock.tick())
    yield "required", visitor.post("/login", password)
    key = factors.begin(person.id, at=visitor.clock.tick())
    assert key is not None
    factors.confirm(person, pyotp.TOTP(key).at(visitor.clock.now), at=visitor.clock.now)
    yield "empty", visitor.post("/login", password)
    yield "errors", visitor.post("/login/code", {"code": "1"})
    visitor.post("/login/code", {"code": pyotp.TOTP(key).at(visitor.clock.now + STEP)})
    yield "required", visitor.get("/account/second-factor")
    factors.require(organization, False, at=visitor.clock.tick())
    yield "filled", visitor.get("/account/second-factor")


def _other_systems(visitor: ScreenVisitor, administrator: Person) -> Iterator[Seen]:
    """What other systems may do, and what they are told."""
    yield "filled", visitor.get("/service-tokens")
    yield "empty", visitor.get("/webhooks")
    yield "errors", visitor.post("/webhooks", {"address": ""})
    store, at = visitor.store.webhooks, visitor.clock.tick()
    webhook, _ = store.create(administrator.organization, "https://portal.example/told", EVENTS, at=at)
    yield "filled", visitor.get("/webhooks")
    yield "empty", visitor.get(f"/webhooks/{webhook.id}/deliveries")


def _own_account(visitor: ScreenVisitor) -> Iterator[Seen]:
    yield "empty", visitor.get("/account")
    yield "empty", visitor.get("/account/second-factor")
    yield "errors", visitor.post("/account/second-factor", {"old": "1"})
    yield from _passkeys(visitor)
    yield "errors", visitor.post("/account/password", {"old": "1", "new": "1", "again": "2"})
    yield "errors", visitor.post("/account/tokens", {"label": "", "days": "90"})
    yield "made", visitor.post("/account/tokens", {"label": visitor.word("token"), "days": "90"})
    shown = visitor.get("/account")
    yield "filled", shown
    for revoke in re.findall(r'"([^"]+/revoke)"', shown.text)[:1]:
        yield "revoked", visitor.post(revoke)


def _organization(visitor: ScreenVisitor) -> Iterator[Seen]:
    yield "filled", visitor.get("/organization")
    yield "errors", visitor.post("/organization/name", {"name": ""})
    yield "made", visitor.post("/organization/name", {"name": f"{visitor.word('organization')} 2"})


def _elsewhere(visitor: ScreenVisitor, person: Person) -> Iterator[Seen]:
    """An administrator who is invited to another organization, joins it, and switches."""
    store, at = visitor.store, visitor.clock.tick()
    host = store.people.add("5@example.org", "5", "administrator", f"{visitor.word('organization')} 5", PASSWORD, at=at)
    for email in ("leader@example.org", person.email):
        secret = store.invitations.make(host, email, "planner", at=at)[1]
        yield "opened" if email == person.email else "of-another", visitor.get(f"/join/{secret}")
    yield "joined", visitor.post(f"/join/{secret}")
    yield "switched", visitor.post("/switch", {"organization": host.organization, "next": "/cases"})
    visitor.post("/switch", {"organization": person.organization})
    store.people.remove(person.id, host.organization)


def _passkeys(visitor: ScreenVisitor) -> Iterator[Seen]:
    """The administrator's own passkeys."""
    person = visitor.store.people.by_email("administrator@example.org")
    assert person is not None
    name = visitor.word("token")
    with visitor.taking_passkeys():
        yield "empty", visitor.get("/account/passkeys")
        yield "errors", visitor.post("/account/passkeys", {"label": "", "old": "1"})
        yield "filled", visitor.post("/account/passkeys", {"label": name, "old": PASSWORD})
        passkey = visitor.store.passkeys.add(person.id, name, "1", b"1", 0, at=visitor.clock.tick())
        yield "signed-out", visitor.get("/login")
        visitor.post("/login", {"email": person.email, "password": PASSWORD})
        yield "filled", visitor.get("/account/passkeys")
        yield "filled", visitor.get(f"/account/passkeys/{passkey.id}")
        yield "errors", visitor.post(f"/account/passkeys/{passkey.id}/end", {"old": "1"})


def _people(visitor: ScreenVisitor, person: str) -> Iterator[Seen]:
    yield "filled", visitor.get("/people")
    yield "errors", visitor.post("/invitations", {"email": "1", "role": "leader"})
    yield "made", visitor.post("/invitations", {"email": "1@example.org", "role": "leader"})
    page = f"/people/{person}"
    yield "filled", visitor.get(page)
    yield "errors", visitor.post(page, {"name": "", "role": "leader"})
    yield "owns-cases", visitor.post(f"{page}/remove")
    made = visitor.post(f"{page}/reset")
    yield "made", made
    for address in re.findall(r"/reset/[\w-]+", made.text)[-1:]:
        yield "opened", visitor.get(address)
        yield "errors", visitor.post(address, {"new": "1", "again": "2"})
    yield "deactivated", visitor.post(f"{page}/active", {"active": "no"})
