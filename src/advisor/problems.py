"""What is wrong with an input: one record a problem, all of them raised together.

A problem carries codes and values, never a sentence; `prompts/<language>/problems.yaml` words it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing wrong in one place.

    `line` counts from 1 and is 0 where the whole file is meant. `about` names the question, rule or
    partner concerned; `allowed` lists what would be right and `nearest` the closest of it.
    """

    file: str
    line: int
    code: str
    about: str = ""
    found: str = ""
    allowed: tuple[str, ...] = ()
    nearest: str = ""


MAX_PROBLEMS = 200  # a file with more is no case file
MAX_ABOUT = 280
MAX_COMPARED = 400  # of a text that spellings are held against


class InputError(Exception):
    """An input that cannot be used, with every problem found in it, in reading order."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(problems))
        super().__init__("; ".join(f"{p.file}:{p.line}: {p.code} {p.found}" for p in self.problems))


class Problems:
    """Collects the problems of one file while it is read, so that one report holds them all."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.found: list[Problem] = []

    def add(
        self,
        code: str,
        line: int = 0,
        *,
        about: str = "",
        found: object = "",
        allowed: Iterable[str] = (),
    ) -> None:
        """Note one problem; the nearest allowed spelling is worked out here."""
        if len(self.found) == MAX_PROBLEMS:
            self.found.append(Problem(self.file, line, "more-problems", found=str(MAX_PROBLEMS)))
        if len(self.found) > MAX_PROBLEMS:
            return
        options, text = tuple(allowed), shorten(str(found))
        close = nearest(text, options) if code.startswith("unknown") else ""
        self.found.append(Problem(self.file, line, code, shorten(about, MAX_ABOUT), text, options, close))

    def raise_if_any(self) -> None:
        """Raise `InputError` with all that was noted, if anything was."""
        if self.found:
            raise InputError(self.found)


def nearest(text: str, allowed: Iterable[str]) -> str:
    """The allowed spelling closest to `text`, or an empty string if none is close."""
    candidates = list(allowed)
    tails = {option.rpartition(".")[2]: option for option in reversed(candidates)}
    lowered = text[:MAX_COMPARED].strip().lower().replace("_", "-").replace(" ", "-")
    if lowered in tails:
        return tails[lowered]
    close = get_close_matches(lowered, candidates, n=1) or get_close_matches(lowered, list(tails), n=1)
    return tails.get(close[0], close[0]) if close else ""


def shorten(text: str, limit: int = 80) -> str:
    """Input text fit to be shown in a report: no control characters, at most `limit` long."""
    clean = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
    return clean if len(clean) <= limit else clean[: limit - 1] + "…"
