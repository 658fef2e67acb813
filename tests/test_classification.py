"""The coder: features, training, prediction, and models that must not be trusted."""

from __future__ import annotations

import hashlib
import json
import math
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import ROOT
from hypothesis import given
from hypothesis import strategies as st

import zhgovtext as zg
from zhgovtext.classification import classify, context_blocks, explain, load_coder, predict_coded
from zhgovtext.codebook import Codebook, load_codebook
from zhgovtext.coding import Coded, load_coded
from zhgovtext.features import find_grams, fold, make_vocabulary, spell
from zhgovtext.resources import model_path
from zhgovtext.training import Settings, build_model, cross_validate, save_coder, train


@given(st.lists(st.text(alphabet="公开12 条a\n，", max_size=12), max_size=6), st.integers(1, 4))
def test_grams_are_those_of_a_plain_loop(units: list[str], order: int) -> None:
    """The arrays do what this loop says: fold, drop white space, squeeze runs of figures, mark the start."""
    lengths = np.array([len(unit) for unit in units], dtype=np.int64)
    ends = np.cumsum(lengths)
    grams = find_grams(fold("".join(units)), ends - lengths, ends, order=order)
    expected: list[tuple[int, list[str]]] = []
    for at, unit in enumerate(units):
        chars = ["^"]
        for char in unit.replace(" ", "").replace("\n", ""):
            folded = "0" if char in "12" else char
            if folded not in "0a" or chars[-1] != folded:
                chars.append(folded)
        for i in range(len(chars)):
            expected.append(
                (at, ["".join(chars[i : i + n]) if i + n <= len(chars) else "" for n in range(1, order + 1)])
            )
    found = [[spell(key) for key in row] for row in grams.keys.tolist()]
    assert list(zip(grams.units.tolist(), found, strict=True)) == expected
    sizes = [sum(len(row) - row.count("") for owner, row in expected if owner == at) for at in range(len(units))]
    assert grams.sizes.tolist() == sizes


@given(st.sets(st.integers(1, 2**64 - 1), max_size=200), st.sets(st.integers(1, 2**64 - 1), max_size=50))
def test_vocabulary_finds_its_keys_and_no_other(known: set[int], asked: set[int]) -> None:
    keys = np.array(sorted(known), dtype=np.uint64)
    queries = np.array(sorted(known | asked), dtype=np.uint64)
    rows = make_vocabulary(keys).find(queries)
    order = sorted(known)
    assert rows.tolist() == [order.index(int(q)) if int(q) in known else -1 for q in queries]


@given(st.lists(st.text(alphabet="公开信息件", max_size=6), max_size=4), st.integers(1, 3))
def test_single_characters_and_longer_n_grams_have_their_rows(units: list[str], order: int) -> None:
    known = {"^": 0, "公": 1, "件": 2, "^公": 3, "公开": 4, "信息件": 5}
    keys = np.array([_key(gram) for gram in known], dtype=np.uint64)
    lengths = np.array([len(unit) for unit in units], dtype=np.int64)
    ends = np.cumsum(lengths)
    grams = find_grams(fold("".join(units)), ends - lengths, ends, order=order)
    rows = make_vocabulary(keys).rows(grams)
    assert rows.tolist() == [[known.get(spell(key), -1) for key in row] for row in grams.keys.tolist()]


def _key(gram: str) -> int:
    return sum((1 if char == "^" else ord(char)) << 16 * at for at, char in enumerate(gram))


def test_headings_that_were_met_before_count_as_they_did_then() -> None:
    """A coder keeps what it found of headings; whether alone, together or again, they say the same."""
    sentence = "全年共收到12件。"
    paths = [(("一、依申请公开情况",)), ("二、行政复议", "（一）概况"), ()]
    first = [classify([sentence], headings=[path], coder=load_coder(model_path("disclosure")))[0] for path in paths]
    coder = load_coder(model_path("disclosure"))
    for _ in range(2):
        for path, label in zip(paths[::-1], first[::-1], strict=True):
            assert classify([sentence], headings=[path], coder=coder)[0] == label
    assert len({label.probability for label in first}) == 3


