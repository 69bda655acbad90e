"""Passkeys (WebAuthn): what a browser is asked, kept for a while in the browser that is asked, and whether the answer is good.

The library is loaded once somebody uses a passkey.
"""

import ipaddress
import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import urlsplit

from fastapi import Request
from starlette.responses import Response

from advisor.store.attempts import SKEW
from advisor.store.errors import WrongPasskeyError
from advisor.store.passkeys import CHALLENGE_LASTS
from advisor.store.records import Passkey, Person
from advisor.web.auth import set_cookie
from advisor.web.site import origin_of, site_of

if TYPE_CHECKING:
    from webauthn.helpers.cose import COSEAlgorithmIdentifier
    from webauthn.helpers.structs import PublicKeyCredentialDescriptor

CHALLENGE = "advisor_challenge"
SIGNING_IN = "signing-in"
ANSWER = ("credential", "client-data", "attestation", "authenticator", "signature", "user")  # the fields of a form
_BYTES = 32
_PORTS = {"http": 80, "https": 443}  # which a browser leaves out
_MILLISECONDS = int(CHALLENGE_LASTS.total_seconds() * 1000)

Answer: TypeAlias = Mapping[str, str]
"""What an authenticator answered, by the names in `ANSWER`, in base64url; what it did not say is empty."""


@dataclass(frozen=True, slots=True)
class RelyingParty:
    """This site as authenticators know it: the name of its host, and the origin that a browser has to be at."""

    id: str
    origin: str


@dataclass(frozen=True, slots=True)
class NewPasskey:
    """What an authenticator made: the passkey's id among authenticators, its public key, and the number of its uses."""

    credential: str
    key: bytes
    count: int


def relying_party(request: Request) -> RelyingParty | None:
    """This site, by its public address alone, or on a server that is alone by this machine's name.

    None where browsers take no passkeys: at a number in the place of a name, and without https but on this machine.
    """
    try:
        parts = urlsplit(origin_of(request) or "")
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return None
    trusted = parts.scheme == "https" or host == "localhost" or host.endswith(".localhost")
    if not trusted or not host or not host.isascii() or _is_number(host):
        return None
    shown = "" if port in (None, _PORTS.get(parts.scheme)) else f":{port}"
    return RelyingParty(host, f"{parts.scheme}://{host}{shown}")


def takes_passkeys(request: Request) -> bool:
    """Whether people sign in by passkeys here: where local accounts are on and browsers take passkeys."""
    return site_of(request).settings.local_accounts and relying_party(request) is not None


def new_challenge() -> bytes:
    """Random bytes that a passkey is to answer."""
    return secrets.token_bytes(_BYTES)


def keep_challenge(request: Request, response: Response, challenge: bytes, purpose: str) -> None:
    """Keep in the browser what it was asked and what for."""
    kept = [CHALLENGE, purpose, site_of(request).clock().timestamp(), challenge.hex()]
    set_cookie(request, response, CHALLENGE, json.dumps(kept, separators=(",", ":")), int(CHALLENGE_LASTS.total_seconds()))


def kept_challenge(request: Request, purpose: str) -> bytes | None:
    """What this browser was asked for a purpose a short while ago; None where it was not."""
    site = site_of(request)
    kept = site.keys.read(request.cookies.get(CHALLENGE)) or ""
    if not kept.startswith(f'["{CHALLENGE}",'):  # another cookie of ours is signed too
        return None
    _, asked_for, at, challenge = json.loads(kept)
    age = site.clock().timestamp() - at
    fresh = -SKEW.total_seconds() <= age <= CHALLENGE_LASTS.total_seconds()
    return bytes.fromhex(challenge) if fresh and asked_for == purpose else None


def forget_challenge(request: Request, response: Response) -> None:
    """Have the browser forget it."""
    response.delete_cookie(CHALLENGE, path=site_of(request).settings.prefix or "/")


