"""The layer cake: for each request, every target's stack of marginal costs on one scale."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from bench.analysis.run.figures import CaseSummary, Chain, Standing, Summary
from bench.model.workload import Case
from bench.report import cells
from bench.report.figures.axes import Scale
from bench.report.templates import render
from bench.stats.intervals import Estimate
from bench.text.numbers import added, mean, within

LONGEST_LEGEND = 12
"""A legend of more colours than this is no help: every row says what it adds."""


@dataclass(frozen=True)
class Segment:
    """One layer in a bar, in µs from its left end; a layer that saves time runs from `start_us` back to `end_us`."""

    adds: str
    cost_us: Estimate
    start_us: float
    end_us: float
    first: bool

    @property
    def saves(self) -> bool:
        return self.end_us < self.start_us

    @property
    def left_us(self) -> float:
        return min(self.start_us, self.end_us)

    @property
    def width_us(self) -> float:
        return abs(self.end_us - self.start_us)

    @property
    def label(self) -> str:
        """The cost: of a root as it is, of a layer with its sign."""
        return mean(self.cost_us) if self.first else added(self.cost_us)

    @property
    def words(self) -> str:
        """`FastAPI: +17.4 ± 0.2 µs`."""
        return f"{self.adds}: {self.label} {within(self.cost_us)} µs"


# How far from an end of its picture, percent of the width, a label keeps off the zigzag of a bar that is cut.
_ZIGZAG_ROOM = 12.0
_LABEL_ROOM = 7.0


@dataclass(frozen=True)
class LayerBar:
    """One target's bar. `depth` is its place in the tree of targets; no `chain`, no segments: the case says why."""

    summary: CaseSummary
    depth: int
    chain: Chain | None
    segments: tuple[Segment, ...]

    @property
    def longest_us(self) -> float:
        """How far to the right anything of this bar reaches: its blocks, their intervals, its end-to-end cost."""
        ends = [segment.end_us + (segment.cost_us.half_width or 0.0) for segment in self.segments]
        return max([*ends, self.chain.whole_us.mean if self.chain else 0.0])

    @property
    def words(self) -> str:
        """The bar for those who can't see it."""
        whole = f"; end to end {mean(self.chain.whole_us)} µs" if self.chain else ""
        return ", ".join(segment.words for segment in self.segments) + whole

    def label_at(self, index: int, scale: Scale) -> float | None:
        """Where the label of a segment stands, percent of the width; None where there is no room, or something else."""
        segment = self.segments[index]
        left, right = scale.percent(segment.left_us), scale.percent(segment.left_us + segment.width_us)
        middle = (left + right) / 2
        saving = self.segments[index + 1] if index + 1 < len(self.segments) else None
        covered = saving is not None and saving.saves and scale.percent(saving.end_us) < middle + _LABEL_ROOM / 2
        cut = scale.cuts(self.longest_us) and middle > 100 - _ZIGZAG_ROOM
        return None if right - left <= _LABEL_ROOM or covered or cut else round(middle, 3)


@dataclass(frozen=True)
class LayerStack:
    """All cases that stand on one request of the root targets, children below their parents, on one scale in µs; of
    somebody's own app all of its routes. `request` is that request's name, or the app's."""

    request: str
    rows: tuple[LayerBar, ...]
    scale: Scale

    @property
    def layers(self) -> tuple[str, ...]:
        """What is stacked here, in the order of appearance."""
        return tuple(dict.fromkeys(segment.adds for row in self.rows for segment in row.segments))

    @property
    def of_app(self) -> bool:
        """Whether its rows are routes of somebody's own app."""
        return any(row.summary.case.of_app for row in self.rows)

    def name(self, case: Case) -> str:
        """A row's name: the target, and its request where that is called otherwise."""
        return case.label if case.group == self.request else case.id


def cakes(summary: Summary) -> tuple[LayerStack, ...]:
    """A cake for each request of a case that stands over nothing here and was timed, in the run's order."""
    found: dict[str, list[LayerBar]] = {}
    timed = [one for one in summary.cases.values() if one.timing.standing is not Standing.UNMEASURED]
    root = ""
    for case, depth in family([one.case for one in timed]):
        root = root if depth else case.group
        found.setdefault(root, []).append(_row(summary.cases[case.id], depth))
    return tuple(_cake(request, rows) for request, rows in found.items())


def layer_stack(cake: LayerStack, classes: Mapping[str, str]) -> Markup:
    """The picture of one request; `classes` are the layers' colours."""
    legend = [(layer, classes[layer]) for layer in cake.layers] if len(cake.layers) <= LONGEST_LEGEND else []
    return render("figures/layer_stack.html", cake=cake, classes=classes, legend=legend, missing=cells.missing)


def family(cases: Sequence[Case]) -> Iterator[tuple[Case, int]]:
    """Cases as trees, depth first, each with its depth; one whose parent isn't among them is a root."""
    ids = {case.id for case in cases}

    def below(parent: str | None, depth: int) -> Iterator[tuple[Case, int]]:
        for case in cases:
            above = case.parent_id if case.parent_id in ids else None
            if above == parent:
                yield case, depth
                yield from below(case.id, depth + 1)

    return below(None, 0)


def _cake(request: str, rows: Sequence[LayerBar]) -> LayerStack:
    return LayerStack(request, tuple(rows), Scale.over([row.longest_us for row in rows], cut_outliers=True))


def _row(summary: CaseSummary, depth: int) -> LayerBar:
    chain = summary.chain.value
    return LayerBar(summary, depth, chain, tuple(_segments(chain)) if chain else ())


def _segments(chain: Chain) -> Iterator[Segment]:
    reached = 0.0
    for index, step in enumerate(chain.steps):
        end = reached + step.cost_us.mean
        yield Segment(step.case.adds, step.cost_us, reached, end, first=index == 0)
        reached = end
