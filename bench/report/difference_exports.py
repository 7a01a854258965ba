"""What other tools read of what differs between two stacks: folded stacks, speedscope files, and three columns."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from bench import frames
from bench.difference import Difference
from bench.report.difference import difffolded, folded
from bench.report.difference_words import Words
from bench.report.speedscope import speedscope
from bench.report.templates import anchor
from bench.store import write_atomically
from bench.two_stacks import TwoStacks


def write(seen: TwoStacks, found: Sequence[Difference], words: Words, folder: Path) -> list[Path]:
    """Write every export into `folder`, each whole or not at all; their paths. Raises StoreError."""
    files: dict[str, str] = {}
    for one in found:
        name = anchor(one.case)
        files[f"{name}.difference.folded"] = difffolded(one)
        for arm, stacks in zip(("base", "head"), one.stacks, strict=True):
            text = frames.folded(folded(stacks, one.launches))
            files[f"{name}.{arm}.folded"] = text
            shown = speedscope(f"{one.case}, {arm}", text, f"layercake {seen.harness_version}", words.exported)
            files[f"{name}.{arm}.speedscope.json"] = json.dumps(shown, separators=(",", ":")) + "\n"
    for name, text in files.items():
        write_atomically(folder / name, text)
    return [folder / name for name in files]
