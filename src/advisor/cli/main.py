"""Runs the command line: all commands, and how it ends."""

import atexit
import gc
import sys
from collections.abc import Iterable
from importlib import import_module
from io import TextIOWrapper

from advisor.cli.app import app
from advisor.engine import EngineError
from advisor.model.problems import InputError

BAD_INPUT = 2
OBJECTS_BEFORE_COLLECTION = 100_000  # a start makes many objects and drops few; collecting at each 700 costs a tenth of it
COMMANDS = (
    "assess",
    "why",
    "interview",
    "questions",
    "settle",
    "next",
    "why-not",
    "reach",
    "whatif",
    "compare",
    "sensitivity",
    "roadmap",
    "picture",
    "sweep",
    "batch",
    "serve",
    "user",
    "rules",
)


def main() -> None:
    """Run the command line. Exit status: 0 advice given, 2 bad input, 1 anything unforeseen."""
    gc.set_threshold(OBJECTS_BEFORE_COLLECTION)
    atexit.register(gc.freeze)  # at the end everything goes with the process; looking through it first costs a fifth of a start
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(encoding="utf-8")  # names are in any script, wherever the output goes
    register([sys.argv[1]] if sys.argv[1:2] and sys.argv[1] in COMMANDS else COMMANDS)  # one alone is quicker to start
    try:
        app(prog_name="advisor")
    except InputError as error:
        report(error)
        sys.exit(BAD_INPUT)
    except EngineError as error:
        report_engine(error)
        sys.exit(1)


def register(commands: Iterable[str] = COMMANDS) -> None:
    """Import the modules of some commands; each adds itself to the application."""
    for command in commands:
        import_module(f"advisor.cli.{command.replace('-', '_')}")


def report(error: InputError) -> None:
    """Print every problem of an input to standard error."""
    from advisor.model.sentence import sentence
    from advisor.render.documents import problem_text

    phrases = _phrases()
    lines = [problem_text(problem, phrases) for problem in error.problems]
    lines.append(sentence(phrases["problems"]["report"], count=len(error.problems)))
    sys.stderr.write("".join(f"{line}\n" for line in lines))


def report_engine(error: EngineError) -> None:
    """Print to standard error why an engine gave no answer."""
    from advisor.model.sentence import sentence

    sys.stderr.write(sentence(_phrases()["problems"]["engine-failed"], found=error) + "\n")


def _phrases() -> dict[str, dict[str, str]]:
    from advisor.io.wording_reader import read_phrases
    from advisor.loading import folder_of

    return read_phrases(folder_of("prompts") / "en")
