"""What can be set for the server: by environment (`ADVISOR_…`) or in a TOML file, checked before anything starts."""

import difflib
import ipaddress
import os
import re
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, Self
from urllib.parse import urlsplit

import platformdirs
from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from advisor.model.problems import InputError, Problem, shorten
from advisor.model.wording import DEFAULT_LANGUAGE
from advisor.web.providers import ProviderSettings

PREFIX = "ADVISOR_"
_SECRET = ("secret_key", "secret_key_before", "metrics_token", "mail_password", "database", "providers")  # or may hold one
_ORIGIN = re.compile(r"https?://(\[[0-9a-f:.]+\]|[a-z0-9]([a-z0-9.-]*[a-z0-9])?)(:[0-9]{1,5})?")  # as a browser writes it


def _data() -> Path:
    return Path(platformdirs.user_data_dir("partnership-advisor"))


class Settings(BaseSettings):
    """All settings with their defaults. `prompts/<language>/help/settings.yaml` says what each is."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="forbid", frozen=True)
    file: ClassVar[Path | None] = None

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8000
    workers: Annotated[int, Field(ge=1, le=64)] = 1
    data: Annotated[Path, Field(default_factory=_data)]
    database: str = ""
    providers: dict[Annotated[str, Field(pattern=r"^[a-z0-9-]{1,30}$")], ProviderSettings] = {}
    local_accounts: bool = True
    secret_key: Annotated[SecretStr | None, Field(min_length=32)] = None
    secret_key_before: Annotated[SecretStr | None, Field(min_length=32)] = None
    public_url: Annotated[str, Field(pattern=r"^(https?://[^/\s?#]+(/[\w.~-]+)*)?$")] = ""
    trusted_proxies: str = ""
    allowed_origins: str = ""
    frame_ancestors: str = ""
    webhook_networks: str = ""
    rules: Path | None = None
    prompts: Path | None = None
    language: str = DEFAULT_LANGUAGE
    mail_server: str = ""
    mail_port: Annotated[int, Field(ge=1, le=65535)] = 587
    mail_security: Literal["starttls", "tls", "none"] = "starttls"
    mail_user: str = ""
    mail_password: SecretStr | None = None
    mail_from: Annotated[str, Field(pattern=r"^([^@\s]+@[^@\s]+)?$")] = ""
    link_days: Annotated[int, Field(ge=1, le=365)] = 90
    max_body_kib: Annotated[int, Field(ge=16, le=65536)] = 1024
    requests_per_minute: Annotated[int, Field(ge=0, le=1_000_000)] = 0
    max_seconds: Annotated[float, Field(gt=0, le=120)] = 10.0
    stop_seconds: Annotated[int, Field(ge=1, le=600)] = 30
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    metrics: bool = False
    metrics_token: Annotated[SecretStr | None, Field(min_length=20)] = None
    traces: Annotated[
        str,
        Field(pattern=r"^(https?://\S+)?$"),
    ] = ""

    @field_validator("host")
    @classmethod
    def _an_address(cls, value: str) -> str:
        if value != "localhost":
            ipaddress.ip_address(value)
        return value

    @model_validator(mode="before")
    @classmethod
    def _database_in_data(cls, values: dict[str, Any]) -> dict[str, Any]:
        if not values.get("database"):
            data = Path(values.get("data") or _data())
            return {**values, "database": f"sqlite:///{data / 'advisor.db'}"}
        return values

    @field_validator("database")
    @classmethod
    def _a_database(cls, value: str) -> str:
        if not value.startswith(("sqlite:///", "postgresql://", "postgresql+psycopg://")):
            raise ValueError("sqlite:///FILE or postgresql://…")
        return value

    @field_validator("trusted_proxies", "webhook_networks")
    @classmethod
    def _networks(cls, value: str) -> str:
        for each in value.split():
            ipaddress.ip_network(each)
        return value

    @field_validator("allowed_origins", "frame_ancestors")
    @classmethod
    def _origins(cls, value: str) -> str:
        wrong = [each for each in value.split() if not _ORIGIN.fullmatch(each)]
        if wrong:
            raise PydanticCustomError("origins", "{wrong}", {"wrong": ", ".join(wrong)})
        return value

    @model_validator(mode="after")
    def _some_way_in(self) -> Self:
        if not (self.local_accounts or self.providers):
            raise PydanticCustomError("way-in", "providers")
        return self

    @property
    def is_local(self) -> bool:
        """Whether it listens to this machine only."""
        return self.host == "localhost" or ipaddress.ip_address(self.host).is_loopback

    @property
    def is_alone(self) -> bool:
        """Whether only this machine's own browser is meant to reach it: no other address, no public one, no proxy in front."""
        return self.is_local and not self.public_url and not self.trusted_proxies

    @property
    def prefix(self) -> str:
        """The path that people reach it under, without a slash at its end; nothing where it has a host of its own."""
        return urlsplit(self.public_url).path

    @property
    def origin(self) -> str:
        """The origin that people reach it at, as a browser writes it; nothing where that is not set."""
        return self.public_url.removesuffix(self.prefix)

    @property
    def mails_links(self) -> bool:
        """Whether a link for a new password can be mailed: to accounts with a password, by a mail server, with the public
        address in it."""
        return bool(self.local_accounts and self.mail_server and self.mail_from and self.public_url)

    @property
    def is_https(self) -> bool:
        """Whether people reach it over https, so that cookies are sent over nothing else."""
        return self.public_url.startswith("https://")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """What is given on the command line goes before the environment, and that before the file."""
        sources: tuple[PydanticBaseSettingsSource, ...] = (init_settings, env_settings)
        return (*sources, TomlConfigSettingsSource(settings_cls, cls.file)) if cls.file else sources


