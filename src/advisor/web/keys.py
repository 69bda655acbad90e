"""What cookies are signed with."""

import contextlib
import secrets

from itsdangerous import BadSignature, URLSafeSerializer

from advisor.io.files import write_whole
from advisor.web.settings import Settings

LONGEST = 1000  # characters of a cookie of ours, and of a token


class Keys:
    """What cookies are signed with."""

    def __init__(self, secret: str) -> None:
        self._cookies = URLSafeSerializer(secret, salt="advisor cookies")

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
    """The keys from the settings, or from the data folder, where they are made once."""
    if settings.secret_key is not None:
        return Keys(settings.secret_key.get_secret_value())
    path = settings.data / "secret-key"
    settings.data.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        with contextlib.suppress(FileExistsError):  # another process was first, so that all have the same key
            write_whole(path, secrets.token_urlsafe(48).encode(), new=True, mode=0o600)
    return Keys(path.read_text("utf-8"))
