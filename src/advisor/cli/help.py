"""The help of the command line, in words from `prompts/<language>/help/`: modules name commands and options, and no more."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import click
import typer
from typer.core import TyperCommand, TyperGroup
from typer.models import CommandFunctionType

from advisor.loading import folder_of, wording_folder
from advisor.model.problems import InputError
from advisor.model.wording import DEFAULT_LANGUAGE

GROUP = "commands"


class WordedCommand(TyperCommand):
    """A command whose help is read when it is asked for."""

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the help."""
        put_words(self, ctx.command_path, help_words(ctx)[GROUP])
        super().format_help(ctx, formatter)

    def format_arguments(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write nothing: Typer lists arguments with the options, and newer versions of click would list them again."""


class WordedGroup(TyperGroup):
    """Commands under one name, with the help of each in a line."""

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the help."""
        words = help_words(ctx)[GROUP]
        put_words(self, ctx.command_path, words)
        for name, command in self.commands.items():
            put_words(command, f"{ctx.command_path} {name}", words)
        super().format_help(ctx, formatter)


class WordedTyper(typer.Typer):
    """An application whose commands have worded help."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(cls=WordedGroup, no_args_is_help=True, rich_markup_mode=None, **settings)

    def command(self, name: str | None = None, **settings: Any) -> Callable[[CommandFunctionType], CommandFunctionType]:
        """As Typer's own, with help from the words."""
        return super().command(name, **{"cls": WordedCommand, **settings})


def help_words(ctx: click.Context) -> Mapping[str, Mapping[str, str]]:
    """All words of help in the language that is asked for. Raises `InputError` where there is none."""
    from advisor.io.sentence_reader import SentenceReader  # here, since a command that runs needs no help

    language, prompts = (_told(ctx.find_root(), name) for name in ("language", "prompts"))
    folder = wording_folder(language or DEFAULT_LANGUAGE, Path(prompts) if prompts else None)
    project = folder_of("prompts")
    reader = SentenceReader(
        next(each for each in (folder, project / folder.name, project / DEFAULT_LANGUAGE) if (each / "help").is_dir())
    )
    found = reader.groups("help")
    problems = [problem for each in reader.problems for problem in each.found]
    if problems:
        raise InputError(problems)
    return found


def _told(root: click.Context, name: str) -> str:
    """An option of all commands as it was typed, or as the environment has it where help was asked for before it was read."""
    if name in root.params:
        return str(root.params[name] or "")
    return next((str(param.value_from_envvar(root) or "") for param in root.command.params if param.name == name), "")


def put_words(command: click.Command, path: str, words: Mapping[str, str]) -> None:
    """Give a command and its parameters their help: by `COMMAND` and `COMMAND --option`, or by what several share."""
    own = " ".join(path.split()[1:])
    command.help = words[own or "advisor"]
    for param in command.params:
        if isinstance(param, (click.Option, typer.core.TyperArgument)) and not _is_of_click(param):
            key = key_of(param)
            param.help = words.get(f"{own} {key}".strip()) or words[key]


def key_of(param: click.Parameter) -> str:
    """What a parameter is called in the words: an option by its long name, an argument by its place's name."""
    return max(param.opts, key=len) if isinstance(param, click.Option) else param.human_readable_name


def _is_of_click(param: click.Parameter) -> bool:
    return "--help" in param.opts
