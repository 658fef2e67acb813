"""Figures: what they show of what they are given, that all of their text is drawn, and the command `plot`."""

from __future__ import annotations

import io
import re
import runpy
import subprocess
import sys
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import REPORTS, ROOT
from hypothesis import given
from hypothesis import strategies as st
from panel_store import fill

import zhgovtext as zg
from zhgovtext import labels, plots
from zhgovtext.cli import main
from zhgovtext.indicators import load_indicators
from zhgovtext.keyness import Keyword
from zhgovtext.resources import data_path, rows
from zhgovtext.shares import Balance, CategoryShare, TypedClauses
from zhgovtext.trends import Point

pytest.importorskip("matplotlib", reason="matplotlib is not installed")
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.ft2font import FT2Font
from matplotlib.text import Text

from zhgovtext import charts, fonts

try:
    CHINESE = fonts.find_font("政府信息公開")
except zg.InputError:
    pytest.skip("no Chinese font is installed", allow_module_level=True)
DEJAVU = str(Path(fonts.get_data_path(), "fonts", "ttf", "DejaVuSans.ttf"))

BALANCE = Balance(TypedClauses(6, 60, ()), TypedClauses(2, 20, ()), 0.75, 0.7, 0.5, 0.9, 8, True, {}, None)


def share(at: int, value: float | None, low: float | None = None, high: float | None = None) -> CategoryShare:
    category = zg.load_codebook().categories[at]
    return CategoryShare(category.code, category.zh, 1, 10, value, low, high)


def point(year: int | None, value: float | None, **fields: Any) -> Point:
    plain = {"measure": "mean", "low": None, "high": None, "interval": None, "n": 1, "reports": 1, "units": 1}
    return Point(**{**plain, "reason": None, "year": year, "value": value, **fields})


def keyword(term: str, score: float, count: int = 4, reference: int | None = 1) -> Keyword:
    known = reference is not None
    return Keyword(term, score, count, reference, 1, score if known else None, 1.5 if known else None)


SHARES = [share(0, 0.5, 0.4, 0.65), share(1, 0.3), share(2, 0.2, 0.1, 0.2)]
POINTS = [
    point(2018, 10.0, low=4.0, high=90.0, interval="agencies"), point(2019, 12.0), point(2021, None),
    point(2022, 8.0, notes=("the rules changed",)), point(None, None),
]  # fmt: skip
WORDS = [keyword("纠错", 9.0), keyword("复议", 4.5)]
LONG = "云澜市临川湖区人民政府政务服务和数据管理局政务公开办公室"


def texts(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.findobj(Text) if isinstance(text, Text) and text.get_text()]


def pixels(figure: Figure) -> Any:
    from matplotlib.image import imread

    return imread(io.BytesIO(charts.image(figure, "png", dpi=60)))


def labels_of(axes: Axes) -> list[str]:
    return [label.get_text() for label in axes.get_yticklabels()]


# Characters -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine with matplotlib's own fonts only."""
    monkeypatch.setattr(fonts, "_system_files", lambda: [DEJAVU])
    monkeypatch.setattr(fonts, "_packaged", lambda package, file: None)


@pytest.mark.usefixtures("bare")
def test_without_a_chinese_font_there_is_no_figure() -> None:
    for draw in (
        lambda: plots.plot_shares(SHARES),
        lambda: plots.plot_balance({"青石县": BALANCE}, language="en"),
        lambda: plots.plot_trend(POINTS, title="申請"),
        lambda: plots.plot_keyness(WORDS, language="en"),
    ):
        with pytest.raises(zg.InputError, match="no font here has") as caught:
            draw()
        assert caught.value.code == "font"
        for advice in ("zhgovtext[fonts]", "fonts-noto-cjk", "macOS", "Windows"):
            assert advice in caught.value.hint
    # Nothing Chinese is drawn here: that needs no Chinese font.
    assert "Share" in texts(plots.plot_trend([point(2020, 0.5, measure="share")], language="en"))


def test_a_font_that_lacks_characters_is_refused_by_name() -> None:
    with pytest.raises(zg.InputError, match=r"DejaVuSans\.ttf does not have .*公 \(U\+516C\)"):
        plots.plot_shares(SHARES, font=DEJAVU)
    with pytest.raises(zg.InputError, match="does not have") as caught:
        fonts.find_font("政\U0010fffd", CHINESE.path)
    assert "\U0010fffd (U+10FFFD)" in str(caught.value)
    assert "政" not in str(caught.value)


@pytest.mark.parametrize("font", ["none.ttf", "No Such Family", str(ROOT / "pyproject.toml") + ".otf", ""])
def test_a_font_that_is_not_there(font: str) -> None:
    with pytest.raises(zg.OptionError, match="font"):
        plots.plot_shares(SHARES, font=font)


