"""What two stacks take for one case side by side: the functions in which that changed, and one tree of both.

Of time, in µs per request while profiled, or of memory, in kB at the peak: one unit throughout, which whoever shows
a difference names. Whole thousandths of it go in, so that the figures of the tree and of the functions are one
another's sums.

A profiler's tax is *not* divided out: it isn't spread evenly (a function of many calls pays more of it), so what is
left would look like a time and be none. What a request really costs is for `bench compare` to say.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bench.profiles.diff_tree import DiffNode, Mark, aligned, marked, merge_trees
from bench.profiles.folded import Stack, layers, owners
from bench.stats.intervals import Estimate, estimate

PER_UNIT = 1000
Thousandths = Mapping[Stack, int]
"""By stack, of one launch: nanoseconds per request, or bytes."""


@dataclass(frozen=True)
class Cost:
    """What a function takes, with the standard library and built-ins that it calls.

    `own` is without the other functions that it calls, `total` with them. `below` is what goes into functions that the
    other side lacks, called by it with nothing between that both sides have.
    """

    own: float = 0.0
    below: float = 0.0
    total: float = 0.0


@dataclass(frozen=True)
class Function:
    """A function over all stacks that it is in. `change` is head less base, with its interval over launches.

    Of a function that both sides have it counts what is new or removed below it, so that the changes of all such
    functions add up to the whole; of a new or removed one it is its own. `only` are the new and removed functions below
    it, those that take most first.
    """

    name: str
    layer: str
    mark: Mark
    base: Cost
    head: Cost
    change: Estimate
    only: tuple[str, ...]


@dataclass(frozen=True)
class Difference:
    """One case on two stacks; pairs are base and head. Stacks and tree are in thousandths of the unit, summed over
    `launches`, `base` and `head` their means in the unit itself. `pairs` are the stacks of each launch.

    `functions` are sorted by the size of their change, the largest first.
    """

    case: str
    launches: int
    base: float
    head: float
    change: Estimate
    stacks: tuple[Thousandths, Thousandths]
    tree: DiffNode
    aligned: tuple[float, float]
    marked: tuple[float, float]
    functions: tuple[Function, ...]
    pairs: tuple[tuple[Thousandths, Thousandths], ...]


def difference(case: str, base: Sequence[Thousandths], head: Sequence[Thousandths]) -> Difference:
    """Of as many launches of either, in the order in which they ran. Raises ValueError for none."""
    launches = list(zip(base, head, strict=True))
    change = estimate([(sum(after.values()) - sum(before.values())) / PER_UNIT for before, after in launches])
    whole = together(base), together(head)
    tree = merge_trees(*whole)
    return Difference(
        case,
        len(launches),
        tree.base / len(launches) / PER_UNIT,
        tree.head / len(launches) / PER_UNIT,
        change,
        whole,
        tree,
        aligned(tree),
        marked(tree),
        _functions(launches, whole),
        tuple(launches),
    )


def culprit(found: Difference) -> Function | None:
    """The function whose change is the largest of those that stand out from the noise, if any does."""
    return next((one for one in found.functions if stands_out(one.change)), None)


def stands_out(changed: Estimate) -> bool:
    """Whether the interval leaves out zero."""
    return changed.low is not None and changed.high is not None and not changed.low <= 0 <= changed.high


def together(launches: Iterable[Thousandths]) -> dict[Stack, int]:
    """All launches' stacks in one, values added up."""
    found: Counter[Stack] = Counter()
    for one in launches:
        found.update(one)
    return dict(found)


def _functions(
    launches: Sequence[tuple[Thousandths, Thousandths]], whole: Sequence[Thousandths]
) -> tuple[Function, ...]:
    names = [{owner for stack in side for owner in owners(stack)} for side in whole]
    both = names[0] & names[1]
    costs = [[_costs(one, both) for one in sides] for sides in zip(*launches, strict=True)]
    layer, only = _layers(whole), _only(whole, both)
    found = [
        _function(
            name,
            layer[name],
            ("" if name in both else "new" if name in names[1] else "removed"),
            costs,
            only.get(name, ()),
        )
        for name in names[0] | names[1]
    ]
    return tuple(sorted(found, key=lambda one: (-abs(one.change.mean), one.name)))


def _function(
    name: str, layer: str, mark: Mark, costs: Sequence[Sequence[Mapping[str, Cost]]], only: tuple[str, ...]
) -> Function:
    """`costs` are of base and head, of each launch, by function."""
    base, head = ([launch.get(name, Cost()) for launch in side] for side in costs)
    changes = [
        (after.own + after.below) - (before.own + before.below) for before, after in zip(base, head, strict=True)
    ]
    return Function(name, layer, mark, _mean(base), _mean(head), estimate(changes), only)


def _mean(costs: Sequence[Cost]) -> Cost:
    n = len(costs)
    return Cost(
        sum(one.own for one in costs) / n,
        sum(one.below for one in costs) / n,
        sum(one.total for one in costs) / n,
    )


def _costs(launch: Thousandths, both: set[str]) -> dict[str, Cost]:
    """By function; `both` are those that base and head have."""
    own: Counter[str] = Counter()
    below: Counter[str] = Counter()
    total: Counter[str] = Counter()
    for stack, value in launch.items():
        path = owners(stack)
        own[path[-1]] += value
        total.update(dict.fromkeys(path, value))
        if (caller := _caller(path, both)) is not None:
            below[caller] += value
    return {name: Cost(own[name] / PER_UNIT, below[name] / PER_UNIT, total[name] / PER_UNIT) for name in total}


def _caller(path: Sequence[str], both: set[str]) -> str | None:
    """Who, of the functions that both sides have, calls what only one has; None where the leaf is one of them."""
    if path[-1] in both:
        return None
    return next((one for one in reversed(path) if one in both), None)


def _only(whole: Sequence[Thousandths], both: set[str]) -> dict[str, tuple[str, ...]]:
    """By function, what is new or removed below it."""
    found: dict[str, Counter[str]] = {}
    for side in whole:
        for stack, value in side.items():
            path = owners(stack)
            if (caller := _caller(path, both)) is not None:
                found.setdefault(caller, Counter())[path[-1]] += value
    return {name: tuple(one for one, _ in below.most_common()) for name, below in found.items()}


def _layers(whole: Sequence[Thousandths]) -> dict[str, str]:
    """The layer in which a function takes most, where a library of nobody's works for several."""
    spent: dict[str, Counter[str]] = {}
    for side in whole:
        for stack, value in side.items():
            for name, layer in zip(owners(stack), layers(stack), strict=True):
                spent.setdefault(name, Counter())[layer] += value
    return {name: by.most_common(1)[0][0] for name, by in spent.items()}
