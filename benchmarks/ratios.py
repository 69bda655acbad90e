"""`python -m benchmarks.ratios`: a start of the command line, a case and a sweep, as ratios that another machine gives too.

Everything is processor time. A process is measured in bare starts of Python (`python -c pass`), taken in turn with it; a call
in turns of a fixed loop, timed right before it. `--against FOLDER` measures another checkout in the same run, turn by turn.
"""

import argparse
import gc
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from time import process_time
from typing import Any

from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).parents[1]
CASE = "examples/domestic-violence-waiting-list.yaml"
STARTS = 20
TURNS = 3  # processes that measure calls, for each checkout
ROUNDS = 25
PARTNERS = (1, 3, 5)
LOOP = 10_000
SCENARIOS = 1 << 20
VARIED = ("wanted.aim", "wanted.work", "wanted.priority", "wanted.money", "wanted.obstacle", "possible.authority")
COMMANDS = {
    "advisor assess CASE": ("assess", CASE),
    "advisor assess CASE --format markdown": ("assess", CASE, "--format", "markdown"),
    "advisor assess CASE --format json": ("assess", CASE, "--format", "json"),
    "advisor assess CASE --no-marks": ("assess", CASE, "--no-marks"),
    "advisor settle CASE": ("settle", CASE),
    "advisor next CASE": ("next", CASE),
}
SWEEP = f"advisor sweep, {SCENARIOS:,} scenarios"


def main() -> None:
    """Measure this checkout, and another beside it where one is named."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ratios", description=__doc__)
    parser.add_argument(
        "--against", type=Path, metavar="FOLDER", help="another checkout, such as a git worktree of an earlier commit"
    )
    parser.add_argument("--starts", type=int, default=STARTS, help=f"starts of each command (default {STARTS})")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures here as well")
    parser.add_argument("--calls", action="store_true", help=argparse.SUPPRESS)  # what a measuring process is started with
    options = parser.parse_args()
    if options.calls:
        print(json.dumps(calls()))
        return
    checkouts = {"here": ROOT, **({"there": options.against.resolve()} if options.against else {})}
    with tempfile.TemporaryDirectory() as folder:
        environments = {name: environment(top, Path(folder, name)) for name, top in checkouts.items()}
        starts, bare = measure_starts(environments, Path(folder), options.starts)
        loops = measure_calls(environments)
    console = Console(width=120, highlight=False)
    console.print(f"a bare start: {bare * 1e3:.1f} ms; load average {os.getloadavg()[0]:.1f}", markup=False)
    console.print(table("processes, in bare starts of Python, median", starts))
    console.print(table(f"calls, warm, in loops of {LOOP:,} additions, median of each case's best", loops))
    if options.json:
        options.json.write_text(
            json.dumps({"bare_start_ms": bare * 1e3, "starts": starts, "loops": loops}, indent=2) + "\n", "utf-8"
        )


def environment(top: Path, own: Path) -> dict[str, str]:
    """What a process of this checkout is started with: its modules, compiled, a cache of its own, and the rules of this one."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {
        **kept,
        "ADVISOR_RULES": str(ROOT / "rules"),
        "ADVISOR_PROMPTS": str(ROOT / "prompts"),
        "PYTHONPATH": os.pathsep.join([str(top / "src"), str(ROOT)]),
        "PYTHONPYCACHEPREFIX": str(own / "bytecode"),
        "XDG_CACHE_HOME": str(own / "cache"),
    }


def measure_starts(
    environments: Mapping[str, dict[str, str]], folder: Path, starts: int
) -> tuple[dict[str, dict[str, float]], float]:
    """For each command and checkout the median start by the median bare one, which comes second, in seconds."""
    spec = folder / "sweep.yaml"
    vary = "".join(f"  {name}: all\n" for name in VARIED)
    spec.write_text(f"name: ratios\ncase: {ROOT / CASE}\nvary:\n{vary}sample: {{size: {SCENARIOS}, seed: 1}}\n", "utf-8")
    taken: dict[str, dict[str, list[float]]] = {}
    bare: list[float] = []
    for turn in range(starts + 1):  # the first fills the caches
        for name, own in environments.items():
            commands: dict[str, Sequence[str]] = dict(COMMANDS)
            if turn <= TURNS:
                commands[SWEEP] = ("sweep", str(spec), "-o", str(folder / f"{name}-{turn}"), "--workers", "1")
            for command, arguments in commands.items():
                time = processor_time([sys.executable, "-m", "advisor", *arguments], own)
                if turn:
                    taken.setdefault(command, {}).setdefault(name, []).append(time)
                    bare.append(processor_time([sys.executable, "-c", "pass"], own))
    unit = statistics.median(bare)
    return {command: {name: statistics.median(times) / unit for name, times in by.items()} for command, by in taken.items()}, unit


