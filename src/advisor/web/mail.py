"""Mail by the server that the settings name."""

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage

from advisor.model.problems import InputError, Problem
from advisor.web.settings import Settings

SECONDS = 30  # to wait for the server


@contextmanager
def mail_server(settings: Settings) -> Iterator[smtplib.SMTP]:
    """A connection to the server of the settings. Raises `InputError` where none is set, and where it cannot be reached."""
    if not (settings.mail_server and settings.mail_from):
        raise InputError([Problem("", 0, "no-mail-server")])
    try:
        server = _connected(settings)
    except (OSError, smtplib.SMTPException) as error:  # what TLS refuses is among them
        raise InputError([Problem("", 0, "mail-server-unreachable", found=settings.mail_server, about=str(error))]) from None
    try:
        yield server
    finally:
        server.close()


def _connected(settings: Settings) -> smtplib.SMTP:
    host, port = settings.mail_server, settings.mail_port
    if settings.mail_security == "tls":
        server: smtplib.SMTP = smtplib.SMTP_SSL(host, port, timeout=SECONDS, context=ssl.create_default_context())
    else:
        server = smtplib.SMTP(host, port, timeout=SECONDS)
    try:
        if settings.mail_security == "starttls":
            server.starttls(context=ssl.create_default_context())
        if settings.mail_user and settings.mail_password is not None:
            server.login(settings.mail_user, settings.mail_password.get_secret_value())
    except BaseException:
        server.close()
        raise
    return server


def message(settings: Settings, to: str, subject: str, text: str) -> EmailMessage:
    """A message in plain text."""
    made = EmailMessage()
    made["From"], made["To"] = settings.mail_from, to
    made["Subject"] = " ".join(subject.split())
    made["Auto-Submitted"] = "auto-generated"
    made.set_content(text)
    return made
