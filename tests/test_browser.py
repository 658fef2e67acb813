"""The page of a report in a real browser: headless Chromium, one for all tests; skipped where there is none."""

from __future__ import annotations

import base64
import json
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from conftest import CASES, REPORTS
from site_store import BAD, make_store

import zhgovtext as zg
from zhgovtext.labels import load_labels
from zhgovtext.page import record_page
from zhgovtext.reasons import find_reasons
from zhgovtext.report import Report
from zhgovtext.site import write_site

webdriver = pytest.importorskip("selenium.webdriver", reason="selenium is not installed")
from selenium.webdriver.common.by import By  # noqa: E402
from selenium.webdriver.common.keys import Keys  # noqa: E402
from selenium.webdriver.remote.webelement import WebElement  # noqa: E402

FILES = Path(__file__).parent / "files"
REPORT = REPORTS / "yunlan-2017.txt"
TRADITIONAL = (
    "雲瀾市人民政府2017年政府信息公開工作年度報告\n一、概述\n全年主動公開政府信息1.2萬條，收到申請12件；辦結11件。"
)
# 9 + 14 = 23 is not 21.
MISMATCH = (
    "青石县水利局2022年政府信息公开工作年度报告\n一、概述\n统计期限为2022年1月1日至2022年12月31日。\n"
    + "全年工作平稳有序。\n" * 60
    + "我局收到政府信息公开申请21件，其中当面申请9件，网络申请14件。\n"
    + "全年工作平稳有序。\n" * 60
)
# Seconds that a page of 2 MB may take on the slowest of machines.
PATIENCE = 30
OPTIONS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-dev-shm-usage", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--window-size=1280,900",
)  # fmt: skip


class Browser:
    """A driver that opens pages and tells what went wrong in them."""

    def __init__(self, driver: Any, folder: Path) -> None:
        self.driver = driver
        self._folder = folder
        self._pages = 0

    def open(self, page: str) -> None:
        self._pages += 1
        path = self._folder / f"{self._pages}.html"
        path.write_text(page, encoding="utf-8", newline="")
        self.visit(path)

    def visit(self, path: Path, place: str = "") -> None:
        self.logs()
        self.driver.get(path.as_uri() + place)

    def logs(self) -> tuple[list[str], list[str]]:
        """What the console said, and what was asked of the network, since the last time."""
        messages = [entry["message"] for entry in self.driver.get_log("browser")]
        events = [json.loads(entry["message"])["message"] for entry in self.driver.get_log("performance")]
        asked = [
            event["params"]["request"]["url"] for event in events if event["method"] == "Network.requestWillBeSent"
        ]
        return messages, asked

    def all(self, selector: str) -> list[WebElement]:
        found: list[WebElement] = self.driver.find_elements(By.CSS_SELECTOR, selector)
        return found

    def one(self, selector: str) -> WebElement:
        found: WebElement = self.driver.find_element(By.CSS_SELECTOR, selector)
        return found

    def run(self, script: str, *arguments: Any) -> Any:
        return self.driver.execute_script(script, *arguments)

    def command(self, name: str, **parameters: Any) -> Any:
        return self.driver.execute_cdp_cmd(name, parameters)

    def press(self, *keys: str) -> None:
        for key in keys:
            webdriver.ActionChains(self.driver).send_keys(key).perform()

    def focused(self, what: str = "id") -> str:
        return str(self.run(f"return document.activeElement.{what}"))

    def style(self, selector: str, name: str, pseudo: str | None = None) -> str:
        script = "return getComputedStyle(document.querySelector(arguments[0]), arguments[2])[arguments[1]]"
        return str(self.run(script, selector, name, pseudo))

    def in_sight(self, element: WebElement) -> bool:
        script = "const r = arguments[0].getBoundingClientRect(); return r.bottom > 0 && r.top < window.innerHeight"
        return bool(self.run(script, element))


@pytest.fixture(scope="session")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    chromedriver = shutil.which("chromedriver")
    if not chromium or not chromedriver:
        pytest.skip("Chromium and its driver are not installed (Debian: chromium, chromium-driver)")
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for option in (*OPTIONS, f"--user-data-dir={tmp_path_factory.mktemp('profile')}"):
        options.add_argument(option)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(chromedriver))
    try:
        yield Browser(driver, tmp_path_factory.mktemp("pages"))
    finally:
        driver.quit()


