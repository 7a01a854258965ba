"""What other tools read of what differs between two stacks: folded stacks, speedscope files, and three columns."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from bench.model.diff import StackDiff
from bench.profiles import folded as folding
from bench.profiles.diff import Difference
from bench.report.exports.speedscope import speedscope
from bench.report.figures.diff_flame_graph import difffolded, folded
from bench.report.templates import anchor
from bench.report.words.diff_kinds import DiffWording
from bench.store.files import write_files


def write(seen: StackDiff, found: Sequence[Difference], words: DiffWording, folder: Path) -> list[Path]:
    """Write every export into `folder`, each whole or not at all; their paths. Raises StoreError."""
    files: dict[str, str] = {}
    for one in found:
        name = anchor(one.case)
        files[f"{name}.difference.folded"] = difffolded(one)
        for arm, stacks in zip(("base", "head"), one.stacks, strict=True):
            text = folding.folded(folded(stacks, one.launches))
            files[f"{name}.{arm}.folded"] = text
            shown = speedscope(f"{one.case}, {arm}", text, f"layercake {seen.harness_version}", words.exported)
            files[f"{name}.{arm}.speedscope.json"] = json.dumps(shown, separators=(",", ":")) + "\n"
    return write_files(folder, files)
