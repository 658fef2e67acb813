"""The engine of a cluster and the dataset it writes, on four real worker processes."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
from conftest import REPORTS, ROOT

from zhgovtext import cluster, records
from zhgovtext.analysis import Options, analyze_batch
from zhgovtext.batch import run_batch
from zhgovtext.corpus import open_corpus
from zhgovtext.dataset import Dataset
from zhgovtext.errors import DataError, InputError, OptionError
from zhgovtext.records import load_tables
from zhgovtext.resources import model_path

distributed = pytest.importorskip("distributed", reason="Dask is not installed")

# What Dask says of itself is not about this package.
pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(scope="module")
def dask() -> Iterator[Any]:
    with distributed.LocalCluster(n_workers=4, threads_per_worker=1, dashboard_address=None, silence_logs=50) as four:
        yield four


@pytest.fixture
def reports(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Thirty-three reports, in groups of two."""
    for name in ("_PART", "_GROUP"):
        monkeypatch.setattr(cluster, name, {"most": 2, "most_bytes": 10**9})
    folder = tmp_path / "in"
    for at in range(3):
        (folder / str(at)).mkdir(parents=True)
        for path in REPORTS.glob("*.txt"):
            (folder / str(at) / path.name).write_text(f"{path.read_text(encoding='utf-8')}\n{at}", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], dict[str, list[Any]]]:
    """What the local engine makes of a folder; once for all tests, whose folders differ in their names alone."""
    kept: dict[str, dict[str, list[Any]]] = {}

    def contents(folder: Path) -> dict[str, list[Any]]:
        if not kept:
            store = tmp_path_factory.mktemp("alone") / "s.duckdb"
            run_batch([folder], store, workers=1)
            kept["contents"] = _contents(store)
        return kept["contents"]

    return contents


def _contents(corpus: Path) -> dict[str, list[Any]]:
    """Sorted rows of every table that does not know of time or place, and the panel's."""
    found = {}
    with open_corpus(corpus) as opened:
        for name in (*load_tables(), "panel"):
            if name in ("runs", "store", "inputs"):
                continue
            rows = opened.panel() if name == "panel" else opened.sql(f"SELECT * FROM {name} ORDER BY ALL")
            columns = [column for column in rows.columns if column not in ("path", "paths", "other_reports")]
            found[name] = rows.select(*(f'"{column}"' for column in columns)).fetchall()
    return found


def _parts(dataset: Path) -> list[str]:
    return sorted(path.name for path in dataset.glob("*part-*"))


def _ids(dataset: Path) -> list[str]:
    """Ids of reports as any engine would read them, without a view of ours."""
    query = f"SELECT report_id FROM read_parquet('{dataset}/part-*/reports.parquet') ORDER BY report_id"
    return [id_ for (id_,) in duckdb.connect().execute(query).fetchall()]


# Results --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("output", ["s.duckdb", "dataset"])
def test_results_are_those_of_the_local_engine(
    dask: Any, reports: Path, tmp_path: Path, alone: Callable[[Path], Any], output: str
) -> None:
    done = run_batch([reports], tmp_path / output, engine="dask", scheduler=dask.scheduler_address)
    assert (done.done, done.failed) == (33, 0)
    assert _contents(tmp_path / output) == alone(reports)
    again = run_batch([reports], tmp_path / output, engine="dask", scheduler=dask.scheduler_address)
    assert (again.done, again.kept) == (0, 33)


def test_one_worker_killed_and_one_slow(dask: Any, reports: Path, tmp_path: Path, alone: Callable[[Path], Any]) -> None:
    with distributed.Client(dask.scheduler_address, set_as_default=False) as client:
        dead, slow, *_ = client.run(os.getpid).values()

    def watch(done: int, _total: int, _error: object) -> None:
        if done == 1:
            os.kill(dead, signal.SIGKILL)
            os.kill(slow, signal.SIGSTOP)
            threading.Timer(1.5, os.kill, (slow, signal.SIGCONT)).start()

    done = run_batch([reports], tmp_path / "out", engine="dask", scheduler=dask.scheduler_address, watch=watch)
    assert (done.done, done.failed) == (33, 0)
    assert _contents(tmp_path / "out") == alone(reports)
    assert len(_ids(tmp_path / "out")) == 33
    with distributed.Client(dask.scheduler_address, set_as_default=False) as client:
        client.wait_for_workers(4, timeout=30)


