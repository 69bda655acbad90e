"""Mails links by which people set a new password. Whoever asks is answered first: whether there is such an account is looked
up afterwards, in a thread of its own, so that no answer and no wait for one tells of it."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from email.message import EmailMessage

from advisor.model.wording import Wording
from advisor.render.template_wording import TemplateWording
from advisor.store.database import Store
from advisor.store.records import Person
from advisor.web import logs
from advisor.web.mail import mail_server, message
from advisor.web.settings import Settings

WAITING = 100  # that are asked for and not sent yet; what comes beyond is dropped, and the log says so


class ResetMail:
    """Sends what is asked for, one mail after the other. `path` gives the path of the page for a secret."""

    def __init__(
        self, settings: Settings, store: Store, wording: Wording, path: Callable[[str], str], clock: Callable[[], datetime]
    ) -> None:
        self._settings, self._store, self._path, self._clock = settings, store, path, clock
        self._words = TemplateWording(wording, {})
        self._places = threading.BoundedSemaphore(WAITING)

    def start(self) -> None:
        """Begin."""
        self._thread = ThreadPoolExecutor(1, "reset mail")

    def ask(self, email: str, came_from: str) -> None:
        """Have a link mailed to an address if it is one of an account; nothing is looked up before this returns."""
        if not self._places.acquire(blocking=False):
            logs.dropped_mail()
            return
        self._thread.submit(self._work, email, came_from)

    def stop(self) -> None:
        """End once the mail under way is sent; what waits behind it is dropped."""
        self._thread.shutdown(wait=True, cancel_futures=True)

    def _work(self, email: str, came_from: str) -> None:
        try:
            self.deliver(email, came_from)
        except Exception as error:  # nobody waits for it, so it is told where somebody watches
            logs.failed(error, "reset mail")
        finally:
            self._places.release()

    def deliver(self, email: str, came_from: str) -> bool:
        """Mail a link to the address of an account that is in use and has a password; False where there is none, or where
        enough links are open. Where the mail is not taken its link is closed, and what went wrong is raised."""
        store = self._store
        person = store.people.by_email(email)
        if person is None or not person.active or not store.people.has_password(person.id):
            return False
        secret = store.resets.open_to_mail(person.id, at=self._clock())
        if secret is None:
            return False
        try:
            with mail_server(self._settings) as server:
                server.send_message(self._message(person, secret))
        except BaseException:
            store.resets.close(secret)
            raise
        entry = store.audit.record(
            "password-link-mailed",
            at=self._clock(),
            organization=person.organization,
            came_from=came_from,
            subjects={"account": person.id},
        )
        logs.audited(entry.number, entry.event, entry.hash)
        return True

    def _message(self, person: Person, secret: str) -> EmailMessage:
        say, address = self._words.word, self._settings.origin + self._path(secret)
        lines = say("reset-mail.hello", name=person.name), say("reset-mail.asked", email=person.email), address
        text = "\n\n".join((*lines, say("reset-mail.lasts"), say("reset-mail.not-you")))
        return message(self._settings, person.email, say("reset-mail.subject"), text + "\n")
