"""`python -m benchmarks.sweep`: the sweep on the full rulebook beside DuckDB, chain and its peers."""

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from advisor.engine import engine
from advisor.engine.program import AGENCY, Program
from advisor.loading import Loaded, load
from advisor.model.vocabulary import NONE, Vocabulary
from advisor.sweep.answers import Answers, Axis, varied
from advisor.sweep.circuit import Circuit
from advisor.sweep.kernel import Bytes, Kernel, bits, lay_out
from advisor.sweep.specialize import TRUE_PLACE, Family, Specialized, atom_of, conclusion_columns, specialize
from benchmarks.peers import installed

PARTNERS = 3
PER = 200  # clauses that figures are scaled to
CASE = Path(__file__).parents[1] / "examples" / "domestic-violence-waiting-list.yaml"
VARIED = (
    "wanted.aim",
    "wanted.work",
    "wanted.priority",
    "wanted.money",
    "wanted.obstacle",
    "possible.authority",
    "possible.means",
    "possible.law",
    "today.state",
    "partner.reach@Harbor House",
    "partner.without@Harbor House",
    "partner.trust@Harbor House",
)


def main() -> None:
    """Check, then measure. Exit status 1 where the sweep and chain disagree."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sweep", description=__doc__)
    parser.add_argument("--check", type=int, default=100_000, help="random scenarios on which all conclusions are compared")
    parser.add_argument("--scenarios", type=int, default=1 << 21, help="scenarios evaluated on columns")
    parser.add_argument("--end-to-end", type=int, default=1 << 23, help="scenarios from sweep file to Parquet")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures here as well")
    options = parser.parse_args()
    console = Console(width=120, highlight=False)
    loaded = load()
    family = everything_varies(loaded.rulebook.vocabulary, PARTNERS)
    program = loaded.program(PARTNERS)
    clauses = len(program.clauses)
    report: dict[str, Any] = {"python": platform.python_version(), "numpy": np.__version__, "load": os.getloadavg()[0]}
    report |= {"rulebook": loaded.rulebook.sha256, "rules": len(loaded.rulebook.rules), "clauses": clauses}
    console.print(f"{clauses} clauses for {PARTNERS} partners, load {report['load']:.1f}")
    wrong = disagreements(loaded, family, program, options.check)
    console.print(f"{wrong} differences from chain in {options.check:,} scenarios, all conclusions compared")
    if wrong:
        sys.exit(1)
    report["checked"] = options.check

    rates = {"sweep": on_columns(loaded, family, program, options.scenarios)}
    inputs = true_inputs(family, program, 20_000)
    rates |= {"DuckDB": duckdb_rate(program, inputs)}
    peers, left_out = installed()
    for message in left_out:
        console.print(message)
    for each in [engine("chain"), *peers]:
        cases = [
            [program.inputs[place] for place in np.flatnonzero(row)] for row in inputs[: 2_000 if each.name == "chain" else 200]
        ]
        each.run(program, cases[0])

        def all_of(run: Callable[..., object] = each.run, cases: list[list[int]] = cases) -> None:
            for case in cases:
                run(program, case)

        rates[each.name] = len(cases) / best(all_of, 2)
    report["scenarios_per_second"] = rates
    table = Table(title="one core, best of a few, CPU seconds for sweep and DuckDB", title_justify="left")
    for column in ("", "scenarios/s", f"per {PER} clauses", "sweep is … times as fast"):
        table.add_column(column, justify="right" if column else "left")
    for name, rate in rates.items():
        table.add_row(name, f"{rate:,.0f}", f"{rate * clauses / PER:,.0f}", f"{rates['sweep'] / rate:,.0f}")
    console.print(table)

    growth = [grown(loaded, partners) for partners in (0, 1, 2, 4, 8)]
    report["growth"] = growth
    table = Table(title="everything varies, by partners", title_justify="left")
    for column in growth[0]:
        table.add_column(column, justify="right")
    for row in growth:
        table.add_row(*(f"{value:,.1f}" if isinstance(value, float) else f"{value:,}" for value in row.values()))
    console.print(table)

    report["end_to_end"] = [end_to_end(size) for size in (options.end_to_end // 64, options.end_to_end // 8, options.end_to_end)]
    for run in report["end_to_end"]:
        console.print(
            f"from sweep file to Parquet, one process, {run['scenarios']:,} scenarios: {run['wall_s']:.1f} s "
            f"({run['cpu_s']:.1f} s CPU, the start included), {run['scenarios'] / run['cpu_s']:,.0f} a CPU second, "
            f"peak memory {run['peak_mb']:.0f} MB"
        )
    if options.json:
        options.json.write_text(json.dumps(report, indent=2) + "\n", "utf-8")


def best(action: Callable[[], object], rounds: int, clock: Callable[[], float] = time.perf_counter) -> float:
    """The fastest of some rounds, in seconds."""
    times = []
    for _ in range(rounds):
        start = clock()
        action()
        times.append(clock() - start)
    return min(times)


def everything_varies(vocabulary: Vocabulary, partners: int) -> Family:
    """Every answer may be anything."""
    axes = []
    for question in vocabulary.questions.values():
        for owner in range(partners) if question.asked == "partner" else (AGENCY,):
            if question.kind == "several":
                axes.append(Axis(owner, question.id, tuple((option,) for option in question.options), "options"))
            else:
                axes.append(Axis(owner, question.id, ((), *((option,) for option in question.options))))
    return Family(tuple(f"Partner {n}" for n in range(partners)), {}, tuple(axes))


def drawn(family: Family, scenarios: int, seed: int) -> list[Bytes]:
    """Columns of random scenarios, in which 20, 50 or 90 percent of all questions are answered."""
    random = np.random.default_rng(seed)
    answered = random.choice(np.array([51, 128, 230], np.uint8), scenarios)
    columns: list[Bytes] = []
    for axis in family.axes:
        there = random.integers(0, 256, scenarios, dtype=np.uint8) < answered
        if axis.kind == "choice":
            columns.append(random.integers(0, len(axis.values), scenarios, dtype=np.uint8) * there.view(np.uint8))
            continue
        chosen = (random.integers(0, 256, (len(axis.values), scenarios), dtype=np.uint8) < 77) & there
        if axis.values[-1] == (NONE,):
            chosen[-1] = there & ~chosen[:-1].any(axis=0)
        columns += list(chosen.view(np.uint8))
    return columns


def _whole(loaded: Loaded, family: Family, program: Program) -> Specialized:
    vocabulary = loaded.rulebook.vocabulary
    return specialize(vocabulary, {program.partners: program}, family, conclusion_columns(vocabulary, family.partners))


def disagreements(loaded: Loaded, family: Family, program: Program, scenarios: int, chunk: int = 5_000) -> int:
    """In how many scenarios the sweep does not come to chain's conclusions."""
    sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
    from advisor.engine.inference import infer
    from support.sweeps import case_at

    vocabulary, chain, found = loaded.rulebook.vocabulary, engine("chain"), 0
    specialized = _whole(loaded, family, program)
    kernel = Kernel(specialized.layout, 128)
    atoms = [
        (program.number.get(atom_of(c, value, vocabulary, c.owner), -1), place)
        for c, places in zip(specialized.conclusions, specialized.places, strict=True)
        for value, place in zip(c.values, places, strict=True)
    ]
    for seed in range(-(-scenarios // chunk)):
        columns = drawn(family, chunk, seed)
        results = kernel.run(columns, chunk)
        said = np.array([bits(results[p], chunk) if p >= 0 else np.full(chunk, p == TRUE_PLACE) for _, p in atoms]).T.copy()
        for row in range(chunk):
            true = infer(case_at(family, columns, row), loaded.rulebook, program, chain).true
            found += not np.array_equal(said[row], [number in true for number, _ in atoms])
    return found


def on_columns(loaded: Loaded, family: Family, program: Program, scenarios: int) -> float:
    """Scenarios a second from columns of answers to packed rows of all conclusions; every answer of the case varies."""
    kernel = Kernel(_whole(loaded, family, program).layout)
    size = 1 << 19
    columns = drawn(family, size, 0)
    out = np.zeros((kernel.layout.outputs, size // 64), np.uint64)

    def run() -> None:
        for _ in range(-(-scenarios // size)):
            kernel.run(columns, size, out)

    return -(-scenarios // size) * size / best(run, 3, time.process_time)


def grown(loaded: Loaded, partners: int) -> dict[str, int | float]:
    """Clauses, calls, memory and speed by number of partners."""
    family = everything_varies(loaded.rulebook.vocabulary, partners)
    program = loaded.program(partners)
    start = time.process_time()
    specialized = _whole(loaded, family, program)
    took = time.process_time() - start
    kernel = Kernel(specialized.layout)
    size = 1 << 17
    columns = drawn(family, size, 0)
    rate = size / best(lambda: kernel.run(columns, size), 3, time.process_time)
    rows = len(specialized.layout.inputs) + specialized.layout.outputs + specialized.layout.scratch
    return {
        "partners": partners,
        "clauses": len(program.clauses),
        "calls a block": len(specialized.layout.steps),
        "rows": rows,
        "rows, MB": rows * kernel.words * 8 / 1e6,
        "specialized in, s": took,
        "scenarios/s": round(rate),
    }


def true_inputs(family: Family, program: Program, scenarios: int) -> NDArray[np.bool_]:
    """The program's inputs that are true of random scenarios: a row a scenario, a column an input."""
    circuit = Circuit()
    pairs = zip(family.axes, family.columns(), strict=True)
    raw = {(axis.owner, axis.question): varied(circuit, start, axis) for axis, start in pairs}
    answers = Answers(circuit, tuple(range(program.partners)), raw)
    layout = lay_out(circuit, [answers.input(program.atoms[number]) for number in program.inputs])
    results = Kernel(layout).run(drawn(family, scenarios, 0), scenarios)
    return np.array([bits(row, scenarios) for row in results]).T.copy()


def duckdb_rate(program: Program, inputs: NDArray[np.bool_]) -> float:
    """Scenarios a second of the same program as SQL, from a table of its inputs to a table of its findings; one thread."""
    import duckdb
    import pyarrow as pa

    connection = duckdb.connect(config={"threads": 1})
    table = pa.table({f"a{n}": column for n, column in zip(program.inputs, inputs.T, strict=True)})
    connection.register("given", table)
    connection.execute("create table answers as select * from given")
    statement = sql(program)

    def run() -> None:
        connection.execute(f"create or replace table found as {statement}")

    rate = len(inputs) / best(run, 2, time.process_time)
    _same(program, inputs, connection.execute("select * from found").fetchmany(50))
    return rate


def _same(program: Program, inputs: NDArray[np.bool_], found: list[tuple[bool, ...]]) -> None:
    chain, wanted = engine("chain"), _findings(program)
    for row, given in zip(found, inputs, strict=False):
        fired = {program.clauses[n].head for n in chain.run(program, [program.inputs[place] for place in np.flatnonzero(given)])}
        assert list(row) == [atom in fired for atom in wanted]


def _findings(program: Program) -> list[int]:
    kinds = ("finding", "at_least", "at_most")
    return [n for n, atom in enumerate(program.atoms) if atom.kind in kinds and program.clauses_for(n)]


def sql(program: Program) -> str:
    """A program as one statement: nested selects, a level of dependency each; a select adds its atoms as columns."""
    level: dict[int, int] = dict.fromkeys(program.inputs, 0)
    bodies: dict[int, list[str]] = {}
    for clause in program.clauses:
        literals = [f"a{atom}" if atom in level else "false" for atom in clause.positive]
        literals += [f"not a{atom}" for atom in clause.negative if atom in level]
        bodies.setdefault(clause.head, []).append(f"({' and '.join(literals) or 'true'})")
        deepest = max((level.get(atom, 0) for atom in (*clause.positive, *clause.negative)), default=0)
        level[clause.head] = max(level.get(clause.head, 0), deepest + 1)
    statement = "answers"
    for depth in range(1, max(level.values()) + 1):
        made = [f"({' or '.join(bodies[atom])}) as a{atom}" for atom, own in level.items() if own == depth]
        statement = f"(select *, {', '.join(made)} from {statement})"
    return f"select {', '.join(f'a{atom}' for atom in _findings(program))} from {statement}"


def end_to_end(scenarios: int) -> dict[str, float]:
    """A seeded sample from sweep file to Parquet in a process of its own: seconds, CPU seconds, peak memory."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sweep.yaml"
        vary = "".join(f'  "{name}": all\n' for name in VARIED)
        path.write_text(f"name: benchmark\ncase: {CASE}\nvary:\n{vary}sample: {{size: {scenarios}, seed: 1}}\n", "utf-8")
        command = [sys.executable, "-c", _RUN, "sweep", str(path), "-o", f"{folder}/out", "--workers", "1"]
        start, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        peak = int(done.stdout.splitlines()[-1]) / 1024
    return {"scenarios": scenarios, "wall_s": wall, "cpu_s": cpu, "peak_mb": peak}


# The kernel's own high-water mark: what getrusage says of a process starts from what its parent had.
_RUN = """
import advisor.cli.sweep
from advisor.cli.app import app
try:
    app()
finally:
    print(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")))
"""


if __name__ == "__main__":
    main()
