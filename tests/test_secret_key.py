"""The key for cookies: one that is unfit stops the start, and it can be changed with nobody signed out."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from advisor.model.problems import InputError
from advisor.web.keys import key_file, keys_of, rotate
from advisor.web.settings import Settings, read_settings
from support.command_line import app
from support.servers import serving
from support.visits import add_person, sign_in, store_of

GOOD = "Zq3v9kLw7XcN1mRt5YbH8sJd2FgP4aEu"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return read_settings(data=tmp_path)


def test_a_key_is_made_once_for_its_owners_eyes_only(settings: Settings) -> None:
    signed = keys_of(settings).sign("a")
    assert keys_of(settings).read(signed) == "a"
    assert key_file(settings).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("content", [b"", b"\n", b"x", b"a" * 64, GOOD[:31].encode(), b"\xff" * 64, f"{GOOD}\nshort\n".encode()])
def test_a_key_that_is_empty_short_or_no_text_is_refused(settings: Settings, content: bytes) -> None:
    key_file(settings).write_bytes(content)
    key_file(settings).chmod(0o600)
    with pytest.raises(InputError) as raised:
        keys_of(settings)
    assert [(each.code, each.file) for each in raised.value.problems] == [("weak-secret-key", str(key_file(settings)))]


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o660, 0o604])
def test_a_key_that_others_can_read_is_refused(settings: Settings, mode: int) -> None:
    keys_of(settings)
    key_file(settings).chmod(mode)
    with pytest.raises(InputError, match="open-secret-key"):
        keys_of(settings)


def test_a_weak_key_in_the_settings_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="weak-secret-key"):
        keys_of(read_settings(data=tmp_path, secret_key="s" * 40))
    with pytest.raises(InputError, match="weak-secret-key"):
        keys_of(read_settings(data=tmp_path, secret_key=GOOD, secret_key_before="s" * 40))


def test_the_key_before_is_believed_until_the_next_change(settings: Settings) -> None:
    signed = [keys_of(settings).sign("a")]
    for _ in range(2):
        rotate(settings)
        signed.append(keys_of(settings).sign("a"))
    assert len(set(signed)) == 3
    assert [keys_of(settings).read(each) for each in signed] == [None, "a", "a"]
    assert key_file(settings).stat().st_mode & 0o777 == 0o600


def test_keys_in_the_settings_are_changed_there(tmp_path: Path) -> None:
    before = keys_of(read_settings(data=tmp_path, secret_key=GOOD))
    changed = read_settings(data=tmp_path, secret_key=GOOD[::-1], secret_key_before=GOOD)
    assert keys_of(changed).read(before.sign("a")) == "a"
    assert before.read(keys_of(changed).sign("a")) is None
    with pytest.raises(InputError, match="secret-key-in-settings"):
        rotate(changed)


def test_a_start_with_an_open_key_is_refused_and_one_with_a_changed_key_signs_nobody_out(tmp_path: Path, loaded: object) -> None:
    with serving(tmp_path) as site, site.client() as client:
        store = store_of(site, loaded)  # type: ignore[arg-type]
        add_person(store, "ann", "leader")
        store.close()
        sign_in(client, "ann@example.org")
        cookies = dict(client.cookies)
    (tmp_path / "secret-key").chmod(0o644)
    with pytest.raises(AssertionError, match="chmod 600"), serving(tmp_path):
        pass
    (tmp_path / "secret-key").chmod(0o600)
    done = CliRunner().invoke(app, ["rotate-key"], env={"ADVISOR_DATA": str(tmp_path)})
    assert done.exit_code == 0, done.output
    assert str(tmp_path / "secret-key") in done.output
    with serving(tmp_path) as site, site.client(cookies=cookies) as client:
        assert client.get("/account").status_code == 200
