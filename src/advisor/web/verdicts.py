"""What is advised in each case of a list, in two words: kept in the database, and worked out where it is not there yet."""

from collections.abc import Iterator, Sequence

from advisor.store.errors import NoSuchCaseError
from advisor.store.records import Entry, Person, Verdict
from advisor.web.site import Site

_AT_ONCE = 200  # verdicts kept in one transaction


def verdicts_of(site: Site, person: Person, entries: Sequence[Entry]) -> dict[str, Verdict]:
    """The verdicts on the cases that have answers, by id."""
    rulebook = site.service.loaded.rulebook.sha256
    found = site.store.verdicts.of(rulebook, entries)
    missing = [each.id for each in entries if each.answers and each.id not in found]
    made = list(_worked_out(site, person, missing))
    site.store.verdicts.keep(rulebook, made)
    return found | {each.case: each for each in made}


def work_out_all(site: Site, person: Person) -> None:
    """Keep the verdict on every case that the person may see, so that a list can go by it."""
    rulebook = site.service.loaded.rulebook.sha256
    missing = site.store.verdicts.missing(person, rulebook)
    for start in range(0, len(missing), _AT_ONCE):
        made = list(_worked_out(site, person, missing[start : start + _AT_ONCE]))
        site.store.verdicts.keep(rulebook, made)


def _worked_out(site: Site, person: Person, ids: Sequence[str]) -> Iterator[Verdict]:
    parts = site.service.vocabulary.advice_parts
    for each in ids:
        try:
            saved = site.store.cases.read(person, each)
        except NoSuchCaseError:  # deleted in this moment
            continue
        inference = site.service.infer(saved.file.case)
        decision = next(iter(inference.concluded(parts.proceed)), "")
        yield Verdict(each, saved.entry.revision, decision, inference.level(parts.recommended) or "")
