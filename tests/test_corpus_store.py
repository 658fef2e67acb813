"""The store of a corpus: what goes in comes out, runs that are resumed end as if they had never stopped."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, ClassVar

import duckdb
import pytest
from conftest import REPORTS, ROOT, sample_files

from zhgovtext import batch, records
from zhgovtext import store as store_module
from zhgovtext.analysis import Analysis, Options, Task, analyze_batch
from zhgovtext.batch import Summary, run_batch
from zhgovtext.corpus import open_corpus
from zhgovtext.errors import DataError, InputError, OptionError
from zhgovtext.records import TABLES, Place, load_tables, report_rows
from zhgovtext.report import analyze, analyze_text
from zhgovtext.sources import find_inputs
from zhgovtext.store import create_store, open_store, write_reports
from zhgovtext.workers import Done, Workers, about

Rows = list[tuple[Any, ...]]


def _text(place: str, year: int, count: int) -> str:
    return (
        f"{place}{year}年政府信息公开工作年度报告\n一、概述\n{year}年，{place}主动公开政府信息{count}条。\n"
        f"二、依申请公开情况\n全年收到政府信息公开申请{count + 3}件，均已办结。\n"
    )


def _fill(folder: Path, names: Sequence[str] = ("云澜市", "青石县", "临川湖区")) -> Path:
    folder.mkdir(exist_ok=True)
    for at, name in enumerate(names):
        (folder / f"{name}.txt").write_text(_text(name, 2015 + at, 12 + at), encoding="utf-8")
    return folder


def _contents(store: Path) -> dict[str, Rows]:
    """Sorted rows of every table but the one that knows of time."""
    connection = open_store(store)
    names = [name for name in load_tables() if name != "runs"]
    found = {name: connection.execute(f"SELECT * FROM {name} ORDER BY ALL").fetchall() for name in names}
    connection.close()
    return found


def _column(store: Path, query: str) -> list[Any]:
    with open_corpus(store) as corpus:
        return [row[0] for row in corpus.sql(query).fetchall()]


class _HereWorkers:
    """Workers without a process: what they do is the same, and they start at once."""

    lose: ClassVar[dict[str, str]] = {}

    def __init__(self, options: Options, _count: int, _max_seconds: float) -> None:
        self._options = options

    def start(self) -> dict[str, Any]:
        self.analysis = Analysis(self._options)
        return about(self.analysis)

    def run(self, tasks: Iterator[Task], _total: int, *, stop: threading.Event) -> Iterator[Done]:
        for task in tasks:
            if stop.is_set():
                return
            if task.place.name in self.lose:
                yield Done((task,), lost=self.lose[task.place.name])
            else:
                yield Done((task,), analyze_batch([task], options=self.analysis))

    def stop(self) -> None:
        pass


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., Summary]:
    """`run_batch` without processes, in a directory of its own, into ``s.duckdb``."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(batch, "Workers", _HereWorkers)
    monkeypatch.setattr(_HereWorkers, "lose", {})

    def start(*sources: str, store: str = "s.duckdb", **options: Any) -> Summary:
        return run_batch(sources, store, workers=1, **options)

    return start


# Tables ---------------------------------------------------------------------------------------------------------------


def test_schema_is_parsed_whole() -> None:
    connection = create_store()
    made = connection.execute(
        "SELECT table_name, list(column_name ORDER BY column_index) FROM duckdb_columns() "
        "WHERE table_name IN (SELECT table_name FROM duckdb_tables()) GROUP BY ALL"
    ).fetchall()
    assert {name: list(columns) for name, columns in load_tables().items()} == dict(made)
    assert set(TABLES) <= set(load_tables())


def test_views_of_an_empty_store_have_no_rows() -> None:
    connection = create_store()
    views = [row[0] for row in connection.execute("SELECT view_name FROM duckdb_views() WHERE NOT internal").fetchall()]
    assert sorted(views) == ["coded_sentences", "failures", "figures", "mismatches", "scores"]
    assert all(connection.execute(f"SELECT * FROM {view}").fetchall() == [] for view in views)


@pytest.mark.parametrize("name", ["09-cells.txt", "04-nested-gbk.html", "14-city.pdf", "12-province.docx"])
def test_a_report_comes_out_as_it_went_in(name: str, tmp_path: Path) -> None:
    report = analyze(sample_files()[name])
    connection = create_store(tmp_path / "s.duckdb")
    write_reports(connection, {name: report})
    connection.close()
    with open_corpus(tmp_path / "s.duckdb") as corpus:
        assert corpus.report(name) == json.loads(json.dumps(report.to_dict(text=True)))


