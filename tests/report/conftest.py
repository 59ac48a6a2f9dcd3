"""A Chromium for all tests of this folder, and a run with its report."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.report.browser import NAMES, Page, chromium_path, running_browser
from tests.report.run_folders import write_run
from vidpred.report.page import write_report_page


@pytest.fixture(scope="session")
def open_tab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], Page]]:
    if chromium_path() is None:
        pytest.skip(f"no Chromium: none of {', '.join(NAMES)} is on the PATH")
    with running_browser(tmp_path_factory.mktemp("profile")) as open_tab:
        yield open_tab


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """100 epochs, previews of epochs 49 and 99: 2 clips of 12 frames, 3 samples."""
    folder = write_run(tmp_path_factory.mktemp("runs") / "run", epochs=100, every=50)
    write_report_page(folder)
    return folder