@pytest.fixture
def browser(started: Browser) -> Iterator[Browser]:
    """The browser; when a test ends, nothing may have gone wrong in its pages, and nothing may have been asked of the
    network but the pages themselves."""
    yield started
    messages, asked = started.logs()
    assert messages == []
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    assert started.run("return window.ran === undefined")


@pytest.fixture(scope="module")
def report() -> Report:
    return zg.analyze(REPORT)


@pytest.mark.parametrize("source", ["simplified", "traditional", "tables"])
def test_a_page_loads_in_silence(browser: Browser, report: Report, source: str) -> None:
    pages = {
        "simplified": report.to_html,
        "traditional": zg.analyze_text(TRADITIONAL).to_html,
        "tables": zg.analyze(FILES / "trial" / "02-hanweb.html").to_html,
    }
    browser.open(pages[source]())
    assert browser.one("#text .s").is_displayed()
    messages, asked = browser.logs()
    assert messages == []
    assert len([url for url in asked if not url.startswith("data:")]) == 1
    assert browser.run("return performance.getEntriesByType('resource').length") == 0
    assert not browser.one(".static").is_displayed()


def test_the_policy_holds(started: Browser, report: Report) -> None:
    """Were markup to slip through, it would not run."""
    started.open(report.to_html())
    started.run(
        "const s = document.createElement('script'); s.textContent = 'window.ran = 1'; document.body.append(s);"
        "const d = document.createElement('div'); d.innerHTML = '<img src=x onerror=\"window.ran = 1\">';"
        "document.body.append(d)"
    )
    assert started.run("return window.ran === undefined")
    messages, _ = started.logs()
    assert any("Content Security Policy" in message for message in messages)


def test_the_legend_switches_categories(browser: Browser, report: Report) -> None:
    browser.open(report.to_html())
    kinds = [sentence.category for sentence in report.sentences]
    code = report.codebook.codes.index(kinds[0] or "")
    button = browser.one(f'.legend [data-c="{code}"]')
    other = next(at for at, kind in enumerate(kinds) if kind != kinds[0])
    clear = "rgba(0, 0, 0, 0)"
    assert browser.style("#s0", "backgroundColor") != clear
    assert browser.style("#s0", "content", "::before") not in ("none", "normal")
    button.click()
    assert button.get_attribute("aria-pressed") == "false"
    assert browser.style("#s0", "backgroundColor") == clear
    assert browser.style("#s0", "content", "::before") == "none"
    assert browser.style(f"#s{other}", "backgroundColor") != clear
    browser.one("#nothing").click()
    assert browser.style(f"#s{other}", "backgroundColor") == clear
    browser.one("#all").click()
    assert browser.style("#s0", "backgroundColor") != clear
    assert {one.get_attribute("aria-pressed") for one in browser.all(".legend [data-c]")} == {"true"}


def test_figures_and_clauses_are_marked_on_demand(browser: Browser, report: Report) -> None:
    browser.open(report.to_html())
    assert browser.style("#text .f", "textDecorationLine") == "underline"
    browser.one("#show-facts").click()
    assert browser.style("#text .f", "textDecorationLine") == "none"
    assert browser.style("#text .t", "outlineStyle") == "none"
    browser.one("#show-clauses").click()
    assert browser.style("#text .ti", "outlineStyle") == "solid"
    assert browser.style("#text .tn", "outlineStyle") == "dotted"


def test_a_check_jumps_to_its_evidence(browser: Browser) -> None:
    browser.open(zg.analyze_text(MISMATCH).to_html())
    link = browser.one(".checks .mismatch a.to")
    target = browser.one("#" + (link.get_attribute("href") or "").split("#")[1])
    assert target.text == "21件"
    assert not browser.in_sight(target)
    link.click()
    assert browser.in_sight(target)
    assert "hit" in (target.get_attribute("class") or "")
    assert target.find_element(By.XPATH, "..").get_attribute("id") == browser.focused()


def test_the_strip_jumps_to_the_sentence(browser: Browser, report: Report) -> None:
    browser.open(report.to_html())
    last = report.sentences[-1].id
    browser.run("document.querySelector(arguments[0]).dispatchEvent(new MouseEvent('click', {bubbles: true}))",
                f'.strip a[href="#s{last}"] rect')  # fmt: skip
    assert browser.in_sight(browser.one(f"#s{last}"))
    assert browser.focused() == f"s{last}"


