"""The actions by who does them and when, as a picture."""

from advisor.loading import Loaded
from advisor.model.advice import Action, Advice
from advisor.model.sentence import upper_first
from advisor.render.brief import Brief
from advisor.render.drawing import COLUMN, EDGE, SMALL, Box, Label, Line, Picture, Shape, Table, lines_of
from advisor.render.phrasing import Speech

_LABELS, _HEAD, _GAP, _LEADING = 120, 42, 5, SMALL * 18 / 14


def by_owner(advice: Advice, loaded: Loaded) -> list[Action]:
    """The actions by who does them, in the order in which the rulebook names them, and of each by when they are due."""
    places = {name: place for place, name in enumerate(_named(loaded, "who"))}
    return sorted(advice.actions, key=lambda action: places[action.who])


def _named(loaded: Loaded, attribute: str) -> tuple[str, ...]:
    vocabulary = loaded.rulebook.vocabulary
    finding = vocabulary.findings.get(vocabulary.advice_parts.actions)
    return tuple(finding.attributes[attribute]) if finding else ()


def owner(name: str, loaded: Loaded) -> str:
    """Who somebody is that does or decides something, in what others read."""
    phrases = loaded.wording.phrases
    return {**phrases["who"], **phrases.get("who-in-documents", {})}.get(name, name)


def plan_picture(advice: Advice, loaded: Loaded) -> Picture:
    """A line for each who does something, and a column for each time: what is done stands where both meet."""
    speech, when = Speech(loaded), Brief(advice, loaded).when
    actions = by_owner(advice, loaded)
    moments = [name for name in _named(loaded, "when") if any(action.when == name for action in actions)]
    wide = (COLUMN - _LABELS) / max(len(moments), 1)
    shapes: list[Shape] = []
    y = float(_HEAD)
    for who in dict.fromkeys(action.who for action in actions):
        drawn: list[Shape] = []
        bottom = y
        for place, moment in enumerate(moments):
            below = y + _GAP
            for action in (each for each in actions if (each.who, each.when) == (who, moment)):
                lines = lines_of(upper_first(action.title), wide - 2 * _GAP - 18, 8, SMALL)
                height, x = len(lines) * _LEADING + 10, _LABELS + place * wide + _GAP
                drawn += [Box(x, below, wide - 2 * _GAP, height, "ground", 1), Label(x + 6, below + 16, lines, size=SMALL)]
                below += height + _GAP
            bottom = max(bottom, below)
        name = lines_of(owner(who, loaded).capitalize(), _LABELS - EDGE, 4, bold=True)
        bottom = max(bottom, y + len(name) * 18 + 12)
        shapes += [Line(EDGE, y, COLUMN, y), Label(EDGE, y + 22, name, bold=True), *drawn]
        y = bottom
    columns: list[Shape] = []
    for place, moment in enumerate(moments):
        x = _LABELS + place * wide
        columns.append(Box(x, 0, wide, y, "light" if place % 2 else "shade"))
        lines = lines_of(when[moment], wide - 8, 2, bold=True)
        columns.append(Label(x + wide / 2, 26 - 8 * (len(lines) - 1), lines, bold=True, anchor="middle"))
    head = tuple(speech.say(key) for key in ("plan-who", "plan-when", "plan-what"))
    rows = tuple((owner(each.who, loaded).capitalize(), when[each.when], each.title) for each in actions)
    title, desc = speech.say("plan-picture", case=advice.case), speech.say("plan-desc")
    return Picture("plan", title, desc, COLUMN, int(y) + 4, Table(head, rows), (*columns, *shapes, Line(EDGE, y, COLUMN, y)))
