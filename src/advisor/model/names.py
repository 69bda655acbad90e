"""Names of partners as people type them: which of them are the same name."""

from collections.abc import Sequence
from unicodedata import normalize


def composed(name: str) -> str:
    """A name without blanks around it, in the composed Unicode form (NFC), which is how names are held."""
    return name.strip() if name.isascii() else normalize("NFC", name).strip()


def folded(name: str) -> str:
    """What two spellings of a name share that differ only in case or in Unicode form."""
    return name.lower() if name.isascii() else normalize("NFC", normalize("NFD", name).casefold())


def place_of(name: str, names: Sequence[str]) -> int | None:
    """The place of a name among others, whatever its case and Unicode form; None where it is not there."""
    wanted = folded(composed(name))
    return next((place for place, each in enumerate(names) if folded(each) == wanted), None)