def read_settings(file: Path | None = None, **given: object) -> Settings:
    """The settings; those in `given` that are not None win. Raises `InputError` with every wrong one."""
    problems = list(_unknown_in_environment())
    values = {name: value for name, value in given.items() if value is not None}
    place = str(file) if file else "settings"
    try:
        if file is not None and not file.is_file():
            raise InputError([Problem(place, 0, "unreadable-file", found=os.strerror(2))])
        made = type("Settings", (Settings,), {"file": file})(**values) if file else Settings(**values)  # type: ignore[arg-type]
    except ValidationError as error:
        problems += [_problem(details, place) for details in error.errors(include_url=False)]
    except ValueError as error:  # not TOML
        problems.append(Problem(place, 0, "not-toml", found=shorten(str(error))))
    if problems:
        raise InputError(problems)
    return made


def _unknown_in_environment() -> list[Problem]:
    names = {PREFIX + name.upper() for name in Settings.model_fields}
    return [
        Problem(
            "environment", 0, "unknown-setting", found=name, nearest=next(iter(difflib.get_close_matches(name, names, 1)), "")
        )
        for name in sorted(os.environ)
        if name.upper().startswith(PREFIX) and name.upper() not in names
    ]


def _problem(details: Any, place: str) -> Problem:
    name = ".".join(str(part) for part in details["loc"]) or "settings"
    if details["type"] == "extra_forbidden":
        close = difflib.get_close_matches(name, Settings.model_fields, 1)
        return Problem(place, 0, "unknown-setting", found=name, nearest=next(iter(close), ""))
    if details["type"] == "origins":
        return Problem(place, 0, "not-an-origin", about=name, found=shorten(details["msg"]))
    if details["type"] in ("issuer", "organization", "client", "way-in"):
        return Problem(place, 0, f"provider-{details['type']}", about=name)
    found = "" if name.split(".")[0] in _SECRET else shorten(str(details.get("input", "")))
    return Problem(place, 0, "wrong-setting", about=name, found=found, allowed=(details["msg"],))
