"""What a comparison of two versions of an app has beside times: routes that came and went, what of a change comes from
code and what from dependencies, and costs that drift with state."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bench.model.comparison import Comparison, Result, Split
from bench.report.document import Block, Bullets, Cell, Column, Prose, Row, Section, Table
from bench.report.words.app_versions import plain
from bench.report.words.comparison import case_word, percent, within
from bench.report.words.split import residuals
from bench.report.words.state import growing

_IN_BRIEF = 10
_SPLIT = (
    "The lock changed too, so the base's code was also measured with the head's dependencies. The first step changes "
    "the dependencies alone, the second the code alone."
)
_CLOSES = "Dependencies times code gives the whole change, which was measured separately, within what chance explains."
_DRIFT = (
    "The cost of these routes grows with the state that their own requests make, such as a table that becomes longer. "
    "Both versions had the same number of requests, so the verdict is fair for this number; with more data the ratio "
    "can differ. `--before 'COMMAND'` can reset the data before each start."
)


def routes(comparison: Comparison) -> Section | None:
    """Those that only one version has."""
    found = comparison.routes
    if found is None or not (found.added or found.removed):
        return None
    blocks = (*_listed("Only in the head", found.added), *_listed("Only in the base", found.removed))
    return Section("Routes that only one version has", blocks, "routes")


def _listed(where: str, ids: Sequence[str]) -> Iterator[Block]:
    if not ids:
        return
    named = tuple(f"`{plain(one)}`" for one in ids)
    more = len(named) - _IN_BRIEF
    yield Prose(f"{where}: {len(named)} {'routes' if named[1:] else 'route'}.")
    if more > 0:
        yield Bullets((*named[:_IN_BRIEF], f"and {more} more"), shown="brief")
        yield Bullets(named, shown="page")
    else:
        yield Bullets(named)


def split(comparison: Comparison) -> Section | None:
    """What of a change comes from dependencies and what from code."""
    if comparison.split is None:
        return None
    if comparison.split.reason:
        reason = Prose(f"Not split: {plain(comparison.split.reason)}.", "warn")
        return Section("Code and dependencies", (reason,), "split")
    interval = f"{comparison.confidence:.0%} interval"
    columns = (
        Column(case_word(comparison), words=True, code=True),
        Column("dependencies"),
        Column(interval),
        Column("code"),
        Column(interval),
    )
    table = Table(columns, tuple(_shares(comparison.split, comparison)), sortable=False)
    off = tuple(residuals(comparison))
    sums = Bullets(off, "warn") if off else Prose(_CLOSES, "soft")
    return Section("Code and dependencies", (Prose(_SPLIT), table, sums), "split")


def _shares(found: Split, comparison: Comparison) -> Iterator[Row]:
    by = [{one.case: one for one in side if one.metric == comparison.gate} for side in (found.dependencies, found.code)]
    for case in dict.fromkeys((*by[0], *by[1])):
        figures = [cell for side in by for cell in _figure(side.get(case))]
        yield Row((Cell(plain(case)), *figures))


def _figure(one: Result | None) -> tuple[Cell, Cell]:
    if one is None:
        return Cell("not measured", tone="warn"), Cell()
    if not one.valid:
        return Cell(percent(one) if one.ratio is None else "INVALID", tone="bad", hover="; ".join(one.reasons)), Cell()
    return Cell(percent(one), sort=one.ratio), Cell(within(one))


def drifts(comparison: Comparison) -> Section | None:
    """Cases whose cost grows with the state that they make."""
    if not comparison.drifts:
        return None
    said = tuple(growing(comparison.drifts))
    return Section("Costs that grow with state", (Prose(_DRIFT), Bullets(said, "warn")), "drifts")
