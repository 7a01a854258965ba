"""A comparison in words: the verdict in one sentence, each case's change as people read it."""

from __future__ import annotations

from dataclasses import dataclass

from bench.compare import gate, moved
from bench.model import Verdict
from bench.pairs import Comparison, Result
from bench.wording import MINUS, listed, number, share

ORDER = (Verdict.SLOWER, Verdict.FASTER, Verdict.INCONCLUSIVE, Verdict.INCOMPARABLE, Verdict.EQUIVALENT)


@dataclass(frozen=True)
class Row:
    """One case: its CPU time and its allocations, head over base; either may be missing."""

    case: str
    cpu: Result | None
    allocs: Result | None

    @property
    def verdict(self) -> Verdict:
        return self.cpu.verdict if self.cpu else Verdict.INCOMPARABLE

    @property
    def changed(self) -> bool:
        return self.verdict in (Verdict.SLOWER, Verdict.FASTER)

    @property
    def witnesses_disagree(self) -> bool:
        """Whether the allocations say something else than an equivalent CPU time."""
        return bool(
            self.allocs and self.verdict is Verdict.EQUIVALENT and self.allocs.verdict is not Verdict.EQUIVALENT
        )


def rows(comparison: Comparison) -> list[Row]:
    """Changed cases first, the largest change at the top."""
    found: dict[str, dict[str, Result]] = {}
    for one in comparison.results:
        found.setdefault(one.case, {})[one.metric] = one
    made = [Row(case, metrics.get("cpu_us"), metrics.get("allocs")) for case, metrics in found.items()]
    return sorted(made, key=lambda row: (ORDER.index(row.verdict), -_size(row.cpu)))


def title(comparison: Comparison) -> str:
    """What was compared with what."""
    base, head = comparison.base.stack, comparison.head.stack
    versions = [f"{name} {old or 'none'} → {new or 'none'}" for name, (old, new) in _named(comparison).items()]
    python = base.python if base.python == head.python else f"{base.python} → {head.python}"
    same = f"fastapi {base.packages.get('fastapi', 'none')} on both sides"
    return " · ".join([*(versions or [same]), f"Python {python}", comparison.host.cpu_model])


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
    change = (ratio - 1) * 100
    return f"{MINUS if change < 0 else '+'}{number(abs(change), 1)}%"


def _cases(some: int, every: int) -> str:
    return f"{some} of {every} cases" if every != 1 else "the case"
