"""A small rulebook and a case, and what follows."""

from collections.abc import Mapping
from pathlib import Path

from advisor.engine.compiler import compile_program
from advisor.engine.forward_chaining import ChainEngine
from advisor.engine.inference import Inference, infer
from advisor.engine.program import Program
from advisor.io.case_reader import parse_case
from support.small_rulebooks import FOUND, changed, small_rulebook

FIRST_OF = {
    **changed(FOUND, "weight: [light, heavy]}}", "weight: [light, heavy]}, first-of: weight}"),
    "notes.yaml": """\
topic: notes
declares: {note: {one: {weight: light}, two: {weight: heavy}, three: {weight: light}, four: {weight: light}}}
rules: []
""",
}


class World:
    """A small rulebook with these rules, ready to be asked."""

    def __init__(self, folder: Path, *rules: str, changes: Mapping[str, str] | None = None) -> None:
        self.rulebook = small_rulebook(folder, *rules, changes=changes)

    def program(self, partners: int = 0) -> Program:
        return compile_program(self.rulebook, partners)

    def infer(self, answers: str = "", *partners: str) -> Inference:
        """`answers` and each partner's, as the inside of a YAML mapping."""
        vocabulary = self.rulebook.vocabulary
        read = [f"{{name: p{n}, answers: {{{text}}}}}" for n, text in enumerate(partners)]
        case = parse_case(f"answers: {{{answers}}}\npartners: [{', '.join(read)}]\n".encode(), vocabulary)
        return infer(case, self.rulebook, self.program(len(partners)), ChainEngine())

    def marks(self, answers: str = "", *partners: str) -> tuple[str, ...]:
        return self.infer(answers, *partners).values("mark")
