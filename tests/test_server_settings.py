"""Settings: from the command line, the environment and a file; a wrong one stops the start and says what would be right."""

from pathlib import Path

import pytest

from advisor.io.sentence_reader import SentenceReader
from advisor.model.problems import InputError
from advisor.model.wording import Wording
from advisor.render.documents import problem_text
from advisor.web.settings import PREFIX, Settings, read_settings
from conftest import ROOT


@pytest.fixture(autouse=True)
def no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(PREFIX + name.upper(), raising=False)


def test_without_any_it_listens_to_this_machine_with_a_database_in_the_users_folder() -> None:
    settings = read_settings()
    assert settings.is_local
    assert settings.database == f"sqlite:///{settings.data / 'advisor.db'}"


def test_the_command_line_goes_before_the_environment_and_that_before_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "advisor.toml"
    file.write_text('port = 1\nworkers = 2\nlink_days = 3\ndata = "/somewhere"\n')
    monkeypatch.setenv("ADVISOR_PORT", "4")
    monkeypatch.setenv("ADVISOR_WORKERS", "5")
    settings = read_settings(file, port=6, host=None)
    assert (settings.port, settings.workers, settings.link_days) == (6, 5, 3)
    assert settings.database == "sqlite:////somewhere/advisor.db"


def test_every_wrong_setting_is_told_at_once_with_what_would_be_right(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wording: Wording
) -> None:
    file = tmp_path / "advisor.toml"
    file.write_text('port = "many"\nhost = "nowhere at all"\nworker = 2\ndatabase = "mysql://x"\n')
    monkeypatch.setenv("ADVISOR_PROT", "80")
    monkeypatch.setenv("ADVISOR_SECRET_KEY", "too short to be secret")
    with pytest.raises(InputError) as caught:
        read_settings(file)
    codes = {(p.code, p.about or p.found) for p in caught.value.problems}
    wrong = {("wrong-setting", name) for name in ("port", "host", "database", "secret_key")}
    assert codes == wrong | {("unknown-setting", "worker"), ("unknown-setting", "ADVISOR_PROT")}
    told = " ".join(problem_text(p, wording.phrases) for p in caught.value.problems)
    assert "ADVISOR_PORT" in told
    assert "too short to be secret" not in told


@pytest.mark.parametrize("content", ["port = ", "= 1", "\x00"])
def test_a_file_that_is_no_toml_is_told(tmp_path: Path, content: str) -> None:
    file = tmp_path / "advisor.toml"
    file.write_text(content)
    with pytest.raises(InputError) as caught:
        read_settings(file)
    assert {p.code for p in caught.value.problems} == {"not-toml"}


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="unreadable-file"):
        read_settings(tmp_path / "none.toml")


@pytest.mark.parametrize(("host", "local"), [("127.0.0.1", True), ("::1", True), ("localhost", True), ("0.0.0.0", False)])
def test_only_addresses_of_this_machine_are_local(host: str, local: bool) -> None:
    assert read_settings(host=host).is_local is local


def test_no_secret_shows_when_settings_are_printed() -> None:
    secret = "s" * 40
    settings = read_settings(secret_key=secret)
    assert secret not in repr(settings)
    assert settings.secret_key is not None
    assert settings.secret_key.get_secret_value() == secret


def test_every_setting_is_documented_as_it_is() -> None:
    page = (ROOT / "docs" / "serving.md").read_text("utf-8")
    said = SentenceReader(ROOT / "prompts/en").groups("help")["settings"]
    for name in Settings.model_fields:
        assert f"| `{PREFIX}{name.upper()}` | {said[name]} |" in page


@pytest.mark.parametrize(
    "wrong", ["*", "https://portal.example.org/", "portal.example.org", "https://*.example.org", "https://A.example"]
)
@pytest.mark.parametrize("name", ["allowed_origins", "frame_ancestors"])
def test_what_is_no_address_of_a_site_is_told_with_one_that_is(name: str, wrong: str) -> None:
    with pytest.raises(InputError) as caught:
        read_settings(None, **{name: f"https://one.example {wrong}"})
    assert [(each.code, each.about, each.found) for each in caught.value.problems] == [("not-an-origin", name, wrong)]
    for right in ("", "https://one.example http://localhost:8001", "http://[::1]:80"):
        assert getattr(read_settings(None, **{name: right}), name) == right
