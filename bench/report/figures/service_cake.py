"""The layer cake of a whole service: each part of a weighted request stands on those before it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from bench.analysis.audit.weighted_routes import ServicePart
from bench.report.document import Bar
from bench.report.figures.axes import Scale
from bench.report.figures.palette import part_class
from bench.report.templates import render
from bench.report.words.audit_parts import full_name, own_name, shown_names
from bench.stats.intervals import Estimate
from bench.text.numbers import often

_SMALL = 0.004
"""Parts below this share of a request are drawn as one."""


@dataclass(frozen=True)
class Step:
    """One part, in µs from the left end. A sum of small parts has no `part`, and no interval."""

    kind: str
    name: str
    title: str
    css: str
    cpu_us: Estimate
    left_us: float
    part: ServicePart | None

    @property
    def often(self) -> str:
        """How many of its name it is, where those are several."""
        return often(self.part.count) if self.part else ""


def steps(parts: Sequence[ServicePart]) -> tuple[Step, ...]:
    """Every part that is large enough to be seen, in their order, then the rest."""
    return tuple(_steps(parts))


def picture(drawn: Sequence[Step], whole_us: Estimate) -> Markup:
    """The steps drawn."""
    return render("figures/service_cake.html", steps=drawn, whole_us=whole_us, scale=scale(drawn, whole_us))


def scale(drawn: Sequence[Step], whole_us: Estimate) -> Scale:
    """Of all steps and of the whole, in µs."""
    return Scale.over([*(one.left_us + max(0.0, one.cpu_us.mean) for one in drawn), whole_us.mean])


def terminal_bar(step: Step, on: Scale) -> Bar:
    """What is below it, and the part itself."""
    left, right = (on.percent(at) / 100 for at in (step.left_us, step.left_us + max(0.0, step.cpu_us.mean)))
    return Bar(((0.0, left, "░", "soft"), (left, right, "█", "part")))


def _steps(parts: Sequence[ServicePart]) -> Iterator[Step]:
    names = shown_names([one.part for one in parts])
    whole_us = sum(max(0.0, one.cpu_us.mean) for one in parts)
    reached_us = small_us = 0.0
    small = 0
    for one in parts:
        if one.cpu_us.mean < _SMALL * whole_us:
            small_us, small = small_us + one.cpu_us.mean, small + 1
            continue
        part = one.part
        yield Step(
            part.kind, names[own_name(part)], full_name(part), part_class(part.kind), one.cpu_us, reached_us, one
        )
        reached_us += one.cpu_us.mean
    if small:
        name = f"{small} smaller {'part' if small == 1 else 'parts'}"
        yield Step(name, "", name, "rest", Estimate(small_us, None, None, 1), reached_us, None)
