"""What the last bits of trained weights depend on, besides the program and the data."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path

import torch

CPU_INFO = Path("/proc/cpuinfo")  # of Linux; elsewhere the CPU is unknown


def machine() -> dict[str, str]:
    """This machine's libraries and CPU, in the form of machine.json."""
    cpu: dict[str, str] = {}
    if CPU_INFO.is_file():
        for line in CPU_INFO.read_text(encoding="utf-8").split("\n\n")[0].splitlines():
            key, _, value = line.partition(":")
            cpu[key.strip()] = value.strip()
    vector = sorted(flag for flag in cpu.get("flags", "").split() if flag.startswith(("avx", "fma", "amx")))
    return {
        "torch": torch.__version__,
        "numpy": version("numpy"),
        "pillow": version("pillow"),
        "cpu": ", ".join(cpu.get(key, "unknown") for key in ("model name", "cpu family", "model")),
        "vector instructions": " ".join(vector),
        "torch's CPU capability": torch.backends.cpu.get_cpu_capability(),
    }
