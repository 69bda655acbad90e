"""Renders every page in its states and writes them into a folder."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html import unescape
from pathlib import Path

from advisor.io.examples import read_examples
from advisor.io.files import write_file
from advisor.loading import Loaded
from advisor.model.problems import InputError, Problem
from advisor.review.screens import Screen
from advisor.screens import accounts, case_pages, consulted_pages, without_accounts
from advisor.screens.offline import SteadyIds, copy_assets, offline
from advisor.screens.showcase import Showcase, showcase
from advisor.screens.visitor import ADDRESS, ScreenVisitor, Seen, visiting
from advisor.web.templates import STATIC, Templates

FOLDER = "pages"
Tour = Callable[[ScreenVisitor, Showcase], Iterator[Seen]]
ALONE: tuple[Tour, ...] = (
    without_accounts.outside,
    lambda visitor, _: without_accounts.done(visitor),
    lambda visitor, _: without_accounts.errors(visitor),
    case_pages.nothing_answered,
    case_pages.intake,
    case_pages.saved_by_others,
    case_pages.advised,
    case_pages.given_out,
    case_pages.managed,
    consulted_pages.consulted,
)
_TITLE = re.compile(r"<title>(.*?)</title>", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Rendered:
    """A page as it came, with its address where a link could lead to it."""

    screen: Screen
    html: str
    address: str


def write_screens(loaded: Loaded, folder: Path, *, static: Path = STATIC) -> tuple[Screen, ...]:
    """Write every page in its states into a folder of `folder`, with the styles; return them in the order of a tour.

    None where the styles were never built, since there are no pages then. Raises `InputError` where a file cannot be written.
    """
    if not Templates(loaded, static).built:
        return ()
    rendered = list(_rendered(loaded, static))
    files: dict[str, str] = {}
    for each in rendered:
        if each.address:
            files.setdefault(each.address, Path(each.screen.file).name)
    ids = SteadyIds()
    try:
        (folder / FOLDER).mkdir(parents=True, exist_ok=True)
        copy_assets(static, folder / FOLDER)
    except OSError as error:
        found = error.strerror or type(error).__name__
        raise InputError([Problem(str(folder), 0, "unwritable-file", about=folder.name, found=found)]) from None
    for each in rendered:
        write_file(folder / each.screen.file, ids.replaced(offline(each.html, files)).encode())
    return tuple(each.screen for each in rendered)


def _rendered(loaded: Loaded, static: Path) -> Iterator[Rendered]:
    taken: dict[str, int] = {}
    for tours in (ALONE, (accounts.with_accounts,)):
        with visiting(loaded, static) as visitor:
            vocabulary = loaded.rulebook.vocabulary
            examples = read_examples(loaded.rules.parent / "examples", vocabulary).values()
            partners = visitor.word("partner"), visitor.word("other-partner")
            shown = showcase(examples, vocabulary, visitor.word("case"), partners, visitor.word("scenario"))
            for tour in tours:
                for state, response in tour(visitor, shown):
                    page = visitor.page_of(response)
                    name = f"{page}-{state.replace(' ', '-')}"
                    taken[name] = taken.get(name, 0) + 1
                    file = f"{FOLDER}/{name}.html" if taken[name] == 1 else f"{FOLDER}/{name}-{taken[name]}.html"
                    title = _TITLE.search(response.text)
                    screen = Screen(page, state, unescape(title[1].strip()) if title else page, file)
                    address = str(response.url).removeprefix(ADDRESS) if response.request.method == "GET" else ""
                    yield Rendered(screen, response.text, address)
