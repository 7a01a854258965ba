"""What a command was asked for, as a plan: which targets and cases, in which environment, with what effort."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench import catalog, host, trunk
from bench.engine.arms import Arms
from bench.engine.effort import EFFORTS
from bench.engine.plan import Plan
from bench.load.jobs import Loads
from bench.load.served_pairing import SERVED_S
from bench.load.setting import HERE, Setting
from bench.model import PROFILES, Case, EffortName, Objective, Pass, Scenario
from bench.nearest import nearest
from bench.samples import Absence
from bench.stack.build import Environment, build, build_both, lacks
from bench.stack.recipe import Recipe, of_requirements
from bench.workspace import PROJECT, SCENARIOS, TARGETS

Pythons = tuple[str | None, str | None]
"""Of the base and of the head; None: the one that the harness runs on."""


class UsageError(Exception):
    """A command that can't be carried out as it was given."""


@dataclass(frozen=True)
class Loading:
    """The words that change how a scenario loads: None leaves what its file says.

    A `rate` makes it an open load, its arrivals at random with `poisson`. With an `objective` the highest rate that
    meets it is searched for.
    """

    scenario: str | None = None
    users: int | None = None
    duration_s: float | None = None
    rate: float | None = None
    poisson: bool = False
    objective: Objective | None = None
    setting: Setting = HERE


# Load, memory and profiles take most of a run's time: a case that quick leaves out has them when it is named.
_LIGHT = (Pass.TIMING, Pass.ALLOCATIONS)
# Long enough that one stall of a few dozen ms, which shared machines have, is not yet a hundredth of it.
_SEARCH_STEP_S = 5.0


@dataclass(frozen=True)
class Choice:
    """The words of a command line that decide what is measured. No glob means every case that the effort takes.

    `witnessed` are globs of the cases whose served request is taken apart; without one, a case that is written out is,
    or else the trunk of the tree.
    """

    passes: tuple[Pass, ...]
    effort: EffortName = EffortName.DEFAULT
    globs: tuple[str, ...] = ()
    requirements: tuple[str, ...] = ()
    python: str | None = None
    targets: Path = TARGETS
    loading: Loading = Loading()
    witnessed: tuple[str, ...] = ()


def plan(
    choice: Choice, recipe: Recipe | None = None, preferred: Mapping[str, str] | None = None
) -> tuple[Plan, tuple[Absence, ...]]:
    """The plan, and the cases that this stack can't serve, with the reason.

    A `recipe` stands in the place of the choice's requirements; what it doesn't name has the `preferred` versions where
    that can be, or else the project's. Raises CatalogError and StackError; nothing has been measured then.
    """
    targets = catalog.read_targets(choice.targets)
    chosen = trunk.whole(_chosen(catalog.cases(targets), choice), choice.witnessed, choice.passes)
    loaded = {case.id for _, cases in scenarios(choice, chosen).by_file.values() for case in cases}
    chosen = tuple(one for one in chosen if one.id in loaded or any(map(one.belongs_to, _in_process(choice))))
    recipe = recipe or of_requirements(choice.requirements, option="--stack: ")
    environment = build(recipe, PROJECT, choice.python, preferred)
    missing = {name: lacks(environment.stack, target.requires) for name, target in targets.items()}
    skipped = tuple(
        Absence(case=case.id, during=choice.passes[0], kind="skipped", reason=reason)
        for case in chosen
        if (reason := missing[case.target])
    )
    cases = tuple(case for case in chosen if not missing[case.target])
    ready = Plan(
        environment=environment,
        folder=choice.targets,
        targets=targets,
        cases=cases,
        effort=EFFORTS[choice.effort],
        cores=host.cores(clients=choice.loading.setting.crew.here),
        seed=random.SystemRandom().randrange(2**32),
        witnessed=trunk.witnessed(cases, choice.witnessed or _written_out(choice, cases), choice.passes),
    )
    return ready, skipped


def arms(choice: Choice, base: Recipe, head: Recipe, pythons: Pythons) -> tuple[Arms, tuple[Absence, ...]]:
    """Two plans that differ in their environments alone, and the cases that one of them can't serve, with the reason.

    Raises CatalogError and StackError; nothing has been measured then.
    """
    paired_cases(choice)  # what can't be chosen is said before anything is built
    return paired(choice, build_both(base, head, PROJECT, pythons))


def paired_cases(choice: Choice) -> tuple[Case, ...]:
    """The cases that two stacks are to be compared by. Raises CatalogError."""
    known = catalog.cases(catalog.read_targets(choice.targets))
    named = _named(known, choice) if choice.globs else {case.id for case in known if choice.effort.covers(case.effort)}
    chosen = (_restricted(case, choice) if choice.globs else case for case in known if case.id in named)
    return tuple(case for case in chosen if case.belongs_to(choice.passes[0]))


def paired(choice: Choice, environments: tuple[Environment, Environment]) -> tuple[Arms, tuple[Absence, ...]]:
    """Two plans over environments that are built, and the cases that one of them can't serve, with the reason.

    Raises CatalogError.
    """
    targets, chosen, during = catalog.read_targets(choice.targets), paired_cases(choice), choice.passes[0]
    missing = {name: _lacking(environments, target.requires) for name, target in targets.items()}
    skipped = tuple(
        Absence(case=case.id, during=during, kind="skipped", reason=reason)
        for case in chosen
        if (reason := missing[case.target])
    )
    cases = tuple(case for case in chosen if not missing[case.target])
    seed, cores = random.SystemRandom().randrange(2**32), host.cores()
    plans = [Plan(one, choice.targets, targets, cases, EFFORTS[choice.effort], cores, seed) for one in environments]
    return Arms(*plans), skipped


