"""Tells webhooks what they are to be told: signed as Standard Webhooks has it, one at a time, in a thread of the server's own."""

import base64
import contextlib
import hashlib
import hmac
import http.client
import json
import socket
import ssl
import threading
from collections.abc import Callable
from datetime import datetime
from typing import Any

from advisor.model.advice import Advice
from advisor.service import Service
from advisor.service.turns import BusyError
from advisor.store.database import Store
from advisor.store.errors import NoSuchCaseError, UnavailableError
from advisor.store.webhooks import DELIVERED, UNCHANGED, ClaimedDelivery, Delivery
from advisor.web import logs
from advisor.web.timestamps import time_of
from advisor.web.webhook_targets import Network, Target, TargetError, target_of

PAUSE = 1.0  # seconds between looks for what is due
PATIENCE = 10.0  # seconds to wait for a receiver each time it says nothing
LONGEST = 30.0  # seconds for a whole try, which is far less than a lease


class WebhookSender:
    """Delivers what is due, until it is stopped. Several, in several processes, never try the same delivery at once."""

    def __init__(
        self,
        store: Store,
        service: Service,
        allowed: tuple[Network, ...],
        clock: Callable[[], datetime],
        ready: Callable[[], bool] = lambda: True,
    ) -> None:
        self._store, self._service, self._allowed, self._clock, self._ready = store, service, allowed, clock, ready
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin."""
        self._stopped.clear()
        self._thread = threading.Thread(target=self._go_on, name="webhooks", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End once the try under way is over."""
        self._stopped.set()
        if self._thread is not None:
            self._thread.join(LONGEST + PATIENCE)

    def _go_on(self) -> None:
        while not self._stopped.wait(PAUSE):
            try:
                while self._ready() and not self._stopped.is_set() and self.deliver():
                    pass
            except UnavailableError:
                continue  # the database is away; that is told where it is asked for, and it may come back
            except Exception as error:  # what is claimed is tried again when its lease is over
                logs.failed(error, "webhooks")

    def deliver(self) -> bool:
        """Try one delivery that is due. False where none is."""
        claimed = self._store.webhooks.claim(at=self._clock())
        if claimed is None:
            return False
        self._store.webhooks.settle(claimed, self._tried(claimed), at=self._clock())
        return True

    def _tried(self, claimed: ClaimedDelivery) -> str:
        """What became of a try."""
        try:
            told = self._told(claimed.delivery)
            if told is None:
                return UNCHANGED
            target = target_of(claimed.address, self._allowed)  # at each try: a name may lead elsewhere today
            status = send(target, *signed(claimed, told, self._clock()))
        except TargetError as error:
            return error.code
        except BusyError:
            return "busy"
        except ssl.SSLError:
            return "not-secure"
        except (OSError, http.client.HTTPException, ValueError):
            return "unreachable"
        return DELIVERED if 200 <= status < 300 else str(status)

    def _told(self, delivery: Delivery) -> dict[str, Any] | None:
        """What an event says; None where there is nothing to say, since the advice is what it was."""
        data: dict[str, Any] = {"case": delivery.case, **delivery.subject}
        if delivery.event == "case.advice-changed":
            try:
                before, after = (self._advice(delivery.case, delivery.subject[each]) for each in ("before", "revision"))
            except NoSuchCaseError:
                return None
            if _advised(before) == _advised(after):
                return None
            del data["before"]
            data |= {
                "proceed": {"was": before.proceed, "now": after.proceed},
                "dimension": {"was": before.dimension.recommended, "now": after.dimension.recommended},
            }
        return {"type": delivery.event, "timestamp": time_of(delivery.created), "data": data}

    def _advice(self, case: str, revision: int) -> Advice:
        return self._service.assess(self._store.cases.case_at(case, revision), marks=False, caller="webhooks")


def signed(claimed: ClaimedDelivery, told: dict[str, Any], at: datetime) -> tuple[bytes, dict[str, str]]:
    """The body of a delivery and its headers: the same id at each try, the time of this one, and the signature over both and
    the body."""
    body, moment = json.dumps(told, separators=(",", ":")).encode(), str(int(at.timestamp()))
    key = base64.b64decode(claimed.secret.removeprefix("whsec_"))
    mark = hmac.new(key, f"{claimed.delivery.id}.{moment}.".encode() + body, hashlib.sha256).digest()
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "partnership-advisor",
        "webhook-id": claimed.delivery.id,
        "webhook-timestamp": moment,
        "webhook-signature": f"v1,{base64.b64encode(mark).decode()}",
    }
    return body, headers


def send(target: Target, body: bytes, headers: dict[str, str]) -> int:
    """Post a body to the numeric address that was looked at; the status of the answer. No redirect is followed."""
    connection = _Pinned(target)
    over = threading.Timer(LONGEST, connection.cut)
    over.start()
    try:
        connection.request("POST", target.path, body, headers)
        return connection.getresponse().status
    finally:
        over.cancel()
        connection.close()


class _Pinned(http.client.HTTPConnection):
    """A connection to the numeric address of a target; over https the certificate has to be for its name."""

    def __init__(self, target: Target) -> None:
        super().__init__(target.host, target.port, timeout=PATIENCE)
        self.default_port = 443 if target.secure else 80  # which is not named in the header Host
        self._target = target

    def connect(self) -> None:
        """Connect."""
        self.sock = socket.create_connection((self._target.number, self._target.port), PATIENCE)
        if self._target.secure:
            self.sock = ssl.create_default_context().wrap_socket(self.sock, server_hostname=self._target.host)

    def cut(self) -> None:
        """End the try at once, from another thread."""
        if self.sock is not None:
            with contextlib.suppress(OSError):
                self.sock.shutdown(socket.SHUT_RDWR)


def _advised(advice: Advice) -> tuple[object, ...]:
    """What is advised, without the words it is said in."""
    parts = advice.gate.stops, advice.conditions, advice.cautions, advice.actions, advice.terms
    return (
        advice.proceed,
        advice.stages,
        [(each.id, each.verdict) for each in advice.proposal],
        advice.dimension.recommended,
        advice.structures,
        advice.instruments,
        [(each.name, each.dimension, each.core) for each in advice.partners],
        *([each.id for each in part] for part in parts),
    )
