"""A comparison as the comment on a pull request: the verdict in the first line, what changed, the rest folded."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from bench.pairs import Comparison
from bench.report.change import Row, also_moved, percent, remark, rows, sentence, title, within
from bench.wording import listed

_MARKS = re.compile(r"[\\`*_{}\[\]<>|#@&]")


def markdown(comparison: Comparison) -> str:
    """GitHub's Markdown. Whatever comes from data is escaped, or stands in a code span that it can't leave."""
    found = rows(comparison)
    changed = [row for row in found if row.changed]
    return "\n".join(_lines(comparison, changed, [row for row in found if not row.changed])) + "\n"


def _lines(comparison: Comparison, changed: list[Row], others: list[Row]) -> Iterator[str]:
    yield f"**{sentence(comparison)}**"
    yield ""
    yield _escaped(title(comparison))
    if moved := also_moved(comparison):
        yield ""
        yield f"Also moved, since nothing else can be resolved: {_escaped(listed(moved))}"
    if changed:
        yield ""
        yield from _table(changed)
    for one in comparison.disagreements:
        yield ""
        yield f"`{_code(one.case)}` isn't timed, for the stacks answer differently:"
        yield f"base {_escaped(one.base)}; head {_escaped(one.head)}"
    if others:
        yield ""
        yield f"<details><summary>{len(others)} unchanged, or not known</summary>"
        yield ""
        yield from _table(others)
        yield ""
        yield "</details>"
    yield ""
    blocks = max((one.blocks for one in comparison.results if one.metric == "cpu_us"), default=0)
    yield (
        f"<sub>CPU time of one request in process, head against base; {comparison.confidence:.0%} intervals over up to "
        f"{blocks} blocks; margin {comparison.margin:.1%}; layercake {_escaped(comparison.harness_version)}, "
        f"`{_code(comparison.id)}`</sub>"
    )


def _table(found: Iterable[Row]) -> Iterator[str]:
    yield "| case | verdict | CPU | interval | allocations | |"
    yield "|---|---|---:|---:|---:|---|"
    for row in found:
        cpu = row.cpu
        timed = (percent(cpu), within(cpu)) if cpu and cpu.ratio is not None else ("INVALID" if cpu else "", "")
        allocs = percent(row.allocs) if row.allocs else ""
        cells = (f"`{_code(row.case)}`", row.verdict, *timed, allocs, _escaped(remark(cpu)) if cpu else "")
        yield f"| {' | '.join(cells)} |"


def _code(text: str) -> str:
    return text.replace("`", "'").replace("|", "\\|").replace("\n", " ")


def _escaped(text: str) -> str:
    """As plain text: no markup, no mention of anybody, no other table cell."""
    return _MARKS.sub(lambda mark: f"&#{ord(mark[0])};", text).replace("\n", " ")
