"""Saved cases, on SQLite and on PostgreSQL: what was saved is there, for whom it may be, and nothing is overwritten unseen."""

import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from advisor.model.case import Case, Partner
from advisor.model.problems import InputError
from advisor.model.rulebook import Rulebook
from advisor.model.scenario import CaseFile
from advisor.store.database import BadCursorError, ConflictError, NoSuchCaseError, Store, UnavailableError
from advisor.store.records import LOCAL, Entry, Person, SavedChange
from support.databases import Postgres
from support.stored_cases import ADA, ANN, AT, BEN, CASE, ELSEWHERE, FILE, PAT, TAS, later, named


def test_a_new_case_is_there_as_it_was_made(store: Store) -> None:
    made = store.cases.create(ANN, FILE, at=AT)
    assert made.file == FILE
    assert made.left_out == ()
    assert made.entry == Entry(
        made.entry.id, "Waiting for treatment", "county", "ann", "Ann", 1, AT, AT, archived=False, answers=3, partners=2
    )
    read = store.cases.read(ANN, made.entry.id)
    assert read == replace(made, entry=replace(made.entry, owner_name=""))  # who has no account has no name
    assert len(made.entry.id) >= 22


def test_a_save_keeps_the_new_and_the_old(store: Store) -> None:
    first = store.cases.create(ANN, FILE, at=AT)
    second = store.cases.save(PAT, first.entry.id, 1, named("Anew", "Shelter"), at=later(1))
    assert second.entry.revision == 2
    assert (second.entry.name, second.entry.owner, second.entry.changed, second.entry.created) == ("Anew", "ann", later(1), AT)
    assert (second.entry.answers, second.entry.partners) == (1, 1)
    assert store.cases.read(ANN, first.entry.id) == second
    assert store.cases.at_revision(ANN, first.entry.id, 1).file == FILE
    assert store.cases.at_revision(ANN, first.entry.id, 1).entry.name == "Waiting for treatment"
    assert store.cases.at_revision(ANN, first.entry.id, 2).file == second.file
    with pytest.raises(NoSuchCaseError):
        store.cases.at_revision(ANN, first.entry.id, 3)


def test_the_history_tells_who_changed_what_and_when(store: Store) -> None:
    case = store.cases.create(ANN, FILE, at=AT, how="imported").entry.id
    answers = {**CASE.answers, "wanted.duties": ("yes",)}
    store.cases.save(PAT, case, 1, replace(FILE, case=replace(CASE, answers=answers)), at=later(1), how="merged")
    partners = (replace(CASE.partners[0], name="Haven"), CASE.partners[1])
    renamed = replace(FILE, case=replace(CASE, answers=answers, partners=partners), scenarios={})
    store.cases.save(ANN, case, 2, renamed, at=later(2), renamed={"Harbor House": "Haven"})
    history = store.cases.history(ADA, case)
    assert [(r.number, r.at, r.by, r.how) for r in history.items] == [
        (3, later(2), "ann", "saved"),
        (2, later(1), "pat", "merged"),
        (1, AT, "ann", "imported"),
    ]
    assert history.items[1].changes == (SavedChange("answer", None, "wanted.duties", ("no",), ("yes",)),)
    assert history.items[0].changes[0] == SavedChange("partner-renamed", "Haven", "", ("Harbor House",), ("Haven",))
    assert SavedChange("partner-added", "Tribal Court", "", (), ("Tribal Court",)) in history.items[2].changes
    assert (history.total, history.following) == (3, "")


def test_the_history_comes_in_pages(store: Store) -> None:
    case = store.cases.create(ANN, named("0"), at=AT).entry.id
    for number in range(1, 6):
        store.cases.save(ANN, case, number, named(str(number)), at=later(number))
    pages, before = [], None
    while True:
        page = store.cases.history(ANN, case, before=before, limit=2)
        pages.append([revision.number for revision in page.items])
        assert page.total == 6
        if not page.following:
            break
        before = int(page.following)
    assert pages == [[6, 5], [4, 3], [2, 1]]


