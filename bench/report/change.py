"""A comparison in words: the verdict in one sentence, each case's change as people read it."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median

from bench import compare
from bench.compare import gate, moved
from bench.model import Verdict
from bench.pairs import Comparison, PairSample, Result
from bench.wording import listed, share, signed

ORDER = (Verdict.SLOWER, Verdict.FASTER, Verdict.INCONCLUSIVE, Verdict.INCOMPARABLE, Verdict.EQUIVALENT)
METRICS = {
    "cpu_us": "CPU",
    "server_cpu_us": "server CPU",
    "latency_p50_ms": "latency p50",
    "latency_p99_ms": "latency p99",
    "instructions": "instructions",
    "allocs": "allocations",
}
"""What people call each metric, in the order in which it is shown."""


@dataclass(frozen=True)
class Row:
    """One case and all its results, head over base: the one that decides, and its witnesses."""

    case: str
    results: tuple[Result, ...]

    def of(self, metric: str) -> Result | None:
        return next((one for one in self.results if one.metric == metric), None)

    @property
    def cpu(self) -> Result | None:
        return self.of("cpu_us")

    @property
    def allocs(self) -> Result | None:
        return self.of("allocs")

    @property
    def gate(self) -> Result | None:
        """The result that the comparison is decided by; None where only witnesses were measured."""
        return next(iter(gate(self.results)), None)

    @property
    def doubts(self) -> tuple[Result, ...]:
        """The witnesses that say something else than an equivalent gate."""
        if self.verdict is not Verdict.EQUIVALENT:
            return ()
        return tuple(one for one in self.results if one is not self.gate and one.verdict is not Verdict.EQUIVALENT)

    @property
    def verdict(self) -> Verdict:
        return self.gate.verdict if self.gate else Verdict.INCOMPARABLE

    @property
    def changed(self) -> bool:
        return self.verdict in (Verdict.SLOWER, Verdict.FASTER)

    @property
    def witnesses_disagree(self) -> bool:
        """Whether the allocations say something else than an equivalent CPU time."""
        return self.allocs in self.doubts


def rows(comparison: Comparison) -> list[Row]:
    """Changed cases first, the largest change at the top."""
    found: dict[str, list[Result]] = {}
    for one in comparison.results:
        found.setdefault(one.case, []).append(one)
    made = [Row(case, tuple(results)) for case, results in found.items()]
    return sorted(made, key=lambda row: (ORDER.index(row.verdict), -_size(row.gate)))


def judged(comparison: Comparison) -> Comparison:
    """With its results, which a process that was killed outright had no time to store."""
    if comparison.results or not comparison.samples:
        return comparison
    return comparison.model_copy(update={"results": compare.results(comparison)})


def costs_us(comparison: Comparison) -> dict[str, tuple[float, float]]:
    """What one request takes on the base and on the head, µs of CPU by case: the median of its blocks' medians."""
    arms: dict[str, list[tuple[float, float]]] = {}
    for one in comparison.samples:
        if isinstance(one, PairSample):
            arms.setdefault(one.case, []).append((median(one.base.cpu_us), median(one.head.cpu_us)))
    return {
        case: (median(base for base, _ in blocks), median(head for _, head in blocks)) for case, blocks in arms.items()
    }


def title(comparison: Comparison) -> str:
    """What was compared with what, and where."""
    return " · ".join([*versions(comparison), python(comparison), comparison.host.cpu_model])


def versions(comparison: Comparison) -> list[str]:
    """The packages that were named and differ; that nothing does is said too."""
    differing = [f"{name} {old or 'none'} → {new or 'none'}" for name, (old, new) in _named(comparison).items()]
    return differing or [f"fastapi {comparison.base.stack.packages.get('fastapi', 'none')} on both sides"]


def python(comparison: Comparison) -> str:
    base, head = comparison.base.stack.python, comparison.head.stack.python
    return f"Python {base}" if base == head else f"Python {base} → {head}"


def also_moved(comparison: Comparison) -> list[str]:
    """Packages that nobody named, and that the resolver had to move."""
    named = _named(comparison)
    return [
        f"{name} {old or 'none'} → {new or 'none'}"
        for name, (old, new) in moved(comparison).items()
        if name not in named
    ]


def sentence(comparison: Comparison) -> str:
    """The verdict, in a line that stands alone."""
    margin, found = share(comparison.margin), gate(comparison.results)
    by = {one: [result for result in found if result.verdict is one and result.valid] for one in Verdict}
    counts = [f"{len(by[one])} {one}" for one in ORDER if by[one] and one is not Verdict.SLOWER]
    invalid, differing = sum(not one.valid for one in found), len(comparison.disagreements)
    counts += [
        f"{number} {what}" for number, what in ((invalid, "INVALID"), (differing, "answered differently")) if number
    ]
    rest = f"; {listed(counts)}" if counts else ""
    if by[Verdict.SLOWER]:
        worst = max(by[Verdict.SLOWER], key=_size)
        return f"SLOWER: {_cases(len(by[Verdict.SLOWER]), len(found))}, at worst `{worst.case}` {percent(worst)}{rest}."
    if invalid == len(found):
        return f"Nothing could be compared{rest}."
    if by[Verdict.INCONCLUSIVE] or invalid or differing:
        return f"Nothing is known to be slower{rest}."
    return f"Not slower by {margin} or more anywhere{rest}."


def percent(result: Result) -> str:
    """`+40.2%`, of the cost."""
    assert result.ratio is not None  # noqa: S101
    return _percent(result.ratio)


def within(result: Result) -> str:
    """The interval, as percents."""
    if result.ci_low is None or result.ci_high is None:
        return ""
    return f"{_percent(result.ci_low)} to {_percent(result.ci_high)}"


def remark(result: Result) -> str:
    """What an inconclusive result leaves open, and why a result isn't more."""
    open_ = not_ruled_out(result)
    return "; ".join([*([f"can't rule out {open_}"] if open_ else []), *result.reasons])


def not_ruled_out(result: Result) -> str:
    """How much slower, or else faster, an inconclusive case may be; nothing of any other."""
    if result.verdict is not Verdict.INCONCLUSIVE or result.ci_high is None or result.ci_low is None:
        return ""
    return _percent(result.ci_high if result.ci_high > 1 + result.margin else result.ci_low)


def _named(comparison: Comparison) -> dict[str, tuple[str | None, str | None]]:
    names = {*comparison.base.names, *comparison.head.names}
    return {name: versions for name, versions in moved(comparison).items() if name in names}


def _size(result: Result | None) -> float:
    return 0.0 if result is None or result.ratio is None else max(result.ratio, 1 / result.ratio)


def _percent(ratio: float) -> str:
    return f"{signed((ratio - 1) * 100, 1)}%"


def _cases(some: int, every: int) -> str:
    return f"{some} of {every} cases" if every != 1 else "the case"
