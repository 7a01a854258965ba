"""The pytest-benchmark suite, run in the stack's environment; its JSON goes among a run's exports."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.host.child import start
from bench.measure.pass_spec import PassSpec, launch_s
from bench.model.run import MissingSample
from bench.model.workload import Pass
from bench.runner.plan import Plan
from bench.runner.process_variables import process_variables
from bench.store.documents import SUITE_FILE
from bench.workspace import PROJECT

_SUITE = Path(__file__).with_name("pytest_suite")
_LONGEST_CASE_S = 60.0
# Without them one cold call says how many rounds fit into the time, which then take a fraction of it.
_WARMING_CALLS = 100
# pytest-benchmark calls a slow case once to see how slow it is, three times to warm up, and three times in earnest.
_SLOW_CALLS = 7


class SuiteError(Exception):
    """A suite that gave no result; the message quotes pytest."""


@dataclass(frozen=True)
class SuiteResult:
    """pytest-benchmark's JSON, and pytest's own word for each test that failed."""

    json: str
    failures: tuple[str, ...]

    @property
    def sample(self) -> None:
        """It has none of ours: its own JSON is an export of the run."""
        return None

    @property
    def files(self) -> dict[str, str]:
        return {str(SUITE_FILE): self.json}


def measure(plan: Plan) -> Generator[SuiteResult | MissingSample]:
    """The suite's result, and an absence for each of its tests that failed."""
    if not plan.taken_by(Pass.SUITE):
        return
    try:
        result = run(plan, plan.effort.suite_max_s)
    except SuiteError as error:
        yield MissingSample.invalid("bench/suite", Pass.SUITE, error)
        return
    yield result
    for failure in result.failures:
        yield MissingSample.invalid("bench/suite", Pass.SUITE, failure)


def run(plan: Plan, max_s: float) -> SuiteResult:
    """The suite's result, with about `max_s` for each case. Raises SuiteError when there is none at all."""
    with tempfile.TemporaryDirectory(prefix="layercake-") as folder:
        output, settings = Path(folder) / "pytest-benchmark.json", Path(folder) / "pytest.ini"
        settings.write_text("[pytest]\n", "utf-8")
        cases = Path(folder) / "cases.json"
        cases.write_text(json.dumps(_cases(plan)), "utf-8")
        command = [
            str(plan.environment.python), *(() if plan.environment.foreign else ("-s",)),
            str(_SUITE / "start.py"), str(plan.environment.overlay or ""),
            # Neither the settings nor a conftest.py of the project that layercake may be installed in, nor its modules;
            # and no plugin of the app's own tests.
            str(_SUITE), "-c", str(settings), "-p", "pytest_benchmark.plugin",
            "--rootdir", str(_SUITE.parents[2]), "--confcutdir", str(_SUITE),
            # In one word: pytest takes a path that stands alone for tests, and looks for a conftest.py above it.
            "--quiet", "-rfE", "-p", "no:cacheprovider", "-W", "default", f"--targets={plan.folder.resolve()}",
            f"--cases={cases}",
            f"--benchmark-max-time={max_s}", "--benchmark-min-rounds=3",
            "--benchmark-warmup=on", f"--benchmark-warmup-iterations={_WARMING_CALLS}",
            # It makes a folder for what it might keep, where nothing may be written: in the app's.
            f"--benchmark-json={output}", f"--benchmark-storage=file://{folder}",
        ]  # fmt: skip
        # pytest-benchmark asks git for the commit of where it runs: there is none of ours outside of a checkout.
        where = PROJECT if (PROJECT / ".git").exists() else Path(folder)
        longest_s = _LONGEST_CASE_S * max(1, len(plan.cases)) + 2 * _slow_s(plan)
        if plan.app:
            where = plan.app.app_dir
        status, words = _run(command, where, process_variables(plan.environment) | plan.variables, longest_s)
        failures = tuple(line for line in words.splitlines() if line.startswith(("FAILED ", "ERROR ")))
        if not output.exists() or not output.stat().st_size:
            raise SuiteError("; ".join(failures) or f"pytest ended with status {status} and without a result")
        return SuiteResult(_without_names(output.read_text("utf-8")), failures)


def _cases(plan: Plan) -> list[dict[str, Any]]:
    """What the suite has to know of each case."""
    return [
        {**plan.arguments(case), "group": case.group, "adds": case.adds, "over": case.over}
        for case in plan.taken_by(Pass.SUITE)
    ]


def _slow_s(plan: Plan) -> float:
    """What the calls of slow cases take, of which none fits into the time for its case."""
    costs = plan.costs
    return sum(_SLOW_CALLS * costs.call_s(case.id) for case in plan.taken_by(Pass.SUITE) if costs.long(case.id))


def _without_names(result: str) -> str:
    """Less the host's name and the checkout's, which nobody needs to reproduce it."""
    found = json.loads(result)
    found["machine_info"].pop("node", None)
    found["commit_info"] = {key: found["commit_info"].get(key) for key in ("id", "time", "dirty")}
    return json.dumps(found, indent=1) + "\n"


def _run(command: list[str], where: Path, variables: dict[str, str], longest_s: float) -> tuple[int, str]:
    """Its exit status, and all that it said."""
    process = start(
        command,
        cwd=where,
        env=variables
        # Without COLUMNS, pytest cuts its words for each failure.
        | {"PYTHONDONTWRITEBYTECODE": "1", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "COLUMNS": "1000"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    try:
        words, _ = process.communicate(timeout=longest_s)
    except subprocess.TimeoutExpired:
        raise SuiteError(f"pytest did not end within {longest_s:g} s") from None
    finally:
        process.kill()
        process.wait()
    return process.returncode, words.decode(errors="replace")


SPEC = PassSpec(
    Pass.SUITE,
    "pytest-benchmark",
    lambda given: measure(given.plan),
    observations=lambda given: len(given.plan.taken_by(Pass.SUITE)),
    duration_s=lambda given, made: (
        launch_s(given.plan) + made * (given.plan.effort.suite_max_s + 0.15) + _slow_s(given.plan)
    ),
    quick=False,
    requires=("pytest", "pytest-benchmark"),
)
