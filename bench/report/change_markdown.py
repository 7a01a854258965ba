"""A comparison as the comment on a pull request: the verdict in the first line, what changed, the rest folded."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from bench.compare import gate
from bench.counts import COUNTS
from bench.pairs import Comparison, Metric
from bench.report.change import (
    LABELS,
    MEASURES,
    Row,
    also_moved,
    dissent,
    notes,
    percent,
    remark,
    rows,
    sentence,
    title,
    within,
    witnesses,
)
from bench.wording import listed

_MARKS = re.compile(r"[\\`*_{}\[\]<>|#@&]")


def markdown(comparison: Comparison) -> str:
    """GitHub's Markdown. Whatever comes from data is escaped, or stands in a code span that it can't leave."""
    return "\n".join(_lines(comparison, rows(comparison))) + "\n"


def _lines(comparison: Comparison, found: list[Row]) -> Iterator[str]:
    changed, others = [row for row in found if row.changed], [row for row in found if not row.changed]
    yield f"**{sentence(comparison)}**"
    yield ""
    yield _escaped(title(comparison))
    if moved := also_moved(comparison):
        yield ""
        yield f"Also moved, since nothing else can be resolved: {_escaped(listed(moved))}"
    if changed:
        yield ""
        yield from _table(comparison, changed, witnesses(found))
    for one in comparison.disagreements:
        yield ""
        yield f"`{_code(one.case)}` isn't timed, for the stacks answer differently:"
        yield f"base {_escaped(one.base)}; head {_escaped(one.head)}"
    if others:
        yield ""
        yield f"<details><summary>{len(others)} unchanged, or not known</summary>"
        yield ""
        yield from _table(comparison, others, witnesses(found))
        yield ""
        yield "</details>"
    if doubtful := [row for row in found if row.dissenting]:
        yield ""
        yield "The witnesses disagree:"
        yield ""
        yield from (f"- `{_code(row.case)}`: {_escaped(dissent(row))}" for row in doubtful)
    yield ""
    blocks = max((one.blocks for one in gate(comparison)), default=0)
    interval = (
        "" if comparison.gate in COUNTS else f"{comparison.confidence:.0%} intervals over up to {blocks} blocks; "
    )
    told = [f"{MEASURES[comparison.gate]}, head against base; {interval}margin {comparison.margin:.1%}"]
    told += [_escaped(note) for note in notes(comparison)]
    yield f"<sub>{'. '.join(told)}. layercake {_escaped(comparison.harness_version)}, `{_code(comparison.id)}`</sub>"


def _table(comparison: Comparison, found: Iterable[Row], columns: Sequence[Metric]) -> Iterator[str]:
    labels = [LABELS[comparison.gate], "interval", *(LABELS[name] for name in columns)]
    yield f"| case | verdict | {' | '.join(labels)} | |"
    yield f"|---|---|{'---:|' * len(labels)}---|"
    for row in found:
        one = row.decisive
        measured = (percent(one), within(one) if one.metric not in COUNTS else "") if one else ("", "")
        others = (percent(row.witnesses[name]) if name in row.witnesses else "" for name in columns)
        cells = (f"`{_code(row.case)}`", row.verdict, *measured, *others, _escaped(remark(one)) if one else "")
        yield f"| {' | '.join(cells)} |"


def _code(text: str) -> str:
    return text.replace("`", "'").replace("|", "\\|").replace("\n", " ")


def _escaped(text: str) -> str:
    """As plain text: no markup, no mention of anybody, no other table cell."""
    return _MARKS.sub(lambda mark: f"&#{ord(mark[0])};", text).replace("\n", " ")
