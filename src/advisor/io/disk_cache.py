"""What was worked out once and is kept for the next start, in a folder named after all that went into it."""

import contextlib
import hashlib
import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path

from advisor.io.files import write_whole

_DIGEST = 32
_OTHERS = 3  # rulebooks and languages that take turns do not empty each other's folders
_NAME = re.compile(r"[0-9a-f]{12}-[0-9a-f]{64}")


def _ours(path: Path) -> bool:
    return bool(_NAME.fullmatch(path.name))


def _used(path: Path) -> float:
    """When something was last written into a folder or read from it; or 0 where it is gone by now."""
    with contextlib.suppress(OSError):
        return path.stat().st_mtime
    return 0.0


class DiskCache:
    """Byte strings by name. A folder that cannot be read or written is done without."""

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder

    def find(self, name: str) -> bytes | None:
        """What is kept under `name`, or None."""
        if self.folder is not None:
            with contextlib.suppress(OSError):
                content = (self.folder / name).read_bytes()
                if content[:_DIGEST] == hashlib.sha256(content[_DIGEST:]).digest():  # else it was damaged
                    os.utime(self.folder)  # what is in use is not dropped for what is newer
                    return content[_DIGEST:]
        return None

    def get(self, name: str, make: Callable[[], bytes]) -> bytes:
        """What is kept under `name`; it is made, and kept, if nothing is."""
        found = self.find(name)
        if found is None:
            found = make()
            with contextlib.suppress(OSError):
                self._write(name, found)
        return found

    def _write(self, name: str, content: bytes) -> None:
        """A first write drops the folders that earlier versions left, but for the few used last."""
        if self.folder is None:
            return
        if not self.folder.is_dir():
            others = sorted(filter(_ours, self.folder.parent.glob("*")), key=_used, reverse=True)
            for old in others[_OTHERS:]:
                shutil.rmtree(old, ignore_errors=True)
            self.folder.mkdir(parents=True, exist_ok=True)
        write_whole(self.folder / name, hashlib.sha256(content).digest() + content)
