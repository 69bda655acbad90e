"""`python -m benchmarks.engines`: this project's engine beside its peers, on the project's own rulebook."""

import argparse
import gc
import json
import os
import platform
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from rich.console import Console
from rich.table import Table

from advisor.engine import Engine, engine
from advisor.engine.inference import infer
from advisor.engine.program import Program
from advisor.loading import Loaded, load
from advisor.model.case import Case
from benchmarks import cold
from benchmarks.cases import example_files, examples, random_cases
from benchmarks.peers import installed, naive
from benchmarks.timing import Times, sample, summed_up

PARTNERS = 3
RANDOM_CASES = 20
SHARE_ANSWERED = 1 / 3
CHAIN = "chain"


class Subject(NamedTuple):
    """A case ready to be evaluated: with its program, and the inputs that are true of it."""

    case: Case
    program: Program
    inputs: frozenset[int]


Results = dict[str, dict[str, dict[str, Times]]]  # by group of cases, by engine, by what was measured


def main() -> None:
    """Check that all engines agree, then measure. Exit status 1 where they do not agree."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.engines", description=__doc__)
    parser.add_argument("--rounds", type=int, default=15, help="rounds over all cases (default 15)")
    parser.add_argument("--no-cold", action="store_true", help="leave out the cold start of the command line")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures here as well")
    options = parser.parse_args()
    console = Console(width=120, highlight=False)

    loaded = load()
    groups = subjects(loaded)
    peers, left_out = installed()
    reference = naive()
    engines = [engine(CHAIN), reference, *peers]
    for message in left_out:
        console.print(message)
    differences = disagreements(engines, reference, groups)
    if differences:
        for difference in differences:
            console.print(difference, markup=False)
        sys.exit(1)
    count = sum(len(group) for group in groups.values())
    console.print(f"{len(engines)} engines fire the same clauses in each of {count} cases.", markup=False)

    report = about(loaded)
    console.print(about_in_words(report), markup=False)
    results = measure(loaded, engines, groups, options.rounds)
    report["warm_ms"] = {g: {e: {m: t._asdict() for m, t in ms.items()} for e, ms in es.items()} for g, es in results.items()}
    for group, by_engine in results.items():
        console.print(table_of(f"{group} ({len(groups[group])} cases), one case, warm, ms", by_engine))
    files = example_files()
    if files and not options.no_cold:
        times = cold.measure(files[0])
        report["cold_ms"] = {part: {"median": median, "best": best} for part, (median, best) in times.items()}
        console.print(cold_table(files[0].name, times))
    if options.json:
        options.json.write_text(json.dumps(report, indent=2) + "\n", "utf-8")


def subjects(loaded: Loaded) -> dict[str, list[Subject]]:
    """The cases by group; each number of partners has one program."""
    vocabulary = loaded.rulebook.vocabulary
    programs: dict[int, Program] = {}
    groups = {"examples": examples(vocabulary), "random": random_cases(vocabulary, RANDOM_CASES, PARTNERS, SHARE_ANSWERED)}
    chain = engine(CHAIN)
    found: dict[str, list[Subject]] = {}
    for name, cases in groups.items():
        for case in cases:
            program = programs.setdefault(len(case.partners), loaded.program(len(case.partners)))
            inputs = infer(case, loaded.rulebook, program, chain).inputs
            found.setdefault(name, []).append(Subject(case, program, inputs))
    return found


def disagreements(engines: Sequence[Engine], reference: Engine, groups: dict[str, list[Subject]]) -> list[str]:
    """What each engine fires that the reference does not, or leaves out, in any case."""
    found = []
    for group in groups.values():
        for case, program, inputs in group:
            wanted = reference.run(program, inputs)
            for each in engines:
                fired = each.run(program, inputs)
                if fired != wanted:
                    missing, extra = sorted(set(wanted) - set(fired)), sorted(set(fired) - set(wanted))
                    found.append(f"{each.name} disagrees on {case.name}: clauses {missing} are missing and {extra} too many")
    return found


def measure(loaded: Loaded, engines: Sequence[Engine], groups: dict[str, list[Subject]], rounds: int) -> Results:
    """Rounds in which each engine has its turn, so that what else the machine does falls on all of them.

    A turn is one pass over the cases that is not timed and one that is.
    """
    gc.collect()
    gc.freeze()
    results: Results = {}
    for group, cases in groups.items():
        times: dict[str, dict[str, list[list[float]]]] = {}
        for _ in range(rounds):
            for each in engines:
                for name, action in actions(loaded, each).items():
                    sample(action, cases)
                    times.setdefault(each.name, {}).setdefault(name, []).append(sample(action, cases))
        results[group] = {each: {name: summed_up(taken) for name, taken in by.items()} for each, by in times.items()}
    return results


def actions(loaded: Loaded, each: Engine) -> dict[str, Callable[[Subject], object]]:
    """What is measured: the engine alone, from true inputs to fired clauses; and all of it, from answers to support."""

    def alone(subject: Subject) -> object:
        return each.run(subject.program, subject.inputs)

    def whole(subject: Subject) -> object:
        inference = infer(subject.case, loaded.rulebook, subject.program, each)
        return inference.true, inference.support

    return {"alone": alone, "whole": whole}


def about(loaded: Loaded) -> dict[str, Any]:
    """What was measured, and on what."""
    program = loaded.program(PARTNERS)
    return {
        "python": platform.python_version(),
        "machine": platform.platform(),
        "processors": os.cpu_count(),
        "load_average": os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0,
        "rulebook": {"version": loaded.rulebook.version, "sha256": loaded.rulebook.sha256, "rules": len(loaded.rulebook.rules)},
        "program": {
            "partners": PARTNERS,
            "inputs": len(program.inputs),
            "atoms": len(program.atoms),
            "clauses": len(program.clauses),
            "strata": max(program.strata, default=0) + 1,
        },
    }


def about_in_words(report: dict[str, Any]) -> str:
    """The same as a sentence or two."""
    program, rulebook = report["program"], report["rulebook"]
    return (
        f"{rulebook['rules']} rules; for {program['partners']} partners {program['inputs']} inputs, "
        f"{program['clauses']} clauses, {program['strata']} strata. Python {report['python']}, "
        f"{report['processors']} processors, load {report['load_average']:.1f}."
    )


def table_of(title: str, by_engine: dict[str, dict[str, Times]]) -> Table:
    """A row an engine: alone and whole, with how many times chain's time that is, by median and by best."""
    table = Table(title=title, title_justify="left")
    table.add_column("engine", no_wrap=True)
    for measured in ("alone", "whole"):
        for column in ("median", "p95", "best", "/chain", "best /chain"):
            table.add_column(f"{measured}\n{column}", justify="right", max_width=8)
    for name, by_measure in by_engine.items():
        cells = []
        for measured in ("alone", "whole"):
            own, chain = by_measure[measured], by_engine[CHAIN][measured]
            cells += [f"{own.median:.3f}", f"{own.p95:.3f}", f"{own.best:.3f}"]
            cells += [f"{own.median / chain.median:.1f}", f"{own.best / chain.best:.1f}"]
        table.add_row(name, *cells)
    return table


def cold_table(case: str, times: dict[str, tuple[float, float]]) -> Table:
    """A row a part of the cold start."""
    table = Table(title=f"a process each, {cold.RUNS} times, {case}, ms", title_justify="left")
    table.add_column("from a cold start")
    for column in ("median", "best"):
        table.add_column(column, justify="right")
    for part, (median, best) in times.items():
        table.add_row(part, f"{median:.1f}", f"{best:.1f}")
    return table


if __name__ == "__main__":
    main()
