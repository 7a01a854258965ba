"""What ways of making a response take by the number of rows, and where one becomes cheaper than another."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import permutations

from markupsafe import Markup

from bench.analysis.run.figures import Summary, Timing
from bench.claims.claim import ClaimVerdict, place
from bench.model.workload import Case
from bench.report.figures.line_charts import Curve, cost_by_rows
from bench.report.figures.palette import EXTRAS
from bench.stats.interpolation import crossings
from bench.stats.intervals import Estimate, ratio
from bench.text.numbers import number

FLOOR = "fastapi_plain"
"""Sends bytes that are ready: what stands over it makes them first."""
SPREAD = (7, 0, 1, 4, 2, 6, 3, 5)
"""The order of the extra colours in which neighbours, whose lines lie close, are far apart."""
FEWEST = 3
"""Numbers of rows that a line needs at least."""


@dataclass(frozen=True)
class Crossing:
    """From about `rows` rows on, between two numbers that were measured, one target is cheaper than another."""

    cheaper: str
    dearer: str
    low: int
    high: int
    rows: float

    @property
    def sentence(self) -> str:
        return (
            f"From about {number(float(f'{self.rows:.2g}'), 0)} rows (measured at {number(self.low, 0)} and "
            f"{number(self.high, 0)}), `{self.cheaper}` is cheaper than `{self.dearer}`."
        )


@dataclass(frozen=True)
class Serialisers:
    """`costs` by target and number of rows; `legend` is (target, CSS class) in the same order."""

    counts: tuple[int, ...]
    costs: Mapping[str, Mapping[int, Estimate]]
    legend: tuple[tuple[str, str], ...]
    crossings: tuple[Crossing, ...]
    svg: Mapping[str, Markup]


def serialisers(summary: Summary) -> Serialisers | None:
    """The picture; None when no target that makes its response was timed at three numbers of rows."""
    timed = {target: found for target, found in _timed(summary).items() if len(found) >= FEWEST}
    if not timed.keys() - {FLOOR}:
        return None
    targets = sorted(timed, key=lambda target: -timed[target][max(timed[target])].cpu_us.mean)
    classes = _classes(targets)
    curves = [
        Curve(target, classes[target], {rows: timing.cpu_us.mean for rows, timing in timed[target].items()})
        for target in targets
    ]
    return Serialisers(
        counts=tuple(sorted({rows for found in timed.values() for rows in found})),
        costs={target: {rows: timing.cpu_us for rows, timing in timed[target].items()} for target in targets},
        legend=tuple((curve.name, curve.css_class) for curve in curves),
        crossings=tuple(found_crossings(timed)),
        svg={name: Markup(text) for name, text in cost_by_rows(curves).items()},  # noqa: S704 - Vega escapes it
    )


def found_crossings(timed: Mapping[str, Mapping[int, Timing]]) -> Iterator[Crossing]:
    """Of all pairs of targets that make their response, those crossings of which both sides are beyond doubt."""
    costs = {target: {rows: one.cpu_us.mean for rows, one in found.items()} for target, found in timed.items()}
    for one, other in permutations([target for target in timed if target != FLOOR], 2):
        for low, high, at in crossings(costs[one], costs[other]):
            dearer_before = _dearer(timed[one][low], timed[other][low])
            if dearer_before and _dearer(timed[other][high], timed[one][high]):
                yield Crossing(one, other, low, high, at)


def _dearer(one: Timing, other: Timing) -> bool:
    times = ratio(one.by_launch, other.by_launch)
    return times is not None and place(times, least=1) is ClaimVerdict.HOLDS


def _timed(summary: Summary) -> dict[str, dict[int, Timing]]:
    over = {found.case.target: found.case.over for found in summary.cases.values()}
    found: dict[str, dict[int, Timing]] = {}
    for one in summary.cases.values():
        rows = _rows(one.case)
        if rows is not None and one.timing.value is not None and _stands_over_floor(one.case.target, over):
            found.setdefault(one.case.target, {})[rows] = one.timing.value
    return found


def _rows(case: Case) -> int | None:
    matched = re.fullmatch(r"rows(\d+)", case.request)
    return int(matched[1]) if matched else None


def _stands_over_floor(target: str, over: Mapping[str, str | None]) -> bool:
    at: str | None = target
    while at is not None and at != FLOOR:
        at = over.get(at)
    return at == FLOOR


def _classes(targets: list[str]) -> dict[str, str]:
    """Its own colours: one chart has fewer lines than the run has layers. The floor is grey."""
    others = [target for target in targets if target != FLOOR]
    return {target: f"extra-{SPREAD[index % EXTRAS]}" for index, target in enumerate(others)} | {FLOOR: "root"}
