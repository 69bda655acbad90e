"""What the store refuses, each as an error of its own. None of them tells more than the person may know."""

from datetime import datetime

from advisor.store.records import SavedCase


class NoSuchCaseError(LookupError):
    """There is no such case, revision or advice, or none that this person may see: the two are never told apart."""

    def __init__(self, id: str) -> None:  # noqa: A002  (the field's own name)
        self.id = id
        super().__init__(id)


class NoSuchWebhookError(LookupError):
    """There is no webhook with this id in the organization, or it was ended."""


class NoSuchPersonError(LookupError):
    """There is no account with this id."""


class LastAdministratorError(Exception):
    """An account is the last administrator's of its organization that is in use; somebody else has to be one first."""


class OwnsCasesError(Exception):
    """An account cannot be removed while it owns cases; they are handed over first."""


class HeldError(Exception):
    """A case or a consultation is on hold: it is not deleted, and neither is anything in it."""


class NotFirstError(Exception):
    """An account that was to be the first is not: there is one, or was."""


class ConflictError(Exception):
    """Somebody else saved the case first; `current` is what they saved."""

    def __init__(self, current: SavedCase) -> None:
        self.current = current
        super().__init__(current.entry.id)


class KeyInUseError(Exception):
    """A request with the same idempotency key is being answered."""


class KeyUsedOtherwiseError(Exception):
    """An idempotency key was used for another request."""


class BadCursorError(ValueError):
    """The place where a page of a list should begin is none that this list gave."""


class WrongPasswordError(Exception):
    """The address and the password do not belong together, or the account is not in use; which, is not told."""


class WrongCodeError(Exception):
    """A code is none of the person's authenticator, was used before, or is no recovery code that is left."""


class WrongPasskeyError(Exception):
    """What a passkey answered is not good: it is nobody's, or not in use, or its answer is to something else or was given before;
    which, is not told."""


class ThrottledError(Exception):
    """Too many failed logins; the next try counts from `until` on."""

    def __init__(self, until: datetime) -> None:
        self.until = until
        super().__init__(until.isoformat())


class NotReplayableError(Exception):
    """Advice cannot be worked out again: its rulebook was not kept, is not what it was, or cannot be read."""


class UnavailableError(Exception):
    """The database does not answer, is busy for too long, or has not got its tables."""


class AnsweringByLinkError(Exception):
    """Somebody whose answers are not for everybody opened their link: what they answer there is not typed over."""


class ConsultationClosedError(Exception):
    """The consultation is closed: nothing is asked, answered or changed in it any more."""


class LinkEndedError(Exception):
    """A respondent's link does not work, or does not work any more."""
