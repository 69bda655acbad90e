"""Kept advice, its replay byte for byte, and shared links, on SQLite and on PostgreSQL."""

import io
import json
import lzma
import shutil
import tarfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from advisor.engine import engine
from advisor.io import fingerprint
from advisor.loading import Loaded, folder_of, load
from advisor.model.scenario import CaseFile, Scenario
from advisor.render import documents
from advisor.service import Service
from advisor.store.database import NoSuchCaseError, NotReplayableError, Store
from advisor.store.records import KeptAdvice
from advisor.store.replay import archive_of, replay
from support.fresh_databases import migrated
from support.stored_cases import ANN, AT, BEN, CASE, FILE, PAT, later, named

GIVEN: dict[str, Any] = {"rulebook": "0" * 64, "wording": "1" * 64, "engine": "chain", "marks": True}


def keep(
    store: Store, case: str, revision: int = 1, *, minutes: float = 0, content: bytes = b"{}", scenario: str = ""
) -> KeptAdvice:
    return store.advices.keep(
        ANN,
        case,
        revision,
        scenario=scenario,
        content=content,
        **GIVEN,
        at=later(minutes),
    )


def packed(members: dict[str, bytes], kind: bytes = tarfile.REGTYPE) -> bytes:
    """An archive that somebody made."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:xz") as archive:
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size, member.type, member.linkname = len(content), kind, "/etc/hostname"
            archive.addfile(member, io.BytesIO(content))
    return made.getvalue()


def test_advice_is_kept_as_it_was_given(store: Store) -> None:
    case = store.cases.create(ANN, FILE, at=AT).entry.id
    content = '{"case": "Ä"}\n'.encode()
    kept = keep(store, case, content=content, scenario="lift\0")
    assert kept == KeptAdvice(kept.id, case, 1, "lift\0", AT, "ann", "0" * 64, "1" * 64, "chain", True, content)
    assert store.advices.read(PAT, case, kept.id) == kept
    assert store.advices.list(PAT, case).items == (replace(kept, content=b""),)


def test_the_same_advice_is_kept_once_and_any_other_beside_it(store: Store) -> None:
    case = store.cases.create(ANN, FILE, at=AT).entry.id
    store.cases.save(ANN, case, 1, named("x"), at=AT)
    first = keep(store, case)
    assert keep(store, case, minutes=5, content=b"{...}") == first
    others = [keep(store, case, 2), keep(store, case, scenario="lift")]
    same = {"content": b"", **GIVEN, "at": AT}
    for change in ({"rulebook": "1" * 64}, {"wording": "2" * 64}, {"engine": "durable"}, {"marks": False}):
        others.append(store.advices.keep(PAT, case, 1, **{**same, **change}))
    assert len({first.id, *(kept.id for kept in others)}) == 7
    assert store.advices.list(ANN, case).total == 7


def test_of_several_who_keep_the_same_at_once_all_get_the_first(store: Store) -> None:
    case = store.cases.create(ANN, FILE, at=AT).entry.id
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda n: keep(store, case, minutes=n), range(8)))
    assert len(set(found)) == 1


def test_kept_advice_comes_in_pages_the_newest_first(store: Store) -> None:
    case = store.cases.create(ANN, FILE, at=AT).entry.id
    made = [keep(store, case, minutes=n // 2, scenario=str(n)) for n in range(5)]
    expected = [kept.id for kept in sorted(made, key=lambda kept: (kept.at, kept.id), reverse=True)]
    found, after = [], ""
    while True:
        page = store.advices.list(ANN, case, after=after, limit=2)
        found += [kept.id for kept in page.items]
        assert page.total == 5
        if not page.following:
            break
        after = page.following
    assert found == expected


def test_advice_of_another_case_or_on_a_revision_that_is_not_there_is_refused(store: Store) -> None:
    case, other = (store.cases.create(ANN, FILE, at=AT).entry.id for _ in range(2))
    kept = keep(store, case)
    with pytest.raises(NoSuchCaseError):
        store.advices.read(ANN, other, kept.id)
    for revision, missing in ((2, case), (1, "nothing")):
        with pytest.raises(NoSuchCaseError):
            keep(store, missing, revision)


def test_a_rulebook_is_kept_once(store: Store) -> None:
    assert store.advices.rulebook("a", "w") is None
    store.advices.keep_rulebook("a", "w", "1.0.0", b"first")
    store.advices.keep_rulebook("a", "w", "1.0.0", b"second")
    assert store.advices.rulebook("a", "w") == b"first"


def test_a_rulebook_is_kept_anew_with_other_words(store: Store) -> None:
    store.advices.keep_rulebook("a", "w", "1.0.0", b"first")
    assert store.advices.rulebook("a", "v") is None
    store.advices.keep_rulebook("a", "v", "1.0.0", b"second")
    assert [store.advices.rulebook("a", words) for words in ("w", "v")] == [b"first", b"second"]


def test_an_archive_holds_just_the_files_that_are_hashed_and_is_the_same_each_time(tmp_path: Path, loaded: Loaded) -> None:
    before = archive_of(folder_of("rules"), folder_of("prompts") / "en")
    rules, prompts = tmp_path / "rules", tmp_path / "prompts"
    shutil.copytree(folder_of("rules"), rules)
    shutil.copytree(folder_of("prompts"), prompts)
    (rules / "notes.txt").write_text("not a rule")
    assert archive_of(rules, prompts / "en") == before
    unpacked = tmp_path / "unpacked"
    with tarfile.open(fileobj=io.BytesIO(before)) as archive:
        archive.extractall(unpacked, filter="data")
    again = load(unpacked / "rules/rules", unpacked / "prompts", cache=tmp_path / "cache")
    assert (again.rulebook.sha256, again.wording.sha256) == (loaded.rulebook.sha256, loaded.wording.sha256)


@pytest.fixture(scope="module")
def changed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Loaded, bytes]:
    """A rulebook that words its findings differently, and its archive."""
    folder = tmp_path_factory.mktemp("then")
    rules, prompts = folder / "rules", folder / "prompts"
    shutil.copytree(folder_of("rules"), rules)
    shutil.copytree(folder_of("prompts"), prompts)
    worded = prompts / "en/findings/gate.yaml"
    worded.write_text(worded.read_text("utf-8").replace("verdict", "VERDICT"), "utf-8")
    return load(rules, prompts, cache=folder / "cache"), archive_of(rules, prompts / "en")


def test_advice_is_replayed_byte_for_byte_after_the_rulebook_has_changed(
    database_url: str, kind: str, loaded: Loaded, changed: tuple[Loaded, bytes]
) -> None:
    """The rulebook of then asks a question that the one of now does not know, and words its findings differently.

    Each replay reads a rulebook: both scenarios are replayed on one database, and one of them on the other.
    """
    then, archive = changed
    hashes = then.rulebook.sha256, then.wording.sha256
    assert hashes[0] == loaded.rulebook.sha256  # nothing is decided otherwise
    assert hashes[1] != loaded.wording.sha256
    scenarios = {"lift": Scenario("lift", {"possible.authority": ("head",)})}
    old = Store(database_url, then.rulebook.vocabulary)
    saved = old.cases.create(ANN, CaseFile(CASE, scenarios), at=AT)
    case = saved.entry.id
    old.advices.keep_rulebook(*hashes, then.rulebook.version, archive)
    advisor = Service(then, engine("chain", then.cache))
    given = {}
    for scenario in ("", "lift") if kind == "sqlite" else ("lift",):
        content = documents.json_bytes(advisor.assess(saved.file.in_scenario(scenario), marks=True))
        about = {"rulebook": hashes[0], "wording": hashes[1], "engine": "chain", "marks": True, "at": AT}
        given[old.advices.keep(ANN, case, 1, scenario=scenario, content=content, **about).id] = content  # type: ignore[arg-type]
    old.close()

    questions = {name: q for name, q in loaded.rulebook.vocabulary.questions.items() if name != "wanted.duties"}
    now = Store(database_url, replace(loaded.rulebook.vocabulary, questions=questions))
    now.cases.save(ANN, case, 1, named("changed since"), at=later(1))
    for advice, content in given.items():
        assert replay(now, PAT, case, advice) == content
    assert b"VERDICT" in content
    with pytest.raises(NoSuchCaseError):
        replay(now, BEN, case, advice)
    now.close()
    assert then.cache.find("rulebook")  # what is kept for the rulebook in use was not pushed out


@pytest.mark.long
def test_advice_kept_before_words_had_a_hash_of_their_own_is_replayed_byte_for_byte(loaded: Loaded, tmp_path: Path) -> None:
    """Then one hash was over the files of both, templates among them, and the stamp had nothing of words."""
    rules, prompts = tmp_path / "rules", tmp_path / "prompts"
    shutil.copytree(folder_of("rules"), rules)
    shutil.copytree(folder_of("prompts"), prompts, ignore=shutil.ignore_patterns("pages", "documents"))
    (prompts / "en/templates").mkdir(exist_ok=True)
    (prompts / "en/templates/advice.md.j2").write_text("# {{ advice.case }}\n")
    sha256 = fingerprint.of_files((rules, prompts / "en"))
    store = migrated(f"sqlite:///{tmp_path / 'advisor.db'}", loaded.rulebook.vocabulary)
    case = store.cases.create(ANN, FILE, at=AT).entry.id
    given = json.loads(documents.json(Service(loaded, engine("chain", loaded.cache)).assess(CASE, marks=True)))
    del given["wording"]
    given |= {"format": "advice/1", "rulebook": {"version": loaded.rulebook.version, "sha256": sha256}}
    content = (json.dumps(given, ensure_ascii=False, indent=2) + "\n").encode()
    files = {f"rules/rules/{path.relative_to(rules).as_posix()}": path.read_bytes() for path in rules.rglob("*.yaml")}
    files |= {f"prompts/{path.relative_to(prompts).as_posix()}": path.read_bytes() for path in prompts.rglob("*.*")}
    store.advices.keep_rulebook(sha256, "", "1.0.0", packed(files))
    about = {"rulebook": sha256, "wording": "", "engine": "chain", "marks": True, "at": AT}
    kept = store.advices.keep(ANN, case, 1, content=content, **about)  # type: ignore[arg-type]
    assert replay(store, ANN, case, kept.id) == content
    store.close()


def too_much() -> bytes:
    """The beginning of an archive whose first member says that it is very large."""
    member = tarfile.TarInfo("rules/rules/a.yaml")
    member.size = 2**40
    return lzma.compress(member.tobuf())


def of_another_shape() -> bytes:
    """A rulebook that declares parts which there are no longer."""
    rules, prompts = folder_of("rules"), folder_of("prompts")
    files = {f"rules/rules/{path.relative_to(rules).as_posix()}": path.read_bytes() for path in rules.rglob("*.yaml")}
    files |= {f"prompts/{path.relative_to(prompts).as_posix()}": path.read_bytes() for path in prompts.rglob("en/**/*.yaml")}
    name = "rules/rules/vocabulary/advice.yaml"
    return packed(files | {name: files[name].replace(b"parts:", b"parts:\n  strengths: caution", 1)})


BROKEN: dict[str, Callable[[], bytes]] = {
    "nothing": lambda: b"",
    "no archive": lambda: b"no archive",
    "an archive cut short": lambda: packed({"rules/rules/a.yaml": b"a: b\n" * 9999})[:-40],
    "an archive of nothing": lambda: packed({}),
    "a rulebook of another shape": of_another_shape,
    "another rulebook": lambda: archive_of(folder_of("rules"), folder_of("prompts") / "en"),
    "a path upwards": lambda: packed({"rules/../../../stolen.yaml": b"x"}),
    "a path from the root": lambda: packed({"/tmp/stolen/stolen.yaml": b"x"}),
    "a path of another system": lambda: packed({"rules/a/..\\stolen.yaml": b"x"}),
    "a drive of another system": lambda: packed({"rules/a/C:stolen.yaml": b"x"}),
    "a link": lambda: packed({"rules/rules/stolen.yaml": b""}, tarfile.SYMTYPE),
    "a hard link": lambda: packed({"rules/rules/stolen.yaml": b""}, tarfile.LNKTYPE),
    "a device": lambda: packed({"rules/rules/stolen.yaml": b""}, tarfile.CHRTYPE),
    "a folder of another name": lambda: packed({"other/rules/stolen.yaml": b"x"}),
    "a file in no folder": lambda: packed({"rules/stolen.yaml": b"x"}),
    "too many files": lambda: packed({f"rules/rules/{n}.yaml": b"" for n in range(2_001)}),
    "too much": too_much,
}


@pytest.fixture(scope="module")
def kept_somewhere(tmp_path_factory: pytest.TempPathFactory, loaded: Loaded) -> tuple[Store, str, str]:
    """A store in SQLite with one advice, by a rulebook named "0…0"."""
    store = migrated(f"sqlite:///{tmp_path_factory.mktemp('kept') / 'advisor.db'}", loaded.rulebook.vocabulary)
    case = store.cases.create(ANN, FILE, at=AT).entry.id
    return store, case, keep(store, case).id


@pytest.mark.parametrize("what", BROKEN)
def test_what_is_not_the_rulebook_it_was_is_not_replayed(
    kept_somewhere: tuple[Store, str, str], what: str, tmp_path: Path
) -> None:
    store, case, advice = kept_somewhere
    with store._connections.writing() as connection:
        connection.exec_driver_sql("DELETE FROM rulebooks")
    store.advices.keep_rulebook("0" * 64, "1" * 64, "1", BROKEN[what]())
    with pytest.raises(NotReplayableError):
        replay(store, ANN, case, advice)
    assert not list(tmp_path.parent.rglob("stolen.yaml"))
    assert not Path("/tmp/stolen").exists()


def test_advice_by_a_rulebook_that_was_not_kept_is_not_replayed(store: Store) -> None:
    case = store.cases.create(ANN, FILE, at=AT).entry.id
    with pytest.raises(NotReplayableError):
        replay(store, ANN, case, keep(store, case).id)


def test_a_link_shows_the_case_as_it_is_now_until_it_expires(store: Store) -> None:
    case = store.cases.create(ANN, FILE, at=AT).entry.id
    link, secret = store.links.create(ANN, case, "compare", ["lift", "wi\0der"], at=AT, expires=later(60))
    assert (link.case, link.shows, link.scenarios, link.created_by, link.revoked) == (
        case,
        "compare",
        ("lift", "wi\0der"),
        "ann",
        None,
    )
    store.cases.save(PAT, case, 1, named("Anew"), at=later(1))
    opened = store.links.open(secret, at=later(59))
    assert opened is not None
    assert opened == (link, store.cases.read(ANN, case))
    assert opened[1].file == named("Anew")
    assert store.links.open(secret, at=later(60)) is None
    assert len(secret) >= 43
    for unknown in ("", "x", link.id, "\ud800\0"):
        assert store.links.open(unknown, at=AT) is None


def test_a_link_shows_free_words_and_notes_only_where_it_was_made_to(store: Store) -> None:
    partner = replace(CASE.partners[0], notes={("partner.vision", ""): "It wrote so"})
    case = replace(CASE, words={"agency": "Kent"}, notes={("wanted.duties", ""): "Ours"}, partners=(partner, CASE.partners[1]))
    saved = store.cases.create(ANN, CaseFile(case, {}), at=AT)
    for words in (False, True):
        link, secret = store.links.create(ANN, saved.entry.id, "advice", (), at=AT, expires=later(60), words=words)
        opened = store.links.open(secret, at=later(1))
        assert opened is not None
        assert opened[0] == link
        assert link.words is words
        assert opened[1].file.case == (case if words else CASE)


def test_links_are_listed_and_revoked_by_whoever_sees_the_case(store: Store) -> None:
    case, other = (store.cases.create(ANN, FILE, at=AT).entry.id for _ in range(2))
    first, secret = store.links.create(ANN, case, "advice", (), at=AT, expires=later(60))
    second, stays = store.links.create(PAT, case, "advice", (), at=later(1), expires=later(60))
    assert store.links.list(PAT, case) == (second, first)
    assert store.links.list(ANN, other) == ()
    assert not store.links.revoke(ANN, other, first.id, at=later(2))
    assert store.links.open(secret, at=later(2)) is not None
    assert store.links.revoke(PAT, case, first.id, at=later(3))
    assert not store.links.revoke(PAT, case, first.id, at=later(4))
    assert store.links.open(secret, at=later(4)) is None
    assert store.links.open(stays, at=later(4)) is not None
    assert [link.revoked for link in store.links.list(ANN, case)] == [None, later(3)]
