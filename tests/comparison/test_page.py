"""A comparison as an HTML page."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path

from tests.comparison.written_runs import UNTRUSTED_NAME, Vidpred, write_run


class ParsedPage(HTMLParser):
    """The tags of a page with their attributes, and its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def test_the_page_is_self_contained_and_names_are_text(ablation: Path, tmp_path: Path, vidpred: Vidpred) -> None:
    write_run(ablation / UNTRUSTED_NAME, [30.0, 31.0], annealer={"name": "</style><script>alert(1)</script>"})
    assert vidpred("compare", ablation, "--out", tmp_path / "page.html").code == 0
    text = (tmp_path / "page.html").read_text()
    page = ParsedPage(text)
    assert {tag for tag, _ in page.tags} <= {
        "html",
        "head",
        "meta",
        "title",
        "style",
        "body",
        "h1",
        "h2",
        "p",
        "div",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "img",
    }
    addresses = [
        value for _, attributes in page.tags for name, value in attributes.items() if name in ("src", "href", "action")
    ]
    assert len(addresses) == 4 and all(str(address).startswith("data:image/png;base64,") for address in addresses)
    assert not any(name.startswith("on") for _, attributes in page.tags for name in attributes)
    assert UNTRUSTED_NAME in page.texts and "</style><script>alert(1)</script>" in page.texts
    assert "default-src 'none'" in text and "url(" not in text
    assert len(text) < 1_000_000
