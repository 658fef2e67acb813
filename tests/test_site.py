"""A corpus as a folder of pages: every link leads somewhere, nothing in a report acts, the same corpus makes the same
bytes. What only a browser shows is in test_browser.py."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st
from panel_store import fill
from selectolax.lexbor import LexborHTMLParser
from site_store import BAD, NAMELESS, TEXTS, make_store
from test_cli import run
from test_page import content, one, parse, pieces

import zhgovtext as zg
from zhgovtext.digest import every_year, fair_share, load_figures
from zhgovtext.drawing import Point, draw_bar, draw_histogram, draw_line, draw_spark, quantile
from zhgovtext.shelves import MARKER
from zhgovtext.site import write_site
from zhgovtext.store import create_store, write_reports

LISTS = ("agencies", "contradictions", "index", "lost", "trends")


def write(store: Path, folder: Path, **options: Any) -> Any:
    with zg.open_corpus(store) as corpus:
        return write_site(corpus, folder, **options)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_store(tmp_path_factory.mktemp("store") / "s.duckdb")


@pytest.fixture(scope="module")
def site(store: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sites") / "site"
    write(store, folder)
    return folder


@pytest.fixture(scope="module")
def ids(store: Path) -> dict[str, str]:
    with zg.open_corpus(store) as corpus:
        return dict(corpus.sql("SELECT name, report_id FROM reports").fetchall())


def page(folder: Path, name: str) -> LexborHTMLParser:
    return parse((folder / name).read_text(encoding="utf-8"))


def list_rows(folder: Path, name: str) -> dict[str, Any]:
    script = (folder / "assets" / f"{name}.js").read_text(encoding="utf-8")
    assert script.startswith("window.siteRows = ")
    assert script.endswith(";\n")
    found: dict[str, Any] = json.loads(script[len("window.siteRows = ") : -2])
    for row in found["rows"]:
        assert len(row) == len(found["columns"])
    return found


def row_texts(tree: LexborHTMLParser, selector: str, head: str) -> list[str]:
    """The cells of the row that begins with this label."""
    for row in tree.css(f"{selector} tbody tr"):
        cells = row.css("th, td")
        if head in content(cells[0]):
            return ["".join(content(cell).split()) for cell in cells]
    raise AssertionError(head)


def files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


# Pages ----------------------------------------------------------------------------------------------------------------


def test_every_page_is_there_and_no_other(site: Path, ids: dict[str, str]) -> None:
    found = files(site)
    assert {name for name in found if "/" not in name} == {MARKER, *(f"{name}.html" for name in LISTS)}
    shown = {key for name, key in ids.items() if name not in ("gone.txt", "x.pdf")}
    assert {name for name in found if name.startswith("reports/")} == {f"reports/{key}.html" for key in shown}
    years = {name for name in found if name.startswith("years/")}
    assert years == {f"years/{year}.html" for year in (2017, 2021, 2022, 2024)}
    # 青石县水利局, 云澜市教育局, 云澜市人民政府.
    assert len([name for name in found if name.startswith("agencies/")]) == 3
    for name in found:
        assert re.fullmatch(r"[a-z-]+(/[a-z0-9-]+)?\.(html|css|js|json)", name)


def _links(folder: Path) -> Iterator[tuple[str, str]]:
    for path in sorted(folder.rglob("*.html")):
        for node in page(folder, path.relative_to(folder).as_posix()).css("a[href], script[src], link[rel=stylesheet]"):
            yield path.relative_to(folder).as_posix(), node.attributes.get("href") or node.attributes.get("src") or ""
    for name in ("reports", "agencies", "contradictions"):
        data = list_rows(folder, name)
        for row in data["rows"]:
            for column, cell in zip(data["columns"], row, strict=True):
                if column["kind"] == "link" and cell[1]:
                    yield "index.html", cell[1]
                if column["kind"] == "links":
                    yield from (("index.html", f"reports/{column['bases'][base]}.html#{id_}") for _, base, id_ in cell)


def test_every_link_leads_somewhere(site: Path) -> None:
    known: dict[Path, set[str]] = {}
    count = 0
    for name, href in _links(site):
        target, _, place = href.partition("#")
        path = ((site / name).parent / target).resolve() if target else site / name
        assert path.is_file(), (name, href)
        assert site.resolve() in path.resolve().parents
        if place:
            if path not in known:
                known[path] = {node.attributes["id"] or "" for node in parse(path.read_text("utf-8")).css("[id]")}
            assert place in known[path], (name, href)
        count += 1
    assert count > 300


def test_pages_load_only_what_lies_beside_them(site: Path) -> None:
    for path in site.rglob("*.html"):
        tree = parse(path.read_text(encoding="utf-8"))
        up = "" if path.parent == site else "../"
        policy = one(tree, "meta[http-equiv]").attributes["content"] or ""
        assert policy.startswith("default-src 'none'; style-src 'self' file:; script-src 'self' file:; ")
        assert "unsafe" not in policy
        scripts = tree.css("script:not([type])")
        assert scripts
        for node in (*scripts, *tree.css("link[rel=stylesheet]")):
            assert (node.attributes.get("src") or node.attributes.get("href") or "").startswith(f"{up}assets/")
            assert not content(node).strip()
        assert not tree.css("style, [style], iframe, object, form, img")
        assert not [name for node in tree.css("*") for name in node.attributes if name.startswith("on")]


def test_what_strangers_wrote_is_text(site: Path, ids: dict[str, str]) -> None:
    for name, data in files(site).items():
        assert b"<script>window" not in data, name
        if name.endswith(".js") and name not in ("assets/page.js", "assets/site.js"):
            assert not re.search("[<>&\u2028\u2029\u202e]", data.decode()), name
    tree = page(site, f"reports/{ids[BAD + '.txt']}.html")
    assert content(one(tree, "#text")) == TEXTS[f"{BAD}.txt"]
    rows = list_rows(site, "reports")["rows"]
    title = next(row[1][0] for row in rows if ids[BAD + ".txt"] in row[1][1])
    assert BAD in title
    assert ["noneU+202E.txt", f"reports/{ids[NAMELESS]}.html"] in [row[1] for row in rows]
    lost = [[content(cell) for cell in row.css("td")] for row in page(site, "lost.html").css("tbody tr")]
    assert [cells[0] for cells in lost] == [f"in/{BAD}/x.pdf", "gone.txt"]
    assert lost[0][2] == f"is damaged {BAD} save it again"


def test_the_report_says_what_it_leaves_out(site: Path, ids: dict[str, str]) -> None:
    path = site / "reports" / f"{ids['a22.txt']}.html"
    tree = parse(path.read_text(encoding="utf-8"))
    assert "依据词" in content(one(tree, "#reading"))
    assert "给出 0 句" not in content(one(tree, "#reading"))
    assert content(one(tree, "#text")) == TEXTS["a22.txt"]
    assert one(tree, ".agency a").attributes["href"] in {f"../{name}" for name in files(site)}
    # The figures are listed by the script, of data that the page has for its panel.
    assert not tree.css("#facts tbody tr")
    assert len(json.loads(content(one(tree, "#data")))["facts"]) == len(zg.analyze_text(TEXTS["a22.txt"]).facts)
    assert path.stat().st_size < len(zg.analyze_text(TEXTS["a22.txt"]).to_html().encode()) - 20_000


# Lists and summaries --------------------------------------------------------------------------------------------------


def test_the_index_lists_what_was_analysed(site: Path, ids: dict[str, str]) -> None:
    data = list_rows(site, "reports")
    names = [column["name"][1] for column in data["columns"]]
    rows = {row[1][1]: dict(zip(names, row, strict=True)) for row in data["rows"]}
    assert len(rows) == len(data["rows"]) == 8
    row = rows[f"reports/{ids['a22.txt']}.html"]
    assert (row["Agency"][0], row["Year"], row["requests received"], row["Mismatches"]) == ("青石县水利局", 2022, 21, 1)
    assert data["columns"][names.index("Regime")]["labels"][row["Regime"]] == ["2021 年格式", "2021"]
    # Of two files of one agency and year one counts: the other has the agency's page, and no figures.
    both = [rows[f"reports/{ids[name]}.html"] for name in ("b22.txt", "b22-copy.txt")]
    assert sorted((row["requests received"] for row in both), key=str) == [100, None]
    assert both[0]["Agency"] == both[1]["Agency"]
    assert rows[f"reports/{ids[NAMELESS]}.html"]["Agency"] == ["", None]


def test_an_agency_has_its_years_side_by_side(site: Path, ids: dict[str, str]) -> None:
    row = next(row for row in list_rows(site, "agencies")["rows"] if row[0][0] == "青石县水利局")
    assert row[3:] == [3, 2021, 2024, 1]
    tree = page(site, row[0][1])
    heads = [node.attributes["href"] for node in tree.css("#figures thead a")]
    assert heads == [f"../reports/{ids[name]}.html" for name in ("a21.txt", "a22.txt", "a24.txt")]
    assert row_texts(tree, "#figures", "收到申请")[2:] == ["13", "21", "30"]
    assert row_texts(tree, "#figures", "上年结转")[2:] == ["–", "5", "–"]
    assert row_texts(tree, "#figures", "不符")[2:] == ["0", "1", "0"]
    assert len(tree.css("#shares tbody tr")) == 17
    # 2023 is missing: the line is dashed there.
    (chart,) = tree.css(".charts figure svg")
    assert [len(node.attributes["points"].split()) for node in chart.css("polyline:not(.gap)")] == [2]
    assert len(chart.css("polyline.gap")) == 1
    assert [content(node) for node in chart.css("circle title")] == ["2021: 13", "2022: 21", "2024: 30"]


def test_contradictions_lead_to_their_evidence(site: Path, ids: dict[str, str]) -> None:
    data = list_rows(site, "contradictions")
    bases = data["columns"][5]["bases"]
    found = [
        (row[1], row[4][0].split("：")[-1], [(text, bases[at], id_) for text, at, id_ in row[5]])
        for row in data["rows"]
    ]
    a21, a22 = ids["a21.txt"], ids["a22.txt"]
    assert [(year, message) for year, message, _ in found] == [(2022, "21，与9 + 14 = 23不符"), (2022, "3，与5不符")]
    assert [(text, report) for text, report, _ in found[0][2]] == [
        ("21件", a22),
        ("9件", a22),
        ("14件", a22),
        ("", a22),
    ]
    assert [(text, report) for text, report, _ in found[1][2]] == [("3件 (2021)", a21), ("5件 (2022)", a22)]
    for _, _, links in found:
        for text, report, id_ in links:
            tree = page(site, f"reports/{report}.html")
            if text:
                assert pieces(tree, id_) == text.split(" ")[0]
            else:
                assert "mismatch" in (one(tree, f"#{id_}").attributes["class"] or "")
    agency = page(site, data["rows"][1][0][1])
    links = [(content(link), link.attributes["href"]) for link in agency.css("#across .mismatch a")]
    assert [text for text, _ in links] == ["3件 (2021)", "5件 (2022)"]
    assert links[1][1] == f"../reports/{a22}.html#{found[1][2][1][2]}"


def test_a_year_sums_its_agencies_up(site: Path) -> None:
    tree = page(site, "years/2022.html")
    # 21 and 100; the copy of a report, and the report without an agency, do not count.
    caption = next(content(node) for node in tree.css("figcaption") if "收到申请" in content(node))
    assert "2 个机构，中位数 60.5，四分位 40.8–80.2，合计 121" in caption
    assert [content(row.css("td")[0]) for row in tree.css("#agencies tbody tr")] == ["云澜市教育局", "青石县水利局"]
    assert [link.attributes["href"] for link in tree.css("header a")] == ["2021.html", "2024.html"]


def test_trends_say_how_many_they_are_of(site: Path) -> None:
    tree = page(site, "trends.html")
    assert [content(link) for link in tree.css("#years tbody a")] == ["2017", "2021", "2022", "2024"]
    figure = next(node for node in tree.css("#figures figure") if "收到申请" in content(one_of(node, "figcaption")))
    lines = [["".join(content(cell).split()) for cell in row.css("td")] for row in figure.css("tbody tr")]
    assert lines[1:] == [["2021", "1/1", "13", "13"], ["2022", "2/2", "60.5", "121"], ["2024", "1/1", "30", "30"]]
    assert len(tree.css("#shares figure")) == 17 + 1


def one_of(node: Any, selector: str) -> Any:
    return node.css(selector)[0]


# The folder -----------------------------------------------------------------------------------------------------------


def test_the_same_corpus_makes_the_same_bytes(site: Path, tmp_path: Path) -> None:
    """In whatever order the reports were put into the store."""
    path = tmp_path / "s.duckdb"
    make_store(path)
    connection = duckdb.connect(str(path))
    for table in ("reports", "facts", "checks", "sentences", "category_shares", "balance"):
        connection.execute(f"CREATE TEMP TABLE kept AS SELECT * FROM {table} ORDER BY report_id DESC")
        connection.execute(f"DELETE FROM {table}")
        connection.execute(f"INSERT INTO {table} SELECT * FROM kept")
        connection.execute("DROP TABLE kept")
    connection.close()
    write(path, tmp_path / "site")
    assert files(tmp_path / "site") == files(site)


def test_pages_of_reports_that_are_gone_go(tmp_path: Path, ids: dict[str, str]) -> None:
    path, folder = make_store(tmp_path / "s.duckdb"), tmp_path / "site"
    first = write(path, folder)
    assert (first.reports, first.pages, first.removed) == (8, 5 + 3 + 4 + 8, 0)
    (folder / "reports" / "notes.txt").write_text("mine", encoding="utf-8")
    (folder / "reports" / "0.html.partial").touch()
    connection = duckdb.connect(str(path))
    connection.execute("UPDATE reports SET status = 'removed' WHERE starts_with(name, 'b22')")
    connection.close()
    again = write(path, folder)
    # Two reports and their agency; 2022 has another one.
    assert (again.reports, again.pages, again.removed) == (6, 17, 3)
    found = files(folder)
    assert f"reports/{ids['b22.txt']}.html" not in found
    assert found["reports/notes.txt"] == b"mine"
    assert "reports/0.html.partial" not in found
    assert write(path, folder).removed == 0


def test_other_folders_are_left_alone(store: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(zg.OptionError, match="holds other files, and no site of zhgovtext"):
        write(store, tmp_path)
    with pytest.raises(zg.OptionError, match=r"mine\.txt: is a file: a site is a folder"):
        write(store, tmp_path / "mine.txt")
    (tmp_path / MARKER).write_text('{"program": "other", "site": 1}', encoding="utf-8")
    with pytest.raises(zg.OptionError, match="holds other files"):
        write(store, tmp_path)
    with pytest.raises(zg.DataError, match="cannot be written"):
        write(store, tmp_path / "none" / "site")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine.txt", MARKER]
    folder = tmp_path / "site"
    write(store, folder)
    for path in (folder / "years").iterdir():
        path.unlink()
    (folder / "years").rmdir()
    (folder / "years").symlink_to(tmp_path)
    with pytest.raises(zg.OptionError, match="leads elsewhere"):
        write(store, folder)


def test_an_id_that_is_none_names_no_file(tmp_path: Path) -> None:
    connection = fill([{"name": "a"}], tmp_path / "s.duckdb")
    connection.execute("UPDATE reports SET report_id = '../../a', text = '公开。', tables = '[]', notes = '[]'")
    connection.execute(
        "UPDATE fingerprints SET provenance = ?", [json.dumps(zg.analyze_text("公开3条。").provenance())]
    )
    connection.execute("INSERT INTO balance (report_id) VALUES ('../../a')")
    connection.execute("UPDATE balance SET interpretation_spans = '[]', news_spans = '[]'")
    connection.execute("UPDATE reports SET script = 'hans', form = 'none', level = 'unknown', agency_type = 'unknown'")
    connection.close()
    with pytest.raises(zg.DataError, match="has an id that is none"):
        write(tmp_path / "s.duckdb", tmp_path / "site")
    assert not (tmp_path / "a.html").exists()


def test_a_corpus_without_reports_says_so(tmp_path: Path) -> None:
    create_store(tmp_path / "s.duckdb").close()
    write(tmp_path / "s.duckdb", tmp_path / "site")
    for name in ("index", "contradictions", "trends", "lost"):
        assert page(tmp_path / "site", f"{name}.html").css(".nothing"), name


def test_categories_of_another_codebook_have_their_colours(tmp_path: Path) -> None:
    """Two codebooks in one store: each report's page has its own style, summaries are of the first."""
    path = tmp_path / "s.duckdb"
    connection = create_store(path)
    write_reports(
        connection,
        {
            f"{at}.txt": zg.analyze_text(f"青石县{at}年政府信息公开工作年度报告\n收到申请3件。")
            for at in (2021, 2022, 2023)
        },
    )
    (first,) = connection.execute("SELECT min(report_id) FROM reports").fetchone() or ("",)
    for table, column in (("category_shares", "category"), ("sentences", "category"), ("sentences", "runner_up")):
        connection.execute(f"UPDATE {table} SET {column} = 'own_' || {column} WHERE report_id = ?", [first])
    connection.close()
    write(path, tmp_path / "site")
    styles = [
        node.attributes["href"] for node in page(tmp_path / "site", f"reports/{first}.html").css("link[rel=stylesheet]")
    ]
    others = {node.attributes["href"] for node in page(tmp_path / "site", "index.html").css("link[rel=stylesheet]")}
    assert f"assets/{(styles[1] or '').split('/')[-1]}" not in others
    assert (tmp_path / "site" / "reports" / (styles[1] or "")).is_file()
    assert "只计用最常见的类别手册编码的报告" in content(one(page(tmp_path / "site", "trends.html"), "#shares"))


