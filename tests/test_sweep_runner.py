"""Sweeps run, are killed, meet full disks and go on; on cores and on clusters they write the same bytes."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil  # type: ignore[import-untyped]
import pytest

from advisor.engine.forward_chaining import ChainEngine
from advisor.engine.inference import infer
from advisor.loading import Loaded
from advisor.model.problems import InputError
from advisor.sweep.parts import SweepPart, make_part
from advisor.sweep.plan import Plan, plan_of
from advisor.sweep.runner import MANIFEST, on_cores, one_by_one, part_path, run
from advisor.sweep.spec import Spec, read_spec
from advisor.sweep.specialize import Family
from support.sweeps import case_at

pq = pytest.importorskip("pyarrow.parquet")

SWEEP = """
name: Trust and aims
case:
  name: Base
  answers: {wanted.priority: no, possible.authority: head, possible.law: allows}
  partners:
    - {name: Harbor House, answers: {partner.without: cannot-begin, partner.ready: high}}
    - {name: County Court, answers: {partner.category: legal}}
vary:
  wanted.aim: all
  wanted.work: all
  wanted.obstacle: {combinations: [waiting, shared-families]}
  today.state: [nothing, running, unknown]
  "partner.trust@Harbor House": all
leave-out: [County Court]
constraints:
  - not: {all: [{wanted.aim: exchange}, {wanted.work: merge}]}
"""


@pytest.fixture(scope="module")
def spec_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sweep") / "sweep.yaml"
    path.write_text(SWEEP, "utf-8")
    return path


@pytest.fixture(scope="module")
def spec(spec_file: Path, loaded: Loaded) -> Spec:
    return read_spec(spec_file, loaded.rulebook.vocabulary)


@pytest.fixture(scope="module")
def plan(spec: Spec, loaded: Loaded) -> Plan:
    return plan_of(spec, loaded.rulebook, loaded.program, chunk=256)


@pytest.fixture(scope="module")
def parts(plan: Plan) -> list[SweepPart]:
    return [make_part(plan, number) for number in range(plan.design.chunks)]


def written(folder: Path) -> list[bytes]:
    return [path.read_bytes() for path in sorted(folder.glob("*.parquet"))]


def nothing(_: object) -> None:
    """Hears of parts and says nothing."""


def test_a_row_a_scenario_with_its_answers_and_all_conclusions(
    tmp_path: Path, spec: Spec, plan: Plan, parts: list[SweepPart], loaded: Loaded
) -> None:
    tally = run(plan, tmp_path / "out", one_by_one, nothing)
    table = pq.read_table(tmp_path / "out")
    assert table.num_rows == tally.rows == plan.size == sum(part.tally.rows for part in parts)
    assert plan.size < plan.design.combinations
    columns = table.to_pydict()
    vocabulary, engine = loaded.rulebook.vocabulary, ChainEngine(loaded.cache)
    programs = {partners: loaded.program(partners) for partners in (1, 2)}
    family_of = {name: list(words) for name, words in plan.axes}
    for row in range(0, tally.rows, 37):
        fixed = {(-1, q): a for q, a in spec.case.answers.items()}
        fixed |= {(n, q): a for n, p in enumerate(spec.case.partners) for q, a in p.answers.items()}
        family = Family(tuple(p.name for p in spec.case.partners), fixed, spec.axes, spec.optional)
        codes = [family_of[name].index(columns[name][row]) for name in family_of]
        case = case_at(family, [[code] for code in codes], 0)  # type: ignore[misc]
        inference = infer(case, loaded.rulebook, programs[len(case.partners)], engine)
        assert columns["dimension"][row] == inference.level("dimension")
        assert columns["partner-limit@Harbor House"][row] == inference.level("partner-limit", 0)
        for finding in ("caution", "structure", "proceed", "action"):
            held = {value for value in vocabulary.findings[finding].values if columns[f"{finding}={value}"][row]}
            assert held == set(inference.values(finding))
    assert tally.counts.tolist() == sum((part.tally.counts for part in parts[1:]), parts[0].tally.counts).tolist()


def test_a_run_goes_on_where_it_was_left(tmp_path: Path, plan: Plan, parts: list[SweepPart]) -> None:
    whole = run(plan, tmp_path, one_by_one, nothing)
    expected = written(tmp_path)
    part_path(tmp_path, 1).unlink()
    (tmp_path / ".part-000001.parquet.7.tmp").write_bytes(b"half")
    made: list[int] = []

    def counting(plan: Plan, numbers: list[int]) -> Iterator[SweepPart]:
        for number in numbers:
            made.append(number)
            yield make_part(plan, number)

    again = run(plan, tmp_path, counting, nothing)  # type: ignore[arg-type]
    assert made == [1]
    assert written(tmp_path) == expected == [part.content for part in parts]
    assert not list(tmp_path.glob(".*.tmp"))
    assert (again.rows, again.joint.tolist()) == (whole.rows, whole.joint.tolist())


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path, plan: Plan) -> None:
    (tmp_path / "thesis.txt").write_text("do not touch", "utf-8")
    with pytest.raises(InputError) as caught:
        run(plan, tmp_path, one_by_one, nothing)
    assert [p.code for p in caught.value.problems] == ["folder-not-empty"]
    assert [p.name for p in tmp_path.iterdir()] == ["thesis.txt"]


def test_another_sweep_does_not_go_on_from_this_one(tmp_path: Path, plan: Plan) -> None:
    run(plan, tmp_path, one_by_one, nothing)
    manifest = json.loads((tmp_path / MANIFEST).read_text("utf-8"))
    (tmp_path / MANIFEST).write_text(json.dumps({**manifest, "sweep": "other"}), "utf-8")
    with pytest.raises(InputError) as caught:
        run(plan, tmp_path, one_by_one, nothing)
    assert [p.code for p in caught.value.problems] == ["output-of-another-sweep"]


def test_a_damaged_part_is_named(tmp_path: Path, plan: Plan) -> None:
    run(plan, tmp_path, one_by_one, nothing)
    part_path(tmp_path, 0).write_bytes(b"not a Parquet file")
    with pytest.raises(InputError) as caught:
        run(plan, tmp_path, one_by_one, nothing)
    assert [(p.code, Path(p.file).name) for p in caught.value.problems] == [("damaged-part", "part-000000.parquet")]


def test_on_several_cores_the_same_bytes_are_written(tmp_path: Path, plan: Plan, parts: list[SweepPart]) -> None:
    tally = run(plan, tmp_path, on_cores(2, tmp_path), nothing)
    assert written(tmp_path) == [part.content for part in parts]
    assert tally.rows == plan.size


FULL = """
import resource, sys
from pathlib import Path
from advisor.loading import load
from advisor.model.problems import InputError
from advisor.sweep.plan import plan_of
from advisor.sweep.runner import one_by_one, run
from advisor.sweep.spec import read_spec
loaded = load()
plan = plan_of(read_spec(Path(sys.argv[1]), loaded.rulebook.vocabulary), loaded.rulebook, loaded.program, 256)
made = []
def told(tally):
    made.append(1)
    if len(made) == 3:
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
try:
    run(plan, Path(sys.argv[2]), one_by_one, told)
