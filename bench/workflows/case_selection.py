"""Selects the cases of a request, by its globs and its effort."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence

from bench.audit import requests_file
from bench.catalog.selection import cases, select
from bench.catalog.source import CatalogError
from bench.model.run import MissingSample
from bench.model.workload import PROFILES, Case, EffortName, Pass, lineage
from bench.runner.app_variables import app_variables
from bench.runner.request_values import with_values
from bench.text.numbers import counted
from bench.text.variables import VariableError
from bench.workflows.request import LIGHT, MeasurementRequest

_IGNORED = "ignored by the requests file"


def paired_cases(choice: MeasurementRequest) -> tuple[Case, ...]:
    """The cases that two stacks are to be compared by. Raises CatalogError, also where all of them are ignored."""
    return gated(_selected(choice))


def ignored_cases(choice: MeasurementRequest) -> tuple[MissingSample, ...]:
    """An absence for each case that the requests file leaves out of comparisons. Raises CatalogError."""
    return ignored(_selected(choice), choice.passes[0])


def gated(cases: Sequence[Case]) -> tuple[Case, ...]:
    """Those that comparisons take. Raises CatalogError when they take none of them."""
    found = tuple(case for case in cases if not case.ignored)
    if cases and not found:
        others = f" (and {counted(len(cases) - 1, 'other case')})" if len(cases) > 1 else ""
        raise CatalogError(f"{cases[0].id}{others}: {_IGNORED}; remove its `ignore` to compare it")
    return found


def ignored(cases: Sequence[Case], during: Pass) -> tuple[MissingSample, ...]:
    """An absence for each of the others."""
    return tuple(
        MissingSample(case=case.id, during=during, kind="skipped", reason=_IGNORED) for case in cases if case.ignored
    )


def refuse_unset(choice: MeasurementRequest, cases: Iterable[Case]) -> None:
    """Raises VariableError for a `${NAME}` in a request of somebody's own app that isn't set, and UsageError."""
    if choice.app is None:
        return
    targets, values = choice.known_targets(), {**os.environ, **app_variables(choice.app)}
    for case in cases:
        request = targets[case.target].requests[case.request]
        if choice.may_ask(request):
            try:
                with_values(request, values)
            except VariableError as error:
                raise VariableError(f"{requests_file.of(choice.app).name}: {error}") from None


def _selected(choice: MeasurementRequest) -> tuple[Case, ...]:
    known = cases(choice.known_targets())
    named = _named(known, choice) if choice.globs else {case.id for case in known if choice.effort.covers(case.effort)}
    chosen = [_restricted(case, choice) if choice.globs else case for case in known if case.id in named]
    taken = tuple(case for case in chosen if case.belongs_to(choice.passes[0]))
    if choice.passes[0] is Pass.STARTUP and not taken:  # no target asks for it, as none of somebody's own app does
        return tuple(case for case in chosen if case.headline)
    return taken


def chosen_cases(cases: tuple[Case, ...], choice: MeasurementRequest) -> tuple[Case, ...]:
    """The selected cases, and the ancestors that their layers are differences to, parents first.

    Raises CatalogError when nothing that was named is for this effort.
    """
    if not choice.globs:
        return tuple(_lightened(case) for case in cases if choice.effort.covers(case.effort))
    named = _named(cases, choice)
    by_id = {case.id: case for case in cases}
    timed = named if Pass.TIMING in choice.passes else set()
    ancestors = {ancestor.id for one in timed for ancestor in lineage(by_id[one], by_id)[1:]}
    return tuple(
        _restricted(case, choice) if case.id in named else case.model_copy(update={"only": LIGHT})
        for case in cases
        if case.id in named | ancestors
    )


def _named(cases: tuple[Case, ...], choice: MeasurementRequest) -> set[str]:
    """The ids of the cases that the globs name. Raises CatalogError when none of them is for this effort."""
    named = {case.id for case in select(cases, choice.globs) if _takes(case, choice)}
    if not named:
        raise CatalogError(
            f"{' '.join(choice.globs)}: not part of a {choice.effort} run; give the full case name or use --full"
        )
    return named


def _takes(case: Case, choice: MeasurementRequest) -> bool:
    """A case that is written out, and not just met by a pattern, is measured whatever its effort; a start is written
    like its app."""
    named = case.target if choice.passes[0] is Pass.STARTUP else case.id
    return choice.effort.covers(case.effort) or named in choice.globs or case.id in choice.globs


def _lightened(case: Case) -> Case:
    light = not case.only and case.effort is not EffortName.QUICK
    return case.model_copy(update={"only": LIGHT}) if light else case


def _restricted(case: Case, choice: MeasurementRequest) -> Case:
    """A case that was named for one pass, or to be profiled, belongs to it, headline or not."""
    alone = len(choice.passes) == 1 or set(choice.passes) <= set(PROFILES)
    return case.model_copy(update={"only": choice.passes}) if alone else case
