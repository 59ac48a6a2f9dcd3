"""Where the user's cache is."""

from __future__ import annotations

from pathlib import Path

import pytest

from vidpred.io.cache import cache_folder


@pytest.mark.parametrize(
    ("configured", "folder"), [("{tmp}/cache", "cache"), ("", "home/.cache"), ("relative", "home/.cache")]
)
def test_a_relative_configured_folder_is_ignored(
    configured: str, folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CACHE_HOME", configured.replace("{tmp}", str(tmp_path)))
    assert cache_folder() == tmp_path / folder / "vidpred"
