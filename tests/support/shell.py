"""The command line as a test types it: what it prints, and how it ends."""

import sys
from dataclasses import dataclass

import pytest

from advisor.cli import main


@dataclass(frozen=True)
class Ended:
    """How a run ended."""

    status: int
    out: str
    err: str


class Shell:
    """Runs `advisor` in this process."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.monkeypatch, self.capsys = monkeypatch, capsys

    def __call__(self, *arguments: str) -> Ended:
        self.monkeypatch.setattr(sys, "argv", ["advisor", *arguments])
        with pytest.raises(SystemExit) as exited:
            main()
        code = exited.value.code
        captured = self.capsys.readouterr()
        return Ended(code if isinstance(code, int) else 0, captured.out, captured.err)
