"""The worker process of the durable engine: a program laid out as durable-rules rulesets, and run there.

durable-rules 2.0.28 answers wrongly, hangs or crashes outside a narrow path; this file is that path (design, "What is
known about the building blocks"). It is run by path, so it imports nothing of this package, and it talks over its
standard input and output: four bytes of length, then JSON.
"""

import json
import os
import signal
import struct
import sys
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from types import ModuleType
from typing import BinaryIO, NamedTuple, TypedDict

SESSION = "s"
MAX_RULES = 254  # that require one phase fact: its list of conditions holds 255, and one is the rule that always fires
MAX_POSITIVE = 14  # conditions in a rule: a match holds 16 facts, and one is the phase
MAX_USES = 255  # conditions on one fact
GROUP = 60  # facts that share a group
MAX_ROOTS = 500  # groups and phases of a ruleset: 513 crash
KEPT = 8  # programs kept laid out


class Refused(Exception):
    """A program that does not fit within the limits of durable-rules, and why."""


class Layout(TypedDict):
    """A program as it is sent: clauses (head, positive, negative), their strata, and the runs that feed themselves."""

    clauses: list[tuple[int, list[int], list[int]]]
    strata: list[int]
    recursive: list[tuple[int, int]]


class Request(TypedDict, total=False):
    """One evaluation; `layout` is sent only when the worker asked for the program."""

    program: int
    inputs: list[int]
    layout: Layout


class Reply(TypedDict, total=False):
    """The clauses that fired, or that the program is wanted, or why it cannot be run."""

    fired: list[int]
    wanted: int
    refused: str
    failed: str


class Rule(NamedTuple):
    """A clause fit for durable-rules; `clause` is its number, or -1 for the first part of a clause with a long body."""

    clause: int
    stratum: int
    head: int
    positive: list[int]
    negative: list[int]


def rules_of(layout: Layout) -> Iterator[list[Rule]]:
    """The rules, stratum by stratum and in order of dependency, in the runs that have to stay in one ruleset."""
    clauses, strata = layout["clauses"], layout["strata"]
    last = {start: stop for start, stop in layout["recursive"]}
    extra = 1 + max((atom for head, positive, negative in clauses for atom in (head, *positive, *negative)), default=0)
    runs: list[tuple[int, range]] = []
    place = 0
    while place < len(clauses):
        stop = last.get(place, place + 1)
        runs.append((strata[place], range(place, stop)))
        place = stop
    for stratum, run in sorted(runs, key=lambda run: run[0]):
        rules: list[Rule] = []
        for number in run:
            head, positive, negative = clauses[number]
            while len(positive) > MAX_POSITIVE:
                rules.append(Rule(-1, stratum, extra, positive[:MAX_POSITIVE], []))
                positive = [*positive[MAX_POSITIVE:], extra]
                extra += 1
            rules.append(Rule(number, stratum, head, positive, negative))
        yield rules


