"""The command line: parses, calls and prints. It knows nothing about partnerships."""

import gc

__all__ = ["main"]

OBJECTS_BEFORE_COLLECTION = 100_000  # a start makes many objects and drops few; collecting at each 700 costs a tenth of it


def main() -> None:
    """Run the command line. Exit status: 0 advice given, 2 bad input, 1 anything unforeseen."""
    gc.set_threshold(OBJECTS_BEFORE_COLLECTION)
    from advisor.cli.main import main as run  # here, since importing it makes most of these objects

    run()