def test_a_report_that_takes_its_workers_with_it_fails_alone(
    dask: Any, reports: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = cluster.Cluster._done

    def lose(self: Any, future: Any, group: Any, part: str) -> Any:
        done = real(self, future, group, part)
        deadly = any(task.place.name == "yunlan-2017.txt" for task in group)
        return cluster.Done(group, lost="died") if deadly else done

    monkeypatch.setattr(cluster.Cluster, "_done", lose)
    done = run_batch([reports / "0"], tmp_path / "out", engine="dask", scheduler=dask.scheduler_address)
    # Its group was done again report by report: the other one of it is there.
    assert (done.done, done.failed) == (11, 1)
    with open_corpus(tmp_path / "out") as corpus:
        assert corpus.sql("SELECT name, error_code FROM failures").fetchall() == [("yunlan-2017.txt", "died")]


# A cluster that is not in order ---------------------------------------------------------------------------------------


def test_no_scheduler(reports: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "_FIND", 1.0)
    for address in ("tcp://127.0.0.1:1", "nonsense://x"):
        with pytest.raises(InputError, match="no scheduler answers at this address"):
            run_batch([reports], tmp_path / "out", engine="dask", scheduler=address)
    assert not (tmp_path / "out").exists()


def test_a_worker_without_a_model(dask: Any, reports: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = tmp_path / "model"
    shutil.copytree(model_path("disclosure"), model)
    connect = cluster.Cluster._connect

    def lose_model(self: Any) -> Any:
        shutil.rmtree(model)
        return connect(self)

    monkeypatch.setattr(cluster.Cluster, "_connect", lose_model)
    with pytest.raises(DataError, match=r"tcp://.* cannot work: .*model.*the same files"):
        run_batch(
            [reports],
            tmp_path / "out",
            engine="dask",
            scheduler=dask.scheduler_address,
            options=Options(model=str(model)),
        )


def test_other_versions_on_the_workers(
    dask: Any, reports: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(records, "_data_hash", lambda: "other")
    with pytest.raises(DataError, match="would give other results"):
        run_batch([reports], tmp_path / "out", engine="dask", scheduler=dask.scheduler_address)


def test_a_scheduler_that_goes_away(
    reports: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, alone: Callable[[Path], Any]
) -> None:
    monkeypatch.setattr(cluster, "_GONE", 2.0)
    script = """
    import distributed, sys
    if __name__ == "__main__":
        with distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as two:
            print(two.scheduler_address, flush=True)
            sys.stdin.read()
    """
    (tmp_path / "two.py").write_text(textwrap.dedent(script), encoding="utf-8")
    two = subprocess.Popen(
        [sys.executable, str(tmp_path / "two.py")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        cwd=ROOT,
    )
    assert two.stdout is not None
    address = two.stdout.readline().strip()

    def watch(done: int, _total: int, _error: object) -> None:
        if done == 3:
            two.kill()

    with pytest.raises(InputError, match=r"what is done is kept"):
        run_batch([reports], tmp_path / "out", engine="dask", scheduler=address, watch=watch)
    two.communicate()
    kept = run_batch([reports], tmp_path / "out", workers=1)
    assert kept.kept >= 2
    assert kept.done + kept.kept == 33
    assert _contents(tmp_path / "out") == alone(reports)


def test_a_full_disk_on_the_workers(
    dask: Any, reports: Path, tmp_path: Path, alone: Callable[[Path], Any], disk: tuple[Path, Callable[[str], None]]
) -> None:
    place, mount = disk
    with pytest.raises(InputError, match=r"disk.*: the disk is full \(make room"):
        run_batch([reports], place / "out", engine="dask", scheduler=dask.scheduler_address)
    mount("remount,size=50m")
    done = run_batch([reports], place / "out", engine="dask", scheduler=dask.scheduler_address)
    assert done.done + done.kept == 33
    assert _contents(place / "out") == alone(reports)


def test_a_full_folder_and_unknown_engines_are_refused(reports: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="a folder with other things in it"):
        run_batch([reports], reports)
    with pytest.raises(OptionError, match="no engine spark"):
        run_batch([reports], tmp_path / "out", engine="spark")


# Datasets -------------------------------------------------------------------------------------------------------------


def test_changed_removed_and_renamed_reports(reports: Path, tmp_path: Path) -> None:
    folder, out = reports / "0", tmp_path / "out"
    run_batch([folder], out, workers=1)
    first = _parts(out)
    names = sorted(path.name for path in folder.iterdir())
    (folder / names[0]).unlink()
    (folder / names[1]).rename(folder / "renamed.txt")
    (folder / names[2]).write_text("云澜市2019年年度报告\n全年收到政府信息公开申请7件。", encoding="utf-8")
    done = run_batch([folder], out, workers=1)
    assert (done.done, done.removed) == (1, 2)
    # The old bytes of the changed file are gone as well.
    with open_corpus(out) as corpus:
        states = corpus.sql("SELECT status, count(*) FROM reports GROUP BY 1 ORDER BY 1").fetchall()
        assert states == [("ok", 10), ("removed", 2)]
        assert corpus.sql("SELECT count(*) FROM reports WHERE name = 'renamed.txt'").fetchall() == [(1,)]
        facts = "SELECT value FROM figures WHERE name = $name AND indicator = 'request.received'"
        assert corpus.sql(facts, name=names[2]).fetchall() == [(7.0,)]
    assert first[0] not in _parts(out)
    assert len(_ids(out)) == len(set(_ids(out))) == 12
    before = _parts(out)
    assert run_batch([folder], out, workers=1).done == 0
    assert _parts(out) == before


class _PowerCut(BaseException):
    pass


@pytest.mark.parametrize("moment", ["write", "_note", "_rewrite", "_remove"])
def test_a_run_that_ends_at_any_step_is_taken_up(
    reports: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    """As by a power cut after the step: what is on the disk is put in order by the next run."""
    folder, out = reports / "0", tmp_path / "out"
    monkeypatch.setattr(Dataset, "chunk", (3, 10**9, 60.0))
    run_batch([folder], out, workers=1)
    for path in sorted(folder.iterdir())[:4]:
        path.write_text(path.read_text(encoding="utf-8") + "\n又", encoding="utf-8")

    def cut(real: Callable[..., Any]) -> Callable[..., Any]:
        def step(*arguments: Any) -> Any:
            if moment != "_remove":
                real(*arguments)
            raise _PowerCut

        return step

    with monkeypatch.context() as patched:
        if moment == "write":
            patched.setattr("zhgovtext.dataset.write_part", cut(cluster.write_part))
        else:
            patched.setattr(Dataset, moment, cut(getattr(Dataset, moment)))
        with pytest.raises(_PowerCut):
            run_batch([folder], out, workers=1)
    assert run_batch([folder], out, workers=1).failed == 0
    straight = tmp_path / "straight.duckdb"
    run_batch([folder], straight, workers=1)
    with open_corpus(out) as corpus, open_corpus(straight) as other:
        query = "SELECT * FROM {} WHERE report_id IN (SELECT report_id FROM reports WHERE status = 'ok') ORDER BY ALL"
        for name in records.TABLES:
            assert corpus.sql(query.format(name)).fetchall() == other.sql(query.format(name)).fetchall()
    assert len(_ids(out)) == len(set(_ids(out)))
    assert not [name for name in _parts(out) if name.startswith("_")]


def test_a_part_that_was_deleted_is_done_again(reports: Path, tmp_path: Path, alone: Callable[[Path], Any]) -> None:
    out = tmp_path / "out"
    run_batch([reports], out, workers=2)
    shutil.rmtree(out / _parts(out)[0])
    assert run_batch([reports], out, workers=2).done > 0
    assert _contents(out) == alone(reports)


def test_an_empty_dataset_has_every_table(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("no Chinese", encoding="utf-8")
    assert run_batch([tmp_path / "a.txt"], tmp_path / "out", workers=1).failed == 1
    with open_corpus(tmp_path / "out") as corpus:
        assert corpus.panel().fetchall() == []
        assert corpus.sql("SELECT error_code FROM failures").fetchall() == [("no_chinese",)]


# analyze_batch --------------------------------------------------------------------------------------------------------


def test_records_and_tables_of_arrow_give_the_same() -> None:
    import pyarrow as pa

    given = [
        {"id": "b", "text": "全年收到政府信息公开申请12件。", "city": "云澜"},
        {"id": "a", "text": "没有数字的一句话。", "city": None},
    ]
    tables = analyze_batch(given)
    assert {name: batch.to_pylist() for name, batch in analyze_batch(pa.Table.from_pylist(given)).items()} == {
        name: batch.to_pylist() for name, batch in tables.items()
    }
    assert tables["reports"].select(["name", "path", "extra"]).to_pylist() == [
        {"name": "b", "path": "b", "extra": '{"city": "云澜"}'},
        {"name": "a", "path": "a", "extra": None},
    ]
    assert set(tables) == set(records.TABLES)
    assert analyze_batch([])["facts"].schema == tables["facts"].schema


def test_a_record_may_be_a_file(tmp_path: Path) -> None:
    (tmp_path / "年报.txt").write_text("全年收到政府信息公开申请12件。", encoding="utf-8")
    tables = analyze_batch([{"path": str(tmp_path / "年报.txt")}, {"path": str(tmp_path / "none.txt")}])
    rows = tables["reports"].select(["name", "status", "error_code"]).to_pylist()
    assert rows == [
        {"name": "年报.txt", "status": "ok", "error_code": None},
        {"name": "none.txt", "status": "failed", "error_code": "missing"},
    ]
    with pytest.raises(DataError, match="record 1: has no text"):
        analyze_batch([{"id": "x"}])
