"""What a record keeps of two releases' profiles of a case: the functions that changed most, and one small tree of both
sides' calls. Pure functions.
"""

from __future__ import annotations

from typing import Literal

from bench.agent.profiles.frame_names import IDLE
from bench.model.record import RecordedFunction, RecordedProfile
from bench.model.record_stacks import RecordedStacks, StackFrame, StackNode
from bench.profiles.diff import Difference, Function, stands_out
from bench.profiles.diff_tree import DiffFrame, DiffNode, Mark, pruned
from bench.stats.intervals import Estimate

FUNCTIONS = 10
LEAST_SHARE = 0.005
"""Of the larger side's whole: calls that take less than this on both sides count as their caller's own."""

_PLACES = 3
_ONLY: dict[Mark, Literal["base", "head"]] = {"new": "head", "removed": "base"}


def recorded_profile(found: Difference, stacks: str | None) -> RecordedProfile:
    """The functions whose change stands out from the noise, the largest first, without waiting; `stacks` is the path of
    the file that holds the stacks of both sides, relative to the record's folder."""
    changed = [_function(one) for one in found.functions if stands_out(one.change) and one.name != IDLE]
    return RecordedProfile(
        case=found.case,
        change_us=round(found.change.mean, _PLACES),
        within_us=_within(found.change),
        functions=tuple(changed[:FUNCTIONS]),
        stacks=stacks,
    )


def recorded_stacks(found: Difference, package: str, base: str, head: str) -> RecordedStacks:
    """Both sides of a case on these releases of a package, without what takes too little to be seen."""
    tree = pruned(found.tree, LEAST_SHARE * max(found.tree.base, found.tree.head))
    frames: dict[StackFrame, int] = {}
    nodes = []
    for depth, node in tree.walk():
        frame = StackFrame(node.step.frame, node.step.layer)
        number = frames.setdefault(frame, len(frames))
        nodes.append(StackNode(depth, number, node.step.mark, node.own_base, node.own_head))
    return RecordedStacks(
        package=package,
        base=base,
        head=head,
        case=found.case,
        launches=found.launches,
        frames=tuple(frames),
        nodes=tuple(nodes),
    )


def tree(stacks: RecordedStacks) -> DiffNode:
    """The tree of both sides as it was stored, each node with what is below it."""
    path: list[DiffNode] = []
    for one in stacks.nodes:
        step = DiffFrame(*stacks.frames[one.frame], one.mark)
        del path[one.depth :]
        node = path[-1].at(step) if path else DiffNode(step)
        path.append(node)
        node.own_base, node.own_head = one.base_ns, one.head_ns
        for above in path:
            above.add(one.base_ns, one.head_ns)
    return path[0]


def _function(one: Function) -> RecordedFunction:
    return RecordedFunction(
        name=one.name,
        layer=one.layer,
        change_us=round(one.change.mean, _PLACES),
        within_us=_within(one.change),
        only=_ONLY.get(one.mark),
    )


def _within(changed: Estimate) -> float | None:
    return round(changed.half_width, _PLACES) if changed.half_width is not None else None
