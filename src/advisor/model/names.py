"""Names of partners as people type them: which of them are the same name."""

import re
import unicodedata
from collections.abc import Sequence

# All but tabs and ends of lines; with them what no file in XML may hold.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff]")
# What shows nothing, or turns what stands around it; joiners stay, since some scripts are written with them.
_UNSEEN = re.compile(r"[\u00ad\u115f\u1160\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\u2800\u3164\ufeff\uffa0]")
_LONGEST = 1000  # characters; what is longer is no name, and bringing combining marks into order takes the square of a length


def printable(text: str) -> str:
    """A text that a terminal shows and does not obey: a control character is a blank, where it is one, or replaced."""
    return _CONTROL.sub(lambda found: " " if found[0].isspace() else "\N{REPLACEMENT CHARACTER}", text)


def composed(name: str) -> str:
    """A name on one line, without what cannot be seen, in the composed Unicode form (NFC), which is how names are held.

    Nothing where no character of it shows.
    """
    name = " ".join(_UNSEEN.sub("", printable(name)).split())
    if name.isascii() or len(name) > _LONGEST:
        return name
    return unicodedata.normalize("NFC", name) if any(unicodedata.category(each)[0] in "LNPS" for each in name) else ""


def folded(name: str) -> str:
    """What two spellings of a name share that differ only in case or in Unicode form."""
    if name.isascii() or len(name) > _LONGEST:
        return name.lower()
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", name).casefold())


def place_of(name: str, names: Sequence[str]) -> int | None:
    """The place of a name among others, whatever its case and Unicode form; None where it is not there."""
    wanted = folded(composed(name))
    return next((place for place, each in enumerate(names) if folded(each) == wanted), None)
