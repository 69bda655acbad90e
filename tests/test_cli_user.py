"""`advisor user`: accounts and tokens from the command line."""

import io
import os
import pty
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pyotp
import pytest

from advisor.model.rulebook import Rulebook
from advisor.store.database import Store, WrongPasswordError
from advisor.store.records import LOCAL
from conftest import ROOT
from support.shell import Ended, Shell
from support.stored_cases import AT, FILE, holder, later

PASSWORD = "correct horse battery"
ANN = ("--name", "Ann", "--role", "leader", "--organization", "county")
User = Callable[..., Ended]


@pytest.fixture
def store(tmp_path: Path, rulebook: Rulebook) -> Iterator[Store]:
    """The database that the commands work on, as they leave it."""
    made = Store(f"sqlite:///{tmp_path / 'advisor.db'}", rulebook.vocabulary)
    yield made
    made.close()


@pytest.fixture
def user(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> User:
    """Runs `advisor user` with a password on standard input."""
    monkeypatch.setenv("COLUMNS", "100")
    for name in [name for name in os.environ if name.startswith("ADVISOR_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("ADVISOR_DATA", str(tmp_path))
    shell = Shell(monkeypatch, capsys)

    def run(command: str, *arguments: str, password: str = PASSWORD) -> Ended:
        monkeypatch.setattr(sys, "stdin", io.StringIO(f"{password}\nmore\n"))
        return shell("user", command, *arguments, "--database", f"sqlite:///{tmp_path / 'advisor.db'}")

    return run


def add(user: User, email: str = "ann@county.example", *more: str) -> Ended:
    return user("add", email, *ANN, "--password-stdin", *more)


def test_an_account_is_added_and_can_sign_in(user: User, store: Store) -> None:
    ended = add(user, "Ann@County.example")
    assert (ended.status, ended.out, ended.err) == (0, "ann@county.example is leader of county.\n", "")
    ann = store.people.check("ann@county.example", PASSWORD, came_from="1", at=AT)
    assert (ann.name, ann.role, ann.organization) == ("Ann", "leader", "county")
    listed = user("list")
    assert listed.out == "ann@county.example  leader  county  Ann\n"
    assert user("list", "--organization", "COUNTY").out == listed.out
    unknown = user("list", "--organization", "other")
    assert (unknown.status, unknown.out) == (2, "")
    assert "other" in unknown.err


def test_the_first_account_may_adopt_what_is_there(user: User, store: Store) -> None:
    store.upgrade()
    case = store.cases.create(LOCAL, FILE, at=AT).entry.id
    add(user, "ann@county.example", "--adopt")
    ann = store.people.by_email("ann@county.example")
    assert ann is not None
    assert store.cases.read(ann, case).file == FILE


def test_all_that_is_wrong_is_told_at_once_and_nothing_is_added(user: User, store: Store) -> None:
    ended = user(
        "add", "nobody", "--name", "", "--role", "leadr", "--organization", "local", "--password-stdin", password="short"
    )
    assert (ended.status, ended.out) == (2, "")
    assert "Did you mean leader?" in ended.err
    assert "5 problems in the input." in ended.err
    assert "short\n" not in ended.err
    assert not store.people.any()


def test_a_disabled_account_is_out_until_it_is_enabled(user: User, store: Store) -> None:
    add(user)
    assert user("disable", "ANN@county.example").status == 0
    assert "(disabled)" in user("list").out
    with pytest.raises(WrongPasswordError):
        store.people.check("ann@county.example", PASSWORD, came_from="1", at=AT)
    assert user("enable", "ann@county.example").status == 0
    assert store.people.check("ann@county.example", PASSWORD, came_from="1", at=AT).active


def test_a_password_is_changed(user: User, store: Store) -> None:
    add(user)
    assert user("password", "ann@county.example", "--password-stdin", password="short").status == 2
    ended = user("password", "ann@county.example", "--password-stdin", password="another long password")
    assert ended.status == 0
    assert "another" not in ended.out + ended.err
    assert store.people.check("ann@county.example", "another long password", came_from="1", at=AT)


def test_a_second_factor_is_switched_off_for_who_lost_it(user: User, store: Store) -> None:
    store.upgrade()
    ann = store.people.add("ann@county.example", "Ann", "leader", "county", PASSWORD, at=AT)
    assert "has no second factor." in user("end-second-factor", ann.email).out
    secret = store.second_factors.begin(ann.id, at=AT)
    assert secret
    store.second_factors.confirm(ann, pyotp.TOTP(secret).at(AT), at=AT)
    session = store.sessions.begin(ann, at=AT)
    assert "has no second factor any more" in user("end-second-factor", ann.email).out
    assert not store.second_factors.has(ann.id)
    assert store.sessions.find(session, at=AT) is None
    assert [each.event for each in store.audit.all()].count("second-factor-off") == 1


def test_passkeys_are_ended_for_who_lost_the_device(user: User, store: Store) -> None:
    store.upgrade()
    ann = store.people.add("ann@county.example", "Ann", "leader", "county", PASSWORD, at=AT)
    assert "has no passkeys." in user("end-passkeys", ann.email).out
    for credential in ("AQID", "BAUG"):
        store.passkeys.add(ann.id, "Phone", credential, b"key", 0, at=AT)
    session = store.sessions.begin(ann, at=AT)
    assert "has no passkeys any more" in user("end-passkeys", ann.email).out
    assert not store.passkeys.has(ann.id)
    assert store.sessions.find(session, at=AT) is None
    assert [each.event for each in store.audit.all()].count("passkey-ended") == 1


def test_a_token_is_shown_once_alone_on_standard_output(user: User, store: Store) -> None:
    add(user)
    assert user("tokens", "ann@county.example").out == "ann@county.example has no tokens.\n"
    made = user("token", "ann@county.example", "--label", "nightly", "--days", "3")
    secret = made.out.strip()
    ann = store.people.by_email("ann@county.example")
    assert ann is not None
    assert holder(store.tokens.find(secret, at=AT)) == ann
    assert store.tokens.find(secret, at=later(10**9)) is None
    listed = user("tokens", "ann@county.example").out
    token = listed.split()[0]
    assert "nightly" in listed
    assert token in made.err
    assert secret not in listed + made.err
    assert user("revoke", "ann@county.example", token).status == 0
    assert store.tokens.find(secret, at=AT) is None
    assert "revoked" in user("tokens", "ann@county.example").out
    again = user("revoke", "ann@county.example", token)
    assert (again.status, again.out) == (2, "")


def test_a_service_token_is_for_some_things_only(user: User, store: Store) -> None:
    add(user)
    made = user("token", "ann@county.example", "--label", "portal", "--scope", "read", "--reference", "unit 7")
    found = store.tokens.find(made.out.strip(), at=AT)
    assert found
    assert (found.token.scopes, found.token.reference) == (("read",), "unit 7")
    assert "for read, on behalf of unit 7" in user("tokens", "ann@county.example").out
    wrong = user("token", "ann@county.example", "--label", "portal", "--scope", "all")
    assert (wrong.status, wrong.out) == (2, "")
    assert "all" in wrong.err


@pytest.mark.parametrize(
    "command", [("disable",), ("enable",), ("password", "--password-stdin"), ("token", "--label", "x"), ("tokens",)]
)
def test_an_address_nobody_has_is_reported_with_the_nearest(user: User, command: tuple[str, ...]) -> None:
    add(user)
    ended = user(command[0], "anne@county.example", *command[1:])
    assert (ended.status, ended.out) == (2, "")
    assert "Did you mean ann@county.example?" in ended.err


def test_a_password_that_nobody_can_type_is_asked_for_on_standard_input(user: User, store: Store) -> None:
    ended = user("add", "ann@county.example", *ANN)
    assert (ended.status, ended.out) == (2, "")
    assert "--password-stdin" in ended.err
    assert not store.people.any()


@pytest.mark.parametrize(
    ("second", "status", "said"), [(PASSWORD, 0, "is leader of county"), ("something else", 2, "not the same")]
)
def test_on_a_terminal_the_password_is_asked_for_twice_and_not_shown(tmp_path: Path, second: str, status: int, said: str) -> None:
    url = f"sqlite:///{tmp_path / 'advisor.db'}"
    command = [sys.executable, "-m", "advisor", "user", "add", "ann@county.example", *ANN, "--database", url]
    ours, theirs = pty.openpty()
    environment = {**os.environ, "ADVISOR_DATA": str(tmp_path)}
    child = subprocess.Popen(
        command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment, start_new_session=True, cwd=ROOT
    )
    os.close(theirs)
    shown = b""
    for prompt, typed in ((b"Password for ann@county.example: ", PASSWORD), (b"The same again: ", second)):
        while not shown.endswith(prompt):
            shown += os.read(ours, 1024)
        os.write(ours, f"{typed}\n".encode())
    while True:
        try:
            more = os.read(ours, 1024)
        except OSError:  # how a terminal says that nobody is there any more
            break
        if not more:
            break
        shown += more
    os.close(ours)
    assert child.wait(60) == status
    assert said in shown.decode()
    assert PASSWORD not in shown.decode()


def test_a_database_that_does_not_answer_is_reported(user: User, tmp_path: Path) -> None:
    (tmp_path / "advisor.db").write_bytes(b"no database" * 100)
    ended = user("list")
    assert (ended.status, ended.out) == (2, "")
    assert "The database does not answer" in ended.err


def test_the_settings_file_says_which_database(
    user: User, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    add(user)
    settings = tmp_path / "advisor.toml"
    settings.write_text(f'database = "sqlite:///{tmp_path / "advisor.db"}"\n')
    ended = Shell(monkeypatch, capsys)("user", "list", "--config", str(settings))
    assert ended.out == "ann@county.example  leader  county  Ann\n"
    assert store.people.any()


def test_help_says_what_each_role_sees(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    ended = Shell(monkeypatch, capsys)("user", "--help")
    assert ended.status == 0
    assert "A leader sees their own cases" in " ".join(ended.out.split())


def test_an_account_joins_and_leaves_organizations_and_the_one_that_is_meant_is_named(user: User, store: Store) -> None:
    add(user)
    add(user, "ben@county.example")
    county = "--in", "COUNTY"
    joined = user("join", "ann@county.example", "--role", "planner", "--organization", "State")
    assert joined.out == "ann@county.example is planner of State.\n"
    assert user("list").out.splitlines()[0] == "ann@county.example  planner  State  Ann"
    for command, *more in (["change", "--role", "planner"], ["token", "--label", "ci"]):
        unclear = user(command, "ann@county.example", *more)
        assert unclear.status == 2
        assert "--in: State; county" in unclear.err.replace("\n", " ")
    changed = user("change", "ann@county.example", "--role", "ta-specialist", *county)
    assert changed.out == "ann@county.example is ta-specialist of county.\n"
    assert user("token", "ann@county.example", "--label", "ci", *county).status == 0
    assert "ci" in user("tokens", "ann@county.example").out
    assert user("disable", "ann@county.example", "--in", "State").out == (
        "ann@county.example cannot enter State any more, and has been signed out of it.\n"
    )
    assert "(disabled)" in user("list", "--organization", "State").out
    assert "(disabled)" not in user("list", "--organization", "county").out
    assert user("disable", "ben@county.example", "--in", "State").status == 2
    assert user("join", "ann@county.example", "--role", "planner", "--organization", "state").status == 2
    assert user("leave", "ann@county.example", "--organization", "State").out == (
        "ann@county.example does not belong to State any more.\n"
    )
    assert user("remove", "ann@county.example").status == 0
    told = [entry.event for entry in store.audit.all("State")]
    assert told == ["organization-joined", "account-changed", "account-removed"]