def test_a_save_that_changes_nothing_makes_no_revision(store: Store) -> None:
    made = store.cases.create(ANN, FILE, at=AT)
    again = store.cases.save(ANN, made.entry.id, 1, FILE, at=later(1))
    assert (again.entry.revision, again.entry.changed) == (1, AT)
    store.cases.save(ANN, made.entry.id, 1, named("x"), at=later(2))
    twice = store.cases.save(ANN, made.entry.id, 1, named("x"), at=later(3))  # a form sent twice
    assert (twice.entry.revision, twice.entry.changed) == (2, later(2))
    assert store.cases.history(ANN, made.entry.id).total == 2


def test_the_second_to_save_is_shown_what_the_first_saved(store: Store) -> None:
    case = store.cases.create(ANN, FILE, at=AT).entry.id
    store.cases.save(PAT, case, 1, named("Pat's"), at=later(1))
    with pytest.raises(ConflictError) as raised:
        store.cases.save(ANN, case, 1, named("Ann's"), at=later(2))
    assert raised.value.current.entry.revision == 2
    assert raised.value.current.file == named("Pat's")
    assert store.cases.read(ANN, case).file == named("Pat's")


def test_of_eight_saves_at_once_exactly_one_wins(store: Store) -> None:
    case = store.cases.create(ANN, FILE, at=AT).entry.id
    for revision in range(1, 4):
        line = threading.Barrier(8)

        def save(number: int, revision: int = revision, line: threading.Barrier = line) -> str:
            line.wait()
            try:
                return store.cases.save(ANN, case, revision, named(f"{revision} {number}"), at=later(number)).file.case.name
            except ConflictError as error:
                return error.current.file.case.name

        with ThreadPoolExecutor(8) as pool:
            found = list(pool.map(save, range(8)))
        won = store.cases.read(ANN, case)
        assert won.entry.revision == revision + 1
        assert found == [won.file.case.name] * 8  # whether they won, or were shown who did
    assert store.cases.history(ANN, case).total == 4


def test_eight_who_each_take_in_what_the_others_saved_lose_nothing(store: Store) -> None:
    case = store.cases.create(ANN, named("shared"), at=AT).entry.id

    def work(number: int) -> None:
        for turn in range(4):
            current = store.cases.read(ANN, case)
            while True:
                mine = (*current.file.case.partners, Partner(f"{number} {turn}", {}))
                file = CaseFile(replace(current.file.case, partners=mine), {})
                try:
                    store.cases.save(ANN, case, current.entry.revision, file, at=later(turn))
                    break
                except ConflictError as error:
                    current = error.current

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    saved = store.cases.read(ANN, case)
    assert {partner.name for partner in saved.file.case.partners} == {f"{n} {turn}" for n in range(8) for turn in range(4)}
    assert saved.entry.revision == 33
    assert [revision.number for revision in store.cases.history(ANN, case).items] == list(range(33, 0, -1))


USES: dict[str, Callable[[Store, Person, str], object]] = {
    "read": lambda store, who, case: store.cases.read(who, case),
    "read a revision": lambda store, who, case: store.cases.at_revision(who, case, 1),
    "save": lambda store, who, case: store.cases.save(who, case, 1, named("mine now"), at=AT),
    "save nothing": lambda store, who, case: store.cases.save(who, case, 1, FILE, at=AT),
    "copy": lambda store, who, case: store.cases.copy(who, case, "copy", at=AT),
    "archive": lambda store, who, case: store.cases.archive(who, case, archived=True),
    "delete": lambda store, who, case: store.cases.delete(who, case),
    "history": lambda store, who, case: store.cases.history(who, case),
    "keep advice": lambda store, who, case: store.advices.keep(
        who, case, 1, content=b"{}", rulebook="0", wording="1", engine="chain", marks=False, at=AT
    ),
    "list advice": lambda store, who, case: store.advices.list(who, case),
    "read advice": lambda store, who, case: store.advices.read(who, case, "any"),
    "share": lambda store, who, case: store.links.create(who, case, "advice", (), at=AT, expires=later(1)),
    "list links": lambda store, who, case: store.links.list(who, case),
    "revoke a link": lambda store, who, case: store.links.revoke(who, case, "any", at=AT),
}