def test_a_click_shows_what_is_known(browser: Browser, report: Report) -> None:
    browser.open(report.to_html())
    panel = browser.one("#panel")
    assert not panel.is_displayed()
    reasons = find_reasons(report)
    sentence = next(s for s in report.sentences if 0.5 < (s.probability or 0) < 0.99 and reasons[s.id])
    browser.run("arguments[0].scrollIntoView({block: 'center'})", browser.one(f"#s{sentence.id}"))
    browser.one(f"#s{sentence.id}").click()
    assert panel.is_displayed()
    for expected in (
        report.codebook[sentence.category or ""].zh,
        f"{100 * (sentence.probability or 0):.1f} %",
        report.codebook[sentence.runner_up or ""].zh,
        reasons[sentence.id][0].text,
    ):
        assert expected in panel.text
    assert "on" in (browser.one(f"#s{sentence.id}").get_attribute("class") or "").split()
    browser.press(Keys.ESCAPE)
    assert not panel.is_displayed()


def test_a_click_on_a_figure_shows_its_indicator(browser: Browser) -> None:
    browser.open(zg.analyze_text(MISMATCH).to_html())
    figure = next(one for one in browser.all("#text .f") if one.text == "21件")
    browser.run("arguments[0].scrollIntoView({block: 'center'})", figure)
    figure.click()
    panel = browser.one("#panel").text
    assert "收到申请数" in panel.splitlines()[:2]
    assert "21 件" in panel
    assert "依申请公开" in panel
    assert "收到申请数 21 件" in (figure.get_attribute("title") or "")
    browser.one("#panel .close").click()
    assert not browser.one("#panel").is_displayed()


def test_the_keyboard_is_enough(browser: Browser, report: Report) -> None:
    browser.open(report.to_html())
    browser.press(Keys.TAB)
    assert browser.focused("className") == "skip"
    assert browser.style(".skip:focus-visible", "outlineStyle") != "none"
    browser.press(Keys.ENTER, Keys.TAB)
    assert browser.focused() == "s0"
    browser.press(Keys.ENTER)
    panel = browser.one("#panel")
    assert panel.is_displayed()
    assert report.sentences[0].text[:10] in panel.text
    browser.press(Keys.ARROW_DOWN)
    assert browser.focused() == "s1"
    assert report.sentences[1].text[:10] in panel.text
    browser.press(Keys.ARROW_UP, Keys.ESCAPE)
    assert browser.focused() == "s0"
    assert not panel.is_displayed()
    # Back out of the text: the buttons that stand before it.
    browser.run("document.querySelector('.legend button').focus()")
    browser.press(Keys.SPACE)
    assert browser.one(".legend button").get_attribute("aria-pressed") == "false"


def test_the_button_changes_the_language(browser: Browser, report: Report) -> None:
    browser.open(report.to_html())
    root, heading = browser.one("html"), browser.one("#checks h2")
    chinese, english = load_labels()["checks"]
    assert (root.get_attribute("lang"), heading.text) == ("zh-Hans", chinese)
    text = browser.one("#text").text
    browser.run("document.querySelector('#s3').click()")
    browser.one("#switch").click()
    assert (root.get_attribute("lang"), heading.text) == ("en", english)
    assert browser.one("#text").text == text
    assert browser.one("#text").get_attribute("aria-label") == load_labels()["text.label"][1]
    assert "Probability" in browser.one("#panel").text
    browser.one("#switch").click()
    assert (root.get_attribute("lang"), heading.text) == ("zh-Hans", chinese)
    assert "概率" in browser.one("#panel").text


def test_figures_sort(browser: Browser, report: Report) -> None:
    browser.open(report.to_html())
    button = browser.all("#facts th button")[1]
    column = "return [...document.querySelectorAll('#facts tbody tr')].map((row) => row.cells[1].dataset.v)"
    for turn, direction in ((1, "ascending"), (-1, "descending")):
        button.click()
        values = [float(value) if value else float("-inf") for value in browser.run(column)]
        assert values == sorted(values, reverse=turn < 0)
        assert len(values) == len(report.facts)
        assert browser.all("#facts th")[1].get_attribute("aria-sort") == direction


