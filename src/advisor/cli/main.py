"""Runs the command line: all commands, and how it ends."""

import gc
import sys
from importlib import import_module
from io import TextIOWrapper

from rich.console import Console

from advisor.cli.app import app
from advisor.engine import EngineError
from advisor.io.wording_reader import read_phrases
from advisor.loading import folder_of
from advisor.model.problems import InputError
from advisor.model.sentence import sentence
from advisor.render.documents import problem_text

BAD_INPUT = 2
OBJECTS_BEFORE_COLLECTION = 100_000  # a start makes many objects and drops few; collecting at each 700 costs a tenth of it
MODULES = {
    "assess": "assess",
    "why": "why",
    "interview": "interview",
    "questions": "questions",
    "settle": "space",
    "next": "space",
    "why-not": "space",
    "reach": "space",
    "whatif": "scenarios",
    "compare": "scenarios",
    "sensitivity": "scenarios",
    "roadmap": "scenarios",
    "picture": "scenarios",
    "sweep": "sweep",
    "batch": "sweep",
    "serve": "serve",
    "user": "user",
}


def main() -> None:
    """Run the command line. Exit status: 0 advice given, 2 bad input, 1 anything unforeseen."""
    gc.set_threshold(OBJECTS_BEFORE_COLLECTION)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(encoding="utf-8")  # names are in any script, wherever the output goes
    wanted = MODULES.get(_command(sys.argv[1:]))
    for module in [wanted] if wanted else ["rules", *sorted(set(MODULES.values()))]:
        import_module(f"advisor.cli.{module}")  # each registers its commands; one alone is quicker to start
    try:
        app(prog_name="advisor")
    except InputError as error:
        report(error)
        sys.exit(BAD_INPUT)
    except EngineError as error:
        sys.stderr.write(sentence(read_phrases(folder_of("prompts") / "en")["problems"]["engine-failed"], found=error) + "\n")
        sys.exit(1)


def _command(arguments: list[str]) -> str:
    """The first argument that is no option, nor an option's value."""
    place = 0
    while place < len(arguments) and arguments[place].startswith("-"):
        place += 1 if "=" in arguments[place] else 2
    return arguments[place] if place < len(arguments) else ""


def report(error: InputError) -> None:
    """Print every problem of an input to standard error."""
    phrases = read_phrases(folder_of("prompts") / "en")
    console = Console(stderr=True, highlight=False, emoji=False, soft_wrap=True)
    for problem in error.problems:
        console.print(problem_text(problem, phrases), markup=False)
    console.print(sentence(phrases["problems"]["report"], count=len(error.problems)), markup=False)
