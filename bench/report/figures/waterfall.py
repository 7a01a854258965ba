"""The waterfall of one request: in which part it ran, and in which it waited, by the clock on the wall."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from markupsafe import Markup

from bench.model.audit_figures import RouteFigures, SpanFigures
from bench.report.figures.axes import Scale
from bench.report.figures.palette import part_class
from bench.report.templates import render
from bench.report.words.audit_parts import full_name, own_name, shown_names
from bench.text.numbers import number

_GAP = 0.0015
"""Stretches of one part are drawn as one if less than this share of the picture lies between them: nobody sees it."""


@dataclass(frozen=True)
class Stretch:
    """From `begin_us` to `end_us` a part runs, or it waits."""

    begin_us: float
    end_us: float
    cpu_us: float
    waits: bool
    in_thread: bool


@dataclass(frozen=True)
class Lane:
    """All stretches of one part."""

    kind: str
    name: str
    css: str
    stretches: tuple[Stretch, ...]
    title: str

    @property
    def ran_us(self) -> float:
        return sum(one.cpu_us for one in self.stretches)

    @property
    def waited_us(self) -> float:
        """By the wall clock, when nobody ran."""
        return sum(one.end_us - one.begin_us for one in self.stretches if one.waits)

    def words(self, stretch: Stretch) -> str:
        """`handler report: waits 2,140 µs, from 1,020 to 3,160 µs`."""
        what = (
            f"waits {number(stretch.end_us - stretch.begin_us)} µs"
            if stretch.waits
            else f"{number(stretch.cpu_us)} µs of CPU"
        )
        thread = " in a thread" if stretch.in_thread else ""
        return f"{self.title}: {what}{thread}, from {number(stretch.begin_us)} to {number(stretch.end_us)} µs"


def lanes(route: RouteFigures) -> tuple[Lane, ...]:
    """One lane for each part that the request met, in the order in which it met them."""
    names = shown_names(route.parts)
    stretches = sorted(route.waterfall, key=lambda span: span.begin_us)
    gap_us = _GAP * max((span.end_us for span in stretches), default=0.0)
    made = []
    for index in dict.fromkeys(one.part for one in stretches):
        part = route.parts[index]
        own = tuple(_merged([one for one in stretches if one.part == index], gap_us))
        made.append(Lane(part.kind, names[own_name(part)], part_class(part.kind), own, full_name(part)))
    return tuple(made)


def picture(drawn: Sequence[Lane]) -> Markup:
    """The lanes drawn, on one scale of µs."""
    scale = Scale.over([one.end_us for lane in drawn for one in lane.stretches])
    return render("figures/waterfall.html", lanes=drawn, scale=scale)


def _merged(spans: Sequence[SpanFigures], gap_us: float) -> Iterator[Stretch]:
    """Those of one part, in their order."""
    open_: Stretch | None = None
    for span in spans:
        stretch = Stretch(span.begin_us, span.end_us, span.cpu_us, span.waits, span.in_thread)
        if open_ is not None and _goes_on(open_, stretch, gap_us):
            open_ = replace(open_, end_us=max(open_.end_us, stretch.end_us), cpu_us=open_.cpu_us + stretch.cpu_us)
            continue
        if open_ is not None:
            yield open_
        open_ = stretch
    if open_ is not None:
        yield open_


def _goes_on(before: Stretch, after: Stretch, gap_us: float) -> bool:
    same = (before.waits, before.in_thread) == (after.waits, after.in_thread)
    return same and after.begin_us - before.end_us <= gap_us
