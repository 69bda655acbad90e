"""The command line: parses, calls and prints. It knows nothing about partnerships."""

from advisor.cli.main import main

__all__ = ["main"]