def served(arms: Arms, choice: Choice) -> tuple[Arms, Scenario, Path]:
    """The cases that a served comparison loads, headlines where none is named, and how: back to back."""
    file = SCENARIOS / "hot.py"
    hot = catalog.read_scenarios(file.parent)[file.stem]
    duration_s = SERVED_S / EFFORTS[choice.effort].load_share
    return arms.of(_loaded(hot, arms.base.cases, choice)), hot.model_copy(update={"duration_s": duration_s}), file


def _lacking(environments: tuple[Environment, Environment], requires: Sequence[str]) -> str | None:
    for arm, environment in zip(("base", "head"), environments, strict=True):
        if reason := lacks(environment.stack, requires):
            return f"{arm}: {reason}"
    return None


def scenarios(choice: Choice, cases: Sequence[Case]) -> Loads:
    """The scenarios to run by file, each with those of `cases` that it loads. Raises CatalogError and UsageError."""
    if Pass.LOAD not in choice.passes:
        return Loads()
    folder, named = SCENARIOS, choice.loading.scenario
    known = catalog.read_scenarios(folder)
    if named is not None and named not in known:
        raise catalog.CatalogError(f"no scenario {named!r}; {nearest(named, known)}; `bench list` shows all")
    wanted = [one for one in known.values() if named == one.name or _goes_with(one, choice)]
    by_file = {folder / f"{one.name}.py": (_changed(one, choice), _loaded(one, cases, choice)) for one in wanted}
    setting = choice.loading.setting
    if setting.server and sum(len(loaded) for _, loaded in by_file.values()) != 1:
        raise UsageError("--url is one server, which answers one case; name it: `bench load hot --case …`")
    return Loads(by_file, setting, choice.loading.objective)


def _goes_with(scenario: Scenario, choice: Choice) -> bool:
    """Whether a scenario runs without having been named."""
    return choice.loading.scenario is None and choice.effort.covers(scenario.effort)


def _changed(scenario: Scenario, choice: Choice) -> Scenario:
    """As the command line wants it; a duration that is said holds whatever the effort's share of it."""
    loading = choice.loading
    wanted: dict[str, object] = {}
    if loading.users is not None:
        wanted["users"] = loading.users
    duration_s = loading.duration_s or (_SEARCH_STEP_S if loading.objective else None)
    if duration_s is not None:
        wanted["duration_s"] = duration_s / EFFORTS[choice.effort].load_share
    if loading.rate is not None:
        wanted |= {"model": "open", "rate": loading.rate}
    if loading.poisson:
        wanted["arrivals"] = "poisson"
    changed = scenario.model_copy(update=wanted)
    if loading.poisson and changed.model != "open" and not loading.objective:
        raise UsageError("--poisson goes with --rate: in a closed load the answers say when the next request is sent")
    return changed


def _loaded(scenario: Scenario, cases: Sequence[Case], choice: Choice) -> tuple[Case, ...]:
    """Cases that were named by hand are loaded, headlines or not; their ancestors are there for the pairing only.

    A scenario that says which cases it can load takes no others, unless it was named by hand as well.
    """
    if choice.globs:
        cases = catalog.matching(cases, choice.globs)
    if scenario.cases and not (choice.loading.scenario and choice.globs):
        return catalog.matching(cases, scenario.cases)
    open_to_load = [case for case in cases if not case.only or Pass.LOAD in case.only]
    return tuple(case for case in open_to_load if choice.globs or case.headline)


def _in_process(choice: Choice) -> tuple[Pass, ...]:
    return tuple(during for during in choice.passes if during is not Pass.LOAD)


def _written_out(choice: Choice, cases: Sequence[Case]) -> tuple[str, ...]:
    return tuple(case.id for case in cases if case.id in choice.globs)


def _chosen(cases: tuple[Case, ...], choice: Choice) -> tuple[Case, ...]:
    """The selected cases, and the ancestors that their layers are differences to, parents first.

    Raises CatalogError when nothing that was named is for this effort.
    """
    if not choice.globs:
        return tuple(_lightened(case) for case in cases if choice.effort.covers(case.effort))
    named = _named(cases, choice)
    by_id = {case.id: case for case in cases}
    ancestors = {
        ancestor for one in named for ancestor in _ancestors(by_id[one], by_id) if Pass.TIMING in choice.passes
    }
    return tuple(
        _restricted(case, choice) if case.id in named else case.model_copy(update={"only": _LIGHT})
        for case in cases
        if case.id in named | ancestors
    )


def _named(cases: tuple[Case, ...], choice: Choice) -> set[str]:
    """The ids of the cases that the globs name. Raises CatalogError when none of them is for this effort."""
    named = {case.id for case in catalog.select(cases, choice.globs) if _takes(case, choice)}
    if not named:
        raise catalog.CatalogError(
            f"{' '.join(choice.globs)}: a {choice.effort} run takes none of these; write a case out, or take --full"
        )
    return named


def _takes(case: Case, choice: Choice) -> bool:
    """A case that is written out, and not just met by a pattern, is measured whatever its effort."""
    return choice.effort.covers(case.effort) or case.id in choice.globs


def _lightened(case: Case) -> Case:
    light = not case.only and case.effort is not EffortName.QUICK
    return case.model_copy(update={"only": _LIGHT}) if light else case


def _restricted(case: Case, choice: Choice) -> Case:
    """A case that was named for one pass, or to be profiled, belongs to it, headline or not."""
    alone = len(choice.passes) == 1 or set(choice.passes) <= set(PROFILES)
    return case.model_copy(update={"only": choice.passes}) if alone else case


def _ancestors(case: Case, by_id: Mapping[str, Case]) -> list[str]:
    found: list[str] = []
    while case.parent_id is not None and case.parent_id in by_id:
        case = by_id[case.parent_id]
        found.append(case.id)
    return found
