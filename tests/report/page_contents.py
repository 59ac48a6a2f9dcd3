"""Read what a written page contains."""

from __future__ import annotations

import base64
import io
import json
import re
from pathlib import Path
from typing import Any

from PIL import Image

_DATA = re.compile(r'<script type="application/json" id="data">(.*?)</script>', re.DOTALL)
_SHEET = re.compile(r'class="sheet">data:image/(\w+);base64,([^<]*)</script>')


def page_data(path: Path) -> dict[str, Any]:
    """Return the data that a page hands to its script."""
    (text,) = _DATA.findall(path.read_text(encoding="utf-8"))
    data: dict[str, Any] = json.loads(text)
    return data


def page_sheets(path: Path) -> list[tuple[str, Image.Image]]:
    """Return (kind, image) of every sheet in a page."""
    sheets = _SHEET.findall(path.read_text(encoding="utf-8"))
    return [(kind, Image.open(io.BytesIO(base64.b64decode(content)))) for kind, content in sheets]
