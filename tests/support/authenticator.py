"""An authenticator without a device: it makes passkeys and answers with them, or wrongly where it is told to."""

import base64
import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

PRESENT, VERIFIED, MADE = 0x01, 0x04, 0x40  # flags of what it says


def encoded(data: bytes) -> str:
    """Bytes in base64url as browsers write them."""
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


@dataclass
class Authenticator:
    """One passkey at an origin; `count` is the number of its uses, which rises with each unless `counts` is false."""

    origin: str = "http://localhost"
    counts: bool = True
    count: int = 0
    user: str = ""
    id: bytes = field(default_factory=lambda: os.urandom(32))
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    @property
    def credential(self) -> str:
        """The id of its passkey as browsers write it."""
        return encoded(self.id)

    @property
    def public(self) -> bytes:
        """Its public key (COSE)."""
        point = self.key.public_key().public_numbers()
        return cbor2.dumps({1: 2, 3: -7, -1: 1, -2: point.x.to_bytes(32, "big"), -3: point.y.to_bytes(32, "big")})

    def make(self, options: Mapping[str, Any], **wrong: Any) -> dict[str, str]:
        """The fields that a browser sends once the passkey is made."""
        self.user = options["user"]["id"]
        made = bytes(16) + len(self.id).to_bytes(2, "big") + self.id + self.public
        told = self._told(wrong.get("rp", options["rp"]["id"]), wrong.get("flags", PRESENT | VERIFIED | MADE)) + made
        return {
            "credential": self.credential,
            "client-data": encoded(self._client("webauthn.create", options, wrong)),
            "attestation": encoded(cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": told})),
        }

    def answer(self, options: Mapping[str, Any], **wrong: Any) -> dict[str, str]:
        """The fields that a browser sends once the passkey has signed; `wrong` is what it says in the place of what is right."""
        client = self._client("webauthn.get", options, wrong)
        told = self._told(wrong.get("rp", options["rpId"]), wrong.get("flags", PRESENT | VERIFIED))
        key = wrong.get("key", self.key)
        return {
            "credential": encoded(wrong.get("id", self.id)),
            "client-data": encoded(client),
            "authenticator": encoded(told),
            "signature": encoded(key.sign(told + hashlib.sha256(client).digest(), ec.ECDSA(SHA256()))),
            "user": wrong.get("user", self.user),
        }

    def _told(self, rp: str, flags: int) -> bytes:
        self.count += self.counts
        return hashlib.sha256(rp.encode()).digest() + bytes([flags]) + self.count.to_bytes(4, "big")

    def _client(self, kind: str, options: Mapping[str, Any], wrong: Mapping[str, Any]) -> bytes:
        said = {"type": wrong.get("type", kind), "challenge": wrong.get("challenge", options["challenge"])}
        return json.dumps({**said, "origin": wrong.get("origin", self.origin), "crossOrigin": False}).encode()
