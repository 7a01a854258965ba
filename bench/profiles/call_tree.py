"""Stacks merged into a tree by their common callers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from bench.profiles.folded import Stack, layers


@dataclass
class CallNode:
    """A frame below its callers. `total` and `own` are what was folded: sums over a whole profile, or bytes."""

    frame: str
    layer: str
    total: int = 0
    own: int = 0
    children: dict[str, CallNode] = field(default_factory=dict)

    def walk(self, depth: int = 0) -> Iterator[tuple[int, CallNode]]:
        """This node and all below it, parents first, siblings by name so that like stands beside like."""
        yield depth, self
        for _, child in sorted(self.children.items()):
            yield from child.walk(depth + 1)


def tree(folded: Iterable[tuple[Stack, int]]) -> CallNode:
    """All stacks merged by their common callers, below one root that holds the whole time."""
    root = CallNode("all", "driver")
    for frames, value in folded:
        node = root
        node.total += value
        for frame, layer in zip(frames, layers(frames), strict=True):
            node = node.children.setdefault(frame, CallNode(frame, layer))
            node.total += value
        node.own += value
    return root
