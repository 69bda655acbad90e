"""What was worked out once is kept for the next start, and done without where it cannot be."""

import os
from pathlib import Path

import pytest

from advisor.io.disk_cache import DiskCache


def refuse() -> bytes:
    raise AssertionError("made again")


def test_what_is_kept_is_not_made_again(tmp_path: Path) -> None:
    folder = tmp_path / "cache" / "one"
    assert DiskCache(folder).get("name", lambda: b"made") == b"made"
    assert DiskCache(folder).get("name", refuse) == b"made"
    assert DiskCache(folder).find("name") == b"made"
    assert [path.name for path in folder.iterdir()] == ["name"]


def test_nothing_is_found_before_it_is_made(tmp_path: Path) -> None:
    assert DiskCache(tmp_path / "one").find("name") is None


def test_without_a_folder_everything_is_made_each_time() -> None:
    cache = DiskCache(None)
    made = [b"second", b"first"]
    assert [cache.get("name", made.pop), cache.get("name", made.pop)] == [b"first", b"second"]
    assert cache.find("name") is None


def test_a_folder_that_cannot_be_made_is_done_without(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    cache = DiskCache(tmp_path / "file" / "one")
    assert cache.get("name", lambda: b"made") == b"made"
    assert cache.find("name") is None


def test_a_first_write_drops_what_earlier_versions_left_but_for_the_newest_few(tmp_path: Path) -> None:
    *olds, new = (tmp_path / (digit * 12 + "-" + digit * 64) for digit in "012345")
    for age, old in zip(range(len(olds), 0, -1), olds, strict=True):
        DiskCache(old).get("name", lambda: b"old")
        os.utime(old, (1_000_000 - age, 1_000_000 - age))
    DiskCache(new).get("name", lambda: b"new")
    DiskCache(new).get("other", lambda: b"new")
    assert {path.name for path in tmp_path.iterdir()} == {path.name for path in (*olds[-3:], new)}


def test_a_first_write_leaves_alone_what_it_did_not_make(tmp_path: Path) -> None:
    """A cache folder that somebody chose may hold other things."""
    (tmp_path / "photographs").mkdir()
    (tmp_path / "photographs" / "one.jpg").write_bytes(b"x")
    DiskCache(tmp_path / ("c" * 12 + "-" + "d" * 64)).get("name", lambda: b"new")
    assert (tmp_path / "photographs" / "one.jpg").exists()


def test_an_error_in_making_is_not_hidden(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="made again"):
        DiskCache(tmp_path / "one").get("name", refuse)


def test_a_folder_that_is_read_from_outlives_newer_ones(tmp_path: Path) -> None:
    *folders, new = (tmp_path / f"{n:012x}-{n:064x}" for n in range(5))
    for age, folder in zip(range(40, 0, -10), folders, strict=True):
        DiskCache(folder).get("name", lambda: b"kept")
        os.utime(folder, (folder.stat().st_mtime - age,) * 2)
    assert DiskCache(folders[0]).find("name") == b"kept"
    DiskCache(new).get("name", lambda: b"kept")
    assert {path.name for path in tmp_path.iterdir()} == {path.name for path in (folders[0], *folders[2:], new)}
