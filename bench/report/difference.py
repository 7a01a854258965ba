"""What differs between two stacks in words, and as a flame graph."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from markupsafe import Markup

from bench.compare import differing
from bench.difference import PER_UNIT, Difference, Function, culprit
from bench.frames import LAYERS, Stack
from bench.report.difference_words import Words
from bench.report.flame import Row, encoded, legends, one_side, tree
from bench.report.palette import layer_class
from bench.splice import Mark
from bench.splice import Node as Both
from bench.statistics import Estimate
from bench.two_stacks import TwoStacks
from bench.wording import added, listed, number, share, within

# A sentence names so many new functions.
_NAMED = 3
_MARKS: tuple[Mark, ...] = ("", "new", "removed")

STEPS = (0.002, 0.01, 0.05)
"""Shares of the larger side's whole from which a frame is drawn one shade stronger."""


def sides(seen: TwoStacks) -> tuple[str, str]:
    """What to call base and head: the version of what was named, if that is one package."""
    moved = differing(seen.base.stack, seen.head.stack)
    named = [versions for name, versions in moved.items() if name in {*seen.base.names, *seen.head.names}]
    if len(named) != 1:
        return "base", "head"
    base, head = named[0]
    return base or "none", head or "none"


def sentences(found: Difference, words: Words) -> list[str]:
    """By how much a request changed, and the function in which it did."""
    base, head = number(found.base), number(found.head)
    whole = words.says.format(case=found.case, change=change(found.change), base=base, head=head)
    first = culprit(found)
    if first is None:
        return [f"{whole}; {words.noise}."]
    there = f"`{first.name}` changed most: {change(first.change)} {words.unit}"
    return [f"{whole}.", f"{there}{_through(found, first)}."]


def change(changed: Estimate) -> str:
    """`+150 ± 12`, or without an interval where there is one launch."""
    return f"{added(changed)} {within(changed)}" if changed.half_width is not None else added(changed)


def below(found: Difference, function: Function) -> tuple[float, list[str]]:
    """What of a function's change is in functions that one side lacks, and which they are, those that take most first;
    none of a change that is mostly its own."""
    changed = function.head.below - function.base.below
    if abs(changed) < abs(function.change.mean) / 10:
        return changed, []
    mark = "new" if changed > 0 else "removed"
    marked = {one.name for one in found.functions if one.mark == mark}
    return changed, [name for name in function.only if name in marked]


def _through(found: Difference, first: Function) -> str:
    """What of a function's change is in functions that one side lacks."""
    if first.mark:
        return "; this function is new" if first.mark == "new" else "; this function was removed"
    changed, names = below(found, first)
    if not names:
        return ""
    named = listed([f"`{name}`" for name in names[:_NAMED]])
    side = "head" if changed > 0 else "base"
    return f", {number(changed)} of it in functions below it that only the {side} has, such as {named}"


def fits(found: Difference, words: Words) -> str:
    """How well the call trees of the two sides match."""
    return (
        f"{share(found.aligned[0])} of the base's {words.what} and {share(found.aligned[1])} of the head's belong to "
        f"callers that both have. {share(found.marked[0])} of the base's is in functions that the head lacks, "
        f"{share(found.marked[1])} of the head's in functions that the base lacks."
    )


def payload(found: Difference, words: Words) -> dict[str, Any]:
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


def colours(words: Words) -> Markup:
    """What colours mean in the difference, and in the views of one side."""
    small, some, much = (f"{step * 100:g}%" for step in STEPS)
    both = [
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
    return legends([("two", both), ("one", [(layer, layer_class(layer)) for layer in LAYERS])])


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


def _both(root: Both) -> Iterator[Row]:
    for depth, node in root.walk():
        step = node.step
        yield depth, step.frame, step.layer, (_MARKS.index(step.mark), node.base, node.head, _own_change(node))


def _own_change(node: Both) -> int:
    marked = [child for child in node.children.values() if child.step.mark]
    return node.own_head - node.own_base + sum(child.head - child.base for child in marked)