@pytest.mark.parametrize("use", USES)
def test_who_may_not_see_a_case_can_do_nothing_with_it_nor_tell_that_it_is_there(store: Store, use: str) -> None:
    case = store.cases.create(ANN, FILE, at=AT).entry.id
    for who in (BEN, *ELSEWHERE, LOCAL):
        with pytest.raises(NoSuchCaseError) as raised:
            USES[use](store, who, case)
        with pytest.raises(NoSuchCaseError) as absent:
            USES[use](store, who, "nothing")
        assert raised.value.args == (case,)
        assert absent.value.args == ("nothing",)
    assert store.cases.read(ANN, case).file == FILE
    assert not store.cases.read(ANN, case).entry.archived
    assert store.cases.list(ANN).total == 1


def test_a_leader_sees_their_own_cases_and_the_others_all_of_their_organisation(store: Store) -> None:
    anns, bens = store.cases.create(ANN, FILE, at=AT).entry.id, store.cases.create(BEN, FILE, at=later(1)).entry.id
    eves = store.cases.create(ELSEWHERE[0], FILE, at=later(2)).entry.id
    seen = {who.name: [entry.id for entry in store.cases.list(who).items] for who in (ANN, BEN, PAT, TAS, ADA, *ELSEWHERE[:2])}
    both = [bens, anns]
    assert seen == {"Ann": [anns], "Ben": [bens], "Pat": both, "Tas": both, "Ada": both, "Eve": [eves], "Ed": [eves]}
    assert [store.cases.list(who).total for who in (ANN, PAT, LOCAL)] == [1, 2, 0]
    assert [entry.id for entry in store.cases.list(PAT, owner="ben").items] == [bens]
    assert store.cases.list(ANN, owner="ben").items == ()
    for who in (PAT, TAS, ADA):
        assert store.cases.read(who, anns).file == FILE


def test_a_copy_holds_the_same_and_belongs_to_who_made_it(store: Store) -> None:
    case = store.cases.create(ANN, FILE, at=AT).entry.id
    copy = store.cases.copy(PAT, case, "A copy", at=later(1))
    assert copy.file == replace(FILE, case=replace(CASE, name="A copy"))
    assert (copy.entry.owner, copy.entry.revision, copy.entry.created) == ("pat", 1, later(1))
    assert store.cases.history(PAT, copy.entry.id).items[0].how == "copied"
    assert store.cases.read(ANN, case).file == FILE
    with pytest.raises(NoSuchCaseError):
        store.cases.read(ANN, copy.entry.id)


def test_an_archived_case_is_out_of_the_way_until_it_is_put_back(store: Store) -> None:
    case = store.cases.create(ANN, FILE, at=AT).entry.id
    store.cases.archive(ANN, case, archived=True)
    assert store.cases.list(ANN).items == ()
    assert [entry.id for entry in store.cases.list(ANN, archived=True).items] == [case]
    assert store.cases.read(ANN, case).entry.archived
    store.cases.archive(ANN, case, archived=False)
    assert store.cases.list(ANN).total == 1


def test_a_deleted_case_is_gone_with_all_that_hung_on_it(store: Store, database_url: str) -> None:
    gone, kept = (store.cases.create(ANN, FILE, at=AT).entry.id for _ in range(2))
    for case in (gone, kept):
        store.cases.save(ANN, case, 1, named("x"), at=later(1))
        store.advices.keep(ANN, case, 2, content=b"{}", rulebook="0", wording="1", engine="chain", marks=True, at=AT)
        secret = store.links.create(ANN, case, "advice", (), at=AT, expires=later(9))[1]
        assert store.links.open(secret, at=AT)
    store.cases.delete(PAT, gone)
    with pytest.raises(NoSuchCaseError):
        store.cases.read(ANN, gone)
    engine = create_engine(database_url)
    with engine.connect() as connection:
        for table, column, count in (
            ("cases", "id", 1),
            ("revisions", "case_id", 2),
            ("advices", "case_id", 1),
            ("links", "case_id", 1),
        ):
            assert connection.execute(text(f"SELECT {column} FROM {table}")).scalars().all() == [kept] * count
    engine.dispose()


