"""`python -m benchmarks.parquet`: one part of a sweep written by this project and by libraries, time and size in one run."""

import argparse
import json
import statistics
import tempfile
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from time import perf_counter
from typing import Any

from rich.console import Console
from rich.table import Table

from advisor.loading import load
from advisor.sweep.kernel import Kernel
from advisor.sweep.parquet import Column, Text, Truth, file_of
from advisor.sweep.parts import written_columns
from advisor.sweep.plan import plan_of
from advisor.sweep.sampling import CHUNK
from advisor.sweep.spec import read_spec
from benchmarks.sweep import CASE, VARIED

Writer = Callable[[Sequence[Column], int, Path], None]


def main() -> None:
    """Write the same columns with each writer in turn, several times."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.parquet", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    columns, rows = part_columns()
    varied = sum(isinstance(column, Truth) and not isinstance(column.bits, bool) for column in columns)
    console = Console(width=120, highlight=False)
    console.print(f"{rows:,} rows, {len(columns)} columns, {varied} of them rows of bits")
    writers = installed()
    times: dict[str, list[float]] = {name: [] for name in writers}
    sizes = dict[str, int]()
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(options.rounds):
            for name, write in writers.items():
                path = Path(folder) / "part.parquet"
                start = perf_counter()
                write(columns, rows, path)
                times[name].append(perf_counter() - start)
                sizes[name] = path.stat().st_size
    own, own_size = statistics.median(times["own"]), sizes["own"]
    table = Table("writer", "seconds", "times own", "bytes", "times own")
    for name, taken in times.items():
        median = statistics.median(taken)
        table.add_row(name, f"{median:.3f}", f"{median / own:.1f}", f"{sizes[name]:,}", f"{sizes[name] / own_size:.2f}")
    console.print(table)


def part_columns() -> tuple[list[Column], int]:
    """The first part of the sweep of `benchmarks.sweep` as columns: every conclusion, rows of bits as the kernel makes them."""
    loaded = load()
    content = {"case": str(CASE), "vary": dict.fromkeys(VARIED, "all"), "conclusions": "all", "sample": {"size": CHUNK}}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sweep.yaml"
        path.write_text(json.dumps(content), "utf-8")
        spec = read_spec(path, loaded.rulebook.vocabulary)
    plan = plan_of(spec, loaded.rulebook, loaded.program)
    answers, rows = plan.design.make(0, plan.meets())
    results = Kernel(plan.specialized.layout).run(answers, rows)
    columns: list[Column] = [Text(name, words, column) for (name, words), column in zip(plan.axes, answers, strict=True)]
    return columns + written_columns(plan, results, rows), rows


def installed() -> dict[str, Writer]:
    """Our own writer and every library that is there. Each starts from the same packed rows."""
    found: dict[str, Writer] = {"own": own, "pyarrow": pyarrow}
    found |= {name: write for name, write in (("polars", polars), ("duckdb", duckdb)) if find_spec(name)}
    return found


def own(columns: Sequence[Column], rows: int, path: Path) -> None:
    """What `advisor sweep` does."""
    path.write_bytes(file_of(columns, rows, {}))


def arrow_table(columns: Sequence[Column], rows: int) -> Any:
    """The columns as an Arrow table, without copying a row of bits."""
    import pyarrow as pa

    def array(column: Column) -> Any:
        if isinstance(column, Truth):
            if isinstance(column.bits, bool):
                return pa.repeat(pa.scalar(column.bits), rows)
            return pa.BooleanArray.from_buffers(pa.bool_(), rows, [None, pa.py_buffer(column.bits)])
        assert isinstance(column, Text)
        if isinstance(column.codes, int):
            codes = pa.repeat(pa.scalar(column.codes if column.codes >= 0 else None, pa.uint8()), rows)
        else:
            missing = None if column.missing is None else column.codes == column.missing
            codes = pa.array(column.codes, mask=missing)
        return pa.DictionaryArray.from_arrays(codes, pa.array(column.words, pa.string()))

    return pa.table([array(column) for column in columns], [column.name for column in columns])


def pyarrow(columns: Sequence[Column], rows: int, path: Path) -> None:
    """pyarrow, set to be quick: dictionaries for texts only, no statistics."""
    import pyarrow.parquet as pq

    texts = [column.name for column in columns if isinstance(column, Text)]
    table = arrow_table(columns, rows)
    pq.write_table(table, path, compression="zstd", compression_level=1, use_dictionary=texts, write_statistics=False)


def polars(columns: Sequence[Column], rows: int, path: Path) -> None:
    """Polars, from the Arrow table."""
    import polars as pl

    frame: Any = pl.from_arrow(arrow_table(columns, rows))
    frame.write_parquet(path, compression="zstd", compression_level=1, statistics=False)


def duckdb(columns: Sequence[Column], rows: int, path: Path) -> None:
    """DuckDB, from the Arrow table."""
    import duckdb as db

    table = arrow_table(columns, rows)
    with db.connect() as connection:
        connection.register("part", table)
        connection.execute(f"copy part to '{path}' (format parquet, compression zstd, compression_level 1)")


if __name__ == "__main__":
    main()