def test_what_is_kept_of_headings_is_bounded() -> None:
    coder = load_coder(model_path("disclosure"))
    paths = [(f"标题{chr(ord('一') + at)}",) for at in range(6000)]
    before = classify(["公开3件。"], headings=[paths[0]], coder=coder)
    classify(["公开3件。"] * len(paths), headings=paths, coder=coder)
    assert classify(["公开3件。"], headings=[paths[0]], coder=coder) == before
    classify(["公开3件。"], headings=[("另一标题",)], coder=coder)
    assert len(coder.paths) < len(paths)


def test_clear_cases() -> None:
    """Sentences about nothing but one category, of our own writing and not in the corpus."""
    sentences = {
        "on_request": "全年收到政府信息公开申请27件，均在法定期限内答复申请人。",
        "disputes": "因信息公开被申请行政复议3件，其中维持2件、纠正1件。",
        "decision": "重大行政决策草案在网上公开征求意见，并召开听证会听取利害关系人意见。",
        "interpretation": "发布图解、视频等政策解读材料58篇，解读文件出台背景和主要内容。",
        "management": "公布权责清单和双随机抽查结果，公示行政处罚决定。",
        "problems": "存在的主要问题是公开内容不够全面，下一步将进一步加强培训。",
        "other": "本报告所列数据的统计期限自2020年1月1日至2020年12月31日止。",
    }
    assert [label.category for label in zg.classify(list(sentences.values()))] == list(sentences)


def test_headings_are_heard_with_or_without_numbers() -> None:
    plain, numbered = (
        zg.classify(["进一步加强日常管理。"], headings=[path])[0].scores["problems"]
        for path in (("存在的主要问题及改进措施",), ("七、存在的主要问题及改进措施",))
    )
    alone = zg.classify(["进一步加强日常管理。"])[0].scores["problems"]
    assert plain == numbered > alone


def test_labels() -> None:
    label = zg.classify(["全年公開信息12條。"])[0]
    assert label.probability == max(label.scores.values())
    assert sum(label.scores.values()) == pytest.approx(1)
    assert label.runner_up != label.category
    assert zg.classify([]) == []
    assert zg.classify(["", "　"])[0].category in load_codebook().codes


def test_wrong_arguments() -> None:
    with pytest.raises(zg.OptionError, match="pass a list"):
        zg.classify("公开。")
    with pytest.raises(zg.OptionError, match="1 heading paths for 2 sentences"):
        zg.classify(["公开。", "平稳。"], headings=[()])


def test_batches_do_not_matter() -> None:
    sentences = [f"第{i}次会议研究政务公开，印发文件{i}件，公开目录。" * (1 + i % 5) for i in range(60)]
    together = zg.classify(sentences)
    assert [zg.classify([sentence])[0] for sentence in sentences] == together


def test_long_texts_are_coded_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    sentences = ["公开征求意见。", "收到申请3件。", "开展培训。"] * 20
    whole = zg.classify(sentences)
    monkeypatch.setattr("zhgovtext.classification._PIECE", 25)
    assert zg.classify(sentences) == whole


def test_abstention() -> None:
    report = zg.analyze_text("一、概述\n平稳。公开征求意见。", min_probability=1.0)
    assert {sentence.category for sentence in report.sentences} == {None}
    assert {share.share for share in report.category_shares()} == {None}
    with pytest.raises(zg.OptionError, match="no probability"):
        zg.analyze_text("公开。", min_probability=2)


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return Path(shutil.copytree(model_path("disclosure"), tmp_path / "model"))


@pytest.mark.parametrize("damage", ["array", "missing", "json", "schema", "codes"])
def test_damaged_models(model: Path, damage: str) -> None:
    card = json.loads((model / "model.json").read_bytes())
    if damage == "array":
        data = bytearray((model / "text_weights.npy").read_bytes())
        data[-1] ^= 1
        (model / "text_weights.npy").write_bytes(data)
    elif damage == "missing":
        (model / "text_keys.npy").unlink()
    elif damage == "json":
        (model / "model.json").write_text("{", encoding="utf-8")
    else:
        card.update({"schema": 99} if damage == "schema" else {"codes": ["a", "b"]})
        (model / "model.json").write_text(json.dumps(card), encoding="utf-8")
    with pytest.raises(zg.DataError) as caught:
        load_coder(model)
    assert str(model) in str(caught.value)


def test_no_model(tmp_path: Path) -> None:
    with pytest.raises(zg.DataError, match="no model directory"):
        load_coder(tmp_path)


