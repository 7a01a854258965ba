"""Chooses cases: by glob, by lineage, and the main chain of targets. Pure functions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase

from bench.catalog.source import CatalogError
from bench.model.workload import Case, Pass, Target, lineage
from bench.text.suggest import nearest


def main_chain_case(cases: Sequence[Case]) -> Case | None:
    """The deepest target that another one stands over, in its headline request; None when there is none."""
    own = [case for case in cases if case.headline and not case.only]
    by_id = {case.id: case for case in cases}
    carrying = {case.over for case in own}
    found = [case for case in own if case.target in carrying] or own
    return max(found, key=lambda case: len(lineage(case, by_id)), default=None)


def attributed(cases: Sequence[Case], globs: Sequence[str], passes: Sequence[Pass]) -> frozenset[str]:
    """The ids of the cases that the boundaries pass takes.

    Those that the globs name, else the main chain; and their roots, where no load pass says what serving alone costs.
    None that is held open: a client has no whole answer of it.
    """
    if Pass.BOUNDARIES not in passes:
        return frozenset()
    answering = [case for case in cases if not _held_open(case)]
    chosen = matching(answering, globs) if globs else tuple(filter(None, (main_chain_case(answering),)))
    by_id = {case.id: case for case in cases}
    roots = () if Pass.LOAD in passes else tuple(lineage(case, by_id)[-1] for case in chosen)
    return frozenset(case.id for case in (*chosen, *roots))


def whole(cases: Sequence[Case], globs: Sequence[str], passes: tuple[Pass, ...]) -> tuple[Case, ...]:
    """Those that the globs name belong to every pass, headline or not."""
    named = {case.id for case in matching(cases, globs)} if globs else set()
    return tuple(
        case.model_copy(update={"only": passes})
        if case.id in named and not case.headline and not _held_open(case)
        else case
        for case in cases
    )


def _held_open(case: Case) -> bool:
    """A WebSocket, or what only the pass of idle connections takes."""
    return case.messages is not None or case.only == (Pass.CONNECTIONS,)


def cases(targets: Mapping[str, Target]) -> tuple[Case, ...]:
    """Every request of every target, in the order of the targets and then of their requests."""
    return tuple(target.case(request) for target in targets.values() for request in target.requests)


def descriptions(targets: Mapping[str, Target]) -> dict[str, str]:
    """By target, what it is."""
    return {name: target.description for name, target in targets.items()}


def parent_of(case: Case, among: Iterable[Case]) -> Case | None:
    """The case that this one stands over; None for a root, and where the parent doesn't answer the same request."""
    return next((other for other in among if other.id == case.parent_id), None)


def select(among: Sequence[Case], globs: Iterable[str]) -> tuple[Case, ...]:
    """The cases that match any of the globs, in their own order; all of them if there is no glob.

    A glob is over `target:request`; one without a colon means every request of the targets that match it. Of an app's
    routes it is over `GET /users/{id}`; one without a method means every method of the paths that match it.
    Raises CatalogError for a glob that matches nothing.
    """
    globs = tuple(globs)
    for glob in globs:
        if not _matched(among, glob):
            known = [case.id if ":" in glob or case.of_app else case.target for case in among]
            of_app = " --app APP" if any(case.of_app for case in among) else ""
            raise CatalogError(f"no case matches {glob!r}, see `bench list{of_app}`; {nearest(glob, known)}")
    return matching(among, globs) if globs else tuple(among)


def matching(among: Iterable[Case], globs: Sequence[str]) -> tuple[Case, ...]:
    """The cases that match any of the globs, in their own order; none if there is no glob, and no complaint."""
    among = tuple(among)
    found = {case.id for glob in globs for case in _matched(among, glob)}
    return tuple(case for case in among if case.id in found)


def names_route(routes: Iterable[str], glob: str) -> bool:
    """Whether a glob matches any of an app's routes, by `GET /users/{id}` or by the path."""
    return any(glob == name or fnmatchcase(name, glob) for one in routes for name in (one, one.partition(" ")[2]))


def _matched(among: Iterable[Case], glob: str) -> list[Case]:
    """What is written out is meant as it stands: `GET /users/{id} [2]` is a name, although a glob's `[2]` is a set."""
    among = tuple(among)
    named = [case for case in among if case.id == glob]
    return named or [case for case in among if glob in _paths(case)] or [case for case in among if _matches(case, glob)]


def _paths(case: Case) -> tuple[str, ...]:
    """The path of an app's route, with the number of its request and without."""
    if not case.of_app:
        return ()
    return case.request.partition(" ")[2], case.route.partition(" ")[2]


def _matches(case: Case, glob: str) -> bool:
    if case.of_app:
        return any(fnmatchcase(one, glob) for one in (case.id, *_paths(case)))
    return fnmatchcase(case.id, glob if ":" in glob else f"{glob}:*")
