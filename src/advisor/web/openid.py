"""OpenID Connect: sends somebody to a provider of identities, and reads who came back. Authlib does the protocol."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from authlib.integrations.base_client import OAuthError
from authlib.integrations.starlette_client import StarletteOAuth2App
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from httpx2 import HTTPError
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from joserfc.jwt import JWTClaimsRegistry

from advisor.io.files import read_file
from advisor.web.providers import ProviderSettings

LEEWAY = 120  # seconds by which the provider's clock may differ from ours
MOST = 100  # organizations that somebody may belong to by a claim
FRESH = 3600  # seconds for which what a provider says of itself is believed
_SIGNED = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")  # by a key of the provider's
_SIGNED_OUT = "http://schemas.openid.net/event/backchannel-logout"


class NotSignedInError(Exception):
    """Somebody came back from a provider, and it is not certain who; the cause is for the log, without what was sent."""


@dataclass(frozen=True, slots=True)
class Departure:
    """Somebody on the way to a provider: where to, and what has to come back with them."""

    url: str
    state: str
    nonce: str
    verifier: str


@dataclass(frozen=True, slots=True)
class Arrival:
    """Who a provider says somebody is, and to which organizations it says that they belong. `email` is empty where it vouches
    for none."""

    subject: str
    email: str
    name: str
    organizations: tuple[str, ...]
    groups: tuple[str, ...]
    id_token: str


class Provider:
    """One provider. What it says of itself, and its keys, are fetched when they are first needed, and kept for an hour."""

    def __init__(self, settings: ProviderSettings) -> None:
        self.settings = settings
        secret = settings.client_secret.get_secret_value() if settings.client_secret else None
        how = "client_secret_basic" if secret else "none"
        if settings.client_key is not None:
            secret, how = read_file(settings.client_key, 64 * 1024).decode("ascii", "replace"), "private_key_jwt"
        self._app = StarletteOAuth2App(
            None,
            client_id=settings.client_id,
            client_secret=secret,
            server_metadata_url=settings.issuer.rstrip("/") + "/.well-known/openid-configuration",
            authorize_params=dict(settings.parameters) or None,
            client_auth_methods=[PrivateKeyJWT()],
            client_kwargs={
                "scope": settings.scopes,
                "code_challenge_method": "S256",
                "token_endpoint_auth_method": how,
                "timeout": 10,
            },
        )

    async def depart(self, back: str) -> Departure:
        """Where to send somebody who is to come back to this address. Raises `NotSignedInError` where it is not to be had."""
        try:
            await self._metadata()
            made = await self._app.create_authorization_url(back)
        except (HTTPError, ValueError, RuntimeError) as error:
            raise NotSignedInError(type(error).__name__) from error
        return Departure(made["url"], made["state"], made["nonce"], made["code_verifier"])

    async def arrive(self, back: str, given: Mapping[str, str], left: Departure) -> Arrival:
        """Who came back with this query. Raises `NotSignedInError` where anything is amiss."""
        issuer = self.settings.issuer
        if "error" in given:
            raise NotSignedInError(given["error"][:100])
        if not given.get("code") or given.get("state") != left.state:
            raise NotSignedInError("state")
        if given.get("iss", issuer) != issuer:  # an answer of another provider's
            raise NotSignedInError("iss")
        try:
            await self._metadata()
            token = await self._app.fetch_access_token(back, code=given["code"], code_verifier=left.verifier)
            claims = await self._claims(token, left.nonce)
        except (HTTPError, OAuthError, JoseError, ValueError, KeyError, TypeError, RuntimeError) as error:
            raise NotSignedInError(type(error).__name__) from error
        return self._arrival(claims, str(token["id_token"]))

    async def signed_out(self, token: str) -> str:
        """The subject of whom the provider says that they signed out there. Raises `NotSignedInError` where it does not."""
        try:
            await self._metadata()
            found = jwt.decode(token, KeySet.import_key_set(await self._app.fetch_jwk_set(force=True)), algorithms=list(_SIGNED))
            asked: Any = {
                "iss": {"essential": True, "value": self.settings.issuer},
                "aud": {"essential": True, "value": self.settings.client_id},
                "iat": {"essential": True},
                "sub": {"essential": True},
                "events": {"essential": True},
            }
            JWTClaimsRegistry(leeway=LEEWAY, **asked).validate(found.claims)
        except (HTTPError, JoseError, ValueError, KeyError, TypeError, RuntimeError) as error:
            raise NotSignedInError(type(error).__name__) from error
        if _SIGNED_OUT not in found.claims["events"] or "nonce" in found.claims or found.claims["iat"] < time.time() - 2 * LEEWAY:
            raise NotSignedInError("events")
        return str(found.claims["sub"])

    async def sign_out_url(self, back: str, id_token: str) -> str | None:
        """Where to send somebody to sign out there too; None where the provider has no such page, or cannot be asked."""
        try:
            metadata = await self._metadata()
            if not metadata.get("end_session_endpoint"):
                return None
            made = await self._app.create_logout_url(back, id_token or None, client_id=self.settings.client_id)
        except (HTTPError, ValueError, RuntimeError, NotSignedInError):
            return None
        return str(made["url"])

    async def _metadata(self) -> dict[str, Any]:
        """What the provider says of itself, which has to be the one that is set."""
        known = self._app.server_metadata
        if known.get("_loaded_at", 0) < time.time() - FRESH:
            known.clear()
        found: dict[str, Any] = await self._app.load_server_metadata()
        if found.get("issuer") != self.settings.issuer:
            known.clear()
            raise NotSignedInError("issuer")
        said = found.get("id_token_signing_alg_values_supported") or ["RS256"]
        found["id_token_signing_alg_values_supported"] = [each for each in said if each in _SIGNED]
        return found

    async def _claims(self, token: dict[str, Any], nonce: str) -> Mapping[str, Any]:
        if "id_token" not in token:
            raise NotSignedInError("id_token")

        async def read() -> Mapping[str, Any]:
            asked = {
                "iss": {"essential": True, "value": self.settings.issuer},
                "aud": {"essential": True, "value": self.settings.client_id},
                "nonce": {"essential": True, "value": nonce},
            }
            found: Mapping[str, Any] = await self._app.parse_id_token(token, nonce, claims_options=asked, leeway=LEEWAY)
            return found

        try:
            claims = await read()
        except JoseError:  # it may have changed its key without giving it another name
            await self._app.fetch_jwk_set(force=True)
            claims = await read()
        needed = self.settings.email_claim, self.settings.organization_claim, self.settings.groups_claim
        if any(name and name not in claims for name in needed) and self._app.server_metadata.get("userinfo_endpoint"):
            more = await self._app.userinfo(token=token)
            if more.get("sub") != claims["sub"]:
                raise NotSignedInError("sub")
            claims = {**more, **claims}
        return claims

    def _arrival(self, claims: Mapping[str, Any], id_token: str) -> Arrival:
        settings = self.settings
        email = str(claims.get(settings.email_claim) or "")
        if not (settings.emails_verified or claims.get("email_verified") is True):
            email = ""
        name = str(claims.get("name") or f"{claims.get('given_name', '')} {claims.get('family_name', '')}".strip() or email)
        claimed = settings.organization or claims.get(settings.organization_claim)
        groups = claims.get(settings.groups_claim) or ()
        listed = (groups,) if isinstance(groups, str) else tuple(str(each) for each in groups)
        return Arrival(str(claims["sub"]), email, " ".join(name.split())[:200], _names(claimed), listed, id_token)


def _names(claim: object) -> tuple[str, ...]:
    """The names in a claim that has one or several; none where something in it is no name, or where there are too many."""
    found = claim if isinstance(claim, list) else [claim]
    names = [each.strip() for each in found if isinstance(each, str) and each.strip()]
    return tuple(dict.fromkeys(names)) if len(names) == len(found) <= MOST else ()
