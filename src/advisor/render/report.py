"""A comparison, a sensitivity, a roadmap or a picture as a document in any form."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from advisor.analysis.sensitivity import AdviceConclusion, Sensitivity
from advisor.explain.comparison import Comparison, Reading, compare
from advisor.loading import Loaded
from advisor.model.advice import RulebookStamp
from advisor.render import change_pictures, pictures
from advisor.render.comparison_view import ComparisonView
from advisor.render.documents import document
from advisor.render.drawing import Picture
from advisor.render.phrasing import Speech
from advisor.render.pivotal_answers import pivotal_answers
from advisor.render.talk_advice import talk_advice

if TYPE_CHECKING:
    from advisor.analysis.consultation import ConsultationResult  # as below
    from advisor.analysis.roadmap import Roadmap  # its solver takes long to import, and only a roadmap needs it

T = TypeVar("T")
FORMATS = {
    "comparison": "comparison/1.1",
    "sensitivity": "sensitivity/1",
    "roadmap": "roadmap/1",
    "consultation": "consultation/1.1",
}


@dataclass(frozen=True, slots=True)
class Report(Generic[T]):
    """Something found, with all that it takes to write it down.

    `picture` is drawn with it where there is one, and `said` is told in words with what was found as JSON.
    """

    value: T
    name: str
    loaded: Loaded
    engine: str
    values: Mapping[str, object]
    picture: Picture | None = None
    said: Mapping[str, object] = field(default_factory=dict)

    def to_markdown(self, *, full: bool = False) -> str:
        """As Markdown: what matters most, or everything."""
        text = self._filled(f"{self.name}.md.j2", **self._values(full=full))
        return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"

    def to_text(self, *, full: bool = False, width: int = 100) -> str:
        """As plain text, laid out for a width."""
        from advisor.render.terminal import plain_text

        return plain_text(self.to_markdown(full=full), width)

    def to_html(self, *, full: bool = False) -> str:
        """As one page of HTML that needs no other file, with the picture."""
        return self._filled(f"{self.name}.html.j2", svg=self.to_svg(), **self._values(full=full))

    def to_svg(self) -> str:
        """The picture as SVG; "" where there is none."""
        return self.picture.svg(self.loaded) if self.picture else ""

    def to_json(self) -> str:
        """As JSON, stamped with its format, the rulebook and the engine; a picture as its data."""
        if isinstance(self.value, Picture):
            return self.value.json()
        stamp = RulebookStamp(self.loaded.rulebook.version, self.loaded.rulebook.sha256)
        found: Any = self.value
        content = {"format": FORMATS[self.name], **asdict(found), **self.said, "rulebook": asdict(stamp), "engine": self.engine}
        return json.dumps(content, ensure_ascii=False, indent=2) + "\n"

    def _filled(self, template: str, **values: object) -> str:
        words = self.loaded.wording.phrases["scenarios"]
        return document(self.loaded, template, speech=Speech(self.loaded), words=words, **values)

    def _values(self, *, full: bool) -> dict[str, object]:
        values = {**self.values, "full": full, **({"picture": self.picture} if self.picture else {})}
        if isinstance(self.value, Sensitivity):
            answers, left = pivotal_answers(self.value, self.loaded.rulebook.vocabulary.advice_parts, full=full)
            values |= {"answers": answers, "left": left}
        return values


def comparison(readings: Sequence[Reading], loaded: Loaded, engine: str) -> Report[Comparison]:
    """What differs between cases, and why."""
    found = compare(readings)
    values = {"comparison": found, "told": ComparisonView(found, loaded)}
    return Report(found, "comparison", loaded, engine, values, pictures.comparison_picture(readings, loaded))


def sensitivity(found: Sensitivity, loaded: Loaded, engine: str) -> Report[Sensitivity]:
    """What hangs on each answer."""
    return Report(
        found,
        "sensitivity",
        loaded,
        engine,
        {"found": found, "bars": change_pictures.BARS, "most": change_pictures.most(found)},
        change_pictures.sensitivity_picture(found, loaded),
    )


def roadmap(found: "Roadmap", loaded: Loaded, engine: str) -> "Report[Roadmap]":
    """The way to a goal."""
    return Report(
        found, "roadmap", loaded, engine, {"map": found, "told": _titles(loaded)}, change_pictures.route_picture(found, loaded)
    )


def consultation(found: "ConsultationResult", loaded: Loaded, engine: str) -> "Report[ConsultationResult]":
    """What stands whoever is right, what to resolve first, and who answered what."""
    from advisor.render.consultation_view import ConsultationView

    occurring = dict.fromkeys(each for point in found.disagreements or () if point.turns for each in point.differences)
    said = {"talk": [asdict(talk_advice(each, loaded)) for each in occurring]}
    values = {"found": found, "told": ConsultationView(found, loaded)}
    return Report(found, "consultation", loaded, engine, values, said=said)


def picture(drawn: Picture, loaded: Loaded, engine: str) -> Report[Picture]:
    """A picture, with its data as a table."""
    return Report(drawn, "picture", loaded, engine, {}, drawn)


def _titles(loaded: Loaded) -> Callable[[Sequence[AdviceConclusion]], list[str]]:
    """What gives conclusions in words, without the kind of finding before them."""
    speech = Speech(loaded)
    return lambda outcomes: list(dict.fromkeys(speech.value(o.finding, o.value) for o in outcomes if o.value))
