"""Sentences of a difference between two profiles."""

from __future__ import annotations

from bench.analysis.comparison.verdicts import differing
from bench.model.diff import StackDiff
from bench.profiles.diff import Difference, Function, culprit
from bench.report.words.diff_kinds import DiffWording
from bench.stats.intervals import Estimate
from bench.text.numbers import added, listed, number, share, within

# A sentence names so many new functions.
_NAMED = 3


def sides(seen: StackDiff) -> tuple[str, str]:
    """What to call base and head: the version of what was named, if that is one package."""
    moved = differing(seen.base.stack, seen.head.stack)
    named = [versions for name, versions in moved.items() if name in {*seen.base.names, *seen.head.names}]
    if len(named) != 1:
        return "base", "head"
    base, head = named[0]
    return base or "none", head or "none"


def sentences(found: Difference, words: DiffWording) -> list[str]:
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
    return f", {number(changed)} of it in called functions that only the {side} has, e.g. {named}"


def fits(found: Difference, words: DiffWording) -> str:
    """How well the call trees of the two sides match."""
    return (
        f"{share(found.aligned[0])} of the base's {words.what} and {share(found.aligned[1])} of the head's belong to "
        f"callers that both have. {share(found.marked[0])} of the base's is in functions that the head lacks, "
        f"{share(found.marked[1])} of the head's in functions that the base lacks."
    )
