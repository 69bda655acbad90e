"""How long what is sent may be. Length is looked at first: what is done with a text may take the square of it, or worse."""

from collections.abc import Iterable
from urllib.parse import parse_qsl

from advisor.model.problems import Problems

PATH = 1024  # characters; no page has a longer one
QUERY = 16 * 1024  # bytes
HEADER = 8 * 1024  # bytes of one header, but for those that hold an address, or several texts
LONG_HEADERS = (b"cookie", b"referer", b"hx-current-url")
FIELD = 2000  # characters of one field of a form or a query, and of its name
LONG_FIELDS = {"been": 15_000, "attestation": 4000}  # the questions of a whole session; a new passkey, whose id may be long


def check_fields(fields: Iterable[tuple[str, str]], place: str) -> None:
    """Raise `InputError` with every field that is too long, or whose name is."""
    problems = Problems(place)
    for name, text in fields:
        most = LONG_FIELDS.get(name, FIELD)
        if (found := max(len(text), len(name))) > most:
            problems.add("text-too-long", about=name, found=found, allowed=(str(most),))
    problems.raise_if_any()


def check_query(query: bytes) -> None:
    """Raise `InputError` for a query with a field that is too long."""
    if len(query) > FIELD:  # otherwise none can be
        check_fields(parse_qsl(query.decode("latin-1"), keep_blank_values=True), "query")
