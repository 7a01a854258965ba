"""The flame graph of a difference: its boxes, and its folded text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from markupsafe import Markup

from bench.profiles.call_tree import tree
from bench.profiles.diff import PER_UNIT, Difference
from bench.profiles.diff_tree import DiffNode, Mark
from bench.profiles.folded import LAYERS, Stack
from bench.report.figures.flame_graph import Row, encoded, legends, one_side
from bench.report.figures.palette import layer_class
from bench.report.words.diff_kinds import DiffWording

_MARKS: tuple[Mark, ...] = ("", "new", "removed")

STEPS = (0.002, 0.01, 0.05)
"""Shares of the larger side's whole from which a frame is drawn one shade stronger."""


def own_change(node: DiffNode) -> int:
    """What a frame changed by itself, and by the new and removed frames below it."""
    marked = [child for child in node.children.values() if child.step.mark]
    return node.own_head - node.own_base + sum(child.head - child.base for child in marked)


def payload(found: Difference, words: DiffWording) -> dict[str, Any]:
    """The flame graphs: before, after, and both in one tree, whose nodes have the values mark, base, head and change;
    `change` is the frame's own with what is marked below it."""
    before, after = (one_side(tree(stacks.items())) for stacks in found.stacks)
    drawn = encoded(
        {"before": before, "after": after, "both": _both(found.tree)},
        [
            ("change", "both", "head"),
            ("removed", "both", "base"),
            ("before", "before", ""),
            ("after", "after", ""),
        ],
        scale=found.launches * PER_UNIT,
        unit=words.each,
        whole=words.whole,
    )
    return drawn | {"marks": _MARKS, "steps": STEPS}


def folded(stacks: Mapping[Stack, int], launches: int) -> dict[Stack, int]:
    """Thousandths of the unit, as a mean over launches."""
    return {stack: round(value / launches) for stack, value in stacks.items()}


def difffolded(found: Difference) -> str:
    """`frame;frame;leaf BASE HEAD` in thousandths of the unit, marks in the names: what flamegraph.pl reads as a
    difference."""
    lines: list[str] = []
    path: list[str] = []
    for depth, node in found.tree.walk():
        path[depth:] = [f"{node.step.frame}_[{node.step.mark}]" if node.step.mark else node.step.frame]
        base, head = (round(value / found.launches) for value in (node.own_base, node.own_head))
        if base or head:
            lines.append(f"{';'.join(path[1:])} {base} {head}\n")
    return "".join(lines)


def _both(root: DiffNode) -> Iterator[Row]:
    for depth, node in root.walk():
        step = node.step
        yield depth, step.frame, step.layer, (_MARKS.index(step.mark), node.base, node.head, own_change(node))


def difference_colours(words: DiffWording) -> list[tuple[str, str]]:
    """What colours mean in the difference, each with its class."""
    small, some, much = (f"{step * 100:g}%" for step in STEPS)
    return [
        (f"{words.more} by {much} of the {words.of} or more", "more-3"),
        (f"by {some}", "more-2"),
        (f"by {small}", "more-1"),
        ("hardly changed", "same"),
        (f"{words.less} by {small}", "less-1"),
        (f"by {some}", "less-2"),
        (f"by {much} or more", "less-3"),
        ("[new]", "new"),
        ("[removed]", "removed"),
    ]


def colours(words: DiffWording) -> Markup:
    """What colours mean in the difference, and in the views of one side."""
    return legends([("two", difference_colours(words)), ("one", [(layer, layer_class(layer)) for layer in LAYERS])])
