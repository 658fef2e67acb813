"""The short run of ``benchmarks/fuzz.py``: input by chance into every public entry, always the same by its seed.

Only the package's own errors may come out, and what must hold of a result holds. Faults that the long run found are
cases here.
"""

from __future__ import annotations

import contextlib
import io
import random
import sys
import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import zhgovtext as zg
from zhgovtext.panel import load_frame
from zhgovtext.readers.limits import Limits
from zhgovtext.readers.pdf import read_pdf
from zhgovtext.store import create_store, write_reports

sys.path.insert(0, str(Path(__file__).parent.parent / "benchmarks"))

from fuzz_entries import CALLED, ENTRIES

# Entries of which each input takes long have few of them.
ROUNDS = {"run_batch": 1, "build_model": 2, "cross_validate": 2, "train": 2, "make_segmenter": 2, "save_coder": 4}
FEW = (
    "plot_balance",
    "plot_keyness",
    "plot_shares",
    "plot_trend",
    "open_corpus",
    "open_corpus:parts",
    "export",
    "split_terms",
)


def test_every_public_function_is_here() -> None:
    public = {name for name in zg.__all__ if callable(getattr(zg, name)) and not isinstance(getattr(zg, name), type)}
    own = {name for name in ENTRIES if ":" not in name and name not in ("main", "find_inputs", "load_frame")}
    assert own | set(CALLED) == public
    assert set(CALLED.values()) <= set(ENTRIES)


@pytest.mark.parametrize("name", ENTRIES)
def test_only_our_own_errors(name: str, tmp_path: Path) -> None:
    rounds = ROUNDS.get(name, 5 if name in FEW else 25)
    for number in range(rounds):
        folder = tmp_path / str(number)
        folder.mkdir()
        with contextlib.suppress(zg.ZhgovtextError):
            ENTRIES[name].run(random.Random(f"0 {name} {number}"), folder)


# Faults that were found and mended ------------------------------------------------------------------------------------


@pytest.mark.parametrize("load", [zg.load_codebook, zg.load_lexicon, load_frame])
def test_a_name_with_a_nul_is_no_file(load: Callable[[Any], Any]) -> None:
    with pytest.raises(zg.ZhgovtextError, match=r"null (byte|character)"):
        load(Path("a\0b"))


@pytest.mark.parametrize("value", ["1" * 5000, "[" * 5000])
def test_codebook_of_numbers_or_lists_beyond_reason(value: str, tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    path.write_text(f"x = {value}", encoding="utf-8")
    with pytest.raises(zg.DataError, match="is no TOML"):
        zg.load_codebook(path)


@pytest.mark.parametrize("frequency", ["9" * 5000, "1000000000", "0", "²", "-1"])
def test_frequencies_of_a_lexicon(frequency: str, tmp_path: Path) -> None:
    path = tmp_path / "a.tsv"
    path.write_text(f"word\tfrequency\ttag\n公开\t{frequency}\tn\n", encoding="utf-8")
    with pytest.raises(zg.DataError, match="line 2"):
        zg.load_lexicon(path)


@pytest.mark.parametrize(("word", "frequency"), [("公开", -1), ("公开", 10**9), ("公\ud800", 1)])
def test_terms_that_no_engine_takes(word: str, frequency: int) -> None:
    with pytest.raises(zg.OptionError):
        zg.make_segmenter(user=[zg.Term(word, frequency, "n")])


def test_weights_beyond_reason() -> None:
    with pytest.raises(zg.OptionError, match="weights"):
        zg.evaluate(["a", "b"], [[1, 0], [0, 1]], ["a", "b"], weights=[1e300, 1.0])


@pytest.mark.parametrize("dpi", [0, -1, float("nan"), 1e9])
def test_resolutions_that_no_picture_has(dpi: float, tmp_path: Path) -> None:
    figure = zg.plot_balance([zg.weigh_items(["一图读懂水价调整", "市水务局召开工作会议"])])
    with pytest.raises(zg.OptionError, match="dots an inch"):
        zg.save_figure(figure, tmp_path / "a.png", dpi=dpi)


@pytest.mark.parametrize("name", ["公" * 200, "a\0b", ""])
def test_places_where_no_model_can_stand(name: str, tmp_path: Path) -> None:
    with pytest.raises(zg.DataError):
        zg.save_coder(zg.load_coder(), tmp_path / name if name else "", about={})


# Stores that another program has changed


@pytest.fixture
def altered(tmp_path: Path) -> Iterator[Callable[[str], zg.Corpus]]:
    opened: list[zg.Corpus] = []

    def alter(statement: str) -> zg.Corpus:
        connection = create_store(tmp_path / "store.duckdb")
        write_reports(
            connection, {"a.txt": zg.analyze_text("青石县2021年政府信息公开工作年度报告\n公开3条。", name="a.txt")}
        )
        connection.execute(statement)
        connection.close()
        opened.append(zg.open_corpus(tmp_path / "store.duckdb"))
        return opened[0]

    yield alter
    for corpus in opened:
        corpus.close()


@pytest.mark.parametrize(
    "statement",
    ["DELETE FROM fingerprints", "DELETE FROM balance", "UPDATE reports SET notes = NULL", "DROP TABLE terms"],
)
def test_report_of_an_altered_store(statement: str, altered: Callable[[str], zg.Corpus]) -> None:
    corpus = altered(statement)
    if statement.startswith("DROP"):
        assert corpus.report("a.txt")["text"].startswith("青石县")
        return
    with pytest.raises(zg.InputError, match="not as zhgovtext batch wrote it"):
        corpus.report("a.txt")


def test_panel_and_balance_of_an_altered_store(altered: Callable[[str], zg.Corpus]) -> None:
    corpus = altered("DROP TABLE balance CASCADE")
    [report] = zg.stored_reports(corpus)
    for use in (corpus.panel, lambda: report.balance):
        with pytest.raises(zg.InputError, match="balance"):
            use()


def test_name_of_a_store_that_is_no_utf_8(tmp_path: Path) -> None:
    path = tmp_path / "a\udcff.duckdb"
    path.write_bytes(b"x")
    with pytest.raises(zg.InputError, match="not UTF-8"):
        zg.open_corpus(path)


# PDF


def _pdf(*objects: bytes) -> bytes:
    """A file of these objects after a page tree and a page, which shows object 4 and knows object 5 as /X."""
    first = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
        b"/Resources << /XObject << /X 5 0 R >> /Font << /F << /Type /Font /Subtype /Type0 /BaseFont /S "
        b"/Encoding /UniGB-UCS2-H /DescendantFonts [<< /Type /Font /Subtype /CIDFontType0 /BaseFont /S /DW 1000 "
        b"/CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 4 >> >>] >> >> >> >>",
    )
    out = io.BytesIO(b"%PDF-1.4\n")
    out.seek(0, io.SEEK_END)
    for number, content in enumerate((*first, *objects), 1):
        out.write(b"%d 0 obj\n%s\nendobj\n" % (number, content))
    out.write(b"trailer << /Root 1 0 R >>\n%%EOF\n")
    return out.getvalue()


