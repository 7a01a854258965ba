"""An app of somebody's own stands where targets can: each pass, in real processes of an environment that isn't ours."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from plans import TINY
from services_of_others import RIGHT, write_service

from bench.agent.app.code import PREFIX
from bench.catalog.selection import cases
from bench.measure import load_pass, profile, pytest_benchmark
from bench.measure.profile import Profile
from bench.model.app_options import AppOptions
from bench.model.errors import UsageError
from bench.model.load import LoadSample
from bench.model.run import MissingSample
from bench.model.workload import Pass, Request, Target
from bench.profiles.folded import layers, stacks
from bench.runner import agreement, contract
from bench.runner.app_start import AppStartError
from bench.runner.plan import Plan
from bench.stack.app_environment import app_environment
from bench.stack.environment import Environment
from bench.stack.recipe import of_requirements
from bench.stack.uv import StackError
from bench.workflows import load_selection, planning
from bench.workflows.app.traffic import weights
from bench.workflows.request import LoadOptions, MeasurementRequest

CHANGING = (
    "async def users():",
    "async def users():\n    asked = app.state.asked = [*getattr(app.state, 'asked', []), 1]",
)
Planned = Callable[..., tuple[Plan, MeasurementRequest]]


@pytest.fixture(scope="module")
def app(environment: Environment, tmp_path_factory: pytest.TempPathFactory) -> AppOptions:
    folder = write_service(tmp_path_factory.mktemp("service"))
    try:
        app_environment(folder, environment.python)
    except StackError as error:
        pytest.skip(f"the instruments can't be had: {error}")
    return AppOptions("app.main:app", folder, env=environment.python, writes=True)


@pytest.fixture
def planned(app: AppOptions) -> Planned:
    def planned(during: Pass, *globs: str, loading: LoadOptions = LoadOptions()) -> tuple[Plan, MeasurementRequest]:  # noqa: B008  frozen
        choice = MeasurementRequest((during,), globs=globs, loading=loading, app=app)
        return replace(planning.plan(choice)[0], effort=TINY), choice

    return planned


def test_routes_that_answer_otherwise_are_left_out_with_the_reason(planned: Planned) -> None:
    plan, absences = contract.answering(planned(Pass.TIMING)[0], Pass.TIMING)
    assert tuple(case.id for case in plan.cases) == RIGHT
    assert all(case.parent_id is None and case.headline for case in plan.cases)
    (absence,) = absences
    assert (absence.case, absence.kind) == ("GET /broken", "invalid")
    assert "RuntimeError: not today" in absence.reason


def test_what_changes_state_is_only_measured_when_it_may(app: AppOptions) -> None:
    careful = replace(app, writes=False)
    own = of_requirements((), "own")
    choice = MeasurementRequest((Pass.TIMING,), app=careful)
    (_, skipped), (paired, of_both) = planning.plan(choice), planning.arms(choice, own, own, (None, None))
    assert [(one.case, one.kind) for one in skipped] == [("POST /users", "skipped")]
    assert of_both == skipped
    assert "POST /users" not in {case.id for case in paired.base.cases}
    with pytest.raises(UsageError, match="POST /users: may change state; --writes asks it too"):
        planning.plan(replace(choice, globs=("POST /users",)))


def test_the_suite_runs_in_the_app_s_environment_and_leaves_nothing_there(planned: Planned) -> None:
    plan, _ = planned(Pass.SUITE, "/users", "/<b>*")
    before = sorted(plan.folder.rglob("*"))
    found = pytest_benchmark.run(plan, max_s=0.02)
    assert sorted(plan.folder.rglob("*")) == before
    assert not found.failures
    names = [one["extra_info"]["case"] for one in json.loads(found.json)["benchmarks"]]
    assert names == ["GET /users", "POST /users", "GET /<b>odd</b>/{path:path}"]


def test_a_profile_knows_the_app_s_own_code_as_the_handler(planned: Planned) -> None:
    plan, choice = planned(Pass.PROFILE, "/<b>*")
    (found,) = profile.measure(contract.answering(plan, choice.passes[0])[0])
    assert isinstance(found, Profile)
    assert found.sample.file.startswith("profiles/GET-b-odd-b-path-path-")
    own = [stack for stack, _ in stacks(found.folded) if stack[-1].startswith(f"{PREFIX}main:")]
    assert {layers(stack)[-1] for stack in own} == {"handler"}


@pytest.mark.slow
def test_all_routes_are_loaded_together_each_as_often_as_the_log_says(planned: Planned, tmp_path: Path) -> None:
    log = tmp_path / "access.log"
    line = '127.0.0.1 - - [01/Jan/2026:00:00:00 +0000] "{} HTTP/1.1" 200 2\n'
    log.write_text(line.format("GET /users/7") * 6 + line.format("POST /users") * 3 + line.format("GET /other"))
    plan, choice = planned(Pass.LOAD, loading=LoadOptions(duration_s=0.5, traffic=log))
    plan, absences = contract.answering(plan, Pass.LOAD)
    assert not absences  # what the log doesn't have isn't asked
    plan, loads = load_selection.loaded(choice, plan)
    assert {case.id: round(weight, 3) for case, weight in loads.traffic.items()} == {
        "POST /users": 0.333,
        "GET /users/{id}": 0.333,
        "GET /users/{id} [2]": 0.333,
    }
    (whole,) = plan.cases
    assert whole.id == "app.main:app"
    (sample,) = load_pass.run(plan, loads)
    assert isinstance(sample, LoadSample), sample
    assert (sample.case, sample.scenario, sample.errors) == ("app.main:app", "traffic", {})
    assert {one.name for one in sample.endpoints} == {"/users", "/users/{id}", "/users/{id} [2]"}
    assert sample.verified == sample.requests > 0


@pytest.mark.slow
def test_an_answer_that_changes_under_load_is_wrong(planned: Planned, app: AppOptions) -> None:
    plan, choice = planned(Pass.LOAD, "GET /users", loading=LoadOptions(duration_s=0.5))
    plan, loads = load_selection.loaded(choice, contract.answering(plan, choice.passes[0])[0])
    main = app.app_dir / "app" / "main.py"
    kept = main.read_text()
    try:
        main.write_text(kept.replace(*CHANGING).replace("range(3)", "range(3 + (len(asked) > 50))"))
        (found,) = load_pass.run(plan, loads)
    finally:
        main.write_text(kept)
    assert isinstance(found, LoadSample), found
    assert found.errors.get("wrong_body", 0) > 0


def test_a_log_without_any_of_the_selected_routes_is_refused(planned: Planned, tmp_path: Path) -> None:
    (tmp_path / "access.log").write_text('"POST /users HTTP/1.1" 201\n')
    with pytest.raises(UsageError, match="has no request of these routes; select others with --case"):
        planned(Pass.LOAD, "GET /users", loading=LoadOptions(traffic=tmp_path / "access.log"))


def test_head_is_left_out_of_the_load(tmp_path: Path) -> None:
    app = AppOptions("app.main:app", write_service(tmp_path / "service"))
    choice = MeasurementRequest((Pass.LOAD,), app=app)
    requests = {name: Request(path="/") for name in ("HEAD /users", "GET /users", "GET /users [2]")}
    target = Target(name=app.spec, description="", over=None, adds="app", requests=requests, source_sha256="")
    every = cases({app.spec: target})
    assert {case.id: weight for case, weight in weights(choice, every).items()} == {
        "GET /users": 0.5,
        "GET /users [2]": 0.5,
    }
    with pytest.raises(UsageError, match="no route can be loaded: HEAD"):
        weights(choice, every[:1])
    assert weights(choice, []) == {}


def test_an_app_that_can_t_be_started_is_asked_for_no_route(planned: Planned, app: AppOptions) -> None:
    plan, _ = planned(Pass.TIMING)
    main = app.app_dir / "app" / "main.py"
    kept = main.read_text()
    try:
        main.write_text("raise RuntimeError('not at all')\n" + kept)
        with pytest.raises(AppStartError, match="not at all"):
            contract.answering(plan, Pass.TIMING)
        found = list(contract.asked(plan))
    finally:
        main.write_text(kept)
    assert len(found) == len(plan.cases)
    assert {str(checked.error) for checked in found} == {str(found[0].error)}
    assert "not at all" in str(found[0].error)


def test_two_stacks_of_an_app_are_compared_in_the_routes_that_answer_alike(app: AppOptions) -> None:
    own = of_requirements((), "own")
    choice = MeasurementRequest((Pass.TIMING,), globs=("/users", "/broken"), app=app)
    paired, skipped = planning.arms(choice, own, own, (None, None))
    assert not skipped
    assert paired.base.environment is paired.head.environment
    (absence,) = agreement.check(paired)
    assert isinstance(absence, MissingSample)
    assert absence.case == "GET /broken"
    assert absence.reason.startswith("on both stacks: fails: RuntimeError: not today")
