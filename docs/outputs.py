"""Writes the pasted outputs of README and docs anew, from what their commands print of committed data: `make docs`.

A block begins with a comment that has its command, and after `; keep` the paragraphs of its output that stand there,
and which of their lines: `<!-- output: bench report results/sample; keep 1 2:1-3,7 -->`. The line with `$`, which says
what a reader would have typed, stays as it is; what is left out becomes `…`.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

import commands

ROOT = Path(__file__).parents[1]
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
REFERENCE = ROOT / "docs" / "commands.md"
CUT = "…"
BLOCK = re.compile(
    r"(?P<head><!-- output: bench(?P<command>[^;\n]*?)(?:; keep (?P<keep>[-\d:, ]+))? -->\n"
    r"```console\n(?:\$ [^\n]*\n)?).*?(?P<tail>^```$)",
    re.DOTALL | re.MULTILINE,
)


def rewritten(text: str) -> str:
    """A page with all of its outputs as they are now."""
    return BLOCK.sub(lambda block: block["head"] + kept(said(block["command"]), _wanted(block)) + block["tail"], text)


def kept(output: str, wanted: Mapping[int, frozenset[int]]) -> str:
    """The wanted paragraphs of an output, of each the wanted lines, counted from 1; where none is named, all are.

    A mark ends each paragraph that has lost lines, or stands in the place of paragraphs that are left out.
    """
    parts: list[str] = []
    for index, paragraph in enumerate(output.strip("\n").split("\n\n"), start=1):
        if not wanted or index in wanted:
            parts.append(_shortened(paragraph.split("\n"), wanted.get(index, frozenset())))
        elif not parts or parts[-1].split("\n")[-1].strip() != CUT:
            parts.append(CUT)
    return "\n\n".join(parts) + "\n"


def _shortened(lines: Sequence[str], wanted: frozenset[int]) -> str:
    left = [line for index, line in enumerate(lines, start=1) if not wanted or index in wanted]
    return "\n".join(left if len(left) == len(lines) else [*left, f"  {CUT}"])


@cache
def said(words: str) -> str:
    """What `bench` prints to something that is no terminal. Raises CalledProcessError."""
    done = subprocess.run(
        [sys.executable, "-c", "from bench.__main__ import main; main()", *shlex.split(words)],
        cwd=ROOT,
        env={**os.environ, "NO_COLOR": "1", "COLUMNS": "", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    return "\n".join(line.rstrip() for line in done.stdout.splitlines()) + "\n"


def _wanted(block: re.Match[str]) -> dict[int, frozenset[int]]:
    """`1 2:1-3,7` as the number of each paragraph, and which of its lines."""
    parts = (part.partition(":") for part in (block["keep"] or "").split())
    return {int(number): _numbers(ranges) for number, _, ranges in parts}


def _numbers(ranges: str) -> frozenset[int]:
    found: set[int] = set()
    for part in filter(None, ranges.split(",")):
        first, _, last = part.partition("-")
        found |= set(range(int(first), int(last or first) + 1))
    return frozenset(found)


if __name__ == "__main__":
    REFERENCE.write_text(commands.reference(), "utf-8")
    for page in PAGES:
        page.write_text(rewritten(page.read_text("utf-8")), "utf-8")
