"""What is wrong with an input: one record a problem, all of them raised together.

A problem carries codes and values, never a sentence; `prompts/<language>/phrases/problems.yaml` words it.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from difflib import get_close_matches

Pointer = tuple[str | int, ...]  # the keys and numbers that lead to a value


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing wrong in one place.

    `line` counts from 1 and is 0 where the whole file is meant, or a place in JSON, which `pointer` names (RFC 6901).
    `about` names the question, rule or partner concerned; `allowed` lists what would be right and `nearest` the
    closest of it.
    """

    file: str
    line: int
    code: str
    about: str = ""
    found: str = ""
    allowed: tuple[str, ...] = ()
    nearest: str = ""
    pointer: str = ""


MAX_PROBLEMS = 200  # a file with more is no case file
MAX_ABOUT = 280
MAX_COMPARED = 400  # of a text that spellings are held against


class InputError(Exception):
    """An input that cannot be used, with every problem found in it, in reading order.

    `text` says them in words, where whoever raises it has any.
    """

    def __init__(self, problems: Iterable[Problem], text: str = "") -> None:
        self.problems = tuple(sorted(problems, key=lambda problem: (problem.file, problem.line)))
        super().__init__(text or "; ".join(map(_in_codes, self.problems)))

    def at(self, place: str) -> "InputError":
        """The same problems, told to be at a place where they name none."""
        return InputError(problem if problem.file else replace(problem, file=place) for problem in self.problems)


class Problems:
    """Collects the problems of one file while it is read, so that one report holds them all."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.line_of: Callable[[Pointer], int] | None = None  # set where a text has lines to find
        self.compares = True  # whether the nearest allowed spelling is looked for, which takes a millisecond
        self.found: list[Problem] = []

    def add(
        self,
        code: str,
        place: int | Pointer = 0,
        *,
        about: str = "",
        found: object = "",
        allowed: Iterable[str] = (),
    ) -> None:
        """Note one problem at a line, or where a path leads; the nearest allowed spelling is worked out here."""
        line, pointer = (place, "") if isinstance(place, int) else self._found_at(place)
        if len(self.found) == MAX_PROBLEMS:
            self.found.append(Problem(self.file, line, "more-problems", found=str(MAX_PROBLEMS)))
        if len(self.found) > MAX_PROBLEMS:
            return
        options, text = tuple(allowed), shorten(str(found))
        close = nearest(text, options) if self.compares and code.startswith("unknown") else ""
        self.found.append(Problem(self.file, line, code, shorten(about, MAX_ABOUT), text, options, close, pointer))

    def _found_at(self, path: Pointer) -> tuple[int, str]:
        """The line a path leads to, or the path as a pointer where the text has no lines."""
        return (self.line_of(path), "") if self.line_of else (0, pointer_text(path))

    def raise_if_any(self) -> None:
        """Raise `InputError` with all that was noted, if anything was."""
        if self.found:
            raise InputError(self.found)


def _in_codes(problem: Problem) -> str:
    """A problem where nobody has words for it: its place where it has one, its code, what was found, what would be right."""
    place = f"{problem.file}:{problem.pointer or problem.line}: " if problem.file or problem.pointer or problem.line else ""
    right = f" (allowed: {shorten(', '.join(problem.allowed), MAX_ABOUT)})" if problem.allowed else ""
    return f"{place}{problem.code} {problem.found}{right}".rstrip()


def pointer_text(pointer: Pointer) -> str:
    """A path as a JSON Pointer (RFC 6901), fit to be shown; empty for the whole text."""
    return "".join("/" + shorten(str(step).replace("~", "~0").replace("/", "~1")) for step in pointer)


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
