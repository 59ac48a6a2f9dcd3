"""What is in a written page."""

from __future__ import annotations

import base64
import io
import json
import re
from pathlib import Path
from typing import Any

from PIL import Image


def data_of(path: Path) -> dict[str, Any]:
    """What a page hands to its script."""
    (text,) = re.findall(
        r'<script type="application/json" id="data">(.*?)</script>', path.read_text(encoding="utf-8"), re.DOTALL
    )
    found: dict[str, Any] = json.loads(text)
    return found


def sheets_of(path: Path) -> list[tuple[str, Image.Image]]:
    """(kind, image) of every sheet in a page."""
    found = re.findall(r'class="sheet">data:image/(\w+);base64,([^<]*)</script>', path.read_text(encoding="utf-8"))
    return [(kind, Image.open(io.BytesIO(base64.b64decode(content)))) for kind, content in found]
