"""`advisor backup`: backups of saved cases and accounts, made while the server runs, checked, and put back."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from advisor.cli.app import app, load_chosen, say
from advisor.cli.help import WordedTyper
from advisor.cli.stored import Config, Database, open_store, record, settings_of
from advisor.model.problems import InputError, Problem

if TYPE_CHECKING:
    from advisor.store.backup import Contents

backup = WordedTyper()
app.add_typer(backup, name="backup")

File = Annotated[Path, typer.Argument(metavar="FILE", show_default=False)]


@backup.command()
def make(file: File, config: Config = None, database: Database = None) -> None:
    """Write a backup to a new file. The server may go on meanwhile; what is saved after the beginning is not in it."""
    with open_store(config, database) as store:
        record(store, "backed-up")
        contents = store.backup(file, at=datetime.now(UTC))
    _say("made", file, contents)


@backup.command()
def verify(file: File) -> None:
    """Check a backup from the first byte to the last."""
    settings_of(None)
    from advisor.store.backup import read_backup

    _say("whole", file, read_backup(file))


@backup.command()
def restore(file: File, config: Config = None, database: Database = None) -> None:
    """Fill an empty database with what a backup holds, all of it or nothing. Everybody signs in anew."""
    settings = settings_of(config, database)
    from advisor.store.database import Store, UnavailableError

    store = Store(settings.database, load_chosen().rulebook.vocabulary, pool=1)
    try:
        contents = store.restore(file)
        record(store, "restored")
        audit = store.audit.verify()
    except UnavailableError as error:
        raise InputError([Problem("", 0, "database-unreachable", found=str(error).strip())]) from None
    finally:
        store.close()
    _say("restored", file, contents)
    if audit.broken is not None:
        _say("audit-broken", file, contents)
        raise typer.Exit(1)


def _say(key: str, file: Path, contents: "Contents") -> None:
    say("backup", key, file=file, at=contents.at[:19].replace("T", " "), rows=contents.rows)
