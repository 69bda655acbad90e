"""Which requests leave an entry in the audit, and what it says. It is on the disk before the answer is sent."""

from collections.abc import Callable, Iterable
from datetime import datetime

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.types import Scope

from advisor.store.database import Store
from advisor.store.errors import UnavailableError
from advisor.store.records import Person
from advisor.web import logs
from advisor.web.accounts import Accounts

EVENTS = {  # what a route's name stands for in the audit
    "create-case": "case-made",
    "createCase": "case-made",
    "open-example": "case-made",
    "import-case-now": "case-made",
    "copy-case": "case-made",
    "replaceCase": "case-changed",
    "changeCase": "case-changed",
    "rename-case": "case-changed",
    "restore-case": "case-changed",
    "save-words": "case-changed",
    "save-section": "case-changed",
    "save-partner-section": "case-changed",
    "save-question": "case-changed",
    "add-partner": "case-changed",
    "rename-partner": "case-changed",
    "remove-partner": "case-changed",
    "keep-scenario": "case-changed",
    "rename-scenario": "case-changed",
    "delete-scenario": "case-changed",
    "archive-case": "case-archived",
    "archiveCase": "case-archived",
    "delete-case-now": "case-deleted",
    "deleteCase": "case-deleted",
    "export-case": "case-taken-out",
    "document": "case-taken-out",
    "export-cases": "case-taken-out",
    "note-step": "case-followed-up",
    "set-days": "case-followed-up",
    "noteStep": "case-followed-up",
    "export-follow-up": "case-taken-out",
    "follow-up-calendar": "case-taken-out",
    "create-link": "link-made",
    "revoke-link": "link-ended",
    "create-token": "token-made",
    "create-service-token": "token-made",
    "createToken": "token-made",
    "revoke-service-token": "token-ended",
    "revokeToken": "token-ended",
    "revoke-token": "token-ended",
    "revoke-tokens": "token-ended",
    "make-first-account": "account-made",
    "switch-organization": "organization-entered",
    "invite-member": "invitation-made",
    "end-invitation": "invitation-ended",
    "join-now": "organization-joined",
    "show-elsewhere": "shown-elsewhere",
    "hide-elsewhere": "hidden-elsewhere",
    "rename-organization": "organization-renamed",
    "set-active": "account-changed",
    "change-person": "account-changed",
    "hand-over": "cases-handed-over",
    "remove-person": "account-removed",
    "make-reset": "password-link-made",
    "reset-now": "password-changed",
    "end-session": "signed-out",
    "change-password": "password-changed",
    "begin-second-factor": "second-factor-begun",
    "enrol-at-login": "second-factor-begun",
    "confirm-second-factor": "second-factor-on",
    "confirm-at-login": "second-factor-on",
    "end-second-factor": "second-factor-off",
    "end-their-second-factor": "second-factor-off",
    "require-second-factor": "second-factor-required",
    "allow-password-alone": "second-factor-not-required",
    "add-passkey": "passkey-added",
    "end-passkey": "passkey-ended",
    "end-their-passkeys": "passkey-ended",
    "login-with-passkey": "signed-in",
    "login-with-passkey-as-code": "signed-in",
    "login-with-code": "signed-in",
    "login-now": "signed-in",
    "sign-in-back": "signed-in",
    "logout": "signed-out",
    "sign-out-everywhere": "signed-out",
    "signed-out-elsewhere": "signed-out",
    "create-webhook": "webhook-made",
    "end-webhook": "webhook-ended",
    "createWebhook": "webhook-made",
    "endWebhook": "webhook-ended",
    "export-audit": "audit-taken-out",
    "set-retention": "retention-set",
    "place-hold": "hold-placed",
    "place-consultation-hold": "hold-placed",
    "lift-hold": "hold-lifted",
    "lift-consultation-hold": "hold-lifted",
    "open-consultation": "consultation-opened",
    "openConsultation": "consultation-opened",
    "open-round": "consultation-opened",
    "openRound": "consultation-opened",
    "choose-questions": "consultation-changed",
    "chooseQuestions": "consultation-changed",
    "invite": "consultation-changed",
    "inviteRespondent": "consultation-changed",
    "renew-invitation": "consultation-changed",
    "renewInvitation": "consultation-changed",
    "revoke-invitation": "consultation-changed",
    "revokeInvitation": "consultation-changed",
    "remove-respondent": "consultation-changed",
    "removeRespondent": "consultation-changed",
    "enter-sheet": "consultation-changed",
    "enterAnswers": "consultation-changed",
    "keep-hands": "consultation-changed",
    "countHands": "consultation-changed",
    "decide-line": "consultation-changed",
    "decide": "consultation-changed",
    "close-consultation": "consultation-closed",
    "closeConsultation": "consultation-closed",
    "delete-consultation": "consultation-deleted",
    "deleteConsultation": "consultation-deleted",
    "adopt-agreed": "case-changed",
    "adoptAgreed": "case-changed",
    "export-consultation": "consultation-taken-out",
    "exportConsultation": "consultation-taken-out",
    "consultation-session": "consultation-taken-out",
    "consultation-record": "consultation-taken-out",
    "consultationDocument": "consultation-taken-out",
}
REFUSED = {"signed-in": "sign-in-refused"}  # what is told of a request that failed, where anything is
_REFUSALS = (403, 422)
_IDS = {
    "case_id": "case",
    "case": "case",
    "person_id": "account",
    "passkey": "passkey",
    "token_id": "token",
    "service_token": "token",
    "webhook": "webhook",
    "invitation": "invitation",
    "link_id": "link",
    "provider": "provider",
}


