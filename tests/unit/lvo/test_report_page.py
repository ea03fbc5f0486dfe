"""The distribution report: complete, deterministic, self-contained, and harmless whatever its input says."""

import base64
import copy
import hashlib
import json
import re
import time
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

import pytest

from lvo.report.distribution import render
from lvo.report.page import embed
from tests.report_input import realistic


class Page(HTMLParser):
    """What a browser would make of a page, as far as these tests ask."""

    VOID = {"meta", "link", "input", "br"}

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.stack: list[str] = []
        self.scripts: list[tuple[dict[str, str | None], str]] = []
        self.styles: list[str] = []
        self.text: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.stack.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.stack, tag
        assert self.stack.pop() == tag

    def handle_data(self, data: str) -> None:
        inside = self.stack[-1] if self.stack else ""
        if inside == "script":
            self.scripts.append((self.tags[-1][1], data))
        elif inside == "style":
            self.styles.append(data)
        else:
            self.text.append(data)

    @property
    def words(self) -> str:
        return " ".join(" ".join(self.text).split())

    @property
    def data(self) -> Any:
        (text,) = [text for attributes, text in self.scripts if attributes.get("type") == "application/json"]
        return json.loads(text)

    def attributes(self, name: str) -> list[str]:
        return [attributes[name] or "" for _, attributes in self.tags if name in attributes]


@pytest.fixture
def report() -> dict[str, Any]:
    return realistic(60)


def test_render_is_deterministic_and_leaves_its_input_alone(report: dict[str, Any]) -> None:
    before = copy.deepcopy(report)
    first = render(report)
    assert report == before
    assert render(copy.deepcopy(report)) == first
    assert first.endswith("</html>\n")


def test_render_closes_every_element(report: dict[str, Any]) -> None:
    assert Page(render(report)).stack == []


def test_render_has_unique_ids_and_every_reference_leads_somewhere(report: dict[str, Any]) -> None:
    page = Page(render(report))
    ids = page.attributes("id")
    assert len(ids) == len(set(ids))
    links = [href[1:] for href in page.attributes("href") if href.startswith("#")]
    labels = [part for value in page.attributes("aria-labelledby") for part in value.split()]
    assert links
    assert set(links + labels) <= set(ids)


def test_render_asks_nothing_of_the_network(report: dict[str, Any]) -> None:
    text = render(report)
    page = Page(text)
    assert page.attributes("src") == []
    assert {href for href in page.attributes("href") if not href.startswith("#")} == {"data:,"}
    assert set(re.findall(r"https?://[^\s\"'<]*", text)) == {"http://www.w3.org/2000/svg"}
    (style,) = page.styles
    assert "url(" not in style
    assert "@import" not in style
    assert page.attributes("style") == []


def test_render_allows_only_its_own_script_and_style(report: dict[str, Any]) -> None:
    page = Page(render(report))
    (policy,) = [
        a["content"] for tag, a in page.tags if tag == "meta" and a.get("http-equiv") == "Content-Security-Policy"
    ]
    assert policy is not None
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == "'none'"
    (script,) = [text for attributes, text in page.scripts if not attributes]
    for name, text in (("script-src", script), ("style-src", page.styles[0])):
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert rules[name] == f"'sha256-{digest}'"


def test_render_says_verified_only_when_everything_agrees(report: dict[str, Any]) -> None:
    def verdict() -> str:
        return re.findall(r'<section class="verdict (\w+)"', render(report))[0]

    assert verdict() == "ok"
    assert "Verified" in Page(render(report)).words
    report["verify"]["checks"][3] |= {"ok": False, "expected": "1000", "actual": "999"}
    assert verdict() == "failed"
    words = Page(render(report)).words
    assert "Failed" in words
    assert "Verified" not in words
    assert words.index("✗ differs") < words.index("✓ ok")
    report["verify"]["checks"][3]["ok"] = True
    report["verify"]["ok"] = False
    assert verdict() == "failed"
    report["verify"] = {"ok": True, "checks": []}
    assert verdict() == "failed"
    assert "Nothing was checked" in Page(render(report)).words


def test_render_shows_every_exact_amount_of_the_buckets(report: dict[str, Any]) -> None:
    titles = Page(render(report)).attributes("title")
    for bucket in report["buckets"]:
        for name in ("share", "total", "split", "vested", "released", "releasable"):
            assert f"{int(bucket[name]):,} wei" in titles
    for name in ("share", "total", "split", "vested", "released", "releasable"):
        assert f"{sum(int(bucket[name]) for bucket in report['buckets']):,} wei" in titles


def test_render_warns_when_a_bucket_paid_more_than_its_curve(report: dict[str, Any]) -> None:
    warning = "paid more than the curve allows"
    assert warning not in Page(render(report)).words
    report["buckets"][1]["released"] = "1"
    assert Page(render(report)).words.count(warning) == 1


def test_render_embeds_every_grant_and_refusal_exactly(report: dict[str, Any]) -> None:
    data = Page(render(report)).data
    grants = data["grants"]
    assert len(grants["rows"]) == len(report["grants"]) == 60
    for row, grant in zip(grants["rows"], report["grants"], strict=True):
        number, bucket, parent, account, amount, released, releasable, schedule, kind, file, line = row
        assert (number, data["buckets"][bucket][0], parent) == (grant["id"], grant["bucket"], grant["parent"])
        assert grants["accounts"][account] == grant["beneficiary"]
        assert (amount, released, releasable) == (grant["amount"], grant["released"], grant["releasable"])
        assert grants["schedules"][schedule][:2] == [grant["schedule"]["start"], grant["schedule"]["end"]]
        assert data["kinds"][kind] == grant["kind"]
        assert f"{grants['files'][file]}:{line}" == grant["source"]
    refused = data["refused"]
    for row, given in zip(refused["rows"], report["refused"], strict=True):
        assert [refused["files"][row[0]], row[1], row[2], row[3], refused["reasons"][row[4]]] == [
            given[name] for name in ("file", "line", "account", "amount", "reason")
        ]


