"""Backups of a database: made while it is in use, checked, and put back.

A backup is one file: a tar with what the store holds, table by table, in JSON lines, and a manifest with the SHA-256 of each.
It is of the moment at which it was begun, and the same for SQLite and PostgreSQL, so that one can be moved to the other.
"""

import base64
import hashlib
import io
import json
import tarfile
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from sqlalchemy import Connection, LargeBinary, Table, func, insert, select

from advisor.model.problems import InputError, Problem
from advisor.store import (  # every table is to be known here
    consultation_tables,  # noqa: F401
    follow_up_tables,  # noqa: F401
    membership_tables,  # noqa: F401
    organization_tables,  # noqa: F401
    passkey_tables,  # noqa: F401
    retention_tables,  # noqa: F401
    schema,
    second_factor_tables,  # noqa: F401
    webhook_tables,  # noqa: F401
)
from advisor.store.connections import Connections
from advisor.store.tables import Base, Moment

FORM = "partnership-advisor-backup/1"
_MANIFEST = "manifest.json"
_AT_ONCE = 500
_FLEETING = ("sessions", "attempts", "resets", "spent_challenges")  # of no use elsewhere or later: everybody signs in anew


@dataclass(frozen=True, slots=True)
class Contents:
    """What a backup holds: of when, of which revision of the tables, and how many rows of each."""

    at: str
    revision: str
    rows: dict[str, int]


def write_backup(connections: Connections, path: Path, *, at: datetime) -> Contents:
    """Write a backup to a file that is not there yet, whole or not at all. Raises `InputError`, and `UnavailableError`."""
    draft = path.with_name(f".{path.name}.part")
    try:
        with draft.open("xb") as file, tarfile.open(fileobj=file, mode="w:gz", compresslevel=6) as archive:
            draft.chmod(0o600)
            contents = _write(connections, archive, at)
        path.hardlink_to(draft)
    except OSError as error:
        code = "file-exists" if isinstance(error, FileExistsError) else "unwritable-file"
        raise InputError([Problem(str(path), 0, code, about=path.name, found=error.strerror or "")]) from None
    finally:
        draft.unlink(missing_ok=True)
    return contents


def read_backup(path: Path) -> Contents:
    """Check a backup from the first byte to the last. Raises `InputError` where it is none, or is not whole."""
    with _opened(path) as archive:
        manifest = _manifest(archive, path)
        for name, wanted in manifest["tables"].items():
            found = hashlib.sha256()
            rows = 0
            for line in _lines(archive, path, name):
                found.update(line)
                rows += 1
                _values(path, Base.metadata.tables[name], line)
            if (found.hexdigest(), rows) != (wanted["sha256"], wanted["rows"]):
                raise _damaged(path, name)
    return Contents(manifest["at"], manifest["revision"], {name: each["rows"] for name, each in manifest["tables"].items()})


def restore_backup(connections: Connections, path: Path) -> Contents:
    """Fill an empty database with what a backup holds, all of it or nothing.

    Raises `InputError` where the backup is not whole, is of other tables than this version's, or the database holds something.
    """
    contents = read_backup(path)
    schema.upgrade(connections)
    with connections.writing() as connection, _opened(path) as archive:
        here = schema.revision_of(connection)
        if contents.revision != here:
            found = [Problem(str(path), 0, "backup-of-another-version", found=contents.revision, about=here or "")]
            raise InputError(found)
        held = [table.name for table in _tables() if connection.execute(select(func.count()).select_from(table)).scalar_one()]
        if held:
            raise InputError([Problem(str(path), 0, "database-not-empty", found=", ".join(held))])
        for table in _tables():
            many: list[dict[str, Any]] = []
            for line in _lines(archive, path, table.name):
                many.append(_values(path, table, line))
                if len(many) == _AT_ONCE:
                    connection.execute(insert(table), many)
                    many.clear()
            if many:
                connection.execute(insert(table), many)
    return contents


