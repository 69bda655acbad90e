"""The advice on a saved case, which is kept with it as it was given."""

from dataclasses import dataclass

from advisor.model.advice import Advice
from advisor.render import documents
from advisor.store.records import KeptAdvice, Person, SavedCase
from advisor.web.site import Site


@dataclass(frozen=True, slots=True)
class GivenAdvice:
    """Advice as it was given: its values, its JSON, and the record that was kept of it."""

    advice: Advice
    content: bytes
    kept: KeptAdvice


def give(site: Site, person: Person, saved: SavedCase, scenario: str = "", *, marks: bool = True) -> GivenAdvice:
    """The advice on a saved case as it stands (""), or in a scenario; made and kept once for each revision.

    Raises `InputError` where there is no such scenario, and `NotDecidedError` where the marks took too long.
    """
    entry = saved.entry

    def make() -> GivenAdvice:
        case = saved.file.in_scenario(scenario)
        advice = site.service.assess(case, marks=marks, caller=person.id)
        content = documents.json_bytes(advice)
        advice.finish()  # it is kept for others who ask, and what it was made from is larger by far
        kept = site.store.advices.keep(
            person,
            entry.id,
            entry.revision,
            scenario=scenario,
            content=content,
            rulebook=advice.rulebook.sha256,
            wording=advice.wording.sha256,
            engine=advice.engine,
            marks=marks,
            at=site.clock(),
        )
        return GivenAdvice(advice, content, kept)

    return site.service.recent(("advice", entry.id, entry.revision, scenario, marks), make)
