"""Ids that nobody guesses, and secrets of which only a hash is kept."""

import base64
import hashlib
import secrets

_LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # none is taken for another


def new_id() -> str:
    """Sixteen random bytes in 26 lower-case letters and digits: fit for a URL and for the command line."""
    return base64.b32encode(secrets.token_bytes(16)).decode().rstrip("=").lower()


def new_secret() -> str:
    """Thirty-two random bytes, fit for a URL or a cookie."""
    return secrets.token_urlsafe(32)


def new_code() -> str:
    """Eighty random bits, fit to be read and typed."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(4))


def plain_code(code: str) -> str:
    """A code as it is compared: in any case, with or without what stands between its letters."""
    return "".join(each for each in code.upper() if each in _LETTERS)


def hashed(secret: str) -> str:
    """The SHA-256 under which a secret is found. Enough for a random one; a password takes more."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