def test_it_prints(browser: Browser, report: Report) -> None:
    browser.open(report.to_html())
    browser.run("document.querySelector('#s3').click()")
    printed = browser.command("Page.printToPDF", printBackground=True, paperWidth=8.27, paperHeight=11.69)
    document = pypdfium2.PdfDocument(base64.b64decode(printed["data"]))
    text = "".join(page.get_textpage().get_text_range() for page in document)
    bare = "".join(text.split())
    assert 4 < len(document) < 40
    assert "".join(report.sentences[-1].text.split())[:12] in bare
    assert load_labels()["panel.weight"][0] not in bare
    # What is folded on the screen is not on paper: the last of the checks that are in order.
    messages = [check.message_zh for check in report.checks if check.status == "ok"]
    assert "".join(messages[-1].split()) in bare
    document.close()
    assert browser.all("details.outline[open]")
    assert not browser.all("#checks details[open]")


def test_text_that_is_code_runs_nothing(browser: Browser, report: Report) -> None:
    found = json.loads((CASES / "page.json").read_text(encoding="utf-8"))
    text = "云澜市政府信息公开工作年度报告\n一、概述\n" + "\n".join(case["text"] for case in found)
    record = zg.analyze_text(text, name="<b>").to_dict(text=True)
    bad = "</script ><img src=x onerror=window.ran=1>"
    for fact in record["facts"]:
        fact |= {"subject": bad, "unit": bad, "dimensions": {"row": bad}}
    browser.open(record_page(record, report.codebook))
    shown = browser.one("#text").text
    for part in ("<script>window.ran=1</script>", "{{7*7}}{% raw %}", "</style>", "<!-- 信息", "&lt;b&gt;"):
        assert part in shown
    assert browser.run("return document.querySelector('#text').textContent") == record["text"].replace("\0", "\ufffd")
    browser.run("document.querySelector('#text .f').click()")
    assert bad in browser.one("#panel").text
    assert not browser.all("img")


def test_a_mark_that_turns_the_text_stays_where_it_is(browser: Browser) -> None:
    """Left to right as in a text without the marks: the override ends with its own element."""
    places = []
    for mark in ("", "\u202e"):
        browser.open(zg.analyze_text(f"公开{mark}abc信息3条，收到申请4件。").to_html())
        script = "return [...document.querySelectorAll('#text .f')].map((one) => one.getBoundingClientRect().x)"
        places.append(browser.run(script))
    for before, after in places:
        assert before < after


