"""`advisor remind`: reminders by mail, as a cron job sends them."""

from datetime import UTC, datetime

import typer

from advisor.cli.app import app, load_chosen, say
from advisor.cli.stored import Config, Database, settings_of
from advisor.model.problems import InputError, Problem


@app.command()
def remind(config: Config = None, database: Database = None) -> None:
    """Send the reminders of what is due, overdue, to be asked again and deleted soon, each once. A cron job runs it every day."""
    settings = settings_of(config, database)
    from advisor.store.errors import UnavailableError
    from advisor.web.app import create_app
    from advisor.web.reminding import send_reminders

    site = create_app(settings, loaded=load_chosen()).state.site
    try:
        site.store.upgrade()
        sent = send_reminders(site, datetime.now(UTC).date())
    except UnavailableError as error:
        raise InputError([Problem("", 0, "database-unreachable", found=str(error).strip())]) from None
    finally:
        site.service.close()
        site.store.close()
    say("reminders", "sent", reminders=sent.reminders, people=sent.people)
    for email, why in sent.refused:
        say("reminders", "not-taken", email=email, why=why)
    if sent.refused:
        raise typer.Exit(1)
