"""vidpred compare"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.comparison.written_runs import write_run
from tests.written_results import write_result


def test_neither_torch_nor_matplotlib_is_imported(tmp_path: Path) -> None:
    write_result(write_run(tmp_path / "a", [20.0]))
    code = (
        f"import sys; sys.argv = ['vidpred', 'compare', {str(tmp_path)!r}, '--out', {str(tmp_path / 'x.csv')!r}]\n"
        "from vidpred.cli.app import main\ntry:\n    main()\nexcept SystemExit as end:\n    assert not end.code\n"
        "assert not {'torch', 'matplotlib'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
