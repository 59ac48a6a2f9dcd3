"""Headless Chromium for tests, driven by the DevTools protocol over two pipes: nothing else has to be installed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--hide-scrollbars",
    "--no-first-run",
    "--mute-audio",
    "--disable-background-networking",
    "--disable-component-update",
    "--force-color-profile=srgb",
    "--remote-debugging-pipe",
)


def chromium_path() -> str | None:
    return next((path for name in NAMES if (path := shutil.which(name))), None)


class Page:
    """A tab. `console` has its errors, warnings and exceptions, `requests` the addresses that it requested."""

    def __init__(self, send: Callable[..., Any]) -> None:
        self._send = send
        self.console: list[str] = []
        self.requests: list[str] = []

    def on_event(self, event: dict[str, Any]) -> None:
        method, params = event["method"], event["params"]
        if method == "Network.requestWillBeSent":
            self.requests.append(params["request"]["url"])
        elif method == "Runtime.consoleAPICalled" and params["type"] in ("error", "warning", "assert"):
            self.console.append(str(params["args"]))
        elif method == "Runtime.exceptionThrown":
            self.console.append(str(params["exceptionDetails"]))
        elif method == "Log.entryAdded" and params["entry"]["level"] in ("error", "warning"):
            self.console.append(params["entry"]["text"])

    def open(self, path: Path) -> None:
        self._send("Page.navigate", url=path.resolve().as_uri())
        self.wait_until("document.readyState === 'complete'")

    def run(self, script: str) -> Any:
        """Return the value of an expression; promises are awaited."""
        answer = self._send("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def wait(self, milliseconds: int) -> None:
        self.run(f"new Promise((resolve) => setTimeout(resolve, {milliseconds}))")

    def wait_until(self, condition: str, seconds: float = 20) -> None:
        end = monotonic() + seconds
        while not self.run(f"Boolean({condition})"):
            assert monotonic() < end, f"never true: {condition}"
            sleep(0.02)

    def texts(self, selector: str) -> list[str]:
        """Return the texts of all elements that match."""
        texts: list[str] = self.run(f"[...document.querySelectorAll({selector!r})].map((node) => node.textContent)")
        return texts

    def text(self, selector: str) -> str:
        return str(self.run(f"document.querySelector({selector!r}).textContent"))

    def count(self, selector: str) -> int:
        return int(self.run(f"document.querySelectorAll({selector!r}).length"))

    def attribute(self, selector: str, name: str) -> str:
        return str(self.run(f"document.querySelector({selector!r}).getAttribute({name!r})"))

    def set_size(self, width: int, height: int, ratio: float = 1) -> None:
        mobile = width < 600
        options = {"width": width, "height": height, "deviceScaleFactor": ratio, "mobile": mobile}
        self._send("Emulation.setDeviceMetricsOverride", **options)

    def set_media(self, **features: str) -> None:
        """set_media(prefers_color_scheme="dark")"""
        values = [{"name": name.replace("_", "-"), "value": value} for name, value in features.items()]
        self._send("Emulation.setEmulatedMedia", features=values)

    def press_key(self, key: str) -> None:
        text = {"text": key} if len(key) == 1 else {}
        self._send("Input.dispatchKeyEvent", type="keyDown", key=key, code="Space" if key == " " else key, **text)
        self._send("Input.dispatchKeyEvent", type="keyUp", key=key)

    def move_mouse(self, x: float, y: float) -> None:
        self._send("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)

    def click_at(self, x: float, y: float) -> None:
        button = {"x": x, "y": y, "button": "left", "clickCount": 1}
        self._send("Input.dispatchMouseEvent", type="mousePressed", buttons=1, **button)
        self._send("Input.dispatchMouseEvent", type="mouseReleased", **button)


# Chromium expects its pipes as file descriptors 3 and 4.
_RUN_WITH_PIPES = """
import fcntl, os, sys
commands, answers = (fcntl.fcntl(int(number), fcntl.F_DUPFD, 100) for number in sys.argv[1:3])
os.dup2(commands, 3)
os.dup2(answers, 4)
os.execv(sys.argv[3], sys.argv[3:])
"""


@contextmanager
def running_browser(profile: Path) -> Iterator[Callable[[], Page]]:
    """Start Chromium; yield a function that opens a new tab and closes the one before."""
    (chromium_in, to_chromium), (from_chromium, chromium_out) = os.pipe(), os.pipe()
    command = [str(chromium_path()), *_FLAGS, f"--user-data-dir={profile}", "about:blank"]
    process = subprocess.Popen(
        [sys.executable, "-c", _RUN_WITH_PIPES, str(chromium_in), str(chromium_out), *command],
        pass_fds=(chromium_in, chromium_out),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(chromium_in)
    os.close(chromium_out)
    with os.fdopen(to_chromium, "wb", buffering=0) as writer, os.fdopen(from_chromium, "rb", buffering=0) as reader:
        connection = _Connection(writer, reader)
        try:
            yield connection.open_tab
            connection.send(None, "Browser.close")
            process.wait(20)
        finally:
            process.kill()
            process.wait()


class _Connection:
    """Messages are JSON, each ended by a zero byte; an answer has the id of its command."""

    def __init__(self, writer: Any, reader: Any) -> None:
        self._writer, self._reader = writer, reader
        self._last_id, self._buffer = 0, b""
        self._session: str | None = None
        self._target: str | None = None
        self._page: Page | None = None

    def open_tab(self) -> Page:
        if self._target:
            self.send(None, "Target.closeTarget", targetId=self._target)
        self._target = self.send(None, "Target.createTarget", url="about:blank")["targetId"]
        self._session = self.send(None, "Target.attachToTarget", targetId=self._target, flatten=True)["sessionId"]
        session = self._session
        self._page = Page(lambda method, **parameters: self.send(session, method, **parameters))
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.send(session, f"{domain}.enable")
        return self._page

    def send(self, session: str | None, method: str, **parameters: Any) -> Any:
        self._last_id += 1
        message = {"id": self._last_id, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        self._writer.write(json.dumps(message).encode() + b"\0")
        while True:
            answer = self._read_message()
            if answer.get("id") == self._last_id:
                assert "error" not in answer, f"{method}: {answer['error']}"
                return answer["result"]
            if "method" in answer and self._page and answer.get("sessionId") == self._session:
                self._page.on_event(answer)

    def _read_message(self) -> dict[str, Any]:
        while b"\0" not in self._buffer:
            part = self._reader.read(1 << 16)
            assert part, "Chromium has ended"
            self._buffer += part
        message, _, self._buffer = self._buffer.partition(b"\0")
        return json.loads(message)
