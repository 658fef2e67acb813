"""`analyze_batch`: many reports in, tables of Arrow out; what every engine calls, on one machine or on many."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zhgovtext.classification import load_coder
from zhgovtext.codebook import load_codebook
from zhgovtext.document import SURROGATE
from zhgovtext.errors import InputError, ZhgovtextError
from zhgovtext.readers import Limits
from zhgovtext.records import Place, Rows, as_batches, failure_rows, fingerprint_of, report_id, report_rows
from zhgovtext.report import Report, analyze, analyze_text
from zhgovtext.segmentation import load_segmenter
from zhgovtext.sources import as_extra, as_text, file_input, text_hash

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class Options:
    """What reports are analysed with; `model` and `codebook` are paths, null for the shipped ones."""

    codebook: str | None = None
    model: str | None = None
    context: bool = True
    min_probability: float = 0.0


@dataclass(frozen=True, slots=True)
class Task:
    """A report to analyse: where it came from, and the file to read or the text itself; `size` in bytes."""

    place: Place
    file: str
    text: str | None = None
    size: int = 0


class Analysis:
    """Models loaded once, for many reports; `provenance`, `fingerprint` and `engine` say what they are."""

    def __init__(self, options: Options | None = None) -> None:
        given = options or Options()
        chosen = given.codebook
        if chosen is None and given.model is not None:
            own = Path(given.model) / "codebook.toml"
            chosen = str(own) if own.is_file() else None
        segmenter = load_segmenter()
        self._options: dict[str, Any] = {
            "codebook": load_codebook(chosen),
            "coder": load_coder(given.model),
            "segmenter": segmenter,
            "context": given.context,
            "min_probability": given.min_probability,
        }
        self.provenance = analyze_text("公开。", **self._options).provenance()
        self.fingerprint = fingerprint_of(self.provenance)
        self.engine = segmenter.engine.name

    def rows(self, task: Task) -> dict[str, Rows]:
        """What a report has for each table: of one that could not be analysed, why."""
        error: ZhgovtextError
        try:
            return report_rows(self._analyze(task), task.place, self.fingerprint)
        except InputError as found:
            error = _changed() if _has_changed(task) else found
        except MemoryError:
            # Nothing is wrong with the report: who asked may find more.
            raise
        except Exception as problem:
            # One report must not stop a corpus, whatever a parser does with it.
            what = SURROGATE.sub("\ufffd", f"{type(problem).__name__}: {problem}")
            error = InputError("internal", f"cannot be analysed: {what}", hint="please report this")
        return failure_rows(error, task.place, self.fingerprint)

    def _analyze(self, task: Task) -> Report:
        if task.text is None:
            report = analyze(task.file, **self._options)
        else:
            report = analyze_text(task.text, name=task.place.name, **self._options)
        if report.document.sha256 != task.place.sha256:
            raise _changed()
        return report


def _changed() -> InputError:
    return InputError("changed", "has changed since the run began", hint="run it again")


def _has_changed(task: Task) -> bool:
    """Whether a file has other bytes than when it was listed, as while it is being copied: what is wrong with these is
    not what is wrong with the report."""
    if task.text is not None or task.place.sha256 is None:
        return False
    return file_input(Path(task.file), "", Limits()).sha256 not in (None, task.place.sha256)


def analyze_batch(
    records: pa.Table | pa.RecordBatch | Iterable[Mapping[str, Any] | Task],
    *,
    options: Options | Analysis | None = None,
) -> dict[str, pa.RecordBatch]:
    """Analyse records into the tables of a corpus (``data/corpus/schema.sql``), a batch of Arrow a table.

    A record has ``text``, or the ``path`` of a file; ``id`` names it, by default its path or its number. Other columns
    become those of a manifest (``reports.extra``). A report that cannot be analysed is a row in ``reports`` with the
    error. `options` as an `Analysis` spares loading the models for each call. Raises `DataError` for a record with
    neither text nor path, and for a model or codebook that is not in order.

    >>> tables = analyze_batch([{"id": "a", "text": "全年收到政府信息公开申请12件。"}, {"id": "b", "text": ""}])
    >>> tables["reports"].select(["name", "status", "error_code"]).to_pylist()[1]
    {'name': 'b', 'status': 'failed', 'error_code': 'empty'}
    >>> tables["facts"].select(["indicator", "value", "unit"]).to_pylist()
    [{'indicator': 'request.received', 'value': 12.0, 'unit': '件'}]
    """
    analysis = options if isinstance(options, Analysis) else Analysis(options)
    rows = records.to_pylist() if hasattr(records, "to_pylist") else records
    tasks = [row if isinstance(row, Task) else _task(row, number) for number, row in enumerate(rows)]
    return as_batches([(task.place.report_id, analysis.rows(task)) for task in tasks])


def _task(record: Mapping[str, Any], number: int) -> Task:
    if record.get("text") is None and record.get("path"):
        found = file_input(Path(record["path"]), "", Limits())
        extra = as_extra({key: value for key, value in record.items() if key != "path"})
        return Task(_place(found.sha256, found.path, found.name, extra), found.file, size=found.size)
    given = as_text(record, number, "", f"record {number + 1}")
    digest = text_hash(given.text)
    return Task(_place(digest, given.id, given.id, given.extra), "", given.text)


def _place(digest: str | None, path: str, name: str, extra: Mapping[str, Any]) -> Place:
    return Place(report_id(digest, path), digest, name, (path,), extra or None)