def _write(connections: Connections, archive: tarfile.TarFile, at: datetime) -> Contents:
    told: dict[str, dict[str, object]] = {}
    with connections.snapshot() as connection:
        revision = schema.revision_of(connection) or ""
        for table in _tables():
            with tempfile.TemporaryFile() as rows:
                told[table.name] = _write_table(connection, table, rows)
                size = rows.tell()
                rows.seek(0)
                _add(archive, f"{table.name}.jsonl", rows, size, at)
    whole = {"form": FORM, "at": at.isoformat(), "revision": revision, "tables": told}
    manifest = json.dumps(whole, indent=1, sort_keys=True).encode()
    _add(archive, _MANIFEST, io.BytesIO(manifest), len(manifest), at)
    return Contents(at.isoformat(), revision, {name: int(str(each["rows"])) for name, each in told.items()})


def _add(archive: tarfile.TarFile, name: str, content: IO[bytes], size: int, at: datetime) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mode, member.mtime = size, 0o600, int(at.timestamp())
    archive.addfile(member, content)


def _write_table(connection: Connection, table: Table, out: IO[bytes]) -> dict[str, object]:
    found, rows = hashlib.sha256(), 0
    asked = select(table).order_by(*table.primary_key.columns).execution_options(yield_per=_AT_ONCE)
    for row in connection.execute(asked).mappings():
        told = {column.name: _told(row[column.name]) for column in table.columns}
        line = json.dumps(told, ensure_ascii=True, separators=(",", ":")).encode() + b"\n"
        out.write(line)
        found.update(line)
        rows += 1
    return {"rows": rows, "sha256": found.hexdigest()}


def _told(value: object) -> object:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return value.isoformat() if isinstance(value, datetime) else value


def _values(path: Path, table: Table, line: bytes) -> dict[str, Any]:
    """The values of a row. Raises `InputError` for what is none."""
    try:
        told = json.loads(line)
        if set(told) != {column.name for column in table.columns}:
            raise ValueError
        return {column.name: _value(column.type, told[column.name]) for column in table.columns}
    except (ValueError, TypeError, AttributeError):
        raise _damaged(path, table.name) from None


def _value(kind: object, told: Any) -> Any:
    if told is None:
        return None
    if isinstance(kind, LargeBinary):
        return base64.b64decode(told, validate=True)
    return datetime.fromisoformat(told) if isinstance(kind, Moment) else told


def _tables() -> list[Table]:
    """The tables that are kept, each after those that it refers to."""
    return [table for table in Base.metadata.sorted_tables if table.name not in _FLEETING]


@contextmanager
def _opened(path: Path) -> Iterator[tarfile.TarFile]:
    try:
        with tarfile.open(path, "r:gz") as archive:
            yield archive
    except (tarfile.TarError, zlib.error, EOFError, OSError) as error:
        if isinstance(error, (FileNotFoundError, PermissionError, IsADirectoryError)):
            raise InputError([Problem(str(path), 0, "unreadable-file", found=error.strerror or "")]) from None
        raise _damaged(path, type(error).__name__) from None


def _manifest(archive: tarfile.TarFile, path: Path) -> dict[str, Any]:
    try:
        file = archive.extractfile(_MANIFEST)
        manifest: dict[str, Any] = json.loads(file.read() if file else b"")
        if manifest["form"] != FORM or set(manifest["tables"]) != {table.name for table in _tables()}:
            raise ValueError
    except (KeyError, ValueError, TypeError):
        raise _damaged(path, _MANIFEST) from None
    return manifest


def _lines(archive: tarfile.TarFile, path: Path, name: str) -> Iterator[bytes]:
    try:
        file = archive.extractfile(f"{name}.jsonl")
    except KeyError:
        file = None
    if file is None:
        raise _damaged(path, name)
    yield from file


def _damaged(path: Path, where: str) -> InputError:
    return InputError([Problem(str(path), 0, "backup-damaged", found=where)])