def _stream(content: bytes, head: bytes = b"", *, packed: bool = False) -> bytes:
    body = zlib.compress(content) if packed else content
    filter_ = b"/Filter /FlateDecode " if packed else b""
    return b"<< %s %s/Length %d >>\nstream\n%s\nendstream" % (head, filter_, len(body), body)


def _form(
    calls: int, called: int, *, packed: bool = False, inside: bytes = b"/Resources << /XObject << /X %d 0 R >> >>"
) -> bytes:
    head = b"/Type /XObject /Subtype /Form /BBox [0 0 500 500] " + (inside % called)
    return _stream(b"/X Do " * calls, head, packed=packed)


_TEXT = b"BT /F 12 Tf 60 700 Td <516c5f0000334ef6> Tj ET /X Do"


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("last", [5, 34])
def test_forms_within_forms_without_end(packed: bool, last: int) -> None:
    # Each of 30 forms draws the next one twice: 2^30 of them, or more where the last draws the first again.
    forms = [_form(2, number + 1 if number < 34 else last, packed=packed) for number in range(5, 35)]
    with pytest.raises(zg.InputError, match="forms within forms"):
        read_pdf(_pdf(_stream(_TEXT), *forms), path="a.pdf", limits=Limits())


def test_forms_whose_resources_stand_elsewhere() -> None:
    inside = b"/Resources %d 0 R"
    forms = [_form(9, 6, inside=inside), b"<< /XObject 7 0 R >>", b"<< /X 5 0 R >>"]
    with pytest.raises(zg.InputError, match="forms within forms"):
        read_pdf(_pdf(_stream(_TEXT), *forms), path="a.pdf", limits=Limits())


def test_forms_that_end_are_read() -> None:
    content = read_pdf(
        _pdf(_stream(_TEXT), _form(2, 6), _stream(b"", b"/Type /XObject /Subtype /Form /BBox [0 0 9 9]")),
        path="a.pdf",
        limits=Limits(),
    )
    assert content.pieces == ["公开3件"]


def test_streams_without_an_end_take_no_time_each() -> None:
    with pytest.raises(zg.InputError, match="damaged"):
        read_pdf(b"%PDF-1.4\n" + b"stream\nx" * 500_000, path="a.pdf", limits=Limits())


def test_lines_too_small_to_see() -> None:
    shown = b"BT /F 0.001 Tf 60 700 Td <516c5f000020516c5f00516c5f00516c5f00> Tj ET BT /F 12 Tf 60 600 Td <516c> Tj ET"
    assert "公" in "".join(str(piece) for piece in read_pdf(_pdf(_stream(shown)), path="a.pdf", limits=Limits()).pieces)


def test_a_title_that_is_no_text() -> None:
    data = _pdf(_stream(_TEXT.removesuffix(b" /X Do"))).replace(
        b"/Root 1 0 R", b"/Root 1 0 R /Info << /Title <feffd800d800> >>"
    )
    assert read_pdf(data, path="a.pdf", limits=Limits()).properties == {}


def test_two_categories_are_enough_to_train_on() -> None:
    book = replace(zg.load_codebook(), categories=zg.load_codebook().categories[:2])
    units = [zg.Coded(f"公开{at}条", book.codes[at % 2], report=str(at % 3)) for at in range(12)]
    assert zg.train(units, book).codes == book.codes
