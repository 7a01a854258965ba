"""What each case cost over the stored runs of one host, as lines small enough to stand in a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from bench.analysis.run.figures import Summary
from bench.model.environment import Host
from bench.report.templates import render
from bench.stats.intervals import Estimate, quotient

WIDTH, HEIGHT, EDGE = 180, 30, 5


@dataclass(frozen=True)
class TrendPoint:
    """A case in one run: its CPU time, and what was measured then."""

    run: str
    stack: str
    cpu_us: Estimate


@dataclass(frozen=True)
class Trend:
    """One case over two runs at least, oldest first; its line's scale is its own, from its least to its most."""

    case: str
    points: tuple[TrendPoint, ...]

    @property
    def overall(self) -> Estimate:
        """The last over the first, of runs that know nothing of each other."""
        return quotient(self.points[-1].cpu_us, self.points[0].cpu_us)

    @property
    def places(self) -> tuple[tuple[float, float, float, float], ...]:
        """For each point, px from the left, and from the top its mean and the high and low end of its interval."""
        ends = [_ends(point.cpu_us) for point in self.points]
        least, most = min(low for low, _ in ends), max(high for _, high in ends)
        step = (WIDTH - 2 * EDGE) / (len(self.points) - 1)

        def down(us: float) -> float:
            share = (us - least) / (most - least) if most > least else 0.5
            return round(HEIGHT - EDGE - share * (HEIGHT - 2 * EDGE), 2)

        return tuple(
            (round(EDGE + index * step, 2), down(point.cpu_us.mean), down(high), down(low))
            for index, (point, (low, high)) in enumerate(zip(self.points, ends, strict=True))
        )


@dataclass(frozen=True)
class HostTrends:
    """All cases that were measured at least twice on one host; `runs` are those it has, oldest first."""

    host: Host
    runs: tuple[str, ...]
    trends: tuple[Trend, ...]


def trends(summaries: Sequence[Summary]) -> tuple[HostTrends, ...]:
    """Of runs, oldest first: for each host that has two or more of them. Another source is another case."""
    hosts: dict[str, list[Summary]] = {}
    for summary in summaries:
        hosts.setdefault(summary.run.host.fingerprint, []).append(summary)
    made = (
        HostTrends(of_host[-1].run.host, tuple(one.run.id for one in of_host), tuple(_trends(of_host)))
        for of_host in hosts.values()
    )
    return tuple(one for one in made if one.trends)


def sparkline(trend: Trend) -> Markup:
    """One case's line with the interval of each run."""
    return render("figures/sparkline.html", trend=trend, width=WIDTH, height=HEIGHT)


def _trends(summaries: Sequence[Summary]) -> list[Trend]:
    """By case in the order of the newest run that has it."""
    newest = {id_: found.case for summary in summaries for id_, found in summary.cases.items()}
    made = [
        Trend(
            id_,
            tuple(
                TrendPoint(summary.run.id, _stack(summary), found.timing.value.cpu_us)
                for summary in summaries
                if (found := summary.cases.get(id_))
                and found.timing.value
                and found.case.source_sha256 == case.source_sha256
            ),
        )
        for id_, case in newest.items()
    ]
    return [one for one in made if len(one.points) > 1]


def _stack(summary: Summary) -> str:
    stack = summary.run.stack
    return f"fastapi {stack.packages.get('fastapi', 'none')}, Python {stack.python}"


def _ends(value: Estimate) -> tuple[float, float]:
    return (value.mean, value.mean) if value.low is None or value.high is None else (value.low, value.high)