except InputError as error:
    print(error.problems[0].code)
"""


def test_a_full_disk_leaves_what_was_written_and_the_sweep_goes_on(
    tmp_path: Path, spec_file: Path, plan: Plan, parts: list[SweepPart]
) -> None:
    out = tmp_path / "out"
    done = subprocess.run([sys.executable, "-c", FULL, spec_file, out], capture_output=True, text=True, check=True)
    assert done.stdout == "disk-full\n"
    assert written(out) == [part.content for part in parts[:3]]
    assert pq.read_table(out).num_rows == sum(part.tally.rows for part in parts[:3])
    run(plan, out, one_by_one, nothing)
    assert written(out) == [part.content for part in parts]


SLOW = """
import sys, time
from pathlib import Path
from advisor.loading import load
from advisor.sweep.plan import plan_of
from advisor.sweep.runner import on_cores, run
from advisor.sweep.spec import read_spec
if __name__ == "__main__":
    loaded = load()
    plan = plan_of(read_spec(Path(sys.argv[1]), loaded.rulebook.vocabulary), loaded.rulebook, loaded.program, 256)
    run(plan, Path(sys.argv[2]), on_cores(2, Path(sys.argv[2])), lambda _: None)
"""


def test_a_killed_run_goes_on(tmp_path: Path, spec_file: Path, plan: Plan, parts: list[SweepPart]) -> None:
    script, out = tmp_path / "slow.py", tmp_path / "out"
    script.write_text(SLOW, "utf-8")
    process = subprocess.Popen([sys.executable, str(script), str(spec_file), str(out)])
    deadline = time.monotonic() + 60
    while len(written(out)) < 3 and time.monotonic() < deadline:
        time.sleep(0.02)
    workers = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(signal.SIGKILL)
    process.wait()
    _, staying = psutil.wait_procs(workers, timeout=60)
    assert not staying, "the workers notice that their parent is gone"
    left = len(written(out))
    assert 3 <= left < plan.design.chunks
    tally = run(plan, out, one_by_one, nothing)
    assert tally.rows == plan.size
    assert written(out) == [part.content for part in parts]


def test_a_cluster_of_processes_writes_the_same_bytes_though_a_worker_is_killed(
    tmp_path: Path, plan: Plan, parts: list[SweepPart]
) -> None:
    distributed = pytest.importorskip("distributed")
    from advisor.sweep.cluster import Cluster

    with (
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as machines,
        distributed.Client(machines, set_as_default=False) as client,
    ):
        workers = [info["pid"] for info in client.run(lambda: {"pid": os.getpid()}).values()]
        heard = []

        def told(_: object) -> None:
            heard.append(1)
            if len(heard) == 5:
                os.kill(workers[0], signal.SIGKILL)

        tally = run(plan, tmp_path, Cluster(client), told)
    assert tally.rows == plan.size
    assert written(tmp_path) == [part.content for part in parts]


def test_without_a_scheduler_it_says_so() -> None:
    pytest.importorskip("distributed")
    from advisor.sweep.cluster import on_cluster

    with pytest.raises(InputError) as caught:
        on_cluster("tcp://127.0.0.1:1", timeout=0.5)
    assert [p.code for p in caught.value.problems] == ["no-scheduler"]


@pytest.mark.long
def test_memory_does_not_grow_with_the_number_of_scenarios(tmp_path: Path, spec_file: Path) -> None:
    peak = "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    used = []
    for chunk in (4096, 128):
        text = FULL.replace("len(made) == 3", "False").replace("program, 256", f"program, {chunk}") + peak
        command = [sys.executable, "-c", text, str(spec_file), str(tmp_path / str(chunk))]
        used.append(int(subprocess.run(command, capture_output=True, text=True, check=True).stdout))
    assert used[1] < used[0] + 30_000  # KiB