def test_what_has_no_column_yet_is_kept_too(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    report = analyze_text("青石县2019年政府信息公开工作年度报告\n全年收到申请12件。")
    record = report.to_dict(text=True)
    record["facts"][0]["confidence"] = 0.5
    record["balance"]["method"] = "em"
    record["balance"]["text_share"]["draws"] = 1000
    record["reuse"] = {"share": 0.25}
    monkeypatch.setattr(type(report), "to_dict", lambda _self, **_options: record)
    connection = create_store(tmp_path / "s.duckdb")
    write_reports(connection, {"a": report})
    connection.close()
    with open_corpus(tmp_path / "s.duckdb") as corpus:
        found = corpus.report("text")
    assert found["facts"][0]["confidence"] == 0.5
    assert found["balance"]["method"] == "em"
    assert found["balance"]["text_share"]["draws"] == 1000
    assert found["reuse"] == {"share": 0.25}


def test_terms_are_all_words_of_two_characters_or_more() -> None:
    report = analyze_text("全年公开信息。公开申请的信息3条。")
    rows = report_rows(report, Place("x", "y", "n", ("n",)), "f")
    terms, numbers = rows["terms"].columns["term"], rows["terms"].columns["count"]
    words = rows["reports"].columns["words"]
    assert isinstance(terms, list)
    assert isinstance(numbers, list)
    assert isinstance(words, list)
    counts = dict(zip(terms, numbers, strict=True))
    assert counts["公开"] == 2
    assert "的" not in counts
    assert not {"3", "。"} & set(counts)
    assert words[0] > sum(counts.values())  # 的, 条 and the like


def test_scores_stand_in_the_order_of_the_categories(run: Callable[..., Summary], tmp_path: Path) -> None:
    _fill(tmp_path / "in", ["云澜市"])
    run("in")
    with open_corpus("s.duckdb") as corpus:
        best = corpus.sql(
            "SELECT bool_and(abs(s.probability - p.probability) < 1e-4) FROM sentences s JOIN scores p "
            "ON s.report_id = p.report_id AND s.id = p.id AND s.category = p.category"
        ).fetchall()
        assert best == [(True,)]


# What leads to reports ------------------------------------------------------------------------------------------------


def test_a_folder_gives_files_of_known_formats_at_any_depth(tmp_path: Path) -> None:
    folder = _fill(tmp_path / "in", ["云澜市"])
    (folder / "深").mkdir()
    for name in ("深/b.PDF", "深/c.xlsx", ".hidden.txt", "~$lock.docx", "d.htm"):
        (folder / name).write_bytes(b"x")
    (folder / ".git").mkdir()
    (folder / ".git" / "e.txt").write_bytes(b"x")
    os.mkfifo(folder / "pipe.txt")
    assert [found.name for found in find_inputs(folder)] == ["d.htm", "云澜市.txt", "b.PDF"]


def test_patterns_are_looked_up_by_the_package_itself(tmp_path: Path) -> None:
    folder = _fill(tmp_path / "in")
    (folder / "[甲].txt").write_text("公开1条。", encoding="utf-8")
    assert [found.name for found in find_inputs(f"{folder}/*市.txt")] == ["云澜市.txt"]
    assert [found.name for found in find_inputs(f"{tmp_path}/**/*县.txt")] == ["青石县.txt"]
    # The name of a file that is there is no pattern.
    assert [found.name for found in find_inputs(f"{folder}/[甲].txt")] == ["[甲].txt"]
    assert list(find_inputs(f"{folder}/*.docx")) == []


def test_a_manifest_gives_paths_from_its_own_folder_and_its_columns(tmp_path: Path) -> None:
    _fill(tmp_path / "in")
    manifest = tmp_path / "list.csv"
    manifest.write_bytes(
        "path,城市,year\nin/云澜市.txt,云澜,2015\n\nin/青石县.txt,,\nin/none.txt,x,\n".encode("gb18030")
    )
    found = list(find_inputs(manifest))
    assert [(each.name, each.extra) for each in found] == [
        ("云澜市.txt", {"城市": "云澜", "year": "2015"}),
        ("青石县.txt", None),
        ("none.txt", {"城市": "x"}),
    ]
    assert [each.sha256 is None for each in found] == [False, False, True]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", "file,year\na.txt,2015\n", "a.csv: is no manifest: it has no column path but file, year"),
        ("a.csv", "path,year\na.txt,2015\n,2016\n", "a.csv, line 3: has no path"),
        ("a.csv", "path,year\na.txt,2015,x\n", "a.csv, line 2: has more cells than columns"),
        ("a.csv", "path\na.txt\nb.txt\na.txt\n", "a.csv, line 4: has a.txt twice, first in line 2"),
        ("a.jsonl", '{"id":"1","text":"公开"}\n{"id":\n', "a.jsonl, line 2: is no JSON"),
        ("a.jsonl", '{"id":"1"}\n', "a.jsonl, line 1: has no text"),
        ("a.jsonl", '\n["公开"]\n', "a.jsonl, line 2: has no text"),
        ("a.jsonl", "[" * 100_000 + "\n", "a.jsonl, line 1: is no JSON"),
        ("a.jsonl", '{"id":1,"text":"甲"}\n{"id":"1","text":"乙"}\n', "a.jsonl, row 2: has the id 1 twice"),
        ("a.parquet", "PAR1", "a.parquet: is no Parquet file that can be read"),
    ],
)
def test_what_is_not_in_order_is_named_by_its_place(
    name: str, content: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path(name).write_text(content, encoding="utf-8")
    with pytest.raises(DataError) as caught:
        list(find_inputs(name))
    assert str(caught.value).startswith(message)


def test_texts_of_parquet_and_json_lines_are_the_same_reports(run: Callable[..., Summary]) -> None:
    rows = [{"id": f"r{n}", "text": _text("青石县", 2010 + n, n + 1), "source": "网站"} for n in range(3)]
    Path("t.jsonl").write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    duckdb.execute("COPY (SELECT * FROM read_json('t.jsonl')) TO 't.parquet'")
    assert run("t.jsonl").done == 3
    assert run("t.parquet", store="p.duckdb").done == 3
    paths = _column(Path("s.duckdb"), "SELECT path FROM reports ORDER BY 1")
    assert paths == ["t.jsonl#r0", "t.jsonl#r1", "t.jsonl#r2"]
    assert _column(Path("s.duckdb"), "SELECT extra->>'source' FROM reports") == ["网站"] * 3
    one, other = (_contents(Path(name)) for name in ("s.duckdb", "p.duckdb"))
    assert one["facts"] == other["facts"]
    assert len(one["facts"]) == 6
    # A folder of nothing but texts is a dataset.
    Path("texts").mkdir()
    shutil.copy("t.parquet", "texts/part-0.parquet")
    assert run("texts", store="f.duckdb").done == 3
    assert _contents(Path("f.duckdb"))["facts"] == one["facts"]
    Path("t.jsonl").write_text("\n".join(json.dumps(row) for row in rows[1:]), encoding="utf-8")
    again = run("t.jsonl")
    assert (again.done, again.kept, again.removed) == (0, 2, 1)


# Runs -----------------------------------------------------------------------------------------------------------------


def test_a_second_run_does_nothing_and_changes_nothing(run: Callable[..., Summary], tmp_path: Path) -> None:
    _fill(tmp_path / "in")
    first = run("in")
    before = _contents(Path("s.duckdb"))
    second = run("in")
    assert (first.done, first.kept, second.done, second.kept) == (3, 0, 0, 3)
    assert _contents(Path("s.duckdb")) == before
    assert run("in", refresh=True).done == 3
    assert _contents(Path("s.duckdb")) == before


def test_order_of_arguments_and_overlap_do_not_matter(run: Callable[..., Summary], tmp_path: Path) -> None:
    _fill(tmp_path / "a", ["云澜市", "青石县"])
    _fill(tmp_path / "b", ["青石县", "临川湖区"])
    assert run("a", "b").done == 4
    run("b", "a/青石县.txt", "a", store="t.duckdb")
    one, other = (_contents(Path(name)) for name in ("s.duckdb", "t.duckdb"))
    assert one == other


def test_changed_removed_and_returned_files(run: Callable[..., Summary], tmp_path: Path) -> None:
    folder = _fill(tmp_path / "in")
    run("in")
    whole = _contents(Path("s.duckdb"))
    changed, gone = folder / "云澜市.txt", folder / "青石县.txt"
    old = changed.read_text(encoding="utf-8")
    changed.write_text(old.replace("12条", "99条"), encoding="utf-8")
    kept = gone.read_bytes()
    gone.unlink()
    second = run("in")
    # The old text of the changed file is gone from its source too.
    assert (second.done, second.kept, second.removed) == (1, 1, 2)
    with open_corpus("s.duckdb") as corpus:
        assert corpus.sql("SELECT value FROM figures WHERE unit = '条' ORDER BY 1").fetchall() == [(14,), (99,)]
    changed.write_text(old, encoding="utf-8")
    gone.write_bytes(kept)
    third = run("in")
    assert (third.done, third.kept, third.removed) == (0, 3, 1)
    found = _contents(Path("s.duckdb"))
    assert [row for row in found["reports"] if "removed" not in row] == whole["reports"]


def test_other_sources_than_those_named_are_left_alone(run: Callable[..., Summary], tmp_path: Path) -> None:
    _fill(tmp_path / "a", ["云澜市"])
    _fill(tmp_path / "b", ["青石县"])
    run("a")
    (tmp_path / "a" / "云澜市.txt").unlink()
    assert run("b").removed == 0
    assert run("a", "b").removed == 1
    with pytest.raises(InputError, match="there is no report"):
        run("nowhere", store="new.duckdb")
    assert not Path("new.duckdb").exists()


def test_the_same_bytes_under_two_names_are_one_report(run: Callable[..., Summary], tmp_path: Path) -> None:
    folder = _fill(tmp_path / "in", ["青石县"])
    (folder / "副本.txt").write_bytes((folder / "青石县.txt").read_bytes())
    assert run("in").done == 1
    assert _column(Path("s.duckdb"), "SELECT paths FROM reports") == [["in/副本.txt", "in/青石县.txt"]]
    (folder / "副本.txt").unlink()
    second = run("in")
    assert (second.done, second.removed) == (0, 0)
    with open_corpus("s.duckdb") as corpus:
        assert corpus.sql("SELECT name, path, paths FROM reports").fetchall() == [
            ("青石县.txt", "in/青石县.txt", ["in/青石县.txt"])
        ]


def test_a_text_that_came_to_be_markdown_is_read_again(run: Callable[..., Summary], tmp_path: Path) -> None:
    folder = _fill(tmp_path / "in", ["青石县"])
    run("in")
    (folder / "青石县.txt").rename(folder / "青石县.md")
    assert run("in").done == 1
    assert _column(Path("s.duckdb"), "SELECT format FROM reports") == ["md"]


def test_file_names_need_not_be_text(run: Callable[..., Summary], tmp_path: Path) -> None:
    folder = _fill(tmp_path / "in", ["青石县"])
    os.rename(os.fsencode(folder / "青石县.txt"), os.fsencode(folder) + b"/\xc7\xe0'.txt")  # noqa: PTH104
    assert (run("in").failed, run("in").kept) == (0, 1)
    assert _column(Path("s.duckdb"), "SELECT name FROM reports") == ["\ufffd\ufffd'.txt"]


def test_what_a_manifest_says_is_renewed_without_a_new_analysis(run: Callable[..., Summary], tmp_path: Path) -> None:
    _fill(tmp_path / "in", ["青石县"])
    for value in ("东部", "西部"):
        Path("m.csv").write_text(f"path,part\nin/青石县.txt,{value}\n", encoding="utf-8")
        summary = run("m.csv")
    assert summary.done == 0
    assert _column(Path("s.duckdb"), "SELECT extra->>'part' FROM reports") == ["西部"]


def test_failures_are_rows_and_stop_nothing(run: Callable[..., Summary], tmp_path: Path) -> None:
    folder = _fill(tmp_path / "in", ["青石县"])
    (folder / "english.txt").write_text("no report at all", encoding="utf-8")
    (folder / "empty.txt").write_bytes(b"")
    Path("m.csv").write_text("path\nin/none.txt\n", encoding="utf-8")
    told: list[str] = []
    first = run("in", "m.csv", watch=lambda _done, _total, error: told.append(str(error)) if error else None)
    assert (first.done, first.failed) == (4, 3)
    with open_corpus("s.duckdb") as corpus:
        failures = corpus.sql("SELECT path, error_code FROM failures ORDER BY path").fetchall()
        with pytest.raises(InputError, match=r"in/empty\.txt: is empty"):
            corpus.report("empty.txt")
    assert failures == [("in/empty.txt", "empty"), ("in/english.txt", "no_chinese"), ("in/none.txt", "missing")]
    assert sorted(line.split(":")[0] for line in told) == [path for path, _ in failures]
    # Only what may be the fault of the moment is tried again.
    second = run("in", "m.csv")
    assert (second.done, second.failed, second.kept, second.unusable) == (1, 1, 3, 2)


def test_a_report_that_takes_its_worker_with_it_fails_alone(
    run: Callable[..., Summary], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _fill(tmp_path / "in")
    monkeypatch.setattr(_HereWorkers, "lose", {"青石县.txt": "died", "云澜市.txt": "timeout"})
    assert (run("in").failed, _column(Path("s.duckdb"), "SELECT error_code FROM failures ORDER BY 1")) == (
        2,
        ["died", "timeout"],
    )
    monkeypatch.setattr(_HereWorkers, "lose", {})
    assert (run("in").done, _column(Path("s.duckdb"), "SELECT count(*) FROM failures")) == (2, [0])
    run("in", store="t.duckdb")
    assert _contents(Path("s.duckdb")) == _contents(Path("t.duckdb"))


def test_ctrl_c_keeps_what_is_done(run: Callable[..., Summary], tmp_path: Path) -> None:
    _fill(tmp_path / "in")
    with pytest.raises(KeyboardInterrupt):
        run("in", watch=lambda done, _total, _error: os.kill(os.getpid(), signal.SIGINT) if done == 2 else None)
    assert _column(Path("s.duckdb"), "SELECT count(*) FROM reports") == [2]
    assert _column(Path("s.duckdb"), "SELECT done FROM runs") == [2]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    assert run("in").done == 1
    run("in", store="t.duckdb")
    assert _contents(Path("s.duckdb")) == _contents(Path("t.duckdb"))


def test_data_of_the_package_is_part_of_the_fingerprint(
    run: Callable[..., Summary], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _fill(tmp_path / "in")
    run("in")
    monkeypatch.setattr(records, "_data_hash", lambda: "other")
    assert run("in").done == 3


def test_other_options_analyse_again_and_leave_no_trace(run: Callable[..., Summary], tmp_path: Path) -> None:
    _fill(tmp_path / "in")
    run("in", options=Options(min_probability=0.999))
    again = run("in")
    assert (again.done, again.kept, again.older) == (3, 0, 0)
    run("in", store="t.duckdb")
    assert _contents(Path("s.duckdb")) == _contents(Path("t.duckdb"))
    _fill(tmp_path / "b", ["临川湖区"])
    assert run("b", options=Options(context=False)).older == 3


def test_strange_names_and_texts_go_in(run: Callable[..., Summary]) -> None:
    line = {"id": "\ud800'\"#", "text": "公开\ud800\x00信息3条。", "\udfff": ["\udfff"]}
    Path("t.jsonl").write_text(json.dumps(line), encoding="utf-8")
    assert run("t.jsonl").failed == 0
    assert _column(Path("s.duckdb"), "SELECT text FROM reports") == ["公开\ufffd\x00信息3条。"]
    assert _column(Path("s.duckdb"), "SELECT name FROM reports") == ["\ufffd'\"#"]
    assert run("t.jsonl").kept == 1


# Stores that cannot be used -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("statements", "message"),
    [
        (["UPDATE store SET value = '99' WHERE key = 'schema_version'"], r"schema 99; .* reads 1 \(update zhgovtext\)"),
        (
            ["UPDATE store SET value = '0' WHERE key = 'schema_version'"],
            r"schema 0; .* \(make it anew with zhgovtext batch",
        ),
        (["UPDATE store SET value = 'other' WHERE key = 'program'"], "is a database of another program"),
        (["DROP TABLE store"], "is a database of another program"),
    ],
)
def test_other_stores_are_refused(
    statements: list[str], message: str, run: Callable[..., Summary], tmp_path: Path
) -> None:
    connection = create_store("s.duckdb")
    for statement in statements:
        connection.execute(statement)
    connection.close()
    _fill(tmp_path / "in")
    with pytest.raises(InputError, match=message):
        open_corpus("s.duckdb")
    with pytest.raises(InputError, match=message):
        run("in")


def test_an_earlier_schema_is_converted_when_written_to(
    run: Callable[..., Summary], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _fill(tmp_path / "in")
    run("in")
    steps = {1: ["ALTER TABLE reports ADD COLUMN first INTEGER", "UPDATE reports SET first = year + 1"]}
    monkeypatch.setattr(store_module, "SCHEMA_VERSION", 2)
    monkeypatch.setattr(store_module, "_migrations", lambda version: steps[version])
    with pytest.raises(InputError, match="run zhgovtext batch on it, which converts it"):
        open_corpus("s.duckdb")
    open_store("s.duckdb", read_only=False).close()
    assert _column(Path("s.duckdb"), "SELECT first FROM reports ORDER BY 1") == [2016, 2017, 2018]
    # A step that fails leaves the store as it was.
    monkeypatch.setattr(store_module, "SCHEMA_VERSION", 3)
    monkeypatch.setattr(store_module, "_migrations", lambda _version: ["DROP TABLE terms", "SELECT * FROM nothing"])
    with pytest.raises(InputError, match="nothing does not exist"):
        open_store("s.duckdb", read_only=False)
    monkeypatch.setattr(store_module, "SCHEMA_VERSION", 2)
    assert _column(Path("s.duckdb"), "SELECT count(*) > 0 FROM terms") == [True]


def test_a_file_that_is_no_database_is_never_touched(run: Callable[..., Summary], tmp_path: Path) -> None:
    Path("s.duckdb").write_text("我的笔记" * 2000, encoding="utf-8")
    _fill(tmp_path / "in")
    with pytest.raises(InputError, match="is no store of zhgovtext"):
        run("in")
    assert Path("s.duckdb").read_text(encoding="utf-8") == "我的笔记" * 2000
    with pytest.raises(InputError, match="is a folder"):
        run("in", store=".")
    with pytest.raises(InputError, match="there is no such folder"):
        run("in", store="none/s.duckdb")


def test_a_store_in_use_is_named(run: Callable[..., Summary], tmp_path: Path) -> None:
    _fill(tmp_path / "in")
    create_store("s.duckdb").close()
    hold = "import duckdb, sys; c = duckdb.connect('s.duckdb'); print('held', flush=True); sys.stdin.read()"
    with subprocess.Popen([sys.executable, "-c", hold], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        with pytest.raises(InputError, match="is open in another process"):
            run("in")
        holder.communicate()


def test_a_full_disk_loses_nothing_that_is_done(
    run: Callable[..., Summary], tmp_path: Path, disk: tuple[Path, Callable[[str], None]], monkeypatch: Any
) -> None:
    place, mount = disk
    shutil.copytree(REPORTS, tmp_path / "in")
    whole = run("in").done
    monkeypatch.setattr(batch._Store, "chunk", (1, 1, 1.0))
    with pytest.raises(InputError, match=r"s\.duckdb: the disk is full"):
        run("in", store="disk/s.duckdb")
    mount("remount,size=50m")
    kept = _column(place / "s.duckdb", "SELECT count(*) FROM reports")[0]
    assert 0 < kept < whole
    assert run("in", store="disk/s.duckdb").done == whole - kept
    assert _contents(place / "s.duckdb") == _contents(Path("s.duckdb"))


def test_a_store_that_may_only_be_read(
    run: Callable[..., Summary], tmp_path: Path, disk: tuple[Path, Callable[[str], None]]
) -> None:
    place, mount = disk
    mount("remount,size=50m")
    _fill(tmp_path / "in")
    run("in", store="disk/s.duckdb")
    mount("remount,ro")
    with pytest.raises(InputError, match=r"s\.duckdb: may not be written to"):
        run("in", store="disk/s.duckdb")
    assert _column(place / "s.duckdb", "SELECT count(*) FROM reports") == [3]


def test_the_log_of_a_deleted_store_does_not_get_into_a_new_one(run: Callable[..., Summary], tmp_path: Path) -> None:
    _fill(tmp_path / "in", ["青石县"])
    Path("s.duckdb.wal").write_bytes(b"rubbish" * 100)
    Path("s.duckdb.new").write_bytes(b"half")
    assert run("in").done == 1


# The corpus -----------------------------------------------------------------------------------------------------------


def test_relations_of_a_corpus(run: Callable[..., Summary], tmp_path: Path) -> None:
    _fill(tmp_path / "in")
    run("in")
    with open_corpus("s.duckdb") as corpus:
        assert corpus.reports().columns[:3] == ["report_id", "sha256", "name"]
        assert corpus.facts().filter("unit = '件'").aggregate("sum(value)").fetchall() == [(48,)]  # 15 + 16 + 17
        requests = corpus.sentences(category="on_request").project("text").fetchall()
        assert ("全年收到政府信息公开申请15件，均已办结。",) in requests
        assert len(corpus.sentences().fetchall()) >= 6
        assert corpus.sql("SELECT * FROM panel").fetchall() == corpus.panel().fetchall()
        assert corpus.panel().project("agency, year").order("year").fetchall()[0] == ("云澜市人民政府", 2015)
        assert corpus.sql("SELECT count(*) FROM reports WHERE year > $year", year=2015).fetchall() == [(2,)]
        key = corpus.sql("SELECT report_id FROM reports WHERE name = '云澜市.txt'").fetchall()[0][0]
        assert corpus.report(key[:8])["meta"]["year"] == 2015
        with pytest.raises(OptionError, match="no report was coded with a category nonsense"):
            corpus.sentences(category="nonsense")
        with pytest.raises(OptionError, match="3 reports with the id"):
            corpus.report("")
        with pytest.raises(InputError, match="Catalog Error"):
            corpus.sql("SELECT * FROM nothing")
        with pytest.raises(InputError, match="read-only"):
            corpus.sql("DELETE FROM facts")


# Processes ------------------------------------------------------------------------------------------------------------


def _task(file: Path) -> Task:
    return Task(Place(file.name, None, file.name, (file.name,)), str(file))


def test_a_worker_that_hangs_or_dies_costs_its_report_only(tmp_path: Path) -> None:
    good = _fill(tmp_path / "in", ["青石县"]) / "青石县.txt"
    pipe = tmp_path / "pipe.txt"
    os.mkfifo(pipe)
    workers = Workers(Options(), 1, 60)
    worker = workers._workers[0]

    def kill() -> None:
        while not worker.about:
            time.sleep(0.01)
        os.kill(worker._process.pid, signal.SIGKILL)

    threading.Thread(target=kill).start()
    try:
        results = workers.run(iter([_task(pipe), _task(good)]), 2, stop=threading.Event())
        first = next(results)
        assert first.batches is not None
        # It was read with another hash than the task had: the analysis itself went well.
        assert first.batches["reports"].select(["path", "error_code"]).to_pylist() == [
            {"path": good.name, "error_code": "changed"}
        ]
        worker._max_seconds = 0.3
        assert [(done.tasks[0].file, done.lost) for done in results] == [(str(pipe), "timeout")]
    finally:
        workers.stop()


def _start(arguments: list[str]) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "zhgovtext", "batch", *arguments, "--lang", "en"]
    return subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def _await_writing(process: subprocess.Popen[str], store: Path) -> None:
    """Until a run that has just begun has written to the log of its store."""
    log = store.with_name(store.name + ".wal")
    before = log.stat().st_size if log.exists() else 0
    while not log.exists() or log.stat().st_size == before:
        assert process.poll() is None
        time.sleep(0.01)


def test_killed_interrupted_and_undisturbed_runs_end_alike(tmp_path: Path) -> None:
    """Two workers, killed once and interrupted once, against one worker that is left alone."""
    for at in range(3):
        for path in REPORTS.glob("*.txt"):
            folder = tmp_path / "in" / str(at)
            folder.mkdir(parents=True, exist_ok=True)
            (folder / path.name).write_text(f"{path.read_text(encoding='utf-8')}\n{at}", encoding="utf-8")
    alone = _start([str(tmp_path / "in"), "-o", str(tmp_path / "alone.duckdb"), "--workers", "1"])
    store = tmp_path / "s.duckdb"
    arguments = [str(tmp_path / "in"), "-o", str(store), "--workers", "2"]
    killed = _start([*arguments, "--workers", "1"])
    _await_writing(killed, store)
    killed.kill()
    killed.communicate()
    interrupted = _start(arguments)
    _await_writing(interrupted, store)
    interrupted.send_signal(signal.SIGINT)
    _, said = interrupted.communicate(timeout=60)
    assert interrupted.returncode == 130
    assert said == "what is done is kept: run the same command again to go on\nzhgovtext: interrupted\n"
    kept = _column(store, "SELECT count(*) FROM reports")[0]
    finished = _start(arguments)
    out, said = finished.communicate(timeout=120)
    assert (finished.returncode, out) == (0, "")
    assert f": {33 - kept} reports analysed in " in said
    alone.communicate(timeout=120)
    assert _contents(store) == _contents(tmp_path / "alone.duckdb")
