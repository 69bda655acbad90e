"""A sweep's summary in words and pictures."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from advisor.loading import Loaded
from advisor.model.references import QuestionRef
from advisor.model.sentence import sentence
from advisor.model.vocabulary import UNKNOWN
from advisor.model.wording import Wording
from advisor.render.documents import document
from advisor.sweep.maps import HeatMap, draw, pairs_for
from advisor.sweep.plan import PRESENCE, Plan
from advisor.sweep.spec import Spec
from advisor.sweep.summary import Summary

CELL_WIDTH, CELL_HEIGHT, LABELS, TOP = 128, 44, 210, 120  # of a heat map, in SVG units
_SHADES = ("#eff3ff", "#bdd7e7", "#6baed6", "#2171b5", "#08306b", "#041c40")
_DARK = 3  # shades from here on need white letters


@dataclass(frozen=True, slots=True)
class Chart:
    """A heat map and the SVG that draws it."""

    map: HeatMap
    svg: str


@dataclass(frozen=True, slots=True)
class Charts:
    """All heat maps of a sweep."""

    charts: tuple[Chart, ...]

    def files(self) -> Iterator[tuple[str, str]]:
        """A file name and its SVG for each map."""
        for chart in self.charts:
            yield f"{file_name(chart.map)}.svg", chart.svg


def file_name(drawn: HeatMap) -> str:
    """What a heat map's file and its parts are called."""
    return "-by-".join(re.sub(r"[^a-z0-9]+", "-", part.lower()).strip("-") for part in (drawn.down, drawn.across))


class Names:
    """How axes, answers and conclusions read."""

    def __init__(self, wording: Wording) -> None:
        self.wording = wording

    def axis(self, name: str) -> str:
        """An axis: the question as it is put, after its partner; a partner's name where it may be left out."""
        ref = QuestionRef.parse(name)
        if not ref.question:
            return ref.partner or ""
        return f"{ref.partner}: {self.wording.asked(ref.question)}" if ref.partner else self.wording.asked(ref.question)

    def answer(self, axis: str, word: str) -> str:
        """An answer to the question of an axis."""
        question = QuestionRef.parse(axis).question
        if word == UNKNOWN:
            return self.wording.phrases["sweep"]["unknown"]
        if not question:
            return self.wording.phrases["sweep"]["in" if word == PRESENCE[1] else "out"]
        return " + ".join(self.wording.option(question, option) for option in word.split(" + "))

    def value(self, finding: str, value: str | None) -> str:
        """A value of a finding."""
        return self.wording.phrases["sweep"]["no-level"] if value is None else self.wording.title(finding, value)


def charts(plan: Plan, summary: Summary, folder: Path, spec: Spec, loaded: Loaded) -> Charts:
    """The heat maps of the first level that was summed up and varies, if there is one."""
    level = next((s.name for s in summary.spreads if len(s.shares) > 1), None)
    if level is None or not summary.rows:
        return Charts(())
    found = draw(plan, folder, level, pairs_for(summary, level, spec.maps))
    return Charts(tuple(Chart(each, _svg(each, loaded)) for each in found))


def _svg(drawn: HeatMap, loaded: Loaded) -> str:
    shades = [_SHADES[n] for n in range(len(drawn.steps) - 1)]
    sizes = {"width": CELL_WIDTH, "height": CELL_HEIGHT, "labels": LABELS, "top": TOP}
    given = {"map": drawn, "shades": shades, "dark": _DARK, "size": sizes, "id": file_name(drawn), **_given(loaded)}
    return document(loaded, "sweep-map.html.j2", **given).strip() + "\n"


def markdown(plan: Plan, summary: Summary, drawn: Charts, loaded: Loaded) -> str:
    """The summary as Markdown."""
    text = document(loaded, "sweep.md.j2", plan=plan, summary=summary, charts=drawn.charts, **_given(loaded))
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"


def html(plan: Plan, summary: Summary, drawn: Charts, loaded: Loaded) -> str:
    """The summary as one page of HTML, each heat map with its table beside it."""
    return document(loaded, "sweep.html.j2", plan=plan, summary=summary, charts=drawn.charts, **_given(loaded))


def _given(loaded: Loaded) -> dict[str, object]:
    return {"names": Names(loaded.wording), "fill": sentence}
