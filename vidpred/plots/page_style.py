"""The style that the report and the comparison page share."""

from __future__ import annotations

from importlib.resources import files


def shared_page_style() -> str:
    """Return CSS: colours of both themes, fonts, headings, cards. A page appends its own rules."""
    return files("vidpred.plots").joinpath("assets", "page.css").read_text("utf-8")
