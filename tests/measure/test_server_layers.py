"""Real servers in one process that differ in a setting: what it costs is found, and nothing else is."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest
from plans import plan, write_target

from bench.analysis.run.checks import checks
from bench.analysis.run.server_figures import ServerLayers
from bench.analysis.run.server_layers import server_layers
from bench.host.procfs import ProcessGoneError, cpu_s
from bench.measure import server_layers as server_pass
from bench.measure import server_sides
from bench.measure.pass_spec import PassInputs
from bench.measure.server_variants import VARIANTS, ServerVariant
from bench.model.run import MissingSample
from bench.model.server import ServerSettings
from bench.model.server_layers import ServerSample
from bench.model.workload import Pass
from bench.runner.call_costs import CallCosts
from bench.runner.plan import Plan
from bench.stack.environment import Environment

BURNS = """
if scope["root_path"]:
    end = time.thread_time_ns() + 400_000
    while time.thread_time_ns() < end:
        pass
"""
PLANTED = (ServerVariant("burns", {"root_path": "/burn"}), ServerVariant("idles", {"backlog": 512}))


def small(environment: Environment, folder: Path, launches: int = 1) -> Plan:
    ready = plan(environment, folder)
    effort = replace(ready.effort, server_launches=launches, server_rounds=4, server_window_s=0.03)
    return replace(ready, effort=effort)


def measured(plan: Plan) -> list[ServerSample]:
    found = list(server_pass.measure(plan))
    assert all(isinstance(one, ServerSample) for one in found), found
    return [one for one in found if isinstance(one, ServerSample)]


@pytest.mark.slow
@pytest.mark.measures
def test_a_cost_that_one_setting_causes_is_its_own(
    environment: Environment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_target(tmp_path, "app", BURNS)
    monkeypatch.setattr(server_sides, "VARIANTS", PLANTED)
    samples = measured(small(environment, tmp_path, launches=2))
    assert all(check.passed for one in samples for check in checks(one)), [checks(one) for one in samples]
    found = server_layers(samples)
    assert isinstance(found, ServerLayers)
    assert found.settings["burns"].added_us.mean == pytest.approx(400, rel=0.2)
    assert abs(found.settings["idles"].added_us.mean) < 40


@pytest.mark.slow
def test_all_settings_are_measured_and_nothing_is_left_running(environment: Environment, tmp_path: Path) -> None:
    write_target(tmp_path, "app", "")
    ready, pids = small(environment, tmp_path), []

    class Watched(Plan):
        def launch(self, *args: object, **how: object) -> object:  # type: ignore[override]
            agent = super().launch(*args, **how)  # type: ignore[arg-type]
            pids.append(agent.pid)
            return agent

    (found,) = measured(Watched(**vars(ready)))
    assert {*found.variants, *found.missing} == {one.name for one in VARIANTS}
    assert all("cores for the server" in reason for reason in found.missing.values()), found.missing
    assert all(check.passed for check in checks(found)), checks(found)
    assert found.variants["h11 instead of httptools"].server.settings["http"] == "h11"
    assert pids
    for pid in pids:
        with pytest.raises(ProcessGoneError):
            cpu_s(pid)


def test_only_the_server_that_logs_writes_a_line_for_each_request(
    environment: Environment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """uvicorn's loggers are the process's own: the others would log too, or that one wouldn't."""
    write_target(
        tmp_path,
        "app",
        f"""
import logging
logger = logging.getLogger("uvicorn.access")
open({str(tmp_path / "seen")!r}, "a").write(f"{{scope['root_path'] or '-'}} {{logger.hasHandlers()}}\\n")
""",
    )
    logs = ServerVariant("logs", {"access_log": True, "root_path": "/logs"})
    monkeypatch.setattr(server_sides, "VARIANTS", (logs, ServerVariant("plain", {"root_path": "/plain"})))
    measured(small(environment, tmp_path))
    seen = {line for line in (tmp_path / "seen").read_text().splitlines() if line.startswith("/")}
    assert {"/logs True", "/plain False"} <= seen


