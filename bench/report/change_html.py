"""A comparison as one page: the verdict, what changed as a picture, every case, and what it all rests on."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import PurePath
from typing import Any

from bench.compare import gate, moved
from bench.pairs import Comparison, PairSample
from bench.report import page
from bench.report.change import METRICS, ORDER, Row, also_moved, costs_us, percent, python, rows, sentence, versions
from bench.report.forest import forest, strips
from bench.verdict import FAMILY_ERROR, PILOT
from bench.wording import listed

_SECTIONS = {
    "changes": ("change_forest.html", "What changed"),
    "differing": ("change_differing.html", "Answers that differ"),
    "cases": ("change_cases.html", "Every case"),
    "missing": ("change_missing.html", "Not compared"),
    "blocks": ("change_blocks.html", "Block by block"),
    "reading": ("change_reading.html", "How to read this"),
    "setting": ("change_setting.html", "Stacks and host"),
}
_ASSETS = ("page.css", "change.css", "page.js")
# A heading or a sentence names this many, and counts the rest.
_NAMED = 3


def render(comparison: Comparison) -> str:
    """The page of a comparison that has its results."""
    found = _contents(comparison)
    empty = {
        "changes": found["forest"] is None,
        "differing": not comparison.disagreements,
        "cases": not found["rows"],
        "missing": not found["missing"],
        "blocks": found["strips"] is None,
    }
    sections = {anchor: section for anchor, section in _SECTIONS.items() if not empty.get(anchor)}
    return page.render("comparison.html", _ASSETS, sections, found)


def _contents(comparison: Comparison) -> dict[str, Any]:
    """What the templates show, by name."""
    found = rows(comparison)
    decides = next((one.metric for one in gate(comparison.results)), "cpu_us")
    present = {one.metric for one in comparison.results} - {decides}
    return {
        "comparison": comparison,
        "harness_version": comparison.harness_version,
        "title": _few(versions(comparison), " · "),
        "python": python(comparison),
        "verdicts": _verdicts(comparison, found),
        "rows": found,
        "decides": METRICS[decides],
        "witnesses": sorted(present, key=[*METRICS].index),
        "metrics": METRICS,
        "order": ORDER,
        "costs_us": costs_us(comparison),
        "forest": forest(comparison),
        "strips": strips(comparison),
        "missing": _missing(comparison),
        "moved": moved(comparison),
        "head_first": [first for one in comparison.samples if isinstance(one, PairSample) for first in one.head_first],
        "command": shlex.join(["bench", *comparison.command]),
        "again": _again(comparison),
        "pilot": PILOT,
        "family_error": FAMILY_ERROR,
    }


def _verdicts(comparison: Comparison, found: Sequence[Row]) -> list[str]:
    """The verdict, and what has to be known beside it."""
    said = [sentence(comparison)]
    if not comparison.complete:
        said.append("It was interrupted: what was measured by then is all here, and no more.")
    if also := also_moved(comparison):
        said.append(f"Also moved, since nothing else can be resolved: {_few(also)}.")
    if doubts := [f"`{row.case}` {percent(one)} {METRICS[one.metric]}" for row in found for one in row.doubts]:
        said.append(f"Equivalent by what decides, though something else changed: {_few(doubts)}.")
    return said


def _missing(comparison: Comparison) -> list[tuple[str, str, str]]:
    """Case, standing and reason of whatever could not be compared."""
    absent: list[tuple[str, str, str]] = [(one.case, one.kind, one.reason) for one in comparison.absences]
    known = {case for case, _, _ in absent}
    return absent + [
        (one.case, "invalid", "; ".join(one.reasons))
        for one in comparison.results
        if not one.valid and one.case not in known
    ]


def _again(comparison: Comparison) -> str:
    """The command with the two locks that lie beside the page, where its words were requirements to be resolved."""
    words = list(comparison.command)
    for named, lock in ((comparison.base.named, "base.lock"), (comparison.head.named, "head.lock")):
        places = [index for index, word in enumerate(words) if index and PurePath(word).name == PurePath(named).name]
        if places:
            words[places[0]] = lock
    return shlex.join(["bench", *words])


def _few(parts: Sequence[str], separator: str = "") -> str:
    named = [*parts[:_NAMED], *([f"{len(parts) - _NAMED} more"] if len(parts) > _NAMED else [])]
    return separator.join(named) if separator else listed(named)