def test_a_file_that_is_no_font(tmp_path: Path) -> None:
    path = tmp_path / "a.ttf"
    path.write_bytes(b"\x00\x01\x00\x00 no font at all")
    with pytest.raises(zg.OptionError, match="is no font that can be drawn"):
        plots.plot_shares(SHARES, font=path)


def test_a_font_of_boxes_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fonts of last resort say that they have every character, and draw one box for all of them."""

    class Boxes:
        def __init__(self, path: str, face_index: int = 0) -> None:
            self._font = FT2Font(DEJAVU)

        def get_char_index(self, code: int) -> int:
            return 1

        def load_char(self, code: int) -> None:
            self._font.load_char(ord("O"))

        def get_path(self) -> Any:
            return self._font.get_path()

    monkeypatch.setattr(fonts, "FT2Font", Boxes)
    assert fonts.missing(fonts.Face("LastResort.otf"), "政府abc") == set("政府")


@pytest.mark.parametrize("name", ["青石县政府", "青石縣政務公開", "臺灣雲瀾市", "𠮷㐀"])
def test_every_character_is_drawn_as_itself(name: str) -> None:
    """In SVG each has an outline of its own; boxes would all be one."""
    svg = charts.image(plots.plot_balance({name: BALANCE}), "svg").decode()
    (drawn,) = re.findall(rf"<!-- {name} -->(.*?)<!--", svg, re.DOTALL)
    used = re.findall(r'<use xlink:href="#([^"]+)"', drawn)
    assert len(used) == len(name)
    assert len(set(used)) == len(set(name))
    for glyph in used:
        outline = re.search(rf'<path id="{glyph}" d="([^"]+)"', svg)
        assert outline is not None
        assert len(outline[1]) > 60


def test_a_picture_of_glyphs_is_none_of_boxes() -> None:
    """Drawn with a font that lacks them, two names of one length are the same boxes."""

    def draw(name: str, *, boxes: bool) -> Any:
        figure = plots.plot_balance({name: BALANCE})
        if boxes:
            for text in figure.findobj(Text):
                assert isinstance(text, Text)
                text.set_fontproperties(fonts.Face(DEJAVU).properties(8))
        return pixels(figure)

    with pytest.warns(UserWarning, match="missing from"):
        one, other = draw("青石縣政府", boxes=True), draw("雲瀾市政務", boxes=True)
    assert np.array_equal(one, other)
    real = draw("青石縣政府", boxes=False)
    assert not np.array_equal(real, draw("雲瀾市政務", boxes=False))
    assert real.shape != one.shape or not np.array_equal(real, one)


def test_all_fonts_of_the_list_are_told_well() -> None:
    listed = [row for _, row in rows(data_path("plots", "fonts.tsv"), ("family", "file", "package"))]
    assert all(row["family"] and row["file"].lower().endswith(fonts._SUFFIXES) for row in listed)
    assert len({(row["file"], row["package"]) for row in listed}) == len(listed)


def test_the_face_of_a_collection_is_the_one_that_is_named() -> None:
    path = fonts._packaged("noto_cjk_sans_otc", "NotoSansCJK-Regular.ttc")
    if path is None or not hasattr(fonts.font_manager, "FontPath"):
        pytest.skip("noto-cjk-sans-otc is not installed, or matplotlib is older than 3.11")
    number = fonts._index(path, "Noto Sans CJK TC")
    assert FT2Font(path, face_index=number).family_name == "Noto Sans CJK TC"
    assert fonts.find_font("條件", "noto sans cjk tc").number == number


def test_a_dollar_sign_is_no_formula_and_unseen_characters_are_left_out() -> None:
    # As a formula this would be an error: there is no such command.
    figure = plots.plot_balance({"a\u202eb\x00c $x^2$": BALANCE}, title="$\\nosuch{1}$", language="en")
    assert {"a b c $x^2$", "$\\nosuch{1}$"} <= set(texts(figure))
    charts.image(figure, "svg")


# What figures show ----------------------------------------------------------------------------------------------------


def test_bars_are_as_long_as_the_shares_and_coloured_as_on_the_page() -> None:
    figure = plots.plot_shares(SHARES)
    (axes,) = figure.axes
    bars: Sequence[Any] = axes.patches
    assert [round(bar.get_width(), 6) for bar in bars] == [0.5, 0.3, 0.2]
    assert [to_rgb(bar.get_facecolor()) for bar in bars] == [to_rgb(colour) for colour in labels.load_colours()[:3]]
    assert labels_of(axes) == ["决策公开", "执行公开", "管理公开"]
    assert {"50.0%", "30.0%", "20.0%", "占已编码句的比例（横线：95% 区间）"} <= set(texts(figure))
    spans = [tuple(line.get_xdata()) for line in axes.lines if len(set(line.get_ydata())) == 1]
    assert spans == [(0.4, 0.65), (0.1, 0.2)]


def test_groups_stand_side_by_side() -> None:
    figure = plots.plot_shares({2021: SHARES, None: [*SHARES[:2], share(2, None)]}, language="en")
    one, other = figure.axes
    assert [axes.get_title() for axes in (one, other)] == ["2021", "not found"]
    assert one.get_xlim() == other.get_xlim()
    assert len(other.patches) == 2
    # No mark stands at the end of a scale, where it would touch the first one of the next.
    (beside, _) = plots.plot_shares({key: [share(0, 0.19, 0.1, 0.195)] for key in "甲乙"}).axes
    assert beside.get_xticks()[-1] < 0.9 * beside.get_xlim()[1]


def test_a_comparison_is_named_by_what_differs() -> None:
    title = "青石县{}{}年政府信息公开工作年度报告\n一、概述\n发布政策解读材料9篇。\n编发工作简报3期。"
    one_agency = zg.compare([zg.analyze_text(title.format("水利局", year)) for year in (2021, 2022)])
    one_year = zg.compare([zg.analyze_text(title.format(agency, 2021)) for agency in ("水利局", "教育局")])
    assert [axes.get_title() for axes in plots.plot_shares(one_agency).axes] == ["2021 年", "2022 年"]
    assert labels_of(plots.plot_balance(one_year, language="en").axes[0]) == ["青石县水利局", "青石县教育局"]


def test_the_balance_shows_both_shares_interval_and_number() -> None:
    figure = plots.plot_balance({"甲": BALANCE}, language="en")
    (axes,) = figure.axes
    marks = {line.get_marker(): line.get_xdata()[0] for line in axes.lines if len(line.get_xdata()) == 1}
    assert marks == {"o": 0.7, "D": 0.75}
    assert (0.5, 0.9) in [tuple(line.get_xdata()) for line in axes.lines]
    assert "n=8 (few)" in texts(figure)
    assert "Interpretation among interpretation and news (lines: 95% interval)" in texts(figure)


def test_the_balance_of_groups_is_named_in_the_language() -> None:
    title = "青石县{}局{}年政府信息公开工作年度报告\n一、主动公开情况\n发布政策解读材料9篇。\n编发工作简报3期。"
    reports = [zg.analyze_text(title.format(*row)) for row in (("水利", 2022), ("教育", 2023))]
    found = zg.balance_by(reports, by="year")
    assert labels_of(plots.plot_balance(found).axes[0]) == ["2022 年", "2023 年", "全部"]
    level = zg.balance_by(reports, by="level")
    assert labels_of(plots.plot_balance(level, language="en").axes[0]) == ["county", "All"]


def test_a_trend_is_drawn_over_no_gap() -> None:
    figure = plots.plot_trend({"申请": POINTS}, unit="件")
    (axes,) = figure.axes
    lines = [(tuple(line.get_xdata()), tuple(line.get_ydata())) for line in axes.lines if line.get_linestyle() == "-"]
    assert ((2018.0, 2019.0), (10.0, 12.0)) in lines
    assert not any({2019.0, 2022.0} <= set(x) for x, _ in lines)
    # The interval goes on to 90: it is cut off above twice the highest value, with an arrow.
    assert axes.get_ylim() == pytest.approx((0, 2 * 12 * 1.06))
    assert [line.get_xdata()[0] for line in axes.lines if line.get_marker() == "^"] == [2018.0]
    assert "口径变化" in texts(figure)
    assert [2021.5, 2021.5] in [list(line.get_xdata()) for line in axes.lines]
    assert {"申请", "各机构均值（件）", "年度（竖线：95% 区间，机构间差异）"} <= set(texts(figure))


def test_a_year_without_a_report_is_a_gap_too() -> None:
    (axes,) = plots.plot_trend([point(2018, 1.0), point(2020, 2.0), point(2021, 3.0)]).axes
    lines = [tuple(line.get_xdata()) for line in axes.lines if line.get_linestyle() == "-"]
    assert (2020.0, 2021.0) in lines
    assert not any({2018.0, 2020.0} <= set(x) for x in lines)


@pytest.mark.parametrize(
    ("value", "language", "label", "ticks"),
    [
        (2_500_000, "zh", "各机构均值（万元）", "100"),
        (2_500_000, "en", "Mean of the agencies (元)", "1,000,000"),
        (4e9, "zh", "各机构均值（亿元）", "20"),
        (4e7, "en", "Mean of the agencies (million 元)", "20"),
        (90_000, "zh", "各机构均值（元）", "20,000"),
    ],
)
def test_large_values_are_counted_in_what_people_count_in(value: float, language: str, label: str, ticks: str) -> None:
    (axes,) = plots.plot_trend([point(2020, value)], unit="元", language=language).axes
    assert axes.get_ylabel() == label
    assert ticks in labels_of(axes)


def test_a_change_of_rules_before_the_first_value_is_not_shown() -> None:
    points = [point(2019, None), point(2021, 3.0, notes=("changed",)), point(2022, 4.0)]
    assert "口径变化" not in texts(plots.plot_trend(points))


def test_key_terms_go_to_the_side_of_their_text() -> None:
    figure = plots.plot_keyness({"甲": WORDS, "乙": [keyword("申请", 3.0, 2, 0)]})
    (axes,) = figure.axes
    bars: Sequence[Any] = axes.patches
    assert [bar.get_width() for bar in bars] == [9.0, 4.5, 0, -3.0, 0]
    # They differ in more than colour.
    assert (bars[0].get_hatch(), bars[3].get_hatch()) == (None, "////")
    assert {"纠错", "复议", "申请", "4 / 1", "2 / 0", "甲", "乙"} <= set(texts(figure))
    assert not any(text.startswith(("-", "−")) for text in texts(figure))


@pytest.mark.parametrize(
    ("words", "axis"),
    [
        (WORDS, "Log-likelihood G² (beside bars: count / count in the reference)"),
        ([Keyword("纠错", 1.5, 4, 1, 1, 9.0, 1.5)], "Log ratio (beside bars: count / count in the reference)"),
        ([keyword("纠错", 0.1, 4, None)], "TF-IDF (beside bars: count)"),
    ],
)
def test_the_measure_is_told(words: list[Keyword], axis: str) -> None:
    assert plots.plot_keyness(words, language="en").axes[0].get_xlabel() == axis


def test_axes_of_ones_own() -> None:
    figure = Figure()
    mine, other = figure.subplots(1, 2)
    other.set_title("mine")
    before = other.title.get_fontname()
    assert plots.plot_shares(SHARES, ax=mine, title="标题") is figure
    assert plots.plot_balance({"甲": BALANCE}, ax=mine) is figure
    assert plots.plot_trend(POINTS, ax=mine) is figure
    assert plots.plot_keyness(WORDS, ax=mine) is figure
    assert (other.title.get_fontname(), len(other.patches), figure._suptitle) == (before, 0, None)  # type: ignore[attr-defined]
    part = Figure().subfigures(1, 2)[0]
    assert plots.plot_shares(SHARES, ax=part.subplots()) is part.figure


ENGLISH = [CategoryShare(c.code, c.en, 1, 1, 0.1, 0.05, 0.3) for c in zg.load_codebook().categories]
# A figure of each kind, with labels as long as they come.
DRAWN: dict[str, Callable[[], Figure]] = {
    "shares": lambda: plots.plot_shares(SHARES, title=LONG * 2),
    "groups": lambda: plots.plot_shares(
        {f"{LONG}{at}": [share(k, 0.05 * k, 0.01, 0.08 * k) for k in range(16)] for at in range(7)}
    ),
    # The last mark of a panel's scale would stand where the next panel's first one does.
    "panels": lambda: plots.plot_shares({key: [share(0, 0.19, 0.1, 0.195), share(1, 0.05)] for key in "甲乙丙"}),
    "english": lambda: plots.plot_shares({"a": ENGLISH, "b": ENGLISH}, language="en"),
    "balance": lambda: plots.plot_balance({LONG[:20] + str(at): BALANCE for at in range(12)}, language="en"),
    "trend": lambda: plots.plot_trend({LONG + name: POINTS for name in "甲乙丙丁"}, title="Requests", unit="万元"),
    "years": lambda: plots.plot_trend([point(year, 1e9 + year) for year in range(1990, 2024)]),
    "keyness": lambda: plots.plot_keyness({LONG: [keyword("公共企事业单位信息公开", 9.0, 1234, 99999)], "乙": WORDS}),
}


@pytest.mark.parametrize("kind", DRAWN)
def test_no_label_is_cut_off_or_lies_on_another(kind: str) -> None:
    figure = DRAWN[kind]()
    charts.image(figure, "png", dpi=100)
    bounds = figure.bbox
    shown = [text for text in figure.findobj(Text) if isinstance(text, Text) and text.get_text() and _is_seen(text)]
    boxes = {id(text): text.get_window_extent() for text in shown}
    for text in shown:
        box = boxes[id(text)]
        inside = box.x0 >= -1 and box.y0 >= -1 and box.x1 <= bounds.x1 + 1 and box.y1 <= bounds.y1 + 1
        assert inside, (text.get_text(), box)
    for at, text in enumerate(shown):
        for other in shown[at + 1 :]:
            one, two = boxes[id(text)], boxes[id(other)]
            wide = min(one.x1, two.x1) - max(one.x0, two.x0)
            high = min(one.y1, two.y1) - max(one.y0, two.y0)
            assert wide <= 1 or high <= 2.5, (text.get_text(), other.get_text())


def _is_seen(text: Text) -> bool:
    axes = text.axes
    if not text.get_visible() or (axes is not None and not axes.get_visible()):
        return False
    # Labels of an inner panel's scale are switched off by their tick.
    if isinstance(axes, Axes):
        for axis in (axes.xaxis, axes.yaxis):
            for tick in axis.get_major_ticks():
                if text in (tick.label1, tick.label2):
                    return bool(text.get_visible())
    return True


def test_series_differ_without_colour() -> None:
    """Each has a mark and dashes of its own, and stands out from white paper (3:1, WCAG 2.1, 1.4.11)."""
    colours, marks, dashes = zip(*plots._SERIES, strict=True)
    assert len(set(marks)) == len(set(map(str, dashes))) == len(plots._SERIES)

    def luminance(colour: str) -> float:
        parts = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(colour)]
        return float(np.dot(parts, (0.2126, 0.7152, 0.0722)))

    assert all(1.05 / (luminance(colour) + 0.05) >= 3 for colour in (*colours, plots._BLUE, plots._ORANGE, charts.PALE))


# Files ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["svg", "png"])
def test_a_figure_makes_the_same_bytes(kind: str, tmp_path: Path) -> None:
    path = tmp_path / f"figure.{kind}"
    made = []
    for _ in range(2):
        for draw in (
            lambda: plots.plot_shares({"甲": SHARES, "乙": SHARES}),
            lambda: plots.plot_keyness({"甲": WORDS}),
        ):
            zg.save_figure(draw(), path)
            made.append(path.read_bytes())
    assert made[:2] == made[2:]
    # Saved again, it is the same too.
    figure = plots.plot_trend(POINTS)
    assert charts.image(figure, kind) == charts.image(figure, kind)
    assert not re.search(rb"20\d\d-\d\d-\d\d|dc:date|tIME", made[0])
    assert list(tmp_path.iterdir()) == [path]


def test_the_size_of_a_picture_is_what_was_asked_for(tmp_path: Path) -> None:
    figure = plots.plot_trend(POINTS)
    zg.save_figure(figure, tmp_path / "a.PNG", dpi=100)
    header = (tmp_path / "a.PNG").read_bytes()[16:24]
    assert tuple(int.from_bytes(header[at : at + 4], "big") for at in (0, 4)) == (630, 340)


@pytest.mark.parametrize("name", ["a.pdf", "a", "-", "svg"])
def test_other_formats_are_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(zg.OptionError, match=r"end it with \.svg or \.png"):
        zg.save_figure(plots.plot_trend(POINTS), tmp_path / name)


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    for path in (tmp_path / "none" / "a.svg", tmp_path / "a\0.svg"):
        with pytest.raises(zg.DataError, match="cannot be written"):
            zg.save_figure(plots.plot_trend(POINTS), path)
    assert list(tmp_path.iterdir()) == []


def test_no_state_of_matplotlib_is_touched(tmp_path: Path) -> None:
    code = (
        "import sys, matplotlib as m; before = m.rcParams.copy(); import zhgovtext as zg; "
        "from zhgovtext.trends import Point; "
        "figure = zg.plot_trend([Point('share', 2020, 0.5, None, None, None, 1, 1, 1, None)], language='en'); "
        "zg.save_figure(figure, sys.argv[1]); "
        "assert 'matplotlib.pyplot' not in sys.modules; assert before == m.rcParams.copy()"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code, str(tmp_path / "a.svg")], cwd=ROOT, capture_output=True
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_without_matplotlib_the_message_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(zg.InputError, match=r'figures need matplotlib .*pip install "zhgovtext\[plots\]"'):
        plots.plot_shares(SHARES)


# What cannot be plotted -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("draw", "problem"),
    [
        (lambda: plots.plot_shares([share(0, None)]), "no sentence is coded"),
        (lambda: plots.plot_shares({}), "no sentence is coded"),
        (lambda: plots.plot_shares(dict.fromkeys(range(31), SHARES)), "31 groups were given, 30 at most"),
        (lambda: plots.plot_shares({"a": SHARES, "b": SHARES[:2]}), "different categories"),
        (lambda: plots.plot_shares({"a": SHARES, "b": SHARES}, ax=Figure().subplots()), "1 into axes at most"),
        (lambda: plots.plot_shares(SHARES, language="fr"), "'fr'"),
        (lambda: plots.plot_balance({}), "no clause"),
        (lambda: plots.plot_balance({str(at): BALANCE for at in range(81)}), "81 rows were given, 80 at most"),
        (lambda: plots.plot_trend([point(None, 3.0), point(2020, None)]), "no year has a value"),
        (lambda: plots.plot_trend({"a": [point(2020, 1)], "b": [point(2020, 1, measure="share")]}), "no one figure"),
        (lambda: plots.plot_trend({str(at): POINTS for at in range(9)}), "9 series of mean make no one figure"),
        (lambda: plots.plot_keyness([]), "nothing is key"),
        (lambda: plots.plot_keyness({"a": WORDS, "b": WORDS, "c": WORDS}), "6 terms of 3 texts"),
        (lambda: plots.plot_keyness([*WORDS, keyword("申请", 0.1, 4, None)]), "scored in 2 ways"),
    ],
)  # fmt: skip
def test_what_makes_no_figure_is_told(draw: Any, problem: str) -> None:
    with pytest.raises((zg.InputError, zg.OptionError), match=re.escape(problem)):
        draw()


def test_a_value_of_zero_everywhere_is_a_figure() -> None:
    assert "0" in texts(plots.plot_trend([point(2020, 0.0), point(2021, 0)]))
    assert "0.0%" in texts(plots.plot_shares([share(0, 0.0, 0.0, 0.0)]))


@given(st.text(st.characters(codec="utf-8"), max_size=60), st.integers(4, 30), st.integers(1, 3))
def test_labels_are_as_wide_as_they_may_be(label: str, width: int, lines: int) -> None:
    found = charts.wrap(label, width, lines=lines).split("\n")
    assert len(found) <= lines
    for line in found:
        assert sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in line) <= width
    kept = "".join("".join(found).removesuffix("…").split())
    assert "".join(char for char in label if char.isprintable() and not char.isspace()).startswith(kept)


# Groups ---------------------------------------------------------------------------------------------------------------

TITLE = "青石县{}局{}年政府信息公开工作年度报告\n一、依申请公开\n{}"
ASKED, NEWS = "全年收到政府信息公开申请9件。", "编发工作简报3期，报道部门工作动态。"


def reports(*given: tuple[str, int, str]) -> list[zg.Report]:
    return [zg.analyze_text(TITLE.format(*row)) for row in given]


def test_shares_of_a_group_are_of_all_its_sentences() -> None:
    found = zg.group_shares(
        reports(("水利", 2021, ASKED * 3), ("教育", 2021, ASKED + NEWS), ("水利", 2022, ASKED)), by="year"
    )
    assert list(found) == [2021, 2022]
    (asked,) = [share for share in found[2021] if share.category == "on_request"]
    # Four of five sentences.
    assert (asked.sentences, asked.share) == (4, 0.8)
    assert asked.low is not None
    assert asked.high is not None
    assert asked.low < 0.8 < asked.high


def test_the_interval_of_agencies_is_that_of_a_trend() -> None:
    given = reports(*((name, 2021, ASKED * (at + 1) + NEWS * 3) for at, name in enumerate(("水利", "教育", "民政"))))
    (asked,) = [share for share in zg.group_shares(given, by="year")[2021] if share.category == "on_request"]
    (year,) = zg.trend(given, category="on_request")
    assert (asked.share, asked.low, asked.high) == pytest.approx((year.value, year.low, year.high))
    assert year.interval == "agencies"
    assert 0.0 < (asked.low or 0.0) < (asked.high or 1.0) < 1.0


def test_a_group_of_one_report_has_the_reports_interval() -> None:
    (report,) = reports(("水利", 2021, ASKED * 3 + NEWS))
    (found,) = zg.group_shares([report], by="agency").values()
    own = report.category_shares()
    assert [(s.share, s.low, s.high) for s in found] == [(s.share, s.low, s.high) for s in own]


def test_bounds_of_one_agency_are_averaged_by_sentences() -> None:
    """Three sentences of bounds 0.1 to 0.5 and one of 0.5 to 0.9: 0.2 to 0.6."""

    class Made:
        def __init__(self, year: int, n: int, low: float, high: float) -> None:
            self.meta = zg.Meta(None, "水利局", "department", None, None, "county", year, None, None, None, None, None,
                                "none", "hans", "cn")  # fmt: skip
            self._share = CategoryShare("a", "甲", n, n, 0.5, low, high), CategoryShare("b", "乙", n, n, 0.5, None, 0.4)
            typed = TypedClauses(1, 1, ())
            self.balance = Balance(typed, typed, 0.5, 0.5, low, high, n, True, {}, None)

        def category_shares(self, *, language: str = "zh") -> tuple[CategoryShare, ...]:
            return self._share

    made = [Made(2021, 3, 0.1, 0.5), Made(2022, 1, 0.5, 0.9)]
    (one, other), = zg.group_shares(made, by="agency").values()  # fmt: skip
    assert (one.low, one.high) == (pytest.approx(0.2), pytest.approx(0.6))
    assert other.low is None
    group, whole = zg.group_balance(made, by="agency")
    assert (group.naive, group.low, group.high, group.n) == (0.5, pytest.approx(0.2), pytest.approx(0.6), 4)
    assert (whole.by, whole.reports, whole.agencies, whole.few) == (None, 2, 1, True)


def test_agencies_that_are_alike_have_no_interval() -> None:
    found = zg.group_shares(reports(("水利", 2021, ASKED), ("教育", 2021, ASKED)), by="year")[2021]
    assert all((share.low, share.high) == (None, None) for share in found)


def test_reports_of_different_codebooks_make_no_group(tmp_path: Path) -> None:
    class Other:
        meta = zg.analyze_text(ASKED).meta

        def category_shares(self, *, language: str = "zh") -> tuple[CategoryShare, ...]:
            return (CategoryShare("x", "x", 1, 1, 1.0),)

    mixed: list[Any] = [*reports(("水利", 2021, ASKED)), Other()]
    with pytest.raises(zg.OptionError, match="different codebooks"):
        zg.group_shares(mixed, by="year")
    with pytest.raises(zg.OptionError, match="'month'"):
        zg.group_balance(mixed[:1], by="month")


# Stores and the command -----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("duckdb", reason="DuckDB is not installed")
    from zhgovtext.store import create_store, write_reports

    path = tmp_path_factory.mktemp("store") / "reports.duckdb"
    names = ("tingyuan-2021.txt", "tingyuan-2022.txt", "yunlan-2023.txt", "tingyuan-2023.txt")
    connection = create_store(path)
    write_reports(connection, {name: zg.analyze(REPORTS / name) for name in names})
    connection.close()
    return path


def test_a_store_says_what_its_reports_say(store: Path) -> None:
    """A trend of the stored is the trend of the analysed, and so are shares."""
    names = ("tingyuan-2021.txt", "tingyuan-2022.txt", "tingyuan-2023.txt", "yunlan-2023.txt")
    analysed = [zg.analyze(REPORTS / name) for name in names]
    with zg.open_corpus(store) as corpus:
        stored: list[Any] = list(zg.stored_reports(corpus))
        for series in ({"indicator": "request.received"}, {"term": "公开"}, {"category": "on_request"}):
            asked: Mapping[str, Any] = series
            expected = [(p.year, p.value, p.n, p.reason) for p in zg.trend(analysed, **asked)]
            assert [(p.year, p.value, p.n, p.reason) for p in zg.trend(stored, **asked)] == expected
            assert expected[0][1]
        for language in ("zh", "en"):
            one, other = (
                zg.group_shares(group, by="level", language=language)["county"] for group in (stored, analysed)
            )
            assert [(s.category, s.label, s.share) for s in one] == [(s.category, s.label, s.share) for s in other]
        groups = zip(zg.group_balance(stored, by="year"), zg.balance_by(analysed, by="year"), strict=True)
        for mine, exact in groups:
            assert (mine.group, mine.n, mine.reports) == (exact.group, exact.n, exact.reports)
            assert mine.naive == pytest.approx(exact.naive, abs=1e-5)


def test_reports_that_failed_are_no_points() -> None:
    pytest.importorskip("duckdb", reason="DuckDB is not installed")
    connection = fill([{"name": "a.txt", "status": "failed"}, {"name": "b.txt", "balance": {"n": 0}}])
    found = list(zg.stored_reports(zg.Corpus(connection, "made")))
    assert [report.meta.year for report in found] == [2021]
    assert found[0].balance.naive is None


Output = pytest.CaptureFixture[str]


def run(capsys: Output, *arguments: str | Path) -> tuple[int, str, str]:
    try:
        code = main(["plot", *map(str, arguments)])
    except SystemExit as stop:
        code = int(stop.code or 0)
    return code, *capsys.readouterr()


FIRST, SECOND = REPORTS / "tingyuan-2021.txt", REPORTS / "yunlan-2018.txt"


@pytest.mark.parametrize(
    ("arguments", "seen"),
    [
        ((FIRST,), ["汀原县人民政府 2021 年", "决策公开"]),
        ((FIRST, SECOND), ["汀原县人民政府", "云澜市人民政府"]),
        ((FIRST, SECOND, "--by", "level"), ["县级", "地市级"]),
        ((FIRST, SECOND, "--kind", "balance"), ["汀原县人民政府 2021", "n="]),
        ((FIRST, SECOND, "--kind", "balance", "--by", "year"), ["2018 年", "全部"]),
        ((FIRST, "--kind", "keyness", "-n", "3"), ["对数似然 G²"]),
        ((FIRST, SECOND, "--kind", "keyness", "-n", "3"), ["汀原县人民政府 2021", "云澜市人民政府 2018"]),
        ((FIRST, SECOND, FIRST, "--kind", "keyness", "-n", "3"), ["其余 2 份报告"]),
        ((FIRST, SECOND, "--kind", "trend", "--term", "公开", "--term", "解读"), ["每千字次数", "解读"]),
        ((FIRST, SECOND, "--kind", "trend"), ["政策解读占解读与动态"]),
        ((FIRST, SECOND, "--kind", "trend", "--category", "news"), ["政务动态"]),
    ],
)
def test_the_command_draws(arguments: tuple[str | Path, ...], seen: list[str], capsys: Output, tmp_path: Path) -> None:
    path = tmp_path / "figure.svg"
    code, out, err = run(capsys, *arguments, "-o", path, "--lang", "zh")
    assert (code, err) == (0, "")
    assert out.startswith(f"已写入 {path}（")
    svg = path.read_text(encoding="utf-8")
    drawn = " ".join(re.findall("<!-- (.*?) -->", svg, re.DOTALL)).replace("\n", "")
    for text in seen:
        assert text in drawn


@pytest.mark.parametrize(
    ("arguments", "seen"),
    [
        ((), ["2021", "2023"]),
        (("--kind", "balance", "--by", "agency"), ["汀原县人民政府", "云澜市人民政府", "All"]),
        (("--kind", "trend", "--indicator", "request.received"), ["Mean of the agencies (件)"]),
        (("--kind", "trend", "--title", "Balance"), ["Balance", "Share"]),
    ],
)
def test_the_command_draws_a_store(
    arguments: tuple[str, ...], seen: list[str], store: Path, capsys: Output, tmp_path: Path
) -> None:
    path = tmp_path / "figure.svg"
    code, _, err = run(capsys, store, *arguments, "-o", path, "--lang", "en")
    assert (code, err) == (0, "")
    drawn = re.findall("<!-- (.*?) -->", path.read_text(encoding="utf-8"), re.DOTALL)
    assert set(seen) <= set(drawn)


@pytest.mark.parametrize(
    ("arguments", "code", "problem"),
    [
        ((FIRST, "-o", "a.pdf"), 2, "end it with .svg or .png"),
        ((FIRST, "-o", "none/a.svg"), 1, "cannot be written"),
        ((FIRST, "-o", "a.svg", "--term", "公开"), 2, "add --kind trend"),
        ((FIRST, "-o", "a.svg", "--kind", "trend", "--term", "公开", "--category", "news"), 2, "no scale in common"),
        ((FIRST, "-o", "a.svg", "--kind", "trend", "--indicator", "none"), 2, "no indicator 'none'"),
        ((FIRST, "-o", "a.svg", "--kind", "keyness", "--by", "year"), 2, "--by does not go with --kind keyness"),
        ((FIRST, "-o", "a.svg", "--font", DEJAVU), 1, "does not have"),
        (("missing.txt", "-o", "a.svg"), 1, "missing.txt: there is no such file"),
        ((FIRST,), 2, "-o"),
    ],
)
def test_what_the_command_cannot_draw(
    arguments: tuple[str | Path, ...], code: int, problem: str, capsys: Output, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    found, out, err = run(capsys, *arguments, "--lang", "en")
    assert (found, out) == (code, "")
    assert problem in err
    assert len(err.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


def test_what_of_a_store_cannot_be_drawn(store: Path, capsys: Output, tmp_path: Path) -> None:
    path = tmp_path / "a.svg"
    for arguments, problem in (
        ((store, "--kind", "keyness"), "key terms are of reports"),
        ((store, FIRST), "a store stands alone"),
        ((store, "--min-probability", "0.5"), "a store is coded already"),
    ):
        code, out, err = run(capsys, *arguments, "-o", path, "--lang", "en")
        assert (code, out, path.exists()) == (2, "", False)
        assert problem in err


def test_a_report_that_cannot_be_read_is_left_out(capsys: Output, tmp_path: Path) -> None:
    path = tmp_path / "a.svg"
    code, out, err = run(capsys, FIRST, tmp_path / "none.txt", "-o", path, "--lang", "en")
    assert code == 1
    assert "none.txt" in err
    assert out.startswith(f"{path} written")


def test_the_report_itself_is_not_overwritten(capsys: Output, tmp_path: Path) -> None:
    path = tmp_path / "report.svg"
    path.write_text(ASKED, encoding="utf-8")
    code, _, err = run(capsys, path, "-o", path, "--lang", "en")
    assert (code, path.read_text(encoding="utf-8")) == (2, ASKED)
    assert "is one of the files to read" in err


def test_every_indicator_has_a_name_in_both_languages() -> None:
    for code in load_indicators().by_code:
        for language in ("zh", "en"):
            assert plots.name_series("indicator", code, language)


@pytest.mark.parametrize(
    ("name", "made"),
    [("plot_panel.py", ["balance.svg", "requests.png", "shares.svg"]), ("plot_two_years.py", ["words.svg"])],
)
def test_the_examples_run(name: str, made: list[str], tmp_path: Path, capsys: Output) -> None:
    example = runpy.run_path(str(ROOT / "examples" / name))["main"]
    if name == "plot_panel.py":
        example(str(REPORTS), str(tmp_path))
    else:
        example(str(REPORTS / "yunlan-2017.txt"), str(REPORTS / "yunlan-2018.txt"), str(tmp_path / "words.svg"))
    assert sorted(path.name for path in tmp_path.iterdir()) == made
    assert capsys.readouterr().out
