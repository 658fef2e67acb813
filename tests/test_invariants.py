"""What holds for every text: offsets prove what they stand for, spans nest and are ordered, shares sum to one."""

from __future__ import annotations

import json

import jsonschema
import pytest
from conftest import sample_files, sample_texts

import zhgovtext as zg
from zhgovtext.report import Report
from zhgovtext.resources import data_path

SCHEMA = jsonschema.Draft202012Validator(
    json.loads(data_path("schema", "report.schema.json").read_text(encoding="utf-8"))
)
TEXTS = sample_texts()
FILES = sample_files()


@pytest.fixture(scope="module", params=[*TEXTS, *FILES], ids=[*TEXTS, *FILES])
def report(request: pytest.FixtureRequest) -> Report:
    if request.param in FILES:
        return zg.analyze(FILES[request.param])
    return zg.analyze_text(TEXTS[request.param], name=request.param)


def test_text_is_kept(report: Report) -> None:
    given = TEXTS.get(report.document.name)
    if given is None:
        return
    assert len(report.document.text) == len(given)
    assert all(a == b or "\ud800" <= a <= "\udfff" for a, b in zip(given, report.document.text, strict=True))


def test_sentences(report: Report) -> None:
    text = report.document.text
    end = 0
    for sentence in report.sentences:
        assert sentence.start >= end
        assert sentence.end > sentence.start
        assert text[sentence.start : sentence.end] == sentence.text == sentence.text.strip()
        assert sum(sentence.scores.values()) == pytest.approx(1)
        assert sentence.category == max(sentence.scores, key=lambda code: sentence.scores[code])
        assert sentence.runner_up != sentence.category
        end = sentence.end


def test_sections_nest(report: Report) -> None:
    text = report.document.text
    for section in report.sections:
        assert 0 <= section.start < section.end <= len(text)
        assert section.title
        if section.parent is None:
            assert section.level == 1
        else:
            parent = report.sections[section.parent]
            assert section.parent < section.id
            assert section.level == parent.level + 1
            assert parent.start <= section.start
            assert section.end <= parent.end
    for first, second in zip(report.sections, report.sections[1:], strict=False):
        assert first.start < second.start
        assert second.start >= first.end or second.end <= first.end
    for sentence in report.sentences:
        if sentence.section is not None:
            section = report.sections[sentence.section]
            assert section.start <= sentence.start < sentence.end <= section.end


def test_facts(report: Report) -> None:
    text = report.document.text
    for fact in report.facts:
        assert text[fact.start : fact.end] == fact.quote
        assert (fact.value is None) == (fact.state in ("blank", "slash", "dash", "unreadable"))
    assert [(f.start, f.end) for f in report.facts] == sorted((f.start, f.end) for f in report.facts)


def test_tables(report: Report) -> None:
    text = report.document.text
    for table in report.tables:
        for row in table.rows:
            for cell in row:
                assert table.start <= cell.start <= cell.end <= table.end
                assert text[cell.start : cell.end] == cell.text


def test_shares(report: Report) -> None:
    shares = report.category_shares()
    assert [share.category for share in shares] == list(report.codebook.codes)
    assert sum(share.sentences for share in shares) == len(report.sentences)
    assert sum(share.chars for share in shares) == sum(s.end - s.start for s in report.sentences)
    if report.sentences:
        assert sum(share.share or 0 for share in shares) == pytest.approx(1)
    else:
        assert {share.share for share in shares} == {None}


def test_balance(report: Report) -> None:
    balance = report.balance
    for kind in (balance.interpretation, balance.news):
        assert kind.clauses == len(kind.spans)
        assert kind.chars == sum(end - start for start, end in kind.spans)
        for start, end in kind.spans:
            assert any(s.start <= start < end <= s.end for s in report.sentences)
    assert (balance.naive is None) == (balance.n == 0)
    assert balance.few == (balance.n < 10)


def test_tokens_cover_the_text(report: Report) -> None:
    assert "".join(report.tokens.words) == report.normalized.text


def test_dictionary_fits_the_schema(report: Report) -> None:
    SCHEMA.validate(json.loads(report.to_json(text=True)))


def test_same_text_same_bytes(report: Report) -> None:
    name = report.document.name
    again = zg.analyze(FILES[name]) if name in FILES else zg.analyze_text(TEXTS[name], name=name)
    assert again.to_json() == report.to_json()


def test_normalisation_maps_back(report: Report) -> None:
    n = report.normalized
    for start, end in [(s.start, s.end) for s in report.sentences] + [(0, len(n.source))]:
        inner = n.norm_span(start, end)
        outer = n.source_span(*inner)
        assert outer[0] <= start
        assert end <= outer[1]
