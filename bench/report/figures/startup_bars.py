"""The start of each target as a bar, of which each step is a block."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from bench.analysis.run.figures import CaseSummary
from bench.analysis.run.startup_figures import Startup
from bench.report.figures.axes import Scale
from bench.report.templates import render
from bench.stats.intervals import Estimate
from bench.text.numbers import measured, number

STEPS = (
    ("Python", "rest", "interpreter_ms"),
    ("imports", "layer-server", "libraries_ms"),
    ("building the app", "layer-fastapi", "build_ms"),
    ("lifespan", "layer-handler", "lifespan_ms"),
    ("first request", "extra-0", "first_request_ms"),
    ("OpenAPI schema", "layer-json", "openapi_ms"),
)
"""What it is called, its CSS class, and its figure, in the order of a start."""
_WHOLE_IMPORT = ("imports and building", "layer-server", "import_ms")


@dataclass(frozen=True)
class StepBlock:
    """A block of a bar, in ms from its left end."""

    css: str
    words: str
    left_ms: float
    width_ms: float


@dataclass(frozen=True)
class StartupBar:
    """The steps of one target's start; `words` is for those who can't see them."""

    case: CaseSummary
    blocks: tuple[StepBlock, ...]
    words: str

    @property
    def end_ms(self) -> float:
        return self.blocks[-1].left_ms + self.blocks[-1].width_ms if self.blocks else 0.0


def steps(found: Startup) -> list[tuple[str, str, Estimate]]:
    """The steps that are known of a start; the import as a whole where its two aren't."""
    known = STEPS if found.build_ms else (STEPS[0], _WHOLE_IMPORT, *STEPS[3:])
    values = [(name, css, getattr(found, figure)) for name, css, figure in known]
    return [(name, css, value) for name, css, value in values if value is not None]


def picture(cases: Sequence[tuple[CaseSummary, Startup]]) -> Markup:
    """All of them on one scale in ms of CPU."""
    bars = [_bar(case, found) for case, found in cases]
    names = dict.fromkeys((name, css) for _, found in cases for name, css, _ in steps(found))
    return render(
        "figures/startup_bars.html", bars=bars, legend=tuple(names), scale=Scale.over(bar.end_ms for bar in bars)
    )


def _bar(case: CaseSummary, found: Startup) -> StartupBar:
    blocks: list[StepBlock] = []
    at_ms = 0.0
    for name, css, value in steps(found):
        blocks.append(StepBlock(css, f"{name}: {measured(value, 'ms')}", at_ms, value.mean))
        at_ms += value.mean
    words = ", ".join(f"{name} {number(value.mean)} ms" for name, _, value in steps(found))
    return StartupBar(case, tuple(blocks), words)