def options_to_add(party: RelyingParty, product: str, person: Person, challenge: bytes, had: Sequence[Passkey]) -> str:
    """What a browser is to make a passkey by, as JSON: one that it finds by itself and that asks who is there."""
    from webauthn import generate_registration_options, options_to_json
    from webauthn.helpers.structs import AuthenticatorSelectionCriteria, ResidentKeyRequirement, UserVerificationRequirement

    options = generate_registration_options(
        rp_id=party.id,
        rp_name=product,
        user_id=person.id.encode(),
        user_name=person.email,
        user_display_name=person.name,
        challenge=challenge,
        timeout=_MILLISECONDS,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
        exclude_credentials=_described(had),
        supported_pub_key_algs=_algorithms(),
    )
    return options_to_json(options)


def options_to_sign_in(party: RelyingParty, challenge: bytes, allowed: Sequence[Passkey] = ()) -> str:
    """What a browser is to sign by one of these passkeys, or by any that it finds, as JSON."""
    from webauthn import generate_authentication_options, options_to_json
    from webauthn.helpers.structs import UserVerificationRequirement

    options = generate_authentication_options(
        rp_id=party.id,
        challenge=challenge,
        timeout=_MILLISECONDS,
        allow_credentials=_described(allowed),
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return options_to_json(options)


def read_new(party: RelyingParty, challenge: bytes, answer: Answer) -> NewPasskey:
    """The passkey that was made. Raises `WrongPasskeyError`."""
    from webauthn import verify_registration_response
    from webauthn.helpers import bytes_to_base64url

    response = {"clientDataJSON": answer["client-data"], "attestationObject": answer["attestation"]}
    try:
        made = verify_registration_response(
            credential=_credential(answer, response),
            expected_challenge=challenge,
            expected_rp_id=party.id,
            expected_origin=party.origin,
            require_user_verification=True,
            supported_pub_key_algs=_algorithms(),
        )
    except Exception as error:  # the parts of the library raise errors of all kinds for what a stranger made up
        raise WrongPasskeyError from error
    if bytes_to_base64url(made.credential_id) != answer["credential"]:
        raise WrongPasskeyError
    return NewPasskey(answer["credential"], made.credential_public_key, made.sign_count)


def read_answer(party: RelyingParty, challenge: bytes, answer: Answer, passkey: Passkey) -> int:
    """The number of uses that a passkey tells, whose answer is good. Raises `WrongPasskeyError`."""
    from webauthn import verify_authentication_response
    from webauthn.helpers import bytes_to_base64url

    if answer["user"] not in ("", bytes_to_base64url(passkey.person.encode())):
        raise WrongPasskeyError
    response = {
        "clientDataJSON": answer["client-data"],
        "authenticatorData": answer["authenticator"],
        "signature": answer["signature"],
    }
    try:
        answered = verify_authentication_response(
            credential=_credential(answer, response),
            expected_challenge=challenge,
            expected_rp_id=party.id,
            expected_origin=party.origin,
            credential_public_key=passkey.key,
            credential_current_sign_count=passkey.count,
            require_user_verification=True,
        )
    except Exception as error:  # as above
        raise WrongPasskeyError from error
    return answered.new_sign_count


def _credential(answer: Answer, response: dict[str, str]) -> dict[str, object]:
    """A credential as browsers write it in JSON."""
    return {"id": answer["credential"], "rawId": answer["credential"], "type": "public-key", "response": response}


def _described(passkeys: Sequence[Passkey]) -> "list[PublicKeyCredentialDescriptor]":
    from webauthn import base64url_to_bytes
    from webauthn.helpers.structs import PublicKeyCredentialDescriptor

    return [PublicKeyCredentialDescriptor(id=base64url_to_bytes(each.credential)) for each in passkeys]


def _algorithms() -> "list[COSEAlgorithmIdentifier]":
    """Those that authenticators have: no browser misses more."""
    from webauthn.helpers.cose import COSEAlgorithmIdentifier

    known = COSEAlgorithmIdentifier
    return [known.EDDSA, known.ECDSA_SHA_256, known.RSASSA_PKCS1_v1_5_SHA_256]


def _is_number(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