def test_both_languages_are_there(store: Path, tmp_path: Path) -> None:
    write(store, tmp_path / "site", language="en")
    for name in (*(f"{name}.html" for name in LISTS), "years/2022.html"):
        tree = page(tmp_path / "site", name)
        assert one(tree, "html").attributes["data-lang"] == "en"
        zh, en = (len(tree.css(f".{language}")) for language in ("zh", "en"))
        assert zh == en > 5
    with pytest.raises(zg.OptionError, match="choose zh or en"):
        write(store, tmp_path / "other", language="fr")
    assert not (tmp_path / "other").exists()


def test_watch_is_told_of_every_report(store: Path, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    write(store, tmp_path / "site", watch=lambda done, total: told.append((done, total)))
    assert told == [(done, 8) for done in range(1, 9)]


# Command --------------------------------------------------------------------------------------------------------------


def test_command_writes_a_site(store: Path, site: Path, tmp_path: Path) -> None:
    folder = tmp_path / "site"
    code, out, err = run("report", store, "-o", folder, "--lang", "zh")
    assert (code, err) == (0, "")
    assert out == f"已写入 {folder}：20 页（8 份报告），去掉旧页 0 页；打开 {folder}/index.html\n"
    assert files(folder) == files(site)


@pytest.mark.parametrize("arguments", [["-o", "-"], ["-o", "page.html"], ["-o", "site", "--no-context"]])
def test_command_tells_what_does_not_go_with_a_store(store: Path, tmp_path: Path, arguments: list[str]) -> None:
    output = arguments[1] if arguments[1] == "-" else str(tmp_path / arguments[1])
    code, out, err = run("report", store, "-o", output, *arguments[2:])
    assert (code, out) == (2, "")
    assert len(err.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


# Pictures and sums ----------------------------------------------------------------------------------------------------


def test_lines_break_where_years_are_missing() -> None:
    points = [Point(2019, 0.0), Point(2020, 10.0, 5.0, 20.0), Point(2021, None), Point(2022, 20.0), Point(2023, 5.0)]
    tree = parse(str(draw_line(points, borders=(2019, 2021))))
    lines = [node.attributes["points"].split() for node in tree.css("polyline:not(.gap)")]
    assert [len(line) for line in lines] == [2, 2]
    (gap,) = tree.css("polyline.gap")
    assert gap.attributes["points"].split() == [lines[0][1], lines[1][0]]
    # From 46 to 308 over four years, from 112 up to 12 for 20: the highest is of 2022 and of the band.
    assert lines[1][0] == "242.5,12.0"
    assert lines[0] == ["46.0,112.0", "111.5,62.0"]
    # With 2019 the line begins: no border there.
    assert [node.attributes["x1"] for node in tree.css(".border")] == ["144.2"]
    assert str(draw_line([Point(2020, None)])) == ""
    assert str(draw_spark([Point(2020, 3.0)])) == ""


def test_a_line_of_one_year_or_of_nothing_is_drawn() -> None:
    for points in ([Point(2020, 5.0)], [Point(2020, 0.0), Point(2021, 0.0)]):
        tree = parse(str(draw_line(points)))
        assert len(tree.css("circle")) == len(points)
        assert "nan" not in str(draw_line(points)).lower()
    assert str(draw_bar(None, None, None, 1.0)) == ""
    assert 'width="0%"' in str(draw_bar(0.0, None, None, 0.0))


def test_a_histogram_stands_on_one_ground() -> None:
    tree = parse(str(draw_histogram([("0", 2), ("1–9", 0), ("> 10k", 4)])))
    tall = [float(node.attributes["height"]) for node in tree.css("rect")]
    assert tall == [46.0, 0.0, 92.0]
    assert {float(node.attributes["y"]) + float(node.attributes["height"]) for node in tree.css("rect")} == {112.0}
    assert [content(node) for node in tree.css("text")] == ["0", "2", "1–9", "> 10k", "4"]


@given(st.lists(st.integers(1, 50), max_size=20), st.integers(0, 200))
def test_a_fair_share_fills_what_there_is(counts: list[int], most: int) -> None:
    share = fair_share(counts, most)
    assert sum(min(share, count) for count in counts) <= most or not counts
    if counts and share < max(counts):
        assert sum(min(share + 1, count) for count in counts) > most


@given(st.lists(st.floats(0, 1e9), min_size=1, max_size=20), st.floats(0, 1))
def test_a_quantile_lies_among_its_values(values: list[float], part: float) -> None:
    values.sort()
    assert values[0] <= quantile(values, part) * (1 + 1e-12)
    assert quantile(values, part) <= values[-1] * (1 + 1e-12)
    assert quantile(values, 0.0) == values[0]
    assert quantile(values, 1.0) == values[-1]


def test_years_that_lie_far_apart_are_not_filled_in() -> None:
    assert list(every_year([2, 2_000_000_000])) == [2, 2_000_000_000]
    assert list(every_year([])) == []


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        ("a\trequest_received\t甲\tA\t\t\na\trequest_received\t甲\tA\t\t", "line 3: has the key a twice"),
        ("a\tnone\t甲\tA\t\t", "line 2: has the columns 'none', of which the panel lacks some"),
        ("a\t\t甲\tA\t\t", "line 2: has the columns ''"),
        ("a\trequest_received\t甲\t\t\t", "line 2: has no label"),
    ],
)
def test_wrong_figures_are_named(tmp_path: Path, rows: str, problem: str) -> None:
    path = tmp_path / "figures.tsv"
    path.write_text("key\tcolumns\tzh\ten\tchart\tlist\n" + rows, encoding="utf-8")
    with pytest.raises(zg.DataError, match=re.escape(problem)):
        load_figures(path)
