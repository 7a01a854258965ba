"""What each layer of one served request costs, by methods that know nothing of each other. Pure functions.

Every method has limitations, which it names; none is the truth. They stand side by side, and where they differ by more
than ten points of the request's CPU, that is flagged.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain as joined

from bench.stats.intervals import Estimate

ROWS = ("kernel", "server", "starlette", "fastapi", "pydantic, json", "handler", "gc")
"""The layers, from the outside in. The garbage collector's time is in no other row."""
_BOTH = ("kernel", "server")
"""The kernel's own account counts in ticks, and takes from the server what it is wrong by: their sum says more."""
FLAGGED = 0.10
"""A spread beyond this share of the request is flagged."""

Layers = tuple[str, ...]


@dataclass(frozen=True)
class AttributionCell:
    """What a method charges to these rows: one, or several that it can't tell apart."""

    rows: Layers
    cost_us: Estimate


@dataclass(frozen=True)
class Method:
    """One column. `limitations` are sentences; `by_shares` says that it only divides the measured whole, so that adding
    up to that proves nothing; `whole` whether its sum is meant to be the request, and no part of it; `whole_us` is the
    end to end that it was measured beside, None where that is the common one."""

    name: str
    cells: tuple[AttributionCell, ...]
    limitations: tuple[str, ...]
    by_shares: bool = False
    whole: bool = True
    whole_us: Estimate | None = None

    @property
    def covers(self) -> frozenset[str]:
        return frozenset(joined.from_iterable(cell.rows for cell in self.cells))

    @property
    def sum_us(self) -> float:
        return sum(cell.cost_us.mean for cell in self.cells)

    def of(self, rows: Layers) -> Estimate | None:
        """Its cost of these rows together; None where its cells don't say just that."""
        parts = [cell for cell in self.cells if set(cell.rows) & set(rows)]
        if {row for cell in parts for row in cell.rows} != set(rows):
            return None
        return parts[0].cost_us if len(parts) == 1 else _together([cell.cost_us for cell in parts])


@dataclass(frozen=True)
class AttributionRow:
    """These rows by every method, in their order; `points` is how far apart their shares are, None for fewer than two
    of them."""

    rows: Layers
    costs_us: tuple[Estimate | None, ...]
    points: float | None

    @property
    def flagged(self) -> bool:
        return self.points is not None and self.points > FLAGGED

    @property
    def label(self) -> str:
        return " + ".join(self.rows)


@dataclass(frozen=True)
class Attribution:
    """One served case, taken apart. `whole_us` is its CPU from end to end, measured with nothing in its way.

    `lines` are single rows; `sums` are of rows that one method at least can't tell apart, or not well.
    """

    case: str
    whole_us: Estimate
    methods: tuple[Method, ...]
    lines: tuple[AttributionRow, ...]
    sums: tuple[AttributionRow, ...]

    @property
    def flagged(self) -> tuple[AttributionRow, ...]:
        return tuple(line for line in (*self.lines, *self.sums) if line.flagged)

    def share(self, cost_us: float) -> float:
        return cost_us / self.whole_us.mean

    def residual_us(self, method: Method) -> float | None:
        """End to end, less all that the method has seen; None where it sees only a part of it."""
        if not method.whole:
            return None
        return (method.whole_us or self.whole_us).mean - method.sum_us


def attribution(case: str, whole_us: Estimate, methods: Sequence[Method]) -> Attribution:
    """The table of a case. Raises ValueError for a whole that isn't positive."""
    if whole_us.mean <= 0:
        raise ValueError(f"{case}: a request that costs nothing has no layers")
    known = [row for row in ROWS if any(row in method.covers for method in methods)]
    merged = {cell.rows for method in methods for cell in method.cells if len(cell.rows) > 1}
    merged |= {_BOTH} if set(_BOTH) <= set(known) else set()
    return Attribution(
        case,
        whole_us,
        tuple(methods),
        tuple(_line((row,), methods, whole_us) for row in known),
        tuple(_line(rows, methods, whole_us) for rows in sorted(merged, key=lambda rows: ROWS.index(rows[0]))),
    )


def _line(rows: Layers, methods: Iterable[Method], whole_us: Estimate) -> AttributionRow:
    costs = tuple(method.of(rows) for method in methods)
    shares = [cost.mean / whole_us.mean for cost in costs if cost is not None]
    return AttributionRow(rows, costs, max(shares) - min(shares) if len(shares) > 1 else None)


def _together(costs: Sequence[Estimate]) -> Estimate:
    """Parts of one whole aren't independent: the interval of their sum can't be computed from theirs."""
    return Estimate(sum(cost.mean for cost in costs), None, None, min(cost.n for cost in costs))


def with_rows(costs: Mapping[Layers, Estimate]) -> tuple[AttributionCell, ...]:
    """Cells in the rows' order."""
    return tuple(AttributionCell(rows, costs[rows]) for rows in sorted(costs, key=lambda rows: ROWS.index(rows[0])))
