"""Which items of the source register the rulebook rests on, and which it does not."""

from advisor.model.rulebook import Rulebook, Source

WANTED = ("select", "advise")


def citations(rulebook: Rulebook) -> dict[str, list[str]]:
    """For each item cited, what cites it: questions, options, rules, and values that some rule concludes."""
    found: dict[str, list[str]] = {}

    def cite(sources: tuple[str, ...], by: str) -> None:
        for source in sources:
            found.setdefault(source, []).append(by)

    for question in rulebook.vocabulary.questions.values():
        cite(question.sources, f"question {question.id}")
        for option, sources in question.option_sources.items():
            cite(sources, f"question {question.id}: {option}")
    concluded = {conclusion for rule in rulebook.rules.values() for conclusion in rule.conclusions}
    for finding in rulebook.vocabulary.findings.values():
        for value in finding.values.values():
            if (finding.name, value.name) in concluded:
                cite(value.sources, f"{finding.name} {value.name}")
    for rule in rulebook.rules.values():
        cite(rule.sources, f"rule {rule.id}")
    return found


def uncited(rulebook: Rulebook) -> list[Source]:
    """The items that should move or word the advice and that nothing cites, in register order."""
    cited = citations(rulebook)
    return [item for item in rulebook.sources.values() if item.use in WANTED and item.id not in cited]
