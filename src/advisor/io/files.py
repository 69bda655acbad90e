"""Reads files of a limited size, and writes files whole or not at all, even if the machine stops."""

import contextlib
import os
import secrets
import shutil
from pathlib import Path

from advisor.model.problems import InputError, Problem


def read_file(path: Path, most: int) -> bytes:
    """The content of a file of at most so many bytes. Raises `InputError` where it cannot be read, or is larger."""
    try:
        with path.open("rb") as file:
            content = file.read(most + 1)
    except OSError as error:
        found = error.strerror or type(error).__name__
        raise InputError([Problem(str(path), 0, "unreadable-file", found=found)]) from None
    if len(content) > most:
        raise InputError([Problem(str(path), 0, "too-large", found=f"{most // 1024} KiB")])
    return content


def names_below(folder: Path, kinds: tuple[str, ...]) -> list[str]:
    """The files below a folder whose names end so, by their way from it, folder by folder."""
    top = os.path.join(folder, "")  # noqa: PTH118 - a start looks at hundreds of files, and paths take three times as long
    every = (f"{at}/{name}"[len(top) :] for at, _, names in os.walk(top) for name in names if name.endswith(kinds))
    return sorted((name.replace(os.sep, "/").lstrip("/") for name in every), key=lambda name: name.split("/"))


def write_file(path: Path, content: bytes, *, new: bool = False) -> None:
    """Put a content where a file is or shall be. Raises `InputError` if that cannot be done, or if `new` and there is one."""
    try:
        write_whole(path, content, new=new)
    except OSError as error:
        raise unwritable(path, error) from None


def unwritable(path: Path, error: OSError) -> InputError:
    """What is reported where a file could not be written."""
    code = "file-exists" if isinstance(error, FileExistsError) else "unwritable-file"
    return InputError([Problem(str(path), 0, code, about=path.name, found=error.strerror or type(error).__name__)])


def write_whole(path: Path, content: bytes, *, new: bool = False, mode: int | None = None) -> None:
    """The same, raising `OSError` (`FileExistsError` if `new` and there is a file).

    A file that is replaced keeps its permissions, and a link keeps pointing where it did; a new one gets those of `mode`,
    or the usual ones.
    """
    target = path.resolve()
    draft = target.with_name(f".{target.name[:40]}.{secrets.token_hex(8)}.tmp")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666 if mode is None else mode), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if new:
            target.hardlink_to(draft)
        else:
            with contextlib.suppress(FileNotFoundError):
                shutil.copymode(target, draft)
            draft.replace(target)
        _sync(target.parent)
    finally:
        with contextlib.suppress(OSError):
            draft.unlink(missing_ok=True)


def _sync(folder: Path) -> None:
    """Have the file system keep the new name too, where it can be asked to."""
    with contextlib.suppress(OSError):
        opened = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)
