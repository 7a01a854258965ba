"""A terminal shows a bar that never runs ahead; anything else gets a plain line a pass."""

from __future__ import annotations

import io
import re

import pytest
from rich.console import Console

from bench.cli.progress import AuditProgress, BudgetProgress, RunProgress, SeriesProgress, starting
from bench.model.workload import Pass

EXPECTED = {Pass.TIMING: 60.0, Pass.LOAD: 30.0, Pass.MEMORY: 10.0}


class Clock:
    """Moved by hand."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def run_through(console: Console, slowed: float = 1.0) -> None:
    """Passes that take so many times as long as was expected."""
    clock = Clock()
    with RunProgress(console, clock) as progress:
        progress.begin(EXPECTED)
        for during, worth_s in ((Pass.TIMING, 20.0), (Pass.LOAD, 15.0), (Pass.MEMORY, 5.0)):
            for _ in range(2):
                progress.observed(during, "fastapi_plain:rows1", worth_s)
            clock.now_s += slowed * EXPECTED[during]
            progress.ended(during)


def test_a_log_gets_the_expected_time_and_a_line_for_each_pass() -> None:
    said = io.StringIO()
    run_through(Console(file=said, width=100))
    assert said.getvalue().splitlines() == [
        "measuring, about 1 min 40 s",
        "measured: CPU time in process",
        "measured: under load",
        "measured: peak memory",
    ]


def test_a_pass_for_which_there_is_no_time_is_not_said_to_be_measured() -> None:
    said = io.StringIO()
    with AuditProgress(Console(file=said, width=100)) as progress:
        progress.begin({"allocations": 0.0, "peak memory": 20.0})
        progress.ended("allocations")
        progress.ended("peak memory")
    assert "measured: allocations" not in said.getvalue()
    assert "measured: peak memory" in said.getvalue()


def test_a_run_that_takes_longer_than_was_told_tells_its_time_anew() -> None:
    said = io.StringIO()
    run_through(Console(file=said, width=100), slowed=2.0)
    assert said.getvalue().splitlines() == [
        "measuring, about 1 min 40 s",
        "measuring, now about 2 min 40 s in all",
        "measured: CPU time in process",
        "measuring, now about 3 min 10 s in all",
        "measured: under load",
        "measured: peak memory",
    ]


def test_a_comparison_tells_its_time_within_its_budget_and_anew_when_that_changes() -> None:
    said = io.StringIO()
    with BudgetProgress(Console(file=said, width=100), budget_s=300.0) as progress:
        for total_s in (46.0, 50.0, 90.0, 300.0):
            progress.expects(total_s)
    assert said.getvalue().splitlines() == [
        "measuring, 46 s to 5 min 0 s: until the verdicts are clear",
        "measuring, now at least 1 min 30 s in all",
        "measuring, now about 5 min 0 s in all",
    ]


def test_a_comparison_that_needs_all_its_budget_says_so() -> None:
    said = io.StringIO()
    with BudgetProgress(Console(file=said, width=100), budget_s=60.0) as progress:
        progress.expects(60.0)
    assert said.getvalue() == "measuring, about 1 min 0 s\n"


@pytest.mark.parametrize(
    ("expected_s", "told"),
    [
        (0.4, "0 s"),
        (59.4, "59 s"),
        (59.6, "1 min 0 s"),
        (60.0, "1 min 0 s"),
        (90.0, "1 min 30 s"),
        (119.7, "2 min 0 s"),
        (359.0, "5 min 59 s"),
    ],
)
def test_minutes_and_seconds_add_up_to_the_expected_time(expected_s: float, told: str) -> None:
    said = io.StringIO()
    with RunProgress(Console(file=said, width=100)) as progress:
        progress.begin({Pass.TIMING: expected_s})
    assert said.getvalue() == f"measuring, about {told}\n"


def on_a_terminal(width: int = 160) -> Console:
    return Console(file=io.StringIO(), force_terminal=True, width=width, color_system=None, _environ={"TERM": "xterm"})


def shown(console: Console, progress: RunProgress | AuditProgress) -> str:
    """What the bar says now, on one line."""
    with console.capture() as captured:
        console.print(progress._bar.get_renderable())
    return captured.get()


def percent(console: Console, progress: RunProgress) -> int:
    found = re.search(r"(\d+)%", shown(console, progress))
    assert found is not None
    return int(found[1])


def test_a_terminal_gets_a_bar_with_the_pass_the_case_and_the_time_left() -> None:
    console = on_a_terminal()
    with RunProgress(console) as progress:
        progress.begin(EXPECTED)
        progress.observed(Pass.LOAD, "csv_full:csv1000", 25.0)
        line = shown(console, progress)
    assert "under load: csv_full:csv1000" in line
    assert "25%" in line
    assert "left" in line


def test_a_pass_of_an_audit_says_that_the_app_starts_before_anything_is_observed() -> None:
    console = on_a_terminal()
    with AuditProgress(console) as progress:
        progress.begin({"allocations": 10.0, "waiting": 10.0})
        progress.observed("allocations", "GET /users", 10.0)
        progress.ended("allocations")
        progress.begun("waiting")
        assert "waiting: starting the app" in shown(console, progress)


def test_the_first_start_of_an_app_is_said_with_how_long_it_may_take() -> None:
    assert str(starting("app.main:app")).startswith("starting app.main:app: its import may take up to 1 min 0 s")


@pytest.mark.parametrize("width", [60, 80, 100, 200])
def test_a_narrow_terminal_shortens_the_name_and_never_the_time_left(width: int) -> None:
    console = on_a_terminal(width)
    with RunProgress(console) as progress:
        progress.begin(EXPECTED)
        progress.observed(Pass.TIMING, "fastapi_response_model_dicts:rows1000", 25.0)
        lines = re.sub(r"\r|\x1b\[[0-9;?]*[A-Za-z]", "", shown(console, progress)).splitlines()
    line = next(line for line in lines if line.startswith("CPU time in"))
    assert re.search(r"25% \d:\d\d:\d\d left [-\d]:[-\d]{2}:[-\d]{2}$", line.rstrip())
    assert len(line) <= width


def test_a_terminal_that_can_not_move_its_cursor_gets_lines() -> None:
    said = io.StringIO()
    run_through(Console(file=said, force_terminal=True, width=100, color_system=None, _environ={"TERM": "dumb"}))
    assert said.getvalue().splitlines()[:2] == ["measuring, about 1 min 40 s", "measured: CPU time in process"]


def test_the_bar_moves_by_what_an_observation_is_worth_and_ends_full() -> None:
    console, clock = on_a_terminal(), Clock()
    seen = []
    with RunProgress(console, clock) as progress:
        progress.begin(EXPECTED)
        seen.append(percent(console, progress))
        for during, worth_s in ((Pass.TIMING, 30.0), (Pass.LOAD, 15.0), (Pass.MEMORY, 5.0)):
            for _ in range(2):
                progress.observed(during, "a:one", worth_s)
                seen.append(percent(console, progress))
            clock.now_s += EXPECTED[during]
            progress.ended(during)
    assert seen == [0, 30, 60, 75, 90, 95, 100]


@pytest.mark.parametrize(("took_s", "reached"), [(20.0, 33), (60.0, 60), (160.0, 80)])
def test_a_pass_that_took_less_or_more_than_expected_moves_the_bar_to_where_the_next_begins(
    took_s: float, reached: int
) -> None:
    console, clock = on_a_terminal(), Clock()
    with RunProgress(console, clock) as progress:
        progress.begin(EXPECTED)
        progress.observed(Pass.TIMING, "a:one", 1.0)
        clock.now_s = took_s
        progress.ended(Pass.TIMING)
        assert percent(console, progress) == reached


def test_a_case_is_shown_as_it_is_spelt_even_if_it_looks_like_markup() -> None:
    console = on_a_terminal()
    with RunProgress(console) as progress:
        progress.begin(EXPECTED)
        progress.observed(Pass.TIMING, "[red]odd:[/red]", 1.0)
        assert "[red]odd:[/red]" in shown(console, progress)


def test_a_bar_leaves_the_terminal_even_if_the_run_is_interrupted() -> None:
    progress = RunProgress(on_a_terminal())

    def interrupted() -> None:
        with progress:
            progress.begin(EXPECTED)
            assert progress._bar.live.is_started
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert not progress._bar.live.is_started


def test_nothing_planned_is_no_error() -> None:
    said = io.StringIO()
    with RunProgress(Console(file=said)) as progress:
        progress.begin({})
    assert said.getvalue() == "measuring, about 0 s\n"


def test_a_log_gets_a_line_for_each_comparison_of_a_series() -> None:
    said = io.StringIO()
    with SeriesProgress(Console(file=said, width=100), budget_s=60.0) as progress:
        for left in (2, 1):
            progress.begins(f"0.{left}.0", left)
            progress.reached("first blocks", "a:one", 10.0)
    assert said.getvalue().splitlines() == ["comparing 0.2.0, 2 left", "comparing 0.1.0, 1 left"]


def test_a_series_bar_moves_by_its_budgets_and_leaps_where_less_or_more_is_needed() -> None:
    console = on_a_terminal()
    seen = []
    with SeriesProgress(console, budget_s=60.0) as progress:
        for left, spent_s in ((4, 0.0), (None, 30.0), (None, 90.0), (3, 0.0), (1, 30.0), (3, 0.0)):
            if left:
                progress.begins("[red]0.1.0[/red]", left)
            progress.reached("first blocks", "a:one", spent_s)
            with console.capture() as captured:
                console.print(progress._bar.get_renderable())
            line = captured.get()
            assert "[red]0.1.0[/red]: first blocks: a:one" in line
            found = re.search(r"(\d+)%", line)
            assert found is not None
            seen.append(int(found[1]))
    assert seen == [0, 12, 25, 25, 83, 50]
