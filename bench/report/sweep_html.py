"""A sweep as one page: what changed most, every case as a picture over the releases, and what it all rests on."""

from __future__ import annotations

import shlex
from typing import Any

from markupsafe import Markup

from bench.report import page
from bench.report.sweep import Swept, also_moved, between, sentences, title
from bench.report.sweep_chart import pictures
from bench.steps import Line
from bench.verdict import CONFIDENCE, FAMILY_ERROR
from bench.wording import listed

_SECTIONS = {
    "lines": ("sweep_lines.html", "Over the releases"),
    "steps": ("sweep_steps.html", "Steps"),
    "missing": ("sweep_missing.html", "Not compared"),
    "reading": ("sweep_reading.html", "How to read this"),
    "setting": ("sweep_setting.html", "Releases and host"),
}
_ASSETS = ("page.css", "change.css", "sweep.css", "page.js")


def render(found: Swept) -> str:
    """The page of a sweep."""
    contents = _contents(found)
    empty = {
        "lines": not contents["drawn"],
        "steps": not found.changed,
        "missing": not contents["missing"],
    }
    sections = {anchor: section for anchor, section in _SECTIONS.items() if not empty.get(anchor)}
    return page.render("sweep.html", _ASSETS, sections, contents)


def _contents(found: Swept) -> dict[str, Any]:
    """What the templates show, by name."""
    sweep = found.sweep
    drawn = [line for line in found.lines if line.whole]
    return {
        "sweep": sweep,
        "harness_version": sweep.harness_version,
        "title": title(sweep),
        "verdicts": sentences(found),
        "drawn": drawn,
        "svgs": {line.case: _drawn(found, line) for line in drawn},
        "anchor_us": found.anchor_us,
        "step_at": {line.case: {step.newer: step for step in line.steps} for line in found.lines},
        "costs_us": {
            line.case: {point.release: found.cost_us(line, point) for point in line.points} for line in found.lines
        },
        "changed": [
            (step, between(step, sweep), listed(also_moved(step, sweep)), "; ".join(step.cpu.reasons))
            for step in found.changed
        ],
        "missing": [
            *((one.release, "every case", one.reason) for one in sweep.left_out),
            *found.holes,
        ],
        "command": shlex.join(["bench", *sweep.command]),
        "confidence": CONFIDENCE,
        "family_error": FAMILY_ERROR,
    }


def _drawn(found: Swept, line: Line) -> dict[str, Markup]:
    """Our own pictures: what comes from data is escaped in them by what compiled them."""
    return {name: Markup(svg) for name, svg in pictures(found, line).items()}  # noqa: S704
