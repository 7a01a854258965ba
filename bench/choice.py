"""What a command was asked for, as a plan: which targets and cases, in which environment, with what effort."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench import catalog, host, stack
from bench.engine.effort import EFFORTS, EffortName
from bench.engine.plan import Plan
from bench.model import Absence, Case, Pass, Scenario

PROJECT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Choice:
    """The words of a command line that decide what is measured. No glob means every case."""

    passes: tuple[Pass, ...]
    effort: EffortName = EffortName.DEFAULT
    globs: tuple[str, ...] = ()
    requirements: tuple[str, ...] = ()
    python: str | None = None
    targets: Path = PROJECT / "targets"
    scenario: str | None = None
    port: int = 0


def plan(choice: Choice) -> tuple[Plan, tuple[Absence, ...]]:
    """The plan, and the cases that this stack can't serve, with the reason.

    Raises CatalogError and StackError; nothing has been measured then.
    """
    targets = catalog.read_targets(choice.targets)
    chosen = _chosen(catalog.cases(targets), choice)
    environment = stack.build(choice.requirements, PROJECT, choice.python)
    missing = {name: stack.lacks(environment.stack, target.requires) for name, target in targets.items()}
    skipped = tuple(
        Absence(case=case.id, during=choice.passes[0], kind="skipped", reason=reason)
        for case in chosen
        if (reason := missing[case.target])
    )
    ready = Plan(
        environment=environment,
        folder=choice.targets,
        targets=targets,
        cases=tuple(case for case in chosen if not missing[case.target]),
        effort=EFFORTS[choice.effort],
        cores=host.cores(),
        seed=random.SystemRandom().randrange(2**32),
        port=choice.port,
    )
    return ready, skipped


def scenarios(choice: Choice, cases: Sequence[Case]) -> dict[Path, tuple[Scenario, tuple[Case, ...]]]:
    """The chosen scenarios by file, each with those of `cases` that it loads. Raises CatalogError."""
    folder = PROJECT / "scenarios"
    known = catalog.read_scenarios(folder)
    if choice.scenario is not None and choice.scenario not in known:
        raise catalog.CatalogError(f"{folder}: no scenario {choice.scenario!r}; there are: {', '.join(known)}")
    wanted = {name: known[name] for name in ([choice.scenario] if choice.scenario else known)}
    return {folder / f"{name}.py": (scenario, _loaded(scenario, cases, choice)) for name, scenario in wanted.items()}


def _loaded(scenario: Scenario, cases: Sequence[Case], choice: Choice) -> tuple[Case, ...]:
    """Cases that were named by hand are loaded, headlines or not; their ancestors are there for the pairing only."""
    open_to_load = [case for case in cases if not case.only or Pass.LOAD in case.only]
    if choice.globs:
        return tuple(open_to_load)
    if not scenario.cases:
        return tuple(case for case in open_to_load if case.headline)
    return catalog.select(open_to_load, scenario.cases)


def _chosen(cases: tuple[Case, ...], choice: Choice) -> tuple[Case, ...]:
    """The selected cases, and the ancestors that their layers are differences to, parents first."""
    if not choice.globs:
        return cases
    named = {case.id for case in catalog.select(cases, choice.globs)}
    by_id = {case.id: case for case in cases}
    ancestors = {
        ancestor for one in named for ancestor in _ancestors(by_id[one], by_id) if Pass.TIMING in choice.passes
    }
    return tuple(
        _restricted(case, choice)
        if case.id in named
        else case.model_copy(update={"only": (Pass.TIMING, Pass.ALLOCATIONS)})
        for case in cases
        if case.id in named | ancestors
    )


def _restricted(case: Case, choice: Choice) -> Case:
    """A case that was named for one pass belongs to it, headline or not."""
    return case.model_copy(update={"only": choice.passes}) if len(choice.passes) == 1 else case


def _ancestors(case: Case, by_id: Mapping[str, Case]) -> list[str]:
    found: list[str] = []
    while case.parent_id is not None and case.parent_id in by_id:
        case = by_id[case.parent_id]
        found.append(case.id)
    return found
