"""All routes at a glance: the CPU time of a request to each, stacked by kind of part, on one scale."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from bench.analysis.audit.mirrored_routes import EndpointRoutes
from bench.analysis.audit.weighted_routes import WeightedRoute
from bench.model.audit import PartKind
from bench.model.audit_figures import PartFigures, RouteFigures
from bench.report.document import Bar, Tone
from bench.report.figures.axes import Scale
from bench.report.figures.palette import part_class
from bench.report.templates import anchor, render
from bench.report.words.audit_parts import NAMED, ORDER, keywords, rounded_us, short_name
from bench.stats.intervals import Estimate
from bench.text.numbers import number, share

IN_A_TERMINAL = "█ middleware, ▒ dependencies and the handler, ░ everything else, · unknown"
_GROUPS: tuple[tuple[tuple[PartKind, ...], str, Tone], ...] = (
    (("middleware",), "█", "part"),
    (("dependency", "handler"), "▒", "good"),
    (tuple(kind for kind in ORDER if kind not in ("middleware", "dependency", "handler")), "░", "soft"),
)
_LABEL_ROOM = 8.0
"""Percent of the width that a number needs."""


@dataclass(frozen=True)
class KindBlock:
    """All parts of a kind in one bar, in µs from its left end."""

    kind: PartKind
    words: str
    left_us: float
    width_us: float
    keywords: tuple[str, ...]

    @property
    def label(self) -> str:
        return rounded_us(self.width_us)


@dataclass(frozen=True)
class RouteBar:
    """One route, and what it is called `elsewhere`, with the addresses of these. `share` is their share of the cost of
    all requests, None where routes aren't weighted."""

    name: str
    address: str
    elsewhere: tuple[tuple[str, str], ...]
    cpu_us: Estimate
    share: float | None
    blocks: tuple[KindBlock, ...]
    found_by: tuple[str, ...]

    @property
    def words(self) -> str:
        """The bar for those who can't see it."""
        return ", ".join(block.words for block in self.blocks)


def route_address(case: str) -> str:
    """The anchor of a route's own part of the page."""
    return f"route-{anchor(case)}"


def found_by(route: RouteFigures, elsewhere: Iterable[str] = ()) -> tuple[str, ...]:
    """What the page's filter finds a route by: its names, and the kinds and names of its parts."""
    return (
        " ".join((route.route, *elsewhere)),
        *dict.fromkeys(word for part in route.parts for word in keywords(part)),
    )


def route_bars(routes: Sequence[EndpointRoutes], weighted: bool) -> tuple[tuple[RouteBar, ...], Scale]:
    """The bars in the routes' order, and their scale; an outlier is cut off, so that the others can be seen."""
    whole = sum(route.cost_us for route in routes)
    bars = tuple(_bar(route, route.cost_us / whole if weighted and whole else None) for route in routes)
    return bars, Scale.over([bar.cpu_us.mean for bar in bars], cut_outliers=True)


def picture(bars: Sequence[RouteBar], scale: Scale) -> Markup:
    """The bars drawn."""
    kinds = [kind for kind in ORDER if any(block.kind == kind for bar in bars for block in bar.blocks)]
    legend = [(kind, part_class(kind)) for kind in kinds]
    return render(
        "figures/route_bars.html", bars=bars, scale=scale, legend=legend, css=part_class, label_room=_LABEL_ROOM
    )


def terminal_bar(route: WeightedRoute, scale: Scale) -> Bar:
    """The same in characters: only what is middleware, the app's own code, and the rest."""
    parts: list[tuple[float, float, str, Tone]] = []
    reached_us = 0.0
    for kinds, character, tone in _GROUPS:
        width_us = sum(part.cpu_us or 0.0 for part in route.figures.parts if part.kind in kinds)
        left, right = (scale.percent(at_us) / 100 for at_us in (reached_us, reached_us + width_us))
        if left < min(right, 1.0):
            parts.append((left, right, character, tone))
        reached_us += width_us
    whole: tuple[float, float, str, Tone] = (0.0, scale.percent(route.cpu_us.mean) / 100, "·", "soft")
    return Bar(tuple(parts) or (whole,), cut=scale.cuts(route.cpu_us.mean))


def _bar(routes: EndpointRoutes, part: float | None) -> RouteBar:
    route, one = routes.first, routes.first.figures
    elsewhere = tuple((other.figures.route, f"#{route_address(other.figures.route)}") for other in routes.others)
    blocks = tuple(_blocks(one)) or (KindBlock("residual", "parts unknown", 0.0, max(0.0, route.cpu_us.mean), ()),)
    names = found_by(one, (name for name, _ in elsewhere))
    return RouteBar(one.route, f"#{route_address(one.route)}", elsewhere, route.cpu_us, part, blocks, names)


def _blocks(route: RouteFigures) -> Iterator[KindBlock]:
    reached_us = 0.0
    for kind in ORDER:
        found = [part for part in route.parts if part.kind == kind and part.cpu_us is not None and part.cpu_us > 0]
        if not found:
            continue
        width_us = sum(part.cpu_us or 0.0 for part in found)
        words = _words(kind, width_us, route.cpu_us or 0.0, found)
        yield KindBlock(kind, words, reached_us, width_us, _keywords(found))
        reached_us += width_us


def _keywords(found: Iterable[PartFigures]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word for part in found for word in keywords(part)))


def _words(kind: PartKind, width_us: float, whole_us: float, found: Sequence[PartFigures]) -> str:
    """`middleware: 689 µs, 56.4% (TimingMiddleware 372, CORSMiddleware 16.4)`."""
    each = [f"{short_name(part)} {number(part.cpu_us or 0.0)}" for part in found]
    named = f" ({', '.join(each)})" if kind in NAMED else ""
    return f"{kind}: {number(width_us)} µs{f', {share(width_us / whole_us)}' if whole_us else ''}{named}"
