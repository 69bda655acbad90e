"""`advisor retention`: how long cases and consultations are kept, what is on hold, and deleting what is past its time."""

from collections import Counter
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from advisor.cli.app import app, say
from advisor.cli.help import WordedTyper
from advisor.cli.organization import named
from advisor.cli.stored import Config, Database, open_store, record_in, user_of_this_machine
from advisor.model.problems import InputError, Problem, shorten

if TYPE_CHECKING:
    from advisor.store.holds import Hold

retention = WordedTyper()
app.add_typer(retention, name="retention")
_say = partial(say, "retention")

Months = Annotated[int | None, typer.Option(metavar="MONTHS", show_default=False)]
CaseId = Annotated[str, typer.Argument(metavar="ID", show_default=False)]
Consultation = Annotated[str, typer.Option("--consultation", metavar="ID", show_default=False)]


@retention.command("list")
def list_rules(config: Config = None, database: Database = None) -> None:
    """List how long each organization keeps its cases and consultations."""
    with open_store(config, database) as store:
        rules = store.retention.rules()
        names = {each.id: each.name for each in store.organizations.list()}
    for rule in rules:
        _say("listed", rule=rule, organization=names[rule.organization])
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

        found = named(store, organization)
        rule = RetentionRule(found.id, cases, consultations)
        store.retention.set_rule(rule)
        told = {"months-cases": cases, "months-consultations": consultations}
        record_in(store, "retention-set", found.id, **{name: str(each) for name, each in told.items() if each})
    _say("listed", rule=rule, organization=found.name)


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
            record_in(store, "hold-placed", placed.organization, **_subjects(placed))
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
            record_in(store, "hold-lifted", lifted.organization, **_subjects(lifted))
    _say("lifted" if lifted else "not-held", id=consultation or case)


@retention.command()
def holds(config: Config = None, database: Database = None) -> None:
    """List what is on hold."""
    with open_store(config, database) as store:
        found = store.holds.list()
        names = {each.id: each.name for each in store.organizations.list()}
    for each in found:
        _say("hold-listed", hold=each, organization=names[each.organization], placed=f"{each.placed:%Y-%m-%d}")
    if not found:
        _say("nothing-held")


def _subjects(hold: "Hold") -> dict[str, str]:
    return {"case": hold.case, **({"consultation": hold.consultation} if hold.consultation else {})}


def _unknown(id: str) -> InputError:  # noqa: A002
    return InputError([Problem("", 0, "unknown-case-id", found=shorten(id))])


def _now() -> datetime:
    return datetime.now(UTC)
