"""The distribution report in a real browser: it draws, filters, sorts and fits, logs nothing and requests nothing."""

import json
import os
import select
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lvo.report.distribution import render
from tests.report_input import realistic

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
if CHROMIUM is None:
    # Not a marker: Brownie's test plugin hides the reason of those.
    pytest.skip("needs a browser: apt-get install -y chromium", allow_module_level=True)

PATIENCE = 60
"""Seconds until a silent browser fails the test."""


class Browser:
    """A headless Chromium spoken to over a pair of pipes, in its DevTools protocol: no port, no driver, no package."""

    def __init__(self, profile: Path) -> None:
        to_child, self.out = os.pipe()
        self.into, from_child = os.pipe()
        command = [
            CHROMIUM,
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--no-first-run",
        ]
        command += ["--remote-debugging-pipe", f"--user-data-dir={profile}", "about:blank"]
        # The protocol wants its pipes at the descriptors 3 and 4.
        self.process = subprocess.Popen(
            ["bash", "-c", f'exec "$@" 3<&{to_child} 4>&{from_child}', "browser", *map(str, command)],
            pass_fds=(to_child, from_child),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(to_child)
        os.close(from_child)
        self.buffer = b""
        self.number = 0
        self.events: list[dict[str, Any]] = []
        self.session: str | None = None
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Call a method of the protocol and return its result; events that come in between are kept."""
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.out, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._read()
            if answer.get("id") == self.number:
                assert "error" not in answer, answer
                return answer["result"]
            self.events.append(answer)

    def _read(self) -> dict[str, Any]:
        while b"\0" not in self.buffer:
            ready, _, _ = select.select([self.into], [], [], PATIENCE)
            assert ready, f"the browser said nothing for {PATIENCE} s"
            chunk = os.read(self.into, 1 << 20)
            assert chunk, "the browser has gone"
            self.buffer += chunk
        message, _, self.buffer = self.buffer.partition(b"\0")
        return json.loads(message)

    def js(self, expression: str) -> Any:
        """Return the value of an expression in the page."""
        result = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in result, result
        return result["result"].get("value")

    def until(self, expression: str) -> None:
        """Wait until an expression in the page is true."""
        end = time.monotonic() + PATIENCE
        while not self.js(expression):
            assert time.monotonic() < end, f"never true: {expression}"
            time.sleep(0.02)

    def open(self, page: Path, state: str = "", width: int = 1280, dark: bool = False) -> None:
        """Open a page afresh at a width in pixels, in light or dark, with a state behind the ``#``."""
        self.call("Page.navigate", url="about:blank")
        self.until("location.href === 'about:blank'")
        self.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=width < 600
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("Emulation.setEmulatedMedia", features=[scheme])
        self.events.clear()
        self.call("Page.navigate", url=page.as_uri() + (f"#{state}" if state else ""))
        self.until("document.documentElement?.dataset.ready === 'true'")

    def click(self, selector: str) -> None:
        """Click in the middle of an element, as a mouse does."""
        element = f"document.querySelector({json.dumps(selector)})"
        self.js(f"{element}.scrollIntoView({{block: 'center'}})")
        box = f"{element}.getBoundingClientRect()"
        x, y = self.js(f"[{box}.x + {box}.width / 2, {box}.y + {box}.height / 2]")
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def complaints(self) -> list[dict[str, Any]]:
        """Return what the page logged, threw or was forbidden."""
        loud = ("Runtime.exceptionThrown", "Runtime.consoleAPICalled", "Log.entryAdded")
        return [event for event in self.events if event["method"] in loud]

    def requests(self) -> list[str]:
        """Return the addresses that the page asked for, without the part after ``#``."""
        sent = [
            event["params"]["request"]["url"] for event in self.events if event["method"] == "Network.requestWillBeSent"
        ]
        return [url for url in sent if not url.startswith("data:")]

    def close(self) -> None:
        """End the browser."""
        self.session = None
        try:
            self.call("Browser.close")
            self.process.wait(PATIENCE)
        except (AssertionError, OSError, subprocess.TimeoutExpired):
            self.process.kill()
            self.process.wait()
        os.close(self.out)
        os.close(self.into)


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    browser = Browser(tmp_path_factory.mktemp("profile"))
    yield browser
    browser.close()


@pytest.fixture(scope="module")
def report() -> dict[str, Any]:
    return realistic()


@pytest.fixture(scope="module")
def page(report: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("report") / "distribution.html"
    path.write_text(render(report), encoding="utf-8")
    return path


@pytest.fixture(autouse=True)
def _silent(browser: Browser) -> Iterator[None]:
    """After every test: nothing was logged, and nothing but the page itself was requested."""
    yield
    assert browser.complaints() == []
    assert len(browser.requests()) == 1
    assert browser.requests()[0].startswith("file://")


ROWS = "[...document.querySelectorAll('#grants-table tbody tr')]"
COUNT = "document.getElementById('grants-count').textContent"


def column(browser: Browser, name: str) -> list[str]:
    """Return the texts of a column of the grants shown, by its heading."""
    return browser.js(f"{ROWS}.map(row => row.querySelector('td[data-label={name}]').textContent)")


def amounts(browser: Browser, name: str = "Amount") -> list[int]:
    """Return the exact amounts of a column of the grants shown, in wei."""
    path = f"td[data-label={name}] data"
    return [int(value) for value in browser.js(f"{ROWS}.map(row => row.querySelector('{path}').getAttribute('value'))")]


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [1280, 768, 390, 360])
def test_report_draws_and_fits_without_scrolling_sideways(browser: Browser, page: Path, width: int, dark: bool) -> None:
    browser.open(page, width=width, dark=dark)
    assert browser.js("document.querySelectorAll('svg.donut path.slice').length") == 6
    visible = "[...document.querySelectorAll('svg.curve')].filter(e => e.getBoundingClientRect().width > 0)"
    assert browser.js(f"{visible}.length") == 1
    assert browser.js(f"{visible}[0].querySelectorAll('.area').length") == 6
    assert browser.js("document.querySelectorAll('#buckets svg.progress').length") == 6
    paper = [
        int(part) for part in browser.js("getComputedStyle(document.body).backgroundColor").strip("rgb()").split(",")
    ]
    assert (max(paper) < 60) is dark
    for _ in range(2):
        assert browser.js("document.documentElement.scrollWidth") <= width
        browser.click("#exact")
    browser.js("document.querySelector('#unlock details').open = true")
    assert browser.js("document.documentElement.scrollWidth") <= width


def test_report_fills_the_shapes_with_the_colours_of_the_theme(browser: Browser, page: Path) -> None:
    browser.open(page)
    fills = "[...document.querySelectorAll('svg.donut path.slice')].map(e => getComputedStyle(e).fill)"
    areas = "[...document.querySelectorAll('svg.curve.wide .area')].map(e => getComputedStyle(e).fill)"
    light = browser.js(fills)
    assert len(set(light)) == 6
    assert browser.js(areas) == light
    browser.open(page, "theme=dark")
    dark = browser.js(fills)
    assert len({*light, *dark}) == 12
    browser.open(page, dark=True)
    assert browser.js(fills) == dark


def test_report_prints_on_white_and_within_the_paper(browser: Browser, page: Path) -> None:
    browser.open(page, "theme=dark", width=1030)
    scheme = {"name": "prefers-color-scheme", "value": "dark"}
    browser.call("Emulation.setEmulatedMedia", media="print", features=[scheme])
    assert browser.js("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert browser.js("document.documentElement.scrollWidth") <= 1_030
    browser.call("Emulation.setEmulatedMedia", media="")


def test_report_theme_button_goes_round(browser: Browser, page: Path) -> None:
    browser.open(page)
    seen = []
    for _ in range(3):
        browser.click("#theme")
        seen.append(browser.js("document.documentElement.dataset.theme || 'auto'"))
    assert seen == ["light", "dark", "auto"]


def test_report_lists_the_grants_in_pages(browser: Browser, page: Path, report: dict[str, Any]) -> None:
    browser.open(page)
    assert len(column(browser, "Amount")) == 25
    assert amounts(browser) == [int(grant["amount"]) for grant in report["grants"][:25]]
    browser.click("#grants-pager button:last-child")
    assert amounts(browser) == [int(grant["amount"]) for grant in report["grants"][25:50]]
    assert f"{len(report['grants']):,} grants" in browser.js(COUNT)


def test_report_presets_the_filter_from_its_address(browser: Browser, page: Path, report: dict[str, Any]) -> None:
    part = report["grants"][-1]["beneficiary"][2:6]
    matching = [grant for grant in report["grants"] if part in grant["beneficiary"] and grant["bucket"] == 5]
    assert matching
    browser.open(page, f"q={part.upper()}&bucket=5&rows=250")
    assert column(browser, "Beneficiary") == [grant["beneficiary"] for grant in matching]
    assert set(column(browser, "Bucket")) == {"Exchange ecology"}
    assert amounts(browser) == [int(grant["amount"]) for grant in matching]
    assert browser.js("document.querySelector('#grants-count data').getAttribute('value')") == str(
        sum(amounts(browser))
    )


def test_report_filters_as_one_types(browser: Browser, page: Path, report: dict[str, Any]) -> None:
    grant = report["grants"][1_234]
    browser.open(page)
    browser.js("document.getElementById('grants-q').focus()")
    browser.call("Input.insertText", text=grant["source"])
    expected = [one["source"] for one in report["grants"] if grant["source"] in one["source"]][:25]
    browser.until(f"{ROWS}.length === {len(expected)}")
    assert column(browser, "Source") == expected
    browser.js("document.getElementById('grants-q').value = ''")
    browser.call("Input.insertText", text="nothing is called this")
    browser.until(f"{COUNT}.startsWith('0 grants')")
    assert "Nothing matches" in browser.js("document.getElementById('grants-table').textContent")
    browser.click("#grants-clear")
    browser.until(f"{ROWS}.length === 25")


def test_report_filters_by_kind(browser: Browser, page: Path, report: dict[str, Any]) -> None:
    revocable = [grant for grant in report["grants"] if grant["kind"] == "revocable"]
    browser.open(page, "kind=revocable&rows=250")
    assert set(column(browser, "Kind")) == {"revocable"}
    assert f"{len(revocable):,} grants of" in browser.js(COUNT)


def test_report_sorts_by_exact_amounts(browser: Browser, page: Path, report: dict[str, Any]) -> None:
    ordered = sorted((int(grant["amount"]) for grant in report["grants"]), reverse=True)
    browser.open(page)
    browser.click("#grants-table th:nth-child(5) button")
    assert amounts(browser) == ordered[:25]
    browser.click("#grants-table th:nth-child(5) button")
    assert amounts(browser) == ordered[::-1][:25]
    assert browser.js("document.querySelector('#grants-table th[aria-sort]').getAttribute('aria-sort')") == "ascending"
    browser.open(page, "sort=releasable&dir=desc&page=2")
    due = sorted((int(grant["releasable"]) for grant in report["grants"]), reverse=True)
    assert amounts(browser, "Releasable") == due[25:50]


def test_report_sorts_on_a_phone_by_the_list(browser: Browser, page: Path, report: dict[str, Any]) -> None:
    browser.open(page, width=390)
    assert browser.js("document.querySelector('#grants-table thead').getBoundingClientRect().height") == 0
    chosen = "document.getElementById('grants-sort')"
    assert browser.js(f"{chosen}.getBoundingClientRect().height") > 0
    browser.js(f"(() => {{ {chosen}.value = 'amount'; {chosen}.dispatchEvent(new Event('change')) }})()")
    assert amounts(browser) == sorted((int(grant["amount"]) for grant in report["grants"]), reverse=True)[:25]


def test_report_shows_exact_amounts_when_asked(browser: Browser, page: Path, report: dict[str, Any]) -> None:
    browser.open(page)
    browser.click("#exact")
    for text, grant in zip(column(browser, "Amount"), report["grants"], strict=False):
        assert int(text.replace(",", "").replace(".", "")) == int(grant["amount"])
        assert len(text.split(".")[1]) == 18


def test_report_reads_the_curve_out_by_slider_and_pointer(browser: Browser, page: Path, report: dict[str, Any]) -> None:
    browser.open(page)
    assert browser.js("document.getElementById('read-when').textContent").startswith("Today, 9 Oct 2026")
    browser.js("document.getElementById('month').focus()")
    for kind in ("keyDown", "keyUp"):
        browser.call("Input.dispatchKeyEvent", type=kind, key="End", code="End", windowsVirtualKeyCode=35)
    assert browser.js("document.getElementById('read-when').textContent").startswith("Month 48, ")
    supply = report["token"]["totalSupply"]
    assert browser.js("document.querySelector('#read-total data').getAttribute('value')") == supply
    browser.js("document.querySelector('svg.curve.wide').scrollIntoView({block: 'center'})")
    box = "document.querySelector('svg.curve.wide').getBoundingClientRect()"
    left, top, wide = browser.js(f"[{box}.left, {box}.top, {box}.width]")
    frame = browser.js("({...document.querySelector('svg.curve.wide').dataset})")
    x = left + wide * (float(frame["left"]) + float(frame["across"]) / 4) / 1_140
    browser.call("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=top + 60)
    assert browser.js("document.getElementById('read-when').textContent").startswith("Month 12, ")
    shown = browser.js("document.querySelector('#read-total data').getAttribute('value')")
    assert browser.js(f"document.querySelectorAll('.months tbody tr')[12].innerHTML.includes('value=\"{shown}\"')")
    browser.call("Input.dispatchMouseEvent", type="mouseMoved", x=5, y=5)
    assert browser.js("document.getElementById('read-when').textContent").startswith("Today")


def test_report_copies_an_address(browser: Browser, page: Path, report: dict[str, Any]) -> None:
    browser.open(page)
    browser.click("#record .copy")
    browser.until("document.querySelector('#record .copy').textContent === 'copied'")


def test_report_filters_refused_rows_by_reason(browser: Browser, page: Path, report: dict[str, Any]) -> None:
    browser.open(page)
    option = "[...document.querySelectorAll('#refused-reason option')].find(o => o.text.startsWith('end is'))"
    browser.js(
        f"(() => {{ const s = document.getElementById('refused-reason'); s.value = {option}.value; "
        "s.dispatchEvent(new Event('change')) })()"
    )
    few = sum(row["reason"].startswith("end is") for row in report["refused"])
    assert browser.js("document.getElementById('refused-count').textContent") == f"{few} rows of 59"


def test_report_shows_hostile_text_as_text(browser: Browser, tmp_path: Path) -> None:
    report = realistic(12)
    hostile = "</script><img src=x onerror=\"console.log('owned')\"><b>"
    for row in report["grants"]:
        row |= {"beneficiary": hostile, "source": hostile}
    for row in report["refused"]:
        row |= {"account": hostile, "reason": hostile, "file": hostile}
    report["buckets"][2] |= {"name": hostile, "purpose": hostile, "holder": hostile}
    report["plan"]["name"] = hostile
    path = tmp_path / "hostile.html"
    path.write_text(render(report), encoding="utf-8")
    browser.open(path)
    assert column(browser, "Beneficiary") == [hostile] * 12
    assert browser.js("document.querySelectorAll('img').length") == 0


def test_report_of_ten_thousand_grants_answers_at_once(browser: Browser, tmp_path: Path) -> None:
    path = tmp_path / "large.html"
    path.write_text(render(realistic(10_000)), encoding="utf-8")
    browser.open(path)
    script = """(() => { const begin = performance.now(); const bucket = document.getElementById('grants-bucket');
        bucket.value = '3'; bucket.dispatchEvent(new Event('change')); document.body.offsetHeight;
        return performance.now() - begin })()"""
    assert browser.js(script) < 500
    assert browser.js(COUNT).startswith("1,666 grants of 9,996")
    browser.click("#grants-table th:nth-child(5) button")
    shown = amounts(browser)
    assert shown == sorted(shown, reverse=True)


def test_report_without_grants_has_nothing_to_list(browser: Browser, tmp_path: Path) -> None:
    report = realistic(0)
    report["refused"] = []
    path = tmp_path / "empty.html"
    path.write_text(render(report), encoding="utf-8")
    browser.open(path)
    assert "No bucket has been split" in browser.js("document.getElementById('grants').textContent")