def test_the_list_comes_in_pages_the_latest_change_first(store: Store) -> None:
    made = [store.cases.create(ANN, named(str(n)), at=later(n // 2)).entry for n in range(9)]  # two and two at one time
    expected = [entry.id for entry in sorted(made, key=lambda entry: (entry.changed, entry.id), reverse=True)]
    found, after = [], ""
    while True:
        page = store.cases.list(ANN, after=after, limit=2)
        assert page.total == 9
        assert 0 < len(page.items) <= 2
        found += [entry.id for entry in page.items]
        if not page.following:
            break
        after = page.following
    assert found == expected
    assert store.cases.list(ANN, limit=9).following == ""
    store.cases.save(ANN, expected[-1], 1, named("touched"), at=later(60))
    assert store.cases.list(ANN).items[0].id == expected[-1]


def test_a_cursor_that_no_page_gave_is_refused(store: Store) -> None:
    case = store.cases.create(ANN, FILE, at=AT).entry.id
    for cursor in ("x", "AAAA", "é", "MTIz", "OTk5OTk5OTk5OTk5OTk5OTk5OTk5OS5h", "MTIuYQ==", "-1.a"):
        with pytest.raises(BadCursorError):
            store.cases.list(ANN, after=cursor)
        with pytest.raises(BadCursorError):
            store.advices.list(ANN, case, after=cursor)


SEARCHES = {
    "treatment": {"waiting"},
    "TREATMENT": {"waiting"},
    "harbor": {"waiting"},
    "strasse": {"street"},
    "Łódź": {"street"},
    "łÓDŹ": {"street"},
    "office": {"ligature"},
    "50%": {"percent"},
    "%": {"percent"},
    "_": {"under"},
    "\\": {"under"},
    "  two   words ": {"under"},
    "house tribal": set(),  # not across names
    "": {"waiting", "street", "ligature", "percent", "under"},
    "nothing of the kind": set(),
    "a\0b": {"percent"},
}


def test_search_finds_names_of_cases_and_partners_in_any_case_and_script(store: Store) -> None:
    made = {
        "waiting": FILE,
        "street": named("Hauptstraße", "Łódź Family Court"),
        "ligature": named("The o\ufb03ce"),
        "percent": named("50% of cases", "a\0b"),
        "under": named("snake_case \\ two\twords"),
    }
    ids = {store.cases.create(ANN, file, at=AT).entry.id: name for name, file in made.items()}
    found = {search: store.cases.list(ANN, search=search) for search in SEARCHES}
    assert {search: {ids[entry.id] for entry in page.items} for search, page in found.items()} == SEARCHES
    assert {search: page.total for search, page in found.items()} == {search: len(names) for search, names in SEARCHES.items()}


def test_search_follows_a_case_that_is_renamed(store: Store) -> None:
    case = store.cases.create(ANN, named("before"), at=AT).entry.id
    store.cases.save(ANN, case, 1, named("afterwards", "Shelter"), at=later(1))
    assert [store.cases.list(ANN, search=word).total for word in ("before", "AFTERWARDS", "shelter")] == [0, 1, 1]


def test_free_words_and_notes_are_kept_with_every_revision_and_deleted_with_the_case(store: Store, database_url: str) -> None:
    partner = replace(CASE.partners[0], notes={("partner.vision", ""): "It wrote so in kestrel\0words"})
    said = replace(
        CASE,
        words={"purpose": "That no kestrel waits"},
        notes={("wanted.obstacle", "waiting"): "Eleven kestrel weeks"},
        partners=(partner, CASE.partners[1]),
    )
    case = store.cases.create(ANN, CaseFile(said, {}), at=AT).entry.id
    store.cases.save(ANN, case, 1, CaseFile(replace(said, words={}, notes={}), {}), at=later(1))
    assert store.cases.at_revision(ANN, case, 1).file.case == said
    assert store.cases.read(ANN, case).file.case == replace(said, words={}, notes={})
    assert store.cases.copy(ANN, case, "copy", at=later(2)).file.case.partners == said.partners
    assert store.cases.history(ANN, case).items[0].changes == (
        SavedChange("words", None, "purpose", ("That no kestrel waits",), ()),
        SavedChange("note", None, "wanted.obstacle=waiting", ("Eleven kestrel weeks",), ()),
    )
    for entry in store.cases.list(ANN).items:
        store.cases.delete(ANN, entry.id)
    engine = create_engine(database_url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.connect() as connection:
        counts = [connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one() for table in ("cases", "revisions")]
    engine.dispose()
    assert counts == [0, 0]


def test_names_may_have_any_characters(store: Store) -> None:
    file = CaseFile(Case("a\0b 🙂 \u202e", {}, (Partner("c\0d", {}),)), {})
    made = store.cases.create(ANN, file, at=AT)
    assert store.cases.read(ANN, made.entry.id).file == file
    assert made.entry.name == "a␀b 🙂 \u202e"


def test_answers_of_another_rulebook_survive_a_save(store: Store, database_url: str, rulebook: Rulebook) -> None:
    case = store.cases.create(ANN, FILE, at=AT).entry.id
    questions = {name: q for name, q in rulebook.vocabulary.questions.items() if name != "wanted.duties"}
    older = Store(database_url, replace(rulebook.vocabulary, questions=questions))
    read = older.cases.read(ANN, case)
    assert read.left_out == (("", "wanted.duties", ("no",)),)
    assert "wanted.duties" not in read.file.case.answers
    saved = older.cases.save(ANN, case, 1, replace(read.file, case=replace(read.file.case, name="Older")), at=later(1))
    assert saved.left_out == read.left_out
    assert older.cases.history(ANN, case).items[0].changes == (SavedChange("name", None, "", (CASE.name,), ("Older",)),)
    older.close()
    assert store.cases.read(ANN, case).file == replace(FILE, case=replace(CASE, name="Older"))
    copy = store.cases.copy(ANN, case, "copy", at=later(2))
    assert copy.file.case.answers == CASE.answers


@pytest.mark.parametrize(
    "url", ["", "mysql://u:secret@h/d", "sqlite://", "sqlite:///:memory:", "postgresql+asyncpg://h/d", "/a/file"]
)
def test_a_url_of_no_database_it_can_use_is_refused_without_showing_it(url: str, rulebook: Rulebook) -> None:
    with pytest.raises(InputError) as raised:
        Store(url, rulebook.vocabulary)
    assert [problem.code for problem in raised.value.problems] == ["unsupported-database"]
    assert "secret" not in str(raised.value)


@pytest.fixture
def unreachable(kind: str, tmp_path: Path, rulebook: Rulebook) -> Iterator[Store]:
    """A store whose database is not to be had."""
    (tmp_path / "file").write_text("")
    (tmp_path / "broken").write_bytes(b"no database" * 100)
    url = f"sqlite:///{tmp_path / 'broken'}" if kind == "sqlite" else f"postgresql://nobody@/none?host={tmp_path}"
    made = Store(url, rulebook.vocabulary)
    yield made
    made.close()


def test_a_database_that_does_not_answer_is_told_apart(unreachable: Store) -> None:
    assert unreachable.ready() == "unreachable"
    with pytest.raises(UnavailableError):
        unreachable.cases.read(ANN, "x")
    with pytest.raises(UnavailableError):
        unreachable.upgrade()


def test_no_answer_stands_in_the_error_of_a_database(empty_url: str, rulebook: Rulebook) -> None:
    store = Store(empty_url, rulebook.vocabulary)  # without tables, so that it fails
    with pytest.raises(Exception, match="cases") as raised:
        store.cases.create(ANN, FILE, at=AT)
    assert "Waiting" not in f"{raised.value} {raised.value.__cause__}"
    store.close()


def test_a_store_goes_on_after_the_database_was_restarted(postgres: Postgres, rulebook: Rulebook) -> None:
    store = Store(postgres.url(postgres.create()), rulebook.vocabulary)
    store.upgrade()
    case = store.cases.create(ANN, FILE, at=AT).entry.id
    postgres.kill()
    assert store.ready() == "unreachable"
    postgres.start()
    assert store.cases.read(ANN, case).file == FILE
    store.close()


def test_a_sqlite_file_is_for_its_owner_only(tmp_path: Path, rulebook: Rulebook) -> None:
    store = Store(f"sqlite:///{tmp_path}/new/folder/advisor.db", rulebook.vocabulary)
    store.upgrade()
    store.cases.create(ANN, FILE, at=AT)
    modes = {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "new/folder").iterdir()}
    assert modes == {"advisor.db": 0o600, "advisor.db-wal": 0o600, "advisor.db-shm": 0o600}
    assert (tmp_path / "new/folder").stat().st_mode & 0o777 == 0o700
    store.close()


_ELSEWHERE = """
import sqlite3, sys
base = sqlite3.connect(sys.argv[1])
print(*(case for (case,) in base.execute("SELECT id FROM cases ORDER BY rowid")))
base.close()
"""


def test_another_program_that_closes_the_sqlite_file_takes_nothing_from_who_goes_on_writing(
    tmp_path: Path, rulebook: Rulebook
) -> None:
    path = tmp_path / "advisor.db"
    store = Store(f"sqlite:///{path}", rulebook.vocabulary)
    store.upgrade()
    with store._connections.reading(), store._connections.reading():  # as requests do that come at once
        pass

    def elsewhere() -> list[str]:
        done = subprocess.run([sys.executable, "-c", _ELSEWHERE, path], capture_output=True, text=True, check=True)
        return done.stdout.split()

    first = store.cases.create(ANN, FILE, at=AT).entry.id
    assert elsewhere() == [first]
    second = store.cases.create(ANN, FILE, at=AT).entry.id
    assert elsewhere() == [first, second]
    store.close()


def test_a_deleted_case_leaves_no_byte_in_the_sqlite_file(tmp_path: Path, rulebook: Rulebook) -> None:
    path = tmp_path / "advisor.db"
    store = Store(f"sqlite:///{path}", rulebook.vocabulary)
    store.upgrade()
    other = store.cases.create(ANN, named("An other one"), at=AT).entry.id
    case = store.cases.create(ANN, named("Zyxwvut", "Qponmlk"), at=AT).entry.id
    for revision in range(1, 30):
        store.cases.save(ANN, case, revision, named(f"Zyxwvut {revision}" * revision, "Qponmlk"), at=later(revision))
        store.cases.save(ANN, other, revision, named(f"An other one {revision}"), at=later(revision))
    engine = create_engine(f"sqlite:///{path}")
    with engine.connect() as connection:
        wanted = text("SELECT content FROM revisions WHERE case_id = :case AND number = 3")
        packed: bytes = connection.execute(wanted, {"case": case}).scalar_one()
    engine.dispose()

    def found(needle: bytes) -> bool:
        return any(needle in each.read_bytes() for each in tmp_path.iterdir())

    needles = (b"Zyxwvut", b"Qponmlk", b"zyxwvut", packed, case.encode())
    assert all(found(needle) for needle in needles)
    store.cases.delete(ANN, case)
    assert not any(found(needle) for needle in needles)
    assert found(b"An other one")
    assert store.cases.read(ANN, other).entry.revision == 30
    store.close()


def test_a_deletion_does_not_wait_for_who_reads_for_long(tmp_path: Path, rulebook: Rulebook) -> None:
    path = tmp_path / "advisor.db"
    store = Store(f"sqlite:///{path}", rulebook.vocabulary)
    store.upgrade()
    first, second = (store.cases.create(ANN, named("Zyxwvut"), at=AT).entry.id for _ in range(2))
    reader = sqlite3.connect(path, isolation_level=None)
    reader.execute("BEGIN")
    assert reader.execute("SELECT count(*) FROM cases").fetchone() == (2,)
    store.cases.delete(ANN, first)
    assert store.cases.list(ANN).total == 1
    assert reader.execute("SELECT count(*) FROM cases").fetchone() == (2,)
    reader.execute("COMMIT")
    reader.close()
    store.cases.delete(ANN, second)  # and now the bytes of both are gone
    assert not any(b"Zyxwvut" in each.read_bytes() for each in tmp_path.iterdir())
    store.close()
