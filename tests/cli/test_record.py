"""`bench record` as a user meets it, with pretended comparisons."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path

import pytest
from plans import write_target
from record_lines import line
from typer.testing import CliRunner, Result

from bench.analysis.series.bisection import NextComparison
from bench.catalog.source import CatalogError
from bench.cli import record as cli_record
from bench.cli import report as cli_report
from bench.cli.main import app
from bench.model.errors import UsageError
from bench.model.record import RecordedComparison
from bench.model.series import SeriesMetric
from bench.stack import releases as stack_releases
from bench.stack.environment import Environment
from bench.stack.uv import StackError
from bench.store.files import StoreError
from bench.workflows import stacks
from bench.workflows.series.record_pair import RecordComparer

PLAN = """\
python = "3.11"
margin = "3%"
[packages.fastapi]
since = "0"
cases = ["idle:one"]
[packages.starlette]
since = "0"
cases = ["idle:one"]
"""
RELEASES = ("0.1.0", "0.2.0", "0.2.1", "0.3.0", "0.4.0")


class Pretending:
    """Comparisons by known costs; interrupted after so many."""

    def __init__(self) -> None:
        self.costs = dict.fromkeys(RELEASES, 1.0) | {"0.3.0": 1.2, "0.4.0": 1.2}
        self.patience = 1000
        self.asked: list[tuple[str, str, str]] = []
        self.budgets_s: set[float] = set()

    def measure(self, comparer: RecordComparer, gate: SeriesMetric, ask: NextComparison) -> RecordedComparison:
        if not self.patience:
            raise KeyboardInterrupt
        self.patience -= 1
        self.asked.append((comparer.plan.package, ask.base, ask.head))
        self.budgets_s.add(comparer.budget_s)
        comparer.progress.reached("first blocks", "idle:one", 1.0)
        if ask.head == "0.2.0":
            raise StackError("uv pip compile: No solution found")
        cost = self.costs[ask.head] / self.costs[ask.base]
        return line(ask.base, ask.head, {"idle:one": math.log(cost)}, gate=gate, at=len(self.asked))

    def heads(self, package: str) -> list[str]:
        return [head for name, _, head in self.asked if name == package]


@pytest.fixture
def pretending(environment: Environment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Pretending:
    found = Pretending()
    (tmp_path / "targets").mkdir()
    write_target(tmp_path / "targets", "idle", "")
    (tmp_path / "record.toml").write_text(PLAN.replace("3.11", environment.stack.minor_python))
    for module in (cli_record, cli_report):
        monkeypatch.setattr(module, "RECORD_PLAN", tmp_path / "record.toml")
    monkeypatch.setattr(cli_record, "TARGETS", tmp_path / "targets")
    monkeypatch.setattr(stack_releases, "matching", lambda package, specifier, python: RELEASES)
    monkeypatch.setattr(stacks, "build", lambda *_: environment)
    monkeypatch.setattr(stacks, "restore", lambda *_: environment)

    def measure(comparer: RecordComparer, gate: SeriesMetric, ask: NextComparison) -> RecordedComparison:
        return found.measure(comparer, gate, ask)

    monkeypatch.setattr(RecordComparer, "measure", measure)
    return found


def invoke(tmp_path: Path, *words: str) -> Result:
    return CliRunner().invoke(app, [*words, "--results", str(tmp_path)])


def files(folder: Path) -> Mapping[str, str]:
    """What is committed of a record."""
    return {one.name: one.read_text() for one in folder.iterdir() if one.suffix in {".jsonl", ".lock"}}


def test_the_releases_of_all_packages_are_measured_first_in_the_order_of_the_plan_and_kept(
    pretending: Pretending, tmp_path: Path
) -> None:
    done = invoke(tmp_path, "record", "--budget", "20s")
    assert done.exit_code == 0, done.output
    names = [name for name, _, _ in pretending.asked]
    first = 2 * 3  # 0.1.0, 0.2.0 and 0.3.0 against the newest
    assert names[:first] == sorted(names[:first])
    assert names[first:] == sorted(names[first:])
    assert {base for _, base, _ in pretending.asked[:first]} == {RELEASES[-1]}
    assert pretending.heads("fastapi")[0] == "0.1.0"
    assert pretending.budgets_s == {20.0}
    folder = tmp_path / "record"
    assert set(files(folder)) == {"fastapi.jsonl", "fastapi.lock", "starlette.jsonl", "starlette.lock"}
    assert "2 confirmed steps" in " ".join(done.output.split())
    assert str(folder / "record.html") in done.output.replace("\n", "")


def test_what_was_interrupted_is_kept_shown_and_gone_on_with(pretending: Pretending, tmp_path: Path) -> None:
    pretending.patience = 2
    cut = invoke(tmp_path, "record", "fastapi")
    assert cut.exit_code == 130
    assert "repeat the command to resume" in cut.stderr
    assert (tmp_path / "record" / "record.html").exists()
    before = files(tmp_path / "record")["fastapi.jsonl"]
    pretending.patience = 1000
    done = invoke(tmp_path, "record", "fastapi")
    assert done.exit_code == 0, done.output
    assert files(tmp_path / "record")["fastapi.jsonl"].startswith(before)
    assert len(pretending.asked) == len(set(pretending.asked))
    assert not pretending.heads("starlette")


def test_only_steps_that_a_call_confirmed_are_new(pretending: Pretending, tmp_path: Path) -> None:
    assert invoke(tmp_path, "record", "fastapi").exit_code == 0
    new = tmp_path / "record" / "exports" / "new-steps.md"
    text = new.read_text()
    assert "| fastapi | 0.3.0 | `idle:one` | +20.0%" in text
    assert "1 new confirmed step in 1 release" in text
    assert invoke(tmp_path, "record", "fastapi").exit_code == 0
    assert not new.exists()


def test_a_record_is_shown_again_without_measuring(pretending: Pretending, tmp_path: Path) -> None:
    assert invoke(tmp_path, "record").exit_code == 0
    (tmp_path / "record" / "record.html").unlink()
    count = len(pretending.asked)
    shown = invoke(tmp_path, "report", "record")
    assert shown.exit_code == 0, shown.output
    assert (tmp_path / "record" / "record.html").exists()
    assert invoke(tmp_path, "report", "record", "--json").output.startswith("{")
    listed = " ".join(invoke(tmp_path, "list").output.split())
    assert f"fastapi 0.1.0 to 0.4.0: {len(pretending.heads('fastapi'))}; bench report record shows them" in listed
    assert len(pretending.asked) == count


def test_releases_are_measured_again_when_that_is_asked_for(pretending: Pretending, tmp_path: Path) -> None:
    assert invoke(tmp_path, "record", "fastapi").exit_code == 0
    pretending.asked.clear()
    assert invoke(tmp_path, "record", "fastapi", "--repeat", "1").exit_code == 0
    failed, again = pretending.asked
    assert failed == ("fastapi", "0.4.0", "0.2.0")
    assert again == ("fastapi", "0.4.0", "0.1.0")


def test_what_can_not_be_asked_is_refused_before_anything_is_measured(pretending: Pretending, tmp_path: Path) -> None:
    refused = invoke(tmp_path, "record", "fastpai")
    assert isinstance(refused.exception, UsageError)
    assert str(refused.exception) == "fastpai: is not in record.toml; did you mean fastapi?"
    assert isinstance(invoke(tmp_path, "record", "--repeat", "-1").exception, UsageError)
    assert isinstance(invoke(tmp_path, "record", "--budget", "1s").exception, UsageError)
    assert isinstance(invoke(tmp_path, "report", "record").exception, UsageError)
    plan = tmp_path / "record.toml"
    plan.write_text(plan.read_text().replace("idle:one", "idle:two", 1))
    assert isinstance(invoke(tmp_path, "record").exception, CatalogError)
    assert not (tmp_path / "record").exists()
    assert not pretending.asked


def test_a_damaged_file_of_any_package_stops_it_first(pretending: Pretending, tmp_path: Path) -> None:
    assert invoke(tmp_path, "record").exit_code == 0
    pretending.asked.clear()
    file = tmp_path / "record" / "starlette.jsonl"
    file.write_text(file.read_text() + '{"kind": "comp')
    assert isinstance(invoke(tmp_path, "record", "fastapi").exception, StoreError)
    assert not pretending.asked
