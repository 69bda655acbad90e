"""Files are written whole or not at all."""

import os
import stat
from pathlib import Path

import pytest

from advisor.io.files import write_file, write_whole
from advisor.model.problems import InputError, Problem


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_is_written_with_the_usual_permissions(tmp_path: Path) -> None:
    mask = os.umask(0o027)
    try:
        write_file(tmp_path / "a", b"x")
    finally:
        os.umask(mask)
    assert (tmp_path / "a").read_bytes() == b"x"
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o640
    assert names(tmp_path) == ["a"]


def test_a_secret_is_nobody_elses_from_the_start(tmp_path: Path) -> None:
    write_whole(tmp_path / "a", b"x", new=True, mode=0o600)
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o600


def test_a_file_that_is_replaced_keeps_its_permissions(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"x")
    path.chmod(0o604)
    write_file(path, b"y")
    assert (path.read_bytes(), stat.S_IMODE(path.stat().st_mode)) == (b"y", 0o604)


def test_a_link_keeps_pointing_where_it_did(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "a").write_bytes(b"x")
    (tmp_path / "link").symlink_to(tmp_path / "there" / "a")
    write_file(tmp_path / "link", b"y")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "there" / "a").read_bytes() == b"y"


def test_a_new_file_never_takes_the_place_of_another(tmp_path: Path) -> None:
    write_file(tmp_path / "a", b"x", new=True)
    with pytest.raises(InputError) as raised:
        write_file(tmp_path / "a", b"y", new=True)
    assert raised.value.problems == (Problem(str(tmp_path / "a"), 0, "file-exists", "a", "File exists"),)
    assert (tmp_path / "a").read_bytes() == b"x"
    assert names(tmp_path) == ["a"]


def test_what_fails_on_the_way_leaves_the_old_file_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    (tmp_path / "a").write_bytes(b"x")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(InputError) as raised:
        write_file(tmp_path / "a", b"y" * 100_000)
    assert [(p.code, p.about, p.found) for p in raised.value.problems] == [("unwritable-file", "a", "No space left on device")]
    assert (tmp_path / "a").read_bytes() == b"x"
    assert names(tmp_path) == ["a"]


def test_a_folder_that_is_none_is_reported(tmp_path: Path) -> None:
    with pytest.raises(InputError) as raised:
        write_file(tmp_path / "nowhere" / "a", b"x")
    assert [(p.code, p.found) for p in raised.value.problems] == [("unwritable-file", "No such file or directory")]


def test_a_file_with_a_long_name_is_written(tmp_path: Path) -> None:
    write_file(tmp_path / ("n" * 255), b"x")
    assert names(tmp_path) == ["n" * 255]
