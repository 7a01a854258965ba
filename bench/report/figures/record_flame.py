"""The flame graph of a record's step: both releases in one picture that needs no script.

Coloured like the difference on a page of flame graphs, by what changed; the strip below a frame has the colour of its
layer. A frame is as wide as the larger of its times before and after, which shows what is new beside what was removed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup

from bench.analysis.series.record_profiles import tree
from bench.model.record import RecordedProfile
from bench.model.record_stacks import RecordedStacks
from bench.profiles.diff import PER_UNIT
from bench.profiles.diff_tree import DiffNode
from bench.profiles.folded import LAYERS
from bench.report.figures.diff_flame_graph import STEPS, difference_colours, own_change
from bench.report.figures.flame_graph import legends
from bench.report.figures.palette import layer_class, layer_name
from bench.report.templates import render
from bench.report.words.diff_kinds import TIME
from bench.store import record_stacks
from bench.store.files import StoreError
from bench.text.numbers import number, signed

_ROW_PX = 19
# Percent of the picture: what is narrower is not drawn, or has no room for a name.
_NARROWEST, _NAMED = 0.1, 3.0
_READ = (
    "µs per request while profiled. Colour: a frame's own change, including new and removed functions below it. Strip: "
    "its layer. Width: the larger of before and after."
)


@dataclass(frozen=True)
class FlameBox:
    """A frame's place, percent of the width and pixels from the top, with its colours and its words."""

    left: float
    width: float
    top: int
    change_class: str
    layer_class: str
    label: str
    words: str


def picture(package: str, profile: RecordedProfile, folder: Path) -> Markup | None:
    """The flame graph of a profile in the record of a package that lies in `folder`; None of one without stacks.

    Raises StoreError for stacks that are missing, damaged, or of something else.
    """
    if profile.stacks is None:
        return None
    stacks = record_stacks.load(folder, profile.stacks)
    if (stacks.package, stacks.case) != (package, profile.case):
        what = f"is of {stacks.package} and {stacks.case}, not of {package} and {profile.case}"
        raise StoreError(f"{folder / profile.stacks}: {what}; not written by layercake, or damaged")
    return drawn(stacks)


def drawn(stacks: RecordedStacks) -> Markup:
    """The flame graph with its legends."""
    root = tree(stacks)
    boxes = tuple(_boxes(root, stacks.launches))
    layers = {node.step.layer for _, node in root.walk()}
    return render(
        "figures/record_flame.html",
        boxes=boxes,
        height=max(box.top for box in boxes) + _ROW_PX,
        words=f"Flame graph of {stacks.case}: {stacks.package} {stacks.base} and {stacks.head}; {boxes[0].words}",
        read=_READ,
        legend=legends(
            [
                ("", difference_colours(TIME)),
                ("", [(layer_name(layer), layer_class(layer)) for layer in LAYERS if layer in layers]),
            ]
        ),
    )


def _boxes(root: DiffNode, launches: int) -> Iterator[FlameBox]:
    whole, larger = _width(root) or 1, max(root.base, root.head) or 1
    unit = launches * PER_UNIT

    def below(node: DiffNode, left: int, depth: int) -> Iterator[FlameBox]:
        width = _width(node)
        percent = 100 * width / whole
        if percent < _NARROWEST:
            return
        yield FlameBox(
            round(100 * left / whole, 2),
            round(percent, 2),
            depth * _ROW_PX,
            _colour(node, larger),
            layer_class(node.step.layer),
            _label(node, larger, unit) if percent >= _NAMED else "",
            _words(node, unit),
        )
        for _, child in sorted(node.children.items()):
            yield from below(child, left, depth + 1)
            left += _width(child)

    return below(root, 0, 0)


def _width(node: DiffNode) -> int:
    return max(node.own_base, node.own_head) + sum(map(_width, node.children.values()))


def _strength(node: DiffNode, larger: int) -> int:
    return sum(abs(own_change(node)) / larger >= step for step in STEPS)


def _colour(node: DiffNode, larger: int) -> str:
    strength = _strength(node, larger)
    if node.step.mark or not strength:
        return node.step.mark or "same"
    return f"{'less' if own_change(node) < 0 else 'more'}-{strength}"


def _label(node: DiffNode, larger: int, unit: float) -> str:
    """`[new] name`, or `+1.2 name` of one that changed, without its module."""
    name = node.step.frame.partition(":")[2] or node.step.frame
    if node.step.mark:
        return f"[{node.step.mark}] {name}"
    return f"{signed(own_change(node) / unit)} {name}" if _strength(node, larger) else name


def _words(node: DiffNode, unit: float) -> str:
    """`fastapi.routing:app (fastapi): 12.3 µs before, 14.5 after, +2.2; +0.4 of it own`, or `…: 39.1 µs, [new]`."""
    step = node.step
    named = f"{step.frame} ({layer_name(step.layer)})"
    if step.mark:
        return f"{named}: {number(max(node.base, node.head) / unit)} µs, [{step.mark}]"
    base, head = number(node.base / unit), number(node.head / unit)
    changed, own = signed((node.head - node.base) / unit), signed(own_change(node) / unit)
    return f"{named}: {base} µs before, {head} after, {changed}; {own} of it own"
