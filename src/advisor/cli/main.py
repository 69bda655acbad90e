"""Runs the command line: all commands, and how it ends."""

import atexit
import gc
import sys
from collections.abc import Iterable
from importlib import import_module
from io import TextIOWrapper
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # imported where they are used, once it is said how often to collect
    from advisor.cli.app import Chosen
    from advisor.engine import EngineError
    from advisor.model.problems import InputError

BAD_INPUT = 2
OBJECTS_BEFORE_COLLECTION = 100_000  # a start makes many objects and drops few; collecting at each 700 costs a tenth of it
COMMANDS = (
    "assess",
    "check",
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
    "document",
    "consult",
    "sweep",
    "batch",
    "review",
    "words",
    "serve",
    "mcp",
    "user",
    "organization",
    "rotate-key",
    "audit",
    "backup",
    "remind",
    "retention",
    "webhook",
    "rules",
)


def main() -> None:
    """Run the command line. Exit status: 0 advice given, 2 bad input, 1 anything unforeseen."""
    gc.set_threshold(OBJECTS_BEFORE_COLLECTION)
    atexit.register(gc.freeze)  # at the end everything goes with the process; looking through it first costs a fifth of a start
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            # Names are in any script, wherever the output goes, and a path may hold bytes that are no text.
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    from advisor.cli.app import Chosen, app
    from advisor.engine import EngineError
    from advisor.model.problems import InputError

    command = _command(sys.argv[1:])
    register([command] if command in COMMANDS else COMMANDS)  # one alone is quicker to start
    told = Chosen()
    try:
        app(prog_name="advisor", obj=told)
    except InputError as error:
        report(error, told)
        sys.exit(BAD_INPUT)
    except EngineError as error:
        report_engine(error, told)
        sys.exit(1)


def register(commands: Iterable[str] = COMMANDS) -> None:
    """Import the modules of some commands; each adds itself to the application."""
    for command in commands:
        import_module(f"advisor.cli.{command.replace('-', '_')}")


def _command(arguments: list[str]) -> str:
    """The first argument that is no option, nor an option's value."""
    place = 0
    while place < len(arguments) and arguments[place].startswith("-"):
        place += 1 if "=" in arguments[place] else 2
    return arguments[place] if place < len(arguments) else ""


def report(error: "InputError", told: "Chosen") -> None:
    """Print every problem of an input to standard error, in the language that was asked for."""
    from advisor.model.sentence import sentence
    from advisor.render.documents import problem_text

    phrases = _phrases(told)
    lines = [problem_text(problem, phrases) for problem in error.problems]
    lines.append(sentence(phrases["problems"]["report"], count=len(error.problems)))
    sys.stderr.write("".join(f"{line}\n" for line in lines))


def report_engine(error: "EngineError", told: "Chosen") -> None:
    """Print to standard error why an engine gave no answer."""
    from advisor.model.sentence import sentence

    sys.stderr.write(sentence(_phrases(told)["problems"]["engine-failed"], found=error) + "\n")


def _phrases(told: "Chosen") -> dict[str, dict[str, str]]:
    """The words for what is wrong: of that language, or of the project's own where they are what is wrong."""
    from advisor.loading import phrases_for
    from advisor.model.problems import InputError

    try:
        return phrases_for(told.language, told.prompts)
    except InputError:
        return phrases_for()
