"""What cookies and forms are signed with."""

import contextlib
import hashlib
import hmac
import secrets

from itsdangerous import BadSignature, URLSafeSerializer

from advisor.io.files import write_whole
from advisor.web.settings import Settings


class Keys:
    """What cookies and forms are signed with."""

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()
        self._cookies = URLSafeSerializer(secret, salt="advisor cookies")

    def sign(self, text: str) -> str:
        """A cookie's value."""
        return str(self._cookies.dumps(text))

    def read(self, cookie: str | None) -> str | None:
        """What was signed; None where it was not by us."""
        if not cookie:
            return None
        try:
            return str(self._cookies.loads(cookie))
        except BadSignature:
            return None

    def form_token(self, visitor: str) -> str:
        """What every form of this visitor carries."""
        return hmac.new(self._secret, f"form {visitor}".encode(), hashlib.sha256).hexdigest()

    def fits(self, token: object, visitor: str) -> bool:
        """Whether a form came from a page that this visitor was shown."""
        return isinstance(token, str) and hmac.compare_digest(token.encode(), self.form_token(visitor).encode())


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
