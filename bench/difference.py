"""What two stacks' profiles of one case say side by side: the functions whose cost changed, and one tree of both.

Each launch is brought to nanoseconds a request before anything is added up, so that the figures of the tree and of the
functions are one another's sums. The profiler's tax is *not* divided out: it isn't spread evenly (a function of many
calls pays more of it), so what is left would look like a time and be none. These are costs while profiled, said so
wherever they stand; what a request really costs is for `bench compare` to say.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bench.frames import Stack, layers, owners, stacks
from bench.profile import Profile
from bench.samples import ProfileSample
from bench.splice import Mark, Node, aligned, marked, splice
from bench.statistics import Estimate, estimate

Nanoseconds = Mapping[Stack, int]
"""Nanoseconds a request by stack, of one launch."""


@dataclass(frozen=True)
class Side:
    """One stack's profiles together: what was asked, and how much slower the profiler made it."""

    requests: int
    duration_s: float
    tax: float
    us: float


@dataclass(frozen=True)
class Cost:
    """What a function takes, in µs a request while profiled, with the standard library and built-ins that it calls.

    `own_us` is without the other functions that it calls, `total_us` with them. `below_us` is what it spends in
    functions that the other side lacks, called by it with nothing between that both sides have.
    """

    own_us: float = 0.0
    below_us: float = 0.0
    total_us: float = 0.0


@dataclass(frozen=True)
class Function:
    """A function over all stacks that it is in. `change_us` is head less base, with its interval over launches.

    Of a function that both sides have it counts what is new or removed below it, so that the changes of all such
    functions add up to the whole; of a new or removed one it is its own. `only` are the new and removed functions below
    it, those that take most first.
    """

    name: str
    layer: str
    mark: Mark
    base: Cost
    head: Cost
    change_us: Estimate
    only: tuple[str, ...]


@dataclass(frozen=True)
class Difference:
    """One case on two stacks. Stacks and tree are in ns a request, summed over `launches`; pairs are base and head.

    `functions` are sorted by the size of their change, the largest first.
    """

    case: str
    launches: int
    base: Side
    head: Side
    change_us: Estimate
    stacks: tuple[Nanoseconds, Nanoseconds]
    tree: Node
    aligned: tuple[float, float]
    marked: tuple[float, float]
    functions: tuple[Function, ...]


def difference(case: str, base: Sequence[Profile], head: Sequence[Profile]) -> Difference:
    """Of as many launches of either, in the order in which they ran. Raises ValueError for none, or unreadable ones."""
    launches = [(_per_request(one), _per_request(other)) for one, other in zip(base, head, strict=True)]
    whole = together(one for one, _ in launches), together(other for _, other in launches)
    tree = splice(*whole)
    return Difference(
        case,
        len(launches),
        _side([one.sample for one in base], whole[0]),
        _side([one.sample for one in head], whole[1]),
        estimate([(sum(after.values()) - sum(before.values())) / 1e3 for before, after in launches]),
        whole,
        tree,
        aligned(tree),
        marked(tree),
        _functions(launches, whole),
    )


def culprit(found: Difference) -> Function | None:
    """The function whose change is the largest of those that stand out from the noise, if any does."""
    return next((one for one in found.functions if stands_out(one.change_us)), None)


def stands_out(changed: Estimate) -> bool:
    """Whether the interval leaves out zero."""
    return changed.low is not None and changed.high is not None and not changed.low <= 0 <= changed.high


def together(launches: Iterable[Nanoseconds]) -> dict[Stack, int]:
    """All launches' stacks in one, values added up."""
    found: Counter[Stack] = Counter()
    for one in launches:
        found.update(one)
    return dict(found)


def _per_request(profile: Profile) -> dict[Stack, int]:
    """Whole nanoseconds, so that sums are exact."""
    return {stack: round(us * 1e3 / profile.sample.requests) for stack, us in stacks(profile.folded)}


def _side(samples: Sequence[ProfileSample], whole: Nanoseconds) -> Side:
    return Side(
        requests=sum(one.requests for one in samples),
        duration_s=sum(one.duration_s for one in samples),
        tax=sum(one.tax for one in samples) / len(samples),
        us=sum(whole.values()) / len(samples) / 1e3,
    )


def _functions(
    launches: Sequence[tuple[Nanoseconds, Nanoseconds]], whole: Sequence[Nanoseconds]
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
    return tuple(sorted(found, key=lambda one: (-abs(one.change_us.mean), one.name)))


def _function(
    name: str, layer: str, mark: Mark, costs: Sequence[Sequence[Mapping[str, Cost]]], only: tuple[str, ...]
) -> Function:
    """`costs` are of base and head, of each launch, by function."""
    base, head = ([launch.get(name, Cost()) for launch in side] for side in costs)
    changes = [
        (after.own_us + after.below_us) - (before.own_us + before.below_us)
        for before, after in zip(base, head, strict=True)
    ]
    return Function(name, layer, mark, _mean(base), _mean(head), estimate(changes), only)


def _mean(costs: Sequence[Cost]) -> Cost:
    n = len(costs)
    return Cost(
        sum(one.own_us for one in costs) / n,
        sum(one.below_us for one in costs) / n,
        sum(one.total_us for one in costs) / n,
    )


def _costs(launch: Nanoseconds, both: set[str]) -> dict[str, Cost]:
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
    return {name: Cost(own[name] / 1e3, below[name] / 1e3, total[name] / 1e3) for name in total}


def _caller(path: Sequence[str], both: set[str]) -> str | None:
    """Who, of the functions that both sides have, calls what only one has; None where the leaf is one of them."""
    if path[-1] in both:
        return None
    return next((one for one in reversed(path) if one in both), None)


def _only(whole: Sequence[Nanoseconds], both: set[str]) -> dict[str, tuple[str, ...]]:
    """By function, what is new or removed below it."""
    found: dict[str, Counter[str]] = {}
    for side in whole:
        for stack, value in side.items():
            path = owners(stack)
            if (caller := _caller(path, both)) is not None:
                found.setdefault(caller, Counter())[path[-1]] += value
    return {name: tuple(one for one, _ in below.most_common()) for name, below in found.items()}


def _layers(whole: Sequence[Nanoseconds]) -> dict[str, str]:
    """The layer in which a function spends most, where a library of nobody's works for several."""
    spent: dict[str, Counter[str]] = {}
    for side in whole:
        for stack, value in side.items():
            for name, layer in zip(owners(stack), layers(stack), strict=True):
                spent.setdefault(name, Counter())[layer] += value
    return {name: by.most_common(1)[0][0] for name, by in spent.items()}
