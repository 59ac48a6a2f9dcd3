"""Short names for compared runs, made of their folders. No torch here."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path


class RunNames:
    """Names one run, or several runs of one setting, by the shortest path that no other run shares.

    `settings` has each run's folder with a key of its settings; None for a run that is not finished.
    """

    def __init__(self, settings: Mapping[Path, str | None]) -> None:
        self._settings = settings
        self._paths = {folder: Path(os.path.abspath(folder)) for folder in settings}
        self._root = Path(os.path.commonpath([str(path) for path in self._paths.values()]))

    def name(self, folders: Sequence[Path]) -> str:
        """Return a name for the runs in these folders: the beginning of their path below what all runs share.

        It is as short as possible without including another run. A name of several runs may include unfinished runs,
        and others with the same settings. Runs whose common path includes a run with other settings are named after
        the first: `a/seed_1 and 2 more`.
        """
        common = Path(os.path.commonpath([str(self._paths[folder]) for folder in folders]))
        if len(folders) > 1 and not self._is_unique(common, folders):
            return f"{self.name(folders[:1])} and {len(folders) - 1} more"
        while self._root not in (common, common.parent) and self._is_unique(common.parent, folders):
            common = common.parent
        return common.name if common == self._root else str(common.relative_to(self._root))

    def _is_unique(self, path: Path, folders: Sequence[Path]) -> bool:
        """Return whether no run that must not share the name of these folders is at or below this path."""
        return not any(
            self._paths[other].is_relative_to(path) for other in self._settings if self._is_rival(other, folders)
        )

    def _is_rival(self, other: Path, folders: Sequence[Path]) -> bool:
        if other in folders:
            return False
        return len(folders) == 1 or self._settings[other] not in (None, self._settings[folders[0]])
