"""What is written is Parquet that other programs read."""

from pathlib import Path

import numpy as np
import pytest

from advisor.sweep.parquet import Column, Listed, Text, Truth, file_of

pq = pytest.importorskip("pyarrow.parquet")
WORDS = ("x", "yé", "z", "w")


def columns_of(rows: int) -> tuple[list[Column], dict[str, list[object]]]:
    """Columns of every kind, and what a reader has to find in them."""
    random = np.random.default_rng(rows)
    bits = random.integers(0, 2**63, -(-rows // 64), dtype=np.uint64)
    codes, steps = random.integers(0, 4, rows, dtype=np.uint8), random.integers(0, 3, rows, dtype=np.uint8)
    same = np.zeros(-(-rows // 64), np.uint64)
    columns: list[Column] = [
        Truth("varies", bits),
        Truth("mostly false", same),
        Truth("always", True),
        Truth("never", False),
        Text("Harbor House: answer", WORDS, codes),
        Text("level", ("one", "two"), steps, 2),
        Text("same", ("k", "l"), 1),
        Text("nothing", ("k",), -1),
        Listed("row", [str(n) for n in range(rows)]),
        *(Truth(f"c{n}", False) for n in range(20)),
    ]
    found: dict[str, list[object]] = {
        "varies": np.unpackbits(bits.view(np.uint8), count=rows, bitorder="little").astype(bool).tolist(),
        "mostly false": [False] * rows,
        "always": [True] * rows,
        "never": [False] * rows,
        "Harbor House: answer": [WORDS[code] for code in codes],
        "level": [("one", "two", None)[step] for step in steps],
        "same": ["l"] * rows,
        "nothing": [None] * rows,
        "row": [str(n) for n in range(rows)],
        **{f"c{n}": [False] * rows for n in range(20)},
    }
    return columns, found


@pytest.mark.parametrize("codec", ["none", "zstd"])
@pytest.mark.parametrize("rows", [0, 1, 7, 64, 1000, 70_000])
def test_pyarrow_reads_what_was_written(tmp_path: Path, rows: int, codec: str) -> None:
    columns, expected = columns_of(rows)
    (tmp_path / "x.parquet").write_bytes(file_of(columns, rows, {"note": "kept"}, codec))  # type: ignore[arg-type]
    table = pq.read_table(tmp_path / "x.parquet")
    assert table.num_rows == rows
    assert table.to_pydict() == expected
    assert pq.read_metadata(tmp_path / "x.parquet").metadata == {b"note": b"kept"}


def test_duckdb_reads_what_was_written(tmp_path: Path) -> None:
    duckdb = pytest.importorskip("duckdb")
    columns, expected = columns_of(70_000)
    (tmp_path / "x.parquet").write_bytes(file_of(columns, 70_000, {}))
    found = duckdb.connect().execute(f"select * from '{tmp_path / 'x.parquet'}'")
    names = [column[0] for column in found.description]
    rows = found.fetchall()
    assert {name: [row[n] for row in rows] for n, name in enumerate(names)} == expected
