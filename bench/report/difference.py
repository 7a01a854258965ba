"""What differs between two stacks in words, and as what the page's script draws."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from bench.difference import PER_UNIT, Difference, Function, culprit
from bench.frames import LAYERS, Stack
from bench.pairs import Side
from bench.report.difference_words import Words
from bench.report.flame import Node, tree
from bench.splice import Node as Both
from bench.statistics import Estimate
from bench.two_stacks import TwoStacks
from bench.wording import added, listed, number, share, within

# A page shows so many functions, a sentence names so many new ones.
SHOWN = 60
_NAMED = 3

STEPS = (0.002, 0.01, 0.05)
"""Shares of the larger side's whole from which a frame is drawn one shade stronger."""


def title(seen: TwoStacks) -> str:
    """`fastapi 0.139.2 → 0.140.0`: what was named and differs."""
    named = [f"{name} {old} → {new}" for name, old, new in moved(seen) if name in _names(seen)]
    pythons = [one.stack.python for one in (seen.base, seen.head)]
    python = [f"Python {' → '.join(pythons)}"] if pythons[0] != pythons[1] else []
    return " · ".join([*named, *python]) or "The same stack twice"


def also_moved(seen: TwoStacks) -> list[str]:
    """Packages that nobody named, and that the resolver had to move."""
    return [f"{name} {old} → {new}" for name, old, new in moved(seen) if name not in _names(seen)]


def moved(seen: TwoStacks) -> Iterable[tuple[str, str, str]]:
    """Every package whose version differs: its name, base and head."""
    base, head = seen.base.stack.packages, seen.head.stack.packages
    for name in sorted(base.keys() | head.keys()):
        if base.get(name) != head.get(name):
            yield name, base.get(name, "none"), head.get(name, "none")


def sides(seen: TwoStacks) -> tuple[str, str]:
    """What base and head are called beside each other: by the version of what was named, if that is one package."""
    names = [name for name, _, _ in moved(seen) if name in _names(seen)]
    if len(names) == 1:
        return _version(seen.base, names[0]), _version(seen.head, names[0])
    return "base", "head"


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
        return "; it is new" if first.mark == "new" else "; it is gone"
    changed, names = below(found, first)
    if not names:
        return ""
    named = listed([f"`{name}`" for name in names[:_NAMED]])
    side = "head" if changed > 0 else "base"
    return f", {number(changed)} of it in functions below it that only the {side} has, such as {named}"


def fits(found: Difference, words: Words) -> str:
    """How well the two sides lie on each other."""
    return (
        f"{share(found.aligned[0])} of the base's {words.what} and {share(found.aligned[1])} of the head's lie on "
        f"callers that both have; {share(found.marked[0])} of the base's is in frames that the head lacks, "
        f"{share(found.marked[1])} of the head's in frames that the base lacks."
    )


def payload(found: Difference, words: Words) -> dict[str, Any]:
    """What the page's script draws: trees by name, and which of them to look at.

    A node of `before` and `after` is [depth, frame, layer, value], one of `both` is
    [depth, frame, layer, mark, base, head, change]: values divided by `scale` are in the unit; `change` is the
    frame's own with what is marked below it.
    """
    frames: dict[str, int] = {}
    before, after = (_nodes(tree(stacks.items()), frames) for stacks in found.stacks)
    return {
        "scale": found.launches * PER_UNIT,
        "unit": words.each,
        "whole": words.whole,
        "trees": {"before": before, "after": after, "both": _both(found.tree, frames)},
        "views": [
            ["change", "both", "head"],
            ["removed", "both", "base"],
            ["before", "before", ""],
            ["after", "after", ""],
        ],
        "frames": list(frames),
        "layers": LAYERS,
        "marks": ["", "new", "removed"],
        "steps": STEPS,
    }


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


def _nodes(root: Node, frames: dict[str, int]) -> list[list[int]]:
    return [
        [depth, frames.setdefault(node.frame, len(frames)), LAYERS.index(node.layer), node.total]
        for depth, node in root.walk()
    ]


def _both(root: Both, frames: dict[str, int]) -> list[list[int]]:
    marks = {"": 0, "new": 1, "removed": 2}
    return [
        [
            depth,
            frames.setdefault(node.step.frame, len(frames)),
            LAYERS.index(node.step.layer),
            marks[node.step.mark],
            node.base,
            node.head,
            _own_change(node),
        ]
        for depth, node in root.walk()
    ]


def _own_change(node: Both) -> int:
    marked = [child for child in node.children.values() if child.step.mark]
    return node.own_head - node.own_base + sum(child.head - child.base for child in marked)


def _names(seen: TwoStacks) -> set[str]:
    return {*seen.base.names, *seen.head.names}


def _version(side: Side, name: str) -> str:
    return side.stack.packages.get(name, "none")