def test_render_embeds_the_curve_as_strings_so_that_no_number_rounds_it(report: dict[str, Any]) -> None:
    curve = Page(render(report)).data["curve"]
    assert len(curve) == 50
    assert curve[-1][0] == report["chain"]["time"]
    assert all(isinstance(value, str) for point in curve for value in point[1:])
    assert sum(int(value) for value in curve[48][1:]) == int(report["token"]["totalSupply"])


def test_render_of_a_source_without_a_line_keeps_it_whole(report: dict[str, Any]) -> None:
    for index, source in enumerate(("by hand", "a:b", "x:", ":7", "")):
        report["grants"][index]["source"] = source
    grants = Page(render(report)).data["grants"]
    shown = [(grants["files"][row[9]], row[10]) for row in grants["rows"][:5]]
    assert shown == [("by hand", 0), ("a:b", 0), ("x:", 0), ("", 7), ("", 0)]


def test_render_without_grants_or_refusals_says_so(report: dict[str, Any]) -> None:
    report["grants"] = []
    report["refused"] = []
    page = Page(render(report))
    assert "No bucket has been split" in page.words
    assert "No rows refused" in page.words
    assert not {"grants-table", "refused-table"} & set(page.attributes("id"))


def test_render_before_genesis_says_that_nothing_is_unlocked(report: dict[str, Any]) -> None:
    report["chain"]["time"] = report["buckets"][0]["schedule"]["start"] - 1
    assert "nothing is unlocked yet" in Page(render(report)).words


def test_render_of_ten_thousand_grants_is_quick_and_small() -> None:
    report = realistic(10_000)
    begin = time.perf_counter()
    text = render(report)
    assert time.perf_counter() - begin < 3
    assert len(report["grants"]) == 9_996
    assert len(text.encode()) < 1_600_000


HOSTILE = "</script><script>alert(1)</script><!-- '\"><img src=x onerror=alert(1)>&amp;{{ 7*7 }}\u2028\u202e\\"


def _strings(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """List the places of all free strings of a report; amounts, schema and kind are checked and cannot be hostile."""
    if isinstance(value, dict):
        return [place for key, inner in value.items() for place in _strings(inner, (*path, key))]
    if isinstance(value, list):
        return [place for index, inner in enumerate(value[:2]) for place in _strings(inner, (*path, index))]
    fixed = ("schema", "totalSupply", "share", "total", "split", "vested", "released", "releasable")
    checked = path[-1] in fixed or (path[0] == "grants" and path[-1] in ("amount", "kind"))
    return [path] if isinstance(value, str) and not checked else []


PLACES = _strings(realistic(12))


def test_every_kind_of_field_is_tried_with_hostile_text() -> None:
    assert {place[0] for place in PLACES} >= {
        "chain",
        "plan",
        "contracts",
        "token",
        "buckets",
        "grants",
        "refused",
        "verify",
    }
    assert len(PLACES) > 30


@pytest.mark.parametrize("place", PLACES, ids=lambda place: ".".join(map(str, place)))
def test_render_escapes_hostile_text(place: tuple[Any, ...]) -> None:
    report = realistic(12)
    plain = Page(render(report))
    target: Any = report
    for key in place[:-1]:
        target = target[key]
    target[place[-1]] = HOSTILE
    page = Page(render(report))
    assert [tag for tag, _ in page.tags if tag in ("script", "img")] == ["script", "script"]
    assert [tag for tag, _ in page.tags] == [tag for tag, _ in plain.tags]
    assert [sorted(attributes) for _, attributes in page.tags] == [sorted(attributes) for _, attributes in plain.tags]
    if place[-1] not in ("key", "name") or place[0] != "token":
        seen = json.dumps(page.data, ensure_ascii=False) + page.words + " ".join(page.attributes("data-copy"))
        assert "alert(1)" in seen or place[-1] == "key"


def test_embed_escapes_what_could_end_a_script() -> None:
    text = embed({"a": HOSTILE})
    assert not set("<>&'\u2028") & set(text)
    assert json.loads(text) == {"a": HOSTILE}


@pytest.mark.parametrize("amount", ["", "-1", "1.5", "1e27", "0x10", "\u0661", " 1", 1, 1.0, None])
def test_render_raises_when_an_amount_is_not_a_decimal_string(report: dict[str, Any], amount: object) -> None:
    report["grants"][5]["released"] = amount
    with pytest.raises(ValueError, match=r"grants\[5\]\.released"):
        render(report)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda report: report.update(schema="other/1"), "schema"),
        (lambda report: report.update(buckets=[]), "buckets"),
        (lambda report: report["grants"][1].update(bucket=6), r"grants\[1\]\.bucket"),
        (lambda report: report["grants"][1].update(kind="gift"), r"grants\[1\]\.kind"),
        (lambda report: report["buckets"][2].update(split="x"), r"buckets\[2\]\.split"),
        (lambda report: report["token"].update(totalSupply="x"), r"token\.totalSupply"),
    ],
)
def test_render_raises_when_the_report_is_not_one(
    report: dict[str, Any], change: Callable[[dict[str, Any]], None], message: str
) -> None:
    change(report)
    with pytest.raises(ValueError, match=message):
        render(report)
