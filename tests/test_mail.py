"""Mail to a real server on this machine under TLS: what it takes to send one, and what is told to a server nobody vouches for."""

import ssl
from pathlib import Path

import pytest
import trustme

from advisor.model.problems import InputError
from advisor.web.mail import mail_server, message
from advisor.web.settings import Settings, read_settings
from support.mail_server import Inbox, mail_settings, receiving

TO = "leader@example.org"


def context_of(authority: trustme.CA, name: str = "127.0.0.1") -> ssl.SSLContext:
    """What a server needs to show a certificate of an authority for a name."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(made)
    return made


def send(settings: Settings) -> None:
    with mail_server(settings) as server:
        server.send_message(message(settings, TO, "On a line\nof its own", "Ünï\n"))


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> trustme.CA:
    """An authority that this machine trusts, by the setting that OpenSSL has for it."""
    made, path = trustme.CA(), tmp_path / "authority.pem"
    made.cert_pem.write_to_path(str(path))
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    return made


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_mail_goes_out_under_tls_to_a_server_with_a_certificate_that_holds(
    tmp_path: Path, authority: trustme.CA, security: str
) -> None:
    inbox = Inbox()
    with receiving(inbox, **{security: context_of(authority)}) as server:
        send(read_settings(data=tmp_path, **mail_settings(server, mail_security=security)))
    [came] = inbox.taken
    assert (came["To"], came["Subject"]) == (TO, "On a line of its own")
    assert came.get_content().strip() == "Ünï"
    assert [str(version)[:4] for version in inbox.secured] == ["TLSv"]
    assert inbox.signed_in == [b"advisor"]


@pytest.mark.parametrize("security", ["starttls", "tls"])
@pytest.mark.parametrize("holds", ["for another name", "of another authority"])
def test_a_server_whose_certificate_does_not_hold_is_told_neither_password_nor_mail(
    tmp_path: Path, authority: trustme.CA, security: str, holds: str
) -> None:
    shown = context_of(authority, "mail.example.org") if holds == "for another name" else context_of(trustme.CA())
    inbox = Inbox()
    with receiving(inbox, **{security: shown}) as server, pytest.raises(InputError) as told:
        send(read_settings(data=tmp_path, **mail_settings(server, mail_security=security)))
    assert told.value.problems[0].code == "mail-server-unreachable"
    assert "certificate" in told.value.problems[0].about
    assert (inbox.taken, inbox.signed_in) == ([], [])


def test_a_server_that_asks_for_starttls_is_told_no_password_in_the_open(tmp_path: Path, authority: trustme.CA) -> None:
    inbox = Inbox()
    with receiving(inbox, starttls=context_of(authority)) as server, pytest.raises(InputError):
        send(read_settings(data=tmp_path, **mail_settings(server, mail_security="none")))
    assert (inbox.taken, inbox.signed_in) == ([], [])
