"""A comparison as Markdown."""

from __future__ import annotations

import re
from pathlib import Path

from tests.comparison.written_runs import UNTRUSTED_NAME, Vidpred, write_run


def test_untrusted_names_cannot_break_the_tables(tmp_path: Path, vidpred: Vidpred) -> None:
    for name, best in ((UNTRUSTED_NAME, 20.0), ("b", 21.0)):
        write_run(
            tmp_path / "runs" / name, [best], optimizer={"lr": best}, annealer={"name": "x|y\n# z", "cycles": int(best)}
        )
    vidpred("compare", tmp_path / "runs", "--out", tmp_path / "table.md")
    text = (tmp_path / "table.md").read_text()
    lines = [line for line in text.splitlines() if line.startswith("|")]
    assert len(lines) == 5
    assert {len(re.split(r"(?<!\\)\|", line)) for line in lines} == {len(re.split(r"(?<!\\)\|", lines[0]))}
    assert re.fullmatch(r"\|( -+:? \|)+", lines[1])
    assert r"a\|b\`\<img src=x onerror=alert(1)\>\*\_\$x\$" in lines[3]
    assert "**21.00**" in lines[2]
    assert "\n# z" not in text
