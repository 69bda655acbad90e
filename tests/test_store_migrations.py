"""Migrations go up and down, with data, on SQLite and on PostgreSQL, and make the tables the code expects."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, inspect, select

from advisor.model.problems import InputError
from advisor.model.rulebook import Rulebook
from advisor.store import schema
from advisor.store.database import Store
from advisor.store.tables import Base
from support.stored_cases import AT, FILE, fill, holder, later

STEPS = {  # what each step makes
    "0001": {"cases", "revisions"},
    "0002": {"advices", "rulebooks", "links"},
    "0003": {"people", "sessions", "tokens", "attempts"},
    "0004": set(),  # a column more in advices and rulebooks
    "0005": {"first_account"},
    "0006": set(),  # a column more in links
    "0007": {"consultations", "respondents", "given_answers", "decisions"},
    "0008": {"identities"},  # and four columns more in sessions
    "0009": {"audit"},
    "0010": {"resets"},
    "0011": {"verdicts"},
    "0012": {"follow_ups", "reminders"},  # and a column more in consultations and respondents
    "0013": {"idempotency_keys", "webhooks", "deliveries"},  # and two columns more in tokens
    "0014": {"second_factors", "recovery_codes", "second_factor_rules"},
    "0015": {"retention", "holds", "notices"},
    "0016": {"organizations", "organization_names", "memberships", "vouched_memberships", "invitations"},
    "0017": {"passkeys", "spent_challenges"},
    "0018": {"hands"},
}
FILLED = {"0005", "0016"}  # steps that fill what they make from what is there
UPGRADE = """
import sys
from advisor.store.database import Store
from advisor.model.vocabulary import Vocabulary
store = Store(sys.argv[1], Vocabulary((), {}, {}))
print("here", flush=True)
sys.stdin.readline()
store.upgrade()
print(repr(store.ready()))
"""


@contextmanager
def connected(url: str) -> Iterator[Connection]:
    engine = create_engine(url)
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def tables(url: str) -> set[str]:
    with connected(url) as connection:
        return set(inspect(connection).get_table_names()) - {"alembic_version"}


def rows(url: str, *names: str) -> dict[str, list[dict[str, object]]]:
    """All that some tables hold, in the columns they have."""
    found = {}
    with connected(url) as connection:
        for name in names or Base.metadata.tables:
            there = {column["name"] for column in inspect(connection).get_columns(name)}
            wanted = select(*(column for column in Base.metadata.tables[name].columns if column.name in there))
            found[name] = sorted((dict(row) for row in connection.execute(wanted).mappings()), key=repr)
    return found


def holding(url: str, before: dict[str, list[dict[str, object]]], *names: str) -> bool:
    """Whether tables hold what they held before, in the columns they have now."""
    now = rows(url, *names)
    return all(
        row == {key: was[key] for key in row} and len(now[name]) == len(before[name])
        for name in names
        for row, was in zip(now[name], before[name], strict=True)
    )


def fill_everything(store: Store) -> None:
    """Something in every table, those included that hold it for a while only."""
    fill(store, store.people.add("ann@county.example", "Ann", "leader", "county", "correct horse battery", at=AT))
    with pytest.raises(Exception, match=r"^$"):
        store.people.check("ann@county.example", "wrong", came_from="1", at=AT)


def test_the_steps_are_all_known_here() -> None:
    found = [script.revision for script in ScriptDirectory(schema._FOLDER).walk_revisions()]
    assert found == sorted(STEPS, reverse=True)
    assert [*schema.revisions()] == sorted(STEPS)  # as Alembic would find them


def test_the_migrations_make_just_the_tables_the_code_expects(store: Store, database_url: str) -> None:
    with connected(database_url) as connection:
        options = {"compare_type": True, "compare_server_default": True}
        assert compare_metadata(MigrationContext.configure(connection, opts=options), Base.metadata) == []
    assert store.ready() == ""


def test_every_step_goes_up_and_down_and_what_is_below_it_stays(empty_url: str, rulebook: Rulebook) -> None:
    store = Store(empty_url, rulebook.vocabulary)
    assert store.ready() == "not-migrated"
    store.upgrade()
    fill_everything(store)
    before = rows(empty_url)
    assert all(before.values())
    names, left = sorted(STEPS), {table for made in STEPS.values() for table in made}
    for step, below in zip(reversed(names), [*reversed(names[:-1]), "base"], strict=True):
        store.downgrade(below)
        left -= STEPS[step]
        assert tables(empty_url) == left
        assert store.ready() == "not-migrated"
        if left:
            assert holding(empty_url, before, *left)
            schema.upgrade(store._connections, step)  # up again by one, and down again
            assert tables(empty_url) == left | STEPS[step]
            assert holding(empty_url, before, *left)
            assert not STEPS[step] or any(rows(empty_url, *STEPS[step]).values()) is (step in FILLED)
            store.downgrade(below)
    for step in names:
        schema.upgrade(store._connections, step)
        left |= STEPS[step]
        assert tables(empty_url) == left
    assert store.ready() == ""
    fill_everything(store)
    assert {name: len(found) for name, found in rows(empty_url).items()} == {name: len(found) for name, found in before.items()}
    store.close()


def test_of_advice_and_rulebooks_that_only_the_words_tell_apart_one_is_left_by_going_back(
    empty_url: str, rulebook: Rulebook
) -> None:
    store = Store(empty_url, rulebook.vocabulary)
    store.upgrade()
    ann = store.people.add("ann@county.example", "Ann", "leader", "county", "correct horse battery", at=AT)
    case = store.cases.create(ann, FILE, at=AT).entry.id
    for words in ("1", "2"):
        store.advices.keep(ann, case, 1, content=b"{}", rulebook="0", wording=words, engine="chain", marks=True, at=AT)
        store.advices.keep_rulebook("0", words, "1.0.0", words.encode())
    store.downgrade("0003")
    assert [len(rows(empty_url, name)[name]) for name in ("advices", "rulebooks")] == [1, 1]
    store.upgrade()
    assert [kept.wording for kept in store.advices.list(ann, case).items] == [""]
    assert store.advices.rulebook("0", "") == b"1"
    store.close()


def test_accounts_become_members_of_their_organizations_and_going_back_leaves_each_the_first(
    empty_url: str, rulebook: Rulebook
) -> None:
    store = Store(empty_url, rulebook.vocabulary)
    store.upgrade()
    ann = store.people.add("ann@county.example", "Ann", "administrator", "County A", "correct horse battery", at=AT)
    ben = store.people.add("ben@county.example", "Ben", "leader", "County A", None, at=AT)
    store.people.set_active(ben.id, False)
    store.identities.keep(ben, "https://issuer.example", "1", at=AT)
    state = store.memberships.join(ann.id, "A state", "planner", at=later(1))
    tokens = [store.tokens.create(each, "ci", at=AT)[1] for each in (ann, state)]
    sessions = [store.sessions.begin(each, at=AT) for each in (ann, state)]
    store.organizations.rename("County A", "Greater County", at=later(2))
    store.downgrade("0014")
    with store._connections.writing() as connection:  # another of the same spelling, as there could be then
        was = "SELECT email, role, organization, active FROM people ORDER BY email"
        assert [(*row[:3], bool(row[3])) for row in connection.exec_driver_sql(was)] == [
            ("ann@county.example", "administrator", "County A", True),
            ("ben@county.example", "leader", "County A", False),
        ]
        connection.exec_driver_sql("UPDATE people SET organization = 'county a' WHERE email = 'ben@county.example'")
    store.upgrade()
    assert store.memberships.list(ann.id) == (ann,)
    assert [holder(store.tokens.find(each, at=AT)) for each in tokens] == [ann, None]
    assert [store.sessions.find(each, at=AT) for each in sessions] == [ann, None]
    assert [(each.id, each.name) for each in store.organizations.list()] == [("County A", "County A"), ("county a", "county a")]
    assert [store.organizations.assigned(name) for name in ("county a", "COUNTY A")] == ["county a", "County A"]
    vouched = rows(empty_url, "vouched_memberships")["vouched_memberships"]
    assert [(row["person_id"], row["organization"], row["claimed"]) for row in vouched] == [(ben.id, "county a", True)]
    store.close()


def test_a_migration_that_fails_changes_nothing(empty_url: str, rulebook: Rulebook) -> None:
    store = Store(empty_url, rulebook.vocabulary)
    with store._connections.writing() as connection:
        connection.exec_driver_sql("CREATE TABLE links (id TEXT)")  # in the way of the second step
    with pytest.raises(Exception, match="links"):
        store.upgrade()
    assert tables(empty_url) == {"links"}
    with store._connections.writing() as connection:
        connection.exec_driver_sql("DROP TABLE links")
    store.upgrade()
    assert store.ready() == ""
    store.close()


def test_tables_of_a_later_version_are_left_alone_and_it_is_said(store: Store, database_url: str) -> None:
    fill_everything(store)
    before = rows(database_url)
    with store._connections.writing() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    assert store.ready() == "not-migrated"
    with pytest.raises(InputError) as raised:
        store.upgrade()
    assert [(problem.code, problem.found) for problem in raised.value.problems] == [("database-newer", "9999")]
    assert rows(database_url) == before
    with store._connections.writing() as connection:
        connection.exec_driver_sql(f"UPDATE alembic_version SET version_num = '{max(STEPS)}'")
    assert store.ready() == ""


def test_what_is_up_to_date_stays_as_it_is(store: Store, database_url: str) -> None:
    fill_everything(store)
    before = rows(database_url)
    store.upgrade()
    assert rows(database_url) == before


def test_several_processes_may_start_at_once(empty_url: str) -> None:
    started = [
        subprocess.Popen(
            [sys.executable, "-c", UPGRADE, empty_url], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        for _ in range(2)
    ]
    for process in started:
        assert process.stdout is not None
        assert process.stdout.readline() == b"here\n"
    for process in started:
        assert process.stdin is not None
        process.stdin.write(b"\n")
        process.stdin.flush()
    ended = [process.communicate(timeout=120) for process in started]
    assert [(out, error[-2000:]) for out, error in ended] == [(b"''\n", b"")] * 2
    assert tables(empty_url) == {table for made in STEPS.values() for table in made}