def test_prediction_needs_no_scikit_learn() -> None:
    code = (
        "import sys, zhgovtext as zg; zg.analyze_text('一、概述\\n公开12条。').to_dict();"
        "assert not {'sklearn', 'scipy', 'pandas', 'jieba', 'opencc'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)


def _toy(book: Codebook) -> list[Coded]:
    words = {code: f"{book[code].zh}的事" for code in book.codes}
    return [
        Coded(f"{text}，{'办理' * (i % 3)}第{i}项。", code, id=f"{code}{i}", report=f"r{i}", headings=(book[code].zh,))
        for code, text in words.items()
        for i in range(4)
    ]


def test_training_is_repeatable_and_round_trips(tmp_path: Path) -> None:
    book = load_codebook()
    units = _toy(book)
    for name in ("one", "two"):
        save_coder(train(units, book, settings=Settings(text_order=2)), tmp_path / name, about={})
    files = sorted(path.name for path in (tmp_path / "one").iterdir())
    assert len(files) == 8
    for file in files:
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()
    coder = load_coder(tmp_path / "one")
    guesses = predict_coded(coder, units).argmax(axis=1)
    assert [book.codes[guess] for guess in guesses] == [unit.category for unit in units]


def test_an_empty_class_is_an_error() -> None:
    book = load_codebook()
    with pytest.raises(zg.DataError, match="no unit is coded 'other'"):
        train([unit for unit in _toy(book) if unit.category != "other"], book)


def test_the_corpus_is_large_enough_and_the_model_is_made_from_it() -> None:
    book = load_codebook()
    path = ROOT / "corpus" / "sentences.tsv"
    units = load_coded(path, book)
    for code in book.codes:
        assert sum(unit.category == code for unit in units) >= 40, code
    card = json.loads((model_path("disclosure") / "model.json").read_bytes())
    from zhgovtext.resources import sha256

    assert card["about"]["data"]["sha256"] == sha256(path)
    assert load_coder().codebook == book.sha256


def test_the_shipped_model_is_rebuilt_byte_for_byte(tmp_path: Path) -> None:
    """All but the card and the record of errors, whose cross-validation takes minutes."""
    import sklearn

    directory = model_path("disclosure")
    card = json.loads((directory / "model.json").read_bytes())
    if card["about"]["versions"] != {"scikit-learn": sklearn.__version__, "numpy": np.__version__}:
        pytest.skip(f"trained under {card['about']['versions']}")
    book = load_codebook()
    coder = train(load_coded(ROOT / "corpus" / "sentences.tsv", book), book, name="disclosure")
    coder = replace(coder, errors=load_coder().errors)
    save_coder(coder, tmp_path / "model", about=card["about"], codebook=book)
    for path in (tmp_path / "model").iterdir():
        assert path.read_bytes() == (directory / path.name).read_bytes(), path.name


def test_neighbours_under_the_same_heading_are_heard() -> None:
    """A sentence that says nothing of its own among plans, among deeds, and under another heading than the plans."""
    vague = "规范工作流程。"
    plans = ["下一步，将加大培训力度。", vague, "明年我们还要继续改进不足。"]
    deeds = ["全年共举办培训班6期。", vague, "印发文件审查制度并已落实。"]

    def plan(sentences: list[str], paths: list[tuple[str, ...]]) -> float:
        return zg.classify(sentences, headings=paths)[1].scores["problems"]

    together = [("一、情况",)] * 3
    apart = [("一、情况",), ("一、情况", "（一）制度"), ("一、情况",)]
    assert plan(plans, together) > plan(deeds, together)
    assert plan(plans, apart) == plan(deeds, apart)


def test_without_context_headings_and_neighbours_do_not_matter() -> None:
    sentences = ["下一步，将加大培训力度。", "规范工作流程。"]
    alone = zg.classify(sentences)
    assert zg.classify(sentences, headings=[("五、改进措施",)] * 2, context=False) == alone
    text = "五、改进措施\n" + "".join(sentences)
    report = zg.analyze_text(text, context=False)
    assert [s.scores for s in report.sentences] == [label.scores for label in alone]
    assert report.provenance()["options"]["context"] is False
    assert [s.scores for s in zg.analyze_text(text).sentences] != [label.scores for label in alone]


def test_the_coder_abstains_below_the_probability_asked_for() -> None:
    sentences = ["平稳。", "全年收到政府信息公开申请27件，均在法定期限内答复申请人。"]
    labels = zg.classify(sentences)
    assert labels[0].probability < 0.8 < labels[1].probability
    assert [label.category for label in zg.classify(sentences, min_probability=0.8)] == [None, "on_request"]
    with pytest.raises(zg.OptionError, match="no probability"):
        zg.classify(sentences, min_probability=-0.1)


def test_blocks_of_the_second_layer() -> None:
    """Of two units, the second with the first before it: logarithms over 4 of its own probabilities, then those
    of its neighbours, in 4096ths. ln 0.25 / 4 × 4096 = -1419.6, ln 0.75 / 4 × 4096 = -294.6."""
    known = np.array([[0.5, 0.5], [0.25, 0.75]])
    blocks = context_blocks(known, np.array([1]), np.array([0]), np.array([-1]))
    assert blocks.tolist() == [[-1420, -295, 2048, 2048, 0, 0]]


def test_coded_units_are_predicted_as_the_report_they_stand_in() -> None:
    headings = ("三、改进措施",)
    texts = ["下一步，将加大培训力度。", "规范工作流程。", "做好发布。"]
    units = [
        Coded(text, "", headings=headings, before=before, after=after)
        for before, text, after in zip(["", *texts], texts, [*texts[1:], ""], strict=False)
    ]
    coder = load_coder()
    labels = zg.classify(texts, headings=[headings] * 3)
    for row, label in zip(predict_coded(coder, units).tolist(), labels, strict=True):
        assert dict(zip(coder.codes, row, strict=True)) == label.scores
    for row, label in zip(predict_coded(coder, units, context=False).tolist(), zg.classify(texts), strict=True):
        assert dict(zip(coder.codes, row, strict=True)) == label.scores
    assert predict_coded(coder, []).shape == (0, 17)


def test_explanation_by_leaving_out() -> None:
    sentence, heading, after = "规范工作流程。", "五、改进措施", "下一步，将加大培训力度。"
    found = explain(sentence, headings=[heading], after=after)
    label = zg.classify([sentence, after], headings=[(heading,)] * 2)[0]
    assert found.label == label
    terms = {(term.part, term.text): term.weight for term in (*found.terms_for, *found.terms_against)}
    assert {("heading", heading), ("after", after)} <= set(terms)
    # The weight of the sentence after it is what the log odds lose without it.
    less = zg.classify([sentence], headings=[(heading,)])[0].scores

    def odds(scores: dict[str, float]) -> float:
        return float(np.log(scores[str(label.category)] / scores[label.runner_up]))

    assert terms["after", after] == pytest.approx(odds(label.scores) - odds(less))
    assert all(term.weight > 0 for term in found.terms_for)
    assert all(term.weight < 0 for term in found.terms_against)
    with pytest.raises(zg.OptionError, match="no sentence"):
        explain(" ")
    with pytest.raises(zg.OptionError, match="longer than 5000"):
        explain("公开" * 2_501)


def _reports(book: Codebook) -> list[Coded]:
    """Ten reports of a unit a category."""
    return [
        Coded(f"{category.cues[i % 2]}的事，第{i}项{category.zh}。", category.code, f"{category.code}-{i}", f"r{i}")
        for category in book.categories
        for i in range(10)
    ]


def test_a_model_directory_has_model_card_and_codebook(tmp_path: Path) -> None:
    book = load_codebook()
    units = _reports(book)
    found = build_model(units, book, tmp_path / "mine", name="mine", data={"file": "mine.csv"}, notes="## Notes")
    assert load_coder(tmp_path / "mine").codes == book.codes
    assert load_codebook(tmp_path / "mine" / "codebook.toml") == book
    card = (tmp_path / "mine" / "card.md").read_text(encoding="utf-8")
    assert [part for part in ("mine.csv", "## Notes", "| `execution` | 10 |") if part not in card] == []
    assert found.context.n == found.alone.n == 170
    assert [point.units for point in found.curve][-1] == 136  # four fifths of the reports
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine"]
    # It is replaced by another, but nothing else is.
    save_coder(found.coder, tmp_path / "mine", about={})
    assert not (tmp_path / "mine" / "card.md").exists()
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "thesis.docx").write_bytes(b"x")
    with pytest.raises(zg.DataError, match="is no model"):
        save_coder(found.coder, tmp_path / "other", about={})
    assert (tmp_path / "other" / "thesis.docx").exists()


