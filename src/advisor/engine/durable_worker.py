"""The worker process of the durable engine: a program laid out as durable-rules rulesets, and run there.

durable-rules 2.0.28 answers wrongly, hangs or crashes outside a narrow path, and this file is that path. It is started
by its path and imports nothing of this package; it talks over its standard input and output, four bytes of length and
then JSON.
"""

import contextlib
import json
import os
import signal
import struct
import sys
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from types import ModuleType
from typing import IO, Any, NamedTuple

SESSION = "s"
MAX_RULES = 254  # that require one phase: 255 conditions on its fact, and one is in the rule that always fires
MAX_POSITIVE = 14  # conditions in a rule: a match holds 16 facts, and one is the phase
MAX_USES = 255  # conditions on one fact
GROUP = 60  # facts in a group: the keys of a group are tried one by one
MAX_ROOTS = 500  # groups and phases in a ruleset: 513 crash
MAX_ACTIONS = 4096  # rules in a ruleset, those that always fire among them
PACK = 100  # rules in a ruleset, where they can be parted: 2,000 clauses take 10 ms in such rulesets and 50 ms in one
CACHED = 8  # programs kept laid out

Message = dict[str, Any]


class LimitError(Exception):
    """A program is beyond the limits of durable-rules; the text says how."""


class DurableRule(NamedTuple):
    """A clause fit for durable-rules; `clause` is its number, or -1 for a part of a body that was too long."""

    clause: int
    stratum: int
    head: int
    positive: list[int]
    negative: list[int]


class Ruleset:
    """Some rules of a program as one durable-rules ruleset, with the facts their conditions listen to.

    Every rule requires the fact of its phase, which is asserted once all that the phase negates is settled. A phase
    stays open, so rules of one stratum may stand in several phases and still feed each other.
    """

    def __init__(self, rules: Iterable[DurableRule], durable: ModuleType) -> None:
        self.durable = durable
        self.rules: dict[str, DurableRule] = {}
        self.facts: dict[int, list[str]] = {}
        self.phases: list[str] = []
        self._tests: dict[int, Message] = {}
        self._uses: dict[int, int] = {}
        self._listened = 0
        self._hashes = {fnv1a(f"sid-{SESSION}")}
        definition = self._definition(rules)
        roots = self._listened // GROUP + 1 + len(self.phases)
        if roots > MAX_ROOTS or len(definition) > MAX_ACTIONS:
            raise LimitError(f"{len(self.rules)} clauses on {self._listened} facts feed each other")
        self.handle: int = durable.create_ruleset("advisor", json.dumps(definition))
        self.run(set(), [])  # sets the memory that later sessions get, and that deleting one before its time would free

    def _definition(self, rules: Iterable[DurableRule]) -> Message:
        definition: Message = {}
        phase: Message = {}
        stratum, room = -1, 0
        for rule in rules:
            if rule.stratum != stratum or not room:
                stratum, room = rule.stratum, MAX_RULES
                phase = {"p": len(self.phases)}
                definition[f"p{len(self.phases)}"] = {"all": [{"p": phase}], "dist": 0}
                self.phases.append(self._fact(phase))
            room -= 1
            tests: list[Message] = [{"p": phase}]
            tests += [{f"a{n}": self._test(atom)} for n, atom in enumerate(rule.positive)]
            tests += [{f"b{n}$not": self._test(atom)} for n, atom in enumerate(rule.negative)]
            definition[str(len(self.rules))] = {"all": tests, "dist": 0}
            self.rules[str(len(self.rules))] = rule
        return definition

    def _test(self, atom: int) -> Message:
        """One more condition on an atom, which gets a further fact when the last has as many as it can bear."""
        uses = self._uses.get(atom, 0)
        self._uses[atom] = uses + 1
        if uses % MAX_USES == 0:
            group, key = divmod(self._listened, GROUP)
            self._listened += 1
            self._tests[atom] = {"$and": [{"g": group}, {"k": key}]}
            self.facts.setdefault(atom, []).append(self._fact({"g": group, "k": key}))
        return self._tests[atom]

    def _fact(self, content: Message) -> str:
        """A fact with an id whose 32-bit hash is its own: by that alone durable-rules tells facts apart."""
        name = f"f{len(self._hashes)}"
        while fnv1a(name) in self._hashes:
            name += "x"
        self._hashes.add(fnv1a(name))
        return json.dumps({**content, "id": name, "sid": SESSION})

    def run(self, known: set[int], fired: list[int]) -> None:
        """Evaluate: `known` holds what is true so far and gains what is concluded, `fired` gains the clauses that fire."""
        given = [fact for atom, facts in self.facts.items() if atom in known for fact in facts]
        try:
            if given:
                self._checked(self.durable.assert_facts(self.handle, f"[{','.join(given)}]"))
            for phase in self.phases:
                self._drain(self._checked(self.durable.assert_fact(self.handle, phase)), known, fired)
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
                        self._checked(self.durable.assert_fact(self.handle, fact))
            action = self.durable.complete_and_start_action(self.handle, state)

    @staticmethod
    def _checked(answer: tuple[int, int]) -> int:
        code, state = answer
        if code != 0:
            raise RuntimeError(f"code {code} in answer to a fact")
        return state

    def close(self) -> None:
        """Give its memory back; the ruleset cannot be run any more."""
        self.durable.delete_ruleset(self.handle)


