"""`advisor assess CASE` from a cold start, as a process of its own, and what it spends its time on.

Run as a module it is that process: it does what the command does, step by step, and prints the times.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from time import perf_counter

RUNS = 10
ROOT = Path(__file__).parents[1]
IMPORTS = {
    "import Typer": ["typer"],
    "import Rich's Markdown": ["rich.markdown"],
    "import Jinja2 and PyYAML": ["jinja2.sandbox", "yaml"],
    "import advisor": ["advisor.cli", "advisor.cli.assess", "advisor.render.terminal", "advisor.engine.forward_chaining"],
}


def measure(case: Path) -> dict[str, tuple[float, float]]:
    """Milliseconds, median and fastest of `RUNS`: the whole and its parts, and the first start, when nothing is kept yet."""
    command = [str(Path(sys.executable).with_name("advisor")), "assess", str(case)]
    times: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "PYTHONPYCACHEPREFIX": f"{folder}/bytecode", "XDG_CACHE_HOME": f"{folder}/0"}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)  # an installed command finds its modules compiled, and so here
        _run(command, environment)
        for run in range(1, RUNS + 1):
            first = {**environment, "XDG_CACHE_HOME": f"{folder}/{run}"}
            times.setdefault("advisor assess", []).append(_run(command, environment)[0])
            times.setdefault("advisor assess, nothing kept", []).append(_run(command, first)[0])
            times.setdefault("python start", []).append(_run([sys.executable, "-c", "pass"], environment)[0])
            parts = json.loads(_run([sys.executable, "-m", "benchmarks.cold", str(case)], environment)[1])
            for part, time in parts.items():
                times.setdefault(part, []).append(time)
    return {part: (statistics.median(taken), min(taken)) for part, taken in times.items()}


def _run(command: list[str], environment: Mapping[str, str]) -> tuple[float, str]:
    start = perf_counter()
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)
    took = (perf_counter() - start) * 1e3
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with status {done.returncode}:\n{done.stderr}")
    return took, done.stdout


def _parts(case: Path) -> dict[str, float]:
    """The steps of the command in this process, in milliseconds."""
    found = {}
    before = perf_counter()

    def done(part: str) -> None:
        nonlocal before
        now = perf_counter()
        found[part] = (now - before) * 1e3
        before = perf_counter()

    for part, modules in IMPORTS.items():
        for module in modules:
            import_module(module)
        done(part)
    from rich.console import Console

    from advisor.engine import engine
    from advisor.io.case_reader import read_case
    from advisor.loading import load
    from advisor.render import documents
    from advisor.render.terminal import show
    from advisor.service import Service

    loaded = load()
    done("load the kept rulebook")
    facts = read_case(case, loaded.rulebook.vocabulary)
    done("read the case")
    advisor_ = Service(loaded, engine("chain", loaded.cache))
    advisor_.program(len(facts.partners))
    done("load the kept program")
    advisor_.infer(facts)
    done("infer, with the kept function")
    advice = advisor_.assess(facts)
    done("assess (infers once more)")
    markdown = documents.markdown(advice, loaded)
    done("render Markdown")
    with Path(os.devnull).open("w") as nowhere:
        show(markdown, Console(file=nowhere, highlight=False, width=100))
    done("lay out for the terminal")
    return found


if __name__ == "__main__":
    print(json.dumps(_parts(Path(sys.argv[1]))))
