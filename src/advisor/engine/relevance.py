"""Which questions are asked in a case, told without any rule: for an intake on which answers are still coming in."""

from advisor.engine.by_partners import ByPartners
from advisor.engine.compiler import compile_program
from advisor.engine.facts import Facts
from advisor.engine.forward_chaining import ChainEngine
from advisor.engine.inference import infer
from advisor.engine.program import Program
from advisor.model.case import Case
from advisor.model.rulebook import Rulebook
from advisor.model.vocabulary import Vocabulary


class Relevance:
    """The questions of a vocabulary, compiled for each number of partners when first asked for. Safe to share."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self._questions = Rulebook("", "", Vocabulary(vocabulary.sections, vocabulary.questions, {}), {}, {}, {})
        self._programs = ByPartners[Program]()
        self._engine = ChainEngine()

    def __reduce__(self) -> tuple[type["Relevance"], tuple[Vocabulary]]:
        return Relevance, (self.vocabulary,)  # to another process, where it is compiled anew

    def facts(self, case: Case) -> Facts:
        """The answers of a case that count, and which questions are asked in it."""
        partners = len(case.partners)
        program = self._programs.get_or_make(partners, lambda number: compile_program(self._questions, number))
        return infer(case, self._questions, program, self._engine).facts
