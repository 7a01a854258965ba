"""The pytest-benchmark suite, run in the stack's environment; its JSON goes among a run's exports."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

from bench.host.child import passed_on, start
from bench.measure.pass_spec import LAUNCH_S, PassSpec
from bench.model.run import MissingSample
from bench.model.workload import Pass
from bench.runner.plan import Plan
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
        command = [
            # Neither the settings nor a conftest.py of the project that layercake may be installed in, nor its modules.
            str(plan.environment.python), "-P", "-m", "pytest", str(_SUITE), "-c", str(settings),
            "--rootdir", str(_SUITE.parents[2]), "--confcutdir", str(_SUITE),
            # In one word: pytest takes a path that stands alone for tests, and looks for a conftest.py above it.
            "--quiet", "-rfE", "-p", "no:cacheprovider", "-W", "default", f"--targets={plan.folder.resolve()}",
            "--cases", ",".join(case.id for case in plan.taken_by(Pass.SUITE)),
            f"--varying={','.join(case.id for case in plan.taken_by(Pass.SUITE) if case.compared != 'bytes')}",
            f"--benchmark-max-time={max_s}", "--benchmark-min-rounds=3",
            "--benchmark-warmup=on", f"--benchmark-warmup-iterations={_WARMING_CALLS}",
            f"--benchmark-json={output}",
        ]  # fmt: skip
        # pytest-benchmark asks git for the commit of where it runs: there is none of ours outside of a checkout.
        where = PROJECT if (PROJECT / ".git").exists() else Path(folder)
        longest_s = _LONGEST_CASE_S * max(1, len(plan.cases)) + 2 * _slow_s(plan)
        status, words = _run(command, where, plan.variables, longest_s)
        failures = tuple(line for line in words.splitlines() if line.startswith(("FAILED ", "ERROR ")))
        if not output.exists() or not output.stat().st_size:
            raise SuiteError("; ".join(failures) or f"pytest ended with status {status} and without a result")
        return SuiteResult(_without_names(output.read_text("utf-8")), failures)


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
        env=passed_on()
        | variables
        | {"PYTHONDONTWRITEBYTECODE": "1", "COLUMNS": "1000"},  # else pytest cuts its words for each failure
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
    duration_s=lambda given, made: LAUNCH_S + made * (given.plan.effort.suite_max_s + 0.15) + _slow_s(given.plan),
    quick=False,
)
