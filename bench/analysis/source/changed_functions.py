"""What the functions that a difference touches cost more or less now, by the profiles of both versions.

What a function calls counts to it, down to the next function that the difference touches: so the changes of several
can be added up. What comes after a middleware is not its own.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bench.agent.profiles.frame_names import IDLE
from bench.analysis.source.scopes import MODULE
from bench.analysis.source.touched_functions import Touched
from bench.model.app_version import ChangedFunction, ProfiledCase
from bench.profiles.diff import PER_UNIT, Difference, Function, Thousandths, culprit
from bench.stats.intervals import Estimate, estimate

_ANONYMOUS = re.compile(r"((\.<locals>)?(\.|(?<=:))<(lambda|genexpr|listcomp|setcomp|dictcomp)>)+$")
_APPLICATION = re.compile(r"(starlette|fastapi)\.(applications|middleware|routing)\b")
"""Modules that call the rest of an application, whoever is called by them."""


# What is in no profile is a hint, and not worth more of them.
_OTHERS = 50


@dataclass(frozen=True)
class NamedChange:
    """A touched function as profiles of base and head name it, None on a side that lacks its file."""

    touched: Touched
    base: str | None
    head: str | None


def changed_functions(named: Sequence[NamedChange], profiles: Sequence[Difference]) -> tuple[ChangedFunction, ...]:
    """Those that are in a profile, the largest change first, and then some classes and modules whose code outside of
    functions changed. Where a request mostly waits longer, perhaps for a thread, all others may be the cause too."""
    sides = tuple(
        {name: index for index, one in enumerate(named) if (name := getattr(one, side)) is not None}
        for side in ("base", "head")
    )
    found: dict[int, dict[str, Estimate]] = {}
    for one in profiles:
        for index, change in _changes(one.pairs, sides).items():
            found.setdefault(index, {})[one.case] = change
    made = [_changed(change, found.get(index, {})) for index, change in enumerate(named)]
    unseen = any(one.most == IDLE for one in profiled_cases(profiles))
    others = [
        one for one, of in zip(made, named, strict=True) if not one.cases and (unseen or of.touched.kind != "function")
    ]
    seen = sorted((one for one in made if one.cases), key=lambda one: -max(map(abs, one.cases.values())))
    return (*seen, *others[:_OTHERS])


def profiled_cases(profiles: Iterable[Difference]) -> tuple[ProfiledCase, ...]:
    """How much a request changed while it was profiled, and the function in which it did most, if any stands out."""
    return tuple(_profiled(one, culprit(one)) for one in profiles)


def _profiled(one: Difference, most: Function | None) -> ProfiledCase:
    return ProfiledCase(
        case=one.case,
        change_us=one.change.mean,
        within_us=one.change.half_width,
        most=most.name if most else None,
        most_us=most.change.mean if most else None,
    )


def _changed(one: NamedChange, changes: Mapping[str, Estimate]) -> ChangedFunction:
    return ChangedFunction(
        name=one.head if one.head is not None and one.touched.in_head else one.base or "",
        at=one.touched.at,
        removed=not one.touched.in_head,
        cases={case: change.mean for case, change in changes.items()},
        within={case: change.half_width for case, change in changes.items() if change.half_width is not None},
    )


def _changes(
    pairs: Iterable[tuple[Thousandths, Thousandths]], sides: Sequence[Mapping[str, int]]
) -> dict[int, Estimate]:
    """µs per request that each function takes more on the head; only of those that are in a profile."""
    spent = [[_spent(one, names) for one, names in zip(pair, sides, strict=True)] for pair in pairs]
    seen = {index for pair in spent for one in pair for index in one}
    return {index: estimate([(head[index] - base[index]) / PER_UNIT for base, head in spent]) for index in seen}


def _spent(launch: Thousandths, names: Mapping[str, int]) -> Counter[int]:
    """By function, in thousandths of a µs per request."""
    found: Counter[int] = Counter()
    for stack, value in launch.items():
        if (index := _innermost(stack, names)) is not None:
            found[index] += value
    return found


def _innermost(stack: Sequence[str], names: Mapping[str, int]) -> int | None:
    """The touched function that the leaf counts to."""
    for one in reversed(stack):
        if (index := names.get(_of_function(one))) is not None:
            return index
        if _APPLICATION.match(one):
            return None
    return None


def _of_function(name: str) -> str:
    """A lambda or a comprehension counts to the function that it is written in."""
    if not name.endswith(">"):
        return name
    found = _ANONYMOUS.sub("", name)
    return f"{found}{MODULE}" if found.endswith(":") else found
