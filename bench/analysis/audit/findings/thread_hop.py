"""What `def` endpoints and dependencies pay for their thread: the rest of their CPU time is their own work."""

from __future__ import annotations

import math
from dataclasses import dataclass

from bench.analysis.audit.weighted_routes import WeightedRoute
from bench.model.audit_figures import PartFigures, SpanFigures

_BLOCKS_US = 100.0
"""What waits for longer in its thread has to be there: it would hold the event loop."""


@dataclass(frozen=True)
class ThreadHop:
    """`hop_us` is what a part costs outside of its thread, `work_us` what it does in it. CPU per request."""

    route: WeightedRoute
    hop_us: float
    work_us: float


def hop(route: WeightedRoute, part: PartFigures) -> ThreadHop | None:
    """None where no stretch in a thread was seen, where it waits there, or where the work is worth the hop."""
    at = route.figures.parts.index(part)
    spans = [span for span in route.figures.waterfall if span.part == at and span.in_thread]
    work_us = math.fsum(span.cpu_us for span in spans)
    if part.cpu_us is None or not spans or math.fsum(map(_waits_us, spans)) > _BLOCKS_US:
        return None
    hop_us = part.cpu_us - work_us
    return ThreadHop(route, hop_us, work_us) if hop_us > work_us else None


def _waits_us(span: SpanFigures) -> float:
    return max(0.0, span.end_us - span.begin_us - span.cpu_us)
