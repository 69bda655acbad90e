"""Between the right password and the session of somebody with a second factor: who it is, kept in their browser, signed."""

import json
from dataclasses import dataclass
from datetime import timedelta

from fastapi import Request
from starlette.responses import Response

from advisor.store.records import Person
from advisor.web.auth import set_cookie
from advisor.web.site import site_of

STEP = "advisor_second_step"
WITHIN = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class SecondStep:
    """Somebody whose password was right, and the path of this site to go on to."""

    person: Person
    next: str


def needs_second_step(request: Request, person: Person) -> bool:
    """Whether a password alone does not sign this person in."""
    factors = site_of(request).store.second_factors
    return factors.has(person.id) or factors.required_of(person.id)


def begin_second_step(request: Request, response: Response, person: Person, on: str) -> None:
    """Keep in the browser that this person's password was right; that signs nobody in."""
    site = site_of(request)
    on = on if len(on) <= 300 else site.templates.url("start")
    kept = [STEP, person.id, site.store.people.mark(person.id), site.clock().timestamp(), on]
    set_cookie(request, response, STEP, json.dumps(kept, separators=(",", ":")), int(WITHIN.total_seconds()))


def second_step(request: Request) -> SecondStep | None:
    """Whose password was right a while ago, and is still the same; None where nobody's was."""
    site = site_of(request)
    kept = site.keys.read(request.cookies.get(STEP)) or ""
    if not kept.startswith(f'["{STEP}",'):  # another cookie of ours is signed too
        return None
    _, person_id, mark, at, on = json.loads(kept)
    if not 0 <= site.clock().timestamp() - at <= WITHIN.total_seconds():
        return None
    person = site.store.people.find(person_id)
    if person is None or not mark or mark != site.store.people.mark(person.id):
        return None
    return SecondStep(person, on)


def end_second_step(request: Request, response: Response) -> None:
    """Have the browser forget it."""
    response.delete_cookie(STEP, path=site_of(request).settings.prefix or "/")
