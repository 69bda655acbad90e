"""The case that pages are shown with: an example of the rulebook, or the first answer to everything where it has none."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from advisor.io.examples import Example
from advisor.model.case import Case, Partner
from advisor.model.scenario import CaseFile, Scenario
from advisor.model.vocabulary import Question, Vocabulary


@dataclass(frozen=True)
class Showcase:
    """A case with at least two partners and a scenario, and questions on which forms can go wrong.

    `single` takes one option, `several` takes more; both are asked of everybody and answered in the case.
    """

    file: CaseFile
    single: Question
    several: Question
    of_partner: Question
    scenario: str

    @property
    def other(self) -> str:
        """Another answer to `single` than the case has."""
        return next(option for option in self.single.options if option not in self.file.case.answers[self.single.id])

    def answered(self, option: str) -> CaseFile:
        """The case with another answer to `single`."""
        case = self.file.case
        return replace(self.file, case=replace(case, answers={**case.answers, self.single.id: (option,)}))


def showcase(
    examples: Iterable[Example], vocabulary: Vocabulary, name: str, partners: tuple[str, str], scenario: str
) -> Showcase:
    """What pages are shown with; the names are for what an example does not bring."""
    fit = [each for each in examples if len(each.file.case.partners) > 1]
    always = [question for question in vocabulary.questions.values() if not question.conditional]
    of_agency = [question for question in always if question.asked == "agency"]
    of_partner = [question for question in always if question.asked == "partner"]
    if fit:
        case = max(fit, key=lambda each: (len(each.file.case.answers), each.id)).file.case
    else:
        own = {question.id: question.options[:1] for question in of_partner}
        case = Case(
            name, {question.id: question.options[:1] for question in of_agency}, tuple(Partner(each, own) for each in partners)
        )
    answers = dict(case.answers)
    single, several = (
        next(each for each in of_agency if (each.kind == "several") is many and len(each.options) > 2) for many in (False, True)
    )
    for question in (single, several):
        answers.setdefault(question.id, question.options[:1])
    case = replace(case, answers=answers)
    other = next(option for option in single.options if option not in answers[single.id])
    return Showcase(
        CaseFile(case, {scenario: Scenario(scenario, {single.id: (other,)})}), single, several, of_partner[0], scenario
    )
