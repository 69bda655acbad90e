"""What was typed into the small forms: texts and choices, cleaned of surrounding blanks."""

from collections.abc import Iterable

from starlette.datastructures import FormData

from advisor.io.case_reader import MAX_NAME
from advisor.model.names import composed
from advisor.web.templates import FieldError, Templates


def text(posted: FormData, name: str) -> str:
    """One field as text; "" where it was not sent, or a file was."""
    value = posted.get(name)
    return value.strip() if isinstance(value, str) else ""


def texts(posted: FormData, name: str) -> tuple[str, ...]:
    """All values of a field that takes several."""
    return tuple(value for value in posted.getlist(name) if isinstance(value, str))


def read_name(posted: FormData, field: str) -> str:
    """A name on one line, in composed characters, with single blanks between its words."""
    return composed(text(posted, field))


def name_errors(name: str, field: str, templates: Templates) -> Iterable[FieldError]:
    """What is wrong with a name that has 1 to 200 characters."""
    if not name:
        yield FieldError(field, templates.word("errors.name-missing"))
    elif len(name) > MAX_NAME:
        yield FieldError(field, templates.word("errors.name-too-long", most=MAX_NAME, found=len(name)))
