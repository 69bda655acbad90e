"""What was worked out once is kept for the next start, and done without where it cannot be."""

from pathlib import Path

import pytest

from advisor.io.disk_cache import Kept


def refuse() -> bytes:
    raise AssertionError("made again")


def test_what_is_kept_is_not_made_again(tmp_path: Path) -> None:
    folder = tmp_path / "cache" / "one"
    assert Kept(folder).get("name", lambda: b"made") == b"made"
    assert Kept(folder).get("name", refuse) == b"made"
    assert Kept(folder).find("name") == b"made"
    assert [path.name for path in folder.iterdir()] == ["name"]


def test_nothing_is_found_before_it_is_made(tmp_path: Path) -> None:
    assert Kept(tmp_path / "one").find("name") is None


def test_without_a_folder_everything_is_made_each_time() -> None:
    kept = Kept(None)
    made = [b"second", b"first"]
    assert [kept.get("name", made.pop), kept.get("name", made.pop)] == [b"first", b"second"]
    assert kept.find("name") is None


def test_a_folder_that_cannot_be_made_is_done_without(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    kept = Kept(tmp_path / "file" / "one")
    assert kept.get("name", lambda: b"made") == b"made"
    assert kept.find("name") is None


def test_a_first_write_drops_what_earlier_versions_left(tmp_path: Path) -> None:
    old, new = tmp_path / ("a" * 12 + "-" + "b" * 64), tmp_path / ("c" * 12 + "-" + "d" * 64)
    Kept(old).get("name", lambda: b"old")
    Kept(new).get("name", lambda: b"new")
    Kept(new).get("other", lambda: b"new")
    assert [path.name for path in tmp_path.iterdir()] == [new.name]


def test_a_first_write_leaves_alone_what_it_did_not_make(tmp_path: Path) -> None:
    """A cache folder that somebody chose may hold other things."""
    (tmp_path / "photographs").mkdir()
    (tmp_path / "photographs" / "one.jpg").write_bytes(b"x")
    Kept(tmp_path / ("c" * 12 + "-" + "d" * 64)).get("name", lambda: b"new")
    assert (tmp_path / "photographs" / "one.jpg").exists()


def test_an_error_in_making_is_not_hidden(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="made again"):
        Kept(tmp_path / "one").get("name", refuse)