@pytest.mark.parametrize("source", ["simplified", "tables"])
def test_a_phone_need_not_scroll_sideways(browser: Browser, report: Report, source: str) -> None:
    page = report.to_html() if source == "simplified" else zg.analyze(FILES / "trial" / "02-hanweb.html").to_html()
    browser.command("Emulation.setDeviceMetricsOverride", width=390, height=844, deviceScaleFactor=1, mobile=True)
    try:
        for language in ("zh", "en"):
            browser.open(page)
            if language == "en":
                browser.run("document.querySelector('#switch').click()")
            browser.run("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
            browser.run("document.querySelector('#s1').click()")
            assert browser.run("return document.documentElement.scrollWidth") <= 390
            assert browser.run("return window.innerWidth") == 390
            panel = browser.one("#panel").rect
            assert panel["x"] >= 0
            assert panel["x"] + panel["width"] <= 390
    finally:
        browser.command("Emulation.clearDeviceMetricsOverride")


def test_it_can_be_read_without_scripts(browser: Browser, report: Report) -> None:
    browser.command("Emulation.setScriptExecutionDisabled", value=True)
    try:
        browser.open(report.to_html())
        assert report.sentences[0].text in browser.one("#text").text
        assert browser.one(".static").is_displayed()
        assert not browser.one("#switch").is_displayed()
        assert browser.one("#checks li").is_displayed()
        assert browser.one(".strip").is_displayed()
        assert browser.one(".legend").text.startswith("决策公开")
    finally:
        browser.command("Emulation.setScriptExecutionDisabled", value=False)


def test_two_megabytes_stay_usable(browser: Browser, report: Report) -> None:
    text = report.document.text
    long = zg.analyze_text(text * (2_000_000 // len(text.encode()) + 1))
    page = long.to_html()
    began = time.monotonic()
    browser.open(page)
    loaded = time.monotonic()
    browser.run("document.querySelector('.legend [data-c=\"3\"]').click(); return document.body.offsetHeight")
    filtered = time.monotonic()
    last = long.sentences[-1].id
    browser.run("document.querySelector(arguments[0]).click()", f"#s{last}")
    assert browser.one("#panel").is_displayed()
    shown = time.monotonic()
    print(f"{len(page) / 1e6:.1f} MB: load {loaded - began:.2f} s, filter {filtered - loaded:.2f} s, "
          f"panel {shown - filtered:.2f} s")  # fmt: skip
    assert shown - began < PATIENCE


# The site of a corpus -------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    with zg.open_corpus(make_store(folder / "s.duckdb")) as corpus:
        write_site(corpus, folder / "site")
    return folder / "site"


@pytest.fixture
def chinese(browser: Browser, site: Path) -> Browser:
    """The browser without a language that an earlier test chose."""
    browser.visit(site / "index.html")
    browser.run("localStorage.clear()")
    return browser


def _column(browser: Browser, at: int) -> list[str]:
    script = "return [...document.querySelectorAll('#rows tbody tr')].map((row) => row.cells[arguments[0]].textContent)"
    return [str(text) for text in browser.run(script, at)]


def _type(browser: Browser, text: str) -> None:
    search = browser.one("#search")
    search.send_keys(Keys.CONTROL, "a")
    search.send_keys(Keys.BACKSPACE, text)


def test_pages_of_a_site_load_in_silence(chinese: Browser, site: Path) -> None:
    folders = [sorted((site / name).glob("*.html"))[0] for name in ("agencies", "reports", "years")]
    for path in (*sorted(site.glob("*.html")), *folders):
        chinese.visit(path)
        assert chinese.one("h1").is_displayed()
        # Style and script beside the page were let in.
        assert chinese.style("body", "marginTop") == "0px"
        assert chinese.run("return document.documentElement.classList.contains('plain')") is False
        messages, asked = chinese.logs()
        assert messages == []
        assert {url.split(":")[0] for url in asked} <= {"file", "data"}


def test_the_index_searches(chinese: Browser, site: Path) -> None:
    chinese.visit(site / "index.html")
    assert len(_column(chinese, 0)) == 8
    _type(chinese, "水利 2022")
    assert _column(chinese, 3) == ["2022"]
    assert "1 条（共 8 条）" in chinese.one("#count").text
    _type(chinese, "没有这样的机构")
    assert _column(chinese, 0) == []
    _type(chinese, "window.ran")
    (title,) = _column(chinese, 1)
    assert BAD in title
    _type(chinese, "")
    chinese.run("const s = document.querySelector('select'); s.value = '2021'; s.dispatchEvent(new Event('change'))")
    assert _column(chinese, 3) == ["2021"]
    # On the way back the same is shown.
    chinese.one("#rows tbody td.title a").click()
    assert "青石县水利局2021年" in chinese.one("h1").text
    chinese.driver.back()
    assert _column(chinese, 3) == ["2021"]


def test_the_index_sorts(chinese: Browser, site: Path) -> None:
    chinese.visit(site / "index.html")
    # What has no year stands last, whichever way.
    assert _column(chinese, 3) == ["2024", "2022", "2022", "2022", "2022", "2021", "2017", "–"]
    heads = chinese.all("#rows th")
    assert heads[3].get_attribute("aria-sort") == "descending"
    heads[3].find_element(By.TAG_NAME, "button").click()
    assert _column(chinese, 3) == ["2017", "2021", "2022", "2022", "2022", "2022", "2024", "–"]
    assert heads[3].get_attribute("aria-sort") == "ascending"
    heads[7].find_element(By.TAG_NAME, "button").click()
    assert _column(chinese, 7) == ["1,286", "100", "30", "21", "13", "4", "–", "–"]
    assert (heads[3].get_attribute("aria-sort"), heads[7].get_attribute("aria-sort")) == (None, "descending")


def test_a_long_list_is_shown_in_parts(chinese: Browser, site: Path) -> None:
    chinese.visit(site / "index.html")
    path = site / "assets" / "reports.js"
    before = path.read_text(encoding="utf-8")
    data = json.loads(before[len("window.siteRows = ") : -2])
    data["rows"] = [[*row[:3], year, *row[4:]] for year in range(20_000) for row in data["rows"][:1]]
    path.write_text(f"window.siteRows = {json.dumps(data)};", encoding="utf-8")
    try:
        began = time.monotonic()
        chinese.visit(site / "index.html")
        assert _column(chinese, 3) == [str(year) for year in range(19_999, 19_949, -1)]
        chinese.one("#next").click()
        assert _column(chinese, 3)[0] == "19949"
        _type(chinese, "12345")
        assert _column(chinese, 3) == ["12345"]
        assert not chinese.one("#next").is_enabled()
        assert time.monotonic() - began < PATIENCE
    finally:
        path.write_text(before, encoding="utf-8", newline="")


def test_a_contradiction_jumps_to_its_evidence(chinese: Browser, site: Path) -> None:
    chinese.visit(site / "contradictions.html")
    assert len(chinese.all("#rows tbody tr")) == 2
    links = chinese.all("#rows tbody tr:first-child .cites a")
    assert [link.text for link in links] == ["21件", "9件", "14件", "核对"]
    links[0].click()
    target = chinese.one(chinese.run("return location.hash"))
    assert target.text == "21件"
    assert chinese.in_sight(target)
    assert "hit" in (target.get_attribute("class") or "")
    # Of two years each figure lies in its own report.
    chinese.visit(site / "contradictions.html")
    chinese.all("#rows tbody tr:last-child .cites a")[0].click()
    assert "2021年" in chinese.one("h1").text
    assert chinese.one(chinese.run("return location.hash")).text == "3件"


def test_a_report_lists_its_figures_in_a_site(chinese: Browser, site: Path) -> None:
    chinese.visit(site / "contradictions.html")
    chinese.all("#rows tbody tr:first-child .cites a")[0].click()
    rows = chinese.run("return [...document.querySelectorAll('#facts tbody tr')].map((row) => row.innerText)")
    assert [row.split("\t")[:3] for row in rows] == [
        ["收到申请数", "21", "件"],
        ["网络申请数", "9", "件"],
        ["信函申请数", "14", "件"],
        ["上年结转申请数", "5", "件"],
    ]
    chinese.all("#facts th button")[1].click()
    script = "return [...document.querySelectorAll('#facts tbody tr')].map((row) => row.cells[1].textContent)"
    assert chinese.run(script) == ["5", "9", "14", "21"]
    chinese.one("#facts tbody a").click()
    assert chinese.in_sight(chinese.one(chinese.run("return location.hash")))
    chinese.one(".links .home").click()
    assert chinese.one("#rows").is_displayed()


def test_the_language_goes_along(chinese: Browser, site: Path) -> None:
    chinese.visit(site / "index.html")
    chinese.one("#switch").click()
    assert chinese.one("#rows th:first-child").text == "Agency"
    assert "8 of 8" in chinese.one("#count").text
    assert "county" in _column(chinese, 4)
    chinese.visit(site / "contradictions.html")
    assert chinese.one("h1").text == "Contradictions"
    assert "requests received = sum of the channels" in _column(chinese, 4)[0]
    chinese.one("#switch").click()
    chinese.visit(site / "trends.html")
    assert chinese.one("h1").text == "年度与趋势"


def test_a_phone_need_not_scroll_a_site_sideways(chinese: Browser, site: Path) -> None:
    folders = [
        max((site / name).glob("*.html"), key=lambda path: path.stat().st_size) for name in ("agencies", "years")
    ]
    chinese.command("Emulation.setDeviceMetricsOverride", width=390, height=844, deviceScaleFactor=1, mobile=True)
    try:
        for path in (*sorted(site.glob("*.html")), *folders):
            for _ in range(2):
                chinese.visit(path)
                chinese.run("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
                assert chinese.run("return document.documentElement.scrollWidth") <= 390, path.name
                assert chinese.run("return window.innerWidth") == 390
                chinese.one("#switch").click()
    finally:
        chinese.command("Emulation.clearDeviceMetricsOverride")


def test_a_site_can_be_read_without_scripts(browser: Browser, site: Path) -> None:
    browser.command("Emulation.setScriptExecutionDisabled", value=True)
    try:
        browser.visit(site / "index.html")
        assert browser.one("p.static").is_displayed()
        assert not browser.one("#rows").is_displayed()
        browser.one("#years a").click()
        assert browser.one("#agencies tbody a").is_displayed()
    finally:
        browser.command("Emulation.setScriptExecutionDisabled", value=False)
