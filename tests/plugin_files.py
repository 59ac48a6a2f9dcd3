"""Single-file plugins for tests."""

from __future__ import annotations

from pathlib import Path

_FORCING = """
import vidpred
class Mine(vidpred.Forcing):
    \"\"\"A policy of mine.\"\"\"
    name = "mine"
    class Config(vidpred.{config}):
        pass
    def ratio(self, at):
        return {ratio}
@vidpred.hookimpl
def vidpred_register(add):
    add("forcing", "mine", Mine)
"""


def write_forcing_plugin(folder: Path, *, config: str = "Forcing.Config", ratio: str = "0.5") -> Path:
    """Write mine.py, which registers the forcing policy `mine`; its ratio is computed in line 9."""
    path = folder / "mine.py"
    path.write_text(_FORCING.format(config=config, ratio=ratio))
    return path
