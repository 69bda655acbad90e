"""A process in which thirty respondents answer at once until it is killed, and which says of each answer when it is acknowledged.

Run with the database's URL, the id of a case and that of a consultation. Each line on standard output is a respondent, a
question and the note that tells this answer from the others.
"""

import os
import sys
import threading

from advisor.loading import load
from advisor.model.consultation import Respondent
from advisor.model.reconciling import Line
from advisor.store.database import Store
from advisor.store.errors import UnavailableError
from advisor.store.respondents import Said
from support.stored_cases import AT, TAS, later

RESPONDENTS = 30
QUESTIONS = ("wanted.duties", "wanted.obstacle", "partner.vision")


def main(url: str, case: str, consultation: str, round_: str) -> None:
    """Answer until killed."""
    store = Store(url, load().rulebook.vocabulary)

    def answer(name: str, secret: str) -> None:
        turn = 0
        while True:
            turn += 1
            said: dict[Line, Said] = {("wanted.duties", None): (("yes" if turn % 2 else "no",), f"{turn}")}
            try:
                store.respondents.save(secret, said, at=later(turn / 1000))
            except UnavailableError:  # too many wait to write: a page says so, and nothing is acknowledged
                continue
            os.write(1, f"{name} {turn}\n".encode())  # one write, so that no line is cut in two but by the end

    threads = []
    for number in range(RESPONDENTS):
        name = f"{round_}-{number}"
        someone = Respondent(name, "agency")
        _, secret = store.respondents.invite(TAS, case, consultation, someone, at=AT, expires=later(10_000))
        store.respondents.begin(secret, at=AT)
        threads.append(threading.Thread(target=answer, args=(name, secret)))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    main(*sys.argv[1:])
