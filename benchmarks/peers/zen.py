"""zen-engine: one decision graph whose expressions stand in order of dependency, level by level.

A level is an array of the conditions of its clauses; a later level reads an earlier one as `$.L3[17]`. A condition
that negates an atom comes after all that could give it, which is all that stratified negation asks for.
"""

from collections.abc import Iterable
from itertools import chain, compress, pairwise
from typing import Any

import zen

from advisor.engine.program import Program
from benchmarks.peers import Evaluate

Json = dict[str, Any]


def lay_out(program: Program) -> Evaluate:
    """The graph, loaded by zen's static loader, which compiles it once (`create_decision` on a text does not)."""
    levels = _levels(program)
    given = {clause.head for clause in program.clauses}
    free = {atom: place for place, atom in enumerate(a for a in range(len(program.atoms)) if a not in given)}
    graph = _graph(_expressions(program, levels, free))
    engine = zen.ZenEngine({"loader": {"type": "static", "content": {"advice": graph}}})
    silent = [False] * len(free)
    names = [f"L{level}" for level in range(len(levels))]
    numbers = [number for level in levels for number in level]

    def evaluate(true_inputs: Iterable[int]) -> tuple[int, ...]:
        facts = silent.copy()
        for atom in true_inputs:
            facts[free[atom]] = True
        result = engine.evaluate("advice", {"t": facts})["result"]
        return tuple(sorted(compress(numbers, chain.from_iterable([result[name] for name in names]))))

    return evaluate


def _levels(program: Program) -> list[list[int]]:
    """The numbers of the clauses by the length of the longest chain of clauses below them."""
    if any(recursive for _, recursive in program.blocks):
        raise ValueError("a zen graph cannot hold clauses that feed each other")
    depth: dict[int, int] = {}
    levels: list[list[int]] = []
    for number, (head, positive, negative) in enumerate(program.clauses):
        level = max((depth.get(atom, 0) for atom in (*positive, *negative)), default=0)
        depth[head] = max(depth.get(head, 0), level + 1)
        levels += [[] for _ in range(level + 1 - len(levels))]
        levels[level].append(number)
    return levels


def _expressions(program: Program, levels: list[list[int]], free: dict[int, int]) -> list[Json]:
    """For each level its conditions; then, for atoms that several clauses give, whether any of them did."""
    givers: dict[int, list[str]] = {}
    for level, numbers in enumerate(levels):
        for place, number in enumerate(numbers):
            givers.setdefault(program.clauses[number].head, []).append(f"$.L{level}[{place}]")
    waiting = {atom: len(named) for atom, named in givers.items()}
    names = {atom: f"t[{place}]" for atom, place in free.items()}
    names |= {atom: named[0] for atom, named in givers.items() if len(named) == 1}
    expressions = []
    for level, numbers in enumerate(levels):
        tests = []
        joined: list[str] = []
        for number in numbers:
            head, positive, negative = program.clauses[number]
            literals = [names[atom] for atom in positive] + [f"not {names[atom]}" for atom in negative]
            tests.append(" and ".join(literals) or "true")
            waiting[head] -= 1
            if not waiting[head] and len(givers[head]) > 1:
                names[head] = f"$.H{level}[{len(joined)}]"
                joined.append(" or ".join(givers[head]))
        for name, values in ((f"L{level}", tests), (f"H{level}", joined)):
            if values:
                expressions.append({"id": name, "key": name, "value": f"[{', '.join(values)}]"})
    return expressions


def _graph(expressions: list[Json]) -> Json:
    contents: list[tuple[str, Json]] = [
        ("inputNode", {}),
        ("expressionNode", {"expressions": expressions, "passThrough": False, "executionMode": "single"}),
        ("outputNode", {}),
    ]
    nodes = [
        {"id": kind, "type": kind, "name": kind, "position": {"x": 0, "y": 0}, "content": content} for kind, content in contents
    ]
    edges = [{"id": f"{a['id']}-{b['id']}", "type": "edge", "sourceId": a["id"], "targetId": b["id"]} for a, b in pairwise(nodes)]
    return {"contentType": "application/vnd.gorules.decision", "nodes": nodes, "edges": edges}
