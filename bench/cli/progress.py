"""How far a run is: a live bar with the time left on a terminal, a plain line a pass anywhere else."""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Column

from bench.measure.passes import PASSES
from bench.model.workload import Pass

_BAR = 16
_REFRESHES = 2
"""A second: drawing takes CPU from a machine that is being measured on."""


def _bar(console: Console) -> Progress:
    """What is being done gives way on a narrow terminal, the time left never."""
    return Progress(
        TextColumn("{task.description}", markup=False, table_column=Column(ratio=1, no_wrap=True, overflow="ellipsis")),
        BarColumn(bar_width=_BAR),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        expand=True,
        refresh_per_second=_REFRESHES,
        disable=not console.is_interactive,
        speed_estimate_period=60,
    )


class _Shown:
    """A context manager: a bar on the console, from the beginning to the end."""

    def __init__(self, console: Console, total_s: float | None = None) -> None:
        self._console = console
        self._bar = _bar(console)
        self._task = self._bar.add_task("starting", total=total_s)

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()


class RunProgress(_Shown):
    """A context manager that a run tells of its passes; the bar's unit is expected seconds."""

    def __init__(self, console: Console) -> None:
        super().__init__(console)
        self._expected_s: dict[Pass, float] = {}
        self._done_s = 0.0

    def begin(self, expected_s: Mapping[Pass, float]) -> None:
        self._expected_s = dict(expected_s)
        total_s = sum(expected_s.values())
        self._bar.update(self._task, total=total_s)
        if not self._console.is_interactive:
            minutes, seconds = divmod(round(total_s), 60)
            self._console.print(f"measuring, about {f'{minutes} min ' if minutes else ''}{seconds} s")

    def observed(self, during: Pass, what: str, worth_s: float) -> None:
        self._bar.update(self._task, advance=worth_s, description=f"{PASSES[during].label}: {what}")

    def ended(self, during: Pass) -> None:
        """A pass that was shorter than planned (a case failed) still moves the bar to where the next one starts."""
        self._done_s += self._expected_s[during]
        self._bar.update(self._task, completed=self._done_s)
        if not self._console.is_interactive:
            self._console.print(f"measured: {PASSES[during].label}")


class BudgetProgress(_Shown):
    """A context manager that a comparison tells what it does; the bar's unit is seconds of its budget."""

    def __init__(self, console: Console, budget_s: float) -> None:
        super().__init__(console, budget_s)
        self._doing = ""

    def reached(self, doing: str, subject: str, spent_s: float) -> None:
        self._bar.update(self._task, completed=spent_s, description=f"{doing}: {subject}")
        if doing != self._doing and not self._console.is_interactive:
            self._console.print(f"{spent_s:5.0f} s  {doing}")
        self._doing = doing


class SeriesProgress(_Shown):
    """A context manager that is told of one comparison after another; the bar's unit is seconds of their budgets."""

    def __init__(self, console: Console, budget_s: float) -> None:
        super().__init__(console)
        self._budget_s = budget_s
        self._what = ""
        self._most = 0
        self._before_s = 0.0

    def begins(self, what: str, left: int) -> None:
        """Where fewer comparisons are needed than was thought, the bar leaps."""
        self._what, self._most = what, max(self._most, left)
        self._before_s = (self._most - left) * self._budget_s
        total_s = self._most * self._budget_s
        self._bar.update(self._task, total=total_s, completed=self._before_s, description=f"{what}: its environment")
        if not self._console.is_terminal:
            self._console.print(f"comparing {what}, {left} left", soft_wrap=True)

    def reached(self, doing: str, subject: str, spent_s: float) -> None:
        completed_s = self._before_s + min(spent_s, self._budget_s)
        self._bar.update(self._task, completed=completed_s, description=f"{self._what}: {doing}: {subject}")
