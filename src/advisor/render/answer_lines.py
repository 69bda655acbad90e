"""What is asked of open answers as lines of text: what is settled, the next question, why not, the way to a goal, proofs."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from advisor.analysis.consequences import Settled, Status
from advisor.analysis.counterfactual import Blocker, PathStep, Reach
from advisor.analysis.next_question import NextQuestionResult
from advisor.analysis.rulebook_proof import Claim
from advisor.analysis.verification import Proof
from advisor.engine.conclusions import Conclusion
from advisor.engine.program import AGENCY, Atom
from advisor.explain.justification import ref_of
from advisor.explain.reference_wording import in_words
from advisor.explain.why_not import FailedTest, UnmetCondition, WhyNot
from advisor.loading import Loaded
from advisor.model.advice import Contradiction
from advisor.model.case import Case
from advisor.model.sentence import sentence

STATUSES: tuple[Status, ...] = ("settled", "open", "excluded", "not-decided")
LISTED = 12  # of what a question can turn


def say(loaded: Loaded, key: str, **values: object) -> str:
    """A sentence of `phrases/space.yaml`."""
    return sentence(loaded.wording.phrases["space"][key], **values)


class AnswerLines:
    """Says what was found about one case. Every method gives lines of text, in the order they are read."""

    def __init__(self, loaded: Loaded, case: Case) -> None:
        self.loaded, self.wording, self.vocabulary = loaded, loaded.wording, loaded.rulebook.vocabulary
        self.partners = [partner.name for partner in case.partners]

    def settled(self, found: Settled) -> Iterator[str]:
        """Which advice stands, which is open, and how many pieces are out of the question."""
        groups = {status: found.all(status) for status in STATUSES}
        for status in STATUSES:
            if groups[status] and status != "excluded":
                yield self._say(status, seconds=found.seconds)
                for conclusion in _worded(groups[status]):
                    yield f"  {self._conclusion(conclusion)}  [{conclusion.ref(self.partners)}]"
        yield self._say("counts", **{status: len(group) for status, group in groups.items() if "-" not in status})

    def next_question(self, found: NextQuestionResult) -> Iterator[str]:
        """The question to ask, and what its answer can still turn."""
        ask = found.ask
        if found.stands:
            yield self._say("first-settled" if ask else "nothing-to-ask")
        if ask is None:
            if not found.stands:
                yield self._say("nothing-left-to-ask")
            return
        asked = self._say("ask", ask=self.wording.asked(ask.question), partner=self._owner(ask.partner))
        yield f"{asked}  [{ask.question}]"
        yield self._say("opens" if ask.opens else "why-asked", ask=self.wording.asked(ask.opens))
        turns = _worded(ask.turns)
        for conclusion in turns[:LISTED]:
            yield f"  {self._conclusion(conclusion)}"
        if len(turns) > LISTED:
            yield "  " + self._say("more", count=len(turns) - LISTED)

    def why_not(self, found: Sequence[WhyNot], most: int) -> Iterator[str]:
        """The nearest `most` rules that could have given each conclusion, and what kept them from it."""
        for each in found:
            if each.holds or not each.rules:
                yield self._say("holds" if each.holds else "no-rule", said=self._conclusion(each.conclusion))
            for near in each.rules[:most]:
                key = "rule-forbids" if near.forbidding else "rule-near"
                yield self._say(key, rule=near.rule.id, partner=self._owner(near.partner), distance=near.distance)
                for condition in near.unmet:
                    yield from self._unmet(condition)

    def reach(self, found: Reach) -> Iterator[str]:
        """The smallest changes that reach a goal, or what blocks it."""
        if found.reached:
            yield self._say("reached")
        elif not found.paths:
            yield self._say("blocked" if found.blocked_by else "blocked-always")
            for blocker in found.blocked_by:
                yield "  " + self._blocker(blocker)
        else:
            changed, presumed, _ = found.cost
            yield self._say("cost", ways=len(found.paths), changed=changed, presumed=presumed)
            if not found.complete:
                yield self._say("incomplete")
            for number, path in enumerate(found.paths, start=1):
                yield self._say("way", number=number)
                for step in (*path.changes, *path.presumed):
                    yield "  " + self._step(step)

    def contradictions(self, found: Sequence[Contradiction]) -> Iterator[str]:
        """Answers that do not fit together, each with the question that resolves it."""
        for each in found:
            yield self._say("not-together", title=each.title, more=each.text)
            for premise in each.premises:
                asked = self.wording.asked(premise.question) + (f" ({premise.partner})" if premise.partner else "")
                answer = self._answer(premise.question, premise.answer)
                yield "  " + self._say("contradicting", ask=asked, question=premise.question, answer=answer)
            yield "  " + self._say("resolve", ask=each.ask, question=each.question)

    def _say(self, key: str, **values: object) -> str:
        return say(self.loaded, key, **values)

    def _owner(self, partner: int) -> str:
        """A partner's name; nothing for the agency."""
        return "" if partner == AGENCY else self.partners[partner]

    def _conclusion(self, conclusion: Conclusion) -> str:
        if conclusion.value is None:
            return self._say("none-level", finding=conclusion.finding)
        return in_words(conclusion.ref(self.partners), self.wording, self.vocabulary)

    def _answer(self, question: str, options: Sequence[str]) -> str:
        return ", ".join(self.wording.option(question, option) for option in options) or self._say("no-answer")

    def _asked(self, question: str, partner: int) -> str:
        owner = self._owner(partner)
        return self.wording.asked(question) + (f" ({owner})" if owner else "")

    def _unmet(self, condition: UnmetCondition) -> Iterator[str]:
        if condition.rules:
            yield "  " + self._say("lacked" if condition.wanted else "against", said=self._atom(condition.atom))
            yield "    " + self._say("through", rules=", ".join(condition.rules))
        for failed in condition.failed_tests:
            yield "    " + self._failed_test(failed)

    def _atom(self, atom: Atom) -> str:
        return in_words(ref_of(atom, self.partners), self.wording, self.vocabulary)

    def _failed_test(self, failed: FailedTest) -> str:
        test = failed.test
        positive = failed.wanted if test.kind != "excludes" else not failed.wanted
        options = test.values
        others = tuple(option for option in self.vocabulary.questions[test.name].options if option not in options)
        if test.kind == "answered" and not positive and len(others) <= len(options):
            options, positive = others, True  # shorter, and says the same
        wanted = " / ".join(self.wording.option(test.name, option) for option in options)
        if test.kind in ("known", "unknown"):
            wanted, positive = self._say("any-answer" if (test.kind == "known") is failed.wanted else "silence"), True
        ask, answer = self._asked(test.name, test.partner), self._answer(test.name, failed.answer)
        return self._say("failed" if positive else "failed-not", ask=ask, question=test.name, answer=answer, wanted=wanted)

    def _blocker(self, blocker: Blocker) -> str:
        ask = self._asked(blocker.question, blocker.partner)
        return self._say(f"blocker-{blocker.why}", ask=ask, answer=self._answer(blocker.question, blocker.answer))

    def _step(self, step: PathStep) -> str:
        values = {
            "ask": self.wording.asked(step.question),
            "partner": self._owner(step.partner),
            "before": self._answer(step.question, step.before),
            "after": self._answer(step.question, step.after),
            "who": self._say(f"who-{step.who}"),
        }
        return self._say("change" if step.before else "presumed", **values)


def _worded(conclusions: Sequence[Conclusion]) -> list[Conclusion]:
    """Those that have words of their own: that a level has no value goes without saying."""
    return [conclusion for conclusion in conclusions if conclusion.value is not None]


def proof_lines(proof: Proof, witnesses: Mapping[Claim, Path], limit: float | None, loaded: Loaded) -> Iterator[str]:
    """What was proved or refuted of a claim about the rulebook."""
    phrase = "proof-not-decided" if proof.verdict == "not-decided" else proof.verdict
    verdict = say(loaded, phrase, seconds=f"{limit or 0:g}")
    partners = ", ".join(str(number) for number in proof.partners)
    yield say(loaded, "proof", verdict=verdict, claim=proof.claim, partners=partners)
    details = {
        "about": ", ".join(proof.about),
        "rules": ", ".join(proof.rules),
        "path": witnesses.get((proof.claim, proof.partners), ""),
    }
    for key, value in (("proof-about", "about"), ("proof-rules", "rules"), ("proof-witness", "path")):
        if details[value]:
            yield "  " + say(loaded, key, **details)