def processor_time(command: Sequence[str], own: Mapping[str, str]) -> float:
    """The seconds of user and system time that a process takes with its children."""
    with subprocess.Popen(command, env=dict(own), cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
        assert process.stderr
        said = process.stderr.read().decode()
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with status {process.returncode}:\n{said}")
    return used.ru_utime + used.ru_stime


def measure_calls(environments: Mapping[str, dict[str, str]]) -> dict[str, dict[str, float]]:
    """For each call and checkout how many loops it takes, the median over its turns."""
    taken: dict[str, dict[str, list[float]]] = {}
    for _ in range(TURNS):
        for name, own in environments.items():
            command = [sys.executable, "-m", "benchmarks.ratios", "--calls"]
            done = subprocess.run(command, env=own, cwd=ROOT, capture_output=True, text=True, check=True)
            for call, loops in json.loads(done.stdout).items():
                taken.setdefault(call, {}).setdefault(name, []).append(loops)
    return {call: {name: statistics.median(loops) for name, loops in by.items()} for call, by in taken.items()}


def calls() -> dict[str, float]:
    """In this process: what each call takes, warm, in loops; the median over cases of each one's best."""
    from advisor.engine import engine
    from advisor.loading import load
    from advisor.render import documents
    from advisor.service import Service
    from benchmarks.cases import examples, random_cases

    loaded = load(ROOT / "rules", ROOT / "prompts")
    service = Service(loaded, engine("chain", loaded.cache))
    vocabulary = loaded.rulebook.vocabulary
    cases = {number: random_cases(vocabulary, 10, number, 1 / 3) for number in PARTNERS}
    own = [case for case in examples(vocabulary) if len(case.partners) == 3]
    advices = [service.assess(case) for case in own]
    subjects: dict[str, tuple[Callable[[Any], object], Sequence[Any]]] = {
        "case to Advice, the examples of 3 partners": (service.assess, own),
        **{f"case to Advice, random, {number} partners": (service.assess, cases[number]) for number in PARTNERS},
        "case to Advice with marks": (lambda case: service.assess(case, marks=True), own),
        "case to JSON bytes, the examples of 3 partners": (lambda case: documents.json_bytes(service.assess(case)), own),
        "Advice to JSON bytes": (documents.json_bytes, advices),
        "Advice to Markdown": (lambda advice: documents.markdown(advice, loaded), advices),
        "settle": (service.settle, own),
        "next question": (service.next_question, own),
    }
    gc.collect()
    gc.freeze()
    return {name: _in_loops(action, given) for name, (action, given) in subjects.items()}


def _in_loops(action: Callable[[Any], object], given: Sequence[Any]) -> float:
    best, unit = [float("inf")] * len(given), float("inf")
    for each in given:
        action(each)
    for _ in range(ROUNDS):
        unit = min(unit, _time(_loop, LOOP))
        for number, each in enumerate(given):
            best[number] = min(best[number], _time(action, each))
    return statistics.median(best) / unit


def _loop(turns: int) -> int:
    found = 0
    for number in range(turns):
        found += number
    return found


def _time(action: Callable[[Any], object], given: object) -> float:
    start = process_time()
    action(given)
    return process_time() - start


def table(title: str, figures: Mapping[str, Mapping[str, float]]) -> Table:
    """A row a figure, a column a checkout; of two the first by the second too."""
    made = Table(title=title, title_justify="left")
    made.add_column("")
    names = list(next(iter(figures.values())))
    for name in (*names, *(["here / there"] if len(names) > 1 else [])):
        made.add_column(name, justify="right")
    for what, by in figures.items():
        values = list(by.values())
        compared = [f"{values[0] / values[1]:.2f}"] if len(values) > 1 else []
        made.add_row(what, *(f"{value:.1f}" if value >= 10 else f"{value:.2f}" for value in values), *compared)
    return made


if __name__ == "__main__":
    main()
