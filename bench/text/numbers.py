"""Numbers as people read them: units, intervals, percentages, lists."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bench.stats.intervals import Estimate

MINUS = "\N{MINUS SIGN}"
DASH = "\N{EN DASH}"


def number(value: float, decimals: int | None = None) -> str:
    """`4.81`, `541.7`, `5,142`: about three digits, unless `decimals` says how many."""
    places = _decimals(value) if decimals is None else decimals
    text = f"{abs(value):,.{places}f}"
    negative = value < 0 and any(digit in text for digit in "123456789")
    return MINUS + text if negative else text


def signed(value: float, decimals: int | None = None) -> str:
    """`+7.60`, or a minus sign: a difference always shows its sign."""
    text = number(value, decimals)
    return text if text.startswith(MINUS) else f"+{text}"


def mean(estimate: Estimate) -> str:
    """The mean with as many decimals as its interval deserves."""
    return number(estimate.mean, _places(estimate))


def added(estimate: Estimate) -> str:
    """The mean of a marginal cost, with its sign."""
    return signed(estimate.mean, _places(estimate))


def within(estimate: Estimate) -> str:
    """`± 0.34`, half of the 95% interval; one launch has none, and that is said."""
    if estimate.half_width is None:
        return "one launch"
    return f"± {number(estimate.half_width, _places(estimate))}"


def measured(estimate: Estimate, unit: str) -> str:
    """`37.4 ± 0.3 µs`, a mean with its unit and, if it has one, its interval."""
    return f"{mean(estimate)}{_half(estimate)} {unit}"


def gained(estimate: Estimate, unit: str) -> str:
    """`+17.4 ± 0.2 µs`, the same of a marginal cost."""
    return f"{added(estimate)}{_half(estimate)} {unit}"


def times(estimate: Estimate) -> str:
    """`2.04 (2.01 to 2.07) times`: a ratio may lie unevenly between its ends."""
    if estimate.low is None or estimate.high is None:
        return f"{number(estimate.mean, 2)} times"
    return f"{number(estimate.mean, 2)} ({number(estimate.low, 2)} to {number(estimate.high, 2)}) times"


def listed(parts: Sequence[str], most: int | None = None) -> str:
    """`one, two and three`; of more than `most` the first ones: `one, two and 3 more`."""
    if most is not None and len(parts) > most:
        parts = [*parts[:most], f"{len(parts) - most} more"]
    return " and ".join(filter(None, (", ".join(parts[:-1]), *parts[-1:])))


def cores(numbers: Iterable[int]) -> str:
    """`core 1`, or `cores 0 and 1`."""
    named = [str(one) for one in sorted(numbers)]
    return f"core{'s' if len(named) > 1 else ''} {listed(named)}"


def core_count(number: int) -> str:
    """`1 core`, `8 cores`."""
    return f"{number} core{'' if number == 1 else 's'}"


def interval(estimate: Estimate) -> str:
    """`95% interval 37.1 to 37.8 µs, 10 launches`, for where a mean needs its evidence in words."""
    if estimate.low is None or estimate.high is None:
        return "one launch, no interval"
    places = _places(estimate)
    return f"95% interval {number(estimate.low, places)} to {number(estimate.high, places)}, {estimate.n} launches"


def count(value: float) -> str:
    """`12,048`, or `38.5` when requests differ among each other."""
    return number(value, 0 if float(value).is_integer() else 1)


def counted(number: int, what: str) -> str:
    """`1 more route`, `3 more routes`."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def often(times: int) -> str:
    """`4 times`; empty for once."""
    return f"{times} times" if times > 1 else ""


def in_brackets(times: int) -> str:
    """` (4 times)`, to stand behind a name; empty for once."""
    return f" ({often(times)})" if times > 1 else ""


def size(value: float) -> str:
    """Bytes in powers of ten: `812 B`, `9.7 kB`, `7.9 MB`."""
    for unit, factor in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if abs(value) >= factor:
            return f"{number(value / factor, 1)} {unit}"
    return f"{number(value, 0)} B"


def share(value: float) -> str:
    """`2.1%`, and `< 0.1%` rather than a zero that isn't one."""
    if 0 < abs(value) < 0.0005:
        return "< 0.1%"
    return f"{number(value * 100, 1)}%"


def at_most(value: float) -> str:
    """A share as a limit, which is never rounded down."""
    return share(math.ceil(round(value * 1000, 6)) / 1000)


def changed_by(ratio: float) -> str:
    """`+40.2%`, from head over base."""
    return f"{signed((ratio - 1) * 100, 1)}%"


def percentile(q: float) -> str:
    """`p50`, `p99.9`, from a share of requests."""
    return f"p{round(q * 100, 6):g}"


def _half(estimate: Estimate) -> str:
    return "" if estimate.half_width is None else f" {within(estimate)}"


def _decimals(value: float) -> int:
    magnitude = abs(value)
    return 0 if magnitude >= 1000 else 1 if magnitude >= 10 else 2


def _places(estimate: Estimate) -> int:
    if not estimate.half_width:
        return _decimals(estimate.mean)
    # One digit of the half-width, or two where it starts with a 1: `± 0.4`, `± 0.15`.
    return min(2, max(0, -math.floor(math.log10(estimate.half_width / 2))))


def duration(seconds: float) -> str:
    """`9 s`, `1 min 40 s`, `2 h 5 min`."""
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if minutes else f"{rest} s"
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h {minutes} min"