def test_nothing_is_learned_from_the_report_that_is_predicted() -> None:
    """One report's units carry a word of their own: a coder that had seen it would know it."""
    book = load_codebook()
    units = _reports(book)
    marked = [Coded("甲乙丙丁", "decision", id=f"m{i}", report="marked") for i in range(20)]
    _, alone = cross_validate([*units, *marked], book)
    known = alone[len(units) :][:, book.codes.index("decision")]
    assert known.max() < 0.5


def test_one_report_cannot_be_cross_validated() -> None:
    book = load_codebook()
    units = [Coded(f"{category.zh}{i}。", category.code, report="r") for category in book.categories for i in range(3)]
    with pytest.raises(zg.DataError, match="all units are of one report"):
        train(units, book)


@pytest.mark.parametrize(
    ("field", "value"),
    [("temperature", 0), ("temperature", 1e400), ("scale", -1.0), ("bias", [float("nan")] * 17), ("codes", 3)],
)
def test_numbers_that_no_training_gives_are_refused(model: Path, field: str, value: object) -> None:
    card = json.loads((model / "model.json").read_bytes())
    (card["text"] if field == "scale" else card)[field] = value
    (model / "model.json").write_text(json.dumps(card), encoding="utf-8")
    with pytest.raises(zg.DataError) as caught:
        load_coder(model)
    assert caught.value.hint


