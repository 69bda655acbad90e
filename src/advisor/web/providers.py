"""Settings for signing in elsewhere: one provider of identities (OpenID Connect), and what its claims mean here."""

from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator
from pydantic_core import PydanticCustomError

from advisor.store.permissions import Role

_HERE = ("localhost", "127.0.0.1", "::1")


class ProviderSettings(BaseModel):
    """What is set for one provider. `docs/single-sign-on.md` says what each is."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, Field(min_length=1, max_length=100)]
    issuer: str
    client_id: Annotated[str, Field(min_length=1)]
    client_secret: SecretStr | None = None
    client_key: Path | None = None
    scopes: str = "openid email profile"
    parameters: dict[str, str] = {}
    email_claim: str = "email"
    emails_verified: bool = False
    accounts: Literal["invited", "arrival"] = "invited"
    organization: str = ""
    organization_claim: str = ""
    role: Role | None = None
    groups_claim: str = "groups"
    groups: dict[str, Role] = {}

    @field_validator("issuer")
    @classmethod
    def _https(cls, value: str) -> str:
        parts = urlsplit(value)
        if (parts.scheme == "https" and parts.hostname) or (parts.scheme == "http" and parts.hostname in _HERE):
            return value
        raise PydanticCustomError("issuer", "https://…")

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if bool(self.organization) == bool(self.organization_claim):
            raise PydanticCustomError("organization", "organization | organization_claim")
        if self.client_secret is not None and self.client_key is not None:
            raise PydanticCustomError("client", "client_secret | client_key")
        return self

    @property
    def origin(self) -> str:
        """The origin of the provider's pages, as a browser writes it."""
        parts = urlsplit(self.issuer)
        return f"{parts.scheme}://{parts.netloc}"
