"""`advisor retention`: how long cases and consultations are kept, what is on hold, and deleting what is past its time."""

from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from advisor.cli.app import app, chosen, print_text
from advisor.cli.help import WordedTyper
from advisor.cli.stored import Config, Database, known_organization, open_store, record, user_of_this_machine
from advisor.io.wording_reader import read_phrases
from advisor.loading import wording_folder
from advisor.model.problems import InputError, Problem, shorten
from advisor.model.sentence import sentence

if TYPE_CHECKING:
    from advisor.store.holds import Hold

retention = WordedTyper()
app.add_typer(retention, name="retention")

Months = Annotated[int | None, typer.Option(metavar="MONTHS", show_default=False)]
CaseId = Annotated[str, typer.Argument(metavar="ID", show_default=False)]
Consultation = Annotated[str, typer.Option("--consultation", metavar="ID", show_default=False)]


@retention.command("list")
def list_rules(config: Config = None, database: Database = None) -> None:
    """List how long each organization keeps its cases and consultations."""
    with open_store(config, database) as store:
        rules = store.retention.rules()
    for rule in rules:
        _say("listed", rule=rule)
    if not rules:
        _say("no-rules")


@retention.command("set")
def set_rule(
    organization: Annotated[str, typer.Argument(metavar="ORGANIZATION", show_default=False)],
    cases: Months = None,
    consultations: Months = None,
    config: Config = None,
    database: Database = None,
) -> None:
    """Have an organization keep its cases and consultations for so many months after their last change."""
    with open_store(config, database) as store:
        from advisor.store.retention import RetentionRule

        spelled = known_organization(store, organization)
        rule = RetentionRule(spelled, cases, consultations)
        store.retention.set_rule(rule)
        told = {"months-cases": cases, "months-consultations": consultations}
        record(store, "retention-set", None, organization=spelled, **{name: str(each) for name, each in told.items() if each})
    _say("listed", rule=rule)


@retention.command()
def run(config: Config = None, database: Database = None) -> None:
    """Delete for good what is past its time and was known to be deleted for 60 days. The server does so every hour."""
    with open_store(config, database) as store:
        entries = store.retention.run(at=_now(), actor_name=user_of_this_machine(), came_from="console")
        number = Counter(entry.event for entry in entries)
    _say("deleted", cases=number["case-expired"], consultations=number["consultation-expired"])


@retention.command()
def hold(
    case: CaseId,
    reason: Annotated[str, typer.Option("--reason", show_default=False)],
    consultation: Consultation = "",
    config: Config = None,
    database: Database = None,
) -> None:
    """Put a case on hold, or a consultation on it: until the hold is lifted, nobody deletes it."""
    from advisor.store.errors import NoSuchCaseError

    with open_store(config, database) as store:
        try:
            placed = store.holds.place(None, case, consultation, " ".join(reason.split()), by="", at=_now())
        except NoSuchCaseError as error:
            raise _unknown(error.id) from None
        if placed is not None:
            record(store, "hold-placed", None, organization=placed.organization, **_subjects(placed))
    _say("put-on-hold" if placed else "on-hold-already", id=consultation or case)


@retention.command()
def lift(case: CaseId, consultation: Consultation = "", config: Config = None, database: Database = None) -> None:
    """Lift a hold."""
    from advisor.store.errors import NoSuchCaseError

    with open_store(config, database) as store:
        try:
            lifted = store.holds.lift(None, case, consultation)
        except NoSuchCaseError as error:
            raise _unknown(error.id) from None
        if lifted is not None:
            record(store, "hold-lifted", None, organization=lifted.organization, **_subjects(lifted))
    _say("lifted" if lifted else "not-held", id=consultation or case)


@retention.command()
def holds(config: Config = None, database: Database = None) -> None:
    """List what is on hold."""
    with open_store(config, database) as store:
        found = store.holds.list()
    for each in found:
        _say("hold-listed", hold=each, placed=f"{each.placed:%Y-%m-%d}")
    if not found:
        _say("nothing-held")


def _subjects(hold: "Hold") -> dict[str, str]:
    return {"case": hold.case, **({"consultation": hold.consultation} if hold.consultation else {})}


def _unknown(id: str) -> InputError:  # noqa: A002
    return InputError([Problem("", 0, "unknown-case-id", found=shorten(id))])


def _now() -> datetime:
    return datetime.now(UTC)


def _say(key: str, **values: object) -> None:
    told = chosen()
    phrases = read_phrases(wording_folder(told.language, told.prompts))["retention"]
    print_text(sentence(phrases[key], **values) + "\n")