@pytest.mark.parametrize("damage", ["full", "size", "kind"])
def test_a_hostile_vocabulary_is_refused(model: Path, damage: str) -> None:
    """A table without an empty slot would be searched for ever."""
    import io

    slots = np.load(model / "text_slots.npy")
    damaged = {"full": np.zeros_like(slots), "size": slots[:-1], "kind": slots.astype(np.float64)}[damage]
    stream = io.BytesIO()
    np.save(stream, damaged)
    (model / "text_slots.npy").write_bytes(stream.getvalue())
    card = json.loads((model / "model.json").read_bytes())
    card["sha256"]["text_slots"] = hashlib.sha256(stream.getvalue()).hexdigest()
    (model / "model.json").write_text(json.dumps(card), encoding="utf-8")
    with pytest.raises(zg.DataError, match=r"vocabulary that is none|no array of a model"):
        load_coder(model)


def _header(description: str) -> bytes:
    return b"\x93NUMPY\x01\x00" + len(description).to_bytes(2, "little") + description.encode()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x93NUMPY\x03\x00",
        _header("[" * 500),
        _header("{'descr': '<i2', 'fortran_order': False, 'shape': (9999999999999,)}"),
        _header("{'descr': '<i2', 'fortran_order': False, 'shape': (9999999999999, 17)}"),
        _header("{'descr': '|O', 'fortran_order': False, 'shape': (1, 17)}"),
        _header("{'descr': '<c16', 'fortran_order': False, 'shape': (1, 17)}") + bytes(16 * 17),
    ],
    ids=["empty", "version", "brackets", "one dimension", "larger than memory", "objects", "complex"],
)
def test_a_hostile_array_is_refused(tmp_path: Path, content: bytes) -> None:
    """Its hash is right: who writes a model writes that too."""
    model = tmp_path / "model"
    shutil.copytree(model_path("disclosure"), model)
    (model / "text_weights.npy").write_bytes(content)
    card = json.loads((model / "model.json").read_bytes())
    card["sha256"]["text_weights"] = hashlib.sha256(content).hexdigest()
    (model / "model.json").write_text(json.dumps(card), encoding="utf-8")
    with pytest.raises(zg.DataError, match="no array of a model"):
        load_coder(model)


@pytest.mark.parametrize(
    ("path", "value"),
    [(("text", "order"), 10**9), (("text", "order"), 0), (("text", "scale"), math.nan)],
)
def test_a_card_that_no_training_gives_is_refused(tmp_path: Path, path: tuple[str | int, ...], value: object) -> None:
    model = tmp_path / "model"
    shutil.copytree(model_path("disclosure"), model)
    card = json.loads((model / "model.json").read_bytes())
    inner: Any = card[path[0]]
    inner[path[1]] = value
    (model / "model.json").write_text(json.dumps(card), encoding="utf-8")
    with pytest.raises(zg.DataError, match="no training gives"):
        load_coder(model)


def test_a_card_nested_without_end_is_refused(tmp_path: Path) -> None:
    (tmp_path / "model.json").write_text("[" * 100_000, encoding="utf-8")
    with pytest.raises(zg.DataError, match="is not a model"):
        load_coder(tmp_path)
