"""The bare server and each of its settings as bars: what a request takes, and what of that the setting adds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from markupsafe import Markup

from bench.analysis.run.server_figures import ServerLayers, SettingCost
from bench.report.figures.axes import Scale
from bench.report.templates import render
from bench.stats.intervals import Estimate
from bench.text.numbers import added, mean, measured


@dataclass(frozen=True)
class ServerBar:
    """One setting: the block that it adds lies between two places in µs; `saves` where it lies left of the bare end."""

    name: str
    cpu_us: Estimate
    added_us: Estimate
    bare_us: float
    left_us: float
    right_us: float
    saves: bool
    tip: str
    words: str


def server_bars(layers: ServerLayers) -> Markup:
    """The bars drawn, all on one scale."""
    bars = [_bar(layers, one) for one in layers.settings.values()]
    scale = Scale.over([layers.bare_us.mean, *_ends(bars)], cut_outliers=True)
    return render("figures/server_bars.html", bars=bars, bare_us=layers.bare_us, scale=scale)


def _bar(layers: ServerLayers, one: SettingCost) -> ServerBar:
    bare_us, end_us = layers.bare_us.mean, layers.bare_us.mean + one.added_us.mean
    return ServerBar(
        name=one.name,
        cpu_us=one.cpu_us,
        added_us=one.added_us,
        bare_us=min(bare_us, end_us),
        left_us=min(bare_us, end_us),
        right_us=max(bare_us, end_us),
        saves=end_us < bare_us,
        tip=f"{one.name}: {added(one.added_us)} µs",
        words=f"{one.name}: {measured(one.cpu_us, 'µs')}, of which {mean(one.added_us)} µs are its own",
    )


def _ends(bars: Iterable[ServerBar]) -> list[float]:
    return [bar.right_us for bar in bars]
