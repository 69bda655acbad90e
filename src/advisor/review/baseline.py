"""What was said at an earlier version, so that what is new or changed since then can be told."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from advisor.io.rulebook_version import PROMPTS, folders_of
from advisor.loading import wording_folder
from advisor.model.problems import InputError, Problem
from advisor.review.texts import PlacedText, Ref, read_texts


@dataclass(frozen=True, slots=True)
class Change:
    """A text that is another than before; `before` is "" where there was none."""

    now: str
    before: str


@dataclass(frozen=True, slots=True)
class Baseline:
    """A version by its name, with what each text said then."""

    version: str
    said: Mapping[Ref, str]

    def changes(self, texts: Iterable[PlacedText]) -> tuple[Change, ...]:
        """The texts that are new or changed since."""
        return tuple(Change(text.said, self.said.get(text.ref, "")) for text in texts if self.said.get(text.ref) != text.said)

    def gone(self, texts: Mapping[Ref, PlacedText]) -> tuple[tuple[Ref, str], ...]:
        """What is not said any more."""
        return tuple((ref, said) for ref, said in self.said.items() if ref not in texts)


def read_baseline(version: str, checkout: Path, code: str, language: str, below: Mapping[Ref, PlacedText]) -> Baseline:
    """The texts in the language `code` at a version: a git revision of a checkout, or a folder with `rules` and `prompts`.

    `language` is that of the rules, and the texts `below` are taken not to have changed. Raises `InputError` where there
    is no such version, or where it has no words.
    """
    with folders_of(version, checkout) as (rules, prompts):
        if prompts is None or not prompts.is_dir():
            raise InputError([Problem("", 0, "no-such-folder", found=f"{version}/{PROMPTS}")])
        texts = read_texts(rules, wording_folder(code, prompts), language)
    return Baseline(version, {ref: text.said for ref, text in {**below, **texts}.items()})
