"""The flame graph of a profile: its boxes, as the page draws them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from bench.analysis.run.figures import Summary
from bench.model.run import ProfileSample
from bench.profiles.call_tree import CallNode, tree
from bench.profiles.folded import LAYERS, stacks
from bench.report.figures.palette import layer_class, layer_name
from bench.report.templates import render
from bench.text.numbers import share

Row = tuple[int, str, str, tuple[int, ...]]
"""A node for the page's script: depth, frame, layer, and its values."""
Legend = tuple[str, Iterable[tuple[str, str]]]
"""The view that a legend belongs to (`one` side, `two` sides, or "" for all), and its texts with their colours."""


@dataclass(frozen=True)
class Hot:
    """A frame over all the stacks that it is in: its own time, without what it calls, per request."""

    frame: str
    layer: str
    self_us: float
    share: float


@dataclass(frozen=True)
class Flame:
    """One case's profile, ready to be drawn. `shares` are layers by their part of the time, the largest first."""

    sample: ProfileSample
    root: CallNode
    shares: tuple[tuple[str, float], ...]
    hottest: tuple[Hot, ...]

    @property
    def name(self) -> str:
        return profile_name(self.sample)

    @property
    def own(self) -> tuple[str, ...]:
        """pyinstrument's own files, by their path beside the page."""
        stem = self.sample.file.removesuffix(".folded")
        return tuple(stem + suffix for suffix in self.sample.own)


def profile_name(sample: ProfileSample) -> str:
    """The case, and where it was profiled."""
    return f"{sample.case}, {place(sample)}"


def place(sample: ProfileSample) -> str:
    """`in process`, or `served by uvicorn, 16 users`."""
    if sample.where == "in process":
        return sample.where
    by = f" by {sample.server.split()[0]}" if sample.server else ""
    users = f", {sample.users} user{'s' if sample.users > 1 else ''}" if sample.users else ""
    return f"served{by}{users}"


def flame(sample: ProfileSample, folded: str, most: int = 12) -> Flame:
    """Everything to show of a profile; `most` is the length of its table of hottest frames."""
    root = tree(stacks(folded))
    by_layer = dict.fromkeys(LAYERS, 0)
    by_frame: dict[tuple[str, str], int] = {}
    for _, node in root.walk():
        by_layer[node.layer] += node.own
        by_frame[node.frame, node.layer] = by_frame.get((node.frame, node.layer), 0) + node.own
    whole = root.total or 1
    shares = sorted(((layer, own / whole) for layer, own in by_layer.items() if own), key=lambda pair: -pair[1])
    hottest = sorted(by_frame.items(), key=lambda pair: (-pair[1], pair[0]))[:most]
    return Flame(
        sample,
        root,
        tuple(shares),
        tuple(Hot(frame, layer, own / sample.requests, own / whole) for (frame, layer), own in hottest if own),
    )


def flames(summary: Summary, profiles: Mapping[str, str]) -> list[Flame]:
    """Of every valid profile, in process and served; `profiles` are folded stacks by file."""
    return [
        flame(figure.value, profiles[figure.value.file])
        for case in summary.cases.values()
        for figure in (case.profile, case.served_profile)
        if figure.value is not None and figure.value.file in profiles
    ]


def payload(found: Flame) -> dict[str, Any]:
    """The flame graph of a profile."""
    return encoded(
        {"profile": one_side(found.root)},
        [("profile", "profile", "")],
        scale=found.sample.requests,
        unit="µs per request while profiled",
        whole="profile",
    )


def one_side(root: CallNode) -> Iterator[Row]:
    """The nodes of a tree of one stack, each with its total."""
    return ((depth, node.frame, node.layer, (node.total,)) for depth, node in root.walk())


def encoded(
    trees: Mapping[str, Iterable[Row]], views: Sequence[tuple[str, str, str]], *, scale: int, unit: str, whole: str
) -> dict[str, Any]:
    """What the page's script draws: trees by name, parents before their children, a node as
    [depth, frame, layer, *values]; a value divided by `scale` is in `unit`.

    A view has a name, a tree, and for a tree of two sides the side that gives the width.
    """
    frames: dict[str, int] = {}
    nodes = {
        name: [
            [depth, frames.setdefault(frame, len(frames)), LAYERS.index(layer), *values]
            for depth, frame, layer, values in rows
        ]
        for name, rows in trees.items()
    }
    return {
        "scale": scale,
        "unit": unit,
        "whole": whole,
        "trees": nodes,
        "views": views,
        "frames": list(frames),
        "layers": LAYERS,
    }


def legends(found: Sequence[Legend]) -> Markup:
    """What the colours of a flame graph mean."""
    return render("figures/flame_legend.html", legends=found)


def layer_legend(shares: Iterable[tuple[str, float]]) -> Markup:
    """The layers with their shares."""
    return legends([("", [(f"{layer_name(layer)} {share(part)}", layer_class(layer)) for layer, part in shares])])
