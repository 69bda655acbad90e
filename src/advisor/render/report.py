"""A comparison, a sensitivity, a roadmap or a picture as a document in any form."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from advisor.analysis.sensitivity import Sensitivity
from advisor.explain.comparison import Comparison, Reading, compare
from advisor.loading import Loaded
from advisor.render import pictures, reports
from advisor.render.pictures import Picture

if TYPE_CHECKING:
    from advisor.analysis.roadmap import Roadmap  # its solver takes long to import, and only a roadmap needs it

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Report(Generic[T]):
    """Something found, with all that it takes to write it down; `picture` is drawn with it where there is one."""

    value: T
    name: str
    loaded: Loaded
    engine: str
    values: Mapping[str, object]
    picture: Picture | None = None

    def to_markdown(self, *, full: bool = False) -> str:
        """As Markdown: what matters most, or everything."""
        return reports.markdown(self.name, self.loaded, **self._values(full=full))

    def to_text(self, *, full: bool = False, width: int = 100) -> str:
        """As plain text, laid out for a width."""
        from advisor.render.terminal import plain

        return plain(self.to_markdown(full=full), width)

    def to_html(self, *, full: bool = False) -> str:
        """As one page of HTML that needs no other file, with the picture."""
        return reports.html(self.name, self.loaded, svg=self.to_svg(), **self._values(full=full))

    def to_svg(self) -> str:
        """The picture as SVG; "" where there is none."""
        return self.picture.svg(self.loaded) if self.picture else ""

    def to_json(self) -> str:
        """As JSON, stamped with its format, the rulebook and the engine; a picture as its data."""
        if isinstance(self.value, Picture):
            return self.value.json()
        return reports.json(self.name, self.value, self.loaded, self.engine)

    def _values(self, *, full: bool) -> dict[str, object]:
        values = {**self.values, "picture": self.picture} if self.picture else dict(self.values)
        if isinstance(self.value, Sensitivity):
            answers, left = reports.pivotal_answers(self.value, self.loaded.rulebook.vocabulary.roles, full=full)
            values |= {"answers": answers, "left": left, "full": full}
        return values


def comparison(readings: Sequence[Reading], loaded: Loaded, engine: str) -> Report[Comparison]:
    """What differs between cases, and why."""
    found = compare(readings)
    values = {"comparison": found, "told": reports.ComparisonView(found, loaded)}
    return Report(found, "comparison", loaded, engine, values, pictures.compared(readings, loaded))


def sensitivity(found: Sensitivity, loaded: Loaded, engine: str) -> Report[Sensitivity]:
    """What hangs on each answer."""
    return Report(found, "sensitivity", loaded, engine, {"found": found}, pictures.weighed(found, loaded))


def roadmap(found: "Roadmap", loaded: Loaded, engine: str) -> "Report[Roadmap]":
    """The way to a goal."""
    return Report(found, "roadmap", loaded, engine, {"map": found, "told": reports.conclusion_titles(loaded)})


def picture(drawn: Picture, loaded: Loaded, engine: str) -> Report[Picture]:
    """A picture, with its data as a table."""
    return Report(drawn, "picture", loaded, engine, {}, drawn)