class Ruleset:
    """Some phases of a program as one durable-rules ruleset, with the facts its conditions listen to.

    Each rule requires the fact of its phase, which is asserted when all that the rule negates is settled. Phases stay
    open, so rules of one stratum may stand in several of them and still feed each other.
    """

    def __init__(self, rules: Iterable[Rule], durable: ModuleType) -> None:
        self.durable = durable
        self.rules: dict[str, Rule] = {}
        self.facts: dict[int, list[str]] = {}
        self.phases: list[str] = []
        self._uses: dict[int, int] = {}
        self._ids = {_hash(f"sid-{SESSION}")}
        self._tests: dict[int, str] = {}
        self._count = 0
        self.handle: int = durable.create_ruleset("advisor", "{" + ",".join(self._definitions(rules)) + "}")
        self.run(set(), [])  # the first session of a ruleset starts on memory that was never set

    def _definitions(self, rules: Iterable[Rule]) -> Iterator[str]:
        stratum, room = -1, 0
        for name, rule in enumerate(rules):
            if rule.stratum != stratum or not room:
                stratum, room = rule.stratum, MAX_RULES
                phase = len(self.phases)
                self.phases.append(self._fact(f'"p":{phase}'))
                yield f'"p{phase}":{{"all":[{{"p":{{"p":{phase}}}}}],"dist":0}}'
            room -= 1
            self.rules[str(name)] = rule
            tests = [f'{{"p":{{"p":{len(self.phases) - 1}}}}}']
            tests += [f'{{"a{n}":{self._test(atom)}}}' for n, atom in enumerate(rule.positive)]
            tests += [f'{{"b{n}$not":{self._test(atom)}}}' for n, atom in enumerate(rule.negative)]
            yield f'"{name}":{{"all":[{",".join(tests)}],"dist":0}}'
        roots = len(self.phases) + -(-self._count // GROUP)
        if roots > MAX_ROOTS:
            raise Refused(f"{self._count} facts in rules that have to stay together; at most {GROUP * MAX_ROOTS} can be told apart")

    def _test(self, atom: int) -> str:
        """One more condition on an atom; when a fact has as many as it can bear, the atom gets another fact."""
        uses = self._uses.get(atom, 0)
        if uses % MAX_USES == 0:
            group, key = divmod(self._count, GROUP)
            self._count += 1
            self._tests[atom] = f'{{"$and":[{{"g":{group}}},{{"k":{key}}}]}}'
            self.facts.setdefault(atom, []).append(self._fact(f'"g":{group},"k":{key}'))
        self._uses[atom] = uses + 1
        return self._tests[atom]

    def _fact(self, content: str) -> str:
        """A fact with an id of its own: facts are looked up by a 32-bit hash of the id alone."""
        number = len(self._ids)
        while (value := _hash(f"f{number}")) in self._ids:
            number += 1
        self._ids.add(value)
        return f'{{{content},"id":"f{number}","sid":"{SESSION}"}}'

    def run(self, known: set[int], fired: list[int]) -> None:
        """Evaluate; `known` gains what is concluded and `fired` the clauses that fire."""
        given = [fact for atom, facts in self.facts.items() if atom in known for fact in facts]
        try:
            if given:
                self._check(self.durable.assert_facts(self.handle, f"[{','.join(given)}]"))
            for phase in self.phases:
                self._drain(self._check(self.durable.assert_fact(self.handle, phase)), known, fired)
        finally:
            self.durable.delete_state(self.handle, SESSION)

    def _drain(self, state: int, known: set[int], fired: list[int]) -> None:
        started = self.durable.start_action_for_state(self.handle, state)
        if started is None:
            raise RuntimeError("the rule that always fires did not")
        action: str | None = started[1]
        while action is not None:
            rule = self.rules.get(action[2 : action.index('"', 2)])
            if rule is not None:
                if rule.clause >= 0:
                    fired.append(rule.clause)
                if rule.head not in known:
                    known.add(rule.head)
                    for fact in self.facts.get(rule.head, ()):
                        self._check(self.durable.assert_fact(self.handle, fact))
            action = self.durable.complete_and_start_action(self.handle, state)

    @staticmethod
    def _check(result: tuple[int, int]) -> int:
        code, state = result
        if code != 0:
            raise RuntimeError(f"durable-rules answered {code} to a fact")
        return state


def rulesets_of(layout: Layout, durable: ModuleType, most: int = MAX_RULES) -> list[Ruleset]:
    """The program as a chain of rulesets, each of at most `most` rules unless they feed each other.

    One small ruleset after another is faster than one large one: a session costs about 10 KB for every condition.
    """
    packs: list[list[Rule]] = [[]]
    for run in rules_of(layout):
        if packs[-1] and len(packs[-1]) + len(run) > most:
            packs.append([])
        packs[-1] += run
    return [Ruleset(pack, durable) for pack in packs if pack]


def _hash(text: str) -> int:
    """FNV-1a in 32 bits, as durable-rules has it."""
    value = 2166136261
    for byte in text.encode():
        value = (value ^ byte) * 16777619 & 0xFFFFFFFF
    return value
