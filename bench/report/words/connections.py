"""What connections cost, in sentences."""

from __future__ import annotations

from collections.abc import Iterator

from bench.analysis.run.connection_figures import ConnectionCosts
from bench.analysis.run.figures import Summary
from bench.model.connections import HeldKind
from bench.text.file_limits import more_files
from bench.text.numbers import gained, measured, number

HELD: dict[HeldKind, tuple[str, str]] = {
    "connection": ("idle connection", "idle connections"),
    "stream": ("idle stream", "idle streams"),
    "websocket": ("idle WebSocket", "idle WebSockets"),
}


def of_all(summary: Summary) -> Iterator[tuple[str, ConnectionCosts]]:
    """What is known of each case, by its id."""
    for id_, case in summary.cases.items():
        if case.connections.value:
            yield id_, case.connections.value


def sentences(summary: Summary) -> Iterator[str]:
    """Of the last case of each kind, which stands over the others; then what limits files set."""
    last = {costs.holds: (id_, costs) for id_, costs in of_all(summary)}
    for id_, costs in last.values():
        yield _held(id_, costs)
    yield from dict.fromkeys(limited(costs) for _, costs in of_all(summary) if costs.file_limit is not None)


def limited(costs: ConnectionCosts) -> str:
    """That fewer could be held than were asked for, and what to do."""
    files, possible = number(costs.file_limit or 0, 0), number(costs.levels[-1].connections, 0)
    return (
        f"Only {possible} of {number(costs.asked, 0)} {HELD[costs.holds][1]} were possible: a process may open {files} "
        f"files here. Raise the limit and measure again: {more_files(costs.asked)}."
    )


def _held(id_: str, costs: ConnectionCosts) -> str:
    one, many = HELD[costs.holds]
    level = costs.levels[0]
    each = f"An {one} to `{id_}` takes {measured(level.each_kb, 'kB')} of the server's memory"
    beside = ""
    if (added := level.busy_added_us) is not None:
        unsure = added.low is not None and added.high is not None and added.low <= 0 <= added.high
        said = "do not measurably change" if unsure else "change"
        beside = f"; {number(level.connections, 0)} {many} {said} the CPU of a request ({gained(added, 'µs')})"
    fresh = ""
    if costs.fresh_added_us:
        fresh = f"; a new connection for a request takes {measured(costs.fresh_added_us, 'µs')} more than a kept one"
    return f"{each}{beside}{fresh}."
