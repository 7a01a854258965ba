"""A comparison as one page: the verdict, what changed as a picture, every case, and what it all rests on."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import PurePath
from typing import Any

from bench.compare import moved, untimed
from bench.counts import COUNTS
from bench.model import Verdict
from bench.pairs import Comparison, PairSample, ServedPair
from bench.report import page
from bench.report.change import (
    LABELS,
    MEASURES,
    ORDER,
    Row,
    also_moved,
    dissent,
    notes,
    python,
    rows,
    sentence,
    versions,
    witnesses,
)
from bench.report.forest import forest, strips
from bench.report.launches import ARMS, costs_us
from bench.verdict import FAMILY_ERROR, PILOT, TRIMMED
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


def render(comparison: Comparison, flames: str | None = None) -> str:
    """The page of a comparison that has its results; `flames` is where the flame graphs of what changed lie, seen from
    it."""
    found = _contents(comparison) | {"flames": flames}
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
    return {
        "comparison": comparison,
        "harness_version": comparison.harness_version,
        "title": _few(versions(comparison), " · "),
        "python": python(comparison),
        "verdicts": _verdicts(comparison, found),
        "rows": found,
        "decides": LABELS[comparison.gate],
        "measure": MEASURES[comparison.gate],
        "counted": comparison.gate in COUNTS,
        "witnesses": witnesses(found),
        "order": ORDER,
        "costs_us": _costs_us(comparison),
        "forest": forest(comparison),
        "strips": strips(comparison),
        "missing": _missing(comparison),
        "moved": moved(comparison),
        "head_first": _head_first(comparison),
        "command": shlex.join(["bench", *comparison.command]),
        "again": _again(comparison),
        "pilot": PILOT,
        "trimmed": TRIMMED,
        "family_error": FAMILY_ERROR,
    }


def _verdicts(comparison: Comparison, found: Sequence[Row]) -> list[str]:
    """The verdict, and what has to be known beside it."""
    said = [sentence(comparison)]
    if not comparison.complete:
        said.append("It was interrupted: what was measured by then is all here, and no more.")
    if also := also_moved(comparison):
        said.append(f"Also moved, since nothing else can be resolved: {_few(also)}.")
    if disagreeing := [f"`{row.case}` ({dissent(row)})" for row in found if row.dissenting]:
        said.append(f"Witnesses disagree on {_few(disagreeing)}.")
    return [*said, *(f"{note}." for note in notes(comparison))]


def _costs_us(comparison: Comparison) -> dict[str, tuple[float, float]]:
    """Of the base and of the head, by case; none where only counts may be compared."""
    if comparison.gate in COUNTS:
        return {}
    base, head = (costs_us(comparison, arm) for arm in ARMS)
    return {case: (base[case], head[case]) for case in base if case in head}


def _head_first(comparison: Comparison) -> list[bool]:
    """Of each pair of windows, or of each served block, whether the head came first."""
    paired = [first for one in comparison.samples if isinstance(one, PairSample) for first in one.head_first]
    return paired + [one.head_first for one in comparison.samples if isinstance(one, ServedPair)]


def _missing(comparison: Comparison) -> list[tuple[str, str, str]]:
    """Case, standing and reason of whatever could not be compared. What merely wasn't counted is in the notes."""
    absent: list[tuple[str, str, str]] = [
        (one.case, one.kind, one.reason) for one in comparison.absences if one.kind == "skipped" or untimed(one)
    ]
    known = {case for case, _, _ in absent}
    return absent + [
        (one.case, "invalid" if one.verdict is not Verdict.INCOMPARABLE else "incomparable", "; ".join(one.reasons))
        for one in comparison.results
        if not one.valid and one.metric == comparison.gate and one.case not in known
    ]


def _again(comparison: Comparison) -> str:
    """The command with the two locks that lie beside the page, where its words were requirements to be resolved."""
    words = list(comparison.command)
    if comparison.base.run or comparison.head.run:
        return shlex.join(["bench", *words])
    for named, lock in ((comparison.base.named, "base.lock"), (comparison.head.named, "head.lock")):
        places = [index for index, word in enumerate(words) if index and PurePath(word).name == PurePath(named).name]
        if places:
            words[places[0]] = lock
    return shlex.join(["bench", *words])


def _few(parts: Sequence[str], separator: str = "") -> str:
    named = [*parts[:_NAMED], *([f"{len(parts) - _NAMED} more"] if len(parts) > _NAMED else [])]
    return separator.join(named) if separator else listed(named)
