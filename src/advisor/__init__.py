"""Explained advice on strategic partnerships in public child welfare and early childhood.

`Advisor.load().assess(case).to_markdown()` is how it begins; docs/python.md has the rest.
"""

from typing import TYPE_CHECKING

__all__ = ["Advice", "Advisor", "Answer", "Answers", "Case", "InputError", "NotDecidedError", "Notes", "Report", "View"]

if TYPE_CHECKING:
    from advisor.analysis.deadline import NotDecidedError
    from advisor.facade import Advice, Advisor, Answer, Answers, Case, Notes, View
    from advisor.model.problems import InputError
    from advisor.render.report import Report
else:

    def __getattr__(name: str) -> object:
        """Import what is asked for, so that the command line does not wait for what it has no use for."""
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from advisor import facade

        return getattr(facade, name)