def fnv1a(text: str) -> int:
    """The 32-bit hash of a text, as durable-rules takes it."""
    value = 2166136261
    for byte in text.encode():
        value = (value ^ byte) * 16777619 % 2**32
    return value


def rules_of(program: Message) -> Iterator[list[DurableRule]]:
    """A program's rules, lower strata first and otherwise in its own order, in the runs that have to stay together.

    `program` has the `clauses` (head, positive body, negative body), the `strata` of their heads, the number of
    `atoms`, and the runs of clauses (start, stop) that are `recursive`.
    """
    clauses, strata, spare = program["clauses"], program["strata"], program["atoms"]
    stops = dict(program["recursive"])
    runs: list[range] = []
    while (start := runs[-1].stop if runs else 0) < len(clauses):
        runs.append(range(start, stops.get(start, start + 1)))
    for run in sorted(runs, key=lambda run: strata[run.start]):
        rules: list[DurableRule] = []
        for number in run:
            head, positive, negative = clauses[number]
            while len(positive) > MAX_POSITIVE:
                rules.append(DurableRule(-1, strata[number], spare, positive[:MAX_POSITIVE], []))
                positive = [spare, *positive[MAX_POSITIVE:]]
                spare += 1
            rules.append(DurableRule(number, strata[number], head, positive, negative))
        yield rules


def rulesets_of(program: Message, durable: ModuleType) -> list[Ruleset]:
    """The rulesets to be run one after another; raises `LimitError` where clauses that feed each other are too many."""
    packs: list[list[DurableRule]] = []
    for rules in rules_of(program):
        if not packs or len(packs[-1]) + len(rules) > PACK:
            packs.append([])
        packs[-1] += rules
    return [Ruleset(pack, durable) for pack in packs]


def send(stream: IO[bytes], message: Message) -> None:
    """Write one message. Raises `OSError` where nobody reads any more."""
    content = json.dumps(message, separators=(",", ":")).encode()
    stream.write(struct.pack(">I", len(content)) + content)
    stream.flush()


def receive(stream: IO[bytes]) -> Message | None:
    """Read one message, or None where the stream ends."""
    head = stream.read(4)
    length = struct.unpack(">I", head)[0] if len(head) == 4 else 0
    content = stream.read(length)
    message: Message | None = json.loads(content) if content and len(content) == length else None
    return message


def serve(requests: IO[bytes], replies: IO[bytes], durable: ModuleType) -> None:
    """Answer requests until their stream ends, or until one fails: after that the process is not to be trusted.

    A request names a `program` and the `inputs` that are true, and brings the `layout` when the last reply said the
    program is `wanted`. A reply has the clauses `fired`, or why the program was `refused` or the evaluation `failed`.
    """
    kept: OrderedDict[int, list[Ruleset]] = OrderedDict()
    while (request := receive(requests)) is not None:
        number = request["program"]
        try:
            if "layout" in request:
                kept[number] = rulesets_of(request["layout"], durable)
            if number not in kept:
                send(replies, {"wanted": number})
                continue
            kept.move_to_end(number)
            while len(kept) > CACHED:
                for ruleset in kept.popitem(last=False)[1]:
                    ruleset.close()
            known, fired = set(request["inputs"]), list[int]()
            for ruleset in kept[number]:
                ruleset.run(known, fired)
            send(replies, {"fired": sorted(fired)})
        except LimitError as error:
            send(replies, {"refused": str(error)})
        except Exception as error:
            send(replies, {"failed": f"{type(error).__name__}: {error}"})
            return


def main() -> None:
    """Serve the process that started this one, keeping its pipe free of anything else that might be printed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # an interrupt is the other process's to handle: it ends this one
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    import durable_rules_engine

    with contextlib.suppress(BrokenPipeError):
        serve(sys.stdin.buffer, replies, durable_rules_engine)


if __name__ == "__main__":
    main()
