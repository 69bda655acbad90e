"""Reads what a lever may propose an answer to become: `toward` of a question."""

from advisor.io.located import Mapping, Scalar, Sequence, words
from advisor.model.problems import Problems

HIGHER = "higher"


def read_toward(root: Mapping, kind: str, options: tuple[str, ...], name: str, problems: Problems) -> tuple[tuple[str, ...], ...]:
    """The answers to work toward, worst first, those alike together: `higher`, each option of a scale better than the one
    before, or a list, in which a list within holds what is alike.
    """
    node = root.entries.get("toward")
    if node is None:
        return ()
    if isinstance(node, Scalar):
        if node.text != HIGHER or kind != "scale":
            problems.add("unknown-value", node.line, about=f"{name}: toward", found=node.text, allowed=(HIGHER,))
        return tuple((option,) for option in options)
    items = node.items if isinstance(node, Sequence) else []
    found = tuple(words(each, problems, f"{name}: toward") for each in items)
    for option in (option for alike in found for option in alike):
        if option not in options:
            problems.add("unknown-value", node.line, about=f"{name}: toward", found=option, allowed=options)
    return found
