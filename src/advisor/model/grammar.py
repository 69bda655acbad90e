"""How a language counts and lists, as far as sentences need it. Babel knows it from CLDR; `io/sentence_reader.py` asks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from typing import Literal

Rules = tuple[tuple[str, str], ...]  # plural categories but `other`, each with its rule in the notation of CLDR
Manner = Literal["unit", "standard", "or"]


@dataclass(frozen=True, slots=True)
class Grammar:
    """The plural categories of a language, and its patterns for lists by manner (`2`, `start`, `middle`, `end`)."""

    plural: Rules = ()
    lists: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def listed(self, names: Sequence[str], manner: Manner = "unit") -> str:
        """Names one after the other (`unit`), with `and` (`standard`), or with `or`, as CLDR lays down.

        But `or` stands between every two, since what there is to choose from is often long and has commas.
        """
        patterns = self.lists[manner]
        if manner == "or" and names:
            return reduce(patterns["2"].format, names)
        if len(names) < 3:
            return patterns["2"].format(*names) if len(names) == 2 else "".join(names)
        first, *between, last = names
        text = first
        for place, name in enumerate(between):
            text = patterns["middle" if place else "start"].format(text, name)
        return patterns["end"].format(text, last)
