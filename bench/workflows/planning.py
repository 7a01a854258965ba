"""Makes a plan of a request: the environment, the targets and cases, the cores, the seed."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence

from bench.analysis.audit.coverage import MAY_CHANGE
from bench.catalog import selection
from bench.catalog.selection import attributed, matching, whole
from bench.host import affinity
from bench.host.affinity import cores
from bench.model.environment import Stack
from bench.model.errors import UsageError
from bench.model.run import MissingSample
from bench.model.server import ServerSettings
from bench.model.workload import Case, Pass, Target
from bench.runner.agent_pair import PairedPlan
from bench.runner.effort import EFFORTS
from bench.runner.plan import Plan
from bench.stack.environment import Environment, lacks
from bench.stack.recipe import Recipe, of_requirements
from bench.text.numbers import counted
from bench.workflows import stacks
from bench.workflows.case_selection import chosen_cases, ignored_cases, paired_cases, refuse_unset
from bench.workflows.load_selection import scenarios
from bench.workflows.request import MeasurementRequest, Pythons


def plan(
    choice: MeasurementRequest, recipe: Recipe | None = None, preferred: Mapping[str, str] | None = None
) -> tuple[Plan, tuple[MissingSample, ...]]:
    """The plan, and the cases that this stack can't serve, with the reason.

    A `recipe` stands in the place of the choice's requirements; what it doesn't name has the `preferred` versions where
    that can be, or else the project's. Raises CatalogError, StackError, UsageError and VariableError; nothing has been
    measured then.
    """
    targets = choice.known_targets()
    chosen = whole(chosen_cases(selection.cases(targets), choice), choice.attributed, choice.passes)
    loads = scenarios(choice, chosen)
    loaded = {case.id for _, cases in loads.by_file.values() for case in cases} | {case.id for case in loads.traffic}
    chosen = tuple(one for one in chosen if one.id in loaded or any(map(one.belongs_to, _in_process(choice))))
    refuse_unset(choice, chosen)
    recipe = recipe or of_requirements(choice.requirements, option="--stack: ").adding(choice.added)
    environment = stacks.build(choice, recipe, choice.python, preferred)
    missing = {name: lacks(environment.stack, target.requires) for name, target in targets.items()}
    cases, skipped = _servable(chosen, targets, missing, choice)
    _refuse_if_none(choice, cases, skipped)
    ready = Plan(
        environment=environment,
        folder=choice.folder,
        targets=targets,
        cases=cases,
        effort=EFFORTS[choice.effort],
        cores=cores(clients=choice.loading.setting.crew.here, workers=choice.server.workers),
        seed=random.SystemRandom().randrange(2**32),
        app=choice.app,
        server=choice.server,
        attributed=attributed(cases, choice.attributed or _written_out(choice, cases), choice.passes),
    )
    return ready, skipped


def arms(
    choice: MeasurementRequest, base: Recipe, head: Recipe, pythons: Pythons
) -> tuple[PairedPlan, tuple[MissingSample, ...]]:
    """Two plans that differ in their environments alone, and the cases that one of them can't serve, with the reason.

    Raises CatalogError, StackError, UsageError and VariableError; nothing has been measured then.
    """
    refuse_unset(choice, paired_cases(choice))  # what can't be meant is said before anything is built
    ready, skipped = paired(choice, stacks.build_both(choice, base, head, pythons))
    _refuse_if_none(choice, ready.base.cases, skipped)
    return ready, skipped


def paired(
    choice: MeasurementRequest, environments: tuple[Environment, Environment]
) -> tuple[PairedPlan, tuple[MissingSample, ...]]:
    """Two plans over environments that are built, and the cases that are left out, with the reason: one of them can't
    serve them, or nobody wants them compared.

    Raises CatalogError.
    """
    targets, chosen = choice.known_targets(), paired_cases(choice)
    missing = {name: _lacking(environments, target.requires) for name, target in targets.items()}
    cases, skipped = _servable(chosen, targets, missing, choice)
    skipped = (*skipped, *ignored_cases(choice))
    seed, cores = random.SystemRandom().randrange(2**32), affinity.cores()
    effort, folder = EFFORTS[choice.effort], choice.folder
    server = _same_loop(environments)
    base, head = (
        Plan(one, folder, targets, cases, effort, cores, seed, app=choice.app, server=server) for one in environments
    )
    return PairedPlan(base, head), skipped


def _same_loop(environments: tuple[Environment, Environment]) -> ServerSettings:
    """Where one Python has no wheel of uvloop, both run on asyncio's loop: it isn't the loop that is compared."""
    without = any(one.stack.unavailable("uvloop") for one in environments)
    return ServerSettings(settings={"loop": "asyncio"}) if without else ServerSettings()


def refuse_unmet(choice: MeasurementRequest, stack: Stack) -> None:
    """Raises UsageError when this stack can serve none of the paired cases, and CatalogError."""
    targets = choice.known_targets()
    missing = {name: lacks(stack, target.requires) for name, target in targets.items()}
    _refuse_if_none(choice, *_servable(paired_cases(choice), targets, missing, choice))


def _refuse_if_none(choice: MeasurementRequest, left: Sequence[Case], skipped: Sequence[MissingSample]) -> None:
    """One skipped case among others is a gap in the results; where all that were asked for are, nothing can be said.

    An ancestor that came along for a difference doesn't count. Raises UsageError.
    """
    asked = matching(left, choice.globs) if choice.globs else left
    if skipped and not asked:
        others = f" (and {counted(len(skipped) - 1, 'other case')})" if len(skipped) > 1 else ""
        raise UsageError(f"{skipped[0].case}{others}: {skipped[0].reason}")


def _servable(
    chosen: tuple[Case, ...],
    targets: Mapping[str, Target],
    missing: Mapping[str, str | None],
    choice: MeasurementRequest,
) -> tuple[tuple[Case, ...], tuple[MissingSample, ...]]:
    """The cases whose targets miss nothing and that may be asked, and an absence for each of the others."""
    cases: list[Case] = []
    skipped: list[MissingSample] = []
    for case in chosen:
        asked = choice.may_ask(targets[case.target].requests[case.request])
        if reason := missing[case.target] or (None if asked else MAY_CHANGE):
            skipped.append(MissingSample(case=case.id, during=choice.passes[0], kind="skipped", reason=reason))
        else:
            cases.append(case)
    return tuple(cases), tuple(skipped)


def _lacking(environments: tuple[Environment, Environment], requires: Sequence[str]) -> str | None:
    for side, environment in zip(("base", "head"), environments, strict=True):
        if reason := lacks(environment.stack, requires):
            return f"{side}: {reason}"
    return None


def _in_process(choice: MeasurementRequest) -> tuple[Pass, ...]:
    return tuple(during for during in choice.passes if during is not Pass.LOAD)


def _written_out(choice: MeasurementRequest, cases: Sequence[Case]) -> tuple[str, ...]:
    """Those of the cases; what is for a few passes only isn't served for others."""
    return tuple(case.id for case in cases if case.id in choice.globs and not case.only)
