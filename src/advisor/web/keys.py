"""What cookies are signed with: a key that signs, and those before it, which are still believed until they are taken away."""

import contextlib
import secrets
import stat
from pathlib import Path

from itsdangerous import BadSignature, URLSafeSerializer

from advisor.io.files import read_file, write_whole
from advisor.model.problems import InputError, Problem
from advisor.web.settings import Settings

LONGEST = 1000  # characters of a cookie of ours, and of a token
SHORTEST = 32  # characters of a key
_FEWEST = 8  # different ones among them: less was not made by chance
_MOST = 64 * 1024  # bytes of the file of keys


class Keys:
    """What cookies are signed with."""

    def __init__(self, *secrets: str) -> None:
        """The key that signs, then those before it, which are still believed."""
        self._cookies = URLSafeSerializer(list(reversed(secrets)), salt="advisor cookies")

    def sign(self, text: str) -> str:
        """A cookie's value."""
        return str(self._cookies.dumps(text))

    def read(self, cookie: str | None) -> str | None:
        """What was signed; None where it was not by us."""
        if not cookie or len(cookie) > LONGEST:
            return None
        try:
            return str(self._cookies.loads(cookie))
        except BadSignature:
            return None


def keys_of(settings: Settings) -> Keys:
    """The keys from the settings, or from the data folder, where one is made once. Raises `InputError` for one that is unfit."""
    if settings.secret_key is not None:
        given = [settings.secret_key, *([settings.secret_key_before] if settings.secret_key_before else [])]
        found, place = [each.get_secret_value() for each in given], "secret_key"
    else:
        path = key_file(settings)
        settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not path.exists():
            with contextlib.suppress(FileExistsError):  # another process was first, so that all have the same key
                write_whole(path, _new().encode(), new=True, mode=0o600)
        found, place = _read(path), str(path)
    if any(len(key) < SHORTEST or len(set(key)) < _FEWEST for key in found) or not found:
        raise InputError([Problem(place, 0, "weak-secret-key", allowed=(str(SHORTEST),))])
    return Keys(*found)


def rotate(settings: Settings) -> Path:
    """Put a new key before the one in the data folder, which is believed until the next time; return the file.

    Raises `InputError` where the key is one of the settings, or the file is unfit.
    """
    if settings.secret_key is not None:
        raise InputError([Problem("settings", 0, "secret-key-in-settings")])
    keys_of(settings)
    path = key_file(settings)
    write_whole(path, f"{_new()}\n{_read(path)[0]}\n".encode())
    return path


def key_file(settings: Settings) -> Path:
    """Where the keys are kept that are not in the settings."""
    return settings.data / "secret-key"


def _new() -> str:
    return secrets.token_urlsafe(48)


def _read(path: Path) -> list[str]:
    """The keys in a file, a line each, the one that signs first."""
    content = read_file(path, _MOST)
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        found = f"{stat.S_IMODE(path.stat().st_mode):o}"
        raise InputError([Problem(str(path), 0, "open-secret-key", found=found)])
    try:
        return content.decode("ascii").split()
    except UnicodeDecodeError:
        raise InputError([Problem(str(path), 0, "weak-secret-key", allowed=(str(SHORTEST),))]) from None
