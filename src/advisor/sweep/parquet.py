"""Writes Parquet straight from packed rows.

A row of bits is a page of booleans as it stands, and a byte a scenario is a page of dictionary numbers, so that
writing is little more than copying; a column that never changes is one run of a few bytes. A general writer looks at
every value (10 ns each here), which for a thousand columns takes a hundred times as long as working them out.
"""

import struct
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from advisor.sweep.kernel import Bytes, Words

BOOLEAN, TEXT = 0, 6  # physical types
_PLAIN, _RLE, _DICTIONARY = 0, 3, 8  # encodings
_I32, _I64, _BINARY, _LIST, _STRUCT = 5, 6, 8, 9, 12  # types of the Thrift compact protocol
_CODECS = {"none": 0, "zstd": 6}
MAGIC = b"PAR1"

Compress: TypeAlias = Callable[[bytes], bytes]


@dataclass(frozen=True, slots=True)
class Truth:
    """A column of truth values: a row of bits, or one value for all."""

    name: str
    bits: Words | bool


@dataclass(frozen=True, slots=True)
class Text:
    """A column of words: for each row the number of its word, or one number for all; -1 or `missing` are null."""

    name: str
    words: tuple[str, ...]
    codes: Bytes | int
    missing: int | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """A column of texts that are written one after the other."""

    name: str
    texts: Sequence[str]


Column: TypeAlias = Truth | Text | Listed


def file_of(columns: Sequence[Column], rows: int, notes: Mapping[str, str], codec: Literal["none", "zstd"] = "zstd") -> bytes:
    """A Parquet file of one row group. `notes` go into its key-value metadata."""
    compress = _compressor(codec)
    parts: list[bytes] = [MAGIC]
    offset, metadata, schema = len(MAGIC), [], [_element("schema", children=len(columns))]
    total = 0
    for column in columns:
        pages, number, used = _pages(column, rows, compress)
        sizes = [len(head) + len(body) for head, body, _ in pages]
        plain = sum(len(head) + size for head, _, size in pages)
        text = not isinstance(column, Truth)
        schema.append(_element(column.name, TEXT if text else BOOLEAN, optional=_optional(column)))
        described = _struct(
            (1, _I32, TEXT if text else BOOLEAN),
            (2, _LIST, (_I32, [_zigzag(number), _zigzag(_RLE)])),
            (3, _LIST, (_BINARY, [_binary(column.name.encode())])),
            (4, _I32, _CODECS[codec] if used else 0),
            (5, _I64, rows),
            (6, _I64, plain),
            (7, _I64, sum(sizes)),
            (9, _I64, offset + sum(sizes[:-1])),
            *([(11, _I64, offset)] if number == _DICTIONARY else []),
        )
        metadata.append(_struct((2, _I64, offset), (3, _STRUCT, described)))
        parts += [piece for head, body, _ in pages for piece in (head, body)]
        offset += sum(sizes)
        total += plain
    group = _struct((1, _LIST, (_STRUCT, metadata)), (2, _I64, total), (3, _I64, rows))
    noted = [_struct((1, _BINARY, key.encode()), (2, _BINARY, value.encode())) for key, value in notes.items()]
    footer = _struct(
        (1, _I32, 1),
        (2, _LIST, (_STRUCT, schema)),
        (3, _I64, rows),
        (4, _LIST, (_STRUCT, [group] if rows else [])),
        (5, _LIST, (_STRUCT, noted)),
        (6, _BINARY, b"partnership-advisor"),
    )
    return b"".join([*(parts if rows else [MAGIC]), footer, struct.pack("<I", len(footer)), MAGIC])


_Page = tuple[bytes, bytes, int]  # the page's header, its body as written, and the body's plain size


