"""Whose served request is taken apart: the trunk of the tree of targets, or what was named. Pure functions."""

from __future__ import annotations

from collections.abc import Sequence

from bench.catalog import matching
from bench.model import Case, Pass


def lineage(case: Case, cases: Sequence[Case]) -> list[Case]:
    """The case, its parent, and so on up to the last ancestor among `cases` that answers the same request."""
    by_id = {one.id: one for one in cases}
    found = [case]
    while (parent := by_id.get(found[-1].parent_id or "")) is not None:
        found.append(parent)
    return found


def trunk(cases: Sequence[Case]) -> Case | None:
    """The deepest target that another one stands over, in its headline request; None when there is none."""
    own = [case for case in cases if case.headline and not case.only]
    carrying = {case.over for case in own}
    found = [case for case in own if case.target in carrying] or own
    return max(found, key=lambda case: len(lineage(case, cases)), default=None)


def witnessed(cases: Sequence[Case], globs: Sequence[str], passes: Sequence[Pass]) -> frozenset[str]:
    """The ids of the cases that the boundaries pass takes.

    Those that the globs name, else the trunk; and their roots, where no load pass says what serving alone costs.
    """
    if Pass.BOUNDARIES not in passes:
        return frozenset()
    chosen = matching(cases, globs) if globs else tuple(filter(None, (trunk(cases),)))
    roots = () if Pass.LOAD in passes else tuple(lineage(case, cases)[-1] for case in chosen)
    return frozenset(case.id for case in (*chosen, *roots))


def whole(cases: Sequence[Case], globs: Sequence[str], passes: tuple[Pass, ...]) -> tuple[Case, ...]:
    """Those that the globs name belong to every pass, headline or not."""
    named = {case.id for case in matching(cases, globs)} if globs else set()
    return tuple(
        case.model_copy(update={"only": passes}) if case.id in named and not case.headline else case for case in cases
    )