@pytest.mark.slow
def test_the_lifespan_of_an_app_runs_once_in_each_process_and_all_servers_have_its_state(
    environment: Environment, tmp_path: Path
) -> None:
    (tmp_path / "app.py").write_text(f'''"""A target of a test."""
from contextlib import asynccontextmanager
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

TARGET = {{"over": None, "adds": "app", "requests": {{"one": {{"path": "/"}}}}}}


@asynccontextmanager
async def lifespan(app):
    open({str(tmp_path / "starts")!r}, "a").write("start ")
    yield {{"word": "from the lifespan"}}
    open({str(tmp_path / "starts")!r}, "a").write("stop ")


async def one(request):
    return PlainTextResponse(request.state.word)


app = Starlette(routes=[Route("/", one)], lifespan=lifespan)
''')
    (found,) = measured(small(environment, tmp_path))
    assert found.errors == {}
    # By the app's own answer, the servers beside each other, asyncio's, and each worker.
    starts = 3 + 2 * sum("worker" in name for name in found.variants)
    assert sorted((tmp_path / "starts").read_text().split()) == ["start"] * starts + ["stop"] * starts


def test_a_case_that_fails_is_one_absence_with_the_reason(environment: Environment, tmp_path: Path) -> None:
    write_target(tmp_path, "broken", "raise ValueError('no use')")
    found = list(server_pass.measure(small(environment, tmp_path, launches=2)))
    (absence,) = found
    assert isinstance(absence, MissingSample)
    assert (absence.during, absence.kind) == (Pass.SERVER, "invalid")
    assert "no use" in absence.reason


def test_a_request_beside_which_settings_would_not_show_is_skipped(environment: Environment, tmp_path: Path) -> None:
    write_target(tmp_path, "app", "")
    ready = replace(small(environment, tmp_path), costs=CallCosts({"app:one": 0.003}))
    assert server_pass.SPEC.observations(PassInputs(ready)) == 0
    (absence,) = server_pass.measure(ready)
    assert isinstance(absence, MissingSample)
    assert (absence.kind, absence.reason[:37]) == ("skipped", "a request takes more than 2 ms: what ")


def test_a_run_with_a_server_of_its_own_skips_the_pass_and_says_so(environment: Environment, tmp_path: Path) -> None:
    write_target(tmp_path, "app", "")
    ready = replace(small(environment, tmp_path), server=ServerSettings.parse("uvicorn http=h11"))
    (absence,) = server_pass.measure(ready)
    assert isinstance(absence, MissingSample)
    assert absence.kind == "skipped"
    assert "--server" in absence.reason


def invalid(plan: Plan) -> MissingSample:
    (absence,) = server_pass.measure(plan)
    assert isinstance(absence, MissingSample)
    assert absence.kind == "invalid"
    return absence


def test_lost_lines_of_the_access_log_make_a_launch_invalid(
    environment: Environment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lost = "from bench.agent.servers import access_log; access_log.lost[:] = ['the access log is full']"
    write_target(tmp_path, "app", lost)
    monkeypatch.setattr(server_sides, "VARIANTS", ())
    assert "the access log is full" in invalid(small(environment, tmp_path)).reason


def test_a_stack_that_refuses_the_bare_server_is_told_why(
    environment: Environment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_target(tmp_path, "app", "")
    monkeypatch.setattr(server_sides, "BARE", ServerSettings(settings={"nonsense": 1}))
    monkeypatch.setattr(server_sides, "VARIANTS", ())
    assert "nonsense" in invalid(small(environment, tmp_path)).reason


def test_a_server_that_can_t_start_is_missing_and_its_process_has_ended(
    environment: Environment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_target(tmp_path, "app", "")
    ready, agents = small(environment, tmp_path), []

    class Watched(Plan):
        def launch(self, *args: object, **how: object) -> object:  # type: ignore[override]
            agents.append(super().launch(*args, **how))  # type: ignore[arg-type]
            return agents[-1]

    fails = ServerVariant("fails", {"nonsense": 1}, beside=False)
    monkeypatch.setattr(server_sides, "VARIANTS", (fails,))
    watched = Watched(**vars(ready))
    with ExitStack() as running, watched.launch(0) as agent:
        _, missing = server_sides.started(running, watched, watched.cases[0], 0, agent)
        assert "nonsense" in missing["fails"]
        assert [one.alive for one in agents] == [True, False]


def test_an_app_that_changes_state_is_not_started_several_times_at_once(
    environment: Environment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_target(tmp_path, "app", "")
    monkeypatch.setattr(Plan, "may_run_twice", lambda *_: False)
    (absence,) = server_pass.measure(small(environment, tmp_path))
    assert isinstance(absence, MissingSample)
    assert (absence.kind, "changes state" in absence.reason) == ("skipped", True)