def _pages(column: Column, rows: int, compress: Compress | None) -> tuple[list[_Page], int, bool]:
    """A column's pages, the encoding of its values, and whether they are compressed."""
    if isinstance(column, Truth):
        if isinstance(column.bits, bool):
            run = _varint(rows << 1) + bytes([column.bits])
            return [_data_page(struct.pack("<I", len(run)) + run, rows, _RLE, None)], _RLE, False
        body = column.bits.view(np.uint8)[: -(-rows // 8)].tobytes()
        used = compress if _worth_it(body, compress) else None
        return [_data_page(body, rows, _PLAIN, used)], _PLAIN, used is not None
    if isinstance(column, Listed):
        body = _texts(column.texts)
        used = compress if _worth_it(body, compress) else None
        return [_data_page(body, rows, _PLAIN, used)], _PLAIN, used is not None
    words = _texts(column.words)
    if isinstance(column.codes, int):
        levels = _levels(_varint(rows << 1) + bytes([column.codes >= 0])) if _optional(column) else b""
        body = levels + b"\x08" + _varint(rows << 1) + bytes([max(column.codes, 0)])
        used = None
    else:
        codes, levels = column.codes, b""
        if column.missing is not None:
            there = codes != column.missing
            levels = _levels(_packed(np.packbits(there, bitorder="little")))
            codes = codes[there]
        padded = np.zeros(-(-len(codes) // 8) * 8, np.uint8)
        padded[: len(codes)] = codes
        body = levels + b"\x08" + _packed(padded, 8)
        used = compress if _worth_it(body, compress) else None
    return (
        [_dictionary_page(words, len(column.words), used), _data_page(body, rows, _DICTIONARY, used)],
        _DICTIONARY,
        used is not None,
    )


def _texts(texts: Iterable[str]) -> bytes:
    return b"".join(struct.pack("<I", len(text)) + text for text in (each.encode() for each in texts))


def _worth_it(body: bytes, compress: Compress | None) -> bool:
    """Whether a piece from the middle shrinks by a quarter."""
    if compress is None or len(body) < 512:
        return False
    piece = body[len(body) // 2 :][:8192]
    return 4 * len(compress(piece)) < 3 * len(piece)


def _optional(column: Column) -> bool:
    return isinstance(column, Text) and (column.missing is not None or (isinstance(column.codes, int) and column.codes < 0))


def _packed(values: Bytes, per_group: int = 1) -> bytes:
    """Values packed in groups of eight; `per_group` bytes hold one."""
    return _varint(len(values) // per_group << 1 | 1) + values.tobytes()


def _levels(runs: bytes) -> bytes:
    return struct.pack("<I", len(runs)) + runs


def _data_page(body: bytes, rows: int, encoding: int, compress: Compress | None) -> _Page:
    header = _struct((1, _I32, rows), (2, _I32, encoding), (3, _I32, _RLE), (4, _I32, _RLE))
    return _page(0, 5, header, body, compress)


def _dictionary_page(body: bytes, words: int, compress: Compress | None) -> _Page:
    return _page(2, 7, _struct((1, _I32, words), (2, _I32, _PLAIN)), body, compress)


def _page(kind: int, field: int, header: bytes, body: bytes, compress: Compress | None) -> _Page:
    written = compress(body) if compress else body
    return _struct((1, _I32, kind), (2, _I32, len(body)), (3, _I32, len(written)), (field, _STRUCT, header)), written, len(body)


def _element(name: str, kind: int | None = None, *, optional: bool = False, children: int = 0) -> bytes:
    shape: list[tuple[int, int, object]] = [(1, _I32, kind), (3, _I32, int(optional))] if kind is not None else []
    shape.append((4, _BINARY, name.encode()))
    if kind is None:
        shape.append((5, _I32, children))
    if kind == TEXT:
        shape += [(6, _I32, 0), (10, _STRUCT, _struct((1, _STRUCT, _struct())))]
    return _struct(*shape)


def _struct(*members: tuple[int, int, object]) -> bytes:
    """A Thrift struct: fields as (number, type, value) in ascending order; a list's value is (type, items)."""
    found, last = [], 0
    for number, kind, value in members:
        found.append(bytes([(number - last) << 4 | kind]))
        last = number
        if kind in (_I32, _I64):
            assert isinstance(value, int)
            found.append(_zigzag(value))
        elif kind == _LIST:
            assert isinstance(value, tuple)
            items = list(value[1])
            found.append(
                bytes([len(items) << 4 | value[0]]) if len(items) < 15 else bytes([0xF0 | value[0]]) + _varint(len(items))
            )
            found += items
        else:
            assert isinstance(value, bytes)
            found.append(_binary(value) if kind == _BINARY else value)
    return b"".join(found) + b"\x00"


def _binary(value: bytes) -> bytes:
    return _varint(len(value)) + value


def _zigzag(value: int) -> bytes:
    return _varint(value << 1)  # no negative number is ever written


def _varint(value: int) -> bytes:
    found = bytearray()
    while value > 0x7F:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    found.append(value)
    return bytes(found)


def _compressor(codec: str) -> Compress | None:
    if codec == "none":
        return None
    import pyarrow as pa

    zstd = pa.Codec("zstd", compression_level=1)
    return lambda body: bytes(zstd.compress(body, asbytes=True))
