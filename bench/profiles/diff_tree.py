"""Two profiles as one tree, though functions came and went between them.

Between two releases hardly a stack stays the same: one function that came between two others changes every stack
through it. So what the other side lacks is cut out of a stack, whose time then lands on the nearest caller that both
sides have; and where the cut reached the leaf, its frames hang below that caller, marked as new or removed.

A frame is the same on both sides if its name is and, for the standard library and built-ins, whose time it is: they are
everywhere, and `isinstance` in one function is not that in another.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from bench.profiles.folded import Stack, layers, owners

Mark = Literal["", "new", "removed"]
Frame = tuple[str, str]
"""Whose time it is, and its name."""


class DiffFrame(NamedTuple):
    """A frame of the tree; `mark` says that only the head has it, or only the base."""

    frame: str
    layer: str
    mark: Mark

    @property
    def key(self) -> tuple[str, Mark]:
        return self.frame, self.mark


@dataclass
class DiffNode:
    """A frame below its callers, with what either side spends in it, in the unit of what was spliced."""

    step: DiffFrame
    base: int = 0
    head: int = 0
    own_base: int = 0
    own_head: int = 0
    children: dict[tuple[str, Mark], DiffNode] = field(default_factory=dict)

    def walk(self, depth: int = 0) -> Iterator[tuple[int, DiffNode]]:
        """This node and all below it, parents first, siblings by name so that like stands beside like."""
        yield depth, self
        for _, child in sorted(self.children.items()):
            yield from child.walk(depth + 1)

    def at(self, step: DiffFrame) -> DiffNode:
        return self.children.setdefault(step.key, DiffNode(step))

    def add(self, base: int, head: int) -> None:
        self.base += base
        self.head += head

    @property
    def in_both(self) -> bool:
        return self.base > 0 and self.head > 0


def merge_trees(base: Mapping[Stack, int], head: Mapping[Stack, int]) -> DiffNode:
    """Both sides below one root, which holds all of either. No value is lost: each lands on one node as its own."""
    root = DiffNode(DiffFrame("all", "driver", ""))
    base_frames, head_frames = _frames(base), _frames(head)
    for stack, value in base.items():
        _spread(root, _steps(stack, head_frames, "removed"), value, 0)
    for stack, value in head.items():
        _spread(root, _steps(stack, base_frames, "new"), 0, value)
    return root


def pruned(root: DiffNode, least: float) -> DiffNode:
    """A copy without what takes less than `least` on either side, in the unit of the tree: its time stays with its
    caller, as that one's own, so that no value is lost."""
    kept = DiffNode(root.step, root.base, root.head, root.own_base, root.own_head)
    for key, child in root.children.items():
        if max(child.base, child.head) >= least:
            kept.children[key] = pruned(child, least)
        else:
            kept.own_base += child.base
            kept.own_head += child.head
    return kept


def aligned(root: DiffNode) -> tuple[float, float]:
    """The share of each side's time whose place in the tree, marked leaves apart, is one that the other side has too.

    1 for a side without time.
    """
    base, head = _aligned(root, False)
    return base / root.base if root.base else 1.0, head / root.head if root.head else 1.0


def marked(root: DiffNode) -> tuple[float, float]:
    """The share of each side's time that is spent in frames which the other side lacks."""
    removed = sum(node.own_base for _, node in root.walk() if node.step.mark)
    new = sum(node.own_head for _, node in root.walk() if node.step.mark)
    return removed / root.base if root.base else 0.0, new / root.head if root.head else 0.0


def _frames(stacks: Mapping[Stack, int]) -> set[Frame]:
    return {frame for stack in stacks for frame in zip(owners(stack), stack, strict=True)}


def _steps(stack: Stack, known: set[Frame], mark: Mark) -> list[DiffFrame]:
    """The frames of a stack that the other side knows, then what hangs below the last of them."""
    kept: list[DiffFrame] = []
    hanging: list[DiffFrame] = []
    for frame, layer in zip(zip(owners(stack), stack, strict=True), layers(stack), strict=True):
        if frame in known:
            kept.append(DiffFrame(frame[1], layer, ""))
            hanging.clear()
        else:
            hanging.append(DiffFrame(frame[1], layer, mark))
    return kept + hanging


def _spread(root: DiffNode, steps: list[DiffFrame], base: int, head: int) -> None:
    node = root
    node.add(base, head)
    for step in steps:
        node = node.at(step)
        node.add(base, head)
    node.own_base += base
    node.own_head += head


def _aligned(node: DiffNode, caller: bool) -> tuple[int, int]:
    """The aligned time at and below a node; a marked leaf is where its nearest caller of both sides is."""
    here = caller if node.step.mark else node.in_both and node.step.frame != "all"
    below = [_aligned(child, here) for child in node.children.values()]
    base, head = (node.own_base, node.own_head) if here else (0, 0)
    return base + sum(one for one, _ in below), head + sum(other for _, other in below)
