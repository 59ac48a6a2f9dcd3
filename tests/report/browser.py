"""Headless Chromium for tests, driven by its own protocol over two pipes: nothing has to be installed but Chromium itself."""

from __future__ import annotations

import base64
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


def installed() -> str | None:
    return next((path for name in NAMES if (path := shutil.which(name))), None)


class Page:
    """One tab. `console` are its errors, warnings and exceptions, `requests` the addresses it asked for."""

    def __init__(self, send: Callable[..., Any]) -> None:
        self._send = send
        self.console: list[str] = []
        self.requests: list[str] = []

    def heard(self, event: dict[str, Any]) -> None:
        method, told = event["method"], event["params"]
        if method == "Network.requestWillBeSent":
            self.requests.append(told["request"]["url"])
        elif method == "Runtime.consoleAPICalled" and told["type"] in ("error", "warning", "assert"):
            self.console.append(str(told["args"]))
        elif method == "Runtime.exceptionThrown":
            self.console.append(str(told["exceptionDetails"]))
        elif method == "Log.entryAdded" and told["entry"]["level"] in ("error", "warning"):
            self.console.append(told["entry"]["text"])

    def open(self, path: Path) -> None:
        self._send("Page.navigate", url=path.resolve().as_uri())
        self.until("document.readyState === 'complete'")

    def run(self, script: str) -> Any:
        """The value of an expression; promises are waited for."""
        done = self._send("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in done, done["exceptionDetails"]
        return done["result"].get("value")

    def until(self, script: str, seconds: float = 20) -> None:
        end = monotonic() + seconds
        while not self.run(f"Boolean({script})"):
            assert monotonic() < end, f"never true: {script}"
            sleep(0.02)

    def size(self, width: int, height: int, ratio: float = 1) -> None:
        self._send(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=ratio,
            mobile=width < 600,
        )

    def media(self, **features: str) -> None:
        """media(prefers_color_scheme="dark")"""
        self._send(
            "Emulation.setEmulatedMedia",
            features=[{"name": name.replace("_", "-"), "value": value} for name, value in features.items()],
        )

    def key(self, key: str) -> None:
        text = {"text": key} if len(key) == 1 else {}
        self._send("Input.dispatchKeyEvent", type="keyDown", key=key, code="Space" if key == " " else key, **text)
        self._send("Input.dispatchKeyEvent", type="keyUp", key=key)

    def mouse(self, kind: str, x: float, y: float, **more: Any) -> None:
        self._send("Input.dispatchMouseEvent", type=kind, x=x, y=y, **more)

    def screenshot(self, path: Path, whole: bool = True) -> None:
        path.write_bytes(
            base64.b64decode(self._send("Page.captureScreenshot", format="png", captureBeyondViewport=whole)["data"])
        )


_AS_3_AND_4 = """
import fcntl, os, sys
told, heard = (fcntl.fcntl(int(number), fcntl.F_DUPFD, 100) for number in sys.argv[1:3])
os.dup2(told, 3)
os.dup2(heard, 4)
os.execv(sys.argv[3], sys.argv[3:])
"""


@contextmanager
def browser(profile: Path) -> Iterator[Callable[[], Page]]:
    """Start Chromium; gives a function that opens a new tab, which closes the one before."""
    told, heard = os.pipe(), os.pipe()
    command = [str(installed()), *_FLAGS, f"--user-data-dir={profile}", "about:blank"]
    process = subprocess.Popen(
        [sys.executable, "-c", _AS_3_AND_4, str(told[0]), str(heard[1]), *command],
        pass_fds=(told[0], heard[1]),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(told[0])
    os.close(heard[1])
    with os.fdopen(told[1], "wb", buffering=0) as to, os.fdopen(heard[0], "rb", buffering=0) as back:
        connection = _Connection(to, back)
        try:
            yield connection.tab
            connection.send(None, "Browser.close")
            process.wait(20)
        finally:
            process.kill()
            process.wait()


class _Connection:
    """Messages are JSON, each ended by a zero byte; answers carry the number of what they answer."""

    def __init__(self, to: Any, back: Any) -> None:
        self._to, self._back, self._number, self._rest = to, back, 0, b""
        self._session: str | None = None
        self._target: str | None = None
        self._page: Page | None = None

    def tab(self) -> Page:
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
        self._number += 1
        message = {
            "id": self._number,
            "method": method,
            "params": parameters,
            **({"sessionId": session} if session else {}),
        }
        self._to.write(json.dumps(message).encode() + b"\0")
        while True:
            answer = self._next()
            if answer.get("id") == self._number:
                assert "error" not in answer, f"{method}: {answer['error']}"
                return answer["result"]
            if "method" in answer and self._page and answer.get("sessionId") == self._session:
                self._page.heard(answer)

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            part = self._back.read(1 << 16)
            assert part, "Chromium has ended"
            self._rest += part
        message, _, self._rest = self._rest.partition(b"\0")
        return json.loads(message)
