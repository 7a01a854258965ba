"""Files as a kernel has them, below a folder that stands for the root."""

from __future__ import annotations

from pathlib import Path

CPUS = "sys/devices/system/cpu"


def write(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(f"{text}\n")
    return root