class AuditTrail:
    """Adds an entry for each request that did something, on a server with accounts."""

    def __init__(self, store: Store, accounts: Accounts, clock: Callable[[], datetime]) -> None:
        self._store, self._accounts, self._clock = store, accounts, clock

    async def follow(self, scope: Scope, status: int) -> None:
        """Add the entry of a request that is about to be answered with this status, if it is to have one."""
        event = EVENTS.get(getattr(scope.get("route"), "name", ""))
        state = scope.get("state", {})
        if event is None or state.get("repeated"):
            return
        events: Iterable[str | None] = state.get("noted", (event,))
        if status >= 400:
            events = (REFUSED.get(event) if status in _REFUSALS else None,)
        for each in events:
            if each is not None:
                await run_in_threadpool(self._add, each, scope)

    def _add(self, event: str, scope: Scope) -> None:
        state = scope.get("state", {})
        actor: Person | None = state.get("actor")
        given = {_IDS[name]: str(each) for name, each in scope.get("path_params", {}).items() if name in _IDS}
        subjects = given | state.get("subjects", {})
        client = scope.get("client")
        try:
            if self._accounts.needed():
                whose = self._store.people.find(subjects.get("account", "")) if actor is None else actor
                entry = self._store.audit.record(
                    event,
                    at=self._clock(),
                    actor=actor.id if actor else "",
                    actor_name=actor.email if actor else "",
                    organization=whose.organization if whose else "",
                    came_from=client[0] if client else "",
                    subjects=subjects,
                )
                logs.audited(entry.number, entry.event, entry.hash)
        except UnavailableError as error:  # what was done is done; that it has no entry is told where somebody watches
            logs.failed(error, "audit")


def about(request: Request, **subjects: str) -> None:
    """Note the ids that a request is about, beside those in its path."""
    request.state.subjects = {**getattr(request.state, "subjects", {}), **subjects}


def noted(request: Request, *events: str) -> None:
    """Note what a request did where it is not what its route stands for; without any, it did nothing."""
    request.state.noted = events


def repeated(request: Request) -> None:
    """Note that a request is answered as it was before, and does nothing."""
    request.state.repeated = True
