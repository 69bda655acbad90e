"""A process that saves cases from several threads until it is killed, and says of each save when it is acknowledged.

Run with the database's URL and a seed. Each line on standard output is a case, its revision, and a hash of what it holds.
"""

import hashlib
import os
import random
import sys
import threading

from advisor.io.scenario_writer import case_file_json
from advisor.loading import load
from advisor.model.case import Case, Partner
from advisor.model.scenario import CaseFile
from advisor.model.vocabulary import Vocabulary
from advisor.store.database import ConflictError, Store
from advisor.store.records import SavedCase
from support.stored_cases import ANN, AT

THREADS = 4


def digest(file: CaseFile, vocabulary: Vocabulary) -> str:
    """A hash of all that a case file holds."""
    return hashlib.sha256(case_file_json(file, vocabulary).encode()).hexdigest()


def main(url: str, seed: int) -> None:
    """Save until killed: a case of each thread's own, and one that all share."""
    vocabulary = load().rulebook.vocabulary
    store = Store(url, vocabulary)

    def acknowledge(saved: SavedCase) -> None:
        line = f"{saved.entry.id} {saved.entry.revision} {digest(saved.file, vocabulary)}\n"
        os.write(1, line.encode())  # one write, so that no line is cut in two but by the end

    def work(number: int, shared: str) -> None:
        chance = random.Random(seed * 100 + number)
        own = store.cases.create(ANN, CaseFile(Case(f"own {number}", {}), {}), at=AT)
        acknowledge(own)
        while True:
            before = own if chance.random() < 0.6 else store.cases.read(ANN, shared)
            partners = tuple(Partner(f"P{chance.random()}", {}) for _ in range(chance.randrange(30)))
            case = Case(f"{number} {chance.random()}", {"wanted.duties": ("no",)}, partners)
            try:
                saved = store.cases.save(ANN, before.entry.id, before.entry.revision, CaseFile(case, {}), at=AT)
            except ConflictError:
                continue
            acknowledge(saved)
            own = saved if before is own else own

    shared = store.cases.create(ANN, CaseFile(Case("shared", {}), {}), at=AT)
    acknowledge(shared)
    threads = [threading.Thread(target=work, args=(number, shared.entry.id)) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
