"""Reminders by mail: of what is due within a week or overdue, when to ask again, and what is deleted soon; each is sent once."""

import smtplib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from email.message import EmailMessage

from advisor.render.template_wording import TemplateWording
from advisor.store.errors import NoSuchCaseError
from advisor.store.records import Person
from advisor.store.retention import Kept
from advisor.web.consulted_rounds import next_round
from advisor.web.followed import followed
from advisor.web.kept import LAST
from advisor.web.mail import mail_server, message
from advisor.web.site import Site

AHEAD = timedelta(days=7)  # of the day on which something is due


@dataclass(frozen=True, slots=True)
class Reminder:
    """What somebody is reminded of in a case: `key` tells it from all others of the case, `path` is where it is seen to."""

    person: Person
    case: str
    key: str
    text: str
    path: str


@dataclass(frozen=True, slots=True)
class Sent:
    """How many reminders were sent, to how many people, and the addresses that were refused, with why."""

    reminders: int
    people: int
    refused: tuple[tuple[str, str], ...]


def reminders_on(site: Site, day: date) -> list[Reminder]:
    """What there is to be reminded of on a day, sent or not, for people who can sign in and may see the case."""
    return [*_due(site, day), *_rounds(site, day), *_ends(site, day)]


def send_reminders(site: Site, day: date) -> Sent:
    """Send what was not sent yet, in one message for each person. Raises `InputError` where mail cannot be sent at all.

    A reminder is noted before it is sent, so that two who send at once send it once; what is refused is tried the next time.
    """
    sent, people, refused = 0, 0, []
    with mail_server(site.settings) as server:
        by_person: dict[tuple[str, str], list[Reminder]] = {}
        for each in reminders_on(site, day):
            by_person.setdefault((each.person.id, each.person.organization), []).append(each)
        for found in by_person.values():
            new = [each for each in found if site.store.reminders.claim(each.case, each.key, at=site.clock())]
            if not new:
                continue
            try:
                server.send_message(_message(site, new))
            except (smtplib.SMTPException, OSError) as error:
                for each in new:
                    site.store.reminders.release(each.case, each.key)
                refused.append((new[0].person.email, str(error)))
            else:
                sent, people = sent + len(new), people + 1
    return Sent(sent, people, tuple(refused))


def _due(site: Site, day: date) -> Iterator[Reminder]:
    say = _words(site)
    for case_id, organization, owner in site.store.reminders.followed_up():
        person = site.store.people.find(owner, organization)
        if person is None or not person.active:
            continue
        case = followed(site, person, case_id, day)
        path = site.templates.url("follow-up", case_id=case_id)
        for moment, due in case.stands.due.items():
            left = sum(each.moment == moment for each in (*case.of("overdue"), *case.of("open")))
            if not left or due - day > AHEAD:
                continue
            kind = "overdue" if due < day else "due"
            said = say.word(f"reminders.{kind}", name=case.saved.entry.name, number=left, date=say.date(due))
            yield Reminder(person, case_id, f"{kind}:{moment}:{due.isoformat()}", said, path)


def _rounds(site: Site, day: date) -> Iterator[Reminder]:
    say = _words(site)
    for organization, case_id, consultation_id, opened_by in site.store.reminders.first_rounds():
        person = site.store.people.find(opened_by, organization)
        if person is None or not person.active:
            continue
        try:
            entry = site.store.cases.read(person, case_id).entry
            again = next_round(site.store.consultations.rounds(person, case_id, consultation_id))
        except NoSuchCaseError:  # they may not see it any more
            continue
        if again is not None and again - day <= AHEAD:
            said = say.word("reminders.round", name=entry.name, date=say.date(again))
            path = site.templates.url("consultation", case_id=case_id, consultation=consultation_id)
            yield Reminder(person, case_id, f"round:{consultation_id}:{again.isoformat()}", said, path)


def _ends(site: Site, day: date) -> Iterator[Reminder]:
    """Of what is deleted at the end of its time, in two stages."""
    say, at = _words(site), datetime.combine(day, time.max, UTC)
    for kept in site.store.retention.coming(at):
        for ending in kept.near(at):
            if ending.since is None:  # the day is known once the server, or `advisor retention run`, has noted it
                continue
            on, consultation = ending.deleted(at).date(), ending.consultation
            stage = "last" if on - day <= LAST else "first"
            said = say.word(f"reminders.deleted{'-consultation' if consultation else ''}", name=kept.name, date=say.date(on))
            if consultation:
                path = site.templates.url("consultation", case_id=kept.case, consultation=consultation)
            else:
                path = site.templates.url("manage-case", case_id=kept.case)
            for person in _told_of(site, kept, consultation):
                yield Reminder(person, kept.case, f"deleted-{stage}:{consultation}:{on.isoformat()}:{person.id}", said, path)


def _told_of(site: Site, kept: Kept, consultation: str) -> list[Person]:
    """Whose a case or a consultation is; where they are gone, the administrators of its organization."""
    whose = site.store.people.find(kept.opened_by[consultation] if consultation else kept.owner, kept.organization)
    if whose is not None and whose.active:
        return [whose]
    return [each for each in site.store.people.list(kept.organization) if each.active and each.administers]


def _words(site: Site) -> TemplateWording:
    return TemplateWording(site.service.wording, {})


def _message(site: Site, found: Sequence[Reminder]) -> EmailMessage:
    say, person, origin = _words(site), found[0].person, site.settings.origin
    lines = [f"{each.text}\n{origin}{each.path}" if origin else each.text for each in found]
    text = "\n\n".join((say.word("reminders.hello", name=person.name), *lines, say.word("reminders.why-sent")))
    return message(site.settings, person.email, say.word("reminders.subject", number=len(found)), text + "\n")
