"""Steps of a record as cells of a table: what changed, by how much, where, and what moved along."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bench.model.comparison import Metric, Result
from bench.report import cells
from bench.report.document import Cell, Tone
from bench.report.figures.palette import layer_class
from bench.report.sections.verdict_tones import TONES
from bench.report.templates import anchor
from bench.report.words.comparison import percent, within
from bench.report.words.metrics import LABELS
from bench.report.words.package_steps import PackageStep, along
from bench.report.words.record import plural
from bench.text.numbers import DASH, number, signed


def line_anchor(package: str, case: str, metric: Metric) -> str:
    """Where the picture of a line is."""
    return f"line-{anchor(f'{package}-{case}-{metric}')}"


def flame_anchor(one: PackageStep) -> str:
    """Where the profiles of a step are."""
    step = one.step
    return f"profile-{anchor(f'{one.package}-{step.older}-{step.newer}-{step.case}')}"


def release(one: PackageStep) -> Cell:
    """Sorted by the order of the releases."""
    return Cell(one.release, sort=one.order)


def case(one: PackageStep) -> Cell:
    """The case, linked to its picture; another metric than the usual one is named."""
    step = one.step
    note = "" if step.metric == "cpu_us" else LABELS[step.metric]
    return Cell(step.case, note, href=f"#{line_anchor(one.package, step.case, step.metric)}", sort=step.case)


def change(one: PackageStep) -> Cell:
    """By the best that is known, with its interval and the blocks that say so."""
    best = one.step.best
    return replace(interval(best, TONES[best.verdict]), hover=f"{within(best)}, {plural(best.blocks, 'fresh block')}")


def allocs(one: PackageStep) -> Cell:
    return cells.changed(one.step.best_allocs) if one.step.best_allocs else cells.NOTHING


def culprit(one: PackageStep, found: Sequence[PackageStep]) -> Cell:
    """The function that changed most, with its layer and µs, linked to the profiles, a dash of what has none; and other
    packages that differ, with those of their releases that are `found` changed."""
    below = along(one, found)
    if not one.functions:
        return Cell(DASH, below=below)
    first = one.functions[0]
    return Cell(
        first.name,
        f"{first.layer}, {signed(first.change_us)} µs",
        href=f"#{flame_anchor(one)}",
        swatch=layer_class(first.layer),
        sort=first.name,
        below=below,
    )


def interval(result: Result, tone: Tone = "") -> Cell:
    """`+40.2% ± 0.5`, half of its interval in percent; the whole of it on hovering."""
    known = result.ci_low is not None and result.ci_high is not None
    return Cell(percent(result), half(result) if known else "", result.ratio, tone, hover=within(result))


def half(result: Result) -> str:
    """`± 0.5`, percent."""
    return f"± {number(50 * ((result.ci_high or 0) - (result.ci_low or 0)), 1)}"
