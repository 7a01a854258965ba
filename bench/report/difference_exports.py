"""What other tools read of two stacks' profiles: folded stacks, speedscope files, the difference in three columns."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from bench import frames
from bench.difference import Difference
from bench.flames import Flames
from bench.report.difference import difffolded, folded
from bench.report.filters import anchor
from bench.report.speedscope import speedscope
from bench.store import write_atomically


def write(flames: Flames, found: Sequence[Difference], folder: Path) -> list[Path]:
    """Write every export into `folder`, each whole or not at all; their paths. Raises StoreError."""
    files: dict[str, str] = {}
    for one in found:
        name = anchor(one.case)
        files[f"{name}.difference.folded"] = difffolded(one)
        for arm, stacks in zip(("base", "head"), one.stacks, strict=True):
            text = frames.folded(folded(stacks, one.launches))
            files[f"{name}.{arm}.folded"] = text
            shown = speedscope(f"{one.case}, {arm}", text, f"layercake {flames.harness_version}", "nanoseconds")
            files[f"{name}.{arm}.speedscope.json"] = json.dumps(shown, separators=(",", ":")) + "\n"
    for name, text in files.items():
        write_atomically(folder / name, text)
    return [folder / name for name in files]
